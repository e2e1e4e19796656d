//! In a worker process, a plugin that takes its process with it costs one document.

use super::misbehaving::obeying;
use super::{broken, docs};
use crate::case::{BOTH_ENDS, Case};

pub(crate) const ORDERS: &[(&str, &str, &str)] = &[
    ("!segv", "plugin.signal", "SIGSEGV"),
    ("!abort", "plugin.signal", "SIGABRT"),
    ("!overflow", "plugin.signal", "SIG"),
    ("!exit", "plugin.exit", "0"),
    ("!hang", "plugin.timeout", "2 s"),
    ("!spin", "plugin.timeout", "2 s"),
    ("!allocate", "plugin.signal", "SIG"),
];

#[test]
fn a_crash_or_a_hang_fails_the_one_document_that_caused_it() {
    for (order, reason, part) in ORDERS {
        let texts = ["one", "two", order, "three", "!print", "four"];
        let case = obeying("obey", "run = { isolate = \"process\", timeout = \"2s\", memory = \"2GiB\" }", &texts);
        let run = case.run().ends(5);
        assert_eq!(run.ids("out/docs.jsonl"), ["d0", "d1", "d3", "d4", "d5"], "{order}");
        let rejects = run.rejects();
        assert_eq!(rejects.len(), 1, "{order}");
        assert_eq!(rejects[0]["id"], "d2");
        assert_eq!(rejects[0]["reason"], *reason, "{order}: {}", rejects[0]);
        assert!(rejects[0]["message"].as_str().unwrap().contains(part), "{order}: {}", rejects[0]);
        run.report("out/report.json");
    }
}

#[test]
fn many_crashes_on_many_threads_lose_no_other_document() {
    let texts: Vec<&str> = (0..200).map(|n| if n % 37 == 5 { "!segv" } else { "a good text" }).collect();
    let case = obeying("obey", "run = { isolate = \"process\" }", &texts);
    let run = case.command(&["run", "p.toml", "--threads", "4"]).ends(5);
    let bad = texts.iter().filter(|t| **t == "!segv").count();
    assert_eq!(run.rejects().len(), bad);
    assert_eq!(run.docs().len(), texts.len() - bad);
}

#[test]
fn what_an_in_order_stage_has_learned_survives_the_death_of_its_process() {
    let texts = ["a", "b", "!segv", "c", "!abort", "d"];
    let case = obeying("remember", "run = { isolate = \"process\" }", &texts);
    let run = case.run().ends(5);
    assert_eq!(run.ids("out/docs.jsonl"), ["d0", "d1", "d3", "d5"]);
    let numbers: Vec<f64> = run.docs().iter().map(|d| d["scores"]["number"].as_f64().unwrap()).collect();
    assert_eq!(numbers, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(run.ids("out/rejects.jsonl"), ["d2", "d4"]);
}

#[test]
fn a_crash_when_a_stage_is_built_is_an_error_of_the_pipeline() {
    for (order, part) in [("segv", "SIGSEGV"), ("exit", "exit"), ("abort", "SIGABRT")] {
        let case = obeying("obey", &format!("create = \"{order}\"\nrun = {{ isolate = \"process\" }}"), &["one"]);
        // `check` builds every plugin's stages in a worker process.
        for command in ["check", "run"] {
            let run = case.command(&[command, "p.toml"]).ends(78);
            assert!(run.stderr.contains("WQ032") && run.stderr.contains(part), "{order}:\n{}", run.stderr);
        }
    }
}

#[test]
fn isolation_is_for_stages_of_plugins() {
    let case = Case::stages("[[stage]]\nuse = \"clean.unicode\"\nrun = { isolate = \"process\" }").file("in.jsonl", "");
    let run = case.run().ends(78);
    assert!(run.stderr.contains("WQ045"), "{}", run.stderr);
}

#[test]
fn a_copy_of_the_process_answers_for_nobody() {
    let texts: Vec<String> = (0..300).map(|n| format!("{} {n}", ["bad", "good", "better"][n % 3])).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let case = Case::new(&format!(
        "[plugins.broken]\npath = \"broken\"\n[[stage]]\nuse = \"broken.first\"\nrun = {{ isolate = \"process\" }}\n{BOTH_ENDS}"
    ))
    .file("in.jsonl", docs(&texts));
    broken("FORK", &case.path(""));
    let run = case.run().ends(0);
    assert_eq!(run.docs().len(), texts.len());
    for doc in run.docs() {
        let length = doc["text"].as_str().unwrap().split(' ').next().unwrap().len();
        assert_eq!(doc["spans"][0]["end"], length, "{doc}");
    }
}
