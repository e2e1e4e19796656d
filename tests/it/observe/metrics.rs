//! `run --metrics FILE`

use super::exposition::{Exposition, parse};
use super::{case, events, named};
use crate::case::{Run, wait_for};
use std::fs;
use std::io::Write;
use std::path::Path;
use warraq_engine::metrics::METRICS;

#[track_caller]
fn metrics(run: &Run, name: &str) -> Exposition {
    let text = String::from_utf8(run.bytes(name)).unwrap();
    parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

#[test]
fn they_say_what_the_report_says() {
    let odd = "a \"b\" \\ c\nأخبار";
    let run = case(odd).args(&["--metrics", "metrics/w.prom"]).run().ends(0);
    let metrics = metrics(&run, "metrics/w.prom");
    let report = run.report("out/report.json");
    for verdict in ["kept", "dropped", "duplicate", "failed"] {
        let count = report["ledger"][verdict].as_f64().unwrap();
        assert!(count > 0.0, "{verdict}");
        assert_eq!(metrics.value("warraq_documents_total", &[("verdict", verdict)]), count);
    }
    let read = report["ledger"]["read"].as_f64().unwrap();
    assert_eq!(metrics.value("warraq_input_documents_total", &[]), read);
    assert_eq!(metrics.value("warraq_input_blank_lines_total", &[]), 1.0);
    let bytes = report["inputs"][0]["bytes"].as_f64().unwrap();
    assert_eq!(metrics.value("warraq_input_read_bytes_total", &[]), bytes);
    assert_eq!(metrics.value("warraq_input_size_bytes", &[]), bytes);
    for stage in report["stages"].as_array().unwrap() {
        let label = [("stage", stage["name"].as_str().unwrap())];
        assert_eq!(metrics.value("warraq_stage_documents_total", &label), stage["documents"].as_f64().unwrap());
        let seconds = report["timing"]["stage_seconds"][label[0].1].as_f64().unwrap();
        assert_eq!(metrics.value("warraq_stage_time_seconds_total", &label), seconds);
        assert_eq!(metrics.value("warraq_stage_skipped_total", &label), 0.0);
    }
    let rejected = |stage: &[(&str, &str)], verdict| {
        metrics.value("warraq_stage_rejected_total", &[stage, &[("verdict", verdict)]].concat())
    };
    assert_eq!(rejected(&[("stage", "filter.length")], "dropped"), 1.0);
    assert_eq!(rejected(&[("stage", "dedup.exact")], "duplicate"), 1.0);
    assert_eq!(rejected(&[("stage", "dedup.exact")], "failed"), 0.0);
    assert_eq!(rejected(&[], "failed"), 1.0, "it could not be read");
    for (output, key) in [("out/docs.jsonl", "exports"), ("out/rejects.jsonl", "rejects")] {
        let written = if key == "exports" { &report[key][0]["bytes"] } else { &report[key]["bytes"] };
        assert_eq!(
            metrics.value("warraq_output_written_bytes_total", &[("output", output)]),
            written.as_f64().unwrap()
        );
    }
    assert_eq!(metrics.value("warraq_export_documents_total", &[("output", "out/docs.jsonl")]), 2.0);
    assert_eq!(metrics.value("warraq_run_exit_code", &[]), 0.0);
    assert_eq!(metrics.value("warraq_run_phase", &[("phase", "ended")]), 1.0);
    assert_eq!(metrics.value("warraq_chunks_in_flight", &[]), 0.0);
    assert_eq!(metrics.value("warraq_window_used_bytes", &[]), 0.0);
    assert_eq!(metrics.value("warraq_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
    if cfg!(target_os = "linux") {
        let [now, peak] = ["resident", "peak"].map(|name| metrics.value(&format!("warraq_memory_{name}_bytes"), &[]));
        assert!(now > 1e6 && peak >= now);
    }
    // All of the table, each as the table has it.
    for metric in METRICS {
        let family = &metrics.0[&metric.prometheus_name()];
        assert_eq!((&*family.kind, &*family.help), (metric.kind.name(), metric.help));
        for (labels, _) in &family.samples {
            assert_eq!(labels["pipeline"], odd);
            assert!(labels.keys().all(|label| label == "pipeline" || metric.labels.contains(&label.as_str())));
        }
    }
    assert_eq!(metrics.0.len(), METRICS.len());
}

#[test]
fn a_survey_is_counted_apart() {
    let stages = "[[stage]]\nuse = \"dedup.minhash\"\nmode = \"cluster\"\n";
    let stages = format!("[[stage]]\nuse = \"tokenize.words\"\n{stages}");
    let case = crate::case::Case::stages(&stages).file("in.jsonl", "{\"text\":\"one two three\"}\n".repeat(7));
    let run = case.args(&["--metrics", "w.prom"]).run().ends(0);
    let metrics = metrics(&run, "w.prom");
    for labels in [&[][..], &[("survey", "dedup.minhash")]] {
        assert_eq!(metrics.value("warraq_input_documents_total", labels), 7.0);
        assert_eq!(metrics.value("warraq_input_read_bytes_total", labels), 7.0 * 25.0);
    }
    assert_eq!(metrics.value("warraq_documents_total", &[("verdict", "kept")]), 7.0);
}

#[test]
fn they_are_not_written_over_anything_else_and_cost_no_run() {
    let case = case("x").file("precious.txt", "precious").file("file/x", "");
    let outputs = |run: &Run| (run.bytes("out/docs.jsonl"), run.bytes("out/rejects.jsonl"));
    let without = outputs(&case.run().ends(0));
    for path in ["precious.txt", "file/x/w.prom"] {
        let run = case.command(&["run", "p.toml", "--metrics", path, "--log-format", "json"]).ends(0);
        assert_eq!(outputs(&run), without);
        let events = events(&run.stderr);
        let warnings = named(&events, "metrics.failed");
        assert_eq!(warnings.len(), 1, "it is said once:\n{}", run.stderr);
        assert_eq!((&warnings[0]["level"], &warnings[0]["path"]), (&"warning".into(), &path.into()));
        assert_eq!(run.bytes("precious.txt"), b"precious");
    }
    // A run that another one keeps out leaves that one's metrics alone.
    let older = "# HELP warraq_x Older.\n";
    let case = case.file("w.prom", older);
    let held = fs::OpenOptions::new().append(true).create(true).open(case.path("out/docs.jsonl.partial")).unwrap();
    held.lock().unwrap();
    let run = case.command(&["run", "p.toml", "--metrics", "w.prom"]).ends(75);
    assert_eq!(run.bytes("w.prom"), older.as_bytes());
}

/// Reads the file while it is written again and again; it is always whole.
fn now(path: &Path) -> Option<Exposition> {
    let text = fs::read_to_string(path).ok()?;
    Some(parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}")))
}

#[test]
fn they_are_written_while_the_run_lasts() {
    let case = case("live");
    let mut child = case.spawn(&["run", "p.toml", "-", "--metrics", "w.prom", "--quiet"]);
    let mut stdin = child.stdin.take().unwrap();
    let path = case.path("w.prom");
    let first = wait_for("the first file", || now(&path));
    assert!(!first.0.contains_key("warraq_run_exit_code") && !first.0.contains_key("warraq_input_size_bytes"));
    // More than a chunk, so that something is appended.
    let line = format!("{{\"text\":\"{}\"}}\n", "word ".repeat(2_000));
    (0..300).for_each(|n| stdin.write_all(line.replace("word", &format!("w{n}")).as_bytes()).unwrap());
    let later = wait_for("what has been appended", || {
        now(&path).filter(|m| m.value("warraq_documents_total", &[("verdict", "kept")]) > 0.0)
    });
    assert_eq!(later.value("warraq_run_phase", &[("phase", "running")]), 1.0);
    assert!(later.value("warraq_stage_time_seconds_total", &[("stage", "clean.whitespace")]) > 0.0);
    assert!(later.value("warraq_output_written_bytes_total", &[("output", "out/docs.jsonl")]) > 0.0);
    assert!(later.value("warraq_chunks_waiting", &[("turnstile", "append")]) <= 3.0, "no more than there are chunks");
    assert!(!later.0.contains_key("warraq_run_exit_code"));
    drop(stdin);
    assert!(child.wait().unwrap().success());
    let last = now(&path).unwrap();
    assert_eq!(last.value("warraq_documents_total", &[("verdict", "kept")]), 300.0);
    assert_eq!(last.value("warraq_run_exit_code", &[]), 0.0);
}
