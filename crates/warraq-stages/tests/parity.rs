//! The reference filters against what datatrove 0.10 said about the same texts: `tests/parity/` has the texts, the
//! configurations, what datatrove said, with its words and sentences, and the script that asked it.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use warraq_core::testing::{check_source_map, describe, run_stage};
use warraq_core::{Changes, Document, Labels, Layers, MemoryResources, Registry, Sentence, Token, TokenKind};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/parity").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn lines(name: &str) -> Vec<Value> {
    read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is a string"))
}

/// The document with the words and sentences that datatrove had.
fn document(source: &Value, recorded: &Value) -> Document {
    let mut doc = Document::with_text(text(source, "id"), text(source, "text"));
    let mut bytes: Vec<u32> = doc.text().char_indices().map(|(at, _)| at as u32).collect();
    bytes.push(doc.text().len() as u32);
    let ranges = |layer: &str| -> Vec<(u32, u32)> {
        let at = |place: &Value| bytes[place.as_u64().unwrap() as usize];
        recorded[layer].as_array().unwrap().iter().map(|range| (at(&range[0]), at(&range[1]))).collect()
    };
    let mut changes = Changes::new();
    changes.tokens().extend(ranges("tokens").iter().map(|&(start, end)| Token { start, end, kind: TokenKind::Word }));
    changes.sentences().extend(ranges("sents").iter().map(|&(start, end)| Sentence { start, end }));
    doc.apply(&mut changes, 0, Layers::ALL).unwrap();
    doc
}

#[test]
fn decisions_reasons_and_texts_are_those_of_datatrove() {
    let mut registry = Registry::new();
    warraq_stages::register(&mut registry).unwrap();
    let (sources, recorded) = (lines("texts.jsonl"), lines("recorded.jsonl"));
    let configurations: Vec<Value> = serde_json::from_str(&read("configurations.json")).unwrap();
    assert!(sources.len() >= 60 && sources.len() == recorded.len() && configurations.len() == 8);
    let labels = Labels::new();
    let mut reasons: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    let mut different = String::new();
    for (source, recorded) in sources.iter().zip(&recorded) {
        assert_eq!(source["id"], recorded["id"], "texts and record are in the same order");
        for configuration in &configurations {
            let (name, stage) = (text(configuration, "name"), registry.stage(text(configuration, "stage")).unwrap());
            let mut doc = document(source, recorded);
            let options = configuration["options"].clone();
            run_stage(stage, options, &labels, &mut MemoryResources::new(), &mut doc, 1).unwrap();
            check_source_map(&doc).unwrap();
            let found = match describe(&doc, &labels).dropped {
                Some(reason) => json!({ "reason": reason }),
                None if doc.text() == text(source, "text") => json!({}),
                None => json!({ "text": doc.text() }),
            };
            let expected = &recorded["verdicts"][name];
            if found != *expected {
                different += &format!("{name}: {}: datatrove {expected}, here {found}\n", source["id"]);
            }
            let reason = expected["reason"].as_str().unwrap_or("kept").to_owned();
            *reasons.entry(name).or_default().entry(reason).or_default() += 1;
        }
    }
    assert!(different.is_empty(), "{different}");
    // The texts are worth something only if they reach the checks.
    for (name, least) in [("gopher-quality", 9), ("gopher-repetition", 9), ("c4", 4), ("fineweb", 6)] {
        assert!(reasons[name].len() >= least, "{name}: {:?}", reasons[name]);
    }
}
