//! Calls to a worker: arrays laid out as the plugin was compiled, documents in, changes or bytes out.

use super::outgoing::Scratch;
use super::{Instance, incoming};
use crate::abi::{OK, Sized32, WqChanges, WqDocView, WqOutput};
use crate::read;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use warraq_core::{Changes, DocView, Error, LabelNames, Order, Origin, Result};

/// Memory for an array of structs of a size that only the plugin knows, aligned as every struct of the ABI is.
#[derive(Debug, Default)]
pub(super) struct Strided(Vec<u64>);

impl Strided {
    /// Makes room for `n` structs of `stride` bytes, all zero.
    pub(super) fn clear(&mut self, n: usize, stride: usize) {
        self.0.clear();
        self.0.resize((n * stride).div_ceil(size_of::<u64>()), 0);
    }

    /// Overwrites it with zeros.
    fn spoil(&mut self) {
        self.0.fill(0);
    }

    /// The array as the plugin sees it.
    pub(super) fn first<T>(&mut self) -> *mut T {
        self.0.as_mut_ptr().cast()
    }

    fn at(&mut self, n: usize, stride: usize) -> *mut u8 {
        self.0.as_mut_ptr().cast::<u8>().wrapping_add(n * stride)
    }

    /// Puts a struct in its place, as much of it as fits the stride.
    pub(super) fn put<T: Sized32>(&mut self, n: usize, stride: usize, value: &T) {
        let size = size_of::<T>().min(stride);
        debug_assert!((n + 1) * stride <= self.0.len() * size_of::<u64>());
        // SAFETY: there is room for `stride` bytes, of which the first `size` are written; a struct begins with its size.
        unsafe {
            let at = self.at(n, stride);
            ptr::copy_nonoverlapping(ptr::from_ref(value).cast::<u8>(), at, size);
            at.cast::<u32>().write(size as u32);
        }
    }

    /// The struct at `n`, as much of it as both sides know.
    pub(super) fn get<T: Sized32>(&mut self, n: usize, stride: usize) -> T {
        // SAFETY: `clear` made room for it.
        unsafe { read::sized(self.at(n, stride).cast::<T>(), Some(stride)) }
    }
}

/// Which of a worker's functions are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    Process,
    Prepare,
    Encode,
}

/// A plugin's worker. One that fails as a whole is destroyed, and the next call gets a new one.
///
/// A call and the reading of its results are two steps: the views are borrowed for the call only, so a test can spoil them in
/// between.
pub struct RawWorker {
    instance: Arc<Instance>,
    task: Task,
    raw: Option<*mut c_void>,
    scratch: Vec<Scratch>,
    views: Strided,
    out: Strided,
    /// How many results the last call left in `out`; none after a failure, which takes their memory along.
    results: usize,
    names: LabelNames,
}

// SAFETY: the header says that a worker may move between threads.
unsafe impl Send for RawWorker {}

impl std::fmt::Debug for RawWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawWorker").field("instance", &self.instance).field("task", &self.task).finish_non_exhaustive()
    }
}

impl RawWorker {
    /// A worker for `process`. It is made when it is first needed.
    pub fn new(instance: Arc<Instance>) -> Self {
        Self::with_task(instance, Task::Process)
    }

    /// A worker for `prepare`, to be used through [`warraq_core::Preparer`].
    pub fn for_keys(instance: Arc<Instance>) -> Self {
        Self::with_task(instance, Task::Prepare)
    }

    /// A worker for whichever of `process`, `prepare` and `encode` the stage has.
    pub fn for_stage(instance: Arc<Instance>) -> Self {
        let task = match (instance.stage.is_export(), instance.info().order) {
            (true, _) => Task::Encode,
            (false, Order::InOrder) => Task::Prepare,
            (false, Order::Parallel) => Task::Process,
        };
        Self::with_task(instance, task)
    }

    pub(super) fn with_task(instance: Arc<Instance>, task: Task) -> Self {
        let names = instance.labels().names();
        RawWorker {
            instance,
            task,
            raw: None,
            scratch: Vec::new(),
            views: Strided::default(),
            out: Strided::default(),
            results: 0,
            names,
        }
    }

    /// Calls `process` or `prepare` on these documents. Results are then collected one by one: [changes](RawWorker::collect)
    /// or [bytes](RawWorker::collect_bytes).
    ///
    /// # Errors
    /// When the call failed as a whole: no document of it has a result.
    pub fn call(&mut self, docs: &[DocView<'_>]) -> Result<()> {
        let reads = self.instance.stage.info.reads;
        self.lay_out(docs.len(), |scratch, n| scratch.view(&docs[n], reads))
    }

    /// Calls `encode` on these documents. Results are then [collected](RawWorker::collect_bytes) one by one.
    ///
    /// # Errors
    /// When the call failed as a whole: no document of it has a result.
    pub fn call_whole(&mut self, docs: &[(DocView<'_>, Origin<'_>)], stages: &[String]) -> Result<()> {
        self.lay_out(docs.len(), |scratch, n| scratch.whole(&docs[n].0, &docs[n].1, stages))
    }

    /// Overwrites with zeros what the views of the last call were laid out in, for a test that looks whether anything that
    /// was handed over points there. Results can still be collected.
    pub fn spoil_views(&mut self) {
        self.views.spoil();
        self.scratch.iter_mut().for_each(Scratch::spoil);
    }

    fn lay_out(&mut self, n: usize, view: impl Fn(&mut Scratch, usize) -> WqDocView) -> Result<()> {
        let sizes = self.instance.stage.sizes;
        if self.scratch.len() < n {
            self.scratch.resize_with(n, Scratch::default);
        }
        self.views.clear(n, sizes.view);
        for (at, scratch) in self.scratch[..n].iter_mut().enumerate() {
            self.views.put(at, sizes.view, &view(scratch, at));
        }
        match self.task {
            Task::Process => {
                self.out.clear(n, sizes.changes);
                (0..n).for_each(|at| self.out.put(at, sizes.changes, &WqChanges::empty()));
            }
            Task::Prepare | Task::Encode => {
                self.out.clear(n, sizes.output);
                (0..n).for_each(|at| self.out.put(at, sizes.output, &WqOutput::empty()));
            }
        }
        self.run(n)
    }

    fn run(&mut self, n: usize) -> Result<()> {
        self.results = 0;
        let worker = self.worker()?;
        let (views, out) = (self.views.first::<WqDocView>(), self.out.first::<c_void>());
        let table = &self.instance.stage.table;
        // SAFETY: the worker is used by this thread alone; both arrays have `n` structs in the plugin's own sizes; the views
        // lead to documents that are borrowed until the call returns. The functions were found when the descriptor was read.
        let status = unsafe {
            match self.task {
                Task::Process => table.process.map(|process| process(worker, views, out.cast(), n)),
                Task::Prepare => table.prepare.map(|prepare| prepare(worker, views, out.cast(), n)),
                Task::Encode => table.encode.map(|encode| encode(worker, views, out.cast(), n)),
            }
        };
        match status {
            Some(OK) => {
                self.results = n;
                Ok(())
            }
            status => {
                self.discard();
                let status = status.unwrap_or_default();
                Err(Error::stage(
                    "plugin.call",
                    format!("the plugin failed as a whole (status {status}) and was given a new worker"),
                ))
            }
        }
    }

    /// The changes to document `n` of the last call, into `changes`, which is empty.
    ///
    /// # Errors
    /// The failure of that document, or a breach of the contract.
    ///
    /// # Panics
    /// If the last call left no changes to such a document.
    pub fn collect(&mut self, n: usize, changes: &mut Changes) -> Result<()> {
        assert!(self.task == Task::Process && n < self.results, "the last call has changes to document {n}");
        let from: WqChanges = self.out.get(n, self.instance.stage.sizes.changes);
        // SAFETY: the last call filled it in, and its memory stays until the next.
        unsafe {
            incoming::result(from.result).map_err(|failure| *failure.error)?;
            incoming::changes(&from, &mut self.names, changes)
        }
    }

    /// The bytes that the last call made of document `n`.
    ///
    /// # Errors
    /// The failure of that document, or a breach of the contract.
    ///
    /// # Panics
    /// If the last call left no bytes of such a document.
    pub fn collect_bytes(&mut self, n: usize) -> Result<&[u8]> {
        assert!(self.task != Task::Process && n < self.results, "the last call has bytes of document {n}");
        let from: WqOutput = self.out.get(n, self.instance.stage.sizes.output);
        // SAFETY: the last call filled it in, and its memory stays until the next, which takes `self` again.
        unsafe { incoming::output(&from) }.map_err(|failure| *failure.error)
    }

    fn worker(&mut self) -> Result<*mut c_void> {
        if let Some(raw) = self.raw {
            return Ok(raw);
        }
        let mut raw = ptr::null_mut();
        let make = self.instance.stage.table.worker;
        // SAFETY: the stage has been built and not destroyed, and there is a place for the worker.
        let status = make.map(|make| unsafe { make(self.instance.raw, &mut raw) });
        if status != Some(OK) || raw.is_null() {
            return Err(Error::stage("plugin.worker", "the plugin could not make a worker"));
        }
        self.raw = Some(raw);
        Ok(raw)
    }

    fn discard(&mut self) {
        if let (Some(raw), Some(destroy)) = (self.raw.take(), self.instance.stage.table.worker_destroy) {
            // SAFETY: made by `worker`, destroyed once, and not used again.
            unsafe { destroy(raw) };
        }
    }
}

impl Drop for RawWorker {
    fn drop(&mut self) {
        self.discard();
    }
}
