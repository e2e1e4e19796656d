//! A model of labels at work on one thread.

use super::bio;
use super::{Hint, Model, Unit};
use crate::train::Forms;
use warraq_core::{DocView, LabelId, LabelNames};

/// Labels documents; buffers for reuse.
#[derive(Debug, Default)]
pub(crate) struct Labeller {
    /// The source of the spans that are hints, and the names of their labels.
    hints: Option<(LabelId, LabelNames)>,
    units: Vec<Unit>,
    scores: Vec<i32>,
    sentence: Vec<u16>,
    labels: Vec<u16>,
}

impl Labeller {
    /// One that takes the spans of a source as hints.
    pub(crate) fn with_hints(hints: Option<(LabelId, LabelNames)>) -> Self {
        Labeller { hints, ..Self::default() }
    }

    /// The number of each unit's label.
    pub(crate) fn label(&mut self, model: &Model, doc: &DocView<'_>, forms: &Forms<'_>) -> &[u16] {
        let source = self.hints.as_ref().map(|(source, _)| *source);
        let mut name = |label| match &mut self.hints {
            Some((_, names)) => Hint::new(names.get(label)),
            None => Hint::default(),
        };
        bio::units(doc, forms, source, &mut name, &mut self.units);
        self.labels.clear();
        for range in forms.sentences() {
            model.label(&self.units[range], &mut self.scores, &mut self.sentence);
            self.labels.extend_from_slice(&self.sentence);
        }
        &self.labels
    }
}
