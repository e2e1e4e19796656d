//! What a stage says about itself: data, from which `describe`, the manual, the schema and the tests are made.

use crate::Layers;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

type Text = Cow<'static, str>;

/// In which order a stage sees documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Any, on many threads.
    Parallel,
    /// The order of the input.
    InOrder,
}

/// A stage's description.
#[derive(Clone, Debug)]
pub struct StageInfo {
    /// `family.name`, as in `use = "clean.arabic"`.
    pub name: Text,
    /// One line, for lists.
    pub summary: Text,
    /// The manual, in Markdown: what it does, what it leaves alone, why.
    pub manual: Text,
    /// The layers it reads; with some options it may need fewer ([`crate::Stage::reads`]).
    pub reads: Layers,
    /// The layers it may write.
    pub writes: Layers,
    /// Its order.
    pub order: Order,
    /// JSON Schema of its options.
    pub schema: Value,
    /// Examples, each executed by a test.
    pub examples: Vec<Example>,
}

/// An example: a text in, and what must come out of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Example {
    /// What it shows.
    pub title: Text,
    /// The stage's options, as TOML.
    pub options: Text,
    /// Stages that run before, with their default options.
    pub after: Vec<Text>,
    /// Files that the stage may ask for: path and contents.
    pub files: Vec<(Text, Text)>,
    /// The document's language tag, if it has one.
    pub lang: Option<Text>,
    /// Fields of the record: name and value as JSON.
    pub fields: Vec<(Text, Text)>,
    /// The document's text.
    pub input: Text,
    /// What must come out; what is `None` is not compared.
    pub expect: Expect,
}

/// The part of a result that an example shows. Layers are given by the text they cover.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Expect {
    /// The text afterwards.
    pub text: Option<Text>,
    /// The language tag; empty if there is none.
    pub lang: Option<Text>,
    /// The tokens.
    pub tokens: Option<Vec<Text>>,
    /// The export names of the tokens' kinds.
    pub kinds: Option<Vec<Text>>,
    /// The forms of the words.
    pub words: Option<Vec<Text>>,
    /// The sentences.
    pub sentences: Option<Vec<Text>>,
    /// The spans: label and text.
    pub spans: Option<Vec<(Text, Text)>>,
    /// What was removed: label and source text.
    pub removed: Option<Vec<(Text, Text)>>,
    /// Side columns of the tokens: name and values.
    pub columns: Option<Vec<(Text, Vec<Option<Text>>)>>,
    /// Side columns of the spans: name and values.
    pub span_columns: Option<Vec<(Text, Vec<Option<Text>>)>>,
    /// The fields of the record: name and value as JSON.
    pub meta: Option<Vec<(Text, Text)>>,
    /// Scores by name.
    pub scores: Option<Vec<(Text, f64)>>,
    /// The reason the document was dropped for.
    pub dropped: Option<Text>,
}

fn texts(items: &[&'static str]) -> Vec<Text> {
    items.iter().map(|&item| item.into()).collect()
}

fn pairs(items: &[(&'static str, &'static str)]) -> Vec<(Text, Text)> {
    items.iter().map(|&(a, b)| (a.into(), b.into())).collect()
}

fn cells(values: &[&'static str]) -> Vec<Option<Text>> {
    values.iter().map(|&value| (!value.is_empty()).then(|| value.into())).collect()
}

/// Builders, so that an example reads as a sentence.
impl Example {
    /// An example with this title and input.
    pub fn new(title: &'static str, input: &'static str) -> Self {
        Example { title: title.into(), input: input.into(), ..Self::default() }
    }

    /// With these options (TOML).
    #[must_use]
    pub fn options(mut self, toml: &'static str) -> Self {
        self.options = toml.into();
        self
    }

    /// After these stages.
    #[must_use]
    pub fn after(mut self, stages: &[&'static str]) -> Self {
        self.after = texts(stages);
        self
    }

    /// With this file at hand.
    #[must_use]
    pub fn file(mut self, path: &'static str, contents: &'static str) -> Self {
        self.files.push((path.into(), contents.into()));
        self
    }

    /// On a document of this language.
    #[must_use]
    pub fn lang(mut self, lang: &'static str) -> Self {
        self.lang = Some(lang.into());
        self
    }

    /// On a record with this field; the value is JSON.
    #[must_use]
    pub fn field(mut self, name: &'static str, json: &'static str) -> Self {
        self.fields.push((name.into(), json.into()));
        self
    }

    /// The text afterwards.
    #[must_use]
    pub fn text(mut self, text: &'static str) -> Self {
        self.expect.text = Some(text.into());
        self
    }

    /// The language tag afterwards; an empty one stands for none.
    #[must_use]
    pub fn expect_lang(mut self, lang: &'static str) -> Self {
        self.expect.lang = Some(lang.into());
        self
    }

    /// The text is left as it is.
    #[must_use]
    pub fn unchanged(mut self) -> Self {
        self.expect.text = Some(self.input.clone());
        self
    }

    /// The tokens.
    #[must_use]
    pub fn tokens(mut self, tokens: &[&'static str]) -> Self {
        self.expect.tokens = Some(texts(tokens));
        self
    }

    /// The kinds of the tokens.
    #[must_use]
    pub fn kinds(mut self, kinds: &[&'static str]) -> Self {
        self.expect.kinds = Some(texts(kinds));
        self
    }

    /// The forms of the words.
    #[must_use]
    pub fn words(mut self, words: &[&'static str]) -> Self {
        self.expect.words = Some(texts(words));
        self
    }

    /// The sentences.
    #[must_use]
    pub fn sentences(mut self, sentences: &[&'static str]) -> Self {
        self.expect.sentences = Some(texts(sentences));
        self
    }

    /// The spans: label and text.
    #[must_use]
    pub fn spans(mut self, spans: &[(&'static str, &'static str)]) -> Self {
        self.expect.spans = Some(pairs(spans));
        self
    }

    /// What was removed: label and source text.
    #[must_use]
    pub fn removed(mut self, removed: &[(&'static str, &'static str)]) -> Self {
        self.expect.removed = Some(pairs(removed));
        self
    }

    /// A column beside the tokens; an empty value stands for none.
    #[must_use]
    pub fn column(mut self, name: &'static str, values: &[&'static str]) -> Self {
        self.expect.columns.get_or_insert_default().push((name.into(), cells(values)));
        self
    }

    /// A column beside the spans; an empty value stands for none.
    #[must_use]
    pub fn span_column(mut self, name: &'static str, values: &[&'static str]) -> Self {
        self.expect.span_columns.get_or_insert_default().push((name.into(), cells(values)));
        self
    }

    /// The fields of the record; values are JSON.
    #[must_use]
    pub fn meta(mut self, fields: &[(&'static str, &'static str)]) -> Self {
        self.expect.meta = Some(pairs(fields));
        self
    }

    /// The scores.
    #[must_use]
    pub fn scores(mut self, scores: &[(&'static str, f64)]) -> Self {
        self.expect.scores = Some(scores.iter().map(|&(name, value)| (name.into(), value)).collect());
        self
    }

    /// The document is dropped for this reason.
    #[must_use]
    pub fn dropped(mut self, reason: &'static str) -> Self {
        self.expect.dropped = Some(reason.into());
        self
    }
}
