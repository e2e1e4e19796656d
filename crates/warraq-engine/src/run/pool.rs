//! Buffers that go round: a chunk's input and output are some ten mebibytes, and asking the system for fresh pages each time
//! costs as much as filling them.

use std::sync::Mutex;

/// Buffers beyond this size, in bytes, are not worth keeping: they were for one unusual record.
const KEPT: usize = 16 << 20;

/// Empty buffers that have been used before. There are never more of them than fit into the run's window.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    /// An empty buffer.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).pop().unwrap_or_default()
    }

    /// Gives a buffer back.
    pub(super) fn give(&self, mut buffer: Vec<u8>) {
        if buffer.capacity() > 0 && buffer.capacity() <= KEPT {
            buffer.clear();
            self.0.lock().unwrap_or_else(|e| e.into_inner()).push(buffer);
        }
    }
}
