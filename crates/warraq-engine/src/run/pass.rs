//! One pass over the inputs: the reader, the worker threads, and the coordinator, which passes jobs down the line.

use super::chunk::{Chunk, Position, Start};
use super::desk::Desk;
use super::ledger::Ledger;
use super::line::Line;
use super::pool::Pool;
use super::reader::{InputError, InputRecord, Reader};
use super::shard::Ranges;
use super::watch::Watch;
use super::window::Window;
use super::work::{Job, Leg, Run, panicked};
use super::{End, Observer, RunOptions};
use crate::plan::{Place, Plan};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the coordinator hears.
enum Event {
    /// A chunk to be started.
    Chunk(Chunk),
    /// A job that has been through the leg of this number.
    Leg(usize, Box<Job>, io::Result<()>),
    /// The reader is through.
    Read(Vec<InputRecord>, Result<(), InputError>),
}

/// What all passes of a run share.
pub(super) struct Threads<'a> {
    pub(super) plan: &'a Arc<Plan>,
    pub(super) options: &'a RunOptions,
    /// The worker threads.
    pub(super) pool: rayon::ThreadPool,
    /// Buffers for chunks.
    pub(super) buffers: Arc<Pool>,
    /// By input: which bytes are this shard's, where there are shards.
    pub(super) ranges: Option<Ranges>,
    pub(super) watch: Watch,
}

/// Reads all inputs from `start` on and takes every document down the line. Why that ended early, if it did, is in `line`.
/// `ledger` is the account so far.
pub(super) fn pass(
    threads: &Threads<'_>,
    run: &Run<'_>,
    legs: &[Leg],
    line: &mut Line<'_>,
    ledger: &mut Ledger,
    observer: &mut dyn Observer,
    start: &Start,
) -> Vec<InputRecord> {
    let Threads { plan, options, pool, buffers, .. } = threads;
    let cancel = run.cancel;
    let window = Arc::new(Window::new(plan.window));
    let bytes = Arc::new(AtomicU64::new(0));
    let mut inputs_read = Vec::new();
    let desks: Vec<Mutex<Option<Desk>>> = (0..plan.threads).map(|_| Mutex::new(None)).collect();
    let (events, heard) = mpsc::channel();
    line.progress.total = total_bytes(plan);

    // The reader is a thread of its own that nobody joins: it may be blocked on a stream that never ends.
    let reader = {
        let (plan, window, bytes, cancel) = (Arc::clone(plan), Arc::clone(&window), Arc::clone(&bytes), cancel.clone());
        let (events, inputs, from) = (events.clone(), Arc::clone(buffers), start.clone());
        let wanted = options.limit.map(|limit| limit.saturating_sub(ledger.read));
        let ranges = threads.ranges.clone();
        let span = run.span.clone();
        move || {
            let _pass = span.enter();
            let mut sink = |chunk: Chunk| {
                cancel.signal().is_none()
                    && window.enter(chunk.data.len() as u64)
                    && events.send(Event::Chunk(chunk)).is_ok()
            };
            let reader = Reader::new(&plan, &from, (wanted, ranges), bytes, &inputs, &mut sink);
            let (records, result) = catch_unwind(AssertUnwindSafe(|| reader.read_all())).unwrap_or_else(|panic| {
                // A decompressor, or what a format wraps around the bytes.
                let error = io::Error::other(panicked("reading", &*panic).message);
                (Vec::new(), Err(InputError { name: "?".into(), byte: 0, error, next: None }))
            });
            // Nobody listens any more when the run has ended early.
            let _ = events.send(Event::Read(records, result));
        }
    };
    if let Err(e) = std::thread::Builder::new().name("warraq-reader".into()).spawn(reader) {
        line.stop.get_or_insert(End::Io(format!("the reader thread cannot be started: {e}")));
        return Vec::new();
    }
    pool.in_place_scope(|tasks| {
        let spawn = |leg: usize, mut job: Job| {
            let (events, desks) = (events.clone(), &desks);
            tasks.spawn(move |_| {
                let result = catch_unwind(AssertUnwindSafe(|| {
                    let mut desk =
                        desks[rayon::current_thread_index().unwrap_or(0)].lock().unwrap_or_else(|e| e.into_inner());
                    let desk = desk.get_or_insert_with(|| Desk::new(run));
                    match leg {
                        0 => desk.start(run, &mut job, &legs[0]),
                        n => desk.go_on(run, &mut job, &legs[n]),
                    }
                }));
                // Panics on a document are caught there; this is one of setting up a worker, or of this program.
                let result = result.unwrap_or_else(|panic| {
                    let why = panicked("a worker thread", &*panic).message;
                    let chunk = job.chunk.number;
                    tracing::error!(name: "chunk.failed", parent: &run.span, chunk, "chunk {chunk}: {why}");
                    job.abort = Some(why);
                    Ok(())
                });
                run.watch.board.idle(rayon::current_thread_index().unwrap_or(0));
                let _ = events.send(Event::Leg(leg, Box::new(job), result));
            });
        };
        // Jobs that have been started and not yet appended or given up; the reader, until it is through.
        let (mut open, mut reading, mut chunks) = (0u64, true, start.chunk);
        let mut unread = None;
        while open > 0 || (reading && line.stop.is_none()) {
            let event = match heard.recv_timeout(Duration::from_millis(100)) {
                Ok(event) => event,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    line.report(&bytes, (&window, ledger, open), observer);
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
                    inputs_read = records;
                    let next = match &result {
                        Ok(()) => Some(Position::of_input(plan.inputs())),
                        Err(error) => error.next,
                    };
                    line.read_all(&inputs_read, next, chunks);
                    // Whatever was read before is still settled, so that the account does not depend on timing.
                    unread = result.err();
                }
                Event::Chunk(mut chunk) => {
                    chunks = chunk.number + 1;
                    line.read(&mut chunk);
                    let weight = chunk.data.len() as u64;
                    if line.stop.is_none() {
                        open += 1;
                        spawn(0, run.job(chunk, weight));
                    } else {
                        window.release(weight);
                    }
                }
                Event::Leg(leg, job, result) => {
                    if let Err(e) = result {
                        let chunk = job.chunk.number;
                        tracing::error!(name: "chunk.failed", chunk, "chunk {chunk}: compression failed: {e}");
                        line.stop.get_or_insert(End::Io(format!("compression failed: {e}")));
                    }
                    if line.stop.is_some() || cancel.signal().is_some() {
                        open -= 1;
                        window.release(job.weight);
                        // What waits for this one will never pass.
                        open -= line.give_up(&window);
                    } else {
                        let (closed, again) = line.arrive(leg, *job, &window, ledger);
                        open -= closed;
                        again.into_iter().for_each(|job| spawn(leg + 1, job));
                    }
                    line.report(&bytes, (&window, ledger, open), observer);
                }
            }
            if let Some(signal) = cancel.signal() {
                line.stop.get_or_insert(End::Interrupted(signal));
            }
            if line.stop.is_some() {
                window.close();
                open -= line.give_up(&window);
            } else {
                line.checkpoint(ledger, false);
            }
        }
        if let Some(InputError { name, byte, error, .. }) = unread {
            line.stop.get_or_insert(End::Io(format!("input {name}: byte {byte}: {error}")));
        }
    });
    if matches!(line.stop, Some(End::Interrupted(_) | End::Io(_))) {
        line.checkpoint(ledger, true);
    }
    line.report(&bytes, (&window, ledger, 0), observer);
    inputs_read
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
