//! What a stage sees of a document: borrowed slices and nothing that could change it.

use crate::{Column, Document, LabelId, Layer, Meta, Score, Sentence, Span, Token, Word};

/// A read-only view of a document. All offsets are byte offsets into [`DocView::text`].
#[derive(Clone, Copy, Debug)]
pub struct DocView<'a> {
    /// The document's id.
    pub id: &'a str,
    /// The text as the stages before have left it.
    pub text: &'a str,
    /// The language tag (BCP 47), if known.
    pub lang: Option<&'a str>,
    /// The record's other fields.
    pub meta: &'a Meta,
    /// Surface tokens.
    pub tokens: &'a [Token],
    /// Syntactic words.
    pub words: &'a [Word],
    /// Sentences.
    pub sentences: &'a [Sentence],
    /// Labelled spans.
    pub spans: &'a [Span],
    /// Side columns.
    pub columns: &'a [Column],
    /// The strings that the cells of `columns` point into.
    pub forms: &'a str,
    /// Numbers computed by filters.
    pub scores: &'a [Score],
}

impl<'a> DocView<'a> {
    /// The text between two byte offsets, such as those of a token.
    ///
    /// # Panics
    /// If the offsets are not a range of the text; those of the view's own layers always are.
    pub fn slice(&self, start: u32, end: u32) -> &'a str {
        &self.text[start as usize..end as usize]
    }

    /// The column of this name and layer.
    pub fn column(&self, layer: Layer, name: LabelId) -> Option<&'a Column> {
        self.columns.iter().find(|c| c.layer == layer && c.name == name)
    }

    /// The score of this name.
    pub fn score(&self, name: LabelId) -> Option<f64> {
        self.scores.iter().find(|s| s.name == name).map(|s| s.value)
    }
}

impl Document {
    /// The document as a stage sees it.
    pub fn view(&self) -> DocView<'_> {
        DocView {
            id: &self.id,
            text: &self.text,
            lang: self.lang(),
            meta: &self.meta,
            tokens: &self.tokens,
            words: &self.words,
            sentences: &self.sentences,
            spans: &self.spans,
            columns: &self.columns,
            forms: &self.forms,
            scores: &self.scores,
        }
    }
}
