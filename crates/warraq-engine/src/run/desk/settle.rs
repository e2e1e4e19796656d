//! Where documents end: encoded for the exports, or written to the rejects.

use super::Desk;
use crate::run::chunk::Chunk;
use crate::run::ledger::{ExportCount, Fate};
use crate::run::output::Output;
use crate::run::rejects::{self, Place, Reject};
use crate::run::watch::Work;
use crate::run::work::{Item, Job, Run, panicked, with_sources};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use warraq_core::{BuiltExport, Document, EncodeContext, Error, Verdict};

impl Desk {
    /// Encodes a document for the exports that take it before stage `index`.
    pub(super) fn branches(&mut self, run: &Run<'_>, job: &mut Job, item: &mut Item, index: usize) {
        if run.survey.is_some() {
            return;
        }
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
        // An in-order export takes its documents at a turnstile.
        let (Some(encoder), BuiltExport::Encoded(format)) = (&mut self.encoders[export], &planned.format) else {
            return Ok(());
        };
        let count = &mut job.ledger.exports[export];
        if planned.filter.as_ref().is_some_and(|test| !test.holds(doc)) {
            count.passed_over();
            return Ok(());
        }
        let out = &mut job.outputs[export];
        let length = out.len();
        let mut cx = EncodeContext { labels: &mut self.names, stages: &run.plan.stage_names };
        let result = catch_unwind(AssertUnwindSafe(|| encoder.encode(doc, &mut cx, out)));
        let result = result.unwrap_or_else(|panic| {
            *encoder = format.encoder();
            Err(panicked("the export", &*panic))
        });
        match result {
            Ok(()) => count.wrote(),
            Err(_) => job.outputs[export].truncate(length),
        }
        result
    }

    /// Writes a document where it belongs: to the exports, or to the rejects.
    pub(super) fn settle(&mut self, run: &Run<'_>, job: &mut Job, item: &mut Item) {
        item.on_board(run, job, self.slot, Work::Encode, Instant::now());
        if item.is_live() {
            let end = run.plan.stages.len();
            let marks: Vec<(usize, usize, ExportCount)> = (0..job.outputs.len())
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
                job.ledger.corpus.count(&item.doc);
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
        // Whatever a stage says may quote its options.
        let secrets = &run.plan.secrets;
        let (reason, message) = (&*secrets.hide(reason), &*secrets.hide(message));
        let kept = kept.map(|kept| secrets.hide(kept));
        *job.ledger.rejected.entry((fate, stage, reason.to_owned())).or_default() += 1;
        let scores: Vec<(String, f64)> =
            item.doc.scores().iter().map(|s| (self.names.get(s.name).to_owned(), s.value)).collect();
        let from_start = (item.range.start - piece.range.start) as u64;
        let record = &job.chunk.data[item.range.clone()];
        let before = &record[..record.len().min(at as usize)];
        let line = item.number + memchr::memchr_iter(b'\n', before).count() as u64;
        let reject = Reject {
            id: item.doc.id(),
            fate,
            stage: stage.map(|index| run.plan.stage_names[usize::from(index)].as_str()),
            reason,
            message,
            scores: &scores,
            kept_id: kept.as_deref(),
            source: Place {
                path: run.input_names[piece.input],
                record: item.number,
                line: run.line_inputs[piece.input].then_some(line),
                byte: piece.offset + from_start + at,
            },
            record,
            truncated: item.truncated,
        };
        if fate == Fate::Failed {
            let Place { path, record, .. } = reject.source;
            let (id, stage) = (reject.id, reject.stage);
            tracing::debug!(
                name: "document.failed", parent: &run.span, id, input = path, record, stage, reason,
                "document {id:?} failed ({path} record {record}): {message}"
            );
        }
        rejects::write(&reject, &mut job.rejects);
    }

    /// Compresses the outputs of a complete job and lets go of its input.
    pub(super) fn finish(&mut self, run: &Run<'_>, job: &mut Job) -> io::Result<()> {
        run.watch.board.set(self.slot, Work::Compress, None, Instant::now());
        let number = job.chunk.number;
        let is_cut_short = job.chunk.is_cut_short;
        let done = std::mem::replace(&mut job.chunk, Chunk { number, is_cut_short, ..Chunk::default() });
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
