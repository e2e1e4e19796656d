//! Stages that take documents in groups: nothing but the calls may differ from a stage that takes them one by one.

use crate::kit::{ALL, Ran, World};
use crate::{DEDUP, MARK, corpus, with_on_error};
use warraq_engine::run::{Cancel, End};

fn batch(options: &str) -> String {
    format!("[[stage]]\nuse = \"test.batch\"\n{options}\n")
}

fn counts(ran: &Ran) -> impl PartialEq + std::fmt::Debug {
    let ledger = &ran.outcome.ledger;
    let stages: Vec<_> = ledger.stages.iter().map(|s| (s.documents, s.not_applied, s.skipped)).collect();
    (ledger.read, ledger.kept, stages, ledger.exports.clone())
}

#[test]
fn groups_give_what_single_documents_give() {
    let corpus = corpus(260);
    // Some documents fail, some of them in a group with others.
    let corpus: String = corpus
        .lines()
        .enumerate()
        .map(|(n, line)| line.to_owned() + ["\n", " ?process\n"][usize::from(n % 50 == 7)])
        .collect();
    let middle = corpus.match_indices('\n').nth(130).unwrap().0;
    let inputs = [("a.in", &corpus[..=middle]), ("b.in", &corpus[middle + 1..]), ("c.in", "\n"), ("d.in", "")];
    let branch = "[[export]]\nuse = \"lines\"\npath = \"out/branch.txt\"\nafter = \"m\"\n";
    let before =
        "[[export]]\nuse = \"lines\"\npath = \"out/before.txt\"\nafter = \"slow\"\nwhere = { lang = \"sl\" }\n";
    let exports = [ALL, branch, before];
    // `MARK` is the stage under test: first and last, alone and next to itself, between decisions, under a condition.
    type Stage<'a> = (&'a str, &'a str, &'a str);
    const M: Stage<'_> = ("MARK", "m", "");
    const N: Stage<'_> = ("MARK", "n", "");
    const SLOW: Stage<'_> = ("test.slow", "slow", "");
    const DEDUP: Stage<'_> = ("test.dedup", "dedup", "");
    const NUMBER: Stage<'_> = ("test.number", "number", "");
    let pipelines: &[&[Stage<'_>]] = &[
        &[SLOW, M],
        &[M, SLOW, N],
        &[SLOW, M, N, DEDUP],
        &[SLOW, ("MARK", "m", "when = { lang = \"sl\" }"), DEDUP, NUMBER, N, ("test.slow", "end", "")],
        &[DEDUP, M, SLOW, NUMBER],
    ];
    for pipeline in pipelines {
        let stage =
            |(used, name, more): &Stage<'_>| format!("[[stage]]\nuse = \"{used}\"\nname = \"{name}\"\n{more}\n");
        let stages: String = pipeline.iter().map(stage).collect();
        let parallel = stages.replace("MARK", "test.mark");
        let world = |threads, window| World::new(&inputs).exports(&exports).threads(threads, window);
        let reference = world(1, 1);
        let expected = reference.run(&with_on_error("quarantine", &parallel));
        assert_eq!(expected.outcome.end, End::Done);
        assert!(expected.rejects.iter().any(|r| r["reason"] == "test.asked"));
        for (threads, window, size) in [(1, 1, 1), (2, 2 << 20, 64), (7, 1, 7), (7, 8 << 20, 100_000)] {
            let what = format!("{threads} threads, window {window}, groups of {size}:\n{stages}");
            let grouped = stages.replace("\"MARK\"", &format!("\"test.batch\"\nsize = {size}"));
            let world = world(threads, window);
            let ran = world.run(&with_on_error("quarantine", &grouped));
            assert_eq!(ran.outcome.end, expected.outcome.end, "{what}");
            for name in ["all.txt", "branch.txt", "before.txt"] {
                assert!(world.read(name) == reference.read(name), "{name} differs: {what}");
            }
            assert!(ran.rejects == expected.rejects, "the rejects differ: {what}");
            assert_eq!(counts(&ran), counts(&expected), "{what}");
            let groups: Vec<usize> = world.told().iter().map(|told| told.parse().unwrap()).collect();
            assert!(groups.iter().all(|&n| n <= size), "{groups:?} {what}");
            assert!(groups.iter().any(|&n| n == size.min(20)) || size > 20, "{groups:?} {what}");
        }
    }
}

#[test]
fn a_group_is_bounded_by_its_text() {
    let lines = ["grow 1", "grow 2", "grow 1", "grow 5", "grow 1", "grow 1", "a", "b", "c", ""];
    let world = World::new(&[("a.in", &lines.join("\n"))]);
    let ran = world.run(&format!("[[stage]]\nuse = \"test.grow\"\n{}", batch("size = 4")));
    assert_eq!(ran.outcome.ledger.kept, 9);
    assert_eq!(world.told(), ["2", "1", "1", "4", "1"]);
}

#[test]
fn what_fails_in_a_group() {
    const ASKED: &str = "test.asked";
    // Options, lines, and for each line the reason it failed with; the groups that were seen by a worker.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        ("size = 2", &[("a", ""), ("b ?process", ASKED), ("c", "")], &["2", "1"]),
        // What was done before a panic may be half done, and the next group has a new worker.
        ("size = 3", &[("a", "panic"), ("b !process", "panic"), ("c", "panic"), ("d", "")], &["3", "1"]),
        ("size = 3", &[("a ?process", ASKED), ("b !process", "panic"), ("c ?process", "panic")], &["3"]),
        ("size = 0", &[("a", ""), ("b !process", "panic"), ("c", "")], &["1", "1", "1"]),
        // Every group tries again to have a worker.
        ("size = 2\nunmakeable = 1", &[("a", "test.unmakeable"), ("b", "test.unmakeable"), ("c", "")], &["1"]),
        ("size = 1\nunmakeable = 1\nstill_born = 1", &[("a", "test.unmakeable"), ("b", "panic"), ("c", "")], &["1"]),
        ("size = 9\nunmakeable = 1", &[("a", "test.unmakeable"), ("b ?decode", ASKED)], &[]),
    ];
    for (options, lines, groups) in cases {
        for on_error in ["quarantine", "skip", "abort"] {
            let what = format!("{options} {lines:?} {on_error}");
            let text: String = lines.iter().map(|(line, _)| format!("{line}\n")).collect();
            let world = World::new(&[("a.in", &text)]).threads(1, 1 << 20);
            let ran = world.run(&with_on_error(on_error, &batch(options)));
            assert_eq!(world.told(), *groups, "{what}");
            if on_error == "abort" {
                let End::Aborted(why) = &ran.outcome.end else { panic!("{what}: {:?}", ran.outcome.end) };
                assert!(why.starts_with("document \"a.in#") && ran.files.is_empty(), "{what}: {why}");
                continue;
            }
            assert_eq!((&ran.outcome.end, ran.outcome.ledger.check()), (&End::Done, Ok(())), "{what}");
            // Records that cannot be read fail whatever is said of stages.
            let fails = |(line, reason): &(&str, &str)| {
                !reason.is_empty() && (on_error == "quarantine" || line.contains("?decode"))
            };
            let expected: Vec<&str> = lines.iter().filter(|case| fails(case)).map(|(_, reason)| *reason).collect();
            assert_eq!(
                ran.rejects.iter().map(|r| r["reason"].as_str().unwrap()).collect::<Vec<_>>(),
                expected,
                "{what}"
            );
            let dot = |(line, reason): &(&str, &str)| format!("{line}{}", if reason.is_empty() { "." } else { "" });
            let texts: Vec<String> = lines.iter().filter(|case| !fails(case)).map(dot).collect();
            assert_eq!(ran.texts(), texts, "{what}");
            let skipped =
                if on_error == "skip" { lines.len() - texts.iter().filter(|t| t.ends_with('.')).count() } else { 0 };
            let undecoded = lines.iter().filter(|(line, _)| line.contains("?decode")).count();
            let count = &ran.outcome.ledger.stages[0];
            let documents = (lines.len() - undecoded) as u64;
            assert_eq!(
                (count.documents, count.skipped),
                (documents, (skipped.saturating_sub(undecoded)) as u64),
                "{what}"
            );
        }
    }
}

#[test]
fn an_error_that_many_share_is_whole_for_each() {
    let world = World::new(&[("a.in", "a\nb\n")]);
    let ran = world.run(&with_on_error("quarantine", &batch("unmakeable = 1")));
    for reject in &ran.rejects {
        assert_eq!(reject["message"], "worker 0 cannot be made: no such program");
        assert_eq!(reject["stage"], "test.batch");
    }
    assert_eq!(ran.rejects.len(), 2);
}

#[test]
fn a_run_that_is_cancelled_stops_between_groups() {
    let world = World::new(&[("a.in", &corpus(100))]).threads(1, 1);
    let cancel = Cancel::new();
    cancel.cancel(2);
    let ran = world.run_observed(&batch("size = 1"), &cancel, &mut ());
    assert_eq!(ran.outcome.end, End::Interrupted(2));
    assert!(world.told().is_empty() && ran.files.is_empty());
}

/// A branch that cannot take a document ends it there: no stage sees it any more, and none remembers it.
#[test]
fn a_document_that_fails_in_a_branch_goes_no_further() {
    for stages in [[MARK, DEDUP], [MARK, &batch("")]] {
        let use_name = if stages[1] == DEDUP { "test.dedup" } else { "test.batch" };
        let branch = "[[export]]\nuse = \"lines\"\npath = \"out/branch.txt\"\nafter = \"test.mark\"\n";
        let world = World::new(&[("a.in", "a\nb ?encode \nb ?encode \nc\n")]).exports(&[branch, ALL]);
        let ran = world.run(&with_on_error("quarantine", &stages.concat()));
        assert_eq!(ran.outcome.ledger.check(), Ok(()));
        assert_eq!(ran.outcome.ledger.stages[1].documents, 2, "{use_name}");
        assert_eq!(ran.fates(), ["a.in#2", "a.in#3"].map(|id| [id, "failed", "-", "test.asked"]), "{use_name}");
    }
}
