//! The format contract: bytes to documents and back. The engine reads, splits and appends bytes; a format only turns
//! records into documents and documents into records.

use crate::{BuildContext, Document, Error, ErrorKind, LabelNames, Layers, OptionError, Order, Result};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::num::NonZeroU32;
use std::sync::Arc;

/// How a format's bytes fall into records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// A record ends at a line feed; lines of nothing but ASCII white space are counted and skipped.
    Lines,
    /// A file is one record.
    File,
    /// A record is one or more blocks of lines, with the blank lines after them.
    Blocks(Blocks),
}

/// Where records begin in a file of blocks, which lines of nothing but ASCII white space end.
///
/// A block's head is its first lines that begin with the marker's first character. A record begins at a block with the marker
/// in its head: as the beginning of a line, before white space, `=` or the line's end, and within the head's first 64 KiB. A
/// record that does not begin so ends after `at_most` blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// What a line of the head begins with; not empty.
    pub marker: &'static str,
    /// How many blocks there are in a record that does not begin with a marker; any number if not given.
    pub at_most: Option<NonZeroU32>,
}

/// One record as read.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its bytes, without the line end.
    pub bytes: &'a [u8],
    /// The input's path, as it appears in ids and messages.
    pub path: &'a str,
    /// Its number in the input, from 1. In formats of lines and blocks this is that of its first line, so blank lines count.
    pub number: u64,
}

impl Record<'_> {
    /// The id of a document that has none of its own: `path#number`, written to `out`.
    pub fn write_default_id(&self, out: &mut String) {
        use fmt::Write;
        let _ = write!(out, "{}#{}", self.path, self.number);
    }
}

/// A source format with its options.
pub trait SourceFormat: Send + Sync {
    /// How its bytes fall into records.
    fn framing(&self) -> Framing;

    /// Wraps the reader where records cannot be found in the bytes as they are, such as in UTF-16. Byte offsets of records
    /// then count the wrapped reader's output.
    fn reader(&self, inner: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        inner
    }

    /// Whether an input may be divided between records at any byte of it as it is stored: not where the wrapped reader gives
    /// other bytes.
    fn divisible(&self) -> bool {
        true
    }

    /// The layers that every document is sure to come with; stages may then read them although no stage writes them.
    fn layers(&self) -> Layers {
        Layers::NONE
    }

    /// The layers that a document may come with, the text aside. A condition on one that neither the sources may bring nor a
    /// stage writes can never hold.
    fn may_bring(&self) -> Layers {
        Layers::ALL
    }

    /// A decoder of its own for one thread.
    fn decoder(&self) -> Box<dyn Decoder>;
}

/// Turns records into documents on one thread.
pub trait Decoder: Send {
    /// Fills `doc`, which is empty, from `record`. Every document gets an id, also when an error follows: whatever of it
    /// is known by then.
    ///
    /// # Errors
    /// When the record is not a document: [`crate::ErrorKind::Decode`] with the byte in the record.
    fn decode(&mut self, record: &Record<'_>, doc: &mut Document) -> Result<()>;
}

/// What an encoder may ask about the run.
#[derive(Debug)]
pub struct EncodeContext<'a> {
    /// The names behind label ids.
    pub labels: &'a mut LabelNames,
    /// The stages' names in the pipeline, by index.
    pub stages: &'a [String],
}

/// An export format with its options.
pub trait ExportFormat: Send + Sync {
    /// An encoder of its own for one thread.
    fn encoder(&self) -> Box<dyn Encoder>;

    /// The layers that records are made of. A stage that only writes others works in vain.
    fn reads(&self) -> Layers {
        Layers::ALL
    }

    /// Bytes before the first document.
    ///
    /// # Errors
    /// When they cannot be made: the run then does not start.
    fn header(&self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    /// Bytes after the last document.
    ///
    /// # Errors
    /// When they cannot be made: the run then publishes nothing.
    fn footer(&self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

/// Turns documents into records on one thread.
pub trait Encoder: Send {
    /// Appends the document to `out`, which may hold other documents already.
    ///
    /// # Errors
    /// When the format cannot hold the document; `out` may then end in half of it, which the caller cuts off.
    fn encode(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()>;
}

/// An export that takes documents one after the other, in input order: for outputs that cannot be put together from pieces
/// made in parallel, and for sinks of its own such as a database.
pub trait InOrderExport: Send + Sync {
    /// The one writer of a run, made when the run starts.
    ///
    /// # Errors
    /// When what it writes to cannot be opened: the run then does not start.
    fn writer(&self) -> Result<Box<dyn ExportWriter>>;

    /// Whether a run with it can be continued after it was stopped ([`InOrderExport::resume`]).
    fn resumable(&self) -> bool {
        false
    }

    /// A writer that goes on where another one, in a run that was stopped, had been flushed last. That one may have been given
    /// more documents since: whatever it made of them in a sink of its own is to go, and they will come again.
    ///
    /// # Errors
    /// When that cannot be done: the run is then not continued.
    fn resume(&self, at: &Flushed<'_>) -> Result<Box<dyn ExportWriter>> {
        let _ = at;
        Err(Error::new(ErrorKind::Encode, "export.resume", "the export cannot be continued"))
    }
}

/// Where a writer stood after a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flushed<'a> {
    /// The documents it had written.
    pub documents: u64,
    /// What [`ExportWriter::mark`] gave then.
    pub mark: &'a [u8],
}

/// Takes the documents of a run in input order. Whatever is appended to `out` goes to the export's path.
pub trait ExportWriter: Send {
    /// Takes one document.
    ///
    /// # Errors
    /// When it cannot be written; it then goes to the rejects, and what this call appended to `out` is cut off.
    fn write(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()>;

    /// Makes durable whatever it holds of the documents so far: a run may later be continued from here.
    ///
    /// # Errors
    /// When that fails, which ends the run.
    fn flush(&mut self, out: &mut Vec<u8>) -> Result<()>;

    /// Appends to `mark` what a writer that goes on after the flush that has just been must know besides the number of documents,
    /// such as how many bytes it has appended. Most need nothing.
    ///
    /// # Errors
    /// When that fails, which ends the run.
    fn mark(&mut self, mark: &mut Vec<u8>) -> Result<()> {
        let _ = mark;
        Ok(())
    }

    /// Called once, after the last document and a last flush, when the run is complete.
    ///
    /// # Errors
    /// When that fails, which ends the run.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()>;
}

/// An export ready to run.
pub enum BuiltExport {
    /// Documents are encoded in parallel and appended in input order.
    Encoded(Box<dyn ExportFormat>),
    /// Documents are handed over in input order.
    InOrder(Box<dyn InOrderExport>),
}

impl fmt::Debug for BuiltExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BuiltExport::Encoded(_) => "BuiltExport::Encoded",
            BuiltExport::InOrder(_) => "BuiltExport::InOrder",
        })
    }
}

/// Builds a source format from its options: a JSON object that has passed the schema.
pub type BuildSource = fn(Value, &mut BuildContext<'_>) -> std::result::Result<Box<dyn SourceFormat>, OptionError>;
/// Builds an export format from its options: a JSON object that has passed the schema.
pub type BuildExport =
    Arc<dyn Fn(Value, &mut BuildContext<'_>) -> std::result::Result<BuiltExport, OptionError> + Send + Sync>;

/// How a format reads.
#[derive(Clone, Debug)]
pub struct SourceDef {
    /// JSON Schema of its options.
    pub schema: Value,
    /// Builds it.
    pub build: BuildSource,
}

/// How a format writes.
#[derive(Clone)]
pub struct ExportDef {
    /// JSON Schema of its options.
    pub schema: Value,
    /// Whether it takes documents in input order ([`BuiltExport::InOrder`]) or encodes them in parallel.
    pub order: Order,
    /// Whether it writes to a sink of its own, which its options name, and not to the export's `path`.
    pub own_sink: bool,
    /// Builds it.
    pub build: BuildExport,
}

impl fmt::Debug for ExportDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportDef").field("own_sink", &self.own_sink).finish_non_exhaustive()
    }
}

/// A format as the registry knows it.
#[derive(Clone, Debug)]
pub struct FormatDef {
    /// Its name, as in `use = "jsonl"`.
    pub name: Cow<'static, str>,
    /// One line, for lists.
    pub summary: Cow<'static, str>,
    /// The manual, in Markdown.
    pub manual: Cow<'static, str>,
    /// File name extensions, without the dot, by which it is chosen when a pipeline names no format.
    pub extensions: &'static [&'static str],
    /// How it reads, if it does.
    pub source: Option<SourceDef>,
    /// How it writes, if it does.
    pub export: Option<ExportDef>,
}

/// A compression whose compressed streams can be concatenated.
pub trait Codec: Send + Sync {
    /// A reader of the decompressed bytes, of all concatenated members.
    ///
    /// # Errors
    /// When the decompressor cannot be set up.
    fn reader(&self, inner: Box<dyn Read + Send>) -> std::io::Result<Box<dyn Read + Send>>;

    /// Appends to `out` one complete member (gzip) or frame (zstd) that holds `bytes`.
    ///
    /// # Errors
    /// When the compressor fails.
    fn compress(&self, bytes: &[u8], out: &mut Vec<u8>) -> std::io::Result<()>;
}

/// A codec as the registry knows it.
#[derive(Clone, Copy)]
pub struct CodecDef {
    /// Its name.
    pub name: &'static str,
    /// File name extensions, without the dot.
    pub extensions: &'static [&'static str],
    /// What compressed files begin with: one of these.
    pub magics: &'static [&'static [u8]],
    /// The codec.
    pub codec: &'static dyn Codec,
}

impl CodecDef {
    /// How many bytes of a file tell whether it is compressed so.
    pub const HEAD: u64 = 8;

    /// Whether a file that begins with these bytes, [`HEAD`](Self::HEAD) of them if it has as many, is compressed so.
    pub fn begins(&self, head: &[u8]) -> bool {
        self.magics.iter().any(|magic| head.starts_with(magic))
    }
}

impl fmt::Debug for CodecDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodecDef").field("name", &self.name).finish_non_exhaustive()
    }
}
