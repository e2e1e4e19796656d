//! The journal of an in-order stage's decisions, from which its state is built anew when its process dies.
//!
//! Entries are kept in memory up to [`IN_MEMORY`] bytes; then they go to a temporary file that has no name, so that nothing is
//! left of it whatever happens. Where no such file can be had, they stay in memory.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use warraq_plugin::wire::TARGET_FRAME;

/// How many bytes are gathered before they go to the file.
const IN_MEMORY: usize = 8 << 20;

/// Entries in their order, each with its length before it (`u32`, little endian), as they cross the pipe.
#[derive(Debug)]
pub(super) struct Journal {
    /// What came last.
    recent: Vec<u8>,
    /// What came before, and how many bytes that is.
    spooled: Option<(File, u64)>,
    limit: usize,
}

impl Journal {
    pub(super) fn new() -> Self {
        Self::with_limit(IN_MEMORY)
    }

    fn with_limit(limit: usize) -> Self {
        Journal { recent: Vec::new(), spooled: None, limit }
    }

    /// An entry with its length before it.
    pub(super) fn framed(entry: &[u8]) -> Vec<u8> {
        let mut framed = (entry.len() as u32).to_le_bytes().to_vec();
        framed.extend_from_slice(entry);
        framed
    }

    /// Adds an entry; one without a byte has nothing to tell.
    ///
    /// # Errors
    /// When the file failed. The entry is kept in memory, and the file is not tried again until that has doubled.
    pub(super) fn push(&mut self, entry: &[u8]) -> io::Result<()> {
        if entry.is_empty() {
            return Ok(());
        }
        self.recent.extend_from_slice(&(entry.len() as u32).to_le_bytes());
        self.recent.extend_from_slice(entry);
        if self.recent.len() < self.limit {
            return Ok(());
        }
        self.spool().inspect_err(|_| self.limit *= 2)
    }

    fn spool(&mut self) -> io::Result<()> {
        let (file, len) = match &mut self.spooled {
            Some(spooled) => spooled,
            None => self.spooled.insert((nameless_file()?, 0)),
        };
        // Whatever a failed attempt has left behind is written over.
        file.seek(SeekFrom::Start(*len))?;
        file.write_all(&self.recent)?;
        *len += self.recent.len() as u64;
        self.recent.clear();
        Ok(())
    }

    /// Hands over all entries in parts of about [`TARGET_FRAME`] bytes: how many, and their bytes.
    ///
    /// # Errors
    /// Those of `each`; and, as one of them, that of the file.
    pub(super) fn replay<E: From<io::Error>>(
        &mut self,
        mut each: impl FnMut(usize, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some((file, len)) = &mut self.spooled {
            file.seek(SeekFrom::Start(0))?;
            parts(BufReader::new(file.take(*len)), &mut each)?;
        }
        parts(self.recent.as_slice(), &mut each)
    }
}

fn parts<E: From<io::Error>>(
    mut entries: impl Read,
    each: &mut impl FnMut(usize, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let (mut part, mut count) = (Vec::new(), 0);
    let mut len = [0; 4];
    loop {
        let at_end = match entries.read(&mut len[..1])? {
            0 => true,
            _ => {
                entries.read_exact(&mut len[1..])?;
                let start = part.len() + 4;
                part.extend_from_slice(&len);
                part.resize(start + u32::from_le_bytes(len) as usize, 0);
                entries.read_exact(&mut part[start..])?;
                count += 1;
                false
            }
        };
        if count > 0 && (at_end || part.len() >= TARGET_FRAME) {
            each(count, &part)?;
            part.clear();
            count = 0;
        }
        if at_end {
            return Ok(());
        }
    }
}

/// A file that goes when it is closed.
fn nameless_file() -> io::Result<File> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = format!("warraq-journal-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back_in_order_from_file_and_memory() {
        let entry = |n: usize| vec![n as u8; n % 5];
        for limit in [1, 64, 1 << 20] {
            let mut journal = Journal::with_limit(limit);
            (0..100).for_each(|n| journal.push(&entry(n)).unwrap());
            assert_eq!(journal.spooled.is_some(), limit < 1 << 20);
            for _ in 0..2 {
                let (mut all, mut total) = (Vec::new(), 0);
                journal
                    .replay::<io::Error>(|count, entries| {
                        all.extend_from_slice(entries);
                        total += count;
                        Ok(())
                    })
                    .unwrap();
                let expected: Vec<u8> =
                    (0..100).filter(|n| n % 5 > 0).flat_map(|n| Journal::framed(&entry(n))).collect();
                assert_eq!((total, &all), (80, &expected), "{limit}");
            }
        }
    }
}
