//! Outputs stay where they are said to go, whatever others have put into the folder.
#![cfg(unix)]

use crate::case::{BOTH_ENDS, Case};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

fn case() -> Case {
    Case::new(BOTH_ENDS)
        .file("in.jsonl", "{\"text\":\"a\"}\n{\"text\":1}\n")
        .file("precious", "as it was")
        .args(&["--set", "run.errors=1"])
}

const OUTPUTS: [&str; 3] = ["docs.jsonl", "rejects.jsonl", "report.json"];

fn is_untouched(path: &Path) -> bool {
    fs::read(path).unwrap() == b"as it was"
}

#[test]
fn a_link_at_an_outputs_name_is_replaced_and_not_what_it_leads_to() {
    for target in ["precious", "not there"] {
        let case = case();
        fs::create_dir(case.path("out")).unwrap();
        for output in OUTPUTS {
            symlink(case.path(target), case.path("out").join(output)).unwrap();
        }
        let run = case.run().ends(0);
        assert!(is_untouched(&case.path("precious")) && !case.path("not there").exists());
        assert_eq!((run.docs().len(), run.rejects().len()), (1, 1));
        run.report("out/report.json");
        for output in OUTPUTS {
            assert!(fs::symlink_metadata(case.path("out").join(output)).unwrap().is_file(), "{output}");
        }
    }
}

#[test]
fn a_link_to_a_device_is_a_link() {
    let case = case();
    fs::create_dir(case.path("out")).unwrap();
    symlink("/dev/null", case.path("out/docs.jsonl")).unwrap();
    assert_eq!(case.run().ends(0).docs().len(), 1);
    // The system's own links are followed.
    let run = case.command(&[
        "run",
        "p.toml",
        "--set",
        "run.errors=1",
        "--set",
        "export.0.path=/dev/stdout",
        "--set",
        "rejects.path=r.jsonl",
        "--report",
        "r.json",
    ]);
    assert_eq!(crate::case::json_lines(run.ends(0).stdout.as_bytes()).len(), 1);
}

#[test]
fn nothing_is_written_through_a_temporary_name() {
    for output in OUTPUTS {
        for target in ["precious", "not there"] {
            let case = case();
            fs::create_dir(case.path("out")).unwrap();
            symlink(case.path(target), case.path("out").join(format!("{output}.partial"))).unwrap();
            let run = case.run();
            assert_eq!(run.code, 74, "{output}: {}", run.stderr);
            assert!(run.stderr.contains(&format!("{output}.partial")), "{output}: {}", run.stderr);
            assert!(is_untouched(&case.path("precious")) && !case.path("not there").exists(), "{output}");
        }
        // Nobody is at the other end of this one.
        let piped = case();
        fs::create_dir(piped.path("out")).unwrap();
        let made =
            std::process::Command::new("mkfifo").arg(piped.path("out").join(format!("{output}.partial"))).status();
        assert!(made.unwrap().success());
        let run = piped.run().ends(74);
        assert!(run.stderr.contains("something that is no file"), "{output}: {}", run.stderr);
        let case = case();
        fs::create_dir(case.path("out")).unwrap();
        fs::hard_link(case.path("precious"), case.path("out").join(format!("{output}.partial"))).unwrap();
        let run = case.run().ends(74);
        assert!(run.stderr.contains("second name"), "{output}: {}", run.stderr);
        assert!(is_untouched(&case.path("precious")), "{output}");
    }
}

#[test]
fn out_takes_in_every_output_wherever_it_was_to_go() {
    let pipeline = "[vars]\nup = \"../../..\"\n[[source]]\npaths = [\"in.jsonl\"]\n\
        [[stage]]\nuse = \"dedup.exact\"\nsave = \"../../../../s.idx\"\n\
        [[export]]\npath = \"${vars.up}/x/docs.jsonl\"\n[[export]]\npath = \"a/b.jsonl\"\n[rejects]\npath = \"/tmp/../r/rejects.jsonl\"\n";
    let case = Case::new("").file("deep/er/still/p.toml", format!("warraq = 1\n{pipeline}"));
    let case = case.file("deep/er/still/in.jsonl", "{\"text\":\"a\"}\n{\"text\":1}\n");
    let args = ["run", "deep/er/still/p.toml", "--out", "to", "--set", "run.errors=1"];
    case.command(&args).ends(0);
    let mut found = Vec::new();
    let mut folders = vec![case.path("")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path().strip_prefix(case.path("")).unwrap().to_owned()),
            }
        }
    }
    found.retain(|path| !path.ends_with("p.toml") && !path.ends_with("in.jsonl"));
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found.iter().all(|path| path.starts_with("to")), "{found:?}");
}
