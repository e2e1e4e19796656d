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
mod pool;
mod reader;
mod rejects;
mod report;
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

use crate::exit::Exit;
use crate::plan::{Export, Place, Plan};
use chunk::Chunk;
use desk::Desk;
use line::Line;
use output::{Output, OutputError};
use pool::Pool;
pub(crate) use reader::decompressed;
use reader::{InputError, Reader};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
pub(crate) use tap::{Sum, Tap};
use warraq_core::BuiltExport;
use window::Window;
use work::{Job, Leg, Run};
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
    /// What was published: the exports in their order, also those with a sink of their own, then the rejects.
    pub outputs: Vec<OutputRecord>,
    /// How long it took.
    pub elapsed: Duration,
}

/// What the coordinator hears.
enum Event {
    /// A chunk to be started.
    Chunk(Chunk),
    /// A job that has been through the leg of this number.
    Leg(usize, Box<Job>, io::Result<()>),
    /// The reader is through.
    Read(Vec<InputRecord>, Result<(), InputError>),
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

/// Claims all outputs: the exports, then the rejects.
fn create_outputs(plan: &Plan) -> Result<Vec<Output>, OutputError> {
    let exports = plan.exports.iter().map(|e| (&e.target, e.codec));
    let mut outputs = Vec::new();
    for (target, codec) in exports.chain([(&plan.rejects, plan.rejects_codec)]) {
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
    let inputs = Arc::new(Pool::default());
    let run = Run::new(plan, cancel, &inputs);
    let legs = Leg::all(plan);
    let window = Arc::new(Window::new(plan.window));
    let bytes = Arc::new(AtomicU64::new(0));
    let desks: Vec<Mutex<Option<Desk>>> = (0..plan.threads).map(|_| Mutex::new(None)).collect();
    let (events, heard) = mpsc::channel();
    let mut line = Line::new(&run, &legs, &mut outputs, writers);
    line.progress.total = total_bytes(plan);

    // The reader is a thread of its own that nobody joins: it may be blocked on a stream that never ends.
    let reader = {
        let (plan, window, bytes, cancel) = (Arc::clone(plan), Arc::clone(&window), Arc::clone(&bytes), cancel.clone());
        let (events, limit, inputs) = (events.clone(), options.limit, Arc::clone(&inputs));
        move || {
            let mut sink = |chunk: Chunk| {
                cancel.signal().is_none()
                    && window.enter(chunk.data.len() as u64)
                    && events.send(Event::Chunk(chunk)).is_ok()
            };
            let reader = Reader::new(&plan, limit, bytes, &inputs, &mut sink);
            let (records, result) = catch_unwind(AssertUnwindSafe(|| reader.read_all())).unwrap_or_else(|panic| {
                // A decompressor, or what a format wraps around the bytes.
                let error = io::Error::other(panicked("reading", &*panic).message);
                (Vec::new(), Err(InputError { name: "?".into(), byte: 0, error }))
            });
            // Nobody listens any more when the run has ended early.
            let _ = events.send(Event::Read(records, result));
        }
    };
    if let Err(e) = std::thread::Builder::new().name("warraq-reader".into()).spawn(reader) {
        return End::Io(format!("the reader thread cannot be started: {e}"));
    }
    pool.in_place_scope(|tasks| {
        let start = |leg: usize, mut job: Job| {
            let (events, run, legs, desks) = (events.clone(), &run, &legs, &desks);
            tasks.spawn(move |_| {
                let result = catch_unwind(AssertUnwindSafe(|| {
                    let mut desk =
                        desks[rayon::current_thread_index().unwrap_or(0)].lock().unwrap_or_else(|e| e.into_inner());
                    let desk = desk.get_or_insert_with(|| Desk::new(run.plan));
                    match leg {
                        0 => desk.start(run, &mut job, &legs[0]),
                        n => desk.go_on(run, &mut job, &legs[n]),
                    }
                }));
                // Panics on a document are caught there; this is one of setting up a worker, or of this program.
                let result = result.unwrap_or_else(|panic| {
                    job.abort = Some(panicked("a worker thread", &*panic).message);
                    Ok(())
                });
                let _ = events.send(Event::Leg(leg, Box::new(job), result));
            });
        };
        // Jobs that have been started and not yet appended or given up; the reader, until it is through.
        let (mut open, mut reading) = (0u64, true);
        let mut unread = None;
        while open > 0 || (reading && line.stop.is_none()) {
            let event = match heard.recv_timeout(Duration::from_millis(100)) {
                Ok(event) => event,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    line.report(&bytes, observer);
                    if let Some(signal) = cancel.signal() {
                        line.stop.get_or_insert(End::Interrupted(signal));
                        window.close();
                    }
                    continue;
                }
            };
            match event {
                Event::Read(records, result) => {
                    reading = false;
                    outcome.inputs = records;
                    // Whatever was read before is still settled, so that the account does not depend on timing.
                    unread = result.err();
                }
                Event::Chunk(chunk) => {
                    let weight = chunk.data.len() as u64;
                    if line.stop.is_none() {
                        open += 1;
                        start(0, run.job(chunk, weight));
                    } else {
                        window.release(weight);
                    }
                }
                Event::Leg(leg, job, result) => {
                    if let Err(e) = result {
                        line.stop.get_or_insert(End::Io(format!("compression failed: {e}")));
                    }
                    if line.stop.is_some() || cancel.signal().is_some() {
                        open -= 1;
                        window.release(job.weight);
                        // What waits for this one will never pass.
                        open -= line.give_up(&window);
                    } else {
                        let (closed, again) = line.arrive(leg, *job, &window, &mut outcome.ledger);
                        open -= closed;
                        again.into_iter().for_each(|job| start(leg + 1, job));
                    }
                    line.report(&bytes, observer);
                }
            }
            if let Some(signal) = cancel.signal() {
                line.stop.get_or_insert(End::Interrupted(signal));
            }
            if line.stop.is_some() {
                window.close();
                open -= line.give_up(&window);
            }
        }
        if let Some(InputError { name, byte, error }) = unread {
            line.stop.get_or_insert(End::Io(format!("input {name}: byte {byte}: {error}")));
        }
    });
    line.report(&bytes, observer);
    let writers = match line.end() {
        Ok(writers) => writers,
        Err(end) => return end,
    };
    if let Err(imbalance) = outcome.ledger.check() {
        return End::Io(format!("the ledger does not balance, which is a defect of this program: {imbalance}"));
    }
    if let Err(error) = writers.finish(plan, &mut outputs) {
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

/// Bytes of all input files as stored, unless one of them is a stream.
fn total_bytes(plan: &Plan) -> Option<u64> {
    let inputs = plan.sources.iter().flat_map(|s| &s.inputs);
    inputs
        .map(|input| match &input.place {
            Place::Standard => None,
            Place::File(path) => path.metadata().ok().filter(std::fs::Metadata::is_file).map(|m| m.len()),
        })
        .sum()
}
