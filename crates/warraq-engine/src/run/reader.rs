//! The reader: opens inputs, undoes compression, and cuts the bytes into chunks of whole records. It looks at no record.

pub(super) mod blocks;
mod expansion;

pub(crate) use blocks::split as split_blocks;
pub(crate) use expansion::Expansion;

use super::chunk::{Chunk, HEAD, Piece, PieceKind, Position, Start, TARGET, is_blank};
use super::pool::Pool;
use super::shard::{self, Ranges};
use super::tap::{Sum, Tap};
use crate::plan::{Place, Plan};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use warraq_core::{CodecDef, Framing};

/// How much is read at once, in bytes.
const BLOCK: usize = 256 << 10;

/// What is known of an input once it has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Where reading would go on, if nothing of the next chunk has been read.
    pub(super) next: Option<Position>,
}

/// Where chunks go; false means that the run is over.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Chunk) -> bool;

/// Reads all inputs of a plan in order.
pub(super) struct Reader<'a> {
    plan: &'a Plan,
    from: &'a Start,
    sink: Sink<'a>,
    progress: Arc<AtomicU64>,
    buffers: &'a Pool,
    /// Documents still wanted, where there is a limit.
    wanted: Option<u64>,
    /// By input: the bytes in which the records begin that are wanted. All there are, where there are no shards.
    ranges: Option<Ranges>,
    /// The byte of the input at which records begin that belong to another shard.
    until: u64,
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
        from: &'a Start,
        (wanted, ranges): (Option<u64>, Option<Ranges>),
        progress: Arc<AtomicU64>,
        buffers: &'a Pool,
        sink: Sink<'a>,
    ) -> Self {
        let chunk = Chunk { number: from.chunk, data: Vec::with_capacity(TARGET + BLOCK), ..Chunk::default() };
        Reader {
            plan,
            from,
            sink,
            progress,
            buffers,
            wanted,
            ranges,
            until: u64::MAX,
            chunk,
            target: TARGET,
            block: BLOCK,
            stopped: false,
        }
    }

    /// Reads everything from the start on. What was read before an error has been handed on. The inputs are all there are,
    /// those before the start included.
    pub(super) fn read_all(mut self) -> (Vec<InputRecord>, Result<(), InputError>) {
        let mut records = self.from.ended.clone();
        records.iter().for_each(|ended| _ = self.progress.fetch_add(ended.bytes, Ordering::Relaxed));
        let (plan, from) = (self.plan, self.from.at);
        let inputs = plan.sources.iter().flat_map(|source| source.inputs.iter().map(move |input| (source, input)));
        for (number, (source, input)) in inputs.enumerate().skip(from.input) {
            if self.stopped || self.wanted == Some(0) {
                records.push(InputRecord { name: input.name.clone(), ..InputRecord::default() });
                continue;
            }
            let range = self.ranges.as_ref().map_or(Some(0..u64::MAX), |ranges| ranges[number].clone());
            let Some(range) = range else {
                let record = InputRecord { name: input.name.clone(), ..InputRecord::default() };
                self.chunk.ended.push(record.clone());
                records.push(record);
                continue;
            };
            self.until = range.end;
            let sum = Sum::default();
            let mut first = if number == from.input { from } else { Position::of_input(number) };
            let mut at = 0;
            let name = input.name.as_str();
            let result = self.open(&input.place, &sum).and_then(|raw| {
                tracing::info!(name: "input.opened", input = name, format = &*source.format_name, "reading {name}");
                let mut bytes = source.format.reader(raw);
                if first.byte > 0 {
                    skip(&mut *bytes, first.byte)?;
                } else if range.start > 0 {
                    let (place, read) =
                        shard::seek(source.format.framing(), number, &mut *bytes, range.start, self.block)?;
                    first = place;
                    bytes = Box::new(io::Cursor::new(read).chain(bytes));
                }
                at = first.byte;
                if at >= range.end {
                    self.wanted = Some(0);
                    return Ok(false);
                }
                let whole = match source.format.framing() {
                    Framing::Lines => self.lines(first, &mut *bytes, &mut at),
                    Framing::File => self.file(number, &mut *bytes, &mut at),
                    Framing::Blocks(rule) => self.blocks(rule, first, &mut *bytes, &mut at),
                };
                // Decoders may stop before the last stored byte; the checksum is of all of them.
                whole.and_then(
                    |whole| if whole { io::copy(&mut bytes, &mut io::sink()).map(|_| true) } else { Ok(false) },
                )
            });
            let (digest, bytes) = sum.get();
            let whole = *result.as_ref().unwrap_or(&false);
            tracing::info!(name: "input.ended", input = name, bytes, whole, "read {bytes} bytes of {name}");
            let record = InputRecord { name: input.name.clone(), bytes, sha256: whole.then_some(digest) };
            self.chunk.ended.push(record.clone());
            records.push(record);
            if let Err(error) = result {
                // What is in no piece yet has been read all the same.
                let cut = self.chunk.pieces.last().map_or(0, |piece| piece.range.end);
                let byte = at + (self.chunk.data.len() - cut) as u64;
                let is_untouched = self.chunk.pieces.is_empty() && byte == first.byte;
                let next = is_untouched.then_some(first);
                self.chunk.is_cut_short = true;
                self.flush();
                return (records, Err(InputError { name: input.name.clone(), byte, error, next }));
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
        decompressed(Box::new(tap), path, &self.plan.codecs, Some(self.plan.limits.expansion()))
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
    fn lines(&mut self, first: Position, bytes: &mut dyn Read, at: &mut u64) -> io::Result<bool> {
        let input = first.input;
        // The place in the chunk of the first byte that is in no piece yet, and its line.
        let (mut start, mut line) = (self.chunk.data.len(), first.number);
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
                            if *at >= self.until {
                                // It begins in another shard.
                                self.chunk.data.clear();
                                self.wanted = Some(0);
                                return Ok(false);
                            }
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
    fn piece(&mut self, input: usize, range: Range<usize>, line: &mut u64, at: &mut u64) {
        let mut length = self.own(range.clone(), *at);
        let is_last = length < range.len();
        let data = &self.chunk.data[range.start..range.start + length];
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
        if is_last {
            self.wanted = Some(0);
        }
        if length == 0 {
            return;
        }
        let data = &self.chunk.data[range.start..range.start + length];
        let framed =
            memchr::memchr_iter(b'\n', data).count() as u64 + u64::from(data.last().is_some_and(|&b| b != b'\n'));
        let range = range.start..range.start + length;
        self.chunk.pieces.push(Piece { input, range, first: *line, offset: *at, kind: PieceKind::Lines, framed });
        *line += framed;
        *at += length as u64;
    }

    /// How much of a range of whole lines, of which the first byte is at `at` in the input, belongs to this shard: the lines
    /// that begin in it.
    fn own(&self, range: Range<usize>, at: u64) -> usize {
        if at >= self.until {
            return 0;
        }
        let inside = (self.until - 1 - at) as usize;
        let data = &self.chunk.data[range];
        data.get(inside..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(data.len(), |n| inside + n + 1)
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
        let next = Chunk { number: self.chunk.number + 1, data: self.buffers.take(), ..Chunk::default() };
        let chunk = std::mem::replace(&mut self.chunk, next);
        self.stopped |= !(self.sink)(chunk);
    }
}

/// Reads so many bytes and forgets them.
fn skip(bytes: &mut dyn Read, length: u64) -> io::Result<()> {
    if io::copy(&mut bytes.take(length), &mut io::sink())? == length {
        return Ok(());
    }
    let message = format!("it ends before byte {length}, where the run is to go on");
    Err(io::Error::new(io::ErrorKind::UnexpectedEof, message))
}

/// Reads as `Read::read` does, without being interrupted.
pub(super) fn read_some(bytes: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match bytes.read(buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The bytes of an input without its compression, which its first bytes tell; no more of them than `expansion` allows.
///
/// # Errors
/// When the beginning cannot be read, or the name promises another compression than the bytes have.
pub(crate) fn decompressed(
    mut raw: Box<dyn Read + Send>,
    path: Option<&Path>,
    codecs: &[CodecDef],
    expansion: Option<Expansion>,
) -> io::Result<Box<dyn Read + Send>> {
    let mut head = Vec::new();
    (&mut raw).take(CodecDef::HEAD).read_to_end(&mut head)?;
    let codec = codecs.iter().find(|c| c.begins(&head));
    let by_name = path.and_then(|path| named_codec(path, codecs));
    if let (None, Some(named), false) = (codec, by_name, head.is_empty()) {
        let message = format!("the name says {}, the first bytes say it is not", named.name);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(head).chain(raw));
    match (codec, expansion) {
        (Some(codec), Some(expansion)) => {
            let (stored, count) = Expansion::stored(whole);
            Ok(expansion.bounded(codec.codec.reader(stored)?, count))
        }
        (Some(codec), None) => codec.codec.reader(whole),
        (None, _) => Ok(whole),
    }
}

/// The codec whose extension a file bears.
fn named_codec<'a>(path: &Path, codecs: &'a [CodecDef]) -> Option<&'a CodecDef> {
    let extension = path.extension()?.to_string_lossy().to_lowercase();
    codecs.iter().find(|c| c.extensions.contains(&&*extension))
}

#[cfg(test)]
mod tests;
