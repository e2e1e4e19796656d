//! From [`Changes`], errors and bytes to the ABI's structs. An [`Outbox`] is the memory that the host reads from until the next
//! call on the same worker.

use super::quiet::catch_unwind;
use crate::abi::{self, FAILED, NONE, OK, WqBytes, WqChanges, WqColumn, WqEdit, WqField, WqOutput, WqResult, WqStr};
use crate::read::panic_message;
use std::panic::AssertUnwindSafe;
use std::thread;
use warraq_core::{Changes, Error, ProposedVerdict, Result};

/// What came of one document, or of one call.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) changes: Changes,
    pub(super) bytes: Vec<u8>,
    edits: Vec<WqEdit>,
    fields: Vec<WqField>,
    columns: Vec<WqColumn>,
    failed: bool,
    reason: String,
    message: String,
}

impl Outbox {
    /// Ready for the next document.
    pub(super) fn clear(&mut self) {
        self.changes.clear();
        self.bytes.clear();
        self.failed = false;
    }

    /// What came of a call of the author's: its value is kept by `keep`, a failure or a panic as text. Whether it panicked.
    ///
    /// Errors and panics are the author's own types: showing and dropping them may panic too, and is caught as well.
    pub(super) fn take<T>(&mut self, outcome: thread::Result<Result<T>>, keep: impl FnOnce(&mut Self, T)) -> bool {
        match outcome {
            Ok(Ok(value)) => {
                keep(self, value);
                false
            }
            Ok(Err(error)) => {
                let told = catch_unwind(AssertUnwindSafe(|| {
                    let texts = (error.reason.to_string(), with_sources(&error));
                    drop(error);
                    texts
                }));
                let (reason, message) = told.unwrap_or_else(|panic| {
                    std::mem::forget(panic);
                    ("panic".to_owned(), "the stage failed, and panicked when it was to say why".to_owned())
                });
                (self.failed, self.reason, self.message) = (true, reason, message);
                false
            }
            Err(panic) => {
                self.failed = true;
                self.reason.replace_range(.., "panic");
                self.message = format!("the stage panicked: {}", panic_message(&*panic));
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
                    std::mem::forget(panic);
                }
                true
            }
        }
    }

    /// A failure.
    pub(super) fn fail(&mut self, error: Error) {
        self.take::<()>(Ok(Err(error)), |_, ()| {});
    }

    /// Whether a failure was told.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }

    /// What went wrong, for a person.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    fn result(&self, status: i32) -> WqResult {
        if self.has_failed() {
            let status = if status == OK { FAILED } else { status };
            WqResult { status, reserved: 0, reason: WqStr::of(&self.reason), message: WqStr::of(&self.message) }
        } else {
            WqResult { status, ..WqResult::OK }
        }
    }

    /// Hands the bytes over; `status` is that of a call that can no longer be trusted, or [`OK`].
    pub(super) fn output(&self, status: i32, out: &mut WqOutput) {
        out.result = self.result(status);
        out.bytes = WqBytes::of(&self.bytes);
    }

    /// Hands the changes over.
    pub(super) fn fill(&mut self, status: i32, out: &mut WqChanges) {
        out.result = self.result(status);
        if out.result.status != OK {
            return;
        }
        let parts = self.changes.parts();
        self.edits.clear();
        self.edits.extend(parts.edits.edits().iter().map(|e| WqEdit {
            start: e.start,
            end: e.end,
            text_start: e.text_start,
            text_end: e.text_end,
            label: e.label.map_or(NONE, |label| label.0),
            reason: e.reason.map_or(NONE, |label| label.0),
        }));
        self.fields.clear();
        let fields = self.changes.meta_fields();
        self.fields.extend(fields.map(|(key, json)| WqField { key: WqStr::of(key), json: WqStr::of(json) }));
        self.columns.clear();
        self.columns.extend(parts.columns.iter().map(|c| WqColumn {
            name: c.name.0,
            layer: abi::layer_bit(c.layer),
            cells: c.cells.as_ptr(),
            n_cells: c.cells.len(),
        }));
        out.replaced = abi::layer_bits(parts.replaced);
        (out.edits, out.n_edits) = (self.edits.as_ptr(), self.edits.len());
        out.edit_text = WqStr::of(parts.edits.arena());
        // A token of ours is one of the ABI's: `inbox.rs` asserts the layout.
        (out.tokens, out.n_tokens) = (parts.tokens.as_ptr().cast(), parts.tokens.len());
        (out.words, out.n_words) = (parts.words.as_ptr(), parts.words.len());
        (out.sentences, out.n_sentences) = (parts.sentences.as_ptr(), parts.sentences.len());
        (out.spans, out.n_spans) = (parts.spans.as_ptr(), parts.spans.len());
        (out.columns, out.n_columns) = (self.columns.as_ptr(), self.columns.len());
        out.forms = WqStr::of(parts.forms);
        (out.meta, out.n_meta) = (self.fields.as_ptr(), self.fields.len());
        (out.scores, out.n_scores) = (parts.scores.as_ptr(), parts.scores.len());
        out.lang = parts.lang.map_or(WqStr::NULL, WqStr::of);
        out.rebased = parts.rebased.map_or(WqStr::NULL, WqStr::of);
        match parts.verdict {
            None => {}
            Some(ProposedVerdict::Drop { reason, message }) => {
                (out.verdict, out.reason, out.message) = (abi::DROP, reason.0, WqStr::of(message));
            }
            Some(ProposedVerdict::Duplicate { kept_id }) => {
                (out.verdict, out.message) = (abi::DUPLICATE, WqStr::of(kept_id));
            }
        }
    }
}

/// An error's message with those underneath.
fn with_sources(error: &Error) -> String {
    let mut text = error.message.clone();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text += &format!(": {source}");
        next = source.source();
    }
    text
}
