//! What every thread of a run is at, for whoever looks on from another thread.
//!
//! A slot is written by one thread, piece by piece and without a lock. A reader may see the pieces of two moments together;
//! what it is for is to say what has not changed for many seconds.

use crate::plan::Plan;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// The parts of a run, in their order. Surveys come before the run itself, and there may be several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Outputs are claimed and opened.
    Starting,
    /// The inputs are read for a survey.
    Surveying,
    /// A survey draws its conclusions.
    Concluding,
    /// The inputs are read for the run itself.
    Running,
    /// In-order exports write what they still hold.
    Finishing,
    /// Stages save what they have learned.
    Saving,
    /// Outputs are made durable and get their final names.
    Publishing,
    /// The run is over.
    Ended,
}

impl Phase {
    /// All of them, in their order.
    pub const ALL: [Phase; 8] = [
        Phase::Starting,
        Phase::Surveying,
        Phase::Concluding,
        Phase::Running,
        Phase::Finishing,
        Phase::Saving,
        Phase::Publishing,
        Phase::Ended,
    ];

    /// Its name in metrics and events.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Starting => "starting",
            Phase::Surveying => "surveying",
            Phase::Concluding => "concluding",
            Phase::Running => "running",
            Phase::Finishing => "finishing",
            Phase::Saving => "saving",
            Phase::Publishing => "publishing",
            Phase::Ended => "ended",
        }
    }

    /// What a run waits for in it, in words, where no thread has anything on the board.
    fn waits_for(self) -> &'static str {
        match self {
            Phase::Starting => "the outputs to be opened",
            Phase::Surveying | Phase::Running => "the next bytes of the input",
            Phase::Concluding => "the survey to draw its conclusions",
            Phase::Finishing => "exports to write what they still hold",
            Phase::Saving => "stages to save what they have learned",
            Phase::Publishing => "the disk to have all of the outputs",
            Phase::Ended => "nothing",
        }
    }
}

/// What a thread does to a document or to a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::run) enum Work {
    /// Decodes a record.
    Decode,
    /// Runs the stage of this index.
    Stage(usize),
    /// Encodes a document for exports, or for the rejects.
    Encode,
    /// Compresses the outputs of a chunk.
    Compress,
    /// Decides, in order, for the stage of this index.
    Decide(usize),
    /// Hands a chunk's documents to exports, in order.
    Write,
    /// Appends a chunk to the outputs.
    Append,
    /// Shows a chunk's documents to a survey.
    Collect,
}

impl Work {
    /// As a number other than 0.
    fn code(self) -> u64 {
        let (kind, index) = match self {
            Work::Decode => (1, 0),
            Work::Stage(index) => (2, index),
            Work::Encode => (3, 0),
            Work::Compress => (4, 0),
            Work::Decide(index) => (5, index),
            Work::Write => (6, 0),
            Work::Append => (7, 0),
            Work::Collect => (8, 0),
        };
        kind << 32 | index as u64
    }

    fn of(code: u64) -> Option<Work> {
        let index = (code & 0xffff_ffff) as usize;
        Some(match code >> 32 {
            1 => Work::Decode,
            2 => Work::Stage(index),
            3 => Work::Encode,
            4 => Work::Compress,
            5 => Work::Decide(index),
            6 => Work::Write,
            7 => Work::Append,
            8 => Work::Collect,
            _ => return None,
        })
    }
}

/// One thread's place on the board; alone on its cache lines, as its thread writes it all the time.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Slot {
    /// [`Work::code`], or 0.
    work: AtomicU64,
    /// The input's index, from 1; 0 where it is not about one document.
    input: AtomicU64,
    record: AtomicU64,
    /// Since when, as [`Board::moment`] has it.
    since: AtomicU64,
}

/// What a thread has been at, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doing {
    work: Work,
    /// The input's index, over all sources, and the record's number there.
    document: Option<(usize, u64)>,
    /// How long.
    pub time: Duration,
}

/// What the threads of a run are at.
#[derive(Debug)]
pub struct Board {
    made: Instant,
    /// Of the worker threads and then of the coordinator.
    slots: Box<[Slot]>,
    phase: AtomicUsize,
    phase_since: AtomicU64,
    slow: AtomicU64,
}

impl Board {
    /// An empty board for so many worker threads.
    pub fn new(threads: usize) -> Self {
        Board {
            made: Instant::now(),
            slots: (0..=threads).map(|_| Slot::default()).collect(),
            phase: AtomicUsize::new(0),
            phase_since: AtomicU64::new(0),
            slow: AtomicU64::new(0),
        }
    }

    /// When it was made, which is when its run began.
    pub fn made(&self) -> Instant {
        self.made
    }

    /// The part of the run that is under way, and for how long.
    pub fn phase(&self) -> (Phase, Duration) {
        let phase = Phase::ALL[self.phase.load(Relaxed).min(Phase::ALL.len() - 1)];
        (phase, self.age(&self.phase_since))
    }

    /// Documents, or groups of them, that a single stage took longer for than [`RunOptions::slow`](super::RunOptions::slow) says.
    pub fn slow_documents(&self) -> u64 {
        self.slow.load(Relaxed)
    }

    /// The thread that has been at one thing for the longest time.
    pub fn longest(&self) -> Option<Doing> {
        let doing = |slot: &Slot| {
            let work = Work::of(slot.work.load(Relaxed))?;
            let input = slot.input.load(Relaxed).checked_sub(1);
            let document = input.map(|input| (input as usize, slot.record.load(Relaxed)));
            Some(Doing { work, document, time: self.age(&slot.since) })
        };
        self.slots.iter().filter_map(doing).max_by_key(|doing| doing.time)
    }

    /// What the run waits for, in words: `stage clean.html on in.jsonl record 17, for 42 s`.
    pub fn waits_for(&self, plan: &Plan) -> String {
        let (phase, age) = self.phase();
        match self.longest() {
            Some(doing) => doing.describe(plan),
            None => format!("{}, for {} s", phase.waits_for(), age.as_secs()),
        }
    }

    fn age(&self, since: &AtomicU64) -> Duration {
        let since = since.load(Relaxed);
        let since = Duration::new(since >> 30, (since & ((1 << 30) - 1)) as u32);
        self.made.elapsed().saturating_sub(since)
    }

    /// The time since the board was made, in one word: seconds, and nanoseconds in the lower 30 bits.
    fn moment(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.made);
        since.as_secs() << 30 | u64::from(since.subsec_nanos())
    }

    /// A phase begins.
    pub(in crate::run) fn enter(&self, phase: Phase) {
        let index = Phase::ALL.iter().position(|&p| p == phase).unwrap_or(0);
        self.phase_since.store(self.moment(Instant::now()), Relaxed);
        self.phase.store(index, Relaxed);
        tracing::debug!(name: "run.phase", phase = phase.name(), "the run is {}", phase.name());
    }

    /// The coordinator's slot; the others are those of the worker threads, by their indices.
    pub(in crate::run) fn coordinator(&self) -> usize {
        self.slots.len() - 1
    }

    pub(in crate::run) fn set(&self, slot: usize, work: Work, document: Option<(usize, u64)>, since: Instant) {
        let Some(slot) = self.slots.get(slot) else { return };
        let (input, record) = document.map_or((0, 0), |(input, record)| (input as u64 + 1, record));
        slot.input.store(input, Relaxed);
        slot.record.store(record, Relaxed);
        slot.since.store(self.moment(since), Relaxed);
        slot.work.store(work.code(), Relaxed);
    }

    /// The thread in this slot goes on with the same document.
    pub(in crate::run) fn go_on(&self, slot: usize, work: Work, since: Instant) {
        if let Some(slot) = self.slots.get(slot) {
            slot.since.store(self.moment(since), Relaxed);
            slot.work.store(work.code(), Relaxed);
        }
    }

    /// The thread in this slot has nothing to do.
    pub(in crate::run) fn idle(&self, slot: usize) {
        if let Some(slot) = self.slots.get(slot) {
            slot.work.store(0, Relaxed);
        }
    }

    pub(super) fn count_slow(&self) {
        self.slow.fetch_add(1, Relaxed);
    }
}

impl Doing {
    fn describe(&self, plan: &Plan) -> String {
        let stage = |index: usize| plan.stage_names.get(index).map_or("?", String::as_str);
        let what = match self.work {
            Work::Decode => "the decoder".to_owned(),
            Work::Stage(index) => format!("stage {}", stage(index)),
            Work::Encode => "the exports".to_owned(),
            Work::Compress => "the compression of a chunk".to_owned(),
            Work::Decide(index) => format!("the decision of stage {}", stage(index)),
            Work::Write => "the exports that take documents in order".to_owned(),
            Work::Append => "a chunk to be appended to the outputs".to_owned(),
            Work::Collect => "the survey to take in a chunk".to_owned(),
        };
        let input = |index: usize| plan.sources.iter().flat_map(|s| &s.inputs).nth(index).map(|input| &input.name);
        let place = self.document.and_then(|(index, record)| Some((input(index)?, record)));
        let place = place.map_or(String::new(), |(input, record)| format!(" on {input} record {record}"));
        format!("{what}{place}, for {} s", self.time.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_is_found_and_idle_threads_are_not() {
        let board = Board::new(2);
        assert_eq!(board.longest(), None);
        let now = board.made();
        board.set(0, Work::Stage(3), Some((0, 17)), now);
        board.set(1, Work::Compress, None, now + Duration::from_millis(40));
        board.set(board.coordinator(), Work::Append, None, now + Duration::from_millis(20));
        let at = |board: &Board| board.longest().map(|doing| (doing.work, doing.document));
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(at(&board), Some((Work::Stage(3), Some((0, 17)))));
        board.idle(0);
        assert_eq!(at(&board), Some((Work::Append, None)));
        board.idle(2);
        assert_eq!(at(&board), Some((Work::Compress, None)));
        board.set(7, Work::Decode, None, now);
        board.idle(1);
        assert_eq!(at(&board), None, "there is no slot 7");
    }

    #[test]
    fn work_is_the_same_after_its_number() {
        let all = [Work::Decode, Work::Stage(9), Work::Encode, Work::Compress, Work::Decide(0), Work::Write];
        for work in all.into_iter().chain([Work::Append, Work::Collect]) {
            assert_eq!(Work::of(work.code()), Some(work));
        }
        assert_eq!(Work::of(0), None);
    }

    #[test]
    fn phases_have_their_names_and_a_time() {
        let board = Board::new(1);
        assert_eq!(board.phase().0, Phase::Starting);
        for phase in Phase::ALL {
            board.enter(phase);
            assert_eq!(board.phase().0, phase);
            assert!(board.phase().1 < Duration::from_secs(5));
        }
    }
}
