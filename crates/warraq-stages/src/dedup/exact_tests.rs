//! What is found again, under each unit, and what a journal, a saved file and a full memory change about it: nothing.

use super::*;
use crate::dedup::testing::Bench;
use serde_json::json;

#[test]
fn of_equal_documents_the_first_is_kept_and_named() {
    let mut bench = Bench::new(build, json!({}));
    let fates = ["نص", "آخر", " نص\n", "", "", "نصّ"].map(|text| bench.show(text).fate);
    assert_eq!(fates, ["kept", "kept", "= d0", "kept", "kept", "kept"]);
    let mut bench = Bench::new(build, json!({ "fold": {} }));
    let fates = ["إنّ النص", "ان  الـنص", "أن\n\nالنص", "ان-النص"].map(|text| bench.show(text).fate);
    assert_eq!(fates, ["kept", "= d0", "= d0", "kept"]);
}

#[test]
fn paragraphs_and_lines_go_where_they_were_seen_before() {
    type Pairs<'a> = &'a [(&'a str, &'a str)];
    let cases: &[(&str, u32, Pairs<'_>)] = &[
        (
            "line",
            0,
            &[("a\nb\na\nc", "a\nb\nc"), ("c\n\n\nd", "d"), ("a\n c \n", "nothing_left"), ("", ""), ("\n\n", "\n\n")],
        ),
        ("line", 2, &[("a\nbb\na\nbb", "a\nbb\na\n"), ("bb\na", "a")]),
        ("paragraph", 0, &[("a\nb\n\nc", "a\nb\n\nc"), ("a\n\na\nb\n \nd", "a\n\nd"), ("d\r\n\r\ne", "e")]),
    ];
    for (unit, min_chars, documents) in cases {
        let mut bench = Bench::new(build, json!({ "unit": unit, "min_chars": min_chars }));
        for (text, expected) in *documents {
            let shown = bench.show(text);
            let found = if shown.fate == "kept" { shown.text } else { shown.fate };
            assert_eq!(found, *expected, "{unit}: {text:?}");
        }
    }
}

#[test]
fn disk_journal_and_saved_files_change_no_decision() {
    for unit in ["document", "line"] {
        let texts: Vec<String> = (0..400).map(|n| format!("سطر {}\nآخر {}\nb {n}", n * n % 97, n % 31)).collect();
        let text =
            |n: usize| if unit == "line" || !n.is_multiple_of(3) { texts[n].as_str() } else { texts[n / 3].as_str() };
        crate::dedup::testing::decisions_are_one(build, &json!({ "unit": unit }), 400, text);
    }
}

#[test]
fn options_that_cannot_be_used_are_refused() {
    let refused = |options: serde_json::Value, files: &[(&str, &[u8])]| Bench::refused(build, options, files);
    assert!(refused(json!({ "memory": "much" }), &[]).contains("`memory`: `much` is no byte size"));
    assert!(refused(json!({ "against": ["x"] }), &[]).contains("`against[0]`: x: no such file"));
    assert!(refused(json!({ "against": ["x"] }), &[("x", b"text")]).contains("no file that a `dedup` stage has saved"));
    let saved = Bench::new(build, json!({ "unit": "line" })).save();
    assert!(refused(json!({ "against": ["x"] }), &[("x", &saved)]).contains("with other settings"));
    let damaged = |bytes: &[u8]| {
        let why = refused(json!({ "unit": "line", "against": ["x"] }), &[("x", bytes)]);
        assert!(why.contains("cut short or damaged") || why.contains("with other settings"), "{why}");
    };
    let mut bench = Bench::new(build, json!({ "unit": "line" }));
    ["one\ntwo", "two\nthree"].iter().for_each(|text| drop(bench.show(text)));
    let saved = bench.save();
    damaged(&saved[..saved.len() - 1]);
    for at in "warraq dedup ".len()..saved.len() {
        let mut bad = saved.clone();
        bad[at] ^= 1 << (at % 8);
        if bad.starts_with(b"warraq dedup 2 ") {
            damaged(&bad);
        }
    }
}

/// A run with a memory ceiling.
struct Ceiling;

impl warraq_core::Services for Ceiling {
    fn log(&self, _: warraq_core::LogLevel, _: &str, _: &str) {}

    fn cancelled(&self) -> bool {
        false
    }

    fn index_memory(&self) -> Option<usize> {
        Some(5_000)
    }
}

#[test]
fn memory_is_the_options_or_the_runs_or_a_default() {
    let (labels, mut resources) = (warraq_core::Labels::new(), warraq_core::MemoryResources::new());
    let mut memory = |option: Option<&str>, services: Arc<dyn warraq_core::Services>| {
        let cx = BuildContext { services, ..BuildContext::new("dedup", &labels, &mut resources) };
        let memory = Memory::new(option, &cx).unwrap();
        (memory.limit(), memory.holds())
    };
    assert_eq!(memory(None, Arc::new(Ceiling)), (5_000, Holds::Share));
    assert_eq!(memory(Some("7kB"), Arc::new(Ceiling)), (7_000, Holds::Bytes(7_000)));
    assert_eq!(memory(None, Arc::new(warraq_core::NoServices)), (1_000_000_000, Holds::Share));
}
