//! Exports: `encode` for those that work in parallel, `writer` and `write` for those that work in input order.

use super::inbox::Inbox;
use super::outbox::Outbox;
use super::quiet::catch_unwind;
use super::{Instance, Ready, drop_quietly, hand_over, renew};
use crate::abi::{self, BROKEN, FAILED, OK, WqBytes, WqDocView, WqOutput, WqStage};
use crate::read::host_items;
use std::ffi::c_void;
use std::panic::AssertUnwindSafe;
use warraq_core::{
    BuiltExport, Document, EncodeContext, Encoder, ExportFormat, ExportWriter, Flushed, InOrderExport, LabelNames,
    Order, Result,
};

pub(super) fn functions(table: &mut WqStage, order: Order) {
    match order {
        Order::Parallel => {
            table.order = abi::PARALLEL;
            table.worker = Some(worker);
            table.worker_destroy = Some(worker_destroy);
            table.encode = Some(encode);
            table.header = Some(header);
            table.footer = Some(footer);
        }
        Order::InOrder => {
            table.order = abi::IN_ORDER;
            table.writer = Some(writer);
            table.writer_destroy = Some(writer_destroy);
            table.write = Some(write);
            table.flush = Some(flush);
            table.finish = Some(finish);
            table.resumable = Some(resumable);
            table.mark = Some(mark);
            table.resume = Some(resume);
        }
    }
}

fn format(instance: &'static Instance) -> Option<&'static dyn ExportFormat> {
    match &instance.what {
        Ready::Export(BuiltExport::Encoded(format)) => Some(&**format),
        _ => None,
    }
}

struct Desk {
    instance: &'static Instance,
    encoder: Box<dyn Encoder>,
    names: LabelNames,
    doc: Document,
    inbox: Inbox,
    outboxes: Vec<Outbox>,
}

unsafe extern "C" fn worker(stage: *mut c_void, worker: *mut *mut c_void) -> i32 {
    // SAFETY: the stage comes from `create`, and outlives its workers.
    let instance = unsafe { Instance::of(stage) };
    let desk = || {
        Some(Desk {
            instance,
            encoder: format(instance)?.encoder(),
            names: instance.labels.names(),
            doc: Document::new(),
            inbox: Inbox::default(),
            outboxes: Vec::new(),
        })
    };
    // SAFETY: the host passes a place for the worker.
    unsafe { hand_over(instance, worker, "an encoder", desk) }
}

unsafe extern "C" fn worker_destroy(worker: *mut c_void) {
    // SAFETY: the host destroys what `worker` made, once.
    let desk = unsafe { Box::from_raw(worker.cast::<Desk>()) };
    let host = &desk.instance.host;
    drop_quietly(desk, host, "an encoder, when it was dropped,");
}

unsafe extern "C" fn encode(worker: *mut c_void, docs: *const WqDocView, out: *mut WqOutput, n: usize) -> i32 {
    if n == 0 {
        return OK;
    }
    // SAFETY: the worker is one of ours and used by one thread; the arrays have `n` items of the sizes that we state.
    let (desk, docs, out) =
        unsafe { (&mut *worker.cast::<Desk>(), host_items(docs, n), std::slice::from_raw_parts_mut(out, n)) };
    if desk.outboxes.len() < n {
        desk.outboxes.resize_with(n, Outbox::default);
    }
    let Desk { instance, encoder, names, doc, inbox, outboxes } = desk;
    for (view, outbox) in docs.iter().zip(&mut *outboxes) {
        outbox.clear();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the view is the host's, for this call.
            let stages = unsafe { inbox.document(view, doc) };
            encoder.encode(doc, &mut EncodeContext { labels: names, stages }, &mut outbox.bytes)
        }));
        let another = || Some(format(instance)?.encoder());
        if outbox.take(outcome, |_, ()| {}) && !renew(instance, "an encoder", encoder, another) {
            return FAILED;
        }
    }
    for (outbox, out) in outboxes.iter().zip(out) {
        outbox.output(OK, out);
    }
    OK
}

unsafe extern "C" fn header(stage: *mut c_void, out: *mut WqOutput) -> i32 {
    // SAFETY: the stage comes from `create`; the host passes a place for the output.
    unsafe { frame(stage, out, |format| format.header()) }
}

unsafe extern "C" fn footer(stage: *mut c_void, out: *mut WqOutput) -> i32 {
    // SAFETY: as above.
    unsafe { frame(stage, out, |format| format.footer()) }
}

/// # Safety
/// As the header says of `header`.
unsafe fn frame(stage: *mut c_void, out: *mut WqOutput, bytes: fn(&dyn ExportFormat) -> Result<Vec<u8>>) -> i32 {
    // SAFETY: the caller's word.
    let (instance, out) = unsafe { (Instance::of(stage), &mut *out) };
    let Some(format) = format(instance) else { return FAILED };
    // Asked for once or twice in a run, and to be valid until the end of it.
    let outbox = Box::leak(Box::new(Outbox::default()));
    outbox.take(catch_unwind(AssertUnwindSafe(|| bytes(format))), |outbox, bytes| outbox.bytes = bytes);
    outbox.output(OK, out);
    if outbox.has_failed() { FAILED } else { OK }
}

/// A writer with the memory for what it hands over.
struct Pen {
    instance: &'static Instance,
    writer: Box<dyn ExportWriter>,
    names: LabelNames,
    doc: Document,
    inbox: Inbox,
    outbox: Outbox,
}

fn in_order(instance: &'static Instance) -> Option<&'static dyn InOrderExport> {
    match &instance.what {
        Ready::Export(BuiltExport::InOrder(export)) => Some(&**export),
        _ => None,
    }
}

unsafe extern "C" fn writer(stage: *mut c_void, writer: *mut *mut c_void, out: *mut WqOutput) -> i32 {
    // SAFETY: as the header says of `writer`.
    unsafe { open(stage, writer, out, |export| export.writer()) }
}

unsafe extern "C" fn resume(
    stage: *mut c_void,
    documents: u64,
    mark: WqBytes,
    writer: *mut *mut c_void,
    out: *mut WqOutput,
) -> i32 {
    // SAFETY: the host passes the mark for this call; the rest is as for `writer`.
    unsafe {
        let mark = host_items(mark.ptr, mark.len);
        open(stage, writer, out, |export| export.resume(&Flushed { documents, mark }))
    }
}

unsafe extern "C" fn resumable(stage: *mut c_void) -> i32 {
    // SAFETY: the stage comes from `create`.
    let instance = unsafe { Instance::of(stage) };
    let says =
        in_order(instance).is_some_and(|export| catch_unwind(AssertUnwindSafe(|| export.resumable())).unwrap_or(false));
    if says { OK } else { FAILED }
}

/// # Safety
/// As the header says of `writer`.
unsafe fn open(
    stage: *mut c_void,
    writer: *mut *mut c_void,
    out: *mut WqOutput,
    make: impl FnOnce(&dyn InOrderExport) -> Result<Box<dyn ExportWriter>>,
) -> i32 {
    // SAFETY: the stage comes from `create`, and outlives its writer; the host passes a place for the output.
    let (instance, out) = unsafe { (Instance::of(stage), &mut *out) };
    let Some(export) = in_order(instance) else { return FAILED };
    let mut failure = Outbox::default();
    let mut made = None;
    failure.take(catch_unwind(AssertUnwindSafe(|| make(export))), |_, new| made = Some(new));
    if let Some(new) = made {
        let pen = Pen {
            instance,
            writer: new,
            names: instance.labels.names(),
            doc: Document::new(),
            inbox: Inbox::default(),
            outbox: Outbox::default(),
        };
        // SAFETY: the host passes a place for the writer.
        unsafe { writer.write(Box::into_raw(Box::new(pen)).cast()) };
        return OK;
    }
    // Told once, to be valid until the end of the run.
    Box::leak(Box::new(failure)).output(OK, out);
    FAILED
}

unsafe extern "C" fn writer_destroy(writer: *mut c_void) {
    // SAFETY: the host destroys what `writer` made, once.
    let pen = unsafe { Box::from_raw(writer.cast::<Pen>()) };
    let host = &pen.instance.host;
    drop_quietly(pen, host, "the writer, when it was dropped,");
}

unsafe extern "C" fn write(writer: *mut c_void, view: *const WqDocView, out: *mut WqOutput) -> i32 {
    // SAFETY: the writer is one of ours and used by one thread; the view and the output are the host's, for this call.
    unsafe {
        with_pen(writer, out, |pen| {
            let Pen { writer, names, doc, inbox, outbox, .. } = pen;
            let stages = inbox.document(&*view, doc);
            writer.write(doc, &mut EncodeContext { labels: names, stages }, &mut outbox.bytes)
        })
    }
}

unsafe extern "C" fn flush(writer: *mut c_void, out: *mut WqOutput) -> i32 {
    // SAFETY: as above.
    unsafe { with_pen(writer, out, |pen| pen.writer.flush(&mut pen.outbox.bytes)) }
}

unsafe extern "C" fn mark(writer: *mut c_void, out: *mut WqOutput) -> i32 {
    // SAFETY: as above.
    unsafe { with_pen(writer, out, |pen| pen.writer.mark(&mut pen.outbox.bytes)) }
}

unsafe extern "C" fn finish(writer: *mut c_void, out: *mut WqOutput) -> i32 {
    // SAFETY: as above.
    unsafe { with_pen(writer, out, |pen| pen.writer.finish(&mut pen.outbox.bytes)) }
}

/// # Safety
/// `writer` comes from [`writer`], is used by one thread, and `out` is a place for the output.
unsafe fn with_pen(writer: *mut c_void, out: *mut WqOutput, act: impl FnOnce(&mut Pen) -> Result<()>) -> i32 {
    // SAFETY: the caller's word.
    let (pen, out) = unsafe { (&mut *writer.cast::<Pen>(), &mut *out) };
    pen.outbox.clear();
    let outcome = catch_unwind(AssertUnwindSafe(|| act(pen)));
    // After a panic, what it holds may be half written, and there is only one.
    let status = if pen.outbox.take(outcome, |_, ()| {}) { BROKEN } else { OK };
    pen.outbox.output(status, out);
    OK
}
