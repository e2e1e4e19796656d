//! The unit of work: about a mebibyte of whole records, with the place of each in its input.

use super::reader::InputRecord;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Where a chunk is cut, in bytes. A fixed number: chunks, and so compressed frames, must not depend on threads or window.
/// Frames of 1 MiB cost 5.5 % in size against one frame for all, and those of 64 KiB 20 % (zstd 3, 50 MB of Arabic news).
pub(super) const TARGET: usize = 1 << 20;

/// How much of a record past the limit is kept for the rejects, in bytes.
pub(super) const HEAD: usize = 4 << 10;

/// Whether a line holds nothing: white space and, on the first line, a byte order mark.
pub(super) fn is_blank(line: &[u8], number: u64) -> bool {
    let line = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    line.trim_ascii().is_empty()
}

/// Where a record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The input, counted over all sources.
    pub(super) input: usize,
    /// The place of its first byte in the decompressed input.
    pub(super) byte: u64,
    /// The number of the record: of its first line, or 1 for a file.
    pub(super) number: u64,
}

impl Position {
    /// Where the first record of an input begins.
    pub(super) fn of_input(input: usize) -> Self {
        Position { input, byte: 0, number: 1 }
    }
}

/// Where a pass over the inputs begins: at their beginning, or between two chunks of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Start {
    /// The number of the first chunk.
    pub(super) chunk: u64,
    pub(super) at: Position,
    /// The inputs before that, as they were read.
    pub(super) ended: Vec<InputRecord>,
}

impl Start {
    /// The beginning of everything.
    pub(super) fn new() -> Self {
        Start { chunk: 0, at: Position::of_input(0), ended: Vec::new() }
    }
}

/// Whole records of one or more inputs.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Its place in the run, from 0.
    pub(super) number: u64,
    pub(super) data: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
    /// The inputs that had ended when it was complete, and are in no chunk before.
    pub(super) ended: Vec<InputRecord>,
    /// It ends where an input could not be read any further: had it been read, there would be more in this chunk.
    pub(super) is_cut_short: bool,
}

impl Chunk {
    /// Where its first record begins.
    pub(super) fn start(&self) -> Option<Position> {
        let first = self.pieces.first()?;
        Some(Position { input: first.input, byte: first.offset, number: first.first })
    }
}

/// The part of a chunk that comes from one input.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The input, counted over all sources.
    pub(super) input: usize,
    /// Its bytes in the chunk.
    pub(super) range: Range<usize>,
    /// The number of the first record: of its first line, or 1 for a file.
    pub(super) first: u64,
    /// The place of its first byte in the decompressed input.
    pub(super) offset: u64,
    pub(super) kind: PieceKind,
    /// How many records or lines the reader saw in it, blank ones included.
    pub(super) framed: u64,
}

impl Piece {
    /// Where the record that begins at `start` ends in the chunk's `data`, its line end included, and by how much the number
    /// of the one after it is greater.
    pub(super) fn record_end(&self, data: &[u8], start: usize) -> (usize, u64) {
        match &self.kind {
            PieceKind::Lines => {
                let rest = &data[start..self.range.end];
                (memchr::memchr(b'\n', rest).map_or(self.range.end, |n| start + n + 1), 1)
            }
            PieceKind::Blocks(ends) => {
                let end = ends.get(ends.partition_point(|&end| end <= start)).copied().unwrap_or(self.range.end);
                (end, memchr::memchr_iter(b'\n', &data[start..end]).count() as u64)
            }
            PieceKind::File | PieceKind::TooLarge { .. } => (self.range.end, 1),
        }
    }

    /// The bytes of a record without its line end; none of one that holds nothing.
    pub(super) fn record<'a>(&self, bytes: &'a [u8], number: u64) -> Option<&'a [u8]> {
        let bytes = match self.kind {
            PieceKind::Lines => {
                let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
                bytes.strip_suffix(b"\r").unwrap_or(bytes)
            }
            PieceKind::Blocks(_) => bytes,
            PieceKind::File | PieceKind::TooLarge { .. } => return Some(bytes),
        };
        (!is_blank(bytes, number)).then_some(bytes)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// Records that end at line feeds.
    Lines,
    /// One record, a whole file.
    File,
    /// Records of blocks, and where each of them ends in the chunk.
    Blocks(Vec<usize>),
    /// The head of one record past the limit; the rest was never held.
    TooLarge {
        /// The record's length in bytes.
        bytes: u64,
    },
}
