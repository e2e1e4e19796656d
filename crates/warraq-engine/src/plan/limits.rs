//! The limits of a plan: what the pipeline file sets, or else their defaults, and what a memory ceiling makes of them.

use crate::config::LimitsSpec;
use crate::run::Expansion;
use warraq_core::DocumentLimits;

/// What an input and a document may take. `docs/limits.md` has the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that may come out of each compressed byte of an input.
    pub expansion: u64,
    /// Items of a document.
    pub document: DocumentLimits,
    /// The ceiling for the whole run, in bytes.
    pub memory: Option<u64>,
    /// Whether the ceiling lets a record have less than `run.record_limit`.
    pub memory_bounds_records: bool,
}

impl Limits {
    pub(super) fn of(spec: &LimitsSpec, memory_bounds_records: bool) -> Self {
        Limits {
            expansion: spec.expansion(),
            document: spec.document(),
            memory: spec.memory.map(|memory| memory.value),
            memory_bounds_records,
        }
    }

    /// How far the inputs may expand.
    pub(crate) fn expansion(&self) -> Expansion {
        let advice = "a decompression bomb, or else a text that repeats itself: `run.expansion_limit` is the limit";
        Expansion { limit: self.expansion, advice }
    }

    /// Why a record of `bytes` bytes is too large, where `most` is the limit.
    pub(crate) fn too_large(&self, bytes: u64, most: u64) -> String {
        match self.memory.filter(|_| self.memory_bounds_records) {
            Some(memory) => {
                format!("the record has {bytes} bytes; `run.memory`, which is {memory}, has room for one of {most}")
            }
            None => format!("the record has {bytes} bytes; `run.record_limit` is {most}"),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::of(&LimitsSpec::default(), false)
    }
}
