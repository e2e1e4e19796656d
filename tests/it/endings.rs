//! How a run ends: the exit code, the report, and what stands under the outputs' names.

use crate::case::{BOTH_ENDS, Case, Run, gzip, zstd};
use serde_json::Value;
use std::fs::{self, File};

const DOCS: &str = "{\"text\":\"one\"}\n{\"text\":\"two\"}\n";

/// A finished corpus from an earlier run under the final names.
fn with_older(case: Case) -> Case {
    case.file("out/docs.jsonl", "older").file("out/rejects.jsonl", "older")
}

/// The older outputs are untouched, and nothing half-written is left.
#[track_caller]
fn assert_untouched(run: &Run) {
    assert_eq!(run.bytes("out/docs.jsonl"), b"older");
    assert_eq!(run.bytes("out/rejects.jsonl"), b"older");
    let files: Vec<_> = run.files("out").into_iter().filter(|name| name != "report.json").collect();
    assert_eq!(files, ["docs.jsonl", "rejects.jsonl"]);
}

#[test]
fn a_complete_run_replaces_the_older_outputs() {
    // What a run that was killed left behind is in nobody's way.
    let case = with_older(Case::stages("")).file("out/docs.jsonl.partial", "half").file("in.jsonl", DOCS);
    let run = case.run().ends(0);
    assert_eq!(run.docs().len(), 2);
    assert_eq!(run.files("out"), ["docs.jsonl", "rejects.jsonl", "report.json"]);
    let report = run.report("out/report.json");
    assert_eq!(report["status"], "done");
    for (name, path) in [("exports", "/exports/0"), ("rejects", "/rejects")] {
        let entry = report.pointer(path).unwrap();
        let file = run.bytes(&format!("out/{}", if name == "exports" { "docs.jsonl" } else { "rejects.jsonl" }));
        assert_eq!(entry["bytes"], file.len(), "{name}");
        assert_eq!(entry["sha256"].as_str().unwrap().len(), 64, "{name}");
    }
    assert_eq!(report["inputs"][0]["bytes"], DOCS.len());
    for timing in ["seconds", "threads", "window_bytes", "stage_seconds", "peak_memory_bytes"] {
        assert!(!report["timing"][timing].is_null(), "{timing}");
    }
}

#[test]
fn the_account_of_empty_inputs_is_zero_and_they_are_no_error() {
    for (bytes, blank) in [("", 0), ("\n", 1), ("\n\r\n  \n\t", 4)] {
        let run = Case::stages("").file("in.jsonl", bytes).run().ends(0);
        assert!(run.docs().is_empty());
        let ledger = run.report("out/report.json")["ledger"].clone();
        assert_eq!((&ledger["read"], &ledger["blank"]), (&Value::from(0), &Value::from(blank)), "{bytes:?}");
    }
    let case =
        Case::new("[[source]]\nuse = \"text\"\npaths = [\"*.txt\"]\n[[export]]\npath = \"out/docs.jsonl.zst\"\n");
    let case = case.file("empty.txt", "");
    let run = case.run().ends(0);
    let docs = zstd::decode_all(&*run.bytes("out/docs.jsonl.zst")).unwrap();
    assert_eq!(crate::case::json_lines(&docs)[0]["text"], "", "an empty file is a document without text");
    // A compressed output without documents is still a compressed file.
    let run = case.command(&["run", "p.toml", "--limit", "0"]).ends(0);
    assert!(!run.bytes("out/docs.jsonl.zst").is_empty());
    assert!(zstd::decode_all(&*run.bytes("out/docs.jsonl.zst")).unwrap().is_empty());
}

#[test]
fn globs_that_match_nothing_are_4() {
    let pipeline = "[[source]]\npaths = [\"none/*.jsonl\"]\n[[export]]\npath = \"out/docs.jsonl\"\n";
    let run = with_older(Case::new(pipeline)).run().ends(4);
    assert_untouched(&run);
    assert!(
        run.stderr.contains("no file matches none/*.jsonl") && run.stderr.contains("no input matched"),
        "{}",
        run.stderr
    );
    assert_eq!(run.report("out/report.json")["status"], "nothing");
}

#[test]
fn an_input_that_cannot_be_read_is_74_and_publishes_nothing() {
    let lines = DOCS.repeat(20_000);
    let (gz, zst) = (gzip(lines.as_bytes()), zstd(lines.as_bytes()));
    let cases: &[(&str, Option<&[u8]>)] = &[
        ("a.jsonl", None),
        ("a.jsonl.gz", Some(&gz[..gz.len() - 5])),
        ("a.jsonl.gz", Some(&gz[..gz.len() / 2])),
        ("a.jsonl.zst", Some(&zst[..zst.len() - 3])),
        ("a.jsonl.zst", Some(&zst[..zst.len() / 2])),
        ("a.jsonl.gz", Some(b"not gzip at all")),
        ("a.jsonl", Some(&gz[..40])),
    ];
    for (name, bytes) in cases {
        // Named in the file or on the command line, alone or beside one that is fine.
        for (paths, args) in
            [(format!("\"fine.jsonl\", \"{name}\""), vec![]), ("\"x.jsonl\"".into(), vec!["fine.jsonl", *name])]
        {
            let pipeline = format!(
                "[[source]]\nuse = \"jsonl\"\npaths = [{paths}]\n[[export]]\nuse = \"jsonl\"\npath = \"out/docs.jsonl\"\n"
            );
            let mut case = with_older(Case::new(&pipeline)).file("fine.jsonl", DOCS).args(&args);
            if let Some(bytes) = bytes {
                case = case.file(name, bytes);
            }
            let run = case.run().ends(74);
            assert_untouched(&run);
            assert!(run.stderr.contains(&format!("error: input {name}")), "{name}: {}", run.stderr);
            let report = run.report("out/report.json");
            assert!(report["message"].as_str().unwrap().contains(name));
            assert_eq!(report["status"], "failed");
        }
    }
}

#[test]
fn a_failing_input_gives_the_same_account_every_time() {
    let lines = DOCS.repeat(200_000);
    let gz = gzip(lines.as_bytes());
    let case = Case::stages("").file("in.jsonl", &gz[..gz.len() - 5]);
    let mut accounts: Vec<Value> = ["1", "2", "7", "7"]
        .iter()
        .map(|threads| {
            let run = case.command(&["run", "p.toml", "--threads", threads]).ends(74);
            let mut report = run.report("out/report.json");
            report.as_object_mut().unwrap().remove("timing");
            report
        })
        .collect();
    assert!(accounts[0]["ledger"]["read"].as_u64().unwrap() > 0, "what was read before is in the account");
    accounts.dedup();
    assert_eq!(accounts.len(), 1);
}

#[test]
fn an_output_that_cannot_be_written_is_74() {
    let case = Case::stages("").file("in.jsonl", DOCS).file("out/docs.jsonl/in the way", "");
    let run = case.run().ends(74);
    assert!(run.stderr.contains("docs.jsonl: a folder stands in its place"), "{}", run.stderr);
    assert_eq!(run.files("out"), ["docs.jsonl", "report.json"], "the other outputs are given up, too");
    run.report("out/report.json");
    // A file where the folder should be.
    let run = Case::stages("").file("in.jsonl", DOCS).file("out", "").args(&["--report", "r.json"]).run().ends(74);
    run.report("r.json");
    // A report that cannot be written is not passed over, either.
    let run = Case::stages("").file("in.jsonl", DOCS).file("r.json/x", "").args(&["--report", "r.json"]).run().ends(74);
    assert!(run.stderr.contains("the report r.json"), "{}", run.stderr);
}

#[test]
fn an_output_that_another_run_holds_is_75() {
    for held in ["docs.jsonl", "rejects.jsonl"] {
        let partial = format!("out/{held}.partial");
        let case = with_older(Case::stages("")).file("in.jsonl", DOCS).file(&partial, "of another run");
        let lock = File::options().append(true).open(case.path(&partial)).unwrap();
        lock.lock().unwrap();
        let run = case.run().ends(75);
        assert!(run.stderr.contains(&format!("another run is writing out/{held}")), "{}", run.stderr);
        assert_eq!(run.bytes(&partial), b"of another run");
        let files = run.files("out");
        assert_eq!(files.len(), 3, "no report over the other run's, no half file: {files:?}");
        drop(lock);
        fs::remove_file(case.path(&partial)).unwrap();
        case.run().ends(0);
    }
}

#[test]
fn a_pipeline_file_that_is_wrong_is_78_and_reported() {
    let case = with_older(Case::stages("[[stage]]\nuse = \"clean.unicod\"\n")).file("in.jsonl", DOCS);
    let run = case.run().ends(78);
    assert_untouched(&run);
    let report = run.report("out/report.json");
    assert_eq!(report["status"], "invalid");
    assert!(report["problems"][0].as_str().unwrap().starts_with("p.toml:3:7: error[WQ030]"), "{report}");
    let run = case.command(&["run", "p.toml", "--report", "r.json", "--out", "elsewhere"]).ends(78);
    run.report("r.json");
    // One that is not there, or not text.
    let case = Case::stages("").file("bad.toml", b"\xff");
    for (file, says) in [("none.toml", "none.toml"), ("bad.toml", "bad.toml:1: byte 0 is not UTF-8")] {
        let run = case.command(&["run", file, "--report", "r.json"]).ends(78);
        assert!(run.stderr.contains(says), "{}", run.stderr);
        assert_eq!(run.report("r.json")["status"], "invalid");
        case.command(&["check", file]).ends(78);
    }
}

#[test]
fn what_check_accepts_run_never_refuses() {
    // Exports that share a path with the default rejects; an export over an input or a lexicon.
    for export in ["rejects.jsonl", "./rejects.jsonl", "in.jsonl", "out/../in.jsonl"] {
        let pipeline = format!("[[source]]\npaths = [\"in.jsonl\"]\n[[export]]\npath = \"{export}\"\n");
        let case = Case::new(&pipeline).file("in.jsonl", DOCS);
        case.command(&["check", "p.toml"]).ends(78);
        case.run().ends(78);
        assert_eq!(fs::read(case.path("in.jsonl")).unwrap(), DOCS.as_bytes());
    }
}

#[test]
fn a_wrong_command_line_is_2() {
    let case = Case::stages("").file("in.jsonl", DOCS);
    let commands: &[&[&str]] = &[
        &[],
        &["walk"],
        &["run"],
        &["run", "p.toml", "--no-such-flag"],
        &["run", "p.toml", "--threads", "two"],
        &["run", "p.toml", "--window", "0"],
        &["run", "p.toml", "--window", "big"],
        &["run", "p.toml", "--limit", "-1"],
        &["check"],
        &["describe"],
        &["describe", "nothing"],
        &["list", "colours"],
    ];
    for command in commands {
        let run = case.command(command).ends(2);
        assert!(run.stdout.is_empty() && !run.stderr.is_empty(), "{command:?}");
    }
    assert!(!case.path("out").exists());
}

/// A stream that takes no more is an output that failed, however much of the input is still to come.
#[test]
#[cfg(target_os = "linux")]
fn a_stream_that_cannot_be_written_is_74() {
    use std::process::{Command, Stdio};
    for repeat in [1, 200_000] {
        let case = Case::stages("").file("in.jsonl", DOCS.repeat(repeat));
        let full = || File::options().write(true).open("/dev/full").unwrap().into();
        let closed = || {
            let mut reader = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
            let stdin = reader.stdin.take().unwrap();
            reader.wait().unwrap();
            Stdio::from(stdin)
        };
        let streams: [&dyn Fn() -> Stdio; 2] = [&full, &closed];
        for stream in streams {
            let mut command = Command::new(crate::case::BINARY);
            command.args(["run", "p.toml", "--set", "export.0.path=-", "--window", "64KiB", "--report", "r.json"]);
            let output = command.current_dir(case.path("")).stdout(stream()).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(74), "{stderr}");
            assert!(stderr.contains("error: output -: "), "{stderr}");
            assert!(!case.path("rejects.jsonl").exists(), "the rejects of a failed run are not published");
            let report: Value = serde_json::from_slice(&fs::read(case.path("r.json")).unwrap()).unwrap();
            assert_eq!(report["exit_code"], 74);
        }
    }
}

/// Nothing that is read, and nothing else that is written, may stand where an output or its temporary file goes.
#[test]
fn outputs_never_destroy_what_else_is_there() {
    let pipeline = |first: &str, second: &str| {
        format!(
            "[[source]]\nuse = \"jsonl\"\npaths = [\"in.jsonl\", \"in2.jsonl.partial\"]\n\
             [[stage]]\nuse = \"tokenize.words\"\n[[stage]]\nuse = \"tag.gazetteer\"\nfiles = [\"names.tsv\"]\n\
             [[export]]\nuse = \"jsonl\"\npath = \"{first}\"\n[[export]]\nuse = \"jsonl\"\npath = \"{second}\"\n"
        )
    };
    let record = "{\"text\":\"تونس\"}\n";
    let cases: &[(&str, &str, &[&str], i32)] = &[
        ("out/a.jsonl", "out/b.jsonl", &[], 0),
        ("out/a.jsonl.partial", "out/a.jsonl", &[], 78),
        ("out/report.json", "out/b.jsonl", &[], 78),
        ("out/a.jsonl", "names.tsv", &[], 78),
        ("out/a.jsonl", "p.toml", &[], 78),
        ("out/a.jsonl", "in2.jsonl", &[], 78),
        ("out/a.jsonl", "out/b.jsonl", &["--report", "in.jsonl"], 78),
        ("out/a.jsonl", "out/b.jsonl", &["--report", "out/b.jsonl"], 78),
        ("out/a.jsonl", "out/b.jsonl", &["--report", "notes.txt"], 74),
    ];
    for (first, second, args, code) in cases {
        let files =
            [("in.jsonl", record), ("in2.jsonl.partial", record), ("names.tsv", "تونس\tLOC\n"), ("notes.txt", "mine")];
        let case = files.iter().fold(Case::new(&pipeline(first, second)), |case, (name, text)| case.file(name, text));
        let case = case.args(args);
        case.run().ends(*code);
        for (name, text) in files {
            assert_eq!(
                std::fs::read(case.path(name)).unwrap(),
                text.as_bytes(),
                "{name} after {first}, {second}, {args:?}"
            );
        }
    }
}

/// A device or a pipe is written to, never replaced.
#[test]
#[cfg(unix)]
fn special_files_stay_what_they_are() {
    use std::os::unix::fs::FileTypeExt;
    let case = Case::new(BOTH_ENDS).file("in.jsonl", "{\"text\":\"a\"}\n");
    let fifo = case.path("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let reader = std::thread::spawn({
        let fifo = fifo.clone();
        move || std::fs::read_to_string(fifo).unwrap()
    });
    case.command(&["run", "p.toml", "--set", "export.0.path=fifo", "--set", "rejects.path=rejects.jsonl"]).ends(0);
    assert!(reader.join().unwrap().starts_with("{\"id\":"));
    assert!(std::fs::metadata(&fifo).unwrap().file_type().is_fifo());
}
