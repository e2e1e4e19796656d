//! What comes of a document is what comes of it in this process.

use crate::harness::{Stages, World, documents, no_options, toml};
use serde_json::json;
use warraq_core::testing::{hostile_texts, run_example};
use warraq_core::{Changes, Document, Layer, Layers, Registry, Sentence, Span, Token, TokenKind, Word};
use warraq_stages::testing::{files, options};

/// The sizes of batches that everything is tried with: alone, uneven, the largest.
const BATCHES: [usize; 3] = [1, 7, 64];

pub(crate) fn every_example_does_what_it_shows() {
    let (stages, mut registry) = (Stages::new(), Registry::new());
    warraq_stages::register(&mut registry).unwrap();
    let mut failures = String::new();
    let mut examples = 0;
    for name in Stages::built_in().keys() {
        let stage = stages.isolated(name);
        for example in &stage.info.examples {
            examples += 1;
            if let Err(e) = run_example(&registry, &stage, example, &toml) {
                failures += &format!("\n{name}: {}\n{e}", example.title);
            }
        }
    }
    assert!(failures.is_empty() && examples > 20, "{examples} examples{failures}");
}

pub(crate) fn hostile_texts_end_in_the_same_document() {
    let stages = Stages::new();
    let texts: Vec<String> = hostile_texts(false).into_iter().map(|(_, text)| text).collect();
    for name in Stages::built_in().keys() {
        let files = files();
        let mut world = World { files, ..World::default() };
        let tokenizer = Stages::in_process("tokenize.words");
        let tokenize = world.build(&tokenizer, no_options()).unwrap();
        let (own, isolated) = (Stages::in_process(name), stages.isolated(name));
        let mut run = |stage, batch| {
            let mut docs = documents(&texts);
            world.run(&tokenize, &tokenizer, &mut docs, 1);
            let built = world.build(stage, toml(options(name)).unwrap()).unwrap();
            world.run(&built, stage, &mut docs, batch)
        };
        let expected = run(&own, 1);
        assert!(expected.iter().all(Result::is_ok), "{name}: {expected:?}");
        for batch in BATCHES {
            assert!(run(&isolated, batch) == expected, "{name} in batches of {batch}");
        }
    }
}

/// Documents with something in every layer, under names that are new with each.
fn layered(world: &World) -> Vec<Document> {
    let mut docs = documents(&["قال: نعم", "abc", "", "é"]);
    for doc in &mut docs {
        let mut changes = Changes::new();
        let label = |what: &str| world.labels.intern(&format!("{what} of {} {}", doc.id(), world.labels.len()));
        let end = doc.text().len() as u32;
        if end > 0 {
            changes.tokens().push(Token { start: 0, end, kind: TokenKind::Mention });
            changes.words().push(Word { token: 0, start: 0, end: 0 });
            changes.words().push(Word { token: 0, start: 0, end });
            changes.sentences().push(Sentence { start: 0, end });
            changes.spans().push(Span {
                start: 0,
                end,
                label: label("label"),
                score: f32::NAN,
                source: label("source"),
            });
            changes.spans().push(Span { start: 0, end, label: label("label"), score: -0.0, source: label("source") });
            changes.column(Layer::Tokens, label("column")).push(Some("قيمة"));
            let mut column = changes.column(Layer::Words, label("column"));
            column.push(None);
            column.push(Some(""));
        }
        changes.meta("views", "1e400");
        changes.meta("عنوان", "[null, \"\\u0000\"]");
        changes.score(label("score"), f64::MIN_POSITIVE);
        changes.lang("ar");
        doc.apply(&mut changes, 0, Layers::ALL).unwrap();
    }
    docs
}

pub(crate) fn every_layer_arrives() {
    let (stages, mut world) = (Stages::new(), World::default());
    let (own, isolated) = (Stages::in_process("mirror"), stages.isolated("mirror"));
    let own_built = world.build(&own, no_options()).unwrap();
    let built = world.build(&isolated, no_options()).unwrap();
    for batch in [1, 2, 64] {
        let mut docs = layered(&world);
        let copies: Vec<Document> = docs
            .iter()
            .map(|doc| {
                let mut copy = Document::with_text("", "");
                copy.restore(&doc.view(), &doc.origin());
                copy
            })
            .collect();
        let expected = world.run(&own_built, &own, &mut { copies }, 1);
        let found = world.run(&built, &isolated, &mut docs, batch);
        assert_eq!(found, expected);
        assert!(found.iter().all(|doc| doc.as_ref().is_ok_and(|doc| doc.contains("seen"))), "{found:?}");
    }
    assert_eq!(stages.isolation.lost(), 0);
}

pub(crate) fn every_change_arrives() {
    let (stages, mut world) = (Stages::new(), World::default());
    let texts = ["abcdef", "rebase", "empty", "drop", "duplicate", "outside", "order", "ghijkl"];
    let (own, isolated) = (Stages::in_process("writer"), stages.isolated("writer"));
    let own_built = world.build(&own, json!({})).unwrap();
    let expected = world.run(&own_built, &own, &mut documents(&texts), 1);
    let reasons: Vec<_> = expected.iter().filter_map(|r| r.as_ref().err()).map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(reasons, ["edit.bounds", "edit.order"]);
    for batch in BATCHES {
        let built = world.build(&isolated, json!({})).unwrap();
        assert_eq!(world.run(&built, &isolated, &mut documents(&texts), batch), expected, "{batch}");
    }
}

pub(crate) fn a_large_document_is_a_document() {
    let (stages, mut world) = (Stages::new(), World::default());
    let line = "وقال الـمـتحدّث، في ٢٢ يوليو: «إنّ النموّ بلغ 3,5٪»! ";
    let texts = [line.to_owned(), line.repeat(3_000_000 / line.len()), line.to_owned()];
    let (own, isolated) = (Stages::in_process("tokenize.words"), stages.isolated("tokenize.words"));
    let (own_built, built) = (world.build(&own, no_options()).unwrap(), world.build(&isolated, no_options()).unwrap());
    let expected = world.run(&own_built, &own, &mut documents(&texts), 1);
    assert!(world.run(&built, &isolated, &mut documents(&texts), 64) == expected);
}
