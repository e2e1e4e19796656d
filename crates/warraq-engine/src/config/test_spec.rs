//! `[[test]]` as it is run: one document in, and what is expected of it. Only data, as in [`spec`](super::spec).

use super::spec::{ScoreRange, Spanned};
use crate::diagnostic::Span;
use serde_json::Value;

/// `[[test]]`
#[derive(Clone, Debug)]
pub struct TestSpec {
    /// The header.
    pub span: Span,
    /// `name`; no other test of the pipeline has it.
    pub name: Spanned<String>,
    /// What goes in.
    pub input: TestInput,
    /// The stage to begin with; `None` is the first.
    pub from: Option<Spanned<String>>,
    /// The stage to end with, itself included; `None` is the last.
    pub to: Option<Spanned<String>>,
    /// What is to come of it.
    pub expect: TestExpect,
}

/// `input` of a test.
#[derive(Clone, Debug)]
pub struct TestInput {
    /// The table.
    pub span: Span,
    /// What the document is made of.
    pub content: TestContent,
    /// The id of a text's document, or the one to pick of a file's.
    pub id: Option<Spanned<String>>,
    /// The language of a text's document.
    pub lang: Option<Spanned<String>>,
    /// Other fields of a text's document, with their JSON.
    pub meta: Vec<(String, Value)>,
    /// The index of the `[[source]]` that reads a record or a file, if the test says.
    pub source: Option<Spanned<usize>>,
}

/// What the document of a test is made of.
#[derive(Clone, Debug)]
pub enum TestContent {
    /// Its text.
    Text(String),
    /// A record, as a source reads it.
    Record(Spanned<String>),
    /// A file, relative to the file in which the path is written.
    File(Spanned<String>),
}

/// `expect` of a test.
#[derive(Clone, Debug)]
pub struct TestExpect {
    /// The table.
    pub span: Span,
    /// What becomes of the document.
    pub verdict: ExpectedVerdict,
    /// Its layers, each at most once.
    pub layers: Vec<LayerExpectation>,
    /// A file that holds the whole document, relative to the file in which the path is written.
    pub golden: Option<Spanned<String>>,
}

/// What is to become of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedVerdict {
    /// It is kept.
    Kept,
    /// It is dropped, for this reason.
    Dropped(String),
    /// It repeats the document with this id.
    Duplicate(String),
    /// It fails: it cannot be decoded, or a stage fails on it. The word is the stable reason that reports count by.
    Failed(String),
}

/// A layer that tests look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestLayer {
    /// The text.
    Text,
    /// The language tag.
    Lang,
    /// The texts of the tokens.
    Tokens,
    /// The kinds of the tokens.
    Kinds,
    /// The texts of the syntactic words.
    Words,
    /// The texts of the sentences.
    Sentences,
    /// Labelled spans.
    Spans,
    /// Deletions on record.
    Removed,
    /// Side columns.
    Columns,
    /// The record's other fields.
    Meta,
    /// Numbers computed by stages.
    Scores,
}

impl TestLayer {
    /// All of them with their keys.
    pub const ALL: [(&'static str, Self); 11] = [
        ("text", Self::Text),
        ("lang", Self::Lang),
        ("tokens", Self::Tokens),
        ("kinds", Self::Kinds),
        ("words", Self::Words),
        ("sentences", Self::Sentences),
        ("spans", Self::Spans),
        ("removed", Self::Removed),
        ("columns", Self::Columns),
        ("meta", Self::Meta),
        ("scores", Self::Scores),
    ];

    /// Its key in `expect`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// What one layer is to be.
#[derive(Clone, Debug)]
pub struct LayerExpectation {
    /// The layer.
    pub layer: TestLayer,
    /// Where it is written.
    pub span: Span,
    /// What it is to be.
    pub value: Expected,
}

/// A value or a list that is to be there, as a whole or in part.
#[derive(Clone, Debug)]
pub enum Expected {
    /// Exactly this text.
    Text(String),
    /// Each of these somewhere in the text.
    Parts(Vec<String>),
    /// Exactly these items. Of an item that is a table, only the keys that are given count.
    Items(Vec<Value>),
    /// Each of these items, among others and in any order.
    Some(Vec<Value>),
    /// These fields, among others.
    Fields(Vec<(String, ExpectedField)>),
}

/// What a named value is to be.
#[derive(Clone, Debug)]
pub enum ExpectedField {
    /// This value.
    Value(Value),
    /// A number in this range.
    Range(ScoreRange),
}
