//! Signatures are datatrove's, and decisions the same with memory, disk, journal and saved files.

use super::*;
use crate::dedup::testing::{Bench, decisions_are_one};
use serde_json::{Value, json};
use warraq_core::Document;

/// Made with datatrove 0.10: text, the words of `simplify_text`, the signature, and the first band with SHA-1.
const DATATROVE: &str = include_str!("datatrove.jsonl");

fn shared(options: Value) -> Shared {
    let options: Options = serde_json::from_value(options).unwrap();
    Shared {
        ngram: options.ngram,
        bands: options.bands,
        rows: options.rows,
        hash: options.hash,
        norm: Norm::new(options.compat, options.fold.unwrap_or_default()),
        permutations: Permutations::new(options.seed, options.bands * options.rows),
        memory: Memory { own: None, services: Arc::new(warraq_core::NoServices) },
        temp: Temp { services: Arc::new(warraq_core::NoServices), folder: None },
        against: Against::none(),
        header: String::new(),
        save: None,
        matched: warraq_core::Labels::new().intern("a"),
        size: warraq_core::Labels::new().intern("b"),
    }
}

#[test]
fn signatures_are_those_of_datatrove() {
    for line in DATATROVE.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let doc = Document::with_text("d", record["text"].as_str().unwrap());
        for hash in ["xxhash", "sha1"] {
            let shared = Arc::new(shared(json!({ "compat": "datatrove", "hash": hash })));
            let mut signer = Signer::new(&shared);
            let signature = signer.sign(&doc.view()).unwrap().to_vec();
            let words: Vec<&str> = signer.words.ngrams(1).collect();
            assert_eq!(json!(words), record["simplified"], "words");
            let expected: Vec<u64> = serde_json::from_value(record[hash].clone()).unwrap();
            assert_eq!(signature[..expected.len()], expected, "{hash}");
        }
    }
}

#[test]
fn words_are_folded_and_ngrams_run_over_them() {
    let cases: &[(&str, usize, &[&str])] = &[
        ("قال: «الكتابُ» إلى-ط", 2, &["قال الكتاب", "الكتاب الي", "الي ط"]),
        ("a b", 3, &[]),
        ("", 1, &[]),
        ("!؟", 1, &[]),
        ("Foo_BAR 3.5", 1, &["foo", "bar", "3", "5"]),
    ];
    for (text, n, expected) in cases {
        let (mut words, shared) = (Words::default(), shared(json!({})));
        words.read(&Document::with_text("d", text).view(), &shared.norm);
        assert_eq!(words.ngrams(*n).collect::<Vec<_>>(), *expected, "{text}");
    }
}

/// Texts of some sixty words. Those of one family differ in a word.
fn texts(count: usize) -> Vec<String> {
    let word = |n: usize| format!("w{}", n * 2654435761 % 9973);
    (0..count)
        .map(|n| {
            let family = if n % 3 == 0 { n / 9 } else { n + 1000 };
            let mut words: Vec<String> = (0..60).map(|k| word(family * 60 + k)).collect();
            words[58] = word(n);
            words.join(" ")
        })
        .collect()
}

#[test]
fn disk_journal_and_saved_files_change_no_decision() {
    let texts = texts(200);
    decisions_are_one(build, &json!({ "ngram": 3 }), texts.len(), |n| &texts[n]);
}

#[test]
fn a_chain_is_one_cluster_and_its_survivor_is_the_one_of_datatrove() {
    // One permutation in one band of one row: documents are alike when the least n-gram is the same. Words are chosen so that
    // c shares a band with a, and with b, which have none in common.
    let options = json!({ "mode": "cluster", "ngram": 1, "bands": 2, "rows": 1, "save": "out" });
    let shared = shared(options.clone());
    let least = |text: &str, band: usize| {
        let mut signature = Vec::new();
        let shingles: Vec<u64> = text.split(' ').map(|word| shared.shingle(word)).collect();
        shared.permutations.sign(&shingles, &mut signature);
        signature[band]
    };
    let words: Vec<String> = (0..200).map(|n| format!("w{n}")).collect();
    let mut found = None;
    for (a, b) in words.iter().flat_map(|a| words.iter().map(move |b| (a, b))).filter(|(a, b)| a != b) {
        let c = format!("{a} {b}");
        if least(&c, 0) == least(b, 0) && least(&c, 1) == least(a, 1) {
            found = Some((a.as_str(), b.as_str(), c));
            break;
        }
    }
    let (a, b, c) = found.expect("two words of two hundred");
    // Band 0 joins b and c, band 1 takes in a: the larger set keeps its root, so the first document goes.
    let corpus = [a, b, c.as_str(), "alone"];
    let mut bench = Bench::new(build, options.clone()).survey(&corpus);
    let shown = corpus.map(|text| bench.show(text));
    assert_eq!(shown.each_ref().map(|s| s.fate.as_str()), ["= d1", "kept", "= d1", "kept"]);
    assert_eq!(shown.each_ref().map(|s| s.scores[0]), [3.0, 3.0, 3.0, 1.0]);

    // In one pass, a and b are kept before c can join them.
    let mut bench = Bench::new(build, json!({ "ngram": 1, "bands": 2, "rows": 1 }));
    assert_eq!(corpus.map(|text| bench.show(text).fate), ["kept", "kept", "= d0", "kept"]);

    // A document that failed in the second pass is passed over; one that was not there is refused.
    let mut bench = Bench::new(build, options).survey(&["x", "y", "x"]);
    assert_eq!(bench.show("x").fate, "kept");
}

#[test]
fn clusters_do_not_depend_on_memory_and_can_be_saved() {
    let texts = texts(150);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let run = |memory: &str| {
        let mut options = json!({ "mode": "cluster", "ngram": 3, "save": "out", "memory": memory });
        let mut bench = Bench::new(build, options.clone()).survey(&texts);
        let shown: Vec<_> = texts.iter().map(|text| bench.show(text)).collect();
        let saved = bench.save();
        options["against"] = json!(["old"]);
        let mut later = Bench::with(build, options, &[("old", &saved)]).survey(&texts);
        for (text, shown) in texts.iter().zip(&shown) {
            let fate = later.show(text).fate;
            assert!(fate.starts_with('='), "all of it was there before");
            assert!(shown.fate == "kept" || fate == shown.fate, "and the survivor is named");
        }
        (shown, saved)
    };
    let all = run("1GB");
    assert!(all.0.iter().any(|shown| shown.scores[0] > 2.0), "there are clusters");
    assert!(run("1kB") == all);
}

#[test]
fn options_that_cannot_be_used_are_refused() {
    for (options, expected) in [
        (json!({ "bands": 0 }), "`bands`: 0 is not from 1 to 1000"),
        (json!({ "rows": 101 }), "`rows`: 101 is not from 1 to 100"),
        (json!({ "compat": "datatrove", "fold": {} }), "`fold`: `compat` says already how words are compared"),
    ] {
        assert_eq!(Bench::refused(build, options, &[]), expected);
    }
}

#[test]
fn hostile_texts_have_signatures_or_none() {
    for compat in [Value::Null, json!("datatrove")] {
        let shared = Arc::new(shared(json!({ "compat": compat })));
        let mut used = Signer::new(&shared);
        for (what, text) in warraq_core::testing::hostile_texts(false) {
            let doc = Document::with_text("d", &text);
            let again = used.sign(&doc.view()).map(<[u64]>::to_vec);
            assert_eq!(again, Signer::new(&shared).sign(&doc.view()).map(<[u64]>::to_vec), "{what}");
        }
    }
}
