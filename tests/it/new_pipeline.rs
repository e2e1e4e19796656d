//! `warraq new pipeline`: what it makes passes `check` without a warning and runs as it is.

use crate::case::{BINARY, Case, slice};
use serde_json::Value;

/// The labelled texts of a run's documents.
fn spans(docs: &[Value]) -> Vec<&str> {
    let spans = docs.iter().flat_map(|doc| {
        let text = doc["text"].as_str().unwrap();
        let spans = doc["spans"].as_array().unwrap().iter();
        spans.map(move |span| slice(text, span["start"].as_u64().unwrap(), span["end"].as_u64().unwrap()))
    });
    spans.collect()
}

#[test]
fn every_pipeline_goes_from_nothing_to_annotated_text() {
    let arabic: &[&str] = &["تونس", "مصر", "المغرب", "الأردن", "عمان"];
    let english: &[&str] = &["Tunis", "Cairo", "Rabat", "Amman"];
    for (lang, source, kept, rejected, found) in [
        ("ar", "jsonl", 2, 1, arabic),
        ("ar", "text", 1, 0, &arabic[..3]),
        ("en", "jsonl", 2, 1, english),
        ("en", "text", 1, 0, &english[..3]),
    ] {
        let case = Case::new("");
        let made = case.command(&["new", "pipeline", "news", "--lang", lang, "--source", source]).ends(0);
        for command in ["check", "test", "run"] {
            assert!(made.stdout.contains(&format!("{BINARY} {command} news/pipeline.toml")), "{}", made.stdout);
        }
        let check = case.command(&["check", "news/pipeline.toml", "--deny", "warnings"]).ends(0);
        assert_eq!(check.stderr, "", "{lang} {source}");
        let tests = case.command(&["test", "news/pipeline.toml"]).ends(0);
        assert!(tests.stdout.contains("2 passed, 0 failed"), "{}", tests.stdout);
        let run = case.command(&["run", "news/pipeline.toml"]).ends(0);
        let docs = run.lines("news/out/news.jsonl");
        assert_eq!((docs.len(), run.lines("news/out/rejects.jsonl").len()), (kept, rejected), "{lang} {source}");
        assert_eq!(spans(&docs), found, "{lang} {source}");
        for doc in &docs {
            let text = doc["text"].as_str().unwrap();
            assert!(!text.contains("  ") && !text.contains('ـ'), "{text}");
        }
    }
}

#[test]
fn nothing_is_asked_and_nothing_replaced() {
    let case = Case::new("");
    case.command(&["new", "pipeline", "أخبار", "--dir", "a/b"]).ends(0);
    case.command(&["run", "a/b/أخبار/pipeline.toml"]).ends(0);
    let again = case.command(&["new", "pipeline", "أخبار", "--dir", "a/b"]).ends(2);
    assert!(again.stderr.contains("this is there already"), "{}", again.stderr);
    for name in ["../up", "a b", "", "-x", "a/b", "a\"b"] {
        let refused = case.command(&["new", "pipeline", "--", name]).ends(2);
        assert!(refused.stderr.contains("cannot be a pipeline's name"), "{name}: {}", refused.stderr);
    }
}
