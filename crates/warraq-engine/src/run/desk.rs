//! What happens to a chunk on a worker thread: decode, stages, encode. One [`Desk`] per thread holds everything that is
//! reused from document to document.

mod batch;
mod settle;

use super::chunk::{HEAD, Piece, PieceKind, is_blank};
use super::work::{Item, Job, Leg, Run, describe, fail, panicked};
use crate::config::OnError;
use crate::plan::Plan;
use batch::BatchDesk;
use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use warraq_core::{
    Built, BuiltExport, Changes, Decoder, Encoder, Error, ErrorKind, LabelNames, Preparer, Record, StageIndex, Worker,
};

enum StageDesk {
    Parallel(Box<dyn Worker>),
    InOrder(Box<dyn Preparer>),
    Batch(BatchDesk),
}

impl StageDesk {
    fn new(built: &Built) -> Self {
        match built {
            Built::Parallel(stage) => StageDesk::Parallel(stage.worker()),
            Built::InOrder(stage) => StageDesk::InOrder(stage.preparer()),
            Built::Batch(stage) => StageDesk::Batch(BatchDesk::new(&**stage)),
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
}

impl Desk {
    pub(super) fn new(plan: &Plan) -> Self {
        let encoder = |format: &BuiltExport| match format {
            BuiltExport::Encoded(format) => Some(format.encoder()),
            BuiltExport::InOrder(_) => None,
        };
        Desk {
            decoders: plan.sources.iter().map(|s| s.format.decoder()).collect(),
            stages: plan.stages.iter().map(|s| StageDesk::new(&s.built)).collect(),
            encoders: plan.exports.iter().map(|e| encoder(&e.format)).collect(),
            names: plan.labels.names(),
            changes: Changes::new(),
            item: Item::default(),
            spare: Vec::new(),
            waiting: Vec::new(),
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
                let rest = &job.chunk.data[start..piece.range.end];
                let length = match piece.kind {
                    PieceKind::Lines => memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1),
                    PieceKind::File | PieceKind::TooLarge { .. } => rest.len(),
                };
                self.record(run, job, at, start..start + length, number, leg);
                start += length;
                number += 1;
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
        let mut bytes = &job.chunk.data[range.clone()];
        if *kind == PieceKind::Lines {
            bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            if is_blank(bytes, number) {
                job.ledger.blank += 1;
                return;
            }
        }
        job.ledger.read += 1;
        let mut item = if leg.streams() { std::mem::take(&mut self.item) } else { Item::default() };
        item.doc.reset();
        item.failed = None;
        (item.piece, item.number) = (piece, number);
        item.range = range.start..range.start + bytes.len();
        item.truncated = None;
        let record = Record { bytes, path: run.input_names[*input], number };
        let too_large = match *kind {
            PieceKind::TooLarge { bytes } => Some(bytes),
            _ if bytes.len() as u64 > run.plan.record_limit => Some(bytes.len() as u64),
            _ => None,
        };
        if let Some(bytes) = too_large {
            let mut id = String::new();
            record.write_default_id(&mut id);
            item.doc.set_id(&id);
            item.range.end = item.range.start + head(record.bytes, bytes);
            item.truncated = Some(bytes);
            let message = format!("the record has {bytes} bytes; `run.record_limit` is {}", run.plan.record_limit);
            item.failed = Some((Error::new(ErrorKind::Limit, "record.too_large", message), None));
        } else {
            let decoder = &mut self.decoders[run.source_of_input[*input]];
            let result = catch_unwind(AssertUnwindSafe(|| decoder.decode(&record, &mut item.doc)));
            match result {
                Ok(Ok(())) => {}
                Ok(Err(error)) => item.failed = Some((error, None)),
                Err(panic) => {
                    *decoder = run.plan.sources[run.source_of_input[*input]].format.decoder();
                    item.failed = Some((panicked("the decoder", &*panic), None));
                }
            }
            if item.doc.id().is_empty() {
                // The decoder was interrupted before it got there.
                let mut id = String::new();
                record.write_default_id(&mut id);
                item.doc.set_id(&id);
            }
        }
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
        let before = Instant::now();
        self.changes.clear();
        let (doc, key, changes) = (&mut item.doc, &mut item.key, &mut self.changes);
        let desk = &mut self.stages[index];
        let result = catch_unwind(AssertUnwindSafe(|| match desk {
            StageDesk::Parallel(worker) => {
                worker.process(&doc.view(), changes)?;
                doc.apply(changes, index as StageIndex, stage.writes)
            }
            StageDesk::InOrder(preparer) => preparer.prepare(&doc.view(), key.insert(Vec::new())),
            StageDesk::Batch(_) => Err(Error::stage("defect", "a batch stage takes documents in groups")),
        }));
        let result = result.unwrap_or_else(|panic| {
            // Whatever the worker was in the middle of, a new one knows nothing of it.
            *desk = StageDesk::new(&stage.built);
            Err(panicked("the stage", &*panic))
        });
        let count = &mut job.ledger.stages[index];
        count.time += before.elapsed();
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
