//! Runs that go on: inputs that fail on the way, and exports in order.

use crate::kit::{ALL, Ran, World};
use crate::{DEDUP, MARK, SLOW, corpus};
use warraq_engine::run::{Cancel, End, Observer, Progress, Resume};

const ALWAYS: &str = "[run]\ncheckpoint = \"0s\"\n";

fn order(world: &World, orders: &str) {
    std::fs::write(world.path("orders"), orders).unwrap();
}

#[test]
fn a_disk_with_faults_changes_no_byte() {
    let corpus = corpus(900);
    let stages = [ALWAYS, SLOW, DEDUP, MARK].concat();
    let world = |threads, window| {
        World::new(&[("a.in", &corpus), ("b.in", "last\n")]).source("faulty").threads(threads, window)
    };
    let whole = world(1, 1 << 20);
    order(&whole, "");
    let whole = whole.run(&stages);
    assert_eq!(whole.outcome.end, End::Done);
    for orders in ["short", "slow"] {
        let world = world(2, 4 << 20);
        order(&world, orders);
        let ran = world.run(&stages);
        assert_eq!((&ran.outcome.end, &ran.outcome.ledger.check()), (&End::Done, &Ok(())), "{orders}");
        assert!(ran.export == whole.export, "{orders}");
    }
    for (threads, window) in [(1, 1), (2, 64 << 20)] {
        let mut world = world(threads, window);
        order(&world, "fail 3500000");
        let ran = world.run(&stages);
        let End::Io(why) = &ran.outcome.end else { panic!("{:?}", ran.outcome.end) };
        assert_eq!(why, "input a.in: byte 3500000: Input/output error (os error 5)");
        assert!(ran.outcome.checkpoint.is_some() && ran.export.is_none());
        assert_eq!(ran.outcome.ledger.check(), Ok(()));
        // It fails once more, further on; then the disk is mended.
        world.resume = Resume::Yes;
        order(&world, "fail 4500000");
        assert!(matches!(world.run(&stages).outcome.end, End::Io(_)));
        order(&world, "");
        let ran = world.run(&stages);
        assert_eq!((&ran.outcome.end, ran.outcome.resumed), (&End::Done, 2));
        assert!(ran.export == whole.export, "{threads} threads, window {window}");
        let (ledger, expected) = (&ran.outcome.ledger, &whole.outcome.ledger);
        assert_eq!((ledger.read, ledger.kept, &ledger.rejected), (expected.read, expected.kept, &expected.rejected));
        assert_eq!(
            (&ran.outcome.inputs, ran.files),
            (&whole.outcome.inputs, vec!["all.txt".into(), "rejects.jsonl".into()])
        );
    }
}

/// Keeps the passes that begin, and breaks the disk when the run itself does.
struct Passes<'a> {
    world: &'a World,
    orders: &'a str,
    begun: Vec<String>,
}

impl Observer for Passes<'_> {
    fn progress(&mut self, _: &Progress) {}

    fn begins(&mut self, survey: Option<&str>) {
        self.begun.push(survey.unwrap_or("run").to_owned());
        if survey.is_none() {
            order(self.world, self.orders);
        }
    }
}

/// A survey is not made again for a run that was stopped after it, nor from the beginning for one that was stopped in it.
#[test]
fn a_survey_goes_on_too() {
    let corpus = corpus(900);
    let stages = [ALWAYS, "[[stage]]\nuse = \"test.share\"\n", MARK].concat();
    let mut world = World::new(&[("a.in", &corpus)]).source("faulty").threads(2, 2 << 20);
    order(&world, "");
    let whole = world.run(&stages);
    assert_eq!(whole.outcome.end, End::Done);
    world.resume = Resume::Yes;
    // In the survey, in the run, and then never.
    for (in_survey, in_run, begun, surveys) in [
        ("fail 3500000", "", &["test.share"][..], 0),
        ("", "fail 3500000", &["test.share", "run"], 1),
        ("", "", &["run"], 1),
    ] {
        order(&world, in_survey);
        let mut passes = Passes { world: &world, orders: in_run, begun: Vec::new() };
        let ran = world.run_observed(&stages, &Cancel::new(), &mut passes);
        assert_eq!(passes.begun, begun);
        assert_eq!(ran.outcome.surveys.len(), surveys);
        if in_survey.is_empty() && in_run.is_empty() {
            assert_eq!((&ran.outcome.end, ran.outcome.resumed), (&End::Done, 2));
            assert!(ran.export == whole.export);
            let seen = |ran: &Ran| ran.outcome.surveys.iter().map(|s| (s.read, s.documents)).collect::<Vec<_>>();
            assert_eq!(seen(&ran), seen(&whole));
        } else {
            assert!(matches!(ran.outcome.end, End::Io(_)) && ran.outcome.checkpoint.is_some());
        }
    }
}

/// Exports in order go on after their last flush: they are told how many documents stay, and what they marked.
#[test]
fn an_export_in_order_goes_on_after_its_last_flush() {
    let record = "x".repeat(1 << 20);
    let text: String = (1..=40).map(|n| format!("{n} {record}\n")).collect();
    let ordered = "[[export]]\nuse = \"ordered\"\npath = \"out/ordered.txt\"\n";
    let sink = "[[export]]\nuse = \"sink\"\n";
    let mut world = World::new(&[("a.in", &text)]).source("faulty").exports(&[ALL, ordered, sink]).threads(2, 8 << 20);
    order(&world, "");
    assert_eq!(world.run(ALWAYS).outcome.end, End::Done);
    let whole = [world.read("all.txt"), world.read("ordered.txt")];
    world.told();
    world.resume = Resume::Yes;
    order(&world, "fail 38000000");
    assert!(matches!(world.run(ALWAYS).outcome.end, End::Io(_)));
    world.told();
    order(&world, "");
    let ran = world.run(ALWAYS);
    assert_eq!((&ran.outcome.end, ran.outcome.resumed), (&End::Done, 1));
    assert!([world.read("all.txt"), world.read("ordered.txt")] == whole);
    let told = world.told();
    assert_eq!(told[..2], ["resume after 32, [109]", "resume after 32, [109]"]);
    assert_eq!(told[2..4], ["write a.in#33", "write a.in#34"]);
}

/// A disk that cannot be written to, below an export: before the first flush nothing is left, after it the run goes on from there.
#[test]
fn an_error_of_writing_ends_the_run_and_it_goes_on_when_the_disk_is_mended() {
    let record = "x".repeat(1 << 20);
    let text: String = (1..=34).map(|n| format!("{n} {record}\n")).collect();
    let world = World::new(&[("a.in", &text)]);
    let sink = format!("[[export]]\nuse = \"sink\"\norders = {:?}\n", world.path("orders"));
    let mut world = world.exports(&[ALL, &sink]).threads(2, 8 << 20);
    world.resume = Resume::Yes;
    order(&world, "");
    assert_eq!(world.run(ALWAYS).outcome.end, End::Done);
    let whole = world.read("all.txt");
    for (call, goes_on) in [("flush", false), ("finish", true)] {
        order(&world, call);
        let ran = world.run(ALWAYS);
        let why = "output sink: its disk: Input/output error (os error 5)";
        assert_eq!((&ran.outcome.end, ran.outcome.ledger.check()), (&End::Io(why.into()), Ok(())), "{call}");
        assert_eq!(ran.outcome.checkpoint.is_some(), goes_on, "{call}");
        order(&world, "");
        let ran = world.run(ALWAYS);
        assert_eq!((&ran.outcome.end, ran.outcome.resumed), (&End::Done, u64::from(goes_on)), "{call}");
        assert!(ran.outcome.ledger.kept == 34 && world.read("all.txt") == whole, "{call}");
    }
}

#[test]
fn an_export_that_cannot_go_on_is_named() {
    let mut world = World::new(&[("a.in", "one\n")]).exports(&["[[export]]\nuse = \"sink\"\ntrouble = \"once\"\n"]);
    world.resume = Resume::Yes;
    let ran = world.run("");
    assert_eq!(
        ran.outcome.end,
        End::Refused("this run cannot be continued: the export sink cannot go on from a place".into())
    );
}
