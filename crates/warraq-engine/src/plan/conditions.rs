//! `when` and `where`, ready to be asked of a document: names are ids, values are compared as they stand.

use crate::config::{Condition, Scalar};
use std::borrow::Cow;
use warraq_core::{Document, LabelId, Labels};

/// A condition whose names have been looked up.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    /// The condition as the file says it.
    pub(super) condition: Condition,
    lang: Vec<String>,
    meta: Vec<(String, Vec<Scalar>)>,
    labels: Vec<LabelId>,
    scores: Vec<(LabelId, crate::config::ScoreRange)>,
}

impl Test {
    pub(super) fn new(condition: &Condition, labels: &Labels) -> Self {
        Test {
            condition: condition.clone(),
            lang: condition.lang.iter().map(|l| l.value.clone()).collect(),
            meta: condition
                .meta
                .iter()
                .map(|(key, values)| (key.value.clone(), values.iter().map(|v| v.value.clone()).collect()))
                .collect(),
            labels: condition.label.iter().map(|l| labels.intern(&l.value)).collect(),
            scores: condition.score.iter().map(|(name, range)| (labels.intern(&name.value), *range)).collect(),
        }
    }

    /// Whether the document meets all of it. A document without a language has the language `und`.
    pub(crate) fn holds(&self, doc: &Document) -> bool {
        let lang = doc.lang().unwrap_or("und");
        (self.lang.is_empty() || self.lang.iter().any(|l| l == lang))
            && self.meta.iter().all(|(key, values)| {
                doc.meta().get(key).is_some_and(|json| values.iter().any(|value| equals(value, json)))
            })
            && (self.labels.is_empty() || doc.spans().iter().any(|s| self.labels.contains(&s.label)))
            && self.scores.iter().all(|(name, range)| {
                doc.scores().iter().find(|s| s.name == *name).is_some_and(|s| range.contains(s.value))
            })
    }
}

/// Whether a raw JSON value is this scalar.
fn equals(value: &Scalar, json: &str) -> bool {
    match value {
        Scalar::Str(text) => serde_json::from_str::<Cow<'_, str>>(json).is_ok_and(|found| found == text.as_str()),
        Scalar::Bool(flag) => json == if *flag { "true" } else { "false" },
        Scalar::Int(number) => serde_json::from_str::<i64>(json).is_ok_and(|found| found == *number),
        Scalar::Float(number) => serde_json::from_str::<f64>(json).is_ok_and(|found| found == *number),
    }
}
