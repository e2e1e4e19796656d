//! The log of slow documents: those that a single stage takes longer for than it may. A corpus can be full of them, so that
//! only so many are told a minute, and how many were not.

use crate::run::work::{Item, Job, Run};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many are told a minute.
const PER_MINUTE: u32 = 20;

const MINUTE: Duration = Duration::from_secs(60);

/// What has been told in this minute.
#[derive(Debug)]
struct Told {
    since: Instant,
    count: u32,
    left_out: u64,
}

impl Told {
    /// Whether one more may be told at `now`, and how many were left out in the minute that ended with it.
    fn may(&mut self, now: Instant) -> (bool, u64) {
        let mut before = 0;
        if now.saturating_duration_since(self.since) >= MINUTE {
            before = self.left_out;
            *self = Told { since: now, count: 0, left_out: 0 };
        }
        let may = self.count < PER_MINUTE;
        if may {
            self.count += 1;
        } else {
            self.left_out += 1;
        }
        (may, before)
    }
}

/// Tells of slow documents. Its lock is taken for these alone.
#[derive(Debug)]
pub(in crate::run) struct SlowLog {
    limit: Duration,
    told: Mutex<Told>,
}

impl SlowLog {
    /// For what takes longer than `limit`; none is told without one.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        let told = Told { since: Instant::now(), count: 0, left_out: 0 };
        SlowLog { limit: limit.unwrap_or(Duration::MAX), told: Mutex::new(told) }
    }

    pub(super) fn is_slow(&self, took: Duration) -> bool {
        took > self.limit
    }

    #[cold]
    pub(super) fn tell(&self, run: &Run<'_>, job: &Job, item: &Item, index: usize, group: usize, took: Duration) {
        let (may, left_out) = self.told.lock().unwrap_or_else(PoisonError::into_inner).may(Instant::now());
        tell_left_out(left_out);
        if !may {
            return;
        }
        let input = job.chunk.pieces.get(item.piece).map_or("?", |piece| run.input_names[piece.input]);
        let stage = run.plan.stage_names[index].as_str();
        let (id, record, bytes, seconds) = (item.doc.id(), item.number, item.range.len(), took.as_secs_f64());
        let others = if group > 1 { format!(" and {} others in its group", group - 1) } else { String::new() };
        tracing::warn!(
            name: "document.slow",
            parent: &run.span,
            id, input, record, stage, seconds, bytes, documents = group,
            "slow: stage {stage} took {seconds:.1} s for document {id:?}{others} ({input} record {record}, {bytes} bytes)"
        );
    }

    /// Tells what nobody will be told of later.
    pub(super) fn end(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        tell_left_out(std::mem::take(&mut told.left_out));
    }
}

fn tell_left_out(count: u64) {
    if count > 0 {
        tracing::warn!(name: "document.slow.left_out", count, "slow: {count} more documents were not named");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_minute_and_the_others_are_counted() {
        let start = Instant::now();
        let mut told = Told { since: start, count: 0, left_out: 0 };
        for n in 0..PER_MINUTE + 5 {
            assert_eq!(told.may(start), (n < PER_MINUTE, 0));
        }
        assert_eq!(told.left_out, 5);
        assert_eq!(told.may(start + MINUTE), (true, 5), "the next minute begins with how many were left out");
        assert_eq!(told.may(start + MINUTE), (true, 0));
        assert_eq!(told.left_out, 0);
    }

    #[test]
    fn without_a_limit_nothing_is_slow() {
        assert!(!SlowLog::new(None).is_slow(Duration::from_secs(1 << 40)));
        let log = SlowLog::new(Some(Duration::from_millis(20)));
        assert!(!log.is_slow(Duration::from_millis(20)) && log.is_slow(Duration::from_millis(21)));
    }
}
