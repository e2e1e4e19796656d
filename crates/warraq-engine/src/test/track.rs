//! Looks on while a test's document goes through the stages, to name the one that first departed from what was expected.

use super::seen::{Seen, see};
use super::{Failure, Line, compare};
use crate::config::LayerExpectation;
use crate::plan::Plan;
use crate::probe::{Did, Watch};
use warraq_core::Document;

/// One expected layer on its way.
struct Followed<'a> {
    expect: &'a LayerExpectation,
    seen: Seen,
    holds: bool,
    /// The stage after which it was no longer what is expected.
    lost: Option<usize>,
    /// The last stage that changed it.
    changed: Option<usize>,
}

pub(super) struct Track<'a> {
    plan: &'a Plan,
    layers: Vec<Followed<'a>>,
    /// Failures that were skipped: what a layer lacks may be their fault.
    skipped: Vec<(usize, String)>,
}

impl<'a> Track<'a> {
    pub(super) fn new(expected: &'a [LayerExpectation], plan: &'a Plan, doc: &Document) -> Self {
        let layers = expected.iter().map(|expect| {
            let seen = see(expect.layer, doc, &plan.labels);
            let holds = compare::holds(&expect.value, &seen);
            Followed { expect, seen, holds, lost: None, changed: None }
        });
        Track { plan, layers: layers.collect(), skipped: Vec::new() }
    }

    pub(super) fn failures(self) -> Vec<Failure> {
        let name = |stage: usize| self.plan.stage_names[stage].clone();
        let failures = self.layers.iter().filter(|followed| !followed.holds).map(|followed| {
            let (stage, why) = match (followed.lost, followed.changed) {
                (Some(stage), _) => (Some(stage), format!("as expected until stage `{}`", name(stage))),
                (None, Some(stage)) => {
                    (Some(stage), format!("never as expected; last changed by stage `{}`", name(stage)))
                }
                (None, None) => (None, "not as expected, and no stage changed it".to_owned()),
            };
            let mut diff = compare::diff(&followed.expect.value, &followed.seen);
            for (stage, error) in &self.skipped {
                diff.push(Line::new('=', format!("stage `{}` failed and was skipped: {error}", name(*stage))));
            }
            Failure { layer: followed.expect.layer.name().to_owned(), stage: stage.map(name), why, diff }
        });
        failures.collect()
    }
}

impl Watch for Track<'_> {
    fn after(&mut self, stage: usize, doc: &Document, did: &Did) {
        if let Did::Skipped(error) = did {
            self.skipped.push((stage, error.message.clone()));
        }
        for followed in &mut self.layers {
            let now = see(followed.expect.layer, doc, &self.plan.labels);
            if now == followed.seen {
                continue;
            }
            let holds = compare::holds(&followed.expect.value, &now);
            match (followed.holds, holds) {
                (true, false) => followed.lost = Some(stage),
                (false, true) => followed.lost = None,
                _ => {}
            }
            (followed.seen, followed.holds, followed.changed) = (now, holds, Some(stage));
        }
    }
}
