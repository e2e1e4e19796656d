//! A plugin's exports as an [`ExportFormat`] or an [`InOrderExport`].

use super::broken;
use super::call::{Strided, Task};
use super::outgoing::Scratch;
use super::{Instance, RawWorker, incoming};
use crate::abi::{BROKEN, OK, Sized32, WqBytes, WqOutput};
use std::ffi::c_void;
use std::ptr;
use std::sync::{Arc, Mutex};
use warraq_core::{
    Document, EncodeContext, Encoder, Error, ErrorKind, ExportFormat, ExportWriter, Flushed, InOrderExport, Result,
};

pub(super) fn encoded(instance: Arc<Instance>) -> Box<dyn ExportFormat> {
    let new = || RawWorker::with_task(Arc::clone(&instance), Task::Encode);
    let serial = instance.stage.is_serial().then(|| Arc::new(Mutex::new(new())));
    Box::new(Encoded { instance, serial })
}

pub(super) fn in_order(instance: Arc<Instance>) -> Box<dyn InOrderExport> {
    Box::new(InOrder(instance))
}

/// As the engine's own exports fail: by a kind of their own.
fn encode_error(mut error: Error) -> Error {
    if error.kind == ErrorKind::Stage {
        error.kind = ErrorKind::Encode;
    }
    error
}

struct Encoded {
    instance: Arc<Instance>,
    /// The one worker of a serial export.
    serial: Option<Arc<Mutex<RawWorker>>>,
}

impl Encoded {
    /// A header or a footer.
    fn frame(
        &self,
        make: Option<unsafe extern "C" fn(*mut c_void, *mut WqOutput) -> i32>,
        what: &str,
    ) -> Result<Vec<u8>> {
        let Some(make) = make else { return Ok(Vec::new()) };
        let size = self.instance.stage.sizes.output;
        let mut out = Strided::default();
        out.clear(1, size);
        out.put(0, size, &WqOutput::empty());
        // SAFETY: the stage has been built and not destroyed; the struct has the plugin's own size.
        let status = unsafe { make(self.instance.raw, out.first()) };
        let found: WqOutput = out.get(0, size);
        // SAFETY: the call filled it in, and it stays until the stage is destroyed.
        let bytes = unsafe { incoming::output(&found) }.map_err(|failure| encode_error(*failure.error))?;
        match status {
            OK => Ok(bytes.to_vec()),
            _ => {
                let message = format!("the plugin could not make its {what} (status {status})");
                Err(Error::new(ErrorKind::Encode, "plugin.frame", message))
            }
        }
    }
}

impl ExportFormat for Encoded {
    fn encoder(&self) -> Box<dyn Encoder> {
        match &self.serial {
            Some(worker) => Box::new(SerialEncoder(Arc::clone(worker))),
            None => Box::new(RawWorker::with_task(Arc::clone(&self.instance), Task::Encode)),
        }
    }

    fn header(&self) -> Result<Vec<u8>> {
        self.frame(self.instance.stage.table.header, "header")
    }

    fn footer(&self) -> Result<Vec<u8>> {
        self.frame(self.instance.stage.table.footer, "footer")
    }
}

impl Encoder for RawWorker {
    fn encode(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.call_whole(&[(doc.view(), doc.origin())], cx.stages).map_err(encode_error)?;
        out.extend_from_slice(self.collect_bytes(0).map_err(encode_error)?);
        Ok(())
    }
}

/// A worker that all threads share, one at a time.
struct SerialEncoder(Arc<Mutex<RawWorker>>);

impl Encoder for SerialEncoder {
    fn encode(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).encode(doc, cx, out)
    }
}

struct InOrder(Arc<Instance>);

impl InOrder {
    /// A writer that a function of the plugin makes.
    fn open(
        &self,
        make: impl FnOnce(*mut c_void, *mut *mut c_void, *mut WqOutput) -> Option<i32>,
    ) -> Result<Box<dyn ExportWriter>> {
        let size = self.0.stage.sizes.output;
        let mut out = Strided::default();
        out.clear(1, size);
        out.put(0, size, &WqOutput::empty());
        let mut raw = ptr::null_mut();
        let status = make(self.0.raw, &mut raw, out.first());
        let found: WqOutput = out.get(0, size);
        // SAFETY: the call filled it in, and it stays until the stage is destroyed.
        unsafe { incoming::result(found.result) }.map_err(|failure| encode_error(*failure.error))?;
        if status != Some(OK) || raw.is_null() {
            return Err(Error::new(ErrorKind::Encode, "plugin.writer", "the plugin could not open what it writes to"));
        }
        Ok(Box::new(RawWriter {
            instance: Arc::clone(&self.0),
            raw,
            scratch: Scratch::default(),
            views: out,
            out: Strided::default(),
        }))
    }
}

impl InOrderExport for InOrder {
    fn writer(&self) -> Result<Box<dyn ExportWriter>> {
        let make = self.0.stage.table.writer;
        // SAFETY: the stage has been built and not destroyed; there are places for the writer and the output.
        self.open(|stage, writer, out| make.map(|make| unsafe { make(stage, writer, out) }))
    }

    fn resumable(&self) -> bool {
        let table = &self.0.stage.table;
        let all = table.resumable.filter(|_| table.mark.is_some() && table.resume.is_some());
        // SAFETY: the stage has been built and not destroyed.
        all.is_some_and(|resumable| unsafe { resumable(self.0.raw) } == OK)
    }

    fn resume(&self, at: &Flushed<'_>) -> Result<Box<dyn ExportWriter>> {
        let (make, mark) = (self.0.stage.table.resume, WqBytes::of(at.mark));
        // SAFETY: as for `writer`; the mark is borrowed for the call.
        self.open(|stage, writer, out| make.map(|make| unsafe { make(stage, at.documents, mark, writer, out) }))
    }
}

struct RawWriter {
    instance: Arc<Instance>,
    raw: *mut c_void,
    scratch: Scratch,
    views: Strided,
    out: Strided,
}

// SAFETY: the header says that a writer is used by one thread at a time, and may move.
unsafe impl Send for RawWriter {}

impl RawWriter {
    /// Has the plugin do something, and takes what it hands over.
    fn take(&mut self, out: &mut Vec<u8>, act: impl FnOnce(&mut Self, *mut WqOutput) -> i32) -> Result<()> {
        let size = self.instance.stage.sizes.output;
        self.out.clear(1, size);
        self.out.put(0, size, &WqOutput::empty());
        let place = self.out.first();
        let status = act(self, place);
        let found: WqOutput = self.out.get(0, size);
        // SAFETY: the call filled it in, and its memory stays until the next.
        match unsafe { incoming::output(&found) } {
            Ok(bytes) if status == OK => out.extend_from_slice(bytes),
            Ok(_) => broken(format!("the plugin failed to write (status {status})")),
            Err(failure) if failure.is_broken || status == BROKEN => broken(failure.error.message),
            Err(failure) => return Err(encode_error(*failure.error)),
        }
        Ok(())
    }
}

impl ExportWriter for RawWriter {
    fn write(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        let size = self.instance.stage.sizes.view;
        let view = self.scratch.whole(&doc.view(), &doc.origin(), cx.stages);
        self.views.clear(1, size);
        self.views.put(0, size, &view);
        self.take(out, |this, place| {
            let write = this.instance.stage.table.write.expect("checked when the descriptor was read");
            // SAFETY: the writer is used by this thread alone; the structs have the plugin's own sizes; the document is
            // borrowed until the call returns.
            unsafe { write(this.raw, this.views.first(), place) }
        })
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let Some(flush) = self.instance.stage.table.flush else { return Ok(()) };
        // SAFETY: as above.
        self.take(out, |this, place| unsafe { flush(this.raw, place) })
    }

    fn mark(&mut self, mark: &mut Vec<u8>) -> Result<()> {
        let Some(call) = self.instance.stage.table.mark else { return Ok(()) };
        // SAFETY: as above.
        self.take(mark, |this, place| unsafe { call(this.raw, place) })
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let finish = self.instance.stage.table.finish.expect("checked when the descriptor was read");
        // SAFETY: as above.
        self.take(out, |this, place| unsafe { finish(this.raw, place) })
    }
}

impl Drop for RawWriter {
    fn drop(&mut self) {
        if let Some(destroy) = self.instance.stage.table.writer_destroy {
            // SAFETY: made by `writer`, destroyed once.
            unsafe { destroy(self.raw) };
        }
    }
}
