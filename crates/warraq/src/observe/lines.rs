//! Progress in lines, where there is no terminal: one every few seconds while something moves, and a heartbeat now and then
//! while nothing does, so that nobody takes a run for dead that is at one huge document or waits for the disk.

use super::Shared;
use std::time::{Duration, Instant};
use warraq_engine::diagnostic::printable;
use warraq_engine::run::Progress;

/// How often a line is printed while something moves.
const INTERVAL: Duration = Duration::from_secs(5);

pub(super) struct Lines {
    /// How long it may be quiet.
    heartbeat: Duration,
    last: Instant,
    /// Bytes and documents as they were shown last.
    shown: (u64, u64),
    /// The same as they were seen last, and when they last changed.
    seen: (u64, u64),
    moved: Instant,
}

impl Lines {
    pub(super) fn new(heartbeat: Duration) -> Self {
        Lines { heartbeat, last: Instant::now(), shown: (0, 0), seen: (0, 0), moved: Instant::now() }
    }

    /// Says what there is to be said by now.
    pub(super) fn tick(&mut self, shared: &Shared) {
        let quiet = self.last.elapsed();
        let (progress, survey, pass_took) = {
            let seen = shared.seen();
            (*seen.numbers.progress(), seen.survey.clone(), seen.pass_began.elapsed())
        };
        let now = (progress.bytes, progress.documents);
        if now != self.seen {
            (self.seen, self.moved) = (now, Instant::now());
        }
        if now != self.shown && quiet >= INTERVAL {
            let Progress { bytes, total, documents, kept, failed } = progress;
            let seconds = pass_took.as_secs_f64();
            let left = left(&progress, pass_took).map(|left| left.as_secs_f64());
            let line = format!("{}{}", pass_name(survey.as_deref()), plain(&progress, pass_took));
            tracing::info!(
                name: "progress", survey, seconds, bytes, total_bytes = total, documents, kept, failed,
                seconds_left = left, "{line}"
            );
        } else if quiet.min(self.moved.elapsed()) >= self.heartbeat {
            let waiting_for = shared.board.waits_for(&shared.plan);
            let (phase, seconds) = (shared.board.phase().0.name(), shared.board.made().elapsed().as_secs_f64());
            let (bytes, documents) = now;
            tracing::info!(
                name: "heartbeat", survey, phase, seconds, waiting_for, bytes, documents,
                "{}{seconds:.0} s: {phase}, waiting for {waiting_for}", pass_name(survey.as_deref())
            );
        } else {
            return;
        }
        (self.last, self.shown) = (Instant::now(), now);
    }
}

/// What stands before the progress of a pass: nothing, where it is the run itself.
pub(crate) fn pass_name(survey: Option<&str>) -> String {
    survey.map_or(String::new(), |stage| format!("survey for {}: ", printable(stage)))
}

/// How long the rest will take, at the speed so far.
fn left(progress: &Progress, elapsed: Duration) -> Option<Duration> {
    let total = progress.total.filter(|&total| progress.bytes > 0 && total > 0)?;
    let left = elapsed.as_secs_f64() * total.saturating_sub(progress.bytes) as f64 / progress.bytes as f64;
    Duration::try_from_secs_f64(left).ok()
}

/// One line of progress.
fn plain(progress: &Progress, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(1e-3);
    let rate = progress.bytes as f64 / 1e6 / seconds;
    let share = match (progress.total, left(progress, elapsed)) {
        (Some(total), Some(left)) => {
            format!(" {:.0}% ({:.0} s left)", 100.0 * progress.bytes as f64 / total as f64, left.as_secs_f64())
        }
        _ => String::new(),
    };
    format!(
        "{:.0} s: read {:.1} MB{share}, {rate:.1} MB/s, {} documents, {} failed",
        seconds,
        progress.bytes as f64 / 1e6,
        progress.documents,
        progress.failed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_says_how_far_and_how_long() {
        let progress = Progress { bytes: 25_000_000, total: Some(100_000_000), documents: 1200, kept: 1190, failed: 2 };
        let line = plain(&progress, Duration::from_secs(10));
        assert_eq!(line, "10 s: read 25.0 MB 25% (30 s left), 2.5 MB/s, 1200 documents, 2 failed");
        let stream = plain(&Progress { total: None, ..progress }, Duration::from_secs(10));
        assert_eq!(stream, "10 s: read 25.0 MB, 2.5 MB/s, 1200 documents, 2 failed");
    }
}
