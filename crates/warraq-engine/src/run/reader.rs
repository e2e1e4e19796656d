//! The reader: opens inputs, undoes compression, and cuts the bytes into chunks of whole records. It looks at no record.

mod blocks;

pub(crate) use blocks::split as split_blocks;

use super::chunk::{Chunk, HEAD, Piece, PieceKind, TARGET, is_blank};
use super::pool::Pool;
use super::tap::{Sum, Tap};
use crate::plan::{Place, Plan};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use warraq_core::{CodecDef, Framing};

/// How much is read at once, in bytes.
const BLOCK: usize = 256 << 10;

/// What is known of an input once it has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputRecord {
    /// Its name.
    pub name: String,
    /// Bytes read, as stored (compressed where it is).
    pub bytes: u64,
    /// The SHA-256 of those bytes; none when it was not read to its end.
    pub sha256: Option<String>,
}

/// Why an input could not be read.
#[derive(Debug)]
pub(super) struct InputError {
    pub(super) name: String,
    /// Place in the decompressed bytes.
    pub(super) byte: u64,
    pub(super) error: io::Error,
}

/// Where chunks go; false means that the run is over.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Chunk) -> bool;

/// Reads all inputs of a plan in order.
pub(super) struct Reader<'a> {
    plan: &'a Plan,
    sink: Sink<'a>,
    progress: Arc<AtomicU64>,
    buffers: &'a Pool,
    /// Documents still wanted, where there is a limit.
    wanted: Option<u64>,
    chunk: Chunk,
    /// Where chunks are cut: [`TARGET`], but for tests.
    target: usize,
    /// How much is read at once: [`BLOCK`], but for tests.
    block: usize,
    /// Set when the run is over.
    stopped: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        limit: Option<u64>,
        progress: Arc<AtomicU64>,
        buffers: &'a Pool,
        sink: Sink<'a>,
    ) -> Self {
        let chunk = Chunk { data: Vec::with_capacity(TARGET + BLOCK), ..Chunk::default() };
        Reader { plan, sink, progress, buffers, wanted: limit, chunk, target: TARGET, block: BLOCK, stopped: false }
    }

    /// Reads everything. What was read before an error has been handed on.
    pub(super) fn read_all(mut self) -> (Vec<InputRecord>, Result<(), InputError>) {
        let mut records = Vec::new();
        let mut number = 0;
        for source in &self.plan.sources {
            for input in &source.inputs {
                if self.stopped || self.wanted == Some(0) {
                    records.push(InputRecord { name: input.name.clone(), ..InputRecord::default() });
                    number += 1;
                    continue;
                }
                let sum = Sum::default();
                let mut at = 0;
                let result = self.open(&input.place, &sum).and_then(|raw| {
                    let mut bytes = source.format.reader(raw);
                    let whole = match source.format.framing() {
                        Framing::Lines => self.lines(number, &mut *bytes, &mut at),
                        Framing::File => self.file(number, &mut *bytes, &mut at),
                        Framing::Blocks(rule) => self.blocks(rule, number, &mut *bytes, &mut at),
                    };
                    // Decoders may stop before the last stored byte; the checksum is of all of them.
                    whole.and_then(
                        |whole| if whole { io::copy(&mut bytes, &mut io::sink()).map(|_| true) } else { Ok(false) },
                    )
                });
                let (digest, bytes) = sum.get();
                let whole = *result.as_ref().unwrap_or(&false);
                records.push(InputRecord { name: input.name.clone(), bytes, sha256: whole.then_some(digest) });
                if let Err(error) = result {
                    // What is in no piece yet has been read all the same.
                    let cut = self.chunk.pieces.last().map_or(0, |piece| piece.range.end);
                    let byte = at + (self.chunk.data.len() - cut) as u64;
                    self.flush();
                    return (records, Err(InputError { name: input.name.clone(), byte, error }));
                }
                number += 1;
            }
        }
        self.flush();
        (records, Ok(()))
    }

    fn open(&self, place: &Place, sum: &Sum) -> io::Result<Box<dyn Read + Send>> {
        let raw: Box<dyn Read + Send> = match place {
            Place::Standard => Box::new(io::stdin()),
            Place::File(path) => Box::new(File::open(path)?),
        };
        let path = match place {
            Place::File(path) => Some(path.as_path()),
            Place::Standard => None,
        };
        let tap = Tap { inner: raw, sum: sum.clone(), progress: Arc::clone(&self.progress) };
        decompressed(Box::new(tap), path, &self.plan.codecs)
    }

    /// Appends up to a block to the chunk. Returns how many bytes came; 0 is the end.
    fn fill(&mut self, bytes: &mut dyn Read) -> io::Result<usize> {
        let old = self.chunk.data.len();
        self.chunk.data.resize(old + self.block, 0);
        let result = read_some(bytes, &mut self.chunk.data[old..]);
        self.chunk.data.truncate(old + *result.as_ref().unwrap_or(&0));
        result
    }

    /// Cuts an input into lines. Returns whether it was read to its end.
    ///
    /// Where a chunk is cut depends on the bytes alone, not on how many came at once: at the last line feed before
    /// [`TARGET`], or at the end of a single longer line.
    fn lines(&mut self, input: usize, bytes: &mut dyn Read, at: &mut u64) -> io::Result<bool> {
        // The place in the chunk of the first byte that is in no piece yet, and its line.
        let (mut start, mut line) = (self.chunk.data.len(), 1);
        // A long line has been searched for its end up to here.
        let target = self.target;
        let mut searched = target;
        while self.fill(bytes)? > 0 {
            while self.chunk.data.len() >= target.max(searched) {
                let data = &self.chunk.data;
                let before =
                    memchr::memrchr(b'\n', &data[start.min(target)..target]).map(|n| start.min(target) + n + 1);
                let cut = match before {
                    Some(cut) => cut,
                    None if start > 0 => {
                        // What is complete goes ahead; this line starts a chunk of its own.
                        let tail = self.chunk.data.split_off(start);
                        self.flush();
                        self.chunk.data.extend_from_slice(&tail);
                        start = 0;
                        continue;
                    }
                    None => match memchr::memchr(b'\n', &data[searched..]) {
                        Some(n) => searched + n + 1,
                        // Its line end, which is not part of it, may be half here already.
                        None if data.len() as u64 > self.plan.record_limit.saturating_add(1) => {
                            if !self.too_large(input, bytes, &mut line, at)? {
                                return Ok(!self.stopped && self.wanted != Some(0));
                            }
                            searched = target;
                            continue;
                        }
                        None => {
                            searched = data.len();
                            break;
                        }
                    },
                };
                let tail = self.chunk.data.split_off(cut);
                self.piece(input, start..cut, &mut line, at);
                self.flush();
                if self.stopped || self.wanted == Some(0) {
                    return Ok(false);
                }
                self.chunk.data.extend_from_slice(&tail);
                (start, searched) = (0, target);
            }
        }
        if start < self.chunk.data.len() {
            self.piece(input, start..self.chunk.data.len(), &mut line, at);
        }
        if self.chunk.data.len() >= target {
            self.flush();
        }
        Ok(self.wanted != Some(0))
    }

    /// Takes a line past the limit, which begins the chunk: keeps its head, skips to its end. Returns false when the input
    /// or the run ended with it.
    fn too_large(&mut self, input: usize, bytes: &mut dyn Read, line: &mut u64, at: &mut u64) -> io::Result<bool> {
        let mut rest = std::mem::take(&mut self.chunk.data);
        let mut head = rest[..HEAD.min(self.target)].to_vec();
        let (offset, mut length, mut last, mut blank) = (*at, 0, None, true);
        let ended = loop {
            let end = memchr::memchr(b'\n', &rest);
            let part = &rest[..end.unwrap_or(rest.len())];
            length += part.len() as u64;
            *at = offset + length;
            last = part.last().copied().or(last);
            blank = blank && part.trim_ascii().is_empty();
            if let Some(end) = end {
                rest.drain(..=end);
                break false;
            }
            rest.resize(self.block, 0);
            let n = read_some(bytes, &mut rest)?;
            rest.truncate(n);
            if n == 0 {
                break true;
            }
        };
        *at += u64::from(!ended);
        let kind = if blank {
            self.chunk.data.push(b'\n');
            PieceKind::Lines
        } else {
            let bytes = length - u64::from(last == Some(b'\r'));
            head.truncate(bytes as usize);
            self.chunk.data = head;
            PieceKind::TooLarge { bytes }
        };
        let range = 0..self.chunk.data.len();
        self.chunk.pieces.push(Piece { input, range, first: *line, offset, kind, framed: 1 });
        *line += 1;
        if let (Some(wanted), false) = (&mut self.wanted, blank) {
            *wanted -= 1;
        }
        self.flush();
        self.chunk.data.extend_from_slice(&rest);
        Ok(!ended && !self.stopped && self.wanted != Some(0))
    }

    /// Adds a piece of whole lines, as many as are wanted.
    fn piece(&mut self, input: usize, range: std::ops::Range<usize>, line: &mut u64, at: &mut u64) {
        let data = &self.chunk.data[range.clone()];
        let mut length = data.len();
        if let Some(wanted) = &mut self.wanted {
            length = 0;
            for (number, line) in (*line..).zip(data.split_inclusive(|&b| b == b'\n')) {
                if *wanted == 0 {
                    break;
                }
                length += line.len();
                *wanted -= u64::from(!is_blank(line, number));
            }
        }
        let data = &data[..length];
        let framed =
            memchr::memchr_iter(b'\n', data).count() as u64 + u64::from(data.last().is_some_and(|&b| b != b'\n'));
        let range = range.start..range.start + length;
        self.chunk.pieces.push(Piece { input, range, first: *line, offset: *at, kind: PieceKind::Lines, framed });
        *line += framed;
        *at += length as u64;
    }

    /// Takes a whole file as one record.
    fn file(&mut self, input: usize, bytes: &mut dyn Read, at: &mut u64) -> io::Result<bool> {
        let start = self.chunk.data.len();
        let limit = self.plan.record_limit as usize;
        let head = HEAD.min(self.target);
        while self.chunk.data.len() - start <= limit.max(head) {
            if self.fill(bytes)? == 0 {
                break;
            }
        }
        let held = self.chunk.data.len() - start;
        let mut kind = PieceKind::File;
        if held > limit {
            self.chunk.data.truncate(start + head);
            let kept = self.chunk.data.len() - start;
            // The place in the input is that of the last byte read, and `kept` of them are in no piece yet.
            *at = (held - kept) as u64;
            let mut rest = vec![0; self.block];
            loop {
                match read_some(bytes, &mut rest)? {
                    0 => break,
                    n => *at += n as u64,
                }
            }
            kind = PieceKind::TooLarge { bytes: *at + kept as u64 };
        }
        let range = start..self.chunk.data.len();
        self.chunk.pieces.push(Piece { input, range, first: 1, offset: 0, kind, framed: 1 });
        if let Some(wanted) = &mut self.wanted {
            *wanted -= 1;
        }
        if self.chunk.data.len() >= self.target {
            self.flush();
        }
        Ok(true)
    }

    /// Hands the chunk on and starts the next one.
    fn flush(&mut self) {
        if self.chunk.pieces.is_empty() {
            self.chunk.data.clear();
            return;
        }
        let next = Chunk { number: self.chunk.number + 1, data: self.buffers.take(), pieces: Vec::new() };
        let chunk = std::mem::replace(&mut self.chunk, next);
        self.stopped |= !(self.sink)(chunk);
    }
}

/// Reads as `Read::read` does, without being interrupted.
fn read_some(bytes: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match bytes.read(buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The bytes of an input without its compression, which its first bytes tell.
///
/// # Errors
/// When the beginning cannot be read, or the name promises another compression than the bytes have.
pub(crate) fn decompressed(
    mut raw: Box<dyn Read + Send>,
    path: Option<&Path>,
    codecs: &[CodecDef],
) -> io::Result<Box<dyn Read + Send>> {
    let mut head = Vec::with_capacity(8);
    (&mut raw).take(8).read_to_end(&mut head)?;
    let codec = codecs.iter().find(|c| head.starts_with(c.magic));
    let by_name = path.and_then(|path| named_codec(path, codecs));
    if let (None, Some(named), false) = (codec, by_name, head.is_empty()) {
        let message = format!("the name says {}, the first bytes say it is not", named.name);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(head).chain(raw));
    match codec {
        Some(codec) => codec.codec.reader(whole),
        None => Ok(whole),
    }
}

/// The codec whose extension a file bears.
fn named_codec<'a>(path: &Path, codecs: &'a [CodecDef]) -> Option<&'a CodecDef> {
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    codecs.iter().find(|c| c.extensions.contains(&&*extension))
}

#[cfg(test)]
mod tests;
