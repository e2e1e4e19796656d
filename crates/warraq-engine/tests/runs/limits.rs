//! Limits at work in whole runs: time, of stages that ask and of stages that do not; the share of memory that indexes get.

use crate::kit::{Ran, World};
use std::time::{Duration, Instant};
use warraq_engine::run::{End, Fate};

fn run(lines: &str, stages: &str) -> Ran {
    World::new(&[("a.in", lines)]).run(stages)
}

/// A stage that asks hears that its time is up, and only on its own thread.
#[test]
fn a_stage_that_asks_gives_up_in_time() {
    let started = Instant::now();
    let talker = "[[stage]]\nuse = \"test.talker\"\nname = \"talks\"\n";
    let ran = run("one\nwait\ntwo\n", &format!("[run]\ntimeout = \"500ms\"\nerrors = 1\n{talker}"));
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    assert_eq!(ran.outcome.end, End::Done);
    assert_eq!(ran.texts(), ["one", "two"]);
    assert_eq!(ran.fates(), [["a.in#2", "failed", "talks", "limit.time"]]);
}

/// Of a stage that does not ask, nothing is carried out.
#[test]
fn what_comes_too_late_is_not_carried_out() {
    let mark = "[[stage]]\nuse = \"test.mark\"\n";
    for (stage_run, texts, failed) in [
        ("", vec!["fast.", "+process."], 0),
        ("run = { timeout = \"400ms\" }\n", vec!["fast."], 1),
        ("run = { timeout = \"400ms\", on_error = \"skip\" }\n", vec!["fast.", "+process"], 0),
        ("run = { timeout = \"1h\" }\n", vec!["fast.", "+process."], 0),
    ] {
        let ran = run("fast\n+process\n", &format!("[run]\nerrors = 1\n{mark}{stage_run}"));
        assert_eq!(ran.texts(), texts, "{stage_run}");
        assert_eq!(ran.outcome.ledger.count(Fate::Failed), failed);
    }
}

/// An in-order stage that has not prepared a document in time decides nothing about it.
#[test]
fn a_document_that_was_not_prepared_in_time_is_not_remembered() {
    let dedup = "[[stage]]\nuse = \"test.dedup\"\nrun = { timeout = \"400ms\" }\n";
    let ran = run("a\n+prepare\nb\n+prepare\na\n", &format!("[run]\nerrors = \"100%\"\n{dedup}"));
    assert_eq!(ran.texts(), ["a", "b"]);
    let (late, same) = ("limit.time", "duplicate");
    let fates: Vec<[&str; 2]> = ran.fates().iter().map(|[id, _, _, reason]| [*id, *reason]).collect();
    assert_eq!(fates, [["a.in#2", late], ["a.in#4", late], ["a.in#5", same]]);
}

/// Indexes share what the ceiling leaves them; without a ceiling they are told nothing.
#[test]
fn an_index_is_told_its_share() {
    let share = |run: &str, stages: usize| {
        let world = World::new(&[("a.in", "one\n")]);
        let stage = |n: usize| format!("[[stage]]\nuse = \"test.index\"\nname = \"index{n}\"\n");
        let stages: String = (0..stages).map(stage).collect();
        assert_eq!(world.run(&format!("[run]\nthreads = 2\n{run}{stages}")).outcome.end, End::Done);
        world.told()
    };
    assert_eq!(share("", 1), ["index0: None"]);
    // A quarter of the 960 MiB beside the program, and a third of that for when a map grows.
    assert_eq!(share("memory = \"1GiB\"\n", 1), ["index0: Some(167772160)"]);
    assert_eq!(share("memory = \"1GiB\"\n", 2), ["index0: Some(83886080)", "index1: Some(83886080)"]);
}
