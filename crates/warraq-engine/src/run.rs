//! A run: the reader, the worker threads, the turnstiles and the outputs, and how they end.
//!
//! ```text
//! reader ─ chunks ─▶ window ─▶ [ decode ▸ stages ▸ encode ▸ compress ] ─▶ turnstile ─▶ append ─▶ publish
//! ```
//!
//! The calling thread coordinates: it starts a task per chunk and leg, passes jobs through the turnstiles in input order,
//! decides for in-order stages, hands documents to in-order exports and appends. Nothing else touches an output, so the bytes cannot depend on timing.

mod cancel;
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
mod survey;
mod tap;
mod turnstile;
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
pub(crate) use reader::split_blocks;
pub use report::{invalid_report, report, write_report};
pub use survey::SurveyRecord;

use crate::exit::Exit;
use crate::plan::{Export, Plan};
use line::Line;
use output::{Output, OutputError};
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
use warraq_core::BuiltExport;
use work::{Leg, Run};
pub(crate) use work::{panicked, with_sources};
use writers::Writers;

/// What a run is asked for beyond its plan.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Stop after so many documents.
    pub limit: Option<u64>,
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
    /// Another run holds this output.
    Busy(PathBuf),
}

impl End {
    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            End::Done => Exit::Done,
            End::OverBudget | End::Unexpected | End::Aborted(_) => Exit::OverBudget,
            End::Nothing => Exit::Nothing,
            End::Interrupted(2) => Exit::Interrupted,
            End::Interrupted(_) => Exit::Terminated,
            End::Io(_) => Exit::Io,
            End::Busy(_) => Exit::Busy,
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
    /// How long it took.
    pub elapsed: Duration,
}

/// Runs a plan.
///
/// The bytes of the outputs depend on the plan and the inputs alone, not on threads, window or timing.
pub fn run(plan: &Arc<Plan>, options: &RunOptions, cancel: &Cancel, observer: &mut dyn Observer) -> Outcome {
    let started = Instant::now();
    let _attached = plan.services.attach(cancel);
    let mut outcome = Outcome {
        end: End::Nothing,
        ledger: Ledger::of(plan),
        expectations: Vec::new(),
        inputs: Vec::new(),
        surveys: Vec::new(),
        outputs: Vec::new(),
        elapsed: Duration::ZERO,
    };
    if plan.inputs() > 0 {
        // A sink is only touched once the outputs are this run's own.
        let claimed = create_outputs(plan).map_err(failed_output);
        outcome.end = match claimed.and_then(|outputs| Ok((outputs, Writers::open(plan)?))) {
            Ok((outputs, writers)) => coordinate(plan, options, cancel, observer, (outputs, writers), &mut outcome),
            Err(end) => end,
        };
    }
    outcome.elapsed = started.elapsed();
    outcome
}

fn failed_output(error: OutputError) -> End {
    match error {
        OutputError::Busy(path) => End::Busy(path),
        error @ OutputError::Io { .. } => End::Io(error.to_string()),
    }
}

/// Claims all outputs: the exports, then the rejects, then what stages save.
fn create_outputs(plan: &Plan) -> Result<Vec<Output>, OutputError> {
    let exports = plan.exports.iter().map(|e| (&e.target, e.codec));
    let saves = plan.saves.iter().map(|saved| (&saved.target, None));
    let mut outputs = Vec::new();
    for (target, codec) in exports.chain([(&plan.rejects, plan.rejects_codec)]).chain(saves) {
        outputs.push(Output::create(target, codec)?);
    }
    for (output, export) in outputs.iter_mut().zip(&plan.exports) {
        if let BuiltExport::Encoded(format) = &export.format {
            append_frame(output, export, &frame(export, format.header())?)?;
        }
    }
    Ok(outputs)
}

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
    (mut outputs, writers): (Vec<Output>, Writers),
    outcome: &mut Outcome,
) -> End {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads).thread_name(|n| format!("warraq-worker-{n}"));
    let pool = match pool.build() {
        Ok(pool) => pool,
        Err(e) => return End::Io(format!("{} worker threads cannot be started: {e}", plan.threads)),
    };
    let buffers = Arc::new(Pool::default());
    let threads = Threads { plan, options, pool, buffers: Arc::clone(&buffers) };
    let surveyed = match survey::all(&threads, cancel, observer, outcome) {
        Ok(surveyed) => surveyed,
        Err(end) => return end,
    };
    let seen = std::mem::take(&mut outcome.inputs);
    let run = Run::new(plan, cancel, &buffers, &surveyed, None);
    let legs = Leg::all(plan);
    let mut line = Line::new(&run, &legs, &mut outputs, writers);
    observer.begins(None);
    outcome.inputs = pass(&threads, &run, &legs, &mut line, &mut outcome.ledger, observer);
    let (writers, mut deciders) = match line.end() {
        Ok(ended) => ended,
        Err(end) => return end,
    };
    if let Err(end) = survey::same_inputs(&seen, &outcome.inputs) {
        return end;
    }
    if let Err(imbalance) = outcome.ledger.check() {
        return End::Io(format!("the ledger does not balance, which is a defect of this program: {imbalance}"));
    }
    if let Err(error) = writers.finish(plan, &mut outputs).and_then(|()| save(plan, &mut deciders, &mut outputs)) {
        return failed_output(error);
    }
    match publish(plan, outputs) {
        Ok(records) => outcome.outputs = records,
        Err(error) => return failed_output(error),
    }
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
fn publish(plan: &Plan, mut outputs: Vec<Output>) -> Result<Vec<OutputRecord>, OutputError> {
    for (output, export) in outputs.iter_mut().zip(&plan.exports) {
        if let BuiltExport::Encoded(format) = &export.format {
            append_frame(output, export, &frame(export, format.footer())?)?;
        }
    }
    outputs.iter_mut().try_for_each(Output::complete)?;
    outputs.into_iter().map(Output::publish).collect()
}
