//! What a plugin does wrong while it works costs the document it was working on, says why, and nothing else.

use super::{broken, docs, place};
use crate::case::{BOTH_ENDS, Case, Run};
use std::fs;

/// The documents `d1` and `d3` are lost for this reason, with this in the message; the others are exported.
#[track_caller]
fn loses_two(run: &Run, reason: &str, part: &str) {
    assert_eq!(run.ids("out/docs.jsonl"), ["d0", "d2", "d4"]);
    let rejects = run.rejects();
    assert_eq!(run.ids("out/rejects.jsonl"), ["d1", "d3"]);
    for reject in &rejects {
        assert_eq!(reject["verdict"], "failed");
        assert_eq!(reject["reason"], reason, "{reject}");
        assert!(reject["message"].as_str().unwrap().contains(part), "{reject}");
        assert!(reject["stage"].is_string());
    }
    assert_eq!(run.report("out/report.json")["ledger"]["failed"], 2);
}

pub(crate) const C_DEFECTS: &[(&str, &str, &str)] = &[
    ("BOUNDS", "layer.bounds", "span 0 covers bytes 0.."),
    ("BOUNDARY", "layer.boundary", "cuts a character in two"),
    ("TOKENS", "layer.order", "token 1 at 2..4 begins before byte 3"),
    ("KIND", "plugin.kind", "77 is no kind of token"),
    ("UNDECLARED", "undeclared", "`meta`"),
    ("UTF8", "plugin.utf8", "edit_text: byte 0 is not UTF-8"),
    ("LABEL", "plugin.label", "no name has the id 4000000000"),
    ("NULL", "plugin.pointer", "3 items behind a null pointer"),
    ("COUNT", "plugin.count", "is impossible"),
    ("VERDICT", "plugin.verdict", "9 is no verdict"),
    ("RESULT", "broken.refused", "the text begins with bad"),
    ("SILENT", "plugin.failed", "gave no message"),
    ("WHOLE", "plugin.call", "status 7"),
];

#[test]
fn nonsense_from_c_fails_its_own_document() {
    for (defect, reason, part) in C_DEFECTS {
        let case =
            Case::new(&format!("[plugins.broken]\npath = \"broken\"\n[[stage]]\nuse = \"broken.first\"\n{BOTH_ENDS}"))
                .file("in.jsonl", docs(&["نص أول", "badقق text", "third text", "badقق text", ""]));
        broken(defect, &case.path(""));
        for threads in ["1", "8"] {
            loses_two(&case.command(&["run", "p.toml", "--threads", threads]).ends(5), reason, part);
        }
        let run = case.command(&["run", "p.toml", "--set", "stage.broken.first.run.isolate=process"]).ends(5);
        loses_two(&run, reason, part);
    }
}

#[test]
fn a_serial_stage_is_never_in_two_calls_at_once() {
    let texts: Vec<String> = (0..3_000).map(|n| format!("text {n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let case =
        Case::new(&format!("[plugins.broken]\npath = \"broken\"\n[[stage]]\nuse = \"broken.first\"\n{BOTH_ENDS}"));
    // Many files, so that there are many chunks.
    let case = texts
        .chunks(100)
        .enumerate()
        .fold(case, |case, (n, texts)| case.file(&format!("in/{n:03}.jsonl"), docs(texts)));
    let pipeline = fs::read_to_string(case.path("p.toml")).unwrap().replace("in.jsonl", "in/*.jsonl");
    let case = case.file("p.toml", pipeline);
    broken("SERIAL", &case.path(""));
    for isolate in ["none", "process"] {
        let run = case.command(&[
            "run",
            "p.toml",
            "--threads",
            "8",
            "--set",
            &format!("stage.broken.first.run.isolate={isolate}"),
        ]);
        assert_eq!(run.ends(0).docs().len(), texts.len());
    }
}

/// A pipeline with a stage of the plugin that obeys its texts.
pub(crate) fn obeying(stage: &str, options: &str, texts: &[&str]) -> Case {
    let case = Case::new(&format!(
        "[plugins.test]\npath = \"libs/warraq_misbehaving\"\n[[stage]]\nuse = \"test.{stage}\"\n{options}\n{BOTH_ENDS}"
    ))
    .file("in.jsonl", docs(texts));
    place("warraq_misbehaving", &case.path("libs"));
    case
}

#[test]
fn a_panic_costs_its_document_and_the_worker_is_replaced() {
    for (order, reason, part) in [
        ("!panic", "panic", "on purpose"),
        ("!undeclared", "undeclared", "`meta`"),
        ("!out-of-bounds", "layer.bounds", "token 0"),
    ] {
        let case = obeying("obey", "", &["one", order, "two", order, "three"]);
        for isolate in ["none", "process"] {
            let run =
                case.command(&["run", "p.toml", "--set", &format!("stage.test.obey.run.isolate={isolate}")]).ends(5);
            loses_two(&run, reason, part);
            assert!(!run.stderr.contains("thread '"), "no panic reaches a user:\n{}", run.stderr);
        }
    }
}

#[test]
fn a_panic_when_a_stage_is_built_or_dropped() {
    let case = obeying("obey", "create = \"panic\"", &["one"]);
    for command in ["check", "run"] {
        let run = case.command(&[command, "p.toml"]).ends(78);
        assert!(run.stderr.contains("WQ032") && run.stderr.contains("on purpose"), "{}", run.stderr);
    }
    let run = obeying("obey", "create = \"refuse\"", &["one"]).run().ends(78);
    for part in ["p.toml:", "`create`", "it was told to refuse", "tell it something else"] {
        assert!(run.stderr.contains(part), "{part:?} in\n{}", run.stderr);
    }
    let run = obeying("obey", "drop = true", &["one", "two"]).run().ends(0);
    assert_eq!(run.docs().len(), 2);
}

#[test]
fn options_of_a_plugin_are_checked_like_those_of_a_built_in_stage() {
    let run = obeying("obey", "craete = \"x\"\ndrop = 3", &["one"]).run().ends(78);
    for part in ["WQ004", "did you mean `create`?", "WQ003", "p.toml:6"] {
        assert!(run.stderr.contains(part), "{part:?} in\n{}", run.stderr);
    }
}

#[test]
fn an_export_without_its_header_or_footer_is_not_published() {
    let pipeline = |options: &str| {
        format!(
            "[plugins.test]\npath = \"libs/warraq_misbehaving\"\n[[source]]\nuse = \"jsonl\"\npaths = [\"in.jsonl\"]\n\
             [[export]]\nuse = \"test.ids\"\npath = \"out/ids.txt\"\n{options}\n"
        )
    };
    let case = |options: &str| {
        let case = Case::new(&pipeline(options)).file("in.jsonl", docs(&["one", "two"]));
        place("warraq_misbehaving", &case.path("libs"));
        case
    };
    for command in ["check", "run"] {
        case("").command(&[command, "p.toml"]).ends(0);
    }
    assert_eq!(case("").run().ends(0).bytes("out/ids.txt"), b"begin\nd0\nd1\nend\n");
    for what in ["header", "footer"] {
        let run = case(&format!("fail = \"{what}\"")).run().ends(74);
        assert!(run.stderr.contains("out/ids.txt") && run.stderr.contains("it was told to fail"), "{}", run.stderr);
        assert_eq!(run.files("out"), ["report.json"]);
    }
}

#[test]
fn a_check_is_not_taken_in_by_a_plugin_that_exits() {
    let case = obeying("obey", "", &["one"]);
    let library = case.path("libs").join(super::library("warraq_misbehaving"));
    let run = case.command(&["plugin", "check", library.to_str().unwrap(), "--options", "obey=create = \"exit\""]);
    assert!(run.code == 1 && run.stderr.contains("ended the process of its check"), "{} {}", run.code, run.stderr);
    // Without a separator it is a name, and no name is looked for in the current folder.
    fs::copy(&library, case.path("warraq_misbehaving")).unwrap();
    case.command(&["plugin", "inspect", "./warraq_misbehaving"]).ends(0);
    let run = case.command(&["plugin", "inspect", "warraq_nowhere"]).ends(78);
    assert!(run.stderr.contains("there is no plugin"), "{}", run.stderr);
}
