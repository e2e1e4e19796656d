//! Stages that find what has been seen before: equal texts and paragraphs, and texts that are nearly the same.

pub mod exact;
pub mod minhash;

mod ids;
mod index;
mod key;
mod saved;
mod seen;
mod sorter;
#[cfg(test)]
mod testing;

use std::io;
use std::sync::Arc;
use warraq_core::{BuildContext, Error, Holds, OptionError, Scratch, Services, byte_size};

/// Where temporary files come from.
#[derive(Clone)]
pub(super) struct Temp {
    services: Arc<dyn Services>,
    folder: Option<String>,
}

impl Temp {
    fn new(cx: &BuildContext<'_>, folder: Option<String>) -> Self {
        Temp { services: Arc::clone(&cx.services), folder }
    }

    fn file(&self) -> io::Result<Box<dyn Scratch>> {
        self.services.scratch(self.folder.as_deref())
    }
}

/// How much may be held in memory: what the option `memory` says, or else a share of the run's.
pub(super) struct Memory {
    own: Option<usize>,
    services: Arc<dyn Services>,
}

/// How much that is where neither the option nor the run says.
const DEFAULT_MEMORY: usize = 1_000_000_000;

impl Memory {
    fn new(option: Option<&str>, cx: &BuildContext<'_>) -> Result<Self, OptionError> {
        let bytes = |option: &str| {
            let bytes = byte_size(option).and_then(|bytes| usize::try_from(bytes).ok());
            let message = || format!("`{option}` is no byte size such as \"512MB\" or \"2GiB\"");
            bytes.ok_or_else(|| OptionError::new("memory", message()))
        };
        Ok(Memory { own: option.map(bytes).transpose()?, services: Arc::clone(&cx.services) })
    }

    /// In bytes, once the run has begun.
    fn limit(&self) -> usize {
        self.own.or_else(|| self.services.index_memory()).unwrap_or(DEFAULT_MEMORY)
    }

    fn holds(&self) -> Holds {
        self.own.map_or(Holds::Share, |bytes| Holds::Bytes(bytes as u64))
    }
}

/// A temporary file failed.
fn disk(error: io::Error) -> Error {
    Error::stage("dedup.disk", "what has been seen before cannot be looked up").because(error)
}

/// A journal entry that is none of ours.
fn bad_journal() -> Error {
    Error::stage("journal", "the entry was not written by this stage with these options")
}
