//! The documents of a file, one after the other and outside of any run: for commands that look at documents themselves, such
//! as training.

use crate::config::DEFAULT_RECORD_LIMIT;
use crate::plan::{FileResources, by_extension};
use crate::run::{Expansion, decompressed, split_blocks};
use serde_json::json;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use warraq_core::{BuildContext, Document, Framing, Labels, Record, Registry};

/// Why the documents of a file could not be read.
#[derive(Debug)]
pub struct ReadError {
    /// The file.
    pub path: String,
    /// The line at fault, from 1, where lines are records; of other records, the message says where.
    pub line: Option<u64>,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether the file's name is at fault, rather than what is in the file or reading it.
    pub is_name: bool,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
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
    let error = |is_name, line, message| ReadError { path: name.clone(), line, message, is_name };
    let failed = |e: io::Error| error(false, None, e.to_string());
    let format = by_extension(&name, registry).and_then(|format| format.source.as_ref());
    let Some(source) = format else {
        let readable = registry.formats().iter().filter(|format| format.source.is_some());
        let known: Vec<String> =
            readable.flat_map(|format| format.extensions).map(|extension| format!(".{extension}")).collect();
        let message = format!("its name does not say which format it is; known: {}", known.join(", "));
        return Err(error(true, None, message));
    };
    let mut files = FileResources::new(Path::new(""));
    let mut cx = BuildContext::new("source", labels, &mut files);
    let format = (source.build)(json!({}), &mut cx).map_err(|e| error(true, None, e.to_string()))?;
    let mut bytes = format.reader(open(path, registry).map_err(failed)?);
    let mut decoder = format.decoder();
    let framing = format.framing();
    let mut decode = |number, bytes: &[u8]| {
        let mut doc = Document::new();
        let record = Record { bytes, path: &name, number };
        decoder.decode(&record, &mut doc).map_err(|e| match framing {
            Framing::Lines => error(false, Some(number), e.to_string()),
            // Messages about blocks name the line, which tells more than a byte in the record.
            Framing::Blocks(_) => error(false, None, e.message),
            Framing::File => error(false, None, e.to_string()),
        })?;
        each(doc);
        Ok(())
    };
    if framing == Framing::Lines {
        return lines(bytes, decode).map_err(failed)?;
    }
    let mut whole = Vec::new();
    bytes.read_to_end(&mut whole).map_err(failed)?;
    match framing {
        Framing::Blocks(rule) => {
            split_blocks(rule, &whole).into_iter().try_for_each(|(line, block)| decode(line, block))
        }
        _ => decode(1, &whole),
    }
}

fn open(path: &Path, registry: &Registry) -> io::Result<Box<dyn Read + Send>> {
    decompressed(Box::new(File::open(path)?), Some(path), registry.codecs(), Some(Expansion::DEFAULT))
}

/// Calls `each` with the number and the bytes of every line that is not blank, up to the first that it refuses.
///
/// # Errors
/// When reading fails; inside, what `each` gave.
fn lines(
    bytes: impl Read,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), ReadError>,
) -> io::Result<Result<(), ReadError>> {
    let mut bytes = BufReader::new(bytes);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if (&mut bytes).take(DEFAULT_RECORD_LIMIT + 1).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() as u64 > DEFAULT_RECORD_LIMIT {
            let message = format!("line {number} has more than {DEFAULT_RECORD_LIMIT} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let record = line.strip_suffix(b"\n").unwrap_or(&line);
        let record = record.strip_suffix(b"\r").unwrap_or(record);
        if !record.trim_ascii().is_empty()
            && let Err(e) = each(number, record)
        {
            return Ok(Err(e));
        }
    }
    Ok(Ok(()))
}
