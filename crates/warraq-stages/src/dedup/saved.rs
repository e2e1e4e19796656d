//! What has been seen, as a file: written by one run, and asked by later ones.
//!
//! A line of text that says what it is and which settings made its keys; the number of records and the bytes of ids, eight
//! bytes each, little-endian; the records in ascending order of keys, as on disk during a run; the log of ids; the XXH3 (64 bits,
//! little-endian) of all that.

use super::ids::id_at;
use super::index::{search, width};
use super::key::Key;
use super::seen::Seen;
use serde::Serialize;
use std::hash::Hasher;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;
use twox_hash::XxHash3_64;
use warraq_core::{BuildContext, OptionError};

const MAGIC: &str = "warraq dedup 2 ";

/// Bytes of the checksum at the end.
const SUM: usize = 8;

/// The first line of a file: only files of equal settings can be compared.
pub(super) fn header(settings: &impl Serialize) -> String {
    format!("{MAGIC}{}\n", serde_json::to_string(settings).unwrap_or_default())
}

/// Files of earlier runs.
pub(super) struct Against<K>(Vec<File<K>>);

impl<K> Clone for Against<K> {
    fn clone(&self) -> Self {
        Against(self.0.iter().map(|f| File { bytes: Arc::clone(&f.bytes), records: f.records.clone(), ..*f }).collect())
    }
}

struct File<K> {
    bytes: Arc<[u8]>,
    records: Range<usize>,
    key: PhantomData<fn() -> K>,
}

impl<K: Key> Against<K> {
    /// Reads the files that the option `against` names.
    pub(super) fn read(paths: &[String], header: &str, cx: &mut BuildContext<'_>) -> Result<Self, OptionError> {
        let file = |(n, path): (usize, &String)| {
            let fail = |message: String| OptionError::new(format!("against[{n}]"), message);
            let resource = cx.resources.read(path).map_err(|e| fail(e.to_string()))?;
            let records = records::<K>(&resource.bytes, header).map_err(|e| fail(format!("{}: {e}", resource.path)))?;
            Ok(File { bytes: resource.bytes, records, key: PhantomData })
        };
        Ok(Against(paths.iter().enumerate().map(file).collect::<Result<_, _>>()?))
    }

    /// The id of the document that a key stands for.
    pub(super) fn get(&self, key: K) -> io::Result<Option<String>> {
        for file in &self.0 {
            if let Some(place) = search(&file.bytes[file.records.clone()], key) {
                return id_at(&file.bytes[file.records.end..file.bytes.len() - SUM], place).map(Some);
            }
        }
        Ok(None)
    }

    /// No files.
    #[cfg(test)]
    pub(super) fn none() -> Self {
        Against(Vec::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Where the records of a file are.
fn records<K: Key>(bytes: &[u8], header: &str) -> Result<Range<usize>, String> {
    let line = bytes.iter().position(|&b| b == b'\n').map_or(bytes, |end| &bytes[..=end]);
    if !line.starts_with(MAGIC.as_bytes()) {
        return Err("it is no file that a `dedup` stage has saved".into());
    }
    if line != header.as_bytes() {
        let settings = |line: &[u8]| String::from_utf8_lossy(&line[MAGIC.len()..]).trim_end().to_owned();
        let (theirs, ours) = (settings(line), settings(header.as_bytes()));
        return Err(format!("it was saved by a stage with other settings: {theirs}, and not {ours}"));
    }
    let whole = || {
        let (bytes, sum) = bytes.split_last_chunk::<SUM>()?;
        if XxHash3_64::oneshot(bytes) != u64::from_le_bytes(*sum) {
            return None;
        }
        let rest = bytes.get(header.len()..)?;
        let (records, rest) = rest.split_first_chunk()?;
        let (ids, rest) = rest.split_first_chunk()?;
        let records = usize::try_from(u64::from_le_bytes(*records)).ok()?.checked_mul(width::<K>())?;
        let ids = usize::try_from(u64::from_le_bytes(*ids)).ok()?;
        let start = header.len() + 16;
        (rest.len() == records.checked_add(ids)?).then_some(start..start + records)
    };
    whole().ok_or_else(|| "it is cut short or damaged".into())
}

/// Keeps the sum of what is written.
struct Summed<'a> {
    out: &'a mut dyn Write,
    sum: XxHash3_64,
}

impl Write for Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.sum.write(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes what has been seen.
pub(super) fn save<K: Key>(seen: &mut Seen<K>, header: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Summed { out, sum: XxHash3_64::new() };
    out.write_all(header.as_bytes())?;
    out.write_all(&seen.index.len().to_le_bytes())?;
    out.write_all(&seen.ids.len().to_le_bytes())?;
    let mut record = Vec::new();
    seen.index.each(|key, place| {
        record.clear();
        super::index::write_record(key, place, &mut record);
        out.write_all(&record)
    })?;
    seen.ids.copy(&mut out)?;
    let sum = out.sum.finish();
    out.out.write_all(&sum.to_le_bytes())
}
