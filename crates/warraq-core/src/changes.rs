//! What a stage proposes. Nothing here touches a document; [`crate::Document::apply`] checks and carries it out.

use crate::edits::offset;
use crate::{Cell, Column, EditList, LabelId, Layer, Layers, Score, Sentence, Span, Token, Word};
use std::ops::Range;

/// The changes that one call of a worker proposes for one document, in the coordinates of the view it was given.
///
/// Buffers are reused: the runner clears the value before each call.
#[derive(Debug, Default)]
pub struct Changes {
    pub(crate) edits: EditList,
    pub(crate) tokens: Vec<Token>,
    pub(crate) words: Vec<Word>,
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) spans: Vec<Span>,
    pub(crate) columns: Vec<Column>,
    /// The strings of `columns`, of `meta` and of the verdict.
    pub(crate) arena: String,
    pub(crate) meta: Vec<(Range<usize>, Range<usize>)>,
    pub(crate) scores: Vec<Score>,
    pub(crate) lang: Option<Range<usize>>,
    pub(crate) verdict: Option<Proposed>,
    pub(crate) rebased: Option<String>,
    /// Layers that are replaced, rather than left as they are or added to.
    pub(crate) replaced: Layers,
}

#[derive(Debug)]
pub(crate) enum Proposed {
    Drop { reason: LabelId, message: Range<usize> },
    Duplicate { kept_id: Range<usize> },
}

/// What [`Changes`] hold, as borrowed slices.
#[derive(Clone, Copy, Debug)]
pub struct ChangeParts<'a> {
    /// Text edits.
    pub edits: &'a EditList,
    /// Layers that are replaced, rather than left as they are or added to.
    pub replaced: Layers,
    /// The new tokens.
    pub tokens: &'a [Token],
    /// The new words.
    pub words: &'a [Word],
    /// The new sentences.
    pub sentences: &'a [Sentence],
    /// Spans to be added.
    pub spans: &'a [Span],
    /// New side columns.
    pub columns: &'a [Column],
    /// The strings that the cells of `columns` point into.
    pub forms: &'a str,
    /// Scores.
    pub scores: &'a [Score],
    /// The new language tag.
    pub lang: Option<&'a str>,
    /// What is to become of the document.
    pub verdict: Option<ProposedVerdict<'a>>,
    /// The text that is to be the new source.
    pub rebased: Option<&'a str>,
}

/// What a stage proposes to become of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposedVerdict<'a> {
    /// It is dropped.
    Drop {
        /// The stable word that reports count by.
        reason: LabelId,
        /// For a person; may be empty.
        message: &'a str,
    },
    /// It repeats another.
    Duplicate {
        /// The id of the document that is kept.
        kept_id: &'a str,
    },
}

impl Changes {
    /// No changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything proposed and keeps the buffers.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.tokens.clear();
        self.words.clear();
        self.sentences.clear();
        self.spans.clear();
        self.columns.clear();
        self.arena.clear();
        self.meta.clear();
        self.scores.clear();
        self.lang = None;
        self.verdict = None;
        self.rebased = None;
        self.replaced = Layers::NONE;
    }

    /// Whether nothing is proposed.
    pub fn is_empty(&self) -> bool {
        self.written().is_empty()
    }

    /// The text edits proposed so far.
    pub fn edits(&self) -> &EditList {
        &self.edits
    }

    /// Replaces the bytes `range` of the text. Not put on record as a removal: for changes that keep what is written,
    /// such as normalisation. Edits come in the order of the text and do not overlap.
    pub fn replace(&mut self, range: Range<usize>, with: &str) {
        self.edits.push(range, with, None, None);
    }

    /// Replaces the bytes `range` and records what of them is gone as removed under `label`. The bytes that the
    /// replacement shares with the start and the end of the range do not count as removed.
    pub fn replace_labelled(&mut self, range: Range<usize>, with: &str, label: LabelId, reason: Option<LabelId>) {
        self.edits.push(range, with, Some(label), reason);
    }

    /// Deletes the bytes `range` and records them as removed under `label`.
    pub fn remove(&mut self, range: Range<usize>, label: LabelId) {
        self.edits.push(range, "", Some(label), None);
    }

    /// The new token layer, to be filled; it takes the place of the old one, with its words and columns.
    pub fn tokens(&mut self) -> &mut Vec<Token> {
        self.replaced = self.replaced.union(Layers::of(&[Layer::Tokens]));
        &mut self.tokens
    }

    /// The new word layer, to be filled; it takes the place of the old one, with its columns.
    pub fn words(&mut self) -> &mut Vec<Word> {
        self.replaced = self.replaced.union(Layers::of(&[Layer::Words]));
        &mut self.words
    }

    /// The new sentence layer, to be filled; it takes the place of the old one.
    pub fn sentences(&mut self) -> &mut Vec<Sentence> {
        self.replaced = self.replaced.union(Layers::of(&[Layer::Sentences]));
        &mut self.sentences
    }

    /// Spans to be added to those the document has.
    pub fn spans(&mut self) -> &mut Vec<Span> {
        &mut self.spans
    }

    /// Removes the spans that the document has, with their columns; those of [`Changes::spans`] take their place.
    pub fn clear_spans(&mut self) {
        self.replaced = self.replaced.union(Layers::of(&[Layer::Spans]));
    }

    /// A new side column of the tokens or the words, to be filled with one value per item of that layer as it is after
    /// this change. It takes the place of the column of that name.
    ///
    /// A column of the spans has one value for each of [`Changes::spans`], the spans that are added; those that the
    /// document has keep their values.
    pub fn column(&mut self, layer: Layer, name: LabelId) -> ColumnWriter<'_> {
        self.columns.push(Column { name, layer, cells: Vec::new() });
        let last = self.columns.len() - 1;
        ColumnWriter { column: &mut self.columns[last], arena: &mut self.arena }
    }

    /// Sets a field of the record. `json` is its value as JSON text, which must be valid.
    pub fn meta(&mut self, key: &str, json: &str) {
        let key = self.store(key);
        let json = self.store(json);
        self.meta.push((key, json));
    }

    /// Sets a score. The value must be finite.
    pub fn score(&mut self, name: LabelId, value: f64) {
        self.scores.push(Score { name, value });
    }

    /// Sets the language tag (BCP 47).
    pub fn lang(&mut self, tag: &str) {
        self.lang = Some(self.store(tag));
    }

    /// Drops the document. `reason` is the stable word that reports count by; `message` may be empty.
    pub fn drop_document(&mut self, reason: LabelId, message: &str) {
        let message = self.store(message);
        self.verdict = Some(Proposed::Drop { reason, message });
    }

    /// Drops the document as a repetition of the one with the id `kept_id`.
    pub fn duplicate_of(&mut self, kept_id: &str) {
        let kept_id = self.store(kept_id);
        self.verdict = Some(Proposed::Duplicate { kept_id });
    }

    /// Replaces the text by `text` and makes that the new source, with no way back to the old one: for stages that cannot
    /// say where their output came from. All layers go. Edits of the same call are refused.
    pub fn rebase(&mut self, text: String) {
        self.rebased = Some(text);
    }

    /// The layers that these changes write.
    pub fn written(&self) -> Layers {
        let mut written = self.replaced;
        for (layer, is_written) in [
            (Layer::Text, !self.edits.is_empty()),
            (Layer::Spans, !self.spans.is_empty()),
            (Layer::Columns, !self.columns.is_empty()),
            (Layer::Meta, !self.meta.is_empty()),
            (Layer::Scores, !self.scores.is_empty()),
            (Layer::Lang, self.lang.is_some()),
            (Layer::Verdict, self.verdict.is_some()),
            (Layer::Source, self.rebased.is_some()),
        ] {
            if is_written {
                written = written.union(Layers::of(&[layer]));
            }
        }
        written
    }

    /// Everything proposed, to be read: by whoever carries it elsewhere or shows it.
    pub fn parts(&self) -> ChangeParts<'_> {
        ChangeParts {
            edits: &self.edits,
            replaced: self.replaced,
            tokens: &self.tokens,
            words: &self.words,
            sentences: &self.sentences,
            spans: &self.spans,
            columns: &self.columns,
            forms: &self.arena,
            scores: &self.scores,
            lang: self.lang.clone().map(|range| &self.arena[range]),
            verdict: self.verdict.as_ref().map(|verdict| match verdict {
                Proposed::Drop { reason, message } => {
                    ProposedVerdict::Drop { reason: *reason, message: &self.arena[message.clone()] }
                }
                Proposed::Duplicate { kept_id } => ProposedVerdict::Duplicate { kept_id: &self.arena[kept_id.clone()] },
            }),
            rebased: self.rebased.as_deref(),
        }
    }

    /// The fields of the record that are set, in order: name and raw JSON.
    pub fn meta_fields(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.meta.iter().map(|(key, json)| (&self.arena[key.clone()], &self.arena[json.clone()]))
    }

    fn store(&mut self, text: &str) -> Range<usize> {
        let start = self.arena.len();
        self.arena.push_str(text);
        start..self.arena.len()
    }
}

/// Fills a side column, item by item.
#[derive(Debug)]
pub struct ColumnWriter<'a> {
    column: &'a mut Column,
    arena: &'a mut String,
}

impl ColumnWriter<'_> {
    /// The next item's value.
    pub fn push(&mut self, value: Option<&str>) {
        let cell = value.map_or(Cell::NONE, |value| {
            let start = offset(self.arena.len());
            self.arena.push_str(value);
            Cell { start, len: offset(value.len()) }
        });
        self.column.cells.push(cell);
    }
}
