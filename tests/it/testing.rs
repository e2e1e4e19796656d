//! `warraq test`: what passes, what fails and how that is told, and what the exit code says.

use crate::case::{BOTH_ENDS, Case, Run, plugins, warraq};
use crate::pipelines::copy;
use serde_json::Value;
use std::fs;

/// A pipeline that cleans and tokenizes, with these tests.
fn case(tests: &str) -> Case {
    let stages = "[[stage]]\nuse = \"clean.arabic\"\ntashkeel = \"strip\"\n[[stage]]\nuse = \"clean.whitespace\"\n\
                  [[stage]]\nuse = \"tokenize.words\"\n[[stage]]\nuse = \"filter.length\"\nmin_words = 2\n";
    Case::new(&format!("{stages}{BOTH_ENDS}\n{tests}"))
}

/// A test with this input and this expectation.
fn one(name: &str, input: &str, expect: &str) -> String {
    format!("[[test]]\nname = \"{name}\"\ninput = {input}\nexpect = {expect}\n")
}

fn run(tests: &str, args: &[&str]) -> Run {
    let all: Vec<&str> = ["test", "p.toml"].iter().chain(args).copied().collect();
    case(tests).command(&all)
}

const TEXT: &str = "{ text = \"ذَهب  الولد\" }";

#[test]
fn what_holds_passes_and_what_does_not_fails() {
    for (input, expect, code) in [
        (TEXT, "{ text = \"ذهب الولد\" }", 0),
        (TEXT, "{ text = \"ذهب الولدان\" }", 1),
        (TEXT, "{ tokens = [\"ذهب\", \"الولد\"], kinds = [\"word\", \"word\"] }", 0),
        (TEXT, "{ tokens = [\"ذهب\"] }", 1),
        (TEXT, "{ contains = { tokens = [\"الولد\"], text = \"الولد\" } }", 0),
        (TEXT, "{ contains = { tokens = [\"الولد\", \"الولد\"] } }", 1),
        (TEXT, "{ removed = [{ label = \"tashkeel\", text = \"\\u064E\" }, { text = \" \" }] }", 0),
        (TEXT, "{ scores = { \"length.words\" = 2 } }", 0),
        (TEXT, "{ scores = { \"length.words\" = { min = 3 } } }", 1),
        (TEXT, "{ dropped = \"too_few_words\" }", 1),
        (TEXT, "{ kept = true }", 0),
        ("{ text = \"كلمة\" }", "{ dropped = \"too_few_words\" }", 0),
        ("{ text = \"كلمة\" }", "{ dropped = \"too_many_words\" }", 1),
        ("{ text = \"كلمة\" }", "{ text = \"كلمة\" }", 1),
        ("{ text = \"a b\", lang = \"en\", meta = { n = 1 } }", "{ lang = \"en\", meta = { n = 1 } }", 0),
        ("{ text = \"a b\", meta = { n = 1 } }", "{ meta = { n = 2 } }", 1),
        ("{ record = { id = \"x\", text = \"a  b\" } }", "{ text = \"a b\" }", 0),
        ("{ record = \"{broken\" }", "{ failed = \"json.syntax\" }", 0),
        ("{ record = \"{broken\" }", "{ kept = true }", 1),
    ] {
        let run = run(&one("t", input, expect), &[]);
        assert_eq!(run.code, code, "{input} {expect}:\n{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_failure_names_the_stage_that_departed() {
    let tests = one("goes", TEXT, "{ text = \"ذهب  الولد\" }") + &one("stays", TEXT, "{ text = \"ذهب الولد\" }");
    let run = run(&tests, &[]).ends(1);
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn a_part_of_the_stages_is_tested_alone() {
    let part = one("t", TEXT, "{ text = \"ذَهب الولد\", tokens = [] }");
    let part = part.replace("input", "from = \"clean.whitespace\"\nto = \"clean.whitespace\"\ninput");
    run(&part, &[]).ends(0);
}

#[test]
fn tests_are_picked_by_their_names() {
    let tests = one("good", TEXT, "{ kept = true }") + &one("bad", TEXT, "{ text = \"\" }");
    run(&tests, &["--filter", "good"]).ends(0);
    run(&tests, &["--filter", "bad"]).ends(1);
    run(&tests, &["--filter", "none"]).ends(4);
    run("", &[]).ends(4);
}

#[test]
fn an_invalid_file_is_78_and_the_others_still_run() {
    let case = case(&one("t", TEXT, "{ kept = true }")).file("bad.toml", "warraq = 1\n");
    let run = case.command(&["test", "bad.toml", "p.toml"]).ends(78);
    assert!(run.stdout.contains("1 passed, 0 failed"), "{}", run.stdout);
}

#[test]
fn a_file_that_is_not_there_is_74() {
    run(&one("t", "{ file = \"none.jsonl\" }", "{ kept = true }"), &[]).ends(74);
}

#[test]
fn golden_files_are_written_only_when_asked_and_then_compared() {
    let case = case(&one("t", TEXT, "{ golden = \"golden/t.jsonl\" }"));
    case.command(&["test", "p.toml"]).ends(1);
    assert!(!case.path("golden/t.jsonl").exists());
    let blessed = case.command(&["test", "p.toml", "--bless"]).ends(0);
    assert!(blessed.stdout.contains("wrote golden/t.jsonl"), "{}", blessed.stdout);
    case.command(&["test", "p.toml"]).ends(0);
    let text = fs::read_to_string(case.path("golden/t.jsonl")).unwrap();
    fs::write(case.path("golden/t.jsonl"), text.replace("الولد", "البنت")).unwrap();
    case.command(&["test", "p.toml"]).ends(1);
}

#[test]
fn the_file_beside_is_read_by_test_and_check() {
    let beside = format!("warraq = 1\n{}", one("t", TEXT, "{ kept = true }"));
    let good = case("").file("p.test.toml", beside);
    good.command(&["test", "p.test.toml"]).ends(0);
    let wrong = case("").file("p.test.toml", "warraq = 1\n[[stage]]\nuse = \"clean.unicode\"\n");
    assert!(wrong.command(&["check", "p.toml"]).ends(78).stderr.contains("p.test.toml:2:3"));
}

#[test]
fn the_output_does_not_depend_on_threads() {
    let tests: String = (0..20).map(|n| one(&format!("t{n}"), TEXT, "{ text = \"x\" }")).collect();
    assert_eq!(run(&tests, &["--threads", "1"]).stdout, run(&tests, &["--threads", "4"]).stdout);
}

#[test]
fn json_and_junit_tell_the_same() {
    let case = case(&(one("good <&>", TEXT, "{ kept = true }") + &one("bad", TEXT, "{ text = \"\\u0007\" }")));
    let run = case.command(&["test", "p.toml", "--format", "json", "--junit", "junit.xml"]).ends(1);
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&json["files"][0]["passed"], &json["files"][0]["failed"]), (&1.into(), &1.into()));
    let xml = fs::read_to_string(case.path("junit.xml")).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let cases: Vec<&str> = report.test_suites[0].test_cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!((cases, report.failures), (vec!["good <&>", "bad"], 1));
}

#[test]
fn the_pipelines_of_the_repository_pass_their_tests_and_a_broken_expectation_fails() {
    let copy = copy();
    let dir = plugins().to_string_lossy().into_owned();
    let run = warraq(&["test", ".", "--plugin-dir", &dir], copy.path(), b"");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let path = copy.path().join("arabic-news.test.toml");
    let broken = fs::read_to_string(&path).unwrap().replace("\"وصل الوزير إلى تونس\"", "\"وصل الوزير إلى بغداد\"");
    fs::write(path, broken).unwrap();
    let run = warraq(&["test", "arabic-news.toml"], copy.path(), b"").ends(1);
    assert!(run.stdout.contains("  - وصل الوزير إلى بغداد") && run.stdout.contains("text: "), "{}", run.stdout);
}
