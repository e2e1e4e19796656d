//! The law: export, read back, export again: the same bytes, and the same document in between.

use super::{change, decode, encode};
use crate::testing::exported;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;
use warraq_core::{Document, Labels, Layer, Sentence, Span, Token, TokenKind, Word};

/// The value of a side column.
type Cell = Option<String>;

/// A document to be: everything is made from numbers, so that it shrinks well.
#[derive(Clone, Debug)]
struct Plan {
    id: String,
    text: String,
    lang: Option<String>,
    meta: Vec<(String, String)>,
    /// Ends of tokens: pairs of char boundaries, the kind, and the values of two columns.
    tokens: Vec<(Index, u8, Cell, Cell)>,
    /// Token, first and last boundary, and the values of the form and another column.
    words: Vec<(Index, Index, Index, Cell, Cell)>,
    sentences: Vec<Index>,
    spans: Vec<(Index, Index, String, Option<f32>, String)>,
    scores: Vec<(String, f64)>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let index = any::<Index>;
    let name = || "[a-zé\"\\\\.]{1,4}";
    let value = || prop::option::of("\\PC{0,5}");
    let json = prop::sample::select(vec!["1.50", "null", "\"\\ud800\"", "[1, {\"a\":  2}]", "\"نص\"", "{}", "-0"]);
    let text = prop::collection::vec(prop_oneof!["\\PC{0,6}", "[ \n\"\\\\\t]", "[ابتثوال]{1,5} "], 0..8);
    (
        ("\\PC{1,8}", text.prop_map(|parts| parts.concat()), prop::option::of("[a-z]{2,3}")),
        prop::collection::vec((name(), json.prop_map(str::to_owned)), 0..4),
        prop::collection::vec((index(), 0..9u8, value(), value()), 0..8),
        prop::collection::vec((index(), index(), index(), value(), value()), 0..6),
        prop::collection::vec(index(), 0..5),
        prop::collection::vec(
            (index(), index(), name(), prop::option::of(prop::num::f32::NORMAL), "[a-z.]{0,3}"),
            0..5,
        ),
        prop::collection::vec((name(), prop::num::f64::NORMAL | prop::num::f64::ZERO), 0..4),
    )
        .prop_map(|((id, text, lang), meta, tokens, words, sentences, spans, scores)| Plan {
            id,
            text,
            lang,
            meta,
            tokens,
            words,
            sentences,
            spans,
            scores,
        })
}

impl Plan {
    fn document(&self, labels: &Labels) -> Document {
        let mut doc = Document::with_text(&self.id, &self.text);
        doc.set_lang(self.lang.as_deref().unwrap_or_default());
        for (key, json) in &self.meta {
            doc.meta_mut().push(key, json);
        }
        let bounds: Vec<u32> =
            self.text.char_indices().map(|(i, _)| i as u32).chain([self.text.len() as u32]).collect();
        let in_order = |at: &mut dyn Iterator<Item = &Index>| {
            let mut ends: Vec<u32> = at.map(|index| *index.get(&bounds)).collect();
            ends.sort_unstable();
            ends.dedup();
            ends
        };
        let ends = in_order(&mut self.tokens.iter().map(|t| &t.0));
        let tokens: Vec<Token> = ends
            .windows(2)
            .zip(&self.tokens)
            .map(|(ends, plan)| Token { start: ends[0], end: ends[1], kind: TokenKind::ALL[usize::from(plan.1)] })
            .collect();
        let mut words: Vec<_> =
            self.words.iter().map(|word| (word.0.index(tokens.len().max(1)) as u32, word)).collect();
        words.sort_by_key(|(token, _)| *token);
        if tokens.is_empty() {
            words.clear();
        }
        change(&mut doc, |changes| {
            *changes.tokens() = tokens.clone();
            for &(token, word) in &words {
                let (a, b) = (*word.1.get(&bounds), *word.2.get(&bounds));
                changes.words().push(Word { token, start: a.min(b), end: a.max(b) });
            }
            // In an order that is not that of the names.
            for (name, value) in [("b", 3), ("a", 2)] {
                let mut column = changes.column(Layer::Tokens, labels.intern(name));
                for plan in &self.tokens[..tokens.len()] {
                    column.push(if value == 2 { plan.2.as_deref() } else { plan.3.as_deref() });
                }
            }
            for name in ["z", "form"] {
                let mut column = changes.column(Layer::Words, labels.intern(name));
                for (_, word) in &words {
                    column.push(if name == "form" { word.3.as_deref() } else { word.4.as_deref() });
                }
            }
            for ends in in_order(&mut self.sentences.iter()).windows(2) {
                changes.sentences().push(Sentence { start: ends[0], end: ends[1] });
            }
            let mut values = Vec::new();
            for (a, b, label, score, source) in &self.spans {
                let (a, b) = (*a.get(&bounds), *b.get(&bounds));
                if a != b {
                    values.push(score.map(|score| score.to_string()));
                    let (label, source) = (labels.intern(label), labels.intern(source));
                    let score = score.unwrap_or(f32::NAN);
                    changes.spans().push(Span { start: a.min(b), end: a.max(b), label, score, source });
                }
            }
            let mut column = changes.column(Layer::Spans, labels.intern("value"));
            values.iter().for_each(|value| column.push(value.as_deref()));
            for (name, value) in &self.scores {
                changes.score(labels.intern(name), *value);
            }
        });
        doc
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn what_was_exported_is_read_back(plan in plan(), source_offsets in any::<bool>()) {
        for unit in ["char", "byte", "utf16"] {
            let labels = Labels::new();
            let doc = plan.document(&labels);
            let options = json!({"offsets": unit, "source_offsets": source_offsets});
            let line = encode(options.clone(), &doc, &labels).unwrap();
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&line).is_ok(), "{}", line);

            // Another run has names of its own.
            let others = Labels::new();
            others.intern("taken");
            let source = json!({"offsets": unit, "require": ["tokens", "sents", "spans", "scores"]});
            let (again, result) = decode(source, line.trim_end().as_bytes(), &others);
            prop_assert!(result.is_ok(), "{:?} of {}", result, line);
            prop_assert_eq!(exported(&again, &others), exported(&doc, &labels));
            prop_assert_eq!(encode(options, &again, &others).unwrap(), line);
        }
    }
}

#[test]
fn what_was_removed_is_kept_as_metadata_from_run_to_run() {
    let labels = Labels::new();
    let mut doc = Document::with_text("d", "abc");
    let mut lines = Vec::new();
    for n in 0..3 {
        change(&mut doc, |changes| changes.remove(0..1, labels.intern(&format!("cut{n}"))));
        lines.push(encode(json!({"fields": ["id", "text", "meta", "removed"]}), &doc, &labels).unwrap());
        let (next, result) = decode(json!({}), lines[n].trim_end().as_bytes(), &labels);
        assert!(result.is_ok());
        doc = next;
    }
    let removed = |n: usize, text: &str| {
        format!(r#"[{{"source_start":0,"source_end":1,"label":"cut{n}","stage":"second","text":"{text}"}}]"#)
    };
    assert_eq!(doc.meta().get("removed"), Some(&*removed(0, "a")));
    assert_eq!(doc.meta().get("removed.2"), Some(&*removed(1, "b")));
    assert_eq!(doc.meta().get("removed.3"), Some(&*removed(2, "c")));
}

#[test]
fn the_record_in_the_manual_is_one() {
    let record = super::super::MANUAL.split("```json\n").nth(1).and_then(|rest| rest.split("\n```").next()).unwrap();
    let labels = Labels::new();
    let all = json!({"require": ["tokens", "sents", "spans", "scores"]});
    let (doc, result) = decode(all, record.as_bytes(), &labels);
    assert!(result.is_ok(), "{result:?}");
    assert_eq!((doc.words().len(), doc.meta().len()), (3, 2));
    assert_eq!(encode(json!({}), &doc, &labels).unwrap().trim_end(), record);
}
