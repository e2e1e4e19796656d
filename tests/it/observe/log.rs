//! `run --log-format json`, heartbeats and slow documents.

use super::{INPUT, case, events, named};
use crate::case::{BINARY, Case};
use crate::plugins::misbehaving::obeying;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Command;

#[test]
fn everything_that_is_said_is_json() {
    let case = case("log").args(&["--log-format", "json", "--progress", "plain"]);
    let run = case.run().ends(0);
    let events = events(&run.stderr);
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    let expected = [
        "run.begins",
        "input.opened",
        "input.ended",
        "export.published",
        "export.published",
        "summary",
        "summary.rejected",
        "summary.rejected",
        "summary.rejected",
        "summary.export",
        "summary.rejects",
        "run.ends",
    ];
    assert_eq!(names, expected);
    let one = |name: &str| -> Value { named(&events, name)[0].clone() };
    assert_eq!(one("run.begins")["inputs"], 1);
    // What is said of a run says of which one.
    assert!(events.iter().all(|event| event["pipeline"] == "log"), "{}", run.stderr);
    let ended = one("input.ended");
    assert_eq!(
        (&ended["input"], &ended["bytes"], &ended["whole"]),
        (&"in.jsonl".into(), &INPUT.len().into(), &true.into())
    );
    let summary = one("summary");
    for (key, count) in [("read", 5), ("kept", 2), ("dropped", 1), ("duplicate", 1), ("failed", 1), ("blank", 1)] {
        assert_eq!(summary[key], count, "{key}");
    }
    let ends = one("run.ends");
    assert_eq!((&ends["status"], &ends["exit_code"], ends.get("message")), (&"done".into(), &0.into(), None));
    // In words it is the same: every message is a line there, and the course of the run is left out.
    let words = case.command(&["run", "p.toml"]).ends(0).stderr;
    let summaries: Vec<&str> = events
        .iter()
        .filter(|e| e["event"].as_str().unwrap().starts_with("summary"))
        .map(|e| e["message"].as_str().unwrap())
        .collect();
    assert_eq!(words.lines().map(str::trim_start).collect::<Vec<_>>(), summaries);
}

#[test]
fn levels_are_chosen_by_the_variable_and_by_quiet() {
    let case = case("levels");
    let said = |args: &[&str], level: Option<&str>| {
        let mut command = Command::new(BINARY);
        command.args(["run", "p.toml"]).args(args).current_dir(case.path("")).env_remove("WARRAQ_LOG");
        level.map(|level| command.env("WARRAQ_LOG", level));
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert_eq!(said(&["--quiet"], None), "");
    assert_eq!(said(&["--quiet", "--log-format", "json"], None), "");
    assert_eq!(said(&["--log-format", "json"], Some("warning")), "");
    let debug = events(&said(&["--log-format", "json"], Some("debug")));
    let failed = named(&debug, "document.failed");
    assert_eq!(failed.len(), 1);
    for (key, value) in [("input", "in.jsonl"), ("reason", "json.syntax"), ("level", "debug"), ("pipeline", "levels")] {
        assert_eq!(failed[0][key], value, "{key}");
    }
    assert_eq!((&failed[0]["record"], failed[0].get("stage")), (&5.into(), None));
    let phases: Vec<&str> = named(&debug, "run.phase").iter().map(|event| event["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["running", "finishing", "saving", "publishing", "ended"]);
    let words = said(&[], Some("debug"));
    assert!(words.contains("debug: document ") && words.contains("info: reading in.jsonl\n"), "{words}");
    assert!(said(&[], Some("info")).contains("info: reading in.jsonl\n"));
    assert!(!said(&[], None).contains("reading"));
}

#[test]
fn problems_are_events_with_their_places() {
    let case = Case::stages("[[stage]]\nuse = \"clean.arabik\"\n").file("in.jsonl", "");
    let run = case.args(&["--log-format", "json"]).run().ends(78);
    let events = events(&run.stderr);
    let problem = named(&events, "problem")[0];
    for (key, value) in [("level", "error"), ("file", "p.toml")] {
        assert_eq!(problem[key], value, "{key}");
    }
    assert!(problem["code"].as_str().unwrap().starts_with("WQ") && problem["line"] == 3, "{problem}");
    let run = Case::new("").command(&["run", "none.toml", "--log-format", "json"]).ends(78);
    assert_eq!(named(&super::events(&run.stderr), "pipeline.unreadable").len(), 1, "{}", run.stderr);
    let run = case_of_both().ends(2);
    assert!(run.stderr.contains("--format github"), "{}", run.stderr);
}

fn case_of_both() -> crate::case::Run {
    case("x").args(&["--log-format", "json", "--format", "github"]).run()
}

#[test]
fn an_end_that_is_none_is_an_event_too() {
    let stages = "[[stage]]\nuse = \"clean.whitespace\"\n";
    let run = Case::stages(stages).args(&["--log-format", "json"]).run().ends(74);
    let all = events(&run.stderr);
    assert_eq!(named(&all, "run.failed").len(), 1, "{}", run.stderr);
    let ends = all.last().unwrap();
    assert_eq!(
        (&ends["event"], &ends["exit_code"], &ends["status"]),
        (&"run.ends".into(), &74.into(), &"failed".into())
    );
}

/// A stage hangs for four seconds, with a process of its own, and then fails.
#[test]
fn a_heartbeat_says_what_a_run_waits_for_and_a_slow_document_is_named() {
    let case = obeying("obey", "run = { isolate = \"process\", timeout = \"4s\" }", &["!hang"]);
    let case = case.args(&["--log-format", "json", "--heartbeat", "1s", "--slow", "2s", "--metrics", "w.prom"]);
    let run = case.run().ends(5);
    let all = events(&run.stderr);
    let beats = named(&all, "heartbeat");
    assert!(beats.len() >= 2 && beats.iter().all(|beat| beat["pipeline"].is_string()), "{}", run.stderr);
    let last = beats.last().unwrap();
    let waiting = last["waiting_for"].as_str().unwrap();
    assert!(waiting.starts_with("stage test.obey on in.jsonl record 1, for "), "{waiting}");
    assert_eq!(last["phase"], "running");
    let slow = named(&all, "document.slow");
    assert_eq!(slow.len(), 1, "{}", run.stderr);
    for (key, value) in [("id", "d0"), ("input", "in.jsonl"), ("stage", "test.obey"), ("level", "warning")] {
        assert_eq!(slow[0][key], value, "{key}");
    }
    assert_eq!((&slow[0]["record"], &slow[0]["documents"]), (&1.into(), &1.into()));
    assert!(slow[0]["seconds"].as_f64().unwrap() > 2.0 && slow[0]["bytes"].as_u64().unwrap() > 10);
    let text = String::from_utf8(run.bytes("w.prom")).unwrap();
    assert_eq!(super::exposition::parse(&text).unwrap().value("warraq_slow_documents_total", &[]), 1.0);
    // Not where no progress is asked for, nor where nothing is slow.
    let args = ["run", "p.toml", "--progress", "none", "--heartbeat", "1s", "--slow", "off"];
    let quiet = case.command(&args).ends(5);
    assert!(!quiet.stderr.contains("waiting for") && !quiet.stderr.contains("slow:"), "{}", quiet.stderr);
}

#[test]
fn a_run_without_input_says_that_it_waits_for_it() {
    let case = Case::stages("[[stage]]\nuse = \"clean.whitespace\"\n");
    let mut child = case.spawn(&["run", "p.toml", "-", "--heartbeat", "500ms"]);
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("s: running, waiting for the next bytes of the input, for "), "{line}");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn of_many_slow_documents_some_are_named_and_the_others_counted() {
    let line = format!("{{\"text\":\"{}\"}}\n", "كلمة  ".repeat(200_000));
    let case = Case::stages("[[stage]]\nuse = \"tokenize.words\"\n").file("in.jsonl", line.repeat(26));
    let case = case.args(&["--log-format", "json", "--slow", "1ms", "--metrics", "w.prom"]);
    let run = case.run().ends(0);
    let all = events(&run.stderr);
    assert_eq!(named(&all, "document.slow").len(), 20, "{}", run.stderr);
    assert_eq!(named(&all, "document.slow.left_out")[0]["count"], 6);
    let words = case.command(&["run", "p.toml", "--slow", "1ms"]).ends(0).stderr;
    assert!(words.contains("warning: slow: stage tokenize.words took "), "{words}");
    assert!(words.contains("warning: slow: 6 more documents were not named\n"), "{words}");
    for wrong in ["--slow=0s", "--slow=soon", "--heartbeat=5"] {
        case.command(&["run", "p.toml", wrong]).ends(2);
    }
}
