//! Journals: what in-order stages must remember, and what surveys have been shown, in files that are only appended to.
//!
//! An entry is its length in bytes and the CRC-32 of its bytes (`u32` each, little-endian), and its bytes. What stands after the
//! length that a checkpoint names was written later and is cut off when a run goes on.

use crate::temporary;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

/// Bytes before those of an entry.
const HEAD: u64 = 8;

/// A journal that is being written.
pub(in crate::run) struct Journal {
    file: BufWriter<File>,
    length: u64,
}

impl Journal {
    /// Opens the journal at `path`, made if it is missing, after its first `length` bytes.
    pub(super) fn open(path: &Path, length: u64) -> io::Result<Self> {
        let file = temporary::open(path)?;
        file.set_len(length)?;
        Ok(Journal { file: BufWriter::with_capacity(1 << 16, file), length })
    }

    /// Appends an entry that consists of these parts.
    pub(in crate::run) fn append(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let head = u32::try_from(length).map_err(|_| io::Error::other("an entry of more than 4 GiB"))?;
        let mut sum = crc32fast::Hasher::new();
        parts.iter().for_each(|part| sum.update(part));
        self.file.write_all(&head.to_le_bytes())?;
        self.file.write_all(&sum.finalize().to_le_bytes())?;
        parts.iter().try_for_each(|part| self.file.write_all(part))?;
        self.length += HEAD + length as u64;
        Ok(())
    }

    /// Its length in bytes.
    pub(in crate::run) fn length(&self) -> u64 {
        self.length
    }

    /// The file, with all of the entries in it.
    pub(super) fn written(&mut self) -> io::Result<File> {
        self.file.flush()?;
        self.file.get_ref().try_clone()
    }
}

/// Shows the entries in the first `length` bytes of the journal at `path`, in their order.
///
/// # Errors
/// When the file is shorter or damaged, or `each` fails.
pub(in crate::run) fn entries<E: From<io::Error>>(
    path: &Path,
    length: u64,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    if length == 0 {
        return Ok(());
    }
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?.take(length));
    let (mut read, mut entry) = (0, Vec::new());
    while read < length {
        let (mut size, mut sum) = ([0; 4], [0; 4]);
        file.read_exact(&mut size)?;
        file.read_exact(&mut sum)?;
        read += HEAD + u64::from(u32::from_le_bytes(size));
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
        if read > length {
            return Err(damaged().into());
        }
        entry.resize(u32::from_le_bytes(size) as usize, 0);
        file.read_exact(&mut entry)?;
        if crc32fast::hash(&entry) != u32::from_le_bytes(sum) {
            return Err(damaged().into());
        }
        each(&entry)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_up_to_a_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let read = |length| {
            let mut seen: Vec<Vec<u8>> = Vec::new();
            entries(&path, length, |entry| {
                seen.push(entry.to_vec());
                io::Result::Ok(())
            })
            .map(|()| seen)
        };
        let mut journal = Journal::open(&path, 0).unwrap();
        journal.append(&[b"one"]).unwrap();
        journal.append(&[]).unwrap();
        let kept = journal.length();
        journal.append(&[b"t", b"wo"]).unwrap();
        journal.written().unwrap();
        assert_eq!(read(kept).unwrap(), [b"one".to_vec(), Vec::new()]);
        assert_eq!(read(journal.length()).unwrap(), [b"one".to_vec(), Vec::new(), b"two".to_vec()]);
        assert!(read(journal.length() + 1).is_err(), "a journal that is too short is not taken for a whole one");
        let mut again = Journal::open(&path, kept).unwrap();
        again.append(&[b"other"]).unwrap();
        again.written().unwrap();
        assert_eq!(read(again.length()).unwrap(), [b"one".to_vec(), Vec::new(), b"other".to_vec()]);
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bad = whole.clone();
            bad[at] ^= 1 << (at % 8);
            std::fs::write(&path, bad).unwrap();
            assert!(read(whole.len() as u64).is_err(), "byte {at}");
        }
    }
}
