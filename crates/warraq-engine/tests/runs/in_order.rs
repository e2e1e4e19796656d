//! Exports that take documents in input order: what they get, when, and what becomes of documents they cannot take.

use crate::kit::{ALL, World};
use crate::{DEDUP, MARK, NUMBER, SLOW, corpus, with_on_error};
use warraq_engine::run::End;

/// An export in order and one that is encoded in parallel, of the same documents.
fn pair(n: usize, more: &str) -> String {
    ["ordered", "lines"]
        .map(|format| format!("[[export]]\nuse = \"{format}\"\npath = \"out/{format}{n}.txt\"\n{more}\n"))
        .concat()
}

/// What stands in an export, without what its format puts around documents.
fn documents(world: &World, name: &str) -> String {
    let frame = ["head", "foot", "flush", "finish"];
    let text = world.read(name).unwrap_or_else(|| panic!("{name} is there"));
    text.lines().filter(|line| !frame.contains(line)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn an_export_in_order_gets_what_one_that_is_encoded_gets() {
    let corpus = corpus(260).replacen('\n', " ?process\n", 2);
    let middle = corpus.match_indices('\n').nth(150).unwrap().0;
    let inputs = [("a.in", &corpus[..=middle]), ("b.in", &corpus[middle + 1..]), ("c.in", "\n"), ("d.in", "")];
    let batch = "[[stage]]\nuse = \"test.batch\"\nsize = 16\n";
    // Places before, at and after decisions, groups and single documents, with and without a condition.
    for stages in [vec![], vec![MARK], vec![SLOW, DEDUP, NUMBER, MARK], vec![batch, DEDUP, MARK, NUMBER]] {
        let names = stages.iter().map(|s| s.split('"').nth(1).unwrap());
        let mut places: Vec<String> = names.map(|name| format!("after = \"{name}\"")).collect();
        places.push(String::new());
        places.push("where = { lang = \"sl\" }".into());
        let exports: Vec<String> = places.iter().enumerate().map(|(n, place)| pair(n, place)).collect();
        let exports: Vec<&str> = exports.iter().map(String::as_str).collect();
        let stages = with_on_error("quarantine", &stages.concat());
        let mut reference = None;
        for (threads, window) in [(1, 1), (2, 2 << 20), (7, 8 << 20)] {
            let world = World::new(&inputs).exports(&exports).threads(threads, window);
            let ran = world.run(&stages);
            let what = format!("{threads} threads, window {window}:\n{stages}");
            assert_eq!(ran.outcome.end, End::Done, "{what}");
            let counts = &ran.outcome.ledger.exports;
            for (n, place) in places.iter().enumerate() {
                let [ordered, encoded] = ["ordered", "lines"].map(|name| documents(&world, &format!("{name}{n}.txt")));
                assert!(ordered == encoded, "{place:?} differs; {what}");
                assert_eq!(counts[2 * n], counts[2 * n + 1], "{place:?}; {what}");
                assert_eq!(ordered.lines().count() as u64, counts[2 * n].written, "{place:?}; {what}");
            }
            assert!(counts.last().unwrap().not_selected > 0);
            let bytes: Vec<_> = (0..places.len()).map(|n| world.read(&format!("ordered{n}.txt"))).collect();
            assert!(*reference.get_or_insert_with(|| bytes.clone()) == bytes, "the bytes differ; {what}");
        }
    }
}

#[test]
fn a_document_that_cannot_be_written_goes_to_the_rejects() {
    // A branch that is encoded after the export in order has had its turn.
    let ordered = "[[export]]\nuse = \"ordered\"\npath = \"out/ordered.txt\"\nafter = \"test.mark\"\n";
    let branch = "[[export]]\nuse = \"lines\"\npath = \"out/branch.txt\"\nafter = \"test.mark\"\n";
    for exports in [[branch, ordered, ALL], [ALL, ordered, branch], [ordered, branch, ALL]] {
        for stages in [[MARK, DEDUP], [DEDUP, MARK]] {
            let at_end = stages[1] == MARK;
            let world = World::new(&[("a.in", "one\ntwo ?write \nthree\ntwo ?write \nfour\n")]).exports(&exports);
            let ran = world.run(&with_on_error("quarantine", &stages.concat()));
            assert_eq!((&ran.outcome.end, ran.outcome.ledger.check()), (&End::Done, Ok(())));
            let written = "a.in#1\tone.\na.in#3\tthree.\na.in#5\tfour.\n";
            for name in ["ordered.txt", "branch.txt", "all.txt"] {
                assert_eq!(documents(&world, name), written, "{name}");
            }
            // Where the decision comes first it knows the second for a repetition.
            let second = if at_end {
                ["a.in#4", "duplicate", "test.dedup", "duplicate"]
            } else {
                ["a.in#4", "failed", "-", "test.asked"]
            };
            assert_eq!(ran.fates(), [["a.in#2", "failed", "-", "test.asked"], second]);
            assert_eq!(ran.rejects[0]["message"], "write was asked to fail");
            assert!(ran.outcome.ledger.exports.iter().all(|count| (count.reached, count.written) == (3, 3)));
        }
    }
}

#[test]
fn what_was_written_in_order_stays_when_the_document_fails_later() {
    let ordered = "[[export]]\nuse = \"ordered\"\npath = \"out/ordered.txt\"\n";
    let world = World::new(&[("a.in", "one\ntwo ?encode \nthree\n")]).exports(&[ALL, ordered]);
    let ran = world.run(&with_on_error("quarantine", MARK));
    assert_eq!((&ran.outcome.end, ran.outcome.ledger.check()), (&End::Done, Ok(())));
    assert_eq!(documents(&world, "ordered.txt"), "a.in#1\tone.\na.in#2\ttwo ?encode .\na.in#3\tthree.\n");
    assert_eq!(documents(&world, "all.txt"), "a.in#1\tone.\na.in#3\tthree.\n");
    assert_eq!(ran.fates(), [["a.in#2", "failed", "-", "test.asked"]]);
    let reached: Vec<u64> = ran.outcome.ledger.exports.iter().map(|count| count.reached).collect();
    assert_eq!((ran.outcome.ledger.kept, reached), (2, vec![2, 3]));
}

#[test]
fn a_panic_while_writing_ends_the_run_because_there_is_only_one_writer() {
    let ordered = "[[export]]\nuse = \"ordered\"\npath = \"out/ordered.txt\"\n";
    for on_error in ["quarantine", "skip", "abort"] {
        let world = World::new(&[("a.in", "one\ntwo !write \nthree\n")]).exports(&[ordered]);
        let ran = world.run(&with_on_error(on_error, MARK));
        let End::Aborted(why) = &ran.outcome.end else { panic!("{on_error}: {:?}", ran.outcome.end) };
        let name = world.path("out/ordered.txt");
        let expected = format!("export {}: writing panicked: on purpose, in write", name.display());
        assert_eq!(*why, format!("document \"a.in#2\": {expected}"));
        assert_eq!((ran.files.len(), world.told()), (0, vec!["open".into()]), "nothing is flushed or finished");
    }
}

#[test]
fn what_flush_and_finish_append_stands_in_its_place() {
    // Each record is larger than a chunk, so that there are as many chunks as records.
    let record = "x".repeat(1 << 20);
    let text: String = (1..=40).map(|n| format!("{n} {record}\n")).collect();
    for (threads, window, stages) in [(1, 1, MARK), (3, 16 << 20, NUMBER)] {
        let place = format!("after = {:?}", stages.split('"').nth(1).unwrap());
        let exports = [("all", ""), ("branch", place.as_str()), ("codec.framed", "")]
            .map(|(name, place)| format!("[[export]]\nuse = \"ordered\"\npath = \"out/{name}\"\n{place}\n"));
        let world = World::new(&[("a.in", &text)]).threads(threads, window);
        let world = world.exports(&exports.each_ref().map(String::as_str));
        let ran = world.run(stages);
        assert_eq!(ran.outcome.end, End::Done);
        let short = |name| {
            let text = world.read(name).unwrap().replace(&record, "").replace("\n\n", "\n").replace("a.in#", "");
            let first = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
            text.lines().map(first).collect::<Vec<_>>().join(" ")
        };
        let numbers = |range: std::ops::RangeInclusive<u32>| range.map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        let plain = format!("{} flush {} flush finish", numbers(1..=32), numbers(33..=40));
        assert_eq!((short("all"), short("branch")), (plain.clone(), plain));
        let framed = short("codec.framed");
        assert!(framed.starts_with("<1 ><2 >") && framed.ends_with("><40 ><flush ><finish >"), "{framed}");
        assert!(framed.contains("<32 flush ><33 >"), "{framed}");
        let calls = ["open", "flush", "flush", "finish"];
        assert_eq!(
            world.told(),
            calls.iter().flat_map(|call| [call; 3]).map(|&call| call.to_owned()).collect::<Vec<_>>()
        );
    }
}
