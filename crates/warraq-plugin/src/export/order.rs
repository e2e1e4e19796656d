//! In-order stages: `worker` and `prepare`, `state`, `decide` and `replay`.

use super::inbox::Inbox;
use super::outbox::Outbox;
use super::quiet::catch_unwind;
use super::{Instance, Ready, drop_quietly, hand_over, reads_with, renew};
use crate::abi::{self, BROKEN, FAILED, OK, WqBytes, WqChanges, WqDocView, WqOutput, WqStage};
use crate::read::host_items;
use std::ffi::c_void;
use std::panic::AssertUnwindSafe;
use warraq_core::{Built, InOrderStage, LogLevel, Preparer, Services, StageState};

pub(super) fn functions(table: &mut WqStage) {
    table.order = abi::IN_ORDER;
    table.reads_with = Some(reads_with);
    table.worker = Some(worker);
    table.worker_destroy = Some(worker_destroy);
    table.prepare = Some(prepare);
    table.state = Some(state);
    table.state_destroy = Some(state_destroy);
    table.decide = Some(decide);
    table.replay = Some(replay);
}

fn stage(instance: &'static Instance) -> Option<&'static dyn InOrderStage> {
    match &instance.what {
        Ready::Stage(Built::InOrder(stage)) => Some(&**stage),
        _ => None,
    }
}

struct Desk {
    instance: &'static Instance,
    preparer: Box<dyn Preparer>,
    inbox: Inbox,
    outboxes: Vec<Outbox>,
}

unsafe extern "C" fn worker(stage_of: *mut c_void, worker: *mut *mut c_void) -> i32 {
    // SAFETY: the stage comes from `create`, and outlives its workers.
    let instance = unsafe { Instance::of(stage_of) };
    let desk = || {
        let preparer = stage(instance)?.preparer();
        Some(Desk { instance, preparer, inbox: Inbox::default(), outboxes: Vec::new() })
    };
    // SAFETY: the host passes a place for the worker.
    unsafe { hand_over(instance, worker, "a worker", desk) }
}

unsafe extern "C" fn worker_destroy(worker: *mut c_void) {
    // SAFETY: the host destroys what `worker` made, once.
    let desk = unsafe { Box::from_raw(worker.cast::<Desk>()) };
    let host = &desk.instance.host;
    drop_quietly(desk, host, "a worker, when it was dropped,");
}

unsafe extern "C" fn prepare(worker: *mut c_void, docs: *const WqDocView, keys: *mut WqOutput, n: usize) -> i32 {
    if n == 0 {
        return OK;
    }
    // SAFETY: the worker is one of ours and used by one thread; the arrays have `n` items of the sizes that we state.
    let (desk, docs, keys) =
        unsafe { (&mut *worker.cast::<Desk>(), host_items(docs, n), std::slice::from_raw_parts_mut(keys, n)) };
    if desk.outboxes.len() < n {
        desk.outboxes.resize_with(n, Outbox::default);
    }
    let Desk { instance, preparer, inbox, outboxes } = desk;
    for (view, outbox) in docs.iter().zip(&mut *outboxes) {
        outbox.clear();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            // SAFETY: the view is the host's, for this call.
            preparer.prepare(&unsafe { inbox.view(view) }, &mut outbox.bytes)
        }));
        let another = || Some(stage(instance)?.preparer());
        if outbox.take(outcome, |_, ()| {}) && !renew(instance, "a worker", preparer, another) {
            return FAILED;
        }
    }
    for (outbox, key) in outboxes.iter().zip(keys) {
        outbox.output(OK, key);
    }
    OK
}

/// The ordered half, with its memory: the changes in one outbox, the journal in the other.
struct Memory {
    instance: &'static Instance,
    state: Box<dyn StageState>,
    inbox: Inbox,
    changes: Outbox,
    journal: Outbox,
}

unsafe extern "C" fn state(stage_of: *mut c_void, state: *mut *mut c_void) -> i32 {
    // SAFETY: the stage comes from `create`, and outlives its state.
    let instance = unsafe { Instance::of(stage_of) };
    let memory = || {
        Some(Memory {
            instance,
            state: stage(instance)?.state(),
            inbox: Inbox::default(),
            changes: Outbox::default(),
            journal: Outbox::default(),
        })
    };
    // SAFETY: the host passes a place for the state.
    unsafe { hand_over(instance, state, "the state", memory) }
}

unsafe extern "C" fn state_destroy(state: *mut c_void) {
    // SAFETY: the host destroys what `state` made, once.
    let memory = unsafe { Box::from_raw(state.cast::<Memory>()) };
    let host = &memory.instance.host;
    drop_quietly(memory, host, "the state, when it was dropped,");
}

unsafe extern "C" fn decide(
    state: *mut c_void,
    doc: *const WqDocView,
    key: WqBytes,
    out: *mut WqChanges,
    journal: *mut WqOutput,
) -> i32 {
    // SAFETY: the state is one of ours and used by one thread; the others are the host's, for this call.
    let (memory, doc, key, out, journal_out) =
        unsafe { (&mut *state.cast::<Memory>(), &*doc, host_items(key.ptr, key.len), &mut *out, &mut *journal) };
    let Memory { state, inbox, changes, journal, .. } = memory;
    changes.clear();
    journal.clear();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the view is the host's, for this call.
        state.decide(&unsafe { inbox.view(doc) }, key, &mut changes.changes, &mut journal.bytes)
    }));
    // After a panic the state may be half changed, and there is only one.
    let status = if changes.take(outcome, |_, ()| {}) { BROKEN } else { OK };
    changes.fill(status, out);
    journal.output(OK, journal_out);
    OK
}

unsafe extern "C" fn replay(state: *mut c_void, journal: WqBytes) -> i32 {
    // SAFETY: the state is one of ours and used by one thread; the bytes are the host's, for this call.
    let (memory, journal) = unsafe { (&mut *state.cast::<Memory>(), host_items(journal.ptr, journal.len)) };
    let Memory { instance, state, .. } = memory;
    let mut told = Outbox::default();
    told.take(catch_unwind(AssertUnwindSafe(|| state.replay(journal))), |_, ()| {});
    if told.has_failed() {
        instance.host.log(LogLevel::Error, "", told.message());
        return FAILED;
    }
    OK
}
