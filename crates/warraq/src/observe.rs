//! What a run is watched by: its progress for people, heartbeats, the file of metrics and those sent by OTLP.
//!
//! The run's own thread only copies numbers, ten times a second at most. Everything else happens on threads of its own, so
//! that neither a slow disk nor a collector that does not answer can slow the run, and so that there is somebody to speak
//! while that thread is busy.

mod lines;
mod otlp;

pub(crate) use lines::pass_name;
pub(crate) use otlp::Endpoint;

use crate::cli::{RunArgs, Slow};
use crate::progress::{Bar, Show};
use lines::Lines;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use warraq_engine::Exit;
use warraq_engine::metrics::{self, Numbers, View, memory};
use warraq_engine::plan::Plan;
use warraq_engine::run::{Board, End, Observer, Outcome, Progress, Resume, RunOptions, State};

/// How often numbers are copied.
const COPY: Duration = Duration::from_millis(100);

/// How often it is looked whether there is something to say or to write.
const TICK: Duration = Duration::from_millis(200);

/// How often the file of metrics is written.
const WRITE: Duration = Duration::from_secs(5);

/// What was seen last.
struct Seen {
    numbers: Numbers,
    /// The stage that a survey is for, and when the pass began.
    survey: Option<String>,
    pass_began: Instant,
    /// Whether a pass has begun: the outputs are this run's own from then on.
    begun: bool,
}

/// What all threads that watch a run share.
struct Shared {
    plan: Arc<Plan>,
    board: Arc<Board>,
    seen: Mutex<Seen>,
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes something of all metrics, as they are now; nothing before the first pass has begun.
    fn metrics<T>(&self, make: impl FnOnce(&View<'_>) -> T) -> Option<T> {
        let numbers = Some(self.seen()).filter(|seen| seen.begun).map(|seen| seen.numbers.clone())?;
        let (plan, board, now) = (&*self.plan, &*self.board, SystemTime::now());
        Some(make(&View { plan, numbers: &numbers, board, memory: memory(), now }))
    }
}

/// Watches a run; see the module.
pub(crate) struct Watcher {
    shared: Arc<Shared>,
    bar: Option<Bar>,
    copied: Instant,
    file: Option<PathBuf>,
    /// The thread that says and writes, which goes on until the sender is dropped.
    ticker: Option<(Sender<()>, JoinHandle<Option<MetricsFile>>)>,
    otlp: Option<otlp::Exporter>,
    slow: Option<Duration>,
}

impl Watcher {
    pub(crate) fn new(plan: &Arc<Plan>, args: &RunArgs) -> Self {
        let board = Arc::new(Board::new(plan.threads));
        let numbers = Numbers::new(plan);
        let seen = Seen { numbers, survey: None, pass_began: Instant::now(), begun: false };
        let shared = Arc::new(Shared { plan: Arc::clone(plan), board, seen: Mutex::new(seen) });
        let show = Show::new(args);
        let lines = (show == Show::Lines).then(|| Lines::new(args.heartbeat));
        let Slow(slow) = args.slow;
        let otlp = args.otlp.as_ref().map(|endpoint| otlp::Exporter::start(endpoint, Arc::clone(&shared)));
        let mut watcher = Watcher {
            shared,
            bar: (show == Show::Bar).then(Bar::new),
            copied: Instant::now(),
            file: args.metrics.clone(),
            ticker: None,
            otlp,
            slow,
        };
        if lines.is_some() || watcher.file.is_some() {
            watcher.tick(lines);
        }
        watcher
    }

    /// What the run is asked for.
    pub(crate) fn options(&self, limit: Option<u64>, resume: Resume) -> RunOptions {
        RunOptions { limit, resume, slow: self.slow, board: Some(Arc::clone(&self.shared.board)) }
    }

    fn tick(&mut self, mut lines: Option<Lines>) {
        let shared = Arc::clone(&self.shared);
        let mut file = self.file.clone().map(MetricsFile::new);
        let (stop, stopped) = mpsc::channel();
        let spawned = std::thread::Builder::new().name("warraq-observer".into()).spawn(move || {
            while goes_on(&stopped, TICK) {
                if let Some(lines) = &mut lines {
                    lines.tick(&shared);
                }
                if let Some(file) = &mut file {
                    file.tick(&shared);
                }
            }
            file
        });
        match spawned {
            Ok(thread) => self.ticker = Some((stop, thread)),
            Err(error) => tracing::warn!(name: "observer.failed", "the run cannot be watched: {error}"),
        }
    }

    /// The run is over: nothing more is shown of its progress.
    pub(crate) fn rest(&mut self) {
        self.bar = None;
        let rested = self.ticker.take().and_then(|(stop, thread)| {
            drop(stop);
            thread.join().ok().flatten()
        });
        self.file = self.file.take().filter(|_| rested.is_none_or(|file| !file.has_failed));
    }

    /// Writes and sends how the run ended. A run that another one kept out must not write over that one's metrics.
    pub(crate) fn end(mut self, outcome: &Outcome, exit: Exit) {
        self.rest();
        let is_busy = matches!(outcome.end, End::Busy { .. } | End::Refused(_));
        if !is_busy {
            let mut seen = self.shared.seen();
            seen.begun = true;
            seen.numbers.settle(outcome, exit);
        }
        if let Some(file) = self.file.take().filter(|_| !is_busy) {
            MetricsFile::new(file).write(&self.shared);
        }
        if let Some(otlp) = self.otlp.take() {
            otlp.end();
        }
    }
}

/// Waits so long. Whether to go on, which is until the sender is dropped.
fn goes_on(stopped: &Receiver<()>, wait: Duration) -> bool {
    matches!(stopped.recv_timeout(wait), Err(RecvTimeoutError::Timeout))
}

impl Observer for Watcher {
    fn progress(&mut self, progress: &Progress) {
        if let Some(bar) = &mut self.bar {
            bar.progress(progress);
        }
    }

    fn state(&mut self, state: &State<'_>) {
        // The last numbers of a pass are those of a moment at which nothing is under way.
        if state.chunks == 0 || self.copied.elapsed() >= COPY {
            self.copied = Instant::now();
            self.shared.seen().numbers.update(state);
        }
    }

    fn begins(&mut self, survey: Option<&str>) {
        if let Some(bar) = &mut self.bar {
            bar.begins(survey);
        }
        let mut seen = self.shared.seen();
        (seen.begun, seen.pass_began) = (true, Instant::now());
        seen.survey = survey.map(str::to_owned);
    }
}

/// The file of metrics.
struct MetricsFile {
    path: PathBuf,
    written: Option<Instant>,
    /// It is said once that it cannot be written, and then no more is tried.
    has_failed: bool,
}

impl MetricsFile {
    fn new(path: PathBuf) -> Self {
        MetricsFile { path, written: None, has_failed: false }
    }

    fn tick(&mut self, shared: &Shared) {
        if !self.has_failed && self.written.is_none_or(|written| written.elapsed() >= WRITE) {
            self.write(shared);
        }
    }

    fn write(&mut self, shared: &Shared) {
        let Some(text) = shared.metrics(metrics::prometheus) else { return };
        self.written = Some(Instant::now());
        if let Err(error) = metrics::write_prometheus(&text, &self.path) {
            self.has_failed = true;
            let path = self.path.display();
            tracing::warn!(name: "metrics.failed", path = %path, "the metrics {path}: {error}");
        }
    }
}
