//! The document: one text, its annotation layers, and where all of it came from.

use crate::carry::Carry;
use crate::{Column, DocumentLimits, LabelId, Layer, Meta, Sentence, SourceMap, Span, StageIndex, Token, Word};

/// A number that a filter computed, kept apart from any threshold so that a corpus can be re-cut without being re-run.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Score {
    /// Its name, such as `length.words`.
    pub name: LabelId,
    /// Its value; always finite.
    pub value: f64,
}

/// A deletion on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// First byte in the source text.
    pub source_start: u32,
    /// Byte past the end in the source text.
    pub source_end: u32,
    /// What it was, such as `tashkeel`.
    pub label: LabelId,
    /// Why it went, where the label alone does not say.
    pub reason: Option<LabelId>,
    /// Which stage took it out.
    pub stage: StageIndex,
}

/// What becomes of a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Verdict {
    /// It goes on.
    #[default]
    Keep,
    /// A filter dropped it.
    Dropped {
        /// The stage that dropped it.
        stage: StageIndex,
        /// Why, in a stable word.
        reason: LabelId,
        /// Why, for a person; may be empty.
        message: String,
    },
    /// It repeats another document.
    Duplicate {
        /// The stage that found it.
        stage: StageIndex,
        /// The id of the document that was kept.
        kept_id: String,
    },
}

/// One document. It is changed only through [`Document::apply`] and, before the first stage, by the source that fills it.
///
/// A document can be [reset](Document::reset) and filled again; its buffers are then reused.
#[derive(Debug, Default)]
pub struct Document {
    pub(crate) id: String,
    pub(crate) text: String,
    /// The source text, once `text` has left it; empty while they are the same.
    pub(crate) source: String,
    pub(crate) edited: bool,
    pub(crate) rebased: Option<StageIndex>,
    pub(crate) lang: String,
    pub(crate) meta: Meta,
    pub(crate) tokens: Vec<Token>,
    pub(crate) words: Vec<Word>,
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) spans: Vec<Span>,
    pub(crate) columns: Vec<Column>,
    /// The strings of all columns.
    pub(crate) forms: String,
    pub(crate) map: SourceMap,
    pub(crate) removed: Vec<Removed>,
    pub(crate) scores: Vec<Score>,
    pub(crate) verdict: Verdict,
    pub(crate) limits: DocumentLimits,
    /// Scratch space of `apply`.
    pub(crate) spare: String,
    pub(crate) carry: Carry,
    pub(crate) moved: Vec<u32>,
    pub(crate) touched: Vec<bool>,
}

impl Document {
    /// An empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// A document with this id and text.
    pub fn with_text(id: &str, text: &str) -> Self {
        let mut document = Self::new();
        document.set_id(id);
        document.text_mut().push_str(text);
        document
    }

    /// Makes the document empty and keeps its buffers.
    pub fn reset(&mut self) {
        self.id.clear();
        self.text.clear();
        self.source.clear();
        self.edited = false;
        self.rebased = None;
        self.lang.clear();
        self.meta.clear();
        self.tokens.clear();
        self.words.clear();
        self.sentences.clear();
        self.spans.clear();
        self.columns.clear();
        self.forms.clear();
        self.map.clear();
        self.removed.clear();
        self.scores.clear();
        self.verdict = Verdict::Keep;
    }

    /// Sets how many items it may have from now on, also after a [reset](Document::reset).
    pub fn set_limits(&mut self, limits: DocumentLimits) {
        self.limits = limits;
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Gives it an id.
    pub fn set_id(&mut self, id: &str) {
        self.id.clear();
        self.id.push_str(id);
    }

    /// The text as it is now.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, for the source that fills the document.
    ///
    /// # Panics
    /// If a stage has already changed the document: from then on only [`Document::apply`] may.
    pub fn text_mut(&mut self) -> &mut String {
        assert!(!self.edited && self.tokens.is_empty(), "a document's text is filled before its first stage");
        &mut self.text
    }

    /// The text as the source decoded it, before any stage.
    pub fn source(&self) -> &str {
        if self.edited { &self.source } else { &self.text }
    }

    /// The stage that replaced the source by its own output, if one did; source offsets count from there.
    pub fn rebased(&self) -> Option<StageIndex> {
        self.rebased
    }

    /// The language tag (BCP 47), if known.
    pub fn lang(&self) -> Option<&str> {
        (!self.lang.is_empty()).then_some(&*self.lang)
    }

    /// Sets the language tag; an empty one means unknown.
    pub fn set_lang(&mut self, lang: &str) {
        self.lang.clear();
        self.lang.push_str(lang);
    }

    /// The record's other fields.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The record's other fields, for the source that fills the document.
    pub fn meta_mut(&mut self) -> &mut Meta {
        &mut self.meta
    }

    /// Surface tokens.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Syntactic words.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// Sentences.
    pub fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// Labelled spans.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Side columns, in the order they were first written.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The value of `column` at `item`, if it has one.
    pub fn cell(&self, column: &Column, item: usize) -> Option<&str> {
        column.cells.get(item)?.get(&self.forms)
    }

    /// The column of this name and layer.
    pub fn column(&self, layer: Layer, name: LabelId) -> Option<&Column> {
        self.columns.iter().find(|c| c.layer == layer && c.name == name)
    }

    /// The way from the text back to the source.
    pub fn source_map(&self) -> &SourceMap {
        &self.map
    }

    /// What was removed, in the order it was.
    pub fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// Scores, in the order they were first set.
    pub fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// What becomes of it.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }
}
