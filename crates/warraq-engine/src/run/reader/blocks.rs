//! Records that are blocks of lines: where they begin, whatever bytes come at once, and how chunks are cut between them.

use super::{Reader, read_some};
use crate::run::chunk::{HEAD, Piece, PieceKind, Position, is_blank};
use std::io::{self, Read};
use warraq_core::Blocks;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How far into a block's head its marker may stand, in bytes: so much has to be held to know where a record begins.
const LONGEST_HEAD: u64 = 64 << 10;

/// Finds where records begin, in bytes that come in any pieces. All places count from the start of the input.
#[derive(Debug)]
pub(in crate::run) struct Finder {
    rule: Blocks,
    /// The next byte.
    at: u64,
    /// The first byte of the line that it is in.
    line: u64,
    /// Where the line's text begins: after a byte order mark, if there is one.
    text: u64,
    /// The line has been white space so far.
    blank: bool,
    place: Place,
    /// The record begins with a marker.
    marked: bool,
    /// The blocks of the record that have begun.
    blocks: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before a block.
    Gap,
    /// In the head of the block that begins at `block`, in a line of which `matched` bytes are the marker's; none if it is
    /// another.
    Head { block: u64, matched: Option<usize> },
    /// In the rest of a block.
    Body,
}

impl Finder {
    /// For bytes from `at` on, where a record begins.
    pub(in crate::run) fn new(rule: Blocks, at: u64) -> Self {
        Finder { rule, at, line: at, text: at, blank: true, place: Place::Gap, marked: false, blocks: 0 }
    }

    /// Takes bytes up to the first that shows that a record begins, and gives the place where it does. None: it has taken all
    /// of them, and there is no such.
    pub(in crate::run) fn next(&mut self, bytes: &[u8]) -> Option<u64> {
        let mut n = 0;
        while n < bytes.len() {
            if self.place == Place::Body && !self.blank {
                // Most of the bytes.
                let end = memchr::memchr(b'\n', &bytes[n..]).unwrap_or(bytes.len() - n);
                self.at += end as u64;
                n += end;
                if n == bytes.len() {
                    break;
                }
            }
            let found = self.byte(bytes[n]);
            if found.is_some() {
                return found;
            }
            n += 1;
        }
        None
    }

    fn byte(&mut self, byte: u8) -> Option<u64> {
        let at = self.at;
        self.at += 1;
        if at == self.text && BOM.get(at as usize) == Some(&byte) {
            self.text += 1;
            return None;
        }
        if byte == b'\n' {
            let found = self.end_line();
            (self.line, self.text) = (self.at, self.at);
            return found;
        }
        let mut found = None;
        if self.blank && !byte.is_ascii_whitespace() {
            self.blank = false;
            if self.place == Place::Gap {
                found = self.begin_block();
            }
            if let Place::Head { block, .. } = self.place {
                let is_head = byte == self.rule.marker.as_bytes()[0] && at == self.text;
                self.place = if is_head { Place::Head { block, matched: Some(1) } } else { Place::Body };
            }
        } else if let Place::Head { block, matched: Some(matched) } = self.place {
            let marker = self.rule.marker.as_bytes();
            if matched == marker.len() && (byte == b'=' || byte.is_ascii_whitespace()) {
                return self.mark(block);
            }
            self.place = Place::Head { block, matched: (marker.get(matched) == Some(&byte)).then_some(matched + 1) };
        }
        match self.place {
            Place::Head { block, .. } if self.at - block > LONGEST_HEAD => self.place = Place::Body,
            // White space without an end, which is not held either.
            Place::Gap if self.at - self.line > LONGEST_HEAD => {
                found = self.begin_block();
                (self.place, self.blank) = (Place::Body, false);
            }
            _ => {}
        }
        found
    }

    fn begin_block(&mut self) -> Option<u64> {
        self.place = Place::Head { block: self.line, matched: None };
        let full = !self.marked && self.rule.at_most.is_some_and(|most| self.blocks >= most.get());
        self.blocks = if full { 1 } else { self.blocks.saturating_add(1) };
        full.then_some(self.line)
    }

    /// The block has the marker.
    fn mark(&mut self, block: u64) -> Option<u64> {
        self.place = Place::Body;
        let is_first = self.blocks == 1;
        (self.marked, self.blocks) = (true, 1);
        (!is_first).then_some(block)
    }

    /// The line that it is in ends here; gives the place where a record begins, if that shows it.
    pub(in crate::run) fn end_line(&mut self) -> Option<u64> {
        let blank = std::mem::replace(&mut self.blank, true);
        match self.place {
            Place::Head { block, matched: Some(matched) } if matched == self.rule.marker.len() => {
                return self.mark(block);
            }
            _ if blank => self.place = Place::Gap,
            _ => {}
        }
        None
    }

    /// The first byte that it has not taken.
    pub(in crate::run) fn place(&self) -> u64 {
        self.at
    }

    /// The first byte that may still turn out to be a record's first.
    pub(in crate::run) fn open(&self) -> u64 {
        match self.place {
            Place::Head { block, .. } => block,
            // Blank so far: a block may begin with this line.
            Place::Gap => self.line,
            Place::Body => self.at,
        }
    }
}

/// Cuts bytes that are all there into records, each with the number of its first line. Blank ones are left out.
pub(crate) fn split(rule: Blocks, bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut finder = Finder::new(rule, 0);
    let (mut records, mut start, mut line) = (Vec::new(), 0, 1);
    loop {
        let found = finder.next(&bytes[finder.at as usize..]);
        let end = found.map_or(bytes.len(), |at| at as usize);
        let record = &bytes[start..end];
        if !is_blank(record, line) {
            records.push((line, record));
        }
        line += memchr::memchr_iter(b'\n', record).count() as u64;
        start = end;
        if found.is_none() {
            return records;
        }
    }
}

/// A piece of records in the making.
struct Cut {
    input: usize,
    /// Its first byte in the chunk.
    start: usize,
    /// Where its records end in the chunk.
    ends: Vec<usize>,
    /// The number of its first line.
    line: u64,
    finder: Finder,
}

impl Cut {
    /// Where its records end so far.
    fn end(&self) -> usize {
        self.ends.last().copied().unwrap_or(self.start)
    }
}

impl Reader<'_> {
    /// Cuts an input into records of blocks. Returns whether it was read to its end.
    ///
    /// As with lines, the bytes alone decide where a chunk is cut: after the last record that ends before the target, or after
    /// a single longer one.
    pub(super) fn blocks(
        &mut self,
        rule: Blocks,
        first: Position,
        bytes: &mut dyn Read,
        at: &mut u64,
    ) -> io::Result<bool> {
        let start = self.chunk.data.len();
        let finder = Finder::new(rule, first.byte);
        let mut cut = Cut { input: first.input, start, ends: Vec::new(), line: first.number, finder };
        loop {
            let ended = self.fill(bytes)? == 0;
            loop {
                // The bytes that the finder has not seen.
                let seen = cut.start + (cut.finder.at - *at) as usize;
                let found = cut.finder.next(&self.chunk.data[seen..]);
                let found = found.or_else(|| if ended { cut.finder.end_line() } else { None });
                let Some(found) = found else { break };
                let end = cut.start + (found - *at) as usize;
                if !self.end_record(&mut cut, end, at) {
                    return Ok(false);
                }
            }
            if ended {
                let end = self.chunk.data.len();
                if end > cut.end() && !self.end_record(&mut cut, end, at) {
                    return Ok(false);
                }
                self.take(&mut cut, at);
                if self.chunk.data.len() >= self.target {
                    self.flush();
                }
                return Ok(self.wanted != Some(0));
            }
            // So much of the record is known to be of it.
            let length = (cut.finder.open() - *at) as usize;
            let length = length.saturating_sub(cut.end() - cut.start) as u64;
            if length > self.plan.record_limit.max(self.target as u64) {
                if cut.end() > 0 {
                    self.go_ahead(&mut cut, at);
                }
                if *at >= self.until {
                    self.chunk.data.clear();
                    self.wanted = Some(0);
                }
                if self.stopped || self.wanted == Some(0) || !self.too_large_block(&mut cut, bytes, at)? {
                    return Ok(!self.stopped && self.wanted != Some(0));
                }
            }
        }
    }

    /// A record ends at `end`. Returns false when the run is over, or all that is wanted is there.
    fn end_record(&mut self, cut: &mut Cut, mut end: usize, at: &mut u64) -> bool {
        if *at + (cut.end() - cut.start) as u64 >= self.until {
            // The record begins in another shard.
            self.take(cut, at);
            self.chunk.data.truncate(cut.start);
            self.wanted = Some(0);
            return false;
        }
        if end > self.target && cut.end() > 0 {
            // What is complete goes ahead; this record starts a chunk of its own.
            end -= cut.end();
            self.go_ahead(cut, at);
            if self.stopped {
                return false;
            }
        }
        let record = &self.chunk.data[cut.end()..end];
        let blank = is_blank(record, if *at == 0 && cut.ends.is_empty() { 1 } else { 2 });
        cut.ends.push(end);
        if let (Some(wanted), false) = (&mut self.wanted, blank) {
            *wanted -= 1;
        }
        let enough = self.wanted == Some(0);
        if end > self.target {
            self.go_ahead(cut, at);
        } else if enough {
            self.take(cut, at);
            self.chunk.data.truncate(cut.start);
        }
        !enough && !self.stopped
    }

    /// Hands on the records that are complete; what follows begins the next chunk.
    fn go_ahead(&mut self, cut: &mut Cut, at: &mut u64) {
        let tail = self.chunk.data.split_off(cut.end());
        self.take(cut, at);
        self.flush();
        if self.wanted != Some(0) {
            self.chunk.data.extend_from_slice(&tail);
        }
        cut.start = 0;
    }

    /// Adds the piece of the records that are complete.
    fn take(&mut self, cut: &mut Cut, at: &mut u64) {
        let range = cut.start..cut.end();
        if range.is_empty() {
            return;
        }
        let ends = std::mem::take(&mut cut.ends);
        let lines = memchr::memchr_iter(b'\n', &self.chunk.data[range.clone()]).count() as u64;
        let framed = ends.len() as u64;
        cut.start = range.end;
        let offset = *at;
        *at += range.len() as u64;
        let kind = PieceKind::Blocks(ends);
        self.chunk.pieces.push(Piece { input: cut.input, range, first: cut.line, offset, kind, framed });
        cut.line += lines;
    }

    /// Takes a record past the limit, which begins the chunk and has all of it: keeps its head, skips to its end. Returns
    /// false when the input or the run ended with it.
    fn too_large_block(&mut self, cut: &mut Cut, bytes: &mut dyn Read, at: &mut u64) -> io::Result<bool> {
        let mut rest = std::mem::take(&mut self.chunk.data);
        let head = rest[..HEAD.min(self.target)].to_vec();
        let (offset, first) = (*at, cut.line);
        // `at` is the place of the first byte of `rest`; the finder has seen all of it.
        let found = loop {
            let open = ((cut.finder.open() - *at) as usize).min(rest.len());
            cut.line += memchr::memchr_iter(b'\n', &rest[..open]).count() as u64;
            rest.drain(..open);
            *at += open as u64;
            let held = rest.len();
            rest.resize(held + self.block, 0);
            let result = read_some(bytes, &mut rest[held..]);
            rest.truncate(held + *result.as_ref().unwrap_or(&0));
            let ended = result.inspect_err(|_| *at += held as u64)? == 0;
            let found = cut.finder.next(&rest[held..]).or_else(|| if ended { cut.finder.end_line() } else { None });
            if found.is_some() || ended {
                break found;
            }
        };
        let end = found.map_or(rest.len(), |found| (found - *at) as usize);
        cut.line += memchr::memchr_iter(b'\n', &rest[..end]).count() as u64;
        *at += end as u64;
        rest.drain(..end);
        let blank = found.is_none() && cut.finder.blocks == 0;
        let kind = if blank { PieceKind::Blocks(vec![1]) } else { PieceKind::TooLarge { bytes: *at - offset } };
        self.chunk.data = if blank { b"\n".to_vec() } else { head };
        let range = 0..self.chunk.data.len();
        self.chunk.pieces.push(Piece { input: cut.input, range, first, offset, kind, framed: 1 });
        if let (Some(wanted), false) = (&mut self.wanted, blank) {
            *wanted -= 1;
        }
        self.flush();
        self.chunk.data.extend_from_slice(&rest);
        cut.start = 0;
        Ok(found.is_some() && !self.stopped && self.wanted != Some(0))
    }
}
