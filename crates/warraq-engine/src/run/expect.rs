//! `[expect]` held against the account of a run that has finished.

use super::ledger::{Fate, Ledger};
use super::{End, Outcome};
use crate::config::{ExpectSpec, Subject};
use crate::diagnostic::{Diagnostic, EXPECTATION};
use crate::junit::{Case, CaseResult};
use crate::plan::Plan;
use serde_json::{Value, json};

/// An expectation and what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// The expectation.
    pub spec: ExpectSpec,
    /// What was counted: documents, tokens or spans.
    pub count: u64,
    /// Documents that a share or a mean is of; none where the count itself is compared.
    pub of: Option<u64>,
    /// Whether it is as expected. A share or a mean of no documents never is.
    pub met: bool,
}

impl Expectation {
    /// What was found, in words.
    pub fn found(&self) -> String {
        let count = self.count;
        match self.of {
            None => count.to_string(),
            Some(0) => "nothing, because there are no documents".to_owned(),
            // Shown to two decimals; what decides is the exact comparison.
            #[allow(clippy::cast_precision_loss)]
            Some(of) if self.spec.comparison.is_share => {
                format!("{:.2}% ({count} of {of})", count as f64 * 100.0 / of as f64)
            }
            #[allow(clippy::cast_precision_loss)]
            Some(of) => format!("{:.2} ({count} in {of} documents)", count as f64 / of as f64),
        }
    }

    /// What was expected and found, in one line.
    pub fn message(&self) -> String {
        format!("`{}` is {}, expected {}", self.spec.subject, self.found(), self.spec.comparison)
    }

    /// The error that it is not met, at its place in the pipeline file.
    pub fn missed(&self) -> Option<Diagnostic> {
        (!self.met).then(|| {
            let error = Diagnostic::error(EXPECTATION, self.message());
            error.label(self.spec.comparison.span, "not met")
        })
    }

    pub(super) fn report(&self) -> Value {
        json!({
            "key": self.spec.subject.to_string(), "wanted": self.spec.comparison.to_string(), "found": self.found(),
            "count": self.count, "of": self.of, "met": self.met,
        })
    }
}

impl Outcome {
    /// Why the run did not end well; missed expectations tell of themselves ([`Expectation::missed`]).
    pub fn problem(&self, plan: &Plan) -> Option<String> {
        Some(match &self.end {
            End::Done | End::Unexpected => return None,
            End::OverBudget => format!(
                "{} of {} documents failed, more than `run.errors` allows; {} says why",
                self.ledger.count(Fate::Failed),
                self.ledger.read,
                plan.rejects.name()
            ),
            End::Aborted(why) => format!("stopped: {why}; no output was published"),
            End::Nothing => "no input matched; nothing was read or written".to_owned(),
            End::Interrupted(_) => format!("interrupted; no output was published{}", self.way_on()),
            End::Io(why) if !self.half_published.is_empty() => {
                let names = self.half_published.join(", ");
                format!("{why}; of the outputs, only {names} have their new names{}", self.way_on())
            }
            End::Io(why) => format!("{why}; no output was published{}", self.way_on()),
            End::Busy { output, owner } => {
                let owner = owner.as_ref().map_or(String::new(), |owner| format!(" ({owner})"));
                format!("another run{owner} is writing {}; nothing was done", output.display())
            }
            End::Refused(why) => format!("{why}; nothing was done"),
        })
    }

    /// What can be done with a run that ended early.
    fn way_on(&self) -> String {
        let at = self.checkpoint.as_ref();
        at.map_or(String::new(), |at| format!("; `--resume` goes on from the checkpoint in {}", at.display()))
    }

    /// The run as test cases, for JUnit: how it ended, and each expectation. Those of a run that did not finish are errors.
    pub fn cases(&self, plan: &Plan) -> Vec<Case> {
        let result = match (self.problem(plan), &self.end) {
            (None, _) => CaseResult::Passed,
            (Some(why), End::OverBudget) => CaseResult::Failed(why),
            (Some(why), _) => CaseResult::Error(why),
        };
        let mut cases = vec![Case::new(RUN_CASE, result)];
        match self.end {
            End::Done | End::Unexpected | End::OverBudget => {
                cases.extend(self.expectations.iter().map(|expectation| {
                    let result = match expectation.met {
                        true => CaseResult::Passed,
                        false => CaseResult::Failed(expectation.message()),
                    };
                    Case::new(case_name(&expectation.spec), result)
                }));
            }
            _ => cases.extend(
                plan.expect
                    .iter()
                    .map(|spec| Case::new(case_name(spec), CaseResult::Error("the run did not finish".to_owned()))),
            ),
        }
        cases
    }
}

/// The test case that stands for the run itself.
pub const RUN_CASE: &str = "run";

fn case_name(spec: &ExpectSpec) -> String {
    format!("{} {}", spec.subject, spec.comparison)
}

/// Holds all expectations of a plan against the account of a run.
pub(super) fn judge(plan: &Plan, ledger: &Ledger) -> Vec<Expectation> {
    plan.expect.iter().map(|spec| one(spec, plan, ledger)).collect()
}

fn one(spec: &ExpectSpec, plan: &Plan, ledger: &Ledger) -> Expectation {
    let comparison = spec.comparison.value;
    let share = |of: u64| comparison.is_share.then_some(of);
    let (count, of) = match &spec.subject {
        Subject::Read => (ledger.read, None),
        Subject::Kept => (ledger.kept, share(ledger.read)),
        Subject::Dropped => (ledger.count(Fate::Dropped), share(ledger.read)),
        Subject::Duplicate => (ledger.count(Fate::Duplicate), share(ledger.read)),
        Subject::Failed => (ledger.count(Fate::Failed), share(ledger.read)),
        Subject::DroppedBy { stage, reason } => {
            let is_meant = |by: usize, why: &str| {
                plan.stage_names[by] == *stage && reason.as_ref().is_none_or(|reason| reason == why)
            };
            let dropped = ledger.rejected.iter().filter(|((fate, by, why), _)| {
                *fate == Fate::Dropped && by.is_some_and(|by| is_meant(usize::from(by), why))
            });
            (dropped.map(|(_, count)| count).sum(), share(ledger.read))
        }
        Subject::TokensPerDocument => (ledger.corpus.tokens, Some(ledger.kept)),
        Subject::Lang(lang) => (ledger.corpus.languages.get(lang).copied().unwrap_or_default(), share(ledger.kept)),
        Subject::Label(label) => {
            let found = ledger.corpus.label(label, &plan.labels);
            if comparison.is_share { (found.documents, Some(ledger.kept)) } else { (found.spans, None) }
        }
    };
    Expectation { spec: spec.clone(), count, of, met: comparison.holds(count, of.unwrap_or(1)) }
}
