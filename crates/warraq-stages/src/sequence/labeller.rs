//! A model of labels at work on one thread.

use super::bio;
use super::{Hint, Model, Sums, Unit};
use crate::train::Forms;
use std::sync::Arc;
use warraq_core::{DocView, LabelId, LabelNames};

/// Labels documents; buffers for reuse.
#[derive(Debug)]
pub(crate) struct Labeller {
    model: Arc<Model>,
    /// The source of the spans that are hints, and the names of their labels.
    hints: Option<(LabelId, LabelNames)>,
    units: Vec<Unit>,
    sums: Sums,
    sentence: Vec<u16>,
    labels: Vec<u16>,
}

impl Labeller {
    /// One that takes the spans of a source as hints, if there is one.
    pub(crate) fn new(model: Arc<Model>, hints: Option<(LabelId, LabelNames)>) -> Self {
        let sums = Sums::new(&model);
        Labeller { model, hints, units: Vec::new(), sums, sentence: Vec::new(), labels: Vec::new() }
    }

    /// The number of each unit's label.
    pub(crate) fn label(&mut self, doc: &DocView<'_>, forms: &Forms<'_>) -> &[u16] {
        let source = self.hints.as_ref().map(|(source, _)| *source);
        let mut name = |label| match &mut self.hints {
            Some((_, names)) => Hint::new(names.get(label)),
            None => Hint::default(),
        };
        bio::units(doc, forms, source, &mut name, &mut self.units);
        self.labels.clear();
        for range in forms.sentences() {
            self.model.label(&self.units[range], &mut self.sums, &mut self.sentence);
            self.labels.extend_from_slice(&self.sentence);
        }
        &self.labels
    }
}
