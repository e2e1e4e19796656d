//! Exports that write to sinks of their own: no path, no file, and an end of the run when the sink fails.

use crate::kit::{ALL, World};
use crate::{DEDUP, MARK, SLOW, corpus, with_on_error};
use serde_json::Value;
use warraq_engine::plan::Target;
use warraq_engine::run::{self, End};

const SINK: &str = "[[export]]\nuse = \"sink\"\n";

#[test]
fn a_sink_gets_the_documents_in_order_and_is_ended_once() {
    let corpus = corpus(300);
    for (threads, window) in [(1, 1), (2, 2 << 20), (7, 64 << 20)] {
        let world = World::new(&[("a.in", &corpus)]).exports(&[SINK, ALL]).threads(threads, window);
        let ran = world.run(&[SLOW, DEDUP, MARK].concat());
        assert_eq!((&ran.outcome.end, ran.outcome.ledger.check()), (&End::Done, Ok(())));
        let told = world.told();
        let export = ran.export.as_deref().unwrap();
        let ids = export.lines().filter_map(|line| line.split_once('\t')).map(|(id, _)| format!("write {id}"));
        let expected: Vec<String> = ["open".to_owned()].into_iter().chain(ids).collect();
        assert!(told[..told.len() - 2] == expected && expected.len() > 150, "{threads} threads, window {window}");
        assert_eq!(told[told.len() - 2..], ["flush", "finish"]);
        assert_eq!(ran.files, ["all.txt", "rejects.jsonl"]);
        let count = &ran.outcome.ledger.exports[0];
        assert_eq!((count.reached, count.written), (ran.outcome.ledger.kept, ran.outcome.ledger.kept));
    }
}

#[test]
fn a_sink_that_fails_ends_the_run() {
    // What goes wrong, what ends the run, and what the sink was told before; a later failure is not asked for any more.
    let cases: [(&str, &str, &[&str]); 8] = [
        ("?open", "output sink: open was asked to fail", &["open"]),
        ("!open", "output sink: opening panicked: on purpose, in open", &["open"]),
        ("?flush", "output sink: flush was asked to fail", &["open", "write a.in#1", "flush"]),
        ("!flush", "output sink: flushing panicked: on purpose, in flush", &["open", "write a.in#1", "flush"]),
        ("?finish", "output sink: finish was asked to fail", &["open", "write a.in#1", "flush", "finish"]),
        (
            "!finish",
            "output sink: finishing panicked: on purpose, in finish",
            &["open", "write a.in#1", "flush", "finish"],
        ),
        ("bytes", "output sink: it has a sink of its own, but handed bytes over", &["open", "write a.in#1"]),
        ("", "", &["open", "write a.in#1", "flush", "finish"]),
    ];
    for (trouble, why, told) in cases {
        for exports in
            [[&format!("{SINK}trouble = \"{trouble}\"\n"), ALL], [ALL, &format!("{SINK}trouble = \"{trouble}\"\n")]]
        {
            let world = World::new(&[("a.in", "one\n")]).exports(&exports);
            world.plan(MARK);
            assert_eq!(world.told(), [""; 0], "a check opens nothing");
            let ran = world.run(MARK);
            let end = if why.is_empty() { End::Done } else { End::Io(why.into()) };
            assert_eq!(ran.outcome.end, end, "{trouble}");
            assert_eq!(world.told(), told, "{trouble}");
            assert_eq!(ran.files.is_empty(), !why.is_empty(), "{trouble}: {:?}", ran.files);
        }
    }
}

/// After 32 chunks: the failure belongs to that chunk, whatever has been done by then, and nothing is written after it.
#[test]
fn a_flush_that_fails_on_the_way_ends_the_run() {
    let record = "x".repeat(1 << 20);
    let text: String = (1..=36).map(|n| format!("{n} {record}\n")).collect();
    let sink = format!("{SINK}trouble = \"?flush\"\n");
    let world = World::new(&[("a.in", &text)]).exports(&[&sink]).threads(2, 64 << 20);
    let ran = world.run(MARK);
    assert_eq!(ran.outcome.end, End::Io("output sink: flush was asked to fail".into()));
    assert_eq!(ran.outcome.ledger.read, 31, "the account ends before the chunk");
    let told = world.told();
    assert_eq!(told[told.len() - 2..], ["write a.in#32", "flush"]);
}

#[test]
fn nothing_is_written_once_a_document_has_ended_the_run() {
    let world = World::new(&[("a.in", "one ?process\ntwo\n")]).exports(&[SINK]);
    let ran = world.run(&with_on_error("abort", MARK));
    assert!(matches!(ran.outcome.end, End::Aborted(_)));
    assert_eq!(world.told(), ["open"]);
}

#[test]
fn a_path_is_asked_for_unless_there_is_a_sink() {
    // The export; what is said of it, or nothing. The lines before it are eight.
    let cases = [
        ("use = \"sink\"", ""),
        (
            "use = \"sink\"\npath = \"x.db\"",
            "error[WQ036]: format `sink` writes to a sink of its own, not to a path\n --> pipeline.toml:8:8\n",
        ),
        ("use = \"lines\"", "error[WQ005]: missing key `path` in `[[export]]`\n --> pipeline.toml:6:1\n"),
        ("use = \"lines\"\npth = \"x\"", "is this meant to be `path`?"),
        ("pth = \"x\"", "error[WQ005]: missing key `path` in `[[export]]`\n --> pipeline.toml:6:1\n"),
        ("use = \"lines\"\npath = 5", "error[WQ003]"),
        ("use = \"sink\"\npath = \"\"", "error[WQ010]"),
        ("use = \"snik\"", "error[WQ031]: there is no format `snik`"),
        ("use = \"unreadable\"", "error[WQ031]: format `unreadable` cannot be written"),
    ];
    for (export, said) in cases {
        let export = format!("[[export]]\n{export}\n");
        let (plan, problems) = World::new(&[("a.in", "")]).exports(&[&export]).compile("");
        assert_eq!(plan.is_some(), said.is_empty(), "{export}{problems}");
        assert!(problems.contains(said), "{export}{problems}");
        assert!(problems.matches("`path`").count() <= 2, "once is enough: {problems}");
    }
}

#[test]
fn what_has_no_path_goes_to_the_first_export_that_has_one() {
    const STANDARD: &str = "[[export]]\nuse = \"lines\"\npath = \"-\"\n";
    // Exports and `--out`; where the rejects and the report go, from the pipeline file's folder or from the current one.
    type Place<'a> = Result<&'a str, &'a str>;
    let cases: &[(&[&str], Option<&str>, Place<'_>, Place<'_>)] = &[
        (&[SINK], None, Ok("rejects.jsonl"), Ok("report.json")),
        (&[SINK, ALL], None, Ok("out/rejects.jsonl"), Ok("out/report.json")),
        (&[SINK, STANDARD], None, Err("rejects.jsonl"), Err("report.json")),
        (&[SINK], Some("moved"), Ok("moved/rejects.jsonl"), Ok("moved/report.json")),
        (&[SINK, ALL], Some("moved"), Ok("moved/rejects.jsonl"), Ok("moved/report.json")),
    ];
    for (exports, out, rejects, report) in cases {
        let mut world = World::new(&[]).exports(exports);
        if let Some(out) = out {
            world = world.out(out);
        }
        let plan = world.plan("");
        let place = |place: &Place<'_>| place.map_or_else(Into::into, |name| world.path(name));
        assert_eq!(plan.rejects, Target::File(place(rejects)), "{exports:?} {out:?}");
        assert_eq!(plan.report, place(report), "{exports:?} {out:?}");
        assert_eq!(plan.exports[0].target, Target::Own("sink".into()), "`--out` does not move it");
    }
}

#[test]
fn the_report_names_no_file_for_a_sink() {
    let world = World::new(&[("a.in", "one\n")]).exports(&[SINK, ALL]);
    let plan = world.plan(MARK);
    let outcome = run::run(&plan, &Default::default(), &run::Cancel::new(), &mut ());
    let report = run::report(&plan, &outcome);
    let [sink, all] = [0, 1].map(|n| &report["exports"][n]);
    assert_eq!((&sink["format"], &sink["written"]), (&"sink".into(), &1.into()));
    for key in ["path", "bytes", "sha256"] {
        assert_eq!(sink[key], Value::Null, "{key}");
        assert!(!all[key].is_null(), "{key}");
    }
}
