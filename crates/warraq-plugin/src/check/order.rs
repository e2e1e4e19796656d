//! In-order stages: decisions, and the journal that leads back to them.

use super::Reporter;
use super::documents::{Case, cases};
use super::outcome::Outcome;
use super::rules::{judge, unwound};
use super::subject::{Subject, judge as carry_out};
use crate::import::{Instance, RawState, RawWorker};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use warraq_core::{Changes, Preparer, Result, StageState};

/// What came of each document of a sequence, and what was to be remembered of it.
struct Decisions {
    outcomes: Vec<Outcome>,
    journals: Vec<Vec<u8>>,
}

/// Runs the rules for decisions. The parallel half has been checked as any worker.
pub(super) fn check(subject: &Subject, report: &mut Reporter<'_>) {
    let Ok(instance) = subject.build() else { return };
    // Everything twice, so that a stage that looks for what it has seen finds some.
    let mut cases = cases(&subject.labels, false);
    cases.extend(self::cases(&subject.labels, false));
    let mut preparer = RawWorker::for_keys(Arc::clone(&instance));
    let keys: Vec<Result<Vec<u8>>> = cases
        .iter()
        .map(|case| {
            let mut key = Vec::new();
            preparer.prepare(&case.doc.view(), &mut key).map(|()| key)
        })
        .collect();
    drop(preparer);
    let rule = "order.decide";
    let first = match decide(&instance, &cases, &keys, &[]) {
        Ok(first) => first,
        Err(message) => {
            report.error(rule, message);
            for rule in ["texts", "contract", "undeclared", "order.replay"] {
                report.skipped(rule, "there are no decisions to look at");
            }
            return;
        }
    };
    judge(&cases, &first.outcomes, report);
    match decide(&instance, &cases, &keys, &[]) {
        Ok(second) => {
            let how = difference(&cases, &first.outcomes, &second.outcomes, 0);
            let same = how.is_none() && first.journals == second.journals;
            report
                .verdict(rule, how.or_else(|| (!same).then(|| "the second time, the journal has other bytes".into())));
            if !same {
                return report.skipped("order.replay", "the decisions are not the same twice");
            }
        }
        Err(message) => return report.error(rule, format!("the second time: {message}")),
    }
    for at in [cases.len() / 3, cases.len() / 2, cases.len() - 2] {
        let problem = match decide(&instance, &cases[at..], &keys[at..], &first.journals[..at]) {
            Ok(after) => difference(&cases, &first.outcomes[at..], &after.outcomes, at),
            Err(message) => Some(message),
        };
        if let Some(problem) = problem {
            return report.error("order.replay", format!("after the journal of {at} documents: {problem}"));
        }
    }
    report.ok("order.replay", "");
}

/// Replays journals into a new state and then decides about documents.
fn decide(
    instance: &Arc<Instance>,
    cases: &[Case],
    keys: &[Result<Vec<u8>>],
    journals: &[Vec<u8>],
) -> std::result::Result<Decisions, String> {
    let mut state = RawState::new(instance);
    if !state.is_usable() {
        return Err("the plugin could not make its state".into());
    }
    for (n, journal) in journals.iter().enumerate().filter(|(_, journal)| !journal.is_empty()) {
        state.replay(journal).map_err(|e| format!("the journal of document {n} is refused: {}", e.message))?;
    }
    let mut all = Decisions { outcomes: Vec::new(), journals: Vec::new() };
    for (case, key) in cases.iter().zip(keys) {
        let mut journal = Vec::new();
        let outcome = match key {
            Err(error) => Outcome::of_error(error),
            Ok(key) => {
                let mut changes = Changes::new();
                let decided =
                    catch_unwind(AssertUnwindSafe(|| state.decide(&case.doc.view(), key, &mut changes, &mut journal)));
                match decided {
                    Ok(Ok(())) => carry_out(&mut changes, &case.doc, instance),
                    Ok(Err(error)) => Outcome::of_error(&error),
                    Err(panic) => return Err(format!("{}: the state broke: {}", case.what, unwound(&*panic))),
                }
            }
        };
        all.outcomes.push(outcome);
        all.journals.push(journal);
    }
    Ok(all)
}

fn difference(cases: &[Case], expected: &[Outcome], found: &[Outcome], from: usize) -> Option<String> {
    let pairs = cases[from..].iter().zip(expected.iter().zip(found));
    pairs.filter_map(|(case, (a, b))| Some(format!("{}: {}", case.what, a.difference(b)?))).next()
}
