//! What a stage sees of a document: borrowed slices and nothing that could change it.

use crate::{Column, Document, LabelId, Layer, Meta, Removed, Run, Score, Sentence, Span, StageIndex, Token, Word};

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

/// Where a document came from: what a view does not show, because stages have no use for it, and exports have.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The text as the source decoded it.
    pub source: &'a str,
    /// The source map of the text.
    pub runs: &'a [Run],
    /// What was removed.
    pub removed: &'a [Removed],
    /// The stage that replaced the source by its own output, if one did.
    pub rebased: Option<StageIndex>,
}

impl Document {
    /// Where the document came from.
    pub fn origin(&self) -> Origin<'_> {
        Origin { source: self.source(), runs: self.map.runs(), removed: &self.removed, rebased: self.rebased }
    }

    /// Makes this document what another one was, on the other side of a plugin boundary. Nothing is checked: both parts come
    /// from a document.
    pub fn restore(&mut self, view: &DocView<'_>, origin: &Origin<'_>) {
        self.reset();
        self.id.push_str(view.id);
        self.text.push_str(view.text);
        self.lang.push_str(view.lang.unwrap_or_default());
        view.meta.iter().for_each(|(key, json)| self.meta.push(key, json));
        self.tokens.extend_from_slice(view.tokens);
        self.words.extend_from_slice(view.words);
        self.sentences.extend_from_slice(view.sentences);
        self.spans.extend_from_slice(view.spans);
        self.columns.extend_from_slice(view.columns);
        self.forms.push_str(view.forms);
        self.scores.extend_from_slice(view.scores);
        self.edited = !origin.runs.is_empty();
        if self.edited {
            self.source.push_str(origin.source);
        }
        self.map.restore(origin.runs);
        self.removed.extend_from_slice(origin.removed);
        self.rebased = origin.rebased;
    }

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
