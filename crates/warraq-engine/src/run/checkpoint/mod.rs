//! Checkpoints: what a run needs to go on after it was stopped or killed, and to end with the bytes of one that was not.
//!
//! A checkpoint is taken between two chunks. It names the place in the inputs where the next chunk begins and the lengths at
//! which outputs and journals are to be cut; the journals lead the in-order stages to where they were. Output and journals are
//! durable before the checkpoint that names their lengths is, and each checkpoint takes the place of the one before in one
//! step. So at any instant there is one that is whole, or none, and then the run has not lost much.

mod account;
mod folder;
mod identity;
mod journal;
mod keeper;

pub(super) use account::Account;
pub(super) use folder::{ClaimError, Folder};
pub(super) use journal::{Journal, entries};
pub(super) use keeper::Keeper;

use super::chunk::Start;
use super::output::Written;
use super::reader::InputRecord;
use super::survey::SurveyRecord;
use super::{End, Resume, RunOptions, TOLD};
use crate::plan::{Place, Plan, Target, is_special};
use identity::Fact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use warraq_core::BuiltExport;

/// The version of what a checkpoint holds. Another one is never read.
const VERSION: u32 = 2;

/// A place at which a run can be continued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    warraq_checkpoint: u32,
    facts: Vec<Fact>,
    /// How often the run has been continued by now.
    pub(super) resumed: u64,
    /// The pass over the inputs that it is in: surveys come first, in the order of their stages.
    pub(super) pass: usize,
    /// Where the next chunk begins.
    pub(super) start: Start,
    /// The inputs as the pass before read them.
    pub(super) seen: Vec<InputRecord>,
    /// The surveys that are complete.
    pub(super) surveys: Vec<SurveyRecord>,
    /// The account of this pass.
    pub(super) account: Account,
    /// The outputs, in their order. None in a survey, where nothing has been written.
    pub(super) outputs: Vec<Written>,
    /// By export: what its writer needs to go on.
    pub(super) marks: Vec<Vec<u8>>,
    /// The lengths of journals, by file.
    journals: BTreeMap<String, u64>,
    /// The inputs, once all is done but giving the outputs their names.
    pub(super) complete: Option<Vec<InputRecord>>,
}

/// The checkpoints of a run.
pub(super) struct Checkpoints {
    /// None where the run cannot be continued, or shall not be.
    folder: Option<Arc<Folder>>,
    interval: Duration,
    last: Instant,
    /// What all checkpoints of the pass under way have in common.
    common: Checkpoint,
    /// The journals of surveys, complete or under way.
    surveys: Vec<(String, Journal)>,
    /// The checkpoint that is being made durable beside the run.
    storing: Option<JoinHandle<io::Result<()>>>,
}

/// Where a plan's checkpoints are: beside the rejects or, where those are no file, beside the first export that is one.
pub(super) fn place(plan: &Plan) -> Option<PathBuf> {
    let targets = [&plan.rejects].into_iter().chain(plan.exports.iter().map(|export| &export.target));
    let path = targets.into_iter().find_map(|target| match target {
        Target::File(path) if !is_special(path) => Some(path),
        _ => None,
    })?;
    let mut name = path.as_os_str().to_owned();
    name.push(".checkpoint");
    Some(name.into())
}

/// Why a plan's run cannot be continued, if it cannot.
fn obstacle(plan: &Plan) -> Option<String> {
    let stream = |place: &Place| match place {
        Place::Standard => Some("standard input can be read only once".to_owned()),
        Place::File(path) if is_special(path) => Some(format!("the input {} is not a file", path.display())),
        Place::File(_) => None,
    };
    let inputs = plan.sources.iter().flat_map(|source| &source.inputs);
    if let Some(why) = inputs.filter_map(|input| stream(&input.place)).next() {
        return Some(why);
    }
    for target in plan.exports.iter().map(|export| &export.target).chain([&plan.rejects]) {
        match target {
            Target::Standard => return Some("what has gone to standard output cannot be cut off".into()),
            Target::File(path) if is_special(path) => {
                return Some(format!("the output {} is not a file", path.display()));
            }
            Target::File(_) | Target::Own(_) => {}
        }
    }
    let cannot = |export: &&crate::plan::Export| match &export.format {
        BuiltExport::Encoded(_) => false,
        BuiltExport::InOrder(export) => !export.resumable(),
    };
    let export = plan.exports.iter().find(cannot)?;
    Some(format!("the export {} cannot go on from a place", export.format_name))
}

/// Claims the place for a run's checkpoints, and finds the one that it is to go on from.
pub(super) fn open(plan: &Plan, options: &RunOptions) -> Result<(Checkpoints, Option<Checkpoint>), End> {
    let facts = identity::facts(plan, options);
    let (place, resume) = (place(plan), options.resume != Resume::No);
    let off = || plan.checkpoint.is_none().then(|| "`run.checkpoint` is \"off\"".to_owned());
    let why_not = obstacle(plan).or_else(off);
    if let (true, Some(why)) = (resume, &why_not) {
        return Err(End::Refused(format!("this run cannot be continued: {why}")));
    }
    let mut folder = None;
    if let Some(path) = place.filter(|path| why_not.is_none() || path.exists()) {
        folder = Some(Arc::new(Folder::claim(&path).map_err(|error| match error {
            ClaimError::Busy(owner) => End::Busy { output: path.clone(), owner },
            ClaimError::Io(error) => End::Io(format!("the folder of checkpoints {}: {error}", path.display())),
        })?));
    }
    let mut found = None;
    if let Some(folder) = &folder {
        let path = folder.path().display();
        if resume {
            found = folder.load().map_err(|why| End::Refused(format!("{why}; {ANEW}")))?;
            if found.is_none() {
                tracing::info!(name: "checkpoint.none",
                    target: TOLD, "there is no checkpoint in {path}: the run starts from the beginning");
            }
        } else if folder.is_kept() {
            tracing::warn!(
                name: "checkpoint.dropped",
                "the checkpoint of an earlier run in {path} is given up: without `--resume` a run starts from the beginning"
            );
            folder.forget().map_err(|e| End::Io(format!("the folder of checkpoints {path}: {e}")))?;
        }
    }
    if let Some(found) = &found {
        let changed = identity::changed(&found.facts, &facts, options.resume == Resume::Force);
        if !changed.is_empty() {
            let changed = changed.join("; ");
            return Err(End::Refused(format!("the run cannot be continued as the same one: {changed}; {ANEW}")));
        }
    }
    let resumed = found.as_ref().map_or(0, |found| found.resumed + 1);
    let common = Checkpoint {
        warraq_checkpoint: VERSION,
        facts,
        resumed,
        pass: 0,
        start: Start::new(),
        seen: Vec::new(),
        surveys: Vec::new(),
        account: Account::default(),
        outputs: Vec::new(),
        marks: vec![Vec::new(); plan.exports.len()],
        journals: BTreeMap::new(),
        complete: None,
    };
    let checkpoints = Checkpoints {
        folder: folder.filter(|_| why_not.is_none()),
        interval: plan.checkpoint.unwrap_or_default(),
        last: Instant::now(),
        common,
        surveys: Vec::new(),
        storing: None,
    };
    Ok((checkpoints, found))
}

/// The file with the journal of the survey in this pass.
fn survey_journal(pass: usize) -> String {
    format!("survey-{pass}{}", folder::JOURNAL)
}

/// What to do when a run cannot be continued.
const ANEW: &str = "without `--resume` it starts from the beginning";

impl Checkpoints {
    /// The folder, where the run can be continued.
    pub(super) fn folder(&self) -> Option<&Arc<Folder>> {
        self.folder.as_ref()
    }

    /// How often the run has been continued.
    pub(super) fn resumed(&self) -> u64 {
        self.common.resumed
    }

    /// The journal of the survey in this pass, after its first entries where the run goes on from a checkpoint.
    pub(super) fn survey(&mut self, pass: usize, saved: Option<&Checkpoint>) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let name = survey_journal(pass);
        let length = saved.map_or(0, |saved| saved.journal(&name));
        let journal = Journal::open(&folder.file(&name), length)?;
        self.surveys.push((name, journal));
        Ok(())
    }

    /// Puts what a survey was shown on record.
    pub(super) fn collected(&mut self, id: &str, key: &[u8]) -> io::Result<()> {
        let Some((_, journal)) = self.surveys.last_mut() else { return Ok(()) };
        journal.append(&[&(id.len() as u32).to_le_bytes(), id.as_bytes(), key])
    }

    /// Shows the ids and keys of a survey's journal to `each`.
    pub(super) fn each_collected(
        &self,
        pass: usize,
        saved: &Checkpoint,
        mut each: impl FnMut(&str, &[u8]) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let name = survey_journal(pass);
        entries(&folder.file(&name), saved.journal(&name), |entry| {
            let bad = || JournalError("an entry is cut short".into());
            let (length, rest) = entry.split_first_chunk().ok_or_else(bad)?;
            let (id, key) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(bad)?;
            each(std::str::from_utf8(id).map_err(|_| bad())?, key)
        })
    }

    /// A pass is complete: the checkpoints to come are of the next.
    pub(super) fn next_pass(&mut self, seen: &[InputRecord], survey: &SurveyRecord) {
        self.common.pass += 1;
        self.common.seen = seen.to_vec();
        self.common.surveys.push(survey.clone());
    }

    /// Takes the last checkpoint of a run that has nothing left to do but to give its outputs their names.
    pub(super) fn complete(
        &mut self,
        account: Account,
        outputs: Vec<Written>,
        inputs: &[InputRecord],
    ) -> Result<(), End> {
        self.wait().map_err(|error| self.failed(&error))?;
        let Some(folder) = &self.folder else { return Ok(()) };
        let complete = Some(inputs.to_vec());
        let checkpoint = Checkpoint { account, outputs, complete, ..self.common.clone() };
        folder.store(&checkpoint).map_err(|error| self.failed(&error))
    }

    /// Waits for the checkpoint that is being made durable.
    pub(super) fn wait(&mut self) -> io::Result<()> {
        match self.storing.take() {
            Some(storing) => storing.join().unwrap_or_else(|_| Err(io::Error::other("the thread panicked"))),
            None => Ok(()),
        }
    }

    pub(super) fn failed(&self, error: &io::Error) -> End {
        let path = self.folder.as_ref().map_or(String::new(), |folder| folder.path().display().to_string());
        End::Io(format!("the checkpoint in {path}: {error}"))
    }

    /// Makes files durable and then the checkpoint that names their lengths, beside the run.
    fn store(&mut self, checkpoint: Checkpoint, files: Vec<File>) -> io::Result<()> {
        self.wait()?;
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let store = move || {
            files.iter().try_for_each(File::sync_all)?;
            folder.store(&checkpoint)
        };
        self.storing = Some(std::thread::Builder::new().name("warraq-checkpoint".into()).spawn(store)?);
        self.last = Instant::now();
        Ok(())
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        // The run has ended otherwise, and the folder must not be taken away under the thread.
        let _ = self.wait();
    }
}

impl Checkpoint {
    fn journal(&self, name: &str) -> u64 {
        self.journals.get(name).copied().unwrap_or_default()
    }
}

/// Why a journal could not be followed.
#[derive(Debug)]
pub(super) struct JournalError(pub(super) String);

impl From<io::Error> for JournalError {
    fn from(error: io::Error) -> Self {
        JournalError(error.to_string())
    }
}

impl JournalError {
    /// How a run ends whose checkpoint cannot be used because of it.
    pub(super) fn refuse(self, stage: &str) -> End {
        End::Refused(format!("what stage {stage} must remember cannot be read back: {}; {ANEW}", self.0))
    }
}
