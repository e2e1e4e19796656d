//! What came of a document, in a form that can be kept and compared.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use warraq_core::{Changes, Error, ErrorKind, LabelId, Labels, ProposedVerdict};

/// What came of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something was handed over: its parts by name, each as a hash.
    Done(Vec<(&'static str, u64)>),
    /// It failed, or the host refused what it got.
    Failed { kind: ErrorKind, reason: String, message: String },
}

impl Outcome {
    /// What was proposed, by text and name, so that ids make no difference.
    pub(super) fn of_changes(changes: &Changes, labels: &Labels) -> Self {
        let name = |id: LabelId| labels.try_name(id);
        let parts = changes.parts();
        let mut all = Vec::new();
        let mut add = |part: &'static str, feed: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            feed(&mut hasher);
            all.push((part, hasher.finish()));
        };
        add("edits", &|h| {
            for edit in parts.edits.edits() {
                (edit.start, edit.end, parts.edits.replacement(edit)).hash(h);
                (edit.label.map(name), edit.reason.map(name)).hash(h);
            }
        });
        add("replaced layers", &|h| format!("{:?}", parts.replaced).hash(h));
        add("tokens", &|h| parts.tokens.iter().for_each(|t| (t.start, t.end, t.kind).hash(h)));
        add("words", &|h| parts.words.iter().for_each(|w| (w.token, w.start, w.end).hash(h)));
        add("sentences", &|h| parts.sentences.iter().for_each(|s| (s.start, s.end).hash(h)));
        add("spans", &|h| {
            for span in parts.spans {
                (span.start, span.end, name(span.label), span.score.to_bits(), name(span.source)).hash(h);
            }
        });
        add("columns", &|h| {
            for column in parts.columns {
                (name(column.name), column.layer).hash(h);
                column.cells.iter().for_each(|cell| cell.get(parts.forms).hash(h));
            }
        });
        add("meta fields", &|h| changes.meta_fields().for_each(|field| field.hash(h)));
        add("scores", &|h| parts.scores.iter().for_each(|s| (name(s.name), s.value.to_bits()).hash(h)));
        add("language", &|h| parts.lang.hash(h));
        add("rebased text", &|h| parts.rebased.hash(h));
        add("verdict", &|h| match parts.verdict {
            None => {}
            Some(ProposedVerdict::Drop { reason, message }) => (1, name(reason), message).hash(h),
            Some(ProposedVerdict::Duplicate { kept_id }) => (2, kept_id).hash(h),
        });
        Outcome::Done(all)
    }

    /// Bytes that were handed over.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        Outcome::Done(vec![("bytes", hasher.finish())])
    }

    pub(super) fn of_error(error: &Error) -> Self {
        Outcome::Failed { kind: error.kind, reason: error.reason.to_string(), message: error.message.clone() }
    }

    /// In what this differs from another, if it does.
    pub(super) fn difference(&self, other: &Outcome) -> Option<String> {
        match (self, other) {
            (a, b) if a == b => None,
            (Outcome::Done(a), Outcome::Done(b)) => {
                let parts = a.iter().zip(b).filter(|(a, b)| a != b).map(|((part, _), _)| *part);
                Some(format!("other {}", parts.collect::<Vec<_>>().join(", ")))
            }
            (Outcome::Done(_), Outcome::Failed { reason, message, .. }) => {
                Some(format!("a failure: {reason}: {message}"))
            }
            (Outcome::Failed { reason, message, .. }, Outcome::Done(_)) => {
                Some(format!("no failure where there was one: {reason}: {message}"))
            }
            (Outcome::Failed { message: a, .. }, Outcome::Failed { message: b, .. }) => {
                Some(format!("another failure: {a:?}, then {b:?}"))
            }
        }
    }
}
