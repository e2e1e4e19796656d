//! Ids of kept documents, one after the other: in memory, or in a temporary file with the newest in memory.

use super::Temp;
use std::io::{self, SeekFrom};
use warraq_core::Scratch;

/// A log of ids. A place in it is the number of bytes before; an id takes four more than it is long.
#[derive(Default)]
pub(super) struct Ids {
    /// The newest ids.
    tail: Vec<u8>,
    /// Where `tail` begins: what is before is in `file`.
    base: u64,
    file: Option<Box<dyn Scratch>>,
}

impl Ids {
    /// Appends an id; returns its place.
    pub(super) fn push(&mut self, id: &str) -> u64 {
        let place = self.base + self.tail.len() as u64;
        self.tail.extend_from_slice(&(id.len() as u32).to_le_bytes());
        self.tail.extend_from_slice(id.as_bytes());
        place
    }

    /// The id at a place.
    pub(super) fn get(&mut self, place: u64) -> io::Result<String> {
        if let Some(at) = place.checked_sub(self.base) {
            return id_at(&self.tail, at);
        }
        let file = self.file.as_mut().ok_or(io::ErrorKind::UnexpectedEof)?;
        file.seek(SeekFrom::Start(place))?;
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let mut id = vec![0; u32::from_le_bytes(length) as usize];
        file.read_exact(&mut id)?;
        String::from_utf8(id).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Bytes in memory.
    pub(super) fn memory(&self) -> usize {
        self.tail.capacity()
    }

    /// Bytes of all ids, in memory and on disk.
    pub(super) fn len(&self) -> u64 {
        self.base + self.tail.len() as u64
    }

    /// Moves all ids to disk.
    pub(super) fn spill(&mut self, temp: &Temp) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(temp.file()?),
        };
        file.seek(SeekFrom::Start(self.base))?;
        file.write_all(&self.tail)?;
        self.base += self.tail.len() as u64;
        self.tail = Vec::new();
        Ok(())
    }

    /// Shows all ids in the order they came.
    pub(super) fn each(&mut self, mut show: impl FnMut(&str)) -> io::Result<()> {
        let mut whole: Box<dyn io::Read> = Box::new(&*self.tail);
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(0))?;
            whole = Box::new(io::Read::chain(io::Read::take(file, self.base), &*self.tail));
        }
        let mut whole = io::BufReader::with_capacity(64 << 10, whole);
        let mut id = Vec::new();
        loop {
            let mut length = [0; 4];
            match io::Read::read_exact(&mut whole, &mut length) {
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                read => read?,
            }
            id.resize(u32::from_le_bytes(length) as usize, 0);
            io::Read::read_exact(&mut whole, &mut id)?;
            show(std::str::from_utf8(&id).map_err(|_| io::ErrorKind::InvalidData)?);
        }
    }

    /// Writes all ids as they stand in the log.
    pub(super) fn copy(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(0))?;
            io::copy(&mut io::Read::take(file, self.base), out)?;
        }
        out.write_all(&self.tail)
    }
}

/// The id at a place of a log in memory.
pub(super) fn id_at(log: &[u8], place: u64) -> io::Result<String> {
    let id = || {
        let rest = log.get(usize::try_from(place).ok()?..)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        std::str::from_utf8(rest.get(..u32::from_le_bytes(*length) as usize)?).ok()
    };
    id().map(str::to_owned).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
