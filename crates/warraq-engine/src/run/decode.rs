//! From a record to a document, or to why it is none: the same for the workers of a run and for whoever looks for one
//! document.

use super::chunk::PieceKind;
use super::work::panicked;
use crate::plan::Plan;
use std::panic::{AssertUnwindSafe, catch_unwind};
use warraq_core::{Decoder, Document, Error, ErrorKind, Record};

/// The decoders of a plan's sources, for one thread.
pub(super) fn decoders(plan: &Plan) -> Vec<Box<dyn Decoder>> {
    plan.sources.iter().map(|source| source.format.decoder()).collect()
}

/// The length of a record past the limit, in bytes.
pub(super) fn too_large(plan: &Plan, kind: &PieceKind, record: &[u8]) -> Option<u64> {
    match *kind {
        PieceKind::TooLarge { bytes } => Some(bytes),
        _ => Some(record.len() as u64).filter(|&bytes| bytes > plan.record_limit),
    }
}

/// Fills `doc`, which is empty, from a record of the plan's source at index `source`. The document has an id in any case.
///
/// # Errors
/// When the record is past the limit (`length` is then its length in bytes) or no document.
pub(super) fn decode(
    plan: &Plan,
    source: usize,
    decoder: &mut Box<dyn Decoder>,
    record: &Record<'_>,
    length: Option<u64>,
    doc: &mut Document,
) -> Result<(), Error> {
    doc.set_limits(plan.limits.document);
    let result = match length {
        Some(bytes) => {
            let message = plan.limits.too_large(bytes, plan.record_limit);
            Err(Error::new(ErrorKind::Limit, "record.too_large", message))
        }
        None => catch_unwind(AssertUnwindSafe(|| decoder.decode(record, doc))).unwrap_or_else(|panic| {
            *decoder = plan.sources[source].format.decoder();
            Err(panicked("the decoder", &*panic))
        }),
    };
    if doc.id().is_empty() {
        // The decoder was not asked, or was interrupted before it got there.
        let mut id = String::new();
        record.write_default_id(&mut id);
        doc.set_id(&id);
    }
    result
}
