//! Parallel stages: `worker` and `process`.

use super::inbox::Inbox;
use super::outbox::Outbox;
use super::quiet::catch_unwind;
use super::{Instance, Ready, drop_quietly, hand_over, reads_with, renew};
use crate::abi::{self, FAILED, OK, WqChanges, WqDocView, WqStage};
use crate::read::host_items;
use std::ffi::c_void;
use std::panic::AssertUnwindSafe;
use warraq_core::{BatchWorker, Built, Changes, DocView, Result, Worker};

pub(super) fn functions(table: &mut WqStage) {
    table.order = abi::PARALLEL;
    table.reads_with = Some(reads_with);
    table.worker = Some(worker);
    table.worker_destroy = Some(worker_destroy);
    table.process = Some(process);
}

enum Hand {
    Single(Box<dyn Worker>),
    Batch(Box<dyn BatchWorker>),
}

impl Hand {
    fn new(instance: &Instance) -> Option<Self> {
        match &instance.what {
            Ready::Stage(Built::Parallel(stage)) => Some(Hand::Single(stage.worker())),
            Ready::Stage(Built::Batch(stage)) => match stage.worker() {
                Ok(worker) => Some(Hand::Batch(worker)),
                Err(error) => {
                    warraq_core::Services::log(&instance.host, warraq_core::LogLevel::Error, "", &error.to_string());
                    None
                }
            },
            _ => None,
        }
    }
}

/// A worker with the memory for what goes in and comes out.
struct Desk {
    instance: &'static Instance,
    hand: Hand,
    inboxes: Vec<Inbox>,
    outboxes: Vec<Outbox>,
}

unsafe extern "C" fn worker(stage: *mut c_void, worker: *mut *mut c_void) -> i32 {
    // SAFETY: the stage comes from `create`, and outlives its workers.
    let instance = unsafe { Instance::of(stage) };
    let desk = || Some(Desk { instance, hand: Hand::new(instance)?, inboxes: Vec::new(), outboxes: Vec::new() });
    // SAFETY: the host passes a place for the worker.
    unsafe { hand_over(instance, worker, "a worker", desk) }
}

unsafe extern "C" fn worker_destroy(worker: *mut c_void) {
    // SAFETY: the host destroys what `worker` made, once.
    let desk = unsafe { Box::from_raw(worker.cast::<Desk>()) };
    let host = &desk.instance.host;
    drop_quietly(desk, host, "a worker, when it was dropped,");
}

unsafe extern "C" fn process(worker: *mut c_void, docs: *const WqDocView, out: *mut WqChanges, n: usize) -> i32 {
    if n == 0 {
        return OK;
    }
    // SAFETY: the worker is one of ours and used by one thread; the arrays have `n` items of the sizes that our descriptor
    // states, which are those of our types.
    let (desk, docs, out) =
        unsafe { (&mut *worker.cast::<Desk>(), host_items(docs, n), std::slice::from_raw_parts_mut(out, n)) };
    if desk.inboxes.len() < n {
        desk.inboxes.resize_with(n, Inbox::default);
        desk.outboxes.resize_with(n, Outbox::default);
    }
    let Desk { instance, hand, inboxes, outboxes } = desk;
    outboxes[..n].iter_mut().for_each(Outbox::clear);
    match hand {
        Hand::Single(worker) => {
            for ((view, inbox), outbox) in docs.iter().zip(inboxes).zip(&mut *outboxes) {
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    // SAFETY: the view is the host's, for this call.
                    worker.process(&unsafe { inbox.view(view) }, &mut outbox.changes)
                }));
                let single = || match Hand::new(instance)? {
                    Hand::Single(worker) => Some(worker),
                    Hand::Batch(_) => None,
                };
                if outbox.take(outcome, |_, ()| {}) && !renew(instance, "a worker", worker, single) {
                    return FAILED;
                }
            }
        }
        Hand::Batch(worker) => {
            let whole = batch(&mut **worker, docs, inboxes, &mut outboxes[..n]);
            if let Err(panic) = whole {
                instance.complain("a batch", &*panic);
                return FAILED;
            }
        }
    }
    for (outbox, out) in outboxes.iter_mut().zip(out) {
        outbox.fill(OK, out);
    }
    OK
}

/// Runs a batch; the memory of the changes is exchanged with the outboxes.
fn batch(
    worker: &mut dyn BatchWorker,
    docs: &[WqDocView],
    inboxes: &mut [Inbox],
    outboxes: &mut [Outbox],
) -> std::thread::Result<()> {
    let mut changes: Vec<Changes> = outboxes.iter_mut().map(|o| std::mem::take(&mut o.changes)).collect();
    let mut results: Vec<Result<()>> = docs.iter().map(|_| Ok(())).collect();
    // SAFETY: the views are the host's, for this call.
    let views: Vec<DocView<'_>> = docs.iter().zip(inboxes).map(|(view, inbox)| unsafe { inbox.view(view) }).collect();
    let whole = catch_unwind(AssertUnwindSafe(|| worker.process(&views, &mut changes, &mut results)));
    for ((outbox, changes), result) in outboxes.iter_mut().zip(changes).zip(results) {
        outbox.changes = changes;
        if let Err(error) = result {
            outbox.fail(error);
        }
    }
    whole
}
