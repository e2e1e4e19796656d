//! `check` for programs: JSON, annotations of GitHub's workflows and SARIF on standard output, with nothing else there.

use crate::case::{BOTH_ENDS, Case, Run};
use serde_json::Value;
use std::fs;

/// A folder with a good file, one with a warning, one with errors, and one that cannot be read.
fn check(args: &[&str]) -> Run {
    let file = |stages: &str| format!("warraq = 1\n{stages}\n{BOTH_ENDS}");
    let case = Case::new("").file("in.jsonl", "{\"text\": \"نص\"}\n");
    let case = case.file("good.toml", file("")).file("latin1.toml", b"name = \"\xe9\"\n");
    let case = case.file("warned.toml", file("[[stage]]\nuse = \"clean.unicode\"\nwhen = {}"));
    let case = case.file("wrong.toml", file("[[stage]]\nuse = \"clean.unicode\"\n\"فورم\" = 1\nform = \"ncf\""));
    let all: Vec<&str> = ["check"].iter().chain(args).copied().collect();
    case.command(&all)
}

const ALL: [&str; 4] = ["good.toml", "warned.toml", "wrong.toml", "latin1.toml"];

fn in_format(format: &str) -> Run {
    check(&[&["--format", format], ALL.as_slice()].concat())
}

#[test]
fn json_names_every_file_and_every_problem() {
    let run = in_format("json").ends(78);
    assert_eq!(run.stderr, "");
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["warraq_check"], 1);
    let files = json["files"].as_array().unwrap();
    let verdicts: Vec<_> =
        files.iter().map(|f| (f["file"].as_str().unwrap(), f["verdict"].as_str().unwrap())).collect();
    assert_eq!(
        verdicts,
        [("good.toml", "ok"), ("warned.toml", "ok"), ("wrong.toml", "invalid"), ("latin1.toml", "invalid")]
    );
    assert_eq!(files[0]["diagnostics"], serde_json::json!([]));
    assert_eq!(files[1]["diagnostics"][0]["severity"], "warning");
    let wrong = files[2]["diagnostics"].as_array().unwrap();
    assert_eq!(wrong[1]["code"], "WQ006");
    assert_eq!((&wrong[1]["line"], &wrong[1]["column"]), (&5.into(), &8.into()));
    assert_eq!(wrong[1]["helps"][0], "did you mean `nfc`?");
    assert_eq!(files[3]["diagnostics"][0]["code"], "WQ036");
}

#[test]
fn github_gets_a_line_per_problem() {
    let run = in_format("github").ends(78);
    assert_eq!(run.stderr, "");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", run.stdout);
    let warning = "::warning file=warned.toml,line=4,col=8,endColumn=10,title=WQ018::an empty condition always holds";
    assert!(lines[0].starts_with(warning), "{}", lines[0]);
    assert!(lines[2].starts_with("::error file=wrong.toml,line=5,col=8,endColumn=13,title=WQ006::"), "{}", lines[2]);
    assert!(lines[3].starts_with("::error file=latin1.toml,title=WQ036::"), "{}", lines[3]);
}

#[test]
fn sarif_has_a_result_per_problem_and_an_artifact_per_file() {
    let run = in_format("sarif").ends(78);
    assert_eq!(run.stderr, "");
    let log: Value = serde_json::from_str(&run.stdout).unwrap();
    let artifacts = log["runs"][0]["artifacts"].as_array().unwrap();
    let uris: Vec<_> = artifacts.iter().map(|a| a["location"]["uri"].as_str().unwrap()).collect();
    assert_eq!(uris, ALL);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules: Vec<_> = results.iter().map(|r| r["ruleId"].as_str().unwrap()).collect();
    assert_eq!(rules, ["WQ018", "WQ004", "WQ006", "WQ036"]);
}

/// What people see is what it was: problems on standard error, a line per file on standard output.
#[test]
fn people_get_verdicts_on_standard_output() {
    let run = check(&ALL).ends(78);
    assert_eq!(
        run.stdout,
        "good.toml: ok (0 stages, 1 exports, 1 inputs)\nwarned.toml: ok (1 stages, 1 exports, 1 inputs)\n\
         wrong.toml: invalid\n"
    );
    assert!(run.stderr.contains("latin1.toml:1: byte 8 is not UTF-8"), "{}", run.stderr);
    assert!(!run.stderr.contains("warraq explain"), "only for a terminal");
}

#[test]
fn warnings_can_be_denied() {
    check(&["warned.toml"]).ends(0);
    let run = check(&["--deny", "warnings", "good.toml", "warned.toml"]).ends(78);
    assert_eq!(run.stdout, "good.toml: ok (0 stages, 1 exports, 1 inputs)\nwarned.toml: denied (1 warnings)\n");
    check(&["--deny", "warnings", "good.toml"]).ends(0);
    let run = check(&["--deny", "warnings", "--format", "json", "warned.toml"]).ends(78);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["files"][0]["verdict"], "denied");
}

/// A check leaves nothing behind in the folder.
#[test]
fn nothing_is_written() {
    let case = Case::stages("").file("in.jsonl", "{\"text\": \"نص\"}\n");
    case.command(&["check", "--format", "sarif", "p.toml"]).ends(0);
    let mut names: Vec<_> =
        fs::read_dir(case.path("")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["in.jsonl", "p.toml"]);
}
