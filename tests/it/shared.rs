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
