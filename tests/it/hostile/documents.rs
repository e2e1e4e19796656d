//! Texts that have broken text tools, through every built-in stage: none fails, and each is exported or dropped. In the test that
//! is run often, only so much of each; whole in one that has to be asked for.

use super::here::Bench;
use super::read;
use serde_json::json;
use std::fmt::Write;
use warraq_core::testing::hostile_texts;
use warraq_core::{Layer, Resources};
use warraq_stages::testing::{files, options};

/// Bytes of a document that every stage gets.
const SHARE: usize = 4_000;

/// Bytes of a document that the stages get which nearly every pipeline has.
const MOST: usize = 20_000;
const USUAL: &[&str] =
    &["clean.unicode", "clean.whitespace", "tag.language", "tokenize.words", "tokenize.sentences", "dedup.exact"];

/// The files that options of stages name.
const FILES: &[&str] = &["phrases.tsv", "counts.tsv", "tokenizer.json", "names.model", "tags.model", "words.model"];

fn jsonl(texts: &[(String, String)], share: usize) -> String {
    let mut lines = String::new();
    for (name, text) in texts {
        let text = &text[..text.floor_char_boundary(share)];
        writeln!(lines, "{}", json!({ "id": name, "text": text, "url": "http://example.org/" })).unwrap();
    }
    lines
}

fn stage(name: &str) -> String {
    format!("[[stage]]\nuse = \"{name}\"\n{}\n", options(name))
}

/// Every stage on its own gets `share` bytes of each document, the usual ones one after the other get `most`.
fn through_all(share: usize, most: usize) -> usize {
    let mut texts: Vec<(String, String)> = hostile_texts(false).into_iter().map(|(n, t)| (n.to_owned(), t)).collect();
    for file in ["documents.cases", "html.cases"] {
        let cases = read(file).into_iter();
        texts.extend(cases.map(|case| (case.name, String::from_utf8(case.bytes).expect("a document is UTF-8"))));
    }
    let bench = Bench::new();
    let mut resources = files();
    for file in FILES {
        bench.write(file, &*resources.read(file).unwrap().bytes);
    }
    let source = "use = \"jsonl\"\npaths = [\"in.jsonl\"]";

    bench.write("in.jsonl", jsonl(&texts, share));
    for definition in bench.registry().stages() {
        let name = &definition.info.name;
        let needs = |layer| definition.info.reads.contains(layer);
        let before = match (needs(Layer::Tokens), needs(Layer::Scores)) {
            (true, _) => stage("tokenize.words"),
            (false, true) => stage("clean.unicode"),
            (false, false) => String::new(),
        };
        let ran = bench.run(name, source, &format!("{before}{}", stage(name)));
        assert_eq!(ran.read(), texts.len(), "{name}");
        assert_eq!(ran.report["ledger"]["failed"], 0, "{name}: {:?}", ran.rejects);
    }

    bench.write("in.jsonl", jsonl(&texts, most));
    let ran = bench.run("long documents", source, &USUAL.iter().map(|name| stage(name)).collect::<String>());
    assert_eq!(ran.read(), texts.len());
    assert_eq!(ran.report["ledger"]["failed"], 0, "{:?}", ran.rejects);
    texts.len()
}

pub(super) fn all() -> usize {
    through_all(SHARE, MOST)
}

/// Whole documents; with a release build, it takes a minute.
pub(super) fn whole() -> usize {
    through_all(usize::MAX, usize::MAX)
}
