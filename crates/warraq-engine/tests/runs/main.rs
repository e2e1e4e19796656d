//! Whole runs of the engine with stages and formats made to misbehave: what a document can suffer, and that no other does.

mod batch;
mod in_order;
mod kit;
mod limits;
mod own_sink;
mod resume;
mod services;
mod survey;

use kit::{Dedup, Ran, World};
use std::fs::File;
use std::time::Instant;
use warraq_core::{Changes, Document, InOrderStage, StageState};
use warraq_engine::run::{Cancel, End, Fate, Observer, Progress};

const DEDUP: &str = "[[stage]]\nuse = \"test.dedup\"\n";
const MARK: &str = "[[stage]]\nuse = \"test.mark\"\n";
const NUMBER: &str = "[[stage]]\nuse = \"test.number\"\n";
const SLOW: &str = "[[stage]]\nuse = \"test.slow\"\n";

/// The stages with an `on_error` for all of the run.
fn with_on_error(on_error: &str, stages: &str) -> String {
    format!("[run]\non_error = \"{on_error}\"\nerrors = \"100%\"\n{stages}")
}

fn run_lines(lines: &[&str], stages: &str) -> Ran {
    World::new(&[("a.in", &(lines.join("\n") + "\n"))]).run(stages)
}

/// Several chunks of documents, each some kilobytes long; one in three repeats an earlier one, one in five is slow.
fn corpus(documents: usize) -> String {
    let word = "كلمة ".repeat(900);
    let line = |n: usize| {
        let speed = if n.is_multiple_of(5) { "slow" } else { "fast" };
        format!("{speed} {} {word}", if n % 3 == 2 { n / 12 } else { n + documents })
    };
    (0..documents).map(|n| line(n) + "\n").collect()
}

#[test]
fn the_first_of_equal_documents_is_kept_and_named() {
    let ran = run_lines(&["a", "b", "a", "c", "b", "a"], DEDUP);
    assert_eq!(ran.texts(), ["a", "b", "c"]);
    let kept: Vec<_> =
        ran.rejects.iter().map(|r| (r["id"].as_str().unwrap(), r["kept_id"].as_str().unwrap())).collect();
    assert_eq!(kept, [("a.in#3", "a.in#1"), ("a.in#5", "a.in#2"), ("a.in#6", "a.in#1")]);
    assert_eq!(ran.fates()[0], ["a.in#3", "duplicate", "test.dedup", "duplicate"]);
    assert_eq!((ran.outcome.ledger.kept, ran.outcome.ledger.count(Fate::Duplicate)), (3, 3));
}

#[test]
fn decisions_follow_the_input_for_any_threads_and_window() {
    let corpus = corpus(600);
    let middle = corpus.match_indices('\n').nth(300).unwrap().0;
    let inputs = [("a.in", &corpus[..middle]), ("b.in", &corpus[middle + 1..]), ("c.in", "\n\n"), ("d.in", "")];
    // In-order stages before, between and after parallel ones, and two in a row.
    let stages = [SLOW, DEDUP, NUMBER, MARK, "[[stage]]\nuse = \"test.number\"\nname = \"again\"\n"].concat();
    let reference = World::new(&inputs).threads(1, 1).run(&stages);
    assert_eq!(reference.outcome.end, End::Done);
    let texts = reference.texts();
    assert!(texts.len() > 300 && reference.rejects.len() > 50, "the corpus has both");
    for (n, text) in texts.iter().enumerate() {
        let number = n + 1;
        assert!(text.starts_with(&format!("{number}: {number}: ")) && text.ends_with('.'), "document {number}");
    }
    for (threads, window) in [(2, 1), (2, 2 << 20), (7, 64 << 10), (7, 3 << 20), (7, 64 << 20)] {
        let ran = World::new(&inputs).threads(threads, window).run(&stages);
        assert!(ran.export == reference.export, "{threads} threads, window {window}: the export differs");
        assert!(ran.rejects == reference.rejects, "{threads} threads, window {window}: the rejects differ");
        let counts =
            |ran: &Ran| (ran.outcome.ledger.read, ran.outcome.ledger.kept, ran.outcome.ledger.rejected.clone());
        assert_eq!(counts(&ran), counts(&reference));
        assert_eq!(ran.outcome.ledger.blank, 2);
    }
}

#[test]
fn a_journal_leads_a_new_state_to_the_same_decisions() {
    let texts = ["a", "b", "a", "c", "b"];
    let decide = |state: &mut dyn StageState, n: usize| {
        let doc = Document::with_text(&format!("d{n}"), texts[n]);
        let (mut changes, mut journal, mut key) = (Changes::new(), Vec::new(), Vec::new());
        Dedup.preparer().prepare(&doc.view(), &mut key).unwrap();
        state.decide(&doc.view(), &key, &mut changes, &mut journal).unwrap();
        (format!("{changes:?}"), journal)
    };
    for cut in 0..texts.len() {
        let (mut state, mut replayed) = (Dedup.state(), Dedup.state());
        for n in 0..cut {
            let (_, journal) = decide(&mut *state, n);
            if !journal.is_empty() {
                replayed.replay(&journal).unwrap();
            }
        }
        for n in cut..texts.len() {
            assert_eq!(decide(&mut *state, n), decide(&mut *replayed, n), "cut at {cut}, document {n}");
        }
    }
}

#[test]
fn what_fails_or_panics_on_a_document_costs_that_document() {
    // What the text orders, and what the rejects then say: stage, reason, and a part of the message.
    let cases = [
        ("?decode", "-", "test.asked", "decode was asked to fail"),
        ("!decode", "-", "panic", "the decoder panicked: on purpose, in decode"),
        ("?process", "test.mark", "test.asked", "process was asked to fail"),
        ("!process", "test.mark", "panic", "the stage panicked: on purpose, in process"),
        ("?prepare", "test.dedup", "test.asked", "prepare was asked to fail"),
        ("!prepare", "test.dedup", "panic", "the stage panicked: on purpose, in prepare"),
        ("?decide.", "test.dedup", "test.asked", ""),
        ("?encode", "-", "test.asked", "encode was asked to fail"),
        ("!encode", "-", "panic", "the export panicked: on purpose, in encode"),
        ("lie", "test.liar", "undeclared", "scores"),
    ];
    let stages = [DEDUP, "[[stage]]\nuse = \"test.liar\"\n", MARK].concat();
    for (order, stage, reason, message) in cases {
        let order = order.trim_end_matches('.');
        let bad = format!("x {order} y");
        let ran = run_lines(&["one", &bad, "two", &format!("{bad} "), "three"], &with_on_error("quarantine", &stages));
        assert_eq!(ran.texts(), ["one.", "two.", "three."], "{order}");
        let fate = |id| [id, "failed", stage, reason];
        assert_eq!(ran.fates(), [fate("a.in#2"), fate("a.in#4")], "{order}");
        let said = ran.rejects[0]["message"].as_str().unwrap();
        assert!(said.contains(message), "{order}: {said}");
        assert_eq!(ran.rejects[0]["record"], bad, "{order}: the record is kept");
        assert_eq!(ran.outcome.end, End::Done, "{order}: within the budget");
        assert_eq!(ran.outcome.ledger.check(), Ok(()), "{order}");
    }
}

#[test]
fn on_error_says_what_becomes_of_a_document_that_a_stage_fails_on() {
    let stages = [DEDUP, MARK].concat();
    let lines = ["one", "two ?process", "three !process", "four ?prepare", "five ?decide", "six"];

    let skip = run_lines(&lines, &with_on_error("skip", &stages));
    assert_eq!(skip.texts(), ["one.", "two ?process", "three !process", "four ?prepare.", "five ?decide.", "six."]);
    assert!(skip.rejects.is_empty());
    let skipped: Vec<u64> = skip.outcome.ledger.stages.iter().map(|s| s.skipped).collect();
    assert_eq!(skipped, [2, 2], "what was skipped is counted, by stage");

    let quarantine = run_lines(&lines, &with_on_error("quarantine", &stages));
    assert_eq!(quarantine.texts(), ["one.", "six."]);
    assert_eq!(quarantine.rejects.len(), 4);

    for bad in ["?decode", "!decode", "?process", "!process", "?prepare", "!prepare", "?decide"] {
        let ran = run_lines(&["one", bad, "two"], &with_on_error("abort", &stages));
        let End::Aborted(why) = &ran.outcome.end else { panic!("{bad}: {:?}", ran.outcome.end) };
        assert!(why.contains("a.in#2"), "{bad}: the document is named: {why}");
        assert_eq!((ran.export, ran.files.len()), (None, 0), "{bad}: nothing is published and nothing is left");
    }

    // A stage's own `on_error` goes before the run's.
    let own = format!("{MARK}run = {{ on_error = \"skip\" }}\n");
    let ran = run_lines(&["one ?process", "?decode"], &with_on_error("quarantine", &own));
    assert_eq!((ran.texts(), ran.rejects.len()), (vec!["one ?process"], 1));
}

#[test]
fn a_panic_in_a_decision_ends_the_run_because_there_is_only_one_state() {
    for on_error in ["quarantine", "skip", "abort"] {
        let ran = run_lines(&["one", "two !decide", "three"], &with_on_error(on_error, DEDUP));
        let End::Aborted(why) = &ran.outcome.end else { panic!("{on_error}: {:?}", ran.outcome.end) };
        assert_eq!(why, "document \"a.in#2\": stage test.dedup: deciding panicked: on purpose, in decide");
        assert!(ran.files.is_empty(), "{on_error}");
    }
}

#[test]
fn a_panic_outside_any_document_ends_the_run_and_does_not_hang_it() {
    let world = World::new(&[("a.in", &corpus(600))]).threads(3, 1 << 20);
    let ran = world.run("[[stage]]\nuse = \"test.still-born\"\n");
    let End::Aborted(why) = &ran.outcome.end else { panic!("{:?}", ran.outcome.end) };
    assert!(why.contains("on purpose, being born"), "{why}");
    assert!(ran.files.is_empty());

    let ran = World::new(&[("a.in", "one\n")]).source("unreadable").run("");
    let End::Io(why) = &ran.outcome.end else { panic!("{:?}", ran.outcome.end) };
    assert!(why.contains("on purpose, opening"), "{why}");
    assert!(ran.files.is_empty());
}

#[test]
fn the_window_bounds_what_is_in_flight() {
    struct Watch {
        document: u64,
        most: u64,
    }
    impl Observer for Watch {
        fn progress(&mut self, progress: &Progress) {
            self.most = self.most.max(progress.bytes.saturating_sub(progress.documents * self.document));
        }
    }
    let line = format!("slow {}\n", "x".repeat(100_000));
    let (document, documents) = (line.len() as u64, 200);
    const MIB: u64 = 1 << 20;
    for (threads, window) in [(1, MIB), (4, 1), (4, 3 * MIB)] {
        let world = World::new(&[("a.in", &line.repeat(documents))]).threads(threads, window);
        let mut watch = Watch { document, most: 0 };
        let ran = world.run_observed(SLOW, &Cancel::new(), &mut watch);
        assert_eq!(ran.outcome.ledger.kept, documents as u64);
        // Besides the window: the chunk the reader waits with and the one that is being appended, and a read ahead.
        let bound = window.max(MIB) + 2 * MIB + MIB / 2;
        assert!(watch.most <= bound, "{threads} threads, window {window}: {} bytes in flight", watch.most);
    }
}

#[test]
fn a_run_that_is_cancelled_leaves_nothing_and_its_account_balances() {
    struct StopAfter<'a>(&'a Cancel, u64);
    impl Observer for StopAfter<'_> {
        fn progress(&mut self, progress: &Progress) {
            if progress.documents >= self.1 {
                self.0.cancel(2);
            }
        }
    }
    let stages = [SLOW, DEDUP, MARK].concat();
    for documents in [0, 1, 200] {
        let world = World::new(&[("a.in", &corpus(900))]).threads(2, 2 << 20);
        let cancel = Cancel::new();
        let started = Instant::now();
        let ran = world.run_observed(&stages, &cancel, &mut StopAfter(&cancel, documents));
        assert_eq!(ran.outcome.end, End::Interrupted(2));
        let left: &[&str] = match &ran.outcome.checkpoint {
            Some(_) => &["all.txt.partial", "rejects.jsonl.checkpoint", "rejects.jsonl.partial"],
            None => &[],
        };
        assert_eq!(ran.files, left, "what it can be continued from, or nothing");
        assert!(!left.is_empty() || ran.outcome.ledger.read == 0 || documents < 200);
        assert_eq!(ran.outcome.ledger.check(), Ok(()), "only whole chunks are in the account");
        assert!(ran.outcome.ledger.read < 900 && started.elapsed().as_secs() < 5);
    }
}

#[test]
fn outputs_are_held_against_other_runs_and_replaced_when_complete() {
    let world = World::new(&[("a.in", "one\n")]);
    std::fs::create_dir(world.path("out")).unwrap();
    let partial = world.path("out/all.txt.partial");
    std::fs::write(world.path("out/all.txt"), "older").unwrap();
    std::fs::write(&partial, "of another run").unwrap();

    let lock = File::options().append(true).open(&partial).unwrap();
    lock.lock().unwrap();
    let ran = world.run(MARK);
    assert_eq!(ran.outcome.end, End::Busy { output: world.path("out/all.txt"), owner: None });
    assert_eq!(ran.export.as_deref(), Some("older"));
    assert_eq!(std::fs::read_to_string(&partial).unwrap(), "of another run", "the other run's file is left alone");
    assert_eq!(ran.files, ["all.txt", "all.txt.partial"]);

    // The other run was killed: what it left is taken over.
    drop(lock);
    let ran = world.run(MARK);
    assert_eq!(ran.outcome.end, End::Done);
    assert_eq!(ran.export.as_deref(), Some("head\na.in#1\tone.\nfoot\n"));
    assert_eq!(ran.files, ["all.txt", "rejects.jsonl"]);
}

#[test]
fn many_runs_at_one_output_never_mix() {
    let world = World::new(&[("a.in", &corpus(150))]);
    let plan = world.plan(MARK);
    let ends: Vec<End> = std::thread::scope(|threads| {
        let run = || {
            let one = || warraq_engine::run::run(&plan, &Default::default(), &Cancel::new(), &mut ()).end;
            (0..5).map(|_| one()).collect::<Vec<_>>()
        };
        let handles: Vec<_> = (0..4).map(|_| threads.spawn(run)).collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap()).collect()
    });
    assert!(ends.iter().all(|end| matches!(end, End::Done | End::Busy { .. })), "{ends:?}");
    assert!(ends.contains(&End::Done));
    let ran = world.run(MARK);
    assert_eq!(ran.texts().len(), 150);
    assert_eq!(ran.files, ["all.txt", "rejects.jsonl"]);
}

#[test]
fn empty_inputs_and_limits() {
    // Inputs, limit; texts, blank lines.
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<u64>, &'a [&'a str], u64);
    let cases: &[Case<'_>] = &[
        (&[("a.in", "")], None, &[], 0),
        (&[("a.in", ""), ("b.in", "")], None, &[], 0),
        (&[("a.in", "\n \r\n\t\n")], None, &[], 3),
        (&[("a.in", "one")], None, &["one"], 0),
        (&[("a.in", "one\r\n\r\ntwo\r")], None, &["one", "two"], 1),
        (&[("a.in", "one"), ("b.in", "two\n"), ("c.in", "\nthree")], None, &["one", "two", "three"], 1),
        (&[("a.in", "one"), ("b.in", "two\n"), ("c.in", "\nthree")], Some(2), &["one", "two"], 0),
        (&[("a.in", "\n\none\n\ntwo\n")], Some(1), &["one"], 2),
        (&[("a.in", "one\n")], Some(0), &[], 0),
        (&[("a.in", "one\n")], Some(9), &["one"], 0),
    ];
    for (inputs, limit, texts, blank) in cases {
        let mut world = World::new(inputs);
        if let Some(limit) = limit {
            world = world.limit(*limit);
        }
        let ran = world.run("");
        assert_eq!(ran.outcome.end, End::Done, "{inputs:?}");
        assert_eq!(ran.texts(), *texts, "{inputs:?}");
        assert_eq!(ran.outcome.ledger.blank, *blank, "{inputs:?} {limit:?}");
    }
}

#[test]
fn no_input_is_an_end_of_its_own() {
    let ran = World::new(&[]).run(MARK);
    assert_eq!(ran.outcome.end, End::Nothing);
    assert!(ran.files.is_empty());
}
