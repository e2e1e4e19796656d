//! Counts and hashes bytes on their way from the disk, below whatever decompresses them.

use crate::plan::hex;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What has gone through a tap so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sum(Arc<Mutex<(Sha256, u64)>>);

impl Sum {
    /// The SHA-256 in lower-case hexadecimal, and the number of bytes.
    pub(crate) fn get(&self) -> (String, u64) {
        let state = self.0.lock().unwrap_or_else(|e| e.into_inner());
        (hex(&state.0.clone().finalize()), state.1)
    }
}

/// A reader that is looked on.
pub(crate) struct Tap {
    pub(crate) inner: Box<dyn Read + Send>,
    pub(crate) sum: Sum,
    /// Bytes of all inputs, for whoever shows progress.
    pub(crate) progress: Arc<AtomicU64>,
}

impl Read for Tap {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        let mut state = self.sum.0.lock().unwrap_or_else(|e| e.into_inner());
        state.0.update(&buffer[..n]);
        state.1 += n as u64;
        self.progress.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
