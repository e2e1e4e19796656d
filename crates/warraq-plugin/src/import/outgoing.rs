//! From documents to the ABI's views. What has the same layout is borrowed from the document; meta fields, columns and the like
//! go through buffers that are reused.

use crate::abi::{self, NONE, Sized32, WqColumn, WqDocView, WqField, WqRemoved, WqStr};
use warraq_core::{DocView, Layer, Layers, Origin};

/// Buffers for one view.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    fields: Vec<WqField>,
    columns: Vec<WqColumn>,
    removed: Vec<WqRemoved>,
    stages: Vec<WqStr>,
}

// SAFETY: what the pointers in the buffers lead to is used only during the call they were made for.
unsafe impl Send for Scratch {}

impl Scratch {
    /// Overwrites the buffers, for a test that looks whether anything still leads there.
    pub(super) fn spoil(&mut self) {
        self.fields.fill(WqField { key: WqStr::NULL, json: WqStr::NULL });
        self.columns.fill(WqColumn { name: NONE, layer: 0, cells: std::ptr::null(), n_cells: 0 });
        self.removed.fill(WqRemoved { source_start: 0, source_end: 0, label: NONE, reason: NONE, stage: NONE });
        self.stages.fill(WqStr::NULL);
    }

    /// The view that a stage gets which reads `reads`. It borrows from `doc` and from this.
    pub(super) fn view(&mut self, doc: &DocView<'_>, reads: Layers) -> WqDocView {
        let mut view = WqDocView::empty();
        view.rebased = NONE;
        view.id = WqStr::of(doc.id);
        if reads.contains(Layer::Text) {
            view.text = WqStr::of(doc.text);
        }
        if reads.contains(Layer::Lang) {
            view.lang = WqStr::of(doc.lang.unwrap_or_default());
        }
        if reads.contains(Layer::Meta) {
            self.fields.clear();
            self.fields
                .extend(doc.meta.iter().map(|(key, json)| WqField { key: WqStr::of(key), json: WqStr::of(json) }));
            (view.meta, view.n_meta) = (self.fields.as_ptr(), self.fields.len());
        }
        if reads.contains(Layer::Tokens) {
            // A token of ours is one of the ABI's: the layouts are asserted to be equal.
            (view.tokens, view.n_tokens) = (doc.tokens.as_ptr().cast(), doc.tokens.len());
        }
        if reads.contains(Layer::Words) {
            (view.words, view.n_words) = (doc.words.as_ptr(), doc.words.len());
        }
        if reads.contains(Layer::Sentences) {
            (view.sentences, view.n_sentences) = (doc.sentences.as_ptr(), doc.sentences.len());
        }
        if reads.contains(Layer::Spans) {
            (view.spans, view.n_spans) = (doc.spans.as_ptr(), doc.spans.len());
        }
        if reads.contains(Layer::Columns) {
            self.columns.clear();
            self.columns.extend(doc.columns.iter().map(|column| WqColumn {
                name: column.name.0,
                layer: abi::layer_bit(column.layer),
                cells: column.cells.as_ptr(),
                n_cells: column.cells.len(),
            }));
            (view.columns, view.n_columns) = (self.columns.as_ptr(), self.columns.len());
            view.forms = WqStr::of(doc.forms);
        }
        if reads.contains(Layer::Scores) {
            (view.scores, view.n_scores) = (doc.scores.as_ptr(), doc.scores.len());
        }
        view
    }

    /// The view that an export gets: all of the document, and where it came from.
    pub(super) fn whole(&mut self, doc: &DocView<'_>, origin: &Origin<'_>, stages: &[String]) -> WqDocView {
        let mut view = self.view(doc, Layers::ALL);
        view.rebased = origin.rebased.map_or(NONE, u32::from);
        view.source = WqStr::of(origin.source);
        (view.runs, view.n_runs) = (origin.runs.as_ptr(), origin.runs.len());
        self.removed.clear();
        self.removed.extend(origin.removed.iter().map(|r| WqRemoved {
            source_start: r.source_start,
            source_end: r.source_end,
            label: r.label.0,
            reason: r.reason.map_or(NONE, |reason| reason.0),
            stage: u32::from(r.stage),
        }));
        (view.removed, view.n_removed) = (self.removed.as_ptr(), self.removed.len());
        self.stages.clear();
        self.stages.extend(stages.iter().map(|name| WqStr::of(name)));
        (view.stages, view.n_stages) = (self.stages.as_ptr(), self.stages.len());
        view
    }
}
