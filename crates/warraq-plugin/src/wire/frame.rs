//! Frames: building one, reading its fields, and getting one from a stream.

use std::fmt;
use std::io::{self, Read};

/// The longest body of a frame, in bytes. A record of 64 MiB turns into no more than about thirty times that, and a document that
/// still does not fit fails alone.
pub const MAX_FRAME: usize = 2 << 30;

/// Where a batch is sent although more documents are waiting, in bytes.
pub const TARGET_FRAME: usize = 1 << 20;

/// The most documents in a batch.
pub const MAX_BATCH: usize = 64;

/// Length and kind, in bytes.
const HEAD: usize = 5;

/// Buffers that a very large frame has left behind are let go above this many bytes.
const KEEP: usize = 16 << 20;

/// What is wrong with a frame, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError(pub String);

impl WireError {
    /// An error of this message.
    pub fn new(message: impl Into<String>) -> Self {
        WireError(message.into())
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WireError {}

impl From<WireError> for io::Error {
    fn from(error: WireError) -> Self {
        io::Error::new(io::ErrorKind::InvalidData, error)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// What a frame is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Kind {
            $($(#[$doc])* $name = $number,)*
        }

        impl Kind {
            /// The kind with this number.
            pub fn of(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Kind::$name),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// Asks what the plugin is.
    Describe = 1,
    /// Asks for a stage: [`super::Create`].
    Create = 2,
    /// A file's contents: path, bytes.
    File = 3,
    /// Why there is no such file: path, message.
    NoFile = 4,
    /// A batch of documents for `process`: names, documents.
    Process = 5,
    /// A batch of documents for `prepare`: names, documents.
    Prepare = 6,
    /// Asks for the stage's state.
    State = 7,
    /// The next document in input order: names, key, one document.
    Decide = 8,
    /// Journal entries: a count, and the bytes of each.
    Replay = 9,
    /// The first word of a child: which protocol it speaks, its version.
    Hello = 64,
    /// A [`super::Description`] as JSON.
    Described = 65,
    /// The library could not be opened as a plugin: message, help.
    NoPlugin = 66,
    /// The stage is built: the layers it declares to read and those that it needs with its options, as bits; names.
    Created = 67,
    /// The stage is not built: [`super::put_refusal`].
    Refused = 68,
    /// Asks for a file: path.
    Wanted = 69,
    /// Names, a count, and for each of as many documents its changes or its error.
    Changes = 70,
    /// A count, and for each of as many documents its key or its error.
    Keys = 71,
    /// What was decided: whether the state is broken, names, changes or an error, and the journal entry.
    Decided = 72,
    /// It is done.
    Done = 73,
    /// It failed: an error.
    Failed = 74,
    /// A message of the plugin: its level, its text.
    Log = 75,
}

/// A frame that is being built. Buffers are reused from frame to frame.
#[derive(Debug, Default)]
pub struct Frame {
    bytes: Vec<u8>,
}

impl Frame {
    /// No frame yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a frame of this kind.
    pub fn start(&mut self, kind: Kind) -> &mut Self {
        self.bytes.clear();
        if self.bytes.capacity() > KEEP {
            self.bytes = Vec::new();
        }
        self.bytes.extend_from_slice(&[0; HEAD]);
        self.bytes[HEAD - 1] = kind as u8;
        self
    }

    /// How many bytes the body has so far.
    pub fn len(&self) -> usize {
        self.bytes.len().saturating_sub(HEAD)
    }

    /// Whether the body has no bytes so far.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes back what was put after the body had `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len + HEAD);
    }

    /// The frame as it goes into the stream.
    ///
    /// # Errors
    /// When it is longer than [`MAX_FRAME`].
    pub fn finish(&mut self) -> Result<&[u8], WireError> {
        let len = self.len();
        if len > MAX_FRAME {
            return Err(WireError::new(format!("a message of {len} bytes is too long; {MAX_FRAME} is the most")));
        }
        self.bytes[..4].copy_from_slice(&(len as u32).to_le_bytes());
        Ok(&self.bytes)
    }

    /// A number of 8 bits.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// A number of 16 bits.
    pub fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A number of 32 bits.
    pub fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A number of 64 bits.
    pub fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A count or a length. One past 32 bits saturates: its frame is too long to be finished.
    pub fn count(&mut self, count: usize) {
        self.u32(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Bytes with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A text with its length.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// An array: a count, and `N` bytes for each item.
    pub fn array<const N: usize, T>(&mut self, items: &[T], write: impl Fn(&T, &mut [u8; N])) {
        self.count(items.len());
        let at = self.bytes.len();
        self.bytes.resize(at + items.len() * N, 0);
        let (places, _) = self.bytes[at..].as_chunks_mut::<N>();
        items.iter().zip(places).for_each(|(item, place)| write(item, place));
    }

    /// Puts a number into the place of one that was put when the body had `at` bytes.
    pub fn patch(&mut self, at: usize, value: u32) {
        self.bytes[HEAD + at..HEAD + at + 4].copy_from_slice(&value.to_le_bytes());
    }
}

/// The fields of a frame's body, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The fields of this body.
    pub fn new(body: &'a [u8]) -> Self {
        Fields { rest: body }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or_else(|| {
            WireError::new(format!("a field of {n} bytes is cut off after {} bytes", self.rest.len()))
        })?;
        self.rest = rest;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    /// A number of 8 bits.
    ///
    /// # Errors
    /// When there is none left.
    pub fn u8(&mut self) -> Result<u8, WireError> {
        self.number::<1>().map(|[byte]| byte)
    }

    /// A number of 16 bits.
    ///
    /// # Errors
    /// When there is none left.
    pub fn u16(&mut self) -> Result<u16, WireError> {
        self.number().map(u16::from_le_bytes)
    }

    /// A number of 32 bits.
    ///
    /// # Errors
    /// When there is none left.
    pub fn u32(&mut self) -> Result<u32, WireError> {
        self.number().map(u32::from_le_bytes)
    }

    /// A number of 64 bits.
    ///
    /// # Errors
    /// When there is none left.
    pub fn u64(&mut self) -> Result<u64, WireError> {
        self.number().map(u64::from_le_bytes)
    }

    /// The count of things that take at least `least` bytes each: it is never larger than what is left could hold.
    ///
    /// # Errors
    /// When it is.
    pub fn count(&mut self, least: usize) -> Result<usize, WireError> {
        let count = self.u32()? as usize;
        if count > self.rest.len() / least.max(1) {
            let rest = self.rest.len();
            return Err(WireError::new(format!("{count} items cannot be in the {rest} bytes that are left")));
        }
        Ok(count)
    }

    /// Bytes with their length.
    ///
    /// # Errors
    /// When they are cut off.
    pub fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let len = self.u32()? as usize;
        self.take(len)
    }

    /// A text with its length.
    ///
    /// # Errors
    /// When it is cut off or not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.bytes()?)
            .map_err(|e| WireError::new(format!("a text is not UTF-8 at its byte {}", e.valid_up_to())))
    }

    /// An array of items of `N` bytes.
    ///
    /// # Errors
    /// When it is cut off.
    pub fn array<const N: usize>(&mut self) -> Result<&'a [[u8; N]], WireError> {
        let count = self.count(N)?;
        Ok(self.take(count * N)?.as_chunks::<N>().0)
    }

    /// The end.
    ///
    /// # Errors
    /// When something is left.
    pub fn end(self) -> Result<(), WireError> {
        match self.rest.len() {
            0 => Ok(()),
            n => Err(WireError::new(format!("{n} bytes are left over"))),
        }
    }
}

/// The number of 32 bits at this byte of an item.
pub(super) fn word<const N: usize>(item: &[u8; N], at: usize) -> u32 {
    u32::from_le_bytes([item[at], item[at + 1], item[at + 2], item[at + 3]])
}

/// Puts a number of 32 bits at this byte of an item.
pub(super) fn put_word<const N: usize>(item: &mut [u8; N], at: usize, value: u32) {
    item[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Frames out of a stream, into a buffer that is reused.
#[derive(Debug, Default)]
pub struct Frames {
    /// As long as the longest frame so far; what is past `filled` is left over from earlier ones.
    buffer: Vec<u8>,
    filled: usize,
    /// The frame handed out last has been read to its end.
    complete: bool,
}

impl Frames {
    /// No frame yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next frame; `None` at the stream's end, where that is between two frames.
    ///
    /// # Errors
    /// As [`Frames::poll`].
    pub fn next(&mut self, stream: &mut impl Read) -> io::Result<Option<(Kind, Fields<'_>)>> {
        Ok(self.poll(stream)?.map(|kind| (kind, self.fields())))
    }

    /// Reads on until the next frame is complete; `None` at the stream's end, where that is between two frames.
    ///
    /// An error of a stream with a time limit (`WouldBlock`, `TimedOut`) loses nothing: the next call reads on.
    ///
    /// # Errors
    /// When the stream fails or ends within a frame, or what comes is no frame.
    pub fn poll(&mut self, stream: &mut impl Read) -> io::Result<Option<Kind>> {
        if std::mem::take(&mut self.complete) {
            self.filled = 0;
            if self.buffer.len() > KEEP {
                self.buffer = Vec::new();
            }
        }
        if !self.fill(stream, HEAD)? {
            return Ok(None);
        }
        let len = self.body_len();
        let number = self.buffer[HEAD - 1];
        let kind = Kind::of(number).ok_or_else(|| WireError::new(format!("{number} is no kind of message")))?;
        if len > MAX_FRAME {
            return Err(WireError::new(format!("a message of {len} bytes is too long; {MAX_FRAME} is the most")).into());
        }
        self.fill(stream, HEAD + len)?;
        self.complete = true;
        Ok(Some(kind))
    }

    /// The fields of the frame that was completed last; none before that.
    pub fn fields(&self) -> Fields<'_> {
        let end = if self.complete { HEAD + self.body_len() } else { HEAD };
        Fields::new(self.buffer.get(HEAD..end).unwrap_or_default())
    }

    fn body_len(&self) -> usize {
        u32::from_le_bytes([self.buffer[0], self.buffer[1], self.buffer[2], self.buffer[3]]) as usize
    }

    /// Reads until there are `len` bytes; `false` at the end of a stream with nothing read.
    fn fill(&mut self, stream: &mut impl Read, len: usize) -> io::Result<bool> {
        while self.filled < len {
            if self.buffer.len() < len && self.filled == self.buffer.len() {
                // A length alone is only a claim: memory grows with what has come.
                self.buffer.resize(len.min((2 * self.filled).max(1 << 20)), 0);
            }
            let end = len.min(self.buffer.len());
            match stream.read(&mut self.buffer[self.filled..end]) {
                Ok(0) if self.filled == 0 => return Ok(false),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => self.filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(true)
    }
}
