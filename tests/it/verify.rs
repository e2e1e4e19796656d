//! `verify`: a finished run held against its report.

use crate::case::{Case, zstd};
use serde_json::Value;

const PIPELINE: &str = r#"
[[source]]
use = "jsonl"
paths = ["in.jsonl"]

[[stage]]
use = "tokenize.words"

[[stage]]
use = "filter.length"
min_words = 2

[[stage]]
use = "dedup.exact"
save = "out/seen.index"

[[export]]
path = "out/docs.jsonl.zst"

[[export]]
path = "out/docs.conllu.gz"
"#;

const RECORDS: &str = r#"{"id":"a","text":"ورق أبيض"}
{"id":"b","text":"حبر"}
not a record
{"id":"c","text":"قلم من قصب"}
"#;

/// A run of four records: two kept, one dropped, one failed.
fn run() -> Case {
    let case = Case::new(PIPELINE).file("in.jsonl", RECORDS).args(&["--set", "run.errors=1"]);
    case.run().ends(0);
    case
}

#[test]
fn a_run_is_as_its_report_says_also_after_its_folder_has_been_moved() {
    let case = run();
    let found = case.command(&["verify", "out"]).ends(0).stdout;
    assert!(found.contains("out/report.json: ok\n"), "{found}");
    for part in ["docs.jsonl.zst: 2 documents", "docs.conllu.gz: 2 documents", "rejects.jsonl: 2 documents"] {
        assert!(found.contains(part), "{found}");
    }
    std::fs::rename(case.path("out"), case.path("moved")).unwrap();
    let run = case.command(&["verify", "moved/report.json", "--json"]).ends(0);
    let all: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(all["runs"][0]["outputs"].as_array().unwrap().len(), 4);
    assert_eq!(all["runs"][0]["problems"], serde_json::json!([]));
}

/// Changes one file of a finished run, and says what `verify` finds.
fn problems(name: &str, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> Vec<String> {
    let case = run();
    let path = case.path("out").join(name);
    match change(std::fs::read(&path).unwrap()) {
        Some(bytes) => std::fs::write(&path, bytes).unwrap(),
        None => std::fs::remove_file(&path).unwrap(),
    }
    let run = case.command(&["verify", "out", "--json"]).ends(1);
    let all: Value = serde_json::from_str(&run.stdout).unwrap();
    let problems = all["runs"][0]["problems"].as_array().unwrap();
    problems.iter().map(|problem| problem.as_str().unwrap().to_owned()).collect()
}

fn in_report(from: &'static str, to: &'static str) -> impl Fn(Vec<u8>) -> Option<Vec<u8>> {
    move |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{text}");
        Some(text.replacen(from, to, 1).into_bytes())
    }
}

#[test]
fn whatever_was_changed_since_is_named() {
    let cut = |bytes: Vec<u8>| Some(bytes[..bytes.len() - 1].to_vec());
    let gone = |_: Vec<u8>| None;
    let other = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        Some(text.replace("\"dropped\"", "\"failed!\"").into_bytes())
    };
    let bomb = |_: Vec<u8>| Some(zstd(&vec![b'x'; 64 << 20]));
    let twice = |bytes: Vec<u8>| Some([bytes.clone(), bytes].concat());
    for (found, expected) in [
        (problems("docs.jsonl.zst", cut), "docs.jsonl.zst: "),
        (problems("seen.index", cut), "seen.index: "),
        (problems("docs.jsonl.zst", twice), "docs.jsonl.zst: 4 documents, the report says 2"),
        (problems("docs.conllu.gz", gone), "the output out/docs.conllu.gz is not there"),
        (problems("rejects.jsonl", other), "rejects.jsonl: 0 documents dropped, the report says 1"),
        (problems("rejects.jsonl", other), "rejects.jsonl: the SHA-256 is "),
        (
            problems("report.json", in_report("\"kept\": 2", "\"kept\": 3")),
            "the ledger does not balance: 4 were read, 5 have",
        ),
        (
            problems("report.json", in_report("\"written\": 2", "\"written\": 1")),
            "2 documents reached it, but 1 were written",
        ),
        (problems("report.json", in_report("\"exports\"", "\"exporte\"")), "the report has no list `exports`"),
        (problems("report.json", in_report("\"saved\"", "\"safed\"")), "the report has no list `saved`"),
        (problems("report.json", in_report("\"rejects\": {", "\"reject\": {")), "does not say where the rejects are"),
        (problems("report.json", in_report("\"bytes\": ", "\"size\": ")), "does not say its size and checksum"),
        (problems("report.json", in_report("\"jsonl\"", "\"jsonx\"")), "it is `jsonx`, which is no format"),
        (
            problems("report.json", in_report("\"reached\": 2", "\"reached\": 7")),
            "7 documents reached it, but 2 were written",
        ),
        (
            problems("report.json", in_report("\"reached\": 2,", "\"reached\": 1,")),
            "2 documents were kept, but only 1 reached it",
        ),
        (problems("docs.jsonl.zst", bomb), "more than 1000 times as many"),
        (
            problems("report.json", in_report("\"status\": \"done\"", "\"status\": \"interrupted\"")),
            "the run did not finish",
        ),
    ] {
        assert!(found.iter().any(|problem| problem.contains(expected)), "{expected}: {found:#?}");
    }
}

#[test]
fn what_is_no_run_is_an_error() {
    let case = Case::new("").file("empty/x", "").file("other/report.json", "{}").file("broken/report.json", "{");
    for (path, why) in [
        ("empty", "No such file"),
        ("other", "no report of a run"),
        ("broken", "not JSON"),
        ("nowhere", "No such file"),
    ] {
        let run = case.command(&["verify", path]).ends(74);
        assert!(run.stderr.contains(why), "{path}: {}", run.stderr);
    }
}
