//! The pipelines of the repository: each one passes `check`, runs on its samples, accounts for every document, and leads
//! every annotation back to the source.

use crate::case::{Run, slice, warraq};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines")
}

fn all() -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".toml") && !name.ends_with(".test.toml"));
    assert!(!names.is_empty());
    names
}

/// A copy of the pipelines and their samples, to be changed and to write in.
pub(crate) fn copy() -> TempDir {
    fn copy_into(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            match from.is_dir() {
                true if entry.file_name() == "out" => {}
                true => copy_into(&from, &to),
                false => drop(fs::copy(from, to).unwrap()),
            }
        }
    }
    let copied = tempfile::tempdir().unwrap();
    copy_into(&folder(), copied.path());
    copied
}

/// The pipeline with only those stages that `keep` wants.
fn with_stages(pipeline: &str, keep: impl Fn(&str) -> bool) -> String {
    let mut parts = Vec::new();
    for part in pipeline.split_inclusive('\n') {
        match parts.last_mut() {
            Some(last) if !part.starts_with('[') => *last = format!("{last}{part}"),
            _ => parts.push(part.to_owned()),
        }
    }
    let name = |part: &str| part.split_once("use = \"").map(|(_, rest)| rest.split('"').next().unwrap().to_owned());
    parts.retain(|part| !part.starts_with("[[stage]]") || name(part).is_some_and(|name| keep(&name)));
    parts.concat()
}

/// The documents of a run's one export, by id.
fn docs(run: &Run, export: &str) -> HashMap<String, Value> {
    run.lines(export).into_iter().map(|doc| (doc["id"].as_str().unwrap().to_owned(), doc)).collect()
}

#[test]
fn every_pipeline_runs_on_its_samples() {
    for name in all() {
        let path = folder().join(&name);
        let path = path.to_str().unwrap();
        let out = tempfile::tempdir().unwrap();
        let check = warraq(&["check", path], out.path(), b"").ends(0);
        assert!(check.stderr.is_empty(), "{name}: {}", check.stderr);
        let run = warraq(&["run", path, "--out", "."], out.path(), b"").ends(0);
        let report = run.report("report.json");
        assert!(report["ledger"]["kept"].as_u64().unwrap() > 0, "{name}");
        for export in report["exports"].as_array().unwrap() {
            assert!(export["written"].as_u64().unwrap() > 0, "{name}: {export}");
        }
    }
}

/// The source text of each document, found without the program's help.
fn sources(folder: &Path) -> HashMap<String, String> {
    let mut sources = HashMap::new();
    for line in fs::read_to_string(folder.join("samples/arabic-news.jsonl")).unwrap().lines() {
        if let Ok(record) = serde_json::from_str::<Value>(line) {
            sources.insert(record["url"].as_str().unwrap().to_owned(), record["body"].as_str().unwrap().to_owned());
        }
    }
    for entry in fs::read_dir(folder.join("samples/articles")).unwrap() {
        let path = entry.unwrap().path();
        let id = format!("{}#1", path.strip_prefix(folder).unwrap().display());
        let text = fs::read_to_string(&path).unwrap();
        sources.insert(id, text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned());
    }
    sources
}

#[test]
fn every_annotation_leads_back_to_the_source() {
    let copy = copy();
    let pipeline = fs::read_to_string(copy.path().join("arabic-news.toml")).unwrap();
    let run = warraq(&["run", "arabic-news.toml", "--out", "all"], copy.path(), b"").ends(0);
    let sources = sources(copy.path());
    let docs = docs(&run, "all/arabic-news.jsonl");
    assert!(docs.len() >= 40);

    // Slices of the source, and what they must be once the pipeline's cleaning stages have been over them.
    let (mut slices, mut expected, mut unchanged) = (String::new(), Vec::new(), 0);
    for (id, doc) in &docs {
        let (source, text) = (&sources[id], doc["text"].as_str().unwrap());
        let length = source.chars().count() as u64;
        for layer in ["tokens", "spans", "sents"] {
            let mut last = (0, 0);
            for item in doc[layer].as_array().unwrap() {
                let n = |key: &str| item[key].as_u64().unwrap();
                let (start, end) = (n("source_start"), n("source_end"));
                assert!(start < end && end <= length, "{id}: {item} is out of range");
                // A ligature that became several words is the source of each of them.
                assert!((start >= last.0 && end >= last.1) || layer == "spans", "{id}: {item} is out of order");
                last = (start, end);
                let (now, then) = (slice(text, n("start"), n("end")), slice(source, start, end));
                unchanged += usize::from(now == then);
                if layer != "sents" && now != then {
                    expected.push((id, item, then, now));
                    slices += &format!("{}\n", json!({ "body": then, "url": expected.len().to_string() }));
                }
            }
        }
        for removed in doc["removed"].as_array().unwrap() {
            let n = |key: &str| removed[key].as_u64().unwrap();
            let then = slice(source, n("source_start"), n("source_end"));
            assert_eq!(removed["text"], then, "{id}: what was removed is what stood there");
        }
    }
    assert!(unchanged > 5000 && expected.len() > 100, "{unchanged} as they were, {} changed", expected.len());

    let cleaning = with_stages(&pipeline, |stage| stage.starts_with("clean."));
    fs::write(copy.path().join("cleaning.toml"), cleaning).unwrap();
    fs::write(copy.path().join("slices.jsonl"), slices).unwrap();
    let run = warraq(&["run", "cleaning.toml", "slices.jsonl", "--out", "slices"], copy.path(), b"").ends(0);
    let cleaned = run.lines("slices/arabic-news.jsonl");
    assert_eq!(cleaned.len(), expected.len());
    for (cleaned, (id, item, then, now)) in cleaned.iter().zip(expected) {
        let cleaned = cleaned["text"].as_str().unwrap();
        let is_part_of_ligature = then.chars().count() == 1 && cleaned.split(' ').any(|word| word == now);
        assert!(cleaned == now || is_part_of_ligature, "{id}: {item} came from {then:?}, which becomes {cleaned:?}");
    }
}

#[test]
fn the_samples_show_what_the_pipeline_is_for() {
    let copy = copy();
    let run = warraq(&["run", "arabic-news.toml", "--out", "all"], copy.path(), b"").ends(0);
    let docs = docs(&run, "all/arabic-news.jsonl");
    let labels = |label: &str| {
        let all = docs.values().flat_map(|doc| doc["spans"].as_array().unwrap());
        all.filter(|span| span["label"] == label).count()
    };
    assert!(labels("LOC") > 50 && labels("ORG") > 10, "{} places, {} organisations", labels("LOC"), labels("ORG"));
    for doc in docs.values() {
        let text = doc["text"].as_str().unwrap();
        let marks =
            |c: char| matches!(c, '\u{64B}'..='\u{652}' | '\u{640}' | '\u{feff}' | '\u{fb50}'..='\u{fd3d}' | '\u{a0}');
        assert!(!text.contains(marks), "vowel signs, tatweel, presentation forms and odd spaces are gone: {text}");
        assert!(!doc["sents"].as_array().unwrap().is_empty());
    }
}
