//! In-order exports: one writer per export and run, which takes documents at a turnstile.
//!
//! A document that a writer has taken stays taken, also when it fails afterwards, at a later stage or in another export: a
//! database row or a table's block cannot be called back. The same holds for branches.

use super::checkpoint::Checkpoint;
use super::output::{Output, OutputError};
use super::work::{Item, Job, Run, panicked, with_sources};
use super::{End, append_frame, failed_output};
use crate::plan::{Export, Plan};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use warraq_core::{BuiltExport, EncodeContext, Error, ExportWriter, Flushed, LabelNames, Result};

/// After how many chunks the writers are asked to make durable what they hold: some 32 MiB of input, as with outputs.
const FLUSH_EVERY: u64 = 32;

/// The writers of a run.
pub(super) struct Writers {
    /// By export; none for those that are encoded in parallel.
    writers: Vec<Option<Box<dyn ExportWriter>>>,
    names: LabelNames,
    /// Nothing more is written: something has happened that ends the run, as soon as it is this job's turn.
    closed: bool,
}

impl Writers {
    /// Makes the writers, which may open files or connections, or go on where they were at a checkpoint.
    pub(super) fn open(plan: &Plan, saved: Option<&Checkpoint>) -> std::result::Result<Self, End> {
        let writer = |(n, export): (usize, &Export)| match &export.format {
            BuiltExport::Encoded(_) => Ok(None),
            BuiltExport::InOrder(format) => {
                let open = || match saved {
                    Some(saved) => {
                        let mark = saved.marks.get(n).map_or(&[][..], Vec::as_slice);
                        format.resume(&Flushed { documents: saved.account.written(n), mark })
                    }
                    None => format.writer(),
                };
                guarded("opening", open).map(Some).map_err(|e| failed_output(failed(export, &e)))
            }
        };
        let writers = plan.exports.iter().enumerate().map(writer).collect::<std::result::Result<_, _>>()?;
        Ok(Writers { writers, names: plan.labels.names(), closed: false })
    }

    /// Every how many chunks a run can be continued.
    pub(super) fn every(&self) -> u64 {
        if self.writers.iter().any(Option::is_some) { FLUSH_EVERY } else { 1 }
    }

    /// None, for a pass that writes nothing.
    pub(super) fn none(plan: &Plan) -> Self {
        Writers { writers: Vec::new(), names: plan.labels.names(), closed: false }
    }

    /// Hands the documents of a job, which is the next in order, to these exports.
    pub(super) fn take(&mut self, run: &Run<'_>, job: &mut Job, exports: &[usize]) {
        if exports.is_empty() {
            return;
        }
        self.closed |= job.abort.is_some() || job.broken.is_some();
        let mut items = std::mem::take(&mut job.items);
        for item in &mut items {
            for &export in exports {
                if item.is_live() && !self.closed && !run.cancelled() {
                    self.write(run, job, item, export);
                }
            }
        }
        job.items = items;
        if (job.chunk.number + 1).is_multiple_of(FLUSH_EVERY) {
            self.flush(run, job, exports);
        }
    }

    fn write(&mut self, run: &Run<'_>, job: &mut Job, item: &mut Item, export: usize) {
        let Some(writer) = &mut self.writers[export] else { return };
        let planned = &run.plan.exports[export];
        let count = &mut job.ledger.exports[export];
        if planned.filter.as_ref().is_some_and(|test| !test.holds(&item.doc)) {
            count.passed_over();
            return;
        }
        let out = &mut job.outputs[export];
        let length = out.len();
        let mut cx = EncodeContext { labels: &mut self.names, stages: &run.plan.stage_names };
        let result = catch_unwind(AssertUnwindSafe(|| writer.write(&item.doc, &mut cx, out)));
        let result = result.unwrap_or_else(|panic| {
            // There is only one writer, and what it has written so far cannot be told.
            let error = panicked("writing", &*panic);
            let (id, name) = (item.doc.id(), planned.target.name());
            job.abort.get_or_insert_with(|| format!("document {id:?}: export {name}: {}", error.message));
            self.closed = true;
            Err(error)
        });
        match result {
            Ok(()) => count.wrote(),
            Err(error) => {
                out.truncate(length);
                item.failed = Some((error, None));
            }
        }
    }

    /// Flushes writers where the documents of `job` are the last they have been given: what that appends belongs between
    /// this job's bytes and the next one's, and where this job ends, a run can be continued.
    fn flush(&mut self, run: &Run<'_>, job: &mut Job, exports: &[usize]) {
        for &export in exports {
            let Some(writer) = &mut self.writers[export] else { continue };
            if self.closed || run.cancelled() {
                return;
            }
            let (out, mut mark) = (&mut job.outputs[export], Vec::new());
            if let Err(error) = guarded("flushing", || writer.flush(out).and_then(|()| writer.mark(&mut mark))) {
                job.broken = Some(failed(&run.plan.exports[export], &error).to_string());
                self.closed = true;
            }
            job.marks.push((export, mark));
        }
    }

    /// Ends all writers, once the run is complete; what they still have to say is appended.
    pub(super) fn finish(mut self, plan: &Plan, outputs: &mut [Output]) -> std::result::Result<(), OutputError> {
        type Call = fn(&mut dyn ExportWriter, &mut Vec<u8>) -> Result<()>;
        let flush: Call = |writer, out| guarded("flushing", || writer.flush(out));
        let finish: Call = |writer, out| guarded("finishing", || writer.finish(out));
        // None is finished before all have shown that they can hold what they were given.
        for call in [flush, finish] {
            for ((writer, export), output) in self.writers.iter_mut().zip(&plan.exports).zip(&mut *outputs) {
                let Some(writer) = writer else { continue };
                let mut out = Vec::new();
                call(&mut **writer, &mut out).map_err(|error| failed(export, &error))?;
                append_frame(output, export, &out)?;
            }
        }
        Ok(())
    }
}

/// Calls a writer where no document is at stake.
fn guarded<T>(what: &str, call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| Err(panicked(what, &*panic)))
}

fn failed(export: &Export, error: &Error) -> OutputError {
    OutputError::Io { name: export.target.name(), error: io::Error::other(with_sources(error)) }
}
