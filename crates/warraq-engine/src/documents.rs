//! The documents of a file, one after the other and outside of any run: for commands that look at documents themselves, such
//! as training.

use crate::plan::{FileResources, by_extension};
use serde_json::json;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use warraq_core::{BuildContext, Document, Framing, Labels, Record, Registry};

/// Why the documents of a file could not be read.
#[derive(Debug)]
pub struct ReadError {
    /// The file.
    pub path: String,
    /// The number of the record at fault, from 1; in a line format, its line.
    pub record: Option<u64>,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether reading failed, rather than what was read.
    pub is_io: bool,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(record) = self.record {
            write!(f, ":{record}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ReadError {}

/// Reads all documents of a file, in the format whose extension it bears, with the default options of that format; compressed
/// files are recognised by their first bytes. The names of columns and spans are interned in `labels`.
///
/// # Errors
/// When no format that can be read bears the extension, the file cannot be read, or a record is not a document.
pub fn read(
    registry: &Registry,
    path: &Path,
    labels: &Labels,
    each: &mut dyn FnMut(Document),
) -> Result<(), ReadError> {
    let name = path.to_string_lossy().into_owned();
    let error = |record, message: String| ReadError { path: name.clone(), record, message, is_io: false };
    let failed = |e: io::Error| ReadError { path: name.clone(), record: None, message: e.to_string(), is_io: true };
    let format = by_extension(&name, registry).and_then(|format| format.source.as_ref());
    let Some(source) = format else {
        let readable = registry.formats().iter().filter(|format| format.source.is_some());
        let known: Vec<String> =
            readable.flat_map(|format| format.extensions).map(|extension| format!(".{extension}")).collect();
        let message = format!("its name does not say which format it is; known: {}", known.join(", "));
        return Err(error(None, message));
    };
    let mut files = FileResources::new(Path::new(""));
    let mut cx = BuildContext::new("source", labels, &mut files);
    let format = (source.build)(json!({}), &mut cx).map_err(|e| error(None, e.to_string()))?;
    let bytes = open(path, registry).map_err(failed)?;
    let mut records = Records { inner: BufReader::new(format.reader(bytes)), framing: format.framing(), number: 0 };
    let mut decoder = format.decoder();
    let mut record = Vec::new();
    while records.next(&mut record).map_err(failed)? {
        let mut doc = Document::new();
        let record = Record { bytes: &record, path: &name, number: records.number };
        decoder.decode(&record, &mut doc).map_err(|e| error(Some(records.number), e.to_string()))?;
        each(doc);
    }
    Ok(())
}

fn open(path: &Path, registry: &Registry) -> io::Result<Box<dyn Read + Send>> {
    let mut file = File::open(path)?;
    let mut head = Vec::with_capacity(8);
    (&mut file).take(8).read_to_end(&mut head)?;
    let codec = registry.codecs().iter().find(|codec| head.starts_with(codec.magic));
    let whole: Box<dyn Read + Send> = Box::new(Cursor::new(head).chain(file));
    match codec {
        Some(codec) => codec.codec.reader(whole),
        None => Ok(whole),
    }
}

/// Cuts bytes into records.
struct Records<R> {
    inner: BufReader<R>,
    framing: Framing,
    /// The number of the last record, from 1.
    number: u64,
}

impl<R: Read> Records<R> {
    /// Puts the next record that is not blank into `record`; false at the end.
    fn next(&mut self, record: &mut Vec<u8>) -> io::Result<bool> {
        loop {
            record.clear();
            let n = match self.framing {
                Framing::Lines => self.inner.read_until(b'\n', record)?,
                // A file of blocks makes one document as well as many.
                Framing::File | Framing::Blocks { .. } if self.number > 0 => 0,
                Framing::File | Framing::Blocks { .. } => self.inner.read_to_end(record)?,
            };
            if n == 0 {
                return Ok(false);
            }
            self.number += 1;
            if self.framing != Framing::Lines || !record.trim_ascii().is_empty() {
                if record.ends_with(b"\n") && self.framing == Framing::Lines {
                    record.pop();
                }
                return Ok(true);
            }
        }
    }
}
