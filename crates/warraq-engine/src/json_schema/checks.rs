//! `[[test]]` and `[expect]`: what a pipeline file says about what comes of it.

use super::options::{no_others, or_reference};
use super::runner::{closed, described, template, text, texts};
use serde_json::{Value, json};
use warraq_core::TokenKind;

/// `[[test]]`
pub(super) fn test() -> Value {
    let mut test = closed(json!({
        "name": described("Its name; no other test of the pipeline has it.", text()),
        "input": described("The document that goes in.", input()),
        "from": described("The stage to begin with; the first by default.", text()),
        "to": described("The stage to end with; the last by default.", text()),
        "expect": described("What must come out.", test_expect()),
    }));
    test["required"] = json!(["name", "input", "expect"]);
    json!({ "type": "array", "items": test })
}

/// `input` of a test.
pub(super) fn input() -> Value {
    let mut input = closed(json!({
        "text": described("The document's text.", json!({ "type": "string" })),
        "record": described("A record, as a source reads it: a table becomes JSON, a string is taken as it is.",
            json!({ "type": ["string", "object"] })),
        "file": described("A file that a source reads, seen from this one.", text()),
        "source": described("The number of the `[[source]]` that reads it, from 1.",
            or_reference(json!({ "type": "integer", "minimum": 1 }))),
        "id": described("The id of a text, or the document to pick of a file.", text()),
        "lang": described("The language tag of a text.", text()),
        "meta": described("Other fields of a text.", json!({ "type": "object" })),
    }));
    let contents: Vec<Value> = ["text", "record", "file"].iter().map(|key| json!({ "required": [key] })).collect();
    input["anyOf"] = contents.into();
    input
}

/// `expect` of a test.
pub(super) fn test_expect() -> Value {
    let list = |item: Value| json!({ "type": "array", "items": item });
    let plain = || json!({ "type": "string" });
    let (parts, named) =
        (parts(), |value: Value| json!({ "type": "object", "minProperties": 1, "additionalProperties": value }));
    let kinds: Vec<&str> = TokenKind::ALL.into_iter().map(TokenKind::name).collect();
    let range =
        json!({ "type": ["number", "object"], "additionalProperties": or_reference(json!({ "type": "number" })) });
    let mut expect = closed(json!({
        "text": described("The text.", plain()),
        "lang": described("The language tag.", plain()),
        "tokens": described("The texts of the tokens.", list(plain())),
        "kinds": described("The kinds of the tokens.", list(or_reference(json!({ "enum": kinds })))),
        "words": described("The texts of the syntactic words.", list(plain())),
        "sentences": described("The texts of the sentences.", list(plain())),
        "spans": described("The labelled spans.", list(span())),
        "removed": described("What was removed.", list(removed())),
        "columns": described("Side columns of the tokens, by name.", named(list(plain()))),
        "meta": described("Fields of the record, among others.", json!({ "type": "object", "minProperties": 1 })),
        "scores": described("Scores, among others: a number, or a table with `min` and `max`.", named(or_reference(range))),
        "kept": described("It is kept.", or_reference(json!({ "type": "boolean", "const": true }))),
        "dropped": described("It is dropped, for this reason.", text()),
        "duplicate": described("It repeats the document with this id.", text()),
        "failed": described("It fails, for this reason.", text()),
        "contains": described("Items among others, and parts of the text.", parts),
        "golden": described("A file that holds the whole document; `warraq test --bless` writes it.", text()),
    }));
    expect["minProperties"] = 1.into();
    expect
}

/// `contains`
pub(super) fn parts() -> Value {
    let list = |item: Value| json!({ "type": "array", "minItems": 1, "items": item });
    let plain = || json!({ "type": "string" });
    let mut parts = closed(json!({
        "text": described("Parts of the text.", texts()),
        "tokens": described("Some of the tokens.", list(plain())),
        "words": described("Some of the words.", list(plain())),
        "sentences": described("Some of the sentences.", list(plain())),
        "spans": described("Some of the spans.", list(span())),
        "removed": described("Some of what was removed.", list(removed())),
    }));
    parts["minProperties"] = 1.into();
    parts
}

/// A span; what is not given is not compared.
pub(super) fn span() -> Value {
    let offset = || or_reference(json!({ "type": "integer" }));
    let mut span = closed(json!({
        "label": json!({ "type": "string" }),
        "text": json!({ "type": "string" }),
        "start": described("The first code point, from 0.", offset()),
        "end": described("The code point past the end.", offset()),
        "source": described("The stage that found it.", json!({ "type": "string" })),
    }));
    span["minProperties"] = 1.into();
    span
}

/// A removal; what is not given is not compared.
pub(super) fn removed() -> Value {
    let text = || json!({ "type": "string" });
    let mut removed = closed(json!({ "label": text(), "text": text(), "reason": text() }));
    removed["minProperties"] = 1.into();
    removed
}

/// `[expect]`
pub(super) fn expect() -> Value {
    let comparison = |percent: &str| {
        let one = json!({
            "anyOf": [
                { "type": "string", "pattern": format!(r"^\s*(>=|<=|>|<|=)\s*[0-9]+(\.[0-9]+)?\s*{percent}\s*$") },
                template(),
            ],
        });
        json!({ "if": { "type": "array" }, "then": { "type": "array", "minItems": 1, "items": one }, "else": one })
    };
    let (share, number) = (|| comparison("%?"), || comparison(""));
    let named = || json!({ "type": "object", "additionalProperties": share(), "propertyNames": { "minLength": 1 } });
    json!({
        "type": "object",
        "properties": {
            "read": described("Documents read, such as \">= 1000\".", number()),
            "kept": described("Documents kept: a number, or a share of those read.", share()),
            "dropped": described("Documents dropped: a number, or a share of those read.", share()),
            "duplicate": described("Duplicates: a number, or a share of the documents read.", share()),
            "failed": described("Documents failed: a number, or a share of those read.", share()),
            "dropped_by": described("Documents dropped by `STAGE` or for `STAGE: REASON`.", named()),
            "tokens_per_document": described("Mean number of tokens of a kept document.", number()),
            "lang": described("Kept documents of a language.", named()),
            "labels": described("Spans with a label in kept documents; as a share, the documents that have one.", named()),
        },
        "additionalProperties": no_others(),
    })
}
