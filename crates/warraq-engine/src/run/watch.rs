//! Looking at a run from outside: what every thread is at, which documents are slow, how far all of it is.
//!
//! Threads write what they are at into a [`Board`], a few plain stores per stage and document; nobody takes a lock for it.
//! Counts are shown by the coordinator, which has them anyway, several times a second ([`State`]).

mod board;
mod slow;
mod state;

pub(super) use board::Work;
pub use board::{Board, Doing, Phase};
pub(super) use slow::SlowLog;
pub use state::{State, Waiting};

use super::work::{Item, Job, Run};
use super::{OutputRecord, RunOptions};
use crate::plan::Plan;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the threads of a run tell those who watch it.
pub(super) struct Watch {
    pub(super) board: Arc<Board>,
    slow: SlowLog,
}

impl Watch {
    pub(super) fn new(plan: &Plan, options: &RunOptions) -> Self {
        let board = options.board.clone().unwrap_or_else(|| Arc::new(Board::new(plan.threads)));
        Watch { board, slow: SlowLog::new(options.slow) }
    }

    /// A stage has taken `took` for a document, or for the `group` of documents of which it is the first.
    pub(super) fn took(&self, run: &Run<'_>, job: &Job, item: &Item, index: usize, group: usize, took: Duration) {
        if self.slow.is_slow(took) {
            self.board.count_slow();
            self.slow.tell(run, job, item, index, group, took);
        }
    }
}

impl Drop for Watch {
    /// The run is over, however it ended.
    fn drop(&mut self) {
        self.slow.end();
        self.board.enter(Phase::Ended);
    }
}

/// Says that a run begins; whatever happens until the span is left belongs to it.
pub(super) fn begin(plan: &Plan) -> tracing::span::EnteredSpan {
    let span = tracing::info_span!("run", pipeline = plan.name).entered();
    let (inputs, threads, window) = (plan.inputs(), plan.threads, plan.window);
    tracing::info!(
        name: "run.begins", version = env!("CARGO_PKG_VERSION"), file = plan.file, inputs, threads, window,
        "{} begins: {inputs} inputs, {threads} threads", plan.name
    );
    span
}

impl Item {
    /// Puts on the board what the thread in `slot` does to this document, from `since` on.
    pub(super) fn on_board(&self, run: &Run<'_>, job: &Job, slot: usize, work: Work, since: Instant) {
        let input = job.chunk.pieces.get(self.piece).map_or(0, |piece| piece.input);
        run.watch.board.set(slot, work, Some((input, self.number)), since);
    }
}

/// Says which outputs got their final names.
pub(super) fn published(records: &[OutputRecord]) {
    for OutputRecord { name, bytes, sha256 } in records {
        tracing::info!(name: "export.published", output = name, bytes, sha256, "published {name} ({bytes} bytes)");
    }
}
