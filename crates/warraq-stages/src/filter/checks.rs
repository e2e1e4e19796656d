//! What the reference filters do with each number: keep it as a score, and remember the first check that it fails.

use warraq_core::{Changes, LabelId, Labels};

/// A number and the reason for which a document goes when it is out of bounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    score: LabelId,
    reason: LabelId,
}

impl Check {
    pub(super) fn new(score: &str, reason: &str, labels: &Labels) -> Self {
        Check { score: labels.intern(score), reason: labels.intern(reason) }
    }
}

/// The checks of one document, in the order in which they decide.
///
/// All scores are kept, also those after the check that drops the document, so that a corpus can be cut anew with other
/// thresholds.
pub(super) struct Checks<'a> {
    out: &'a mut Changes,
    failed: bool,
}

impl<'a> Checks<'a> {
    pub(super) fn new(out: &'a mut Changes) -> Self {
        Checks { out, failed: false }
    }

    /// Keeps a number that decides nothing.
    pub(super) fn score(&mut self, name: LabelId, value: f64) {
        self.out.score(name, value);
    }

    /// The document goes if the value is greater than `most`; with `None` nothing is decided.
    pub(super) fn at_most(&mut self, check: Check, value: f64, most: Option<f64>) {
        self.out.score(check.score, value);
        if let Some(most) = most.filter(|most| value > *most) {
            self.fail(check.reason, || format!("{} is more than {most}", short(value)));
        }
    }

    /// The document goes if the value is less than `least`; with `None` nothing is decided.
    pub(super) fn at_least(&mut self, check: Check, value: f64, least: Option<f64>) {
        self.out.score(check.score, value);
        if let Some(least) = least.filter(|least| value < *least) {
            self.fail(check.reason, || format!("{} is less than {least}", short(value)));
        }
    }

    /// As both of the above, for one value: `low` names the score, and the reason when it is less than `least`.
    pub(super) fn between(&mut self, low: Check, high: LabelId, value: f64, least: Option<f64>, most: Option<f64>) {
        self.at_least(low, value, least);
        if let Some(most) = most.filter(|most| value > *most) {
            self.fail(high, || format!("{} is more than {most}", short(value)));
        }
    }

    /// Drops the document, unless an earlier check has.
    pub(super) fn fail(&mut self, reason: LabelId, message: impl FnOnce() -> String) {
        if !self.failed {
            self.failed = true;
            self.out.drop_document(reason, &message());
        }
    }

    /// Whether a check has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failed
    }
}

/// A value for a message: four digits after the point say enough.
fn short(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// `part / of`, and 0 where there is nothing to divide.
pub(super) fn ratio(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}
