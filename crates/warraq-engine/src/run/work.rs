//! What happens to a chunk on a worker thread: decode, stages, encode. One [`Desk`] per thread holds everything that is
//! reused from document to document.

use super::cancel::Cancel;
use super::chunk::{Chunk, HEAD, Piece, PieceKind, is_blank};
use super::ledger::{Fate, Ledger};
use super::output::Output;
use super::pool::Pool;
use super::rejects::{self, Place, Reject};
use crate::config::OnError;
use crate::plan::Plan;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use warraq_core::{
    Built, Changes, Decoder, Document, EncodeContext, Encoder, Error, ErrorKind, LabelNames, Preparer, Record,
    StageIndex, Verdict, Worker,
};

/// A document on its way through a chunk.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) doc: Document,
    /// Which piece of the chunk it comes from, its bytes in the chunk and its number in the input.
    piece: usize,
    range: Range<usize>,
    number: u64,
    /// Its length, if it is past the limit and `range` is only its head.
    truncated: Option<u64>,
    /// The error it failed with, and the stage's index.
    failed: Option<(Error, Option<StageIndex>)>,
    /// What the in-order stage that is next to decide has prepared, if it applies to the document.
    pub(super) key: Option<Vec<u8>>,
}

impl Item {
    /// Whether stages still run on it.
    pub(super) fn is_live(&self) -> bool {
        self.failed.is_none() && *self.doc.verdict() == Verdict::Keep
    }
}

/// A chunk and what has become of it so far.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) chunk: Chunk,
    /// Bytes it takes of the window.
    pub(super) weight: u64,
    /// Its documents, where in-order stages have yet to decide about them.
    pub(super) items: Vec<Item>,
    /// Per export: encoded documents and, once the job is complete, compressed ones.
    pub(super) outputs: Vec<Vec<u8>>,
    pub(super) rejects: Vec<u8>,
    pub(super) ledger: Ledger,
    /// The first failure under `on_error = "abort"`.
    pub(super) abort: Option<String>,
}

/// The stages between two turnstiles. Every leg but the last ends with an in-order stage, which then decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leg {
    pub(super) stages: Range<usize>,
    pub(super) last: bool,
}

impl Leg {
    /// Cuts a plan's stages into legs.
    pub(super) fn all(plan: &Plan) -> Vec<Leg> {
        let mut legs = Vec::new();
        let mut start = 0;
        for (index, stage) in plan.stages.iter().enumerate() {
            if matches!(stage.built, Built::InOrder(_)) {
                legs.push(Leg { stages: start..index + 1, last: false });
                start = index + 1;
            }
        }
        legs.push(Leg { stages: start..plan.stages.len(), last: true });
        legs
    }
}

enum StageDesk {
    Parallel(Box<dyn Worker>),
    InOrder(Box<dyn Preparer>),
}

/// A worker thread's own decoders, stage workers, encoders and buffers.
pub(super) struct Desk {
    decoders: Vec<Box<dyn Decoder>>,
    stages: Vec<StageDesk>,
    encoders: Vec<Box<dyn Encoder>>,
    names: LabelNames,
    changes: Changes,
    item: Item,
    spare: Vec<u8>,
}

impl Desk {
    pub(super) fn new(plan: &Plan) -> Self {
        let stage = |built: &Built| match built {
            Built::Parallel(stage) => StageDesk::Parallel(stage.worker()),
            Built::InOrder(stage) => StageDesk::InOrder(stage.preparer()),
        };
        Desk {
            decoders: plan.sources.iter().map(|s| s.format.decoder()).collect(),
            stages: plan.stages.iter().map(|s| stage(&s.built)).collect(),
            encoders: plan.exports.iter().map(|e| e.format.encoder()).collect(),
            names: plan.labels.names(),
            changes: Changes::new(),
            item: Item::default(),
            spare: Vec::new(),
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
        if leg.last { self.finish(run, job) } else { Ok(()) }
    }

    /// Takes the waiting documents of a job through the next leg.
    pub(super) fn go_on(&mut self, run: &Run<'_>, job: &mut Job, leg: &Leg) -> io::Result<()> {
        let mut items = std::mem::take(&mut job.items);
        for item in &mut items {
            if run.cancelled() {
                break;
            }
            self.stages(run, job, item, leg);
            if leg.last {
                self.settle(run, job, item);
            }
        }
        if leg.last {
            return self.finish(run, job);
        }
        job.items = items;
        Ok(())
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
        let mut item = if leg.last { std::mem::take(&mut self.item) } else { Item::default() };
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
        self.stages(run, job, &mut item, leg);
        if leg.last {
            self.settle(run, job, &mut item);
            self.item = item;
        } else {
            job.items.push(item);
        }
    }

    /// Runs stages on a document, and hands it to the exports that take it on the way.
    fn stages(&mut self, run: &Run<'_>, job: &mut Job, item: &mut Item, leg: &Leg) {
        for index in leg.stages.clone() {
            if item.is_live() {
                self.branches(run, job, item, index);
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
        }));
        let result = result.unwrap_or_else(|panic| {
            // Whatever the worker was in the middle of, a new one knows nothing of it.
            *desk = match &stage.built {
                Built::Parallel(stage) => StageDesk::Parallel(stage.worker()),
                Built::InOrder(stage) => StageDesk::InOrder(stage.preparer()),
            };
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

    /// Encodes a document for the exports that take it before stage `index`.
    fn branches(&mut self, run: &Run<'_>, job: &mut Job, item: &mut Item, index: usize) {
        for n in 0..run.plan.exports.len() {
            if run.plan.exports[n].after == index
                && let Err(error) = self.encode(run, job, n, &item.doc)
            {
                item.failed = Some((error, None));
                return;
            }
        }
    }

    fn encode(&mut self, run: &Run<'_>, job: &mut Job, export: usize, doc: &Document) -> Result<(), Error> {
        let planned = &run.plan.exports[export];
        let count = &mut job.ledger.exports[export];
        if planned.filter.as_ref().is_some_and(|test| !test.holds(doc)) {
            count.reached += 1;
            count.not_selected += 1;
            return Ok(());
        }
        let out = &mut job.outputs[export];
        let length = out.len();
        let mut cx = EncodeContext { labels: &mut self.names, stages: &run.plan.stage_names };
        let encoder = &mut self.encoders[export];
        let result = catch_unwind(AssertUnwindSafe(|| encoder.encode(doc, &mut cx, out)));
        let result = result.unwrap_or_else(|panic| {
            self.encoders[export] = planned.format.encoder();
            Err(panicked("the export", &*panic))
        });
        match result {
            Ok(()) => {
                count.reached += 1;
                count.written += 1;
            }
            Err(_) => job.outputs[export].truncate(length),
        }
        result
    }

    /// Writes a document where it belongs: to the exports, or to the rejects.
    fn settle(&mut self, run: &Run<'_>, job: &mut Job, item: &mut Item) {
        if item.is_live() {
            let end = run.plan.stages.len();
            let marks: Vec<(usize, usize, super::ledger::ExportCount)> = (0..job.outputs.len())
                .filter(|&n| run.plan.exports[n].after == end)
                .map(|n| (n, job.outputs[n].len(), job.ledger.exports[n].clone()))
                .collect();
            for &(n, ..) in &marks {
                if let Err(error) = self.encode(run, job, n, &item.doc) {
                    item.failed = Some((error, None));
                    break;
                }
            }
            if item.failed.is_none() {
                job.ledger.kept += 1;
                return;
            }
            // It goes to the rejects as a whole, not to some of the exports.
            for (n, length, count) in marks {
                job.outputs[n].truncate(length);
                job.ledger.exports[n] = count;
            }
        }
        self.reject(run, job, item);
    }

    fn reject(&mut self, run: &Run<'_>, job: &mut Job, item: &Item) {
        let piece = &job.chunk.pieces[item.piece];
        let reason_name;
        let (mut kept, mut at) = (None, 0);
        let full_message;
        let (fate, stage, reason, message) = match (&item.failed, item.doc.verdict()) {
            (Some((error, stage)), _) => {
                at = error.at.unwrap_or(0);
                full_message = with_sources(error);
                (Fate::Failed, *stage, error.reason.as_ref(), full_message.as_str())
            }
            (None, Verdict::Dropped { stage, reason, message }) => {
                reason_name = self.names.get(*reason).to_owned();
                (Fate::Dropped, Some(*stage), reason_name.as_str(), message.as_str())
            }
            (None, Verdict::Duplicate { stage, kept_id }) => {
                kept = Some(kept_id.as_str());
                (Fate::Duplicate, Some(*stage), "duplicate", "")
            }
            (None, Verdict::Keep) => return,
        };
        *job.ledger.rejected.entry((fate, stage, reason.to_owned())).or_default() += 1;
        let scores: Vec<(String, f64)> =
            item.doc.scores().iter().map(|s| (self.names.get(s.name).to_owned(), s.value)).collect();
        let from_start = (item.range.start - piece.range.start) as u64;
        let reject = Reject {
            id: item.doc.id(),
            fate,
            stage: stage.map(|index| run.plan.stage_names[usize::from(index)].as_str()),
            reason,
            message,
            scores: &scores,
            kept_id: kept,
            source: Place {
                path: run.input_names[piece.input],
                record: item.number,
                line: (run.line_inputs[piece.input]).then_some(item.number),
                byte: piece.offset + from_start + at,
            },
            record: &job.chunk.data[item.range.clone()],
            truncated: item.truncated,
        };
        rejects::write(&reject, &mut job.rejects);
    }

    /// Compresses the outputs of a complete job and lets go of its input.
    fn finish(&mut self, run: &Run<'_>, job: &mut Job) -> io::Result<()> {
        let number = job.chunk.number;
        let done = std::mem::replace(&mut job.chunk, Chunk { number, ..Chunk::default() });
        run.inputs.give(done.data);
        for (out, export) in job.outputs.iter_mut().zip(&run.plan.exports) {
            if export.codec.is_some() {
                Output::frame(export.codec, out, &mut self.spare)?;
                std::mem::swap(out, &mut self.spare);
            }
        }
        if run.plan.rejects_codec.is_some() {
            Output::frame(run.plan.rejects_codec, &job.rejects, &mut self.spare)?;
            std::mem::swap(&mut job.rejects, &mut self.spare);
        }
        Ok(())
    }
}

/// Deals with a stage's failure on a document as the stage's `on_error` says.
pub(super) fn fail(run: &Run<'_>, job: &mut Job, item: &mut Item, index: usize, error: Error) {
    let stage = &run.plan.stages[index];
    if stage.on_error == OnError::Skip {
        job.ledger.stages[index].skipped += 1;
        return;
    }
    item.failed = Some((error.in_stage(stage.name.as_str()), Some(index as StageIndex)));
    if stage.on_error == OnError::Abort {
        job.abort.get_or_insert_with(|| describe(item, run));
    }
}

fn describe(item: &Item, run: &Run<'_>) -> String {
    let Some((error, stage)) = &item.failed else { return String::new() };
    let stage = stage.map_or(String::new(), |index| format!("stage {}: ", run.plan.stage_names[usize::from(index)]));
    format!("document {:?}: {stage}{}, and `on_error` is `abort`", item.doc.id(), with_sources(error))
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

/// An error's message with those underneath.
fn with_sources(error: &Error) -> String {
    let mut text = error.message.clone();
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        text += &format!(": {source}");
        next = source.source();
    }
    text
}

pub(super) fn panicked(who: &str, panic: &(dyn std::any::Any + Send)) -> Error {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = format!("{who} panicked: {}", said.unwrap_or("it gave no message"));
    Error::new(ErrorKind::Stage, "panic", message)
}

/// What all jobs of a run share.
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    pub(super) cancel: &'a Cancel,
    /// Names of the inputs, over all sources.
    pub(super) input_names: Vec<&'a str>,
    /// The source of each input.
    pub(super) source_of_input: Vec<usize>,
    /// Whether the input's records are lines.
    pub(super) line_inputs: Vec<bool>,
    /// Buffers for chunks, which the reader takes.
    inputs: &'a Pool,
    /// Buffers for outputs.
    pub(super) outputs: Pool,
}

impl<'a> Run<'a> {
    pub(super) fn new(plan: &'a Plan, cancel: &'a Cancel, buffers: &'a Pool) -> Self {
        let inputs = || plan.sources.iter().enumerate().flat_map(|(n, s)| s.inputs.iter().map(move |i| (n, s, i)));
        Run {
            plan,
            cancel,
            input_names: inputs().map(|(_, _, input)| input.name.as_str()).collect(),
            source_of_input: inputs().map(|(n, ..)| n).collect(),
            line_inputs: inputs().map(|(_, s, _)| s.format.framing() == warraq_core::Framing::Lines).collect(),
            inputs: buffers,
            outputs: Pool::default(),
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.signal().is_some()
    }

    /// An empty job for a chunk.
    pub(super) fn job(&self, chunk: Chunk, weight: u64) -> Job {
        let at_end: Vec<bool> = self.plan.exports.iter().map(|e| e.after == self.plan.stages.len()).collect();
        Job {
            chunk,
            weight,
            items: Vec::new(),
            outputs: self.plan.exports.iter().map(|_| self.outputs.take()).collect(),
            rejects: self.outputs.take(),
            ledger: Ledger::new(self.plan.stages.len(), &at_end),
            abort: None,
        }
    }
}

/// Counts by stage and reason, for the report: names in the place of indices.
pub(super) fn reasons(plan: &Plan, ledger: &Ledger) -> BTreeMap<(Fate, String, String), u64> {
    let stage = |index: &Option<StageIndex>| index.map_or(String::new(), |i| plan.stage_names[usize::from(i)].clone());
    ledger.rejected.iter().map(|((fate, s, reason), count)| ((*fate, stage(s), reason.clone()), *count)).collect()
}
