//! What happens to a chunk on a worker thread: decode, stages, encode. One [`Desk`] per thread holds everything that is
//! reused from document to document.

mod batch;
mod settle;

use super::chunk::{HEAD, Piece};
use super::decode::{decode, decoders, too_large};
use super::watch::Work;
use super::work::{Item, Job, Leg, Run, describe, fail, panicked};
use crate::config::OnError;
use crate::plan::Deadline;
use batch::BatchDesk;
use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use warraq_core::{
    Built, BuiltExport, Changes, Decoder, Encoder, Error, LabelNames, Preparer, Record, StageIndex, Worker,
};

enum StageDesk {
    Parallel(Box<dyn Worker>),
    InOrder(Box<dyn Preparer>),
    Batch(BatchDesk),
}

impl StageDesk {
    fn new(run: &Run<'_>, index: usize) -> Self {
        match (&run.plan.stages[index].built, run.in_order(index)) {
            (_, Some(stage)) if run.survey == Some(index) => StageDesk::InOrder(stage.surveyor()),
            (_, Some(stage)) => StageDesk::InOrder(stage.preparer()),
            (Built::Parallel(stage), None) => StageDesk::Parallel(stage.worker()),
            (Built::Batch(stage), None) => StageDesk::Batch(BatchDesk::new(&**stage)),
            (Built::InOrder(stage), None) => StageDesk::InOrder(stage.preparer()),
        }
    }
}

/// A worker thread's own decoders, stage workers, encoders and buffers.
pub(super) struct Desk {
    decoders: Vec<Box<dyn Decoder>>,
    stages: Vec<StageDesk>,
    /// By export; none for those that take documents in order.
    encoders: Vec<Option<Box<dyn Encoder>>>,
    names: LabelNames,
    changes: Changes,
    item: Item,
    spare: Vec<u8>,
    /// The documents that a batch stage is to take, by their places among the items.
    waiting: Vec<usize>,
    /// Its thread's slot on the board.
    slot: usize,
}

impl Desk {
    pub(super) fn new(run: &Run<'_>) -> Self {
        let plan = run.plan;
        let encoder = |format: &BuiltExport| match format {
            BuiltExport::Encoded(format) => Some(format.encoder()),
            BuiltExport::InOrder(_) => None,
        };
        Desk {
            decoders: decoders(plan),
            stages: (0..plan.stages.len()).map(|index| StageDesk::new(run, index)).collect(),
            encoders: plan.exports.iter().map(|e| encoder(&e.format)).collect(),
            names: plan.labels.names(),
            changes: Changes::new(),
            item: Item::default(),
            spare: Vec::new(),
            waiting: Vec::new(),
            slot: rayon::current_thread_index().unwrap_or(0),
        }
    }

    /// Decodes a chunk and takes its documents through the first leg. If that is not the last, the documents wait in the
    /// job; otherwise the job is complete.
    pub(super) fn start(&mut self, run: &Run<'_>, job: &mut Job, leg: &Leg) -> io::Result<()> {
        for at in 0..job.chunk.pieces.len() {
            let piece = job.chunk.pieces[at].clone();
            job.ledger.framed += piece.framed;
            let mut number = piece.first;
            let mut start = piece.range.start;
            while start < piece.range.end && !run.cancelled() {
                let (end, lines) = piece.record_end(&job.chunk.data, start);
                self.record(run, job, at, start..end, number, leg);
                start = end;
                number += lines;
            }
            if piece.range.is_empty() {
                // An empty file is a document without text.
                self.record(run, job, at, piece.range, number, leg);
            }
        }
        self.end_leg(run, job, leg)
    }

    /// Takes the waiting documents of a job through the next leg.
    pub(super) fn go_on(&mut self, run: &Run<'_>, job: &mut Job, leg: &Leg) -> io::Result<()> {
        let mut items = std::mem::take(&mut job.items);
        for item in &mut items {
            if run.cancelled() {
                break;
            }
            item.on_board(run, job, self.slot, Work::Stage(leg.stages.start), Instant::now());
            self.stages(run, job, item, leg.alone());
            if leg.streams() {
                self.settle(run, job, item);
            }
        }
        if !leg.streams() {
            job.items = items;
        }
        self.end_leg(run, job, leg)
    }

    /// What is left to do once every document of a job has been through the stages of a leg that take it alone.
    fn end_leg(&mut self, run: &Run<'_>, job: &mut Job, leg: &Leg) -> io::Result<()> {
        if let Some(first) = leg.batch {
            let mut items = std::mem::take(&mut job.items);
            self.groups(run, job, &mut items, first..leg.stages.end);
            if leg.last {
                items.iter_mut().take_while(|_| !run.cancelled()).for_each(|item| self.settle(run, job, item));
            } else {
                job.items = items;
            }
        }
        if leg.last { self.finish(run, job) } else { Ok(()) }
    }

    fn record(&mut self, run: &Run<'_>, job: &mut Job, piece: usize, range: Range<usize>, number: u64, leg: &Leg) {
        let Piece { input, kind, .. } = &job.chunk.pieces[piece];
        let Some(bytes) = job.chunk.pieces[piece].record(&job.chunk.data[range.clone()], number) else {
            job.ledger.blank += 1;
            return;
        };
        job.ledger.read += 1;
        let mut item = if leg.streams() { std::mem::take(&mut self.item) } else { Item::default() };
        item.doc.reset();
        (item.piece, item.number) = (piece, number);
        item.range = range.start..range.start + bytes.len();
        let record = Record { bytes, path: run.input_names[*input], number };
        item.truncated = too_large(run.plan, kind, bytes);
        if let Some(length) = item.truncated {
            item.range.end = item.range.start + head(bytes, length);
        }
        let source = run.source_of_input[*input];
        item.on_board(run, job, self.slot, Work::Decode, Instant::now());
        let decoded = decode(run.plan, source, &mut self.decoders[source], &record, item.truncated, &mut item.doc);
        item.failed = decoded.err().map(|error| (error, None));
        if item.failed.is_some() && run.plan.on_error == OnError::Abort {
            job.abort.get_or_insert_with(|| describe(&item, run));
        }
        self.stages(run, job, &mut item, leg.alone());
        if leg.streams() {
            self.settle(run, job, &mut item);
            self.item = item;
        } else {
            job.items.push(item);
        }
    }

    /// Runs stages on a document, and hands it to the exports that take it on the way.
    fn stages(&mut self, run: &Run<'_>, job: &mut Job, item: &mut Item, stages: Range<usize>) {
        for index in stages {
            if item.is_live() {
                self.branches(run, job, item, index);
            }
            if item.is_live() {
                self.stage(run, job, item, index);
            }
        }
    }

    fn stage(&mut self, run: &Run<'_>, job: &mut Job, item: &mut Item, index: usize) {
        let stage = &run.plan.stages[index];
        item.key = None;
        if stage.when.as_ref().is_some_and(|test| !test.holds(&item.doc)) {
            job.ledger.stages[index].not_applied += 1;
            return;
        }
        let clock = Deadline::start(stage.timeout.filter(|_| stage.isolation.is_none()));
        run.watch.board.go_on(self.slot, Work::Stage(index), clock.started());
        self.changes.clear();
        let (doc, key, changes) = (&mut item.doc, &mut item.key, &mut self.changes);
        let desk = &mut self.stages[index];
        let result = catch_unwind(AssertUnwindSafe(|| match desk {
            StageDesk::Parallel(worker) => {
                clock.judge(worker.process(&doc.view(), changes))?;
                doc.apply(changes, index as StageIndex, stage.writes)
            }
            StageDesk::InOrder(preparer) => clock.judge(preparer.prepare(&doc.view(), key.insert(Vec::new()))),
            StageDesk::Batch(_) => Err(Error::stage("defect", "a batch stage takes documents in groups")),
        }));
        let result = result.unwrap_or_else(|panic| {
            // Whatever the worker was in the middle of, a new one knows nothing of it.
            *desk = StageDesk::new(run, index);
            Err(panicked("the stage", &*panic))
        });
        let took = clock.elapsed();
        run.watch.took(run, job, item, index, 1, took);
        let count = &mut job.ledger.stages[index];
        count.time += took;
        count.documents += 1;
        if let Err(error) = result {
            item.key = None;
            fail(run, job, item, index, error);
        }
    }
}

/// How many bytes of a record past the limit are kept: its head, and no half character where it is text. `bytes` may be cut
/// already; the result is the same.
fn head(bytes: &[u8], length: u64) -> usize {
    if length <= HEAD as u64 {
        return bytes.len();
    }
    let bytes = &bytes[..HEAD.min(bytes.len())];
    match std::str::from_utf8(bytes) {
        Err(e) if e.error_len().is_none() => e.valid_up_to(),
        _ => bytes.len(),
    }
}
