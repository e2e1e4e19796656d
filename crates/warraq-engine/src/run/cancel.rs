//! Stopping a run from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Tells a run to stop. Clones share the state; it can be set from a signal handler.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicUsize>);

impl Cancel {
    /// Nothing to stop for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the run for this signal (a number other than 0).
    pub fn cancel(&self, signal: usize) {
        self.0.store(signal, Ordering::SeqCst);
    }

    /// The signal to stop for, if there is one.
    pub fn signal(&self) -> Option<usize> {
        Some(self.0.load(Ordering::Relaxed)).filter(|&signal| signal != 0)
    }

    /// The flag itself, for a signal handler that stores the signal's number.
    pub fn flag(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.0)
    }
}
