//! An export as a file of records that can be read in order and again, and the index of one by id.

use super::Unreadable;
use crate::run::{Expansion, decompressed};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use warraq_core::CodecDef;

/// The partner of a record that has none.
pub(super) const NONE: u32 = u32::MAX;
/// The partner of a record that is the same in both exports.
pub(super) const SAME: u32 = u32::MAX - 1;

/// How much is read at once, in bytes.
const BLOCK: usize = 256 << 10;

/// Where a record is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Its first byte.
    offset: u64,
    /// Its length in bytes.
    pub(super) len: u32,
    /// Its line.
    pub(super) line: u32,
    /// The next record of the same id, or [`NONE`].
    next: u32,
    /// What became of it: [`NONE`], [`SAME`], or the number of its difference.
    pub(super) partner: u32,
}

/// Why a line could not be compared: it is no record, or something else failed.
pub(super) enum Fault {
    /// The message belongs to the line.
    Line(String),
    /// It is complete.
    Other(Unreadable),
}

impl From<String> for Fault {
    fn from(message: String) -> Self {
        Fault::Line(message)
    }
}

impl From<Unreadable> for Fault {
    fn from(error: Unreadable) -> Self {
        Fault::Other(error)
    }
}

/// Is shown records, each with its place.
pub(super) type Visit<'a> = &'a mut dyn FnMut(Entry, &[u8]) -> Result<(), Fault>;

/// An export.
pub(super) struct Corpus {
    pub(super) name: String,
    file: File,
    pub(super) entries: Vec<Entry>,
    /// By key, the first record of an id that has no partner yet and the last one of it. An id is held as 128 bits of two
    /// hashes with keys of their own: no two ids of a corpus will ever share them.
    by_id: HashMap<u128, (u32, u32)>,
    hashers: [RandomState; 2],
    /// The record after the one that found its partner last.
    after: usize,
    /// How many records have the id of an earlier one.
    pub(super) repeated: u64,
    /// How many records were scanned.
    pub(super) documents: u64,
}

impl Corpus {
    /// Opens an export, and makes it one that can be read again from any place.
    pub(super) fn open(path: &Path, codecs: &[CodecDef]) -> Result<Self, Unreadable> {
        let name = path.display().to_string();
        let file = seekable(path, codecs).map_err(|e| Unreadable(format!("{name}: {e}")))?;
        let hashers = [RandomState::new(), RandomState::new()];
        Ok(Corpus {
            name,
            file,
            entries: Vec::new(),
            by_id: HashMap::new(),
            hashers,
            after: 0,
            repeated: 0,
            documents: 0,
        })
    }

    /// Shows `visit` every record with its place; blank lines are none.
    pub(super) fn scan(&mut self, visit: Visit<'_>) -> Result<(), Unreadable> {
        let failed = |line: u32, e: io::Error| Unreadable(format!("{}:{line}: {e}", self.name));
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(|e| failed(1, e))?;
        let mut reader = BufReader::with_capacity(BLOCK, file);
        let (mut bytes, mut offset, mut line) = (Vec::new(), 0, 0u32);
        let mut documents = 0;
        loop {
            bytes.clear();
            line = line.saturating_add(1);
            let read = reader.read_until(b'\n', &mut bytes).map_err(|e| failed(line, e))?;
            if read == 0 {
                break;
            }
            let mark: &[u8] = if offset == 0 { b"\xef\xbb\xbf" } else { b"" };
            let record = bytes.strip_prefix(mark).unwrap_or(&bytes);
            let start = offset + (bytes.len() - record.len()) as u64;
            offset += read as u64;
            let record = record.trim_ascii_end();
            if record.is_empty() {
                continue;
            }
            let name = |message: String| Unreadable(format!("{}:{line}: {message}", self.name));
            let len = number(record.len()).map_err(|Unreadable(message)| name(message))?;
            documents += 1;
            visit(Entry { offset: start, len, line, next: NONE, partner: NONE }, record).map_err(
                |fault| match fault {
                    Fault::Line(message) => name(message),
                    Fault::Other(error) => error,
                },
            )?;
        }
        self.documents = documents;
        Ok(())
    }

    /// Scans the export and remembers where each id is.
    pub(super) fn index(&mut self) -> Result<(), Unreadable> {
        let (mut entries, mut by_id): (Vec<Entry>, HashMap<u128, (u32, u32)>) = Default::default();
        let (hashers, mut repeated) = (self.hashers.clone(), 0);
        self.scan(&mut |entry, line| {
            let at = number(entries.len())?;
            let key = key(&hashers, &Self::id(line)?);
            entries.push(entry);
            by_id
                .entry(key)
                .and_modify(|(_, last)| {
                    entries[*last as usize].next = at;
                    *last = at;
                    repeated += 1;
                })
                .or_insert((at, at));
            Ok(())
        })?;
        (self.entries, self.by_id, self.repeated) = (entries, by_id, repeated);
        Ok(())
    }

    /// The id of a record.
    pub(super) fn id(line: &[u8]) -> Result<Cow<'_, str>, String> {
        #[derive(Deserialize)]
        struct Record<'a> {
            #[serde(borrow)]
            id: Option<Cow<'a, str>>,
        }
        let record: Record<'_> = serde_json::from_slice(line).map_err(|e| {
            let column = e.column();
            match e.classify() {
                serde_json::error::Category::Data => format!("no record of an export: {e}"),
                _ => format!("not JSON (column {column}): {e}"),
            }
        })?;
        record.id.ok_or_else(|| "the record has no `id` to be matched by; export it with one".to_owned())
    }

    pub(super) fn key(&self, id: &str) -> u128 {
        key(&self.hashers, id)
    }

    /// The first record of an id that has no partner yet.
    pub(super) fn take(&self, key: u128) -> Option<usize> {
        let (first, _) = self.by_id.get(&key).filter(|(first, _)| *first != NONE)?;
        // One that was expected where it came has a partner already.
        Some(*first as usize).filter(|&at| self.entries[at].partner == NONE)
    }

    /// Whether there is a record of this id, with a partner or without.
    pub(super) fn knows(&self, key: u128) -> bool {
        self.by_id.contains_key(&key)
    }

    /// The record that comes next if the other export goes on as this one does, unless its length says that it cannot be.
    pub(super) fn expected(&self, len: u32) -> Option<usize> {
        let entry = self.entries.get(self.after)?;
        (entry.partner == NONE && entry.len == len && self.repeated == 0).then_some(self.after)
    }

    /// Gives a record its partner.
    pub(super) fn matched(&mut self, at: usize, key: Option<u128>, partner: u32) {
        self.entries[at].partner = partner;
        self.after = at + 1;
        if let Some(first) = key.and_then(|key| self.by_id.get_mut(&key)) {
            first.0 = self.entries[at].next;
        }
    }

    /// Reads a record.
    pub(super) fn read(&self, entry: Entry, into: &mut Vec<u8>) -> Result<(), Unreadable> {
        into.resize(entry.len as usize, 0);
        let mut file = &self.file;
        let read = file.seek(SeekFrom::Start(entry.offset)).and_then(|_| file.read_exact(into));
        read.map_err(|e| Unreadable(format!("{}:{}: {e}", self.name, entry.line)))
    }

    /// Reads a record and says its id.
    pub(super) fn id_of(&self, entry: Entry, into: &mut Vec<u8>) -> Result<String, Unreadable> {
        self.read(entry, into)?;
        let id = Self::id(into).map(Cow::into_owned);
        id.map_err(|message| Unreadable(format!("{}:{}: {message}", self.name, entry.line)))
    }
}

fn key(hashers: &[RandomState; 2], id: &str) -> u128 {
    let [a, b] = hashers.each_ref().map(|hasher| hasher.hash_one(id));
    u128::from(a) << 64 | u128::from(b)
}

/// A number of records or bytes as it is held.
pub(super) fn number(n: usize) -> Result<u32, Unreadable> {
    let number = u32::try_from(n).ok().filter(|&n| n < SAME);
    number.ok_or_else(|| Unreadable(format!("{n} records or bytes in one are more than can be compared")))
}

/// A file as it is, if one can go to any place of it; or else what is in it, in a temporary file without a name.
fn seekable(path: &Path, codecs: &[CodecDef]) -> io::Result<File> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder without a report.json"));
    }
    if metadata.is_file() {
        let mut head = Vec::new();
        (&mut file).take(CodecDef::HEAD).read_to_end(&mut head)?;
        file.rewind()?;
        let is_named = path.extension().is_some_and(|e| codecs.iter().any(|c| c.extensions.iter().any(|x| e == *x)));
        if !is_named && !codecs.iter().any(|codec| codec.begins(&head)) {
            return Ok(file);
        }
    }
    let mut spool = tempfile::tempfile()?;
    io::copy(&mut decompressed(Box::new(file), Some(path), codecs, Some(Expansion::DEFAULT))?, &mut spool)?;
    spool.flush()?;
    Ok(spool)
}
