//! A run: the reader, the worker threads, the turnstiles and the outputs, and how they end.
//!
//! ```text
//! reader ─ chunks ─▶ window ─▶ [ decode ▸ stages ▸ encode ▸ compress ] ─▶ turnstile ─▶ append ─▶ publish
//! ```
//!
//! The calling thread coordinates: it starts a task per chunk and leg, passes jobs through the turnstiles in input order,
//! decides for in-order stages, hands documents to in-order exports and appends. Nothing else touches an output, so the bytes cannot depend on timing.

mod cancel;
mod checkpoint;
mod chunk;
mod corpus;
mod decode;
mod desk;
mod expect;
mod find;
mod ledger;
mod line;
mod output;
mod pass;
mod pool;
mod reader;
mod rejects;
mod report;
mod shard;
mod survey;
mod tap;
mod turnstile;
mod watch;
mod window;
mod work;
mod writers;

pub use cancel::Cancel;
pub(crate) use corpus::UNDETERMINED;
pub use corpus::{Corpus, LabelCount};
pub use expect::{Expectation, RUN_CASE};
pub use find::{Found, Origin, Search, Wanted, find};
pub use ledger::{ExportCount, Fate, Ledger, StageCount};
pub use output::OutputRecord;
pub use reader::InputRecord;
pub(crate) use reader::{Expansion, split_blocks};
pub use report::{invalid_report, report, write_report};
pub use survey::SurveyRecord;
pub use watch::{Board, Doing, Phase, State, Waiting};

use crate::exit::Exit;
use crate::plan::{Export, Plan, PlannedStage, Target};
use checkpoint::{Account, Checkpoint, Checkpoints, Folder, Keeper};
use chunk::Start;
use line::Line;
use output::{Output, OutputError, publish_complete};
use pass::{Threads, pass};
use pool::Pool;
pub(crate) use reader::decompressed;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
pub(crate) use tap::{Sum, Tap};
use turnstile::Deciders;
use warraq_core::{Built, BuiltExport, CodecDef};
use watch::Watch;
use work::{Leg, Run};
pub(crate) use work::{panicked, with_sources};
use writers::Writers;

/// What a run is asked for beyond its plan.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Stop after so many documents.
    pub limit: Option<u64>,
    /// Whether to go on where an earlier run was stopped.
    pub resume: Resume,
    /// Log documents that a single stage takes longer for; none if it is not set.
    pub slow: Option<Duration>,
    /// Where the run says what its threads are at, for one who looks on from another thread; made with [`Plan::threads`].
    pub board: Option<Arc<Board>>,
}

/// Whether a run goes on where an earlier one was stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resume {
    /// It starts from the beginning, and gives up what there is of an earlier one.
    #[default]
    No,
    /// It does, if everything that its outputs depend on is as it was. Without a checkpoint it starts from the beginning.
    Yes,
    /// As `Yes`, but this program may be of another version, and inputs of the same size of another time of modification.
    Force,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Bytes read from the inputs, as stored.
    pub bytes: u64,
    /// Bytes there are to read, where that is known.
    pub total: Option<u64>,
    /// Documents whose fate is known and written.
    pub documents: u64,
    /// Of these, documents that were kept.
    pub kept: u64,
    /// Of these, documents that failed.
    pub failed: u64,
}

/// Told about progress, on the calling thread, several times a second.
pub trait Observer {
    /// How far the run is.
    fn progress(&mut self, progress: &Progress);

    /// The same, with all there is to know.
    fn state(&mut self, state: &State<'_>) {
        let _ = state;
    }

    /// A pass over the inputs begins: a survey for the stage of this name, or the run itself.
    fn begins(&mut self, survey: Option<&str>) {
        let _ = survey;
    }
}

/// Looks away.
impl Observer for () {
    fn progress(&mut self, _: &Progress) {}
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// All done, failures within the budget.
    Done,
    /// All done and published, but too many documents failed.
    OverBudget,
    /// All done and published, but not all is as `[expect]` says.
    Unexpected,
    /// A document failed under `on_error = "abort"`; nothing was published.
    Aborted(String),
    /// Nothing to read.
    Nothing,
    /// Stopped by a signal; nothing was published.
    Interrupted(usize),
    /// An input or output failed; nothing was published.
    Io(String),
    /// Another run holds this output, or its checkpoints.
    Busy {
        /// The path.
        output: PathBuf,
        /// Which run, where that can be told.
        owner: Option<String>,
    },
    /// The run was to go on from a checkpoint and cannot; nothing was touched.
    Refused(String),
}

impl End {
    /// Whether there is nothing left to go on with.
    fn is_final(&self) -> bool {
        match self {
            End::Done | End::OverBudget | End::Unexpected | End::Aborted(_) | End::Nothing => true,
            End::Interrupted(_) | End::Io(_) | End::Busy { .. } | End::Refused(_) => false,
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            End::Done => Exit::Done,
            End::OverBudget | End::Unexpected | End::Aborted(_) => Exit::OverBudget,
            End::Nothing => Exit::Nothing,
            End::Interrupted(2) => Exit::Interrupted,
            End::Interrupted(_) => Exit::Terminated,
            End::Io(_) => Exit::Io,
            End::Busy { .. } | End::Refused(_) => Exit::Busy,
        }
    }
}

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// The account of every document that was settled.
    pub ledger: Ledger,
    /// The expectations of the pipeline file, in its order; none if the run did not finish.
    pub expectations: Vec<Expectation>,
    /// What was read.
    pub inputs: Vec<InputRecord>,
    /// The surveys before the run, in the order of their stages.
    pub surveys: Vec<SurveyRecord>,
    /// What was published: the exports in their order, also those with a sink of their own, then the rejects, then what
    /// stages saved ([`Plan::saves`]).
    pub outputs: Vec<OutputRecord>,
    /// Where not all outputs could be given their names: those that have theirs.
    pub half_published: Vec<String>,
    /// How often it has gone on after it was stopped.
    pub resumed: u64,
    /// The folder with the checkpoint from which this run can be continued, if it ended early and there is one.
    pub checkpoint: Option<PathBuf>,
    /// The folder of its checkpoints, until it is settled.
    checkpoints: Option<Arc<Folder>>,
    /// How long it took, since it went on.
    pub elapsed: Duration,
}

impl Outcome {
    /// To be called when the report has been written, which is the last thing there is to a run: lets go of its checkpoints,
    /// unless it can be continued from them.
    ///
    /// # Errors
    /// When the last checkpoint cannot be removed.
    pub fn settle(&mut self) -> io::Result<()> {
        match self.checkpoints.take() {
            Some(folder) if self.end.is_final() => folder.forget(),
            _ => Ok(()),
        }
    }
}

/// Runs a plan. When the outcome has been reported, [`Outcome::settle`] ends it.
///
/// The bytes of the outputs depend on the plan and the inputs alone, not on threads, window or timing, nor on whether the run
/// was stopped and has gone on.
pub fn run(plan: &Arc<Plan>, options: &RunOptions, cancel: &Cancel, observer: &mut dyn Observer) -> Outcome {
    let started = Instant::now();
    let _run = watch::begin(plan);
    let _attached = plan.services.attach(cancel);
    let mut outcome = Outcome {
        end: End::Nothing,
        ledger: Ledger::of(plan),
        expectations: Vec::new(),
        inputs: Vec::new(),
        surveys: Vec::new(),
        outputs: Vec::new(),
        half_published: Vec::new(),
        resumed: 0,
        checkpoint: None,
        checkpoints: None,
        elapsed: Duration::ZERO,
    };
    if plan.inputs() > 0 {
        outcome.end = match start(plan, options, cancel, observer, &mut outcome) {
            Ok(end) | Err(end) => end,
        };
    }
    let is_early = matches!(outcome.end, End::Interrupted(_) | End::Io(_));
    let folder = outcome.checkpoints.as_ref().filter(|folder| is_early && folder.is_kept());
    outcome.checkpoint = folder.map(|folder| folder.path().into());
    outcome.elapsed = started.elapsed();
    outcome
}

fn failed_output(error: OutputError) -> End {
    match error {
        OutputError::Busy(output) => End::Busy { output, owner: None },
        OutputError::Changed(why) => End::Refused(format!("the run cannot be continued: {why}")),
        error @ OutputError::Io { .. } => End::Io(error.to_string()),
    }
}

/// Finds out where the run begins, claims its outputs and runs it.
fn start(
    plan: &Arc<Plan>,
    options: &RunOptions,
    cancel: &Cancel,
    observer: &mut dyn Observer,
    outcome: &mut Outcome,
) -> Result<End, End> {
    let (mut checkpoints, saved) = checkpoint::open(plan, options)?;
    outcome.checkpoints = checkpoints.folder().cloned();
    outcome.resumed = checkpoints.resumed();
    if let Some((saved, inputs)) = saved.as_ref().and_then(|saved| Some((saved, saved.complete.as_ref()?))) {
        outcome.inputs.clone_from(inputs);
        outcome.surveys.clone_from(&saved.surveys);
        outcome.ledger = saved.account.ledger(plan);
        let outputs = targets(plan).zip(&saved.outputs);
        publish(outcome, outputs.map(|((target, _), written)| publish_complete(target, written)))?;
        return Ok(judge(plan, outcome));
    }
    // Surveys come first, and before they are through nothing has been written.
    let surveys = surveys(plan);
    let writing = saved.as_ref().filter(|saved| saved.pass == surveys);
    // A sink is only touched once the outputs are this run's own.
    let mut outputs = create_outputs(plan, &checkpoints, writing).map_err(failed_output)?;
    let writers = Writers::open(plan, writing)?;
    let checkpointing = (&mut checkpoints, saved.as_ref());
    let end = coordinate(plan, options, cancel, observer, (&mut outputs, writers), outcome, checkpointing);
    // Whether there is a checkpoint decides what becomes of the outputs; one that could not be made is none.
    let _ = checkpoints.wait();
    if let (End::Aborted(_), Some(folder)) = (&end, checkpoints.folder()) {
        // It would end like this again.
        folder.forget().map_err(|e| End::Io(format!("the checkpoint in {}: {e}", folder.path().display())))?;
    }
    Ok(end)
}

/// The number of passes before the run itself.
fn surveys(plan: &Plan) -> usize {
    let surveys = |stage: &&PlannedStage| matches!(&stage.built, Built::InOrder(built) if built.survey().is_some());
    plan.stages.iter().filter(surveys).count()
}

/// Where everything goes that the run writes: the exports, then the rejects, then what stages save.
fn targets(plan: &Plan) -> impl Iterator<Item = (&Target, Option<CodecDef>)> {
    let exports = plan.exports.iter().map(|e| (&e.target, e.codec));
    let saves = plan.saves.iter().map(|saved| (&saved.target, None));
    exports.chain([(&plan.rejects, plan.rejects_codec)]).chain(saves)
}

/// Claims all outputs, and keeps as much of what an earlier run has left as its checkpoint says.
fn create_outputs(
    plan: &Plan,
    checkpoints: &Checkpoints,
    saved: Option<&Checkpoint>,
) -> Result<Vec<Output>, OutputError> {
    let mut outputs = Vec::new();
    for (n, (target, codec)) in targets(plan).enumerate() {
        let from = saved.and_then(|saved| saved.outputs.get(n));
        outputs.push(Output::create(target, codec, checkpoints.folder(), from)?);
    }
    if saved.is_none() {
        for (output, export) in outputs.iter_mut().zip(&plan.exports) {
            if let BuiltExport::Encoded(format) = &export.format {
                append_frame(output, export, &frame(export, format.header())?)?;
            }
        }
        outputs.iter_mut().for_each(Output::settle);
    }
    Ok(outputs)
}

/// The target of events that are for everyone, not only for those who look on.
const TOLD: &str = "warraq::run";

/// A header or a footer, or why there is none.
fn frame(export: &Export, made: warraq_core::Result<Vec<u8>>) -> Result<Vec<u8>, OutputError> {
    made.map_err(|error| OutputError::Io { name: export.target.name(), error: io::Error::other(error.to_string()) })
}

/// Appends bytes that belong to no chunk, as a frame of their own.
fn append_frame(output: &mut Output, export: &Export, bytes: &[u8]) -> Result<(), OutputError> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut frame = Vec::new();
    let framed = Output::frame(export.codec, bytes, &mut frame);
    framed.map_err(|error| OutputError::Io { name: export.target.name(), error })?;
    output.append(&frame).map(|_| ())
}

fn coordinate(
    plan: &Arc<Plan>,
    options: &RunOptions,
    cancel: &Cancel,
    observer: &mut dyn Observer,
    (outputs, writers): (&mut Vec<Output>, Writers),
    outcome: &mut Outcome,
    (checkpoints, saved): (&mut Checkpoints, Option<&Checkpoint>),
) -> End {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads).thread_name(|n| format!("warraq-worker-{n}"));
    let pool = match pool.build() {
        Ok(pool) => pool,
        Err(e) => return End::Io(format!("{} worker threads cannot be started: {e}", plan.threads)),
    };
    let buffers = Arc::new(Pool::default());
    let ranges = match plan.shard.map(|shard| shard::ranges(plan, shard)).transpose() {
        Ok(ranges) => ranges,
        Err(why) => return End::Io(why),
    };
    let threads =
        Threads { plan, options, pool, buffers: Arc::clone(&buffers), ranges, watch: Watch::new(plan, options) };
    let board = &threads.watch.board;
    let surveyed = match survey::all(&threads, cancel, observer, outcome, checkpoints, saved) {
        Ok(surveyed) => surveyed,
        Err(end) => return end,
    };
    let seen = std::mem::take(&mut outcome.inputs);
    let pass_span = tracing::info_span!("pass").entered();
    let run = Run::new(&threads, cancel, &surveyed, None);
    let legs = Leg::all(plan);
    let saved = saved.filter(|saved| saved.pass == outcome.surveys.len());
    let start = saved.map_or_else(Start::new, |saved| saved.start.clone());
    if let Some(saved) = saved {
        outcome.ledger = saved.account.ledger(plan);
        let documents = saved.account.read();
        tracing::info!(name: "run.resumed", target: TOLD, documents, "the run goes on after {documents} documents");
    }
    let keeper = Keeper::new(checkpoints, &start, writers.every(), saved);
    let mut line = match Line::new(&run, &legs, (outputs, writers), keeper, saved) {
        Ok(line) => line,
        Err(end) => return end,
    };
    observer.begins(None);
    board.enter(Phase::Running);
    outcome.inputs = pass(&threads, &run, &legs, &mut line, &mut outcome.ledger, observer, &start);
    drop(pass_span);
    let (writers, mut deciders) = match line.end() {
        Ok(ended) => ended,
        Err(end) => return end,
    };
    match finish(plan, outcome, &seen, (outputs, writers, &mut deciders), (checkpoints, board)) {
        Ok(()) => judge(plan, outcome),
        Err(end) => end,
    }
}

/// Ends a run of which every document is settled: the rest of the outputs, and their names.
fn finish(
    plan: &Plan,
    outcome: &mut Outcome,
    seen: &[InputRecord],
    (outputs, writers, deciders): (&mut Vec<Output>, Writers, &mut Deciders),
    (checkpoints, board): (&mut Checkpoints, &Board),
) -> Result<(), End> {
    survey::same_inputs(seen, &outcome.inputs)?;
    if let Err(imbalance) = outcome.ledger.check() {
        if let Some(folder) = checkpoints.folder() {
            let _ = folder.forget();
        }
        return Err(End::Io(format!("the ledger does not balance, which is a defect of this program: {imbalance}")));
    }
    board.enter(Phase::Finishing);
    writers.finish(plan, outputs).map_err(failed_output)?;
    board.enter(Phase::Saving);
    save(plan, deciders, outputs).map_err(failed_output)?;
    board.enter(Phase::Publishing);
    complete(plan, outputs).map_err(failed_output)?;
    let written = outputs.iter_mut().map(Output::written).collect();
    checkpoints.complete(Account::of(&outcome.ledger, plan), written, &outcome.inputs)?;
    publish(outcome, outputs.drain(..).map(Output::publish))
}

/// Gives the outputs their names, one after the other.
fn publish(outcome: &mut Outcome, outputs: impl Iterator<Item = Result<OutputRecord, OutputError>>) -> Result<(), End> {
    let mut published = Vec::new();
    for output in outputs {
        match output {
            Ok(record) => published.push(record),
            Err(error) => {
                outcome.half_published = published.into_iter().map(|record| record.name).collect();
                return Err(failed_output(error));
            }
        }
    }
    watch::published(&published);
    outcome.outputs = published;
    Ok(())
}

/// How a run ended that has published everything.
fn judge(plan: &Plan, outcome: &mut Outcome) -> End {
    outcome.expectations = expect::judge(plan, &outcome.ledger);
    if !plan.errors.allows(outcome.ledger.count(Fate::Failed), outcome.ledger.read) {
        End::OverBudget
    } else if outcome.expectations.iter().any(|expectation| !expectation.met) {
        End::Unexpected
    } else {
        End::Done
    }
}

/// Has the stages that save what they have learned write it to their outputs, which come after the rejects.
fn save(plan: &Plan, deciders: &mut Deciders, outputs: &mut [Output]) -> Result<(), OutputError> {
    for (saved, output) in plan.saves.iter().zip(&mut outputs[plan.exports.len() + 1..]) {
        let Some(state) = deciders.state(saved.stage) else { continue };
        let mut out = io::BufWriter::with_capacity(1 << 16, output);
        let written = catch_unwind(AssertUnwindSafe(|| state.save(&mut out).and_then(|()| out.flush())));
        let written = written.unwrap_or_else(|panic| Err(io::Error::other(panicked("saving", &*panic).message)));
        written.map_err(|error| OutputError::Io { name: saved.target.name(), error })?;
    }
    Ok(())
}

/// Completes all outputs before any gets its final name.
fn complete(plan: &Plan, outputs: &mut [Output]) -> Result<(), OutputError> {
    for (output, export) in outputs.iter_mut().zip(&plan.exports) {
        if let BuiltExport::Encoded(format) = &export.format {
            append_frame(output, export, &frame(export, format.footer())?)?;
        }
    }
    outputs.iter_mut().try_for_each(Output::complete)
}
