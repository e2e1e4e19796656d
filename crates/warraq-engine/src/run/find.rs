//! One document among the inputs of a plan, by the reader and the decoders of a run, and no further than it stands.

use super::chunk::{Chunk, Start};
use super::decode::{decode, decoders, too_large};
use super::pool::Pool;
use super::reader::Reader;
use crate::plan::Plan;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use warraq_core::{Document, Error, Framing, Record};

/// Most ids kept for saying what there is instead of the one that is not there.
const MAX_IDS: usize = 100_000;

/// Which document is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// The first one.
    First,
    /// The first one of this id.
    Id(&'a str),
}

/// Where a document was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The input's name.
    pub path: String,
    /// Its number in the input, from 1.
    pub record: u64,
    /// Its line, in formats that have lines.
    pub line: Option<u64>,
    /// The record's first byte in the decompressed input.
    pub byte: u64,
    /// How many documents were read before it, over all inputs.
    pub earlier: u64,
}

/// A document that was looked for.
#[derive(Debug)]
pub struct Found {
    /// The document; with nothing but an id, perhaps, where it could not be read.
    pub doc: Document,
    /// Why the record could not be read, if so.
    pub failed: Option<Error>,
    /// Where it was.
    pub origin: Origin,
}

/// How a search ended.
#[derive(Debug)]
pub enum Search {
    /// It was found.
    Found(Box<Found>),
    /// It is not there.
    Missing {
        /// How many documents there are.
        documents: u64,
        /// Their ids; of very many, the first.
        ids: Vec<String>,
    },
}

/// Looks for a document in a plan's inputs. `earlier` is shown each document that stands before it and could be read.
///
/// # Errors
/// A message when an input cannot be read as far as the document.
pub fn find(plan: &Plan, wanted: Wanted<'_>, earlier: &mut dyn FnMut(&mut Document)) -> Result<Search, String> {
    let inputs: Vec<(usize, &str)> =
        plan.sources.iter().enumerate().flat_map(|(n, s)| s.inputs.iter().map(move |i| (n, &*i.name))).collect();
    let (mut decoders, mut doc) = (decoders(plan), Document::new());
    let (mut found, mut documents, mut ids) = (None, 0, Vec::new());
    let buffers = Pool::default();
    let mut look = |chunk: Chunk| {
        for piece in &chunk.pieces {
            let (source, path) = inputs[piece.input];
            let (mut start, mut number) = (piece.range.start, piece.first);
            loop {
                let (end, lines) = piece.record_end(&chunk.data, start);
                if let Some(bytes) = piece.record(&chunk.data[start..end], number) {
                    let record = Record { bytes, path, number };
                    let length = too_large(plan, &piece.kind, bytes);
                    doc.reset();
                    let failed = decode(plan, source, &mut decoders[source], &record, length, &mut doc).err();
                    if wanted == Wanted::First || wanted == Wanted::Id(doc.id()) {
                        let is_line = plan.sources[source].format.framing() != Framing::File;
                        let origin = Origin {
                            path: path.to_owned(),
                            record: number,
                            line: is_line.then_some(number),
                            byte: piece.offset + (start - piece.range.start) as u64,
                            earlier: documents,
                        };
                        found = Some(Box::new(Found { doc: std::mem::take(&mut doc), failed, origin }));
                        return false;
                    }
                    documents += 1;
                    if ids.len() < MAX_IDS {
                        ids.push(doc.id().to_owned());
                    }
                    if failed.is_none() {
                        earlier(&mut doc);
                    }
                }
                (start, number) = (end, number + lines);
                // An empty file is a document without text.
                if start >= piece.range.end {
                    break;
                }
            }
        }
        buffers.give(chunk.data);
        true
    };
    let (_, read) =
        Reader::new(plan, &Start::new(), (None, None), Arc::new(AtomicU64::new(0)), &buffers, &mut look).read_all();
    match (found, read) {
        (Some(found), _) => Ok(Search::Found(found)),
        (None, Err(e)) => Err(format!("{}: byte {}: {}", e.name, e.byte, e.error)),
        (None, Ok(())) => Ok(Search::Missing { documents, ids }),
    }
}
