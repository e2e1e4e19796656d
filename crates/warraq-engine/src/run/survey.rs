//! Surveys: passes over the inputs before the run, for in-order stages that must know the whole corpus first.
//!
//! The survey for a stage takes the documents through the stages before it, as the run will, and writes nothing. What it
//! finds out stands in the place of the plan's stage in all later passes, so a second such stage is surveyed with what the
//! first one leaves.

use super::checkpoint::{Checkpoint, Checkpoints, JournalError, Keeper};
use super::chunk::Start;
use super::ledger::Ledger;
use super::line::Line;
use super::pass::{Threads, pass};
use super::reader::InputRecord;
use super::watch::Phase;
use super::work::{Leg, Run, panicked, with_sources};
use super::{Cancel, End, Observer, Outcome};
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use warraq_core::{Built, Error, InOrderStage, Survey};

/// A survey that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyRecord {
    /// The stage's name in the pipeline.
    pub stage: String,
    /// Documents read.
    pub read: u64,
    /// Documents that the survey took in; the others were dropped or failed before it, or do not concern it.
    pub documents: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// Makes all surveys that the plan needs, or goes on with them after `saved`. Returns, by stage index, what stands in for the
/// plan's stages from now on; the inputs as they were read are in `outcome`.
pub(super) fn all(
    threads: &Threads<'_>,
    cancel: &Cancel,
    observer: &mut dyn Observer,
    outcome: &mut Outcome,
    checkpoints: &mut Checkpoints,
    saved: Option<&Checkpoint>,
) -> Result<Vec<Option<Box<dyn InOrderStage>>>, End> {
    let plan = threads.plan;
    let mut surveyed: Vec<Option<Box<dyn InOrderStage>>> = plan.stages.iter().map(|_| None).collect();
    if let Some(saved) = saved {
        outcome.inputs.clone_from(&saved.seen);
    }
    let mut number = 0;
    for (index, stage) in plan.stages.iter().enumerate() {
        let Built::InOrder(built) = &stage.built else { continue };
        let Some(mut survey) = built.survey() else { continue };
        let pass_number = number;
        number += 1;
        let started = Instant::now();
        // What an earlier run has shown it.
        let shown = saved.filter(|saved| pass_number <= saved.pass);
        checkpoints.survey(pass_number, shown).map_err(|e| checkpoints.failed(&e))?;
        if let Some(shown) = shown {
            let collect =
                |id: &str, key: &[u8]| collect(&mut *survey, id, key).map_err(|e| JournalError(with_sources(&e)));
            let collected = checkpoints.each_collected(pass_number, shown, collect);
            collected.map_err(|error| error.refuse(&stage.name))?;
        }
        let record = match saved.and_then(|saved| saved.surveys.get(pass_number)) {
            Some(record) => record.clone(),
            None => {
                let saved = saved.filter(|saved| saved.pass == pass_number);
                let _pass = tracing::info_span!("pass", survey = &*stage.name).entered();
                observer.begins(Some(&stage.name));
                threads.watch.board.enter(Phase::Surveying);
                let run = Run::new(threads, cancel, &surveyed, Some(index));
                let legs = Leg::survey(plan, index);
                let start = saved.map_or_else(Start::new, |saved| saved.start.clone());
                let mut line = Line::surveying(&run, &legs, survey, Keeper::new(checkpoints, &start, 1, saved), saved)?;
                let mut ledger = saved.map_or_else(|| Ledger::of(plan), |saved| saved.account.ledger(plan));
                let inputs = pass(threads, &run, &legs, &mut line, &mut ledger, observer, &start);
                let earlier = std::mem::replace(&mut outcome.inputs, inputs);
                survey = line.end_survey()?;
                same_inputs(&earlier, &outcome.inputs)?;
                SurveyRecord {
                    stage: stage.name.clone(),
                    read: ledger.read,
                    documents: ledger.kept,
                    elapsed: started.elapsed(),
                }
            }
        };
        threads.watch.board.enter(Phase::Concluding);
        let finished = catch_unwind(AssertUnwindSafe(|| survey.finish()));
        let finished = finished.unwrap_or_else(|panic| Err(panicked("the survey", &*panic)));
        surveyed[index] = Some(finished.map_err(|error| failed_survey(plan, index, &error))?);
        checkpoints.next_pass(&outcome.inputs, &record);
        outcome.surveys.push(record);
    }
    Ok(surveyed)
}

/// Shows a document to a survey.
pub(super) fn collect(survey: &mut dyn Survey, id: &str, key: &[u8]) -> Result<(), Error> {
    let collected = catch_unwind(AssertUnwindSafe(|| survey.collect(id, key)));
    collected.unwrap_or_else(|panic| Err(panicked("the survey", &*panic)))
}

/// How a run ends whose survey failed.
pub(super) fn failed_survey(plan: &Plan, index: usize, error: &Error) -> End {
    End::Io(format!("stage {}: the survey of the corpus: {}", plan.stage_names[index], with_sources(error)))
}

/// Whether two passes read the same bytes; what a survey found out holds for no others. Of an input that is not read to its end,
/// how many bytes are read of it says nothing: it depends on where reading began.
pub(super) fn same_inputs(earlier: &[InputRecord], later: &[InputRecord]) -> Result<(), End> {
    match earlier
        .iter()
        .zip(later)
        .find(|(earlier, later)| (&earlier.name, &earlier.sha256) != (&later.name, &later.sha256))
    {
        Some((input, _)) => Err(End::Io(format!(
            "input {}: it changed between the survey of the corpus and the run; nothing was published",
            input.name
        ))),
        None => Ok(()),
    }
}
