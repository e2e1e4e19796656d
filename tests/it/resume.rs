//! Runs that are killed or stopped, and go on: the outputs are those of a run that was left alone, and what is not the same
//! run is refused.
#![cfg(unix)]

use crate::case::{BINARY, Case, Run, wait_for};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const EXPORTS: &[&str] = &["docs.jsonl", "docs.jsonl.zst", "docs.conllu", "rejects.jsonl", "seen.idx"];

/// From two inputs through deduplication to three exports, with a checkpoint after every chunk.
fn pipeline(mode: &str) -> String {
    format!(
        r#"
        run = {{ checkpoint = "0s", errors = "100%" }}
        [[source]]
        paths = ["a.jsonl", "b.jsonl"]
        [[stage]]
        use = "dedup.minhash"
        mode = "{mode}"
        save = "out/seen.idx"
        [[stage]]
        use = "tokenize.words"
        [[stage]]
        use = "tokenize.sentences"
        [[export]]
        path = "out/docs.jsonl"
        [[export]]
        path = "out/docs.jsonl.zst"
        [[export]]
        path = "out/docs.conllu"
        "#
    )
}

/// The finisher of SplitMix64 (Steele, Lea and Flood 2014): numbers that look like chance.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// Documents of which some repeat others and some are no documents, in so many megabytes.
fn corpus(megabytes: usize, first: usize) -> String {
    let mut lines = String::new();
    let mut n = first;
    while lines.len() < megabytes << 20 {
        let seed = if n % 6 == 5 { n / 2 } else { n };
        let words: Vec<String> = (0..60).map(|k| format!("كلمة{}", mixed((seed * 60 + k) as u64) % 4001)).collect();
        lines += &match n % 97 {
            96 => format!("{{\"id\":\"d{n}\"\n"),
            _ => format!("{{\"id\":\"d{n}\",\"text\":\"{}.\"}}\n", words.join(" ")),
        };
        n += 1;
    }
    lines
}

/// The inputs of [`pipeline`], in as many chunks as there are megabytes.
pub(crate) fn case(mode: &str, megabytes: usize) -> Case {
    let part = corpus(megabytes.div_ceil(2), 0);
    Case::new(&pipeline(mode)).file("b.jsonl", corpus(megabytes / 2, part.lines().count())).file("a.jsonl", part)
}

/// The outputs, and the report without what depends on the clock.
pub(crate) fn left(run: &Run) -> BTreeMap<&'static str, Vec<u8>> {
    let mut left: BTreeMap<_, _> = EXPORTS.iter().map(|&name| (name, run.bytes(&format!("out/{name}")))).collect();
    let mut report = run.report("out/report.json");
    report.as_object_mut().unwrap().remove("timing");
    left.insert("report.json", report.to_string().into_bytes());
    let mut files: Vec<String> = EXPORTS.iter().map(|&name| name.to_owned()).chain(["report.json".into()]).collect();
    files.sort();
    assert_eq!(run.files("out"), files);
    left
}

/// Runs the pipeline where no file may be longer than so many kibibytes: as with a full disk, but without one.
fn run_limited(case: &Case, kibibytes: usize, args: &[&str]) -> (Option<i32>, String) {
    let script = format!("ulimit -f {}; exec \"$0\" \"$@\"", 2 * kibibytes);
    let mut command = Command::new("sh");
    command.args(["-c", &script, BINARY, "run", "p.toml"]).args(args).current_dir(case.path(""));
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// A run that was stopped with a checkpoint, because it could write no more.
fn stopped(case: &Case) {
    let (code, stderr) = run_limited(case, 8192, &["--threads", "1", "--window", "1MiB"]);
    assert_eq!(code, Some(74), "{stderr}");
    assert!(stderr.contains("`--resume` goes on from the checkpoint in out/rejects.jsonl.checkpoint"), "{stderr}");
}

/// Twenty of what `tests/reliability/kill.py` does hundreds of times.
#[test]
fn a_run_that_is_killed_and_resumed_ends_with_the_same_bytes() {
    let mut kills = 0;
    for mode in ["stream", "cluster"] {
        let case = case(mode, 2);
        let started = Instant::now();
        let whole = left(&case.run().ends(0));
        let lasts = started.elapsed();
        for n in 0..10 {
            fs::remove_dir_all(case.path("out")).unwrap();
            let threads = if n % 2 == 0 { "1" } else { "2" };
            let mut command = Command::new(BINARY);
            command.args(["run", "p.toml", "--threads", threads, "--window", "1MiB"]).current_dir(case.path(""));
            let mut child = command.stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(lasts * (2 * n + 1) / 20);
            kills += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
            let resumed = case.command(&["run", "p.toml", "--resume", "--threads", "2"]).ends(0);
            for (name, bytes) in left(&resumed) {
                assert!(bytes == whole[name], "{mode}, killed at {n}: {name} differs");
            }
        }
    }
    assert!(kills >= 8, "{kills} of 20 were still running when they were killed");
}

#[test]
fn a_run_that_could_write_no_more_goes_on_when_it_can() {
    for mode in ["stream", "cluster"] {
        let case = case(mode, 4);
        stopped(&case);
        let report = Run::of(&case, 74).report("out/report.json");
        assert_eq!((&report["status"], &report["exit_code"]), (&"failed".into(), &74.into()));
        assert!(report["message"].as_str().unwrap().contains("File too large"), "{report}");
        // Still too little room: it fails again, and what there is stays.
        let (code, stderr) = run_limited(&case, 9216, &["--resume"]);
        assert_eq!(code, Some(74), "{stderr}");
        let resumed = case.command(&["run", "p.toml", "--resume"]).ends(0);
        assert!(resumed.stderr.contains("the run goes on after "), "{}", resumed.stderr);
        assert_eq!(resumed.report("out/report.json")["timing"]["resumed"], 2);
        let resumed = left(&resumed);
        fs::remove_dir_all(case.path("out")).unwrap();
        assert!(resumed == left(&case.run().ends(0)), "{mode}");
    }
}

#[test]
fn what_is_not_the_same_run_is_refused_by_name() {
    let edit = |from: &'static str, to: &'static str| {
        move |case: &Case| {
            let text = fs::read_to_string(case.path("p.toml")).unwrap();
            assert!(text.contains(from));
            fs::write(case.path("p.toml"), text.replacen(from, to, 1)).unwrap();
        }
    };
    let later = |case: &Case| {
        let file = File::options().append(true).open(case.path("b.jsonl")).unwrap();
        file.set_modified(std::time::SystemTime::now() + Duration::from_secs(60)).unwrap();
    };
    let longer = |case: &Case| {
        let text = fs::read_to_string(case.path("a.jsonl")).unwrap();
        fs::write(case.path("a.jsonl"), text + "\n").unwrap();
    };
    let shorter_output = |case: &Case| {
        let file = File::options().append(true).open(case.path("out/docs.jsonl.partial")).unwrap();
        file.set_len(10).unwrap();
    };
    let other_output = |case: &Case| {
        let path = case.path("out/docs.jsonl.partial");
        let mut bytes = fs::read(&path).unwrap();
        bytes[100] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let cut_short = |case: &Case| {
        let path = case.path("out/rejects.jsonl.checkpoint/checkpoint.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, &text[..text.len() / 2]).unwrap();
    };
    let changed = |case: &Case| {
        let path = case.path("out/rejects.jsonl.checkpoint/checkpoint.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen("\"number\":", "\"number\":1", 1)).unwrap();
    };
    let other_journal = |case: &Case| {
        let path = case.path("out/rejects.jsonl.checkpoint/pass-0-stage-0.journal");
        let mut bytes = fs::read(&path).unwrap();
        bytes[100] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let shorter_journal = |case: &Case| {
        let path = case.path("out/rejects.jsonl.checkpoint/pass-0-stage-0.journal");
        File::options().append(true).open(path).unwrap().set_len(5).unwrap();
    };
    let other_words = |case: &Case| fs::write(case.path("names.tsv"), "باريس\tLOC\n").unwrap();
    // What changes, the arguments, what is said; an empty text where it goes on.
    type Change<'a> = (&'a dyn Fn(&Case), &'a [&'a str], &'a str);
    let cases: &[Change<'_>] = &[
        (&|_| {}, &["--resume"], ""),
        (&|_| {}, &["--resume", "--threads", "3", "--window", "3MiB"], ""),
        (&edit("errors = \"100%\"", "errors = \"50%\""), &["--resume"], ""),
        (&|_| {}, &["--resume", "--limit", "500"], "the option --limit is another"),
        (
            &edit("mode = \"stream\"", "mode = \"stream\"\nngram = 4"),
            &["--resume=force"],
            "stage 1 of the pipeline file (dedup.minhash) is another",
        ),
        (
            &edit("[[export]]", "[[stage]]\nuse = \"clean.whitespace\"\n[[export]]"),
            &["--resume"],
            "stage 4 of the pipeline file (clean.whitespace) is new",
        ),
        (
            &edit("path = \"out/docs.jsonl\"", "path = \"out/docs.jsonl\"\noffsets = \"byte\""),
            &["--resume"],
            "export 1 of the pipeline file is another",
        ),
        (&edit("run = {", "run = { record_limit = \"1MiB\", "), &["--resume"], "`run.record_limit` is new"),
        (&edit("\"b.jsonl\"]", "\"b.jsonl\", \"a.jsonl\"]"), &["--resume"], "the list of inputs is another"),
        (&later, &["--resume"], "the input b.jsonl was modified"),
        (&later, &["--resume=force"], ""),
        (&longer, &["--resume=force"], "the input a.jsonl is another"),
        (&other_words, &["--resume"], "the file names.tsv is another"),
        (&cut_short, &["--resume"], "checkpoint.json is damaged"),
        (&changed, &["--resume=force"], "checkpoint.json is damaged"),
        (&other_journal, &["--resume"], "what stage dedup.minhash must remember cannot be read back: it is damaged"),
        (&shorter_journal, &["--resume"], "what stage dedup.minhash must remember cannot be read back"),
        (&edit("[[stage]]\n        use = \"tokenize.sentences\"\n", ""), &["--resume"], "(tokenize.sentences) is gone"),
        (&shorter_output, &["--resume"], "the output out/docs.jsonl.partial has 10 bytes, fewer than the "),
        (&other_output, &["--resume"], "the output out/docs.jsonl.partial is not what the run had written"),
    ];
    let tagged = format!("{}\n[[stage]]\nuse = \"tag.gazetteer\"\nfiles = [\"names.tsv\"]\n", pipeline("stream"));
    let whole = case("stream", 4);
    fs::write(whole.path("p.toml"), format!("warraq = 1\n{tagged}")).unwrap();
    fs::write(whole.path("names.tsv"), "تونس\tLOC\n").unwrap();
    let finished = left(&whole.run().ends(0));
    for (change, args, said) in cases {
        fs::remove_dir_all(whole.path("out")).unwrap();
        fs::write(whole.path("p.toml"), format!("warraq = 1\n{tagged}")).unwrap();
        fs::write(whole.path("names.tsv"), "تونس\tLOC\n").unwrap();
        let inputs = ["a.jsonl", "b.jsonl"].map(|name| (name, fs::read(whole.path(name)).unwrap()));
        stopped(&whole);
        change(&whole);
        let args: Vec<&str> = ["run", "p.toml"].iter().chain(*args).copied().collect();
        let run = whole.command(&args);
        if said.is_empty() {
            assert!(left(&run.ends(0)) == finished, "{args:?}");
        } else {
            let run = run.ends(75);
            assert!(run.stderr.contains(said), "{args:?}: {said}\n{}", run.stderr);
            assert!(run.stderr.contains("nothing was done"), "{}", run.stderr);
            assert!(whole.path("out/rejects.jsonl.checkpoint/checkpoint.json").exists(), "it can still go on: {said}");
        }
        inputs.iter().for_each(|(name, bytes)| fs::write(whole.path(name), bytes).unwrap());
    }
}

/// A survey of a part of the inputs: reading goes on in the middle of one that is not read to its end.
#[test]
fn a_part_of_the_inputs_goes_on_too() {
    let case = case("cluster", 4);
    let part = ["--limit", "5000"];
    let outputs = |run: &Run| {
        let mut left = left(run);
        // Of an input that is not read to its end, the report says how many bytes were read.
        left.remove("report.json");
        left
    };
    let whole = outputs(&case.command(&[&["run", "p.toml"][..], &part].concat()).ends(0));
    fs::remove_dir_all(case.path("out")).unwrap();
    let (code, stderr) = run_limited(&case, 8192, &[&["--threads", "1", "--window", "1MiB"][..], &part].concat());
    assert_eq!(code, Some(74), "{stderr}");
    let resumed = case.command(&[&["run", "p.toml", "--resume"][..], &part].concat()).ends(0);
    assert!(resumed.stderr.contains("the run goes on after "), "{}", resumed.stderr);
    assert!(outputs(&resumed) == whole);
}

#[test]
fn what_cannot_be_continued_is_said_before_anything_is_done() {
    let stages =
        "[run]\nERRORS\n[[source]]\nuse = \"jsonl\"\npaths = [\"PATHS\"]\n[[export]]\npath = \"out/d.jsonl\"\n";
    let with = |run: &str, paths: &str| stages.replace("ERRORS", run).replace("PATHS", paths);
    let standard = "[[source]]\npaths = [\"in.jsonl\"]\n[[export]]\nuse = \"jsonl\"\npath = \"-\"\n";
    let device = "[[source]]\npaths = [\"in.jsonl\"]\n[[export]]\nuse = \"jsonl\"\npath = \"/dev/null\"\n";
    for (pipeline, why) in [
        (with("", "-"), "standard input can be read only once"),
        (with("checkpoint = \"off\"", "in.jsonl"), "`run.checkpoint` is \"off\""),
        (standard.into(), "what has gone to standard output cannot be cut off"),
        (device.into(), "the output /dev/null is not a file"),
    ] {
        let case = Case::new(&pipeline).file("in.jsonl", "{\"text\":\"one\"}\n").args(&["--resume"]);
        let run = case.run().ends(75);
        assert!(
            run.stderr.contains(&format!("this run cannot be continued: {why}; nothing was done")),
            "{}",
            run.stderr
        );
        assert!(!case.path("out").exists());
    }
    // Nothing to go on from is no error: a job that is started again and again has one command.
    let case = Case::stages("").file("in.jsonl", "{\"text\":\"one\"}\n").args(&["--resume"]);
    let run = case.run().ends(0);
    assert!(run.stderr.contains("there is no checkpoint in out/rejects.jsonl.checkpoint"), "{}", run.stderr);
}

#[test]
fn without_resume_a_run_starts_from_the_beginning_and_says_so() {
    let case = case("stream", 4);
    let whole = left(&case.run().ends(0));
    fs::remove_dir_all(case.path("out")).unwrap();
    stopped(&case);
    let run = case.run().ends(0);
    assert!(run.stderr.contains("is given up: without `--resume` a run starts from the beginning"), "{}", run.stderr);
    assert_eq!(run.report("out/report.json")["timing"]["resumed"], 0);
    assert!(left(&run) == whole);
}

#[test]
fn two_runs_on_one_output_are_kept_apart() {
    let case = case("stream", 6);
    let whole = left(&case.run().ends(0));
    fs::remove_dir_all(case.path("out")).unwrap();
    let mut first = case.spawn(&["run", "p.toml", "--threads", "1"]);
    wait_for("the first run", || case.path("out/docs.conllu.partial").exists().then_some(()));
    for args in [&["run", "p.toml"][..], &["run", "p.toml", "--resume"]] {
        let second = case.command(args).ends(75);
        let owner = format!("another run (process {} on ", first.id());
        assert!(second.stderr.contains(&owner) || cfg!(not(target_os = "linux")), "{}", second.stderr);
        assert!(second.stderr.contains("nothing was done"), "{}", second.stderr);
    }
    assert!(first.wait().unwrap().success());
    assert!(left(&Run::of(&case, 0)) == whole);
}
