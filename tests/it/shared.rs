//! Real news that is not part of the repository: the tests look for a folder `shared` beside it, or where `WARRAQ_SHARED`
//! says, and pass without it.

use crate::case::{slice, warraq};
use std::path::{Path, PathBuf};

fn shared() -> Option<PathBuf> {
    let folder = match std::env::var_os("WARRAQ_SHARED") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let found = folder.is_dir();
    if !found {
        eprintln!("skipped: there is no folder {}", folder.display());
    }
    found.then_some(folder)
}

#[test]
fn a_real_article_is_annotated_where_its_file_says() {
    let Some(article) = shared().map(|folder| folder.join("data/seed/article.txt")) else { return };
    let raw = std::fs::read_to_string(&article).unwrap();
    let raw = raw.strip_prefix('\u{feff}').unwrap_or(&raw);
    let pipeline = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/arabic-news.toml");
    let out = tempfile::tempdir().unwrap();
    let args = ["run", pipeline.to_str().unwrap(), article.to_str().unwrap(), "--out", "."];
    let run = warraq(&args, out.path(), b"").ends(0);
    let docs = run.lines("arabic-news.jsonl");
    assert_eq!(docs.len(), 1);
    let text = docs[0]["text"].as_str().unwrap();
    assert!(docs[0]["tokens"].as_array().unwrap().len() > 100 && docs[0]["sents"].as_array().unwrap().len() > 5);
    let mut places = Vec::new();
    for span in docs[0]["spans"].as_array().unwrap() {
        let n = |key: &str| span[key].as_u64().unwrap();
        let then = slice(raw, n("source_start"), n("source_end"));
        let now = slice(text, n("start"), n("end"));
        let bare: String = then.chars().filter(|c| !matches!(c, '\u{64B}'..='\u{652}' | '\u{640}')).collect();
        assert_eq!(bare, now, "the raw file has the span's text before cleaning");
        if span["label"] == "LOC" {
            places.push(now);
        }
    }
    assert!(places.contains(&"ليبيا"), "{places:?}");
    run.report("report.json");
}

#[test]
fn a_trace_of_a_real_article_shows_what_each_stage_changed() {
    let Some(article) = shared().map(|folder| folder.join("data/seed/article.txt")) else { return };
    let pipeline = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/arabic-news.toml");
    let (pipeline, article) = (pipeline.to_str().unwrap(), article.to_str().unwrap());
    let out = tempfile::tempdir().unwrap();
    let trace = warraq(&["trace", pipeline, article, "--json"], out.path(), b"").ends(0).stdout;
    let trace: serde_json::Value = serde_json::from_str(&trace).unwrap();
    let docs = warraq(&["run", pipeline, article, "--out", "."], out.path(), b"").ends(0).lines("arabic-news.jsonl");
    // The edits of all stages, carried out one after the other, make the text that a run exports.
    let mut text = trace["source"].as_str().unwrap().to_owned();
    for step in trace["steps"].as_array().unwrap() {
        for edit in step["edits"].as_array().unwrap().iter().rev() {
            let at = |n: usize| edit["bytes"][n].as_u64().unwrap() as usize;
            assert_eq!(&text[at(0)..at(1)], edit["removed"].as_str().unwrap());
            text.replace_range(at(0)..at(1), edit["inserted"].as_str().unwrap());
        }
    }
    assert_eq!(text, docs[0]["text"].as_str().unwrap());
    let step = |stage: &str| trace["steps"].as_array().unwrap().iter().find(|step| step["stage"] == stage).unwrap();
    assert!(!step("clean.arabic")["edits"].as_array().unwrap().is_empty());
    for (stage, layer, key) in [
        ("tokenize.words", "tokens", "tokens"),
        ("tokenize.sentences", "sentences", "sents"),
        ("tag.gazetteer", "spans", "spans"),
    ] {
        let changes = step(stage)["layers"].as_array().unwrap();
        assert_eq!((changes.len(), &changes[0]["layer"]), (1, &layer.into()), "{stage}");
        assert_eq!(changes[0]["after"], docs[0][key].as_array().unwrap().len(), "{stage}");
    }
    assert_eq!(trace["end"]["verdict"], "kept");
}
