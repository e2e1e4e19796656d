//! From the ABI's view of a document to a [`DocView`], or to a whole [`Document`] for exports. What has the same layout on both
//! sides is borrowed; meta fields and columns, which have not, go through buffers that are reused.

use crate::abi::{self, NONE, WqDocView};
use crate::read::{host_items, host_text};
use warraq_core::{Column, DocView, Document, LabelId, Layer, Meta, Origin, Removed, StageIndex, Token, TokenKind};

// A token crosses as it is once its kind is known to be one of ours.
const _: () =
    assert!(size_of::<Token>() == size_of::<abi::WqToken>() && align_of::<Token>() == align_of::<abi::WqToken>());
const _: () = assert!(std::mem::offset_of!(Token, kind) == std::mem::offset_of!(abi::WqToken, kind));

/// Buffers for one view.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    meta: Meta,
    columns: Vec<Column>,
    tokens: Vec<Token>,
    removed: Vec<Removed>,
    stages: Vec<String>,
}

impl Inbox {
    /// The view, borrowed from the host and from this.
    ///
    /// # Safety
    /// `view` is what the host passed to a call that has not returned.
    pub(super) unsafe fn view<'a>(&'a mut self, view: &'a WqDocView) -> DocView<'a> {
        // SAFETY: the host keeps the contract of the header.
        unsafe {
            self.meta.clear();
            for field in host_items(view.meta, view.n_meta) {
                self.meta.push(host_text(field.key), host_text(field.json));
            }
            self.columns.truncate(view.n_columns);
            for (n, column) in host_items(view.columns, view.n_columns).iter().enumerate() {
                let layer = abi::column_layer(column.layer).unwrap_or(Layer::Tokens);
                if n == self.columns.len() {
                    self.columns.push(Column { name: LabelId(0), layer, cells: Vec::new() });
                }
                let own = &mut self.columns[n];
                (own.name, own.layer) = (LabelId(column.name), layer);
                own.cells.clear();
                own.cells.extend_from_slice(host_items(column.cells, column.n_cells));
            }
            let tokens = host_items(view.tokens, view.n_tokens);
            let tokens = if tokens.iter().all(|t| usize::from(t.kind) < TokenKind::ALL.len()) {
                // The kinds are all known, so these are tokens of ours, layout and values.
                host_items(view.tokens.cast::<Token>(), view.n_tokens)
            } else {
                // A later host has kinds that this plugin does not know.
                let own = tokens.iter().map(|t| Token { start: t.start, end: t.end, kind: abi::token_kind(t.kind) });
                self.tokens.clear();
                self.tokens.extend(own);
                &self.tokens
            };
            let lang = host_text(view.lang);
            DocView {
                id: host_text(view.id),
                text: host_text(view.text),
                lang: (!lang.is_empty()).then_some(lang),
                meta: &self.meta,
                tokens,
                words: host_items(view.words, view.n_words),
                sentences: host_items(view.sentences, view.n_sentences),
                spans: host_items(view.spans, view.n_spans),
                columns: &self.columns,
                forms: host_text(view.forms),
                scores: host_items(view.scores, view.n_scores),
            }
        }
    }

    /// The document, rebuilt in `doc`, and the names of the pipeline's stages.
    ///
    /// # Safety
    /// As [`Inbox::view`].
    pub(super) unsafe fn document(&mut self, view: &WqDocView, doc: &mut Document) -> &[String] {
        // SAFETY: the host keeps the contract of the header.
        unsafe {
            let mut removed = std::mem::take(&mut self.removed);
            removed.clear();
            removed.extend(host_items(view.removed, view.n_removed).iter().map(|r| Removed {
                source_start: r.source_start,
                source_end: r.source_end,
                label: LabelId(r.label),
                reason: (r.reason != NONE).then_some(LabelId(r.reason)),
                stage: r.stage as StageIndex,
            }));
            let origin = Origin {
                source: host_text(view.source),
                runs: host_items(view.runs, view.n_runs),
                removed: &removed,
                rebased: (view.rebased != NONE).then_some(view.rebased as StageIndex),
            };
            doc.restore(&self.view(view), &origin);
            self.removed = removed;
            let stages = host_items(view.stages, view.n_stages);
            // The names are the same for the whole run.
            if stages.len() != self.stages.len() {
                self.stages = stages.iter().map(|name| host_text(*name).to_owned()).collect();
            }
            &self.stages
        }
    }
}
