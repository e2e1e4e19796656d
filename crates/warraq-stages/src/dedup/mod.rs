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
use warraq_core::{BuildContext, Error, OptionError, Scratch, Services, byte_size};

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

/// The bytes that an option `memory` allows.
fn memory(option: &str) -> Result<usize, OptionError> {
    let bytes = byte_size(option).and_then(|bytes| usize::try_from(bytes).ok());
    bytes.ok_or_else(|| OptionError::new("memory", format!("`{option}` is no byte size such as \"512MB\" or \"2GiB\"")))
}

/// A temporary file failed.
fn disk(error: io::Error) -> Error {
    Error::stage("dedup.disk", "what has been seen before cannot be looked up").because(error)
}

/// A journal entry that is none of ours.
fn bad_journal() -> Error {
    Error::stage("journal", "the entry was not written by this stage with these options")
}
