//! A map from keys to numbers that goes to disk when it grows too large for memory.
//!
//! On disk it is a few sorted runs. Of each, memory holds the first key of every block (a *fence*) and a Bloom filter of
//! twelve bits a key, which answers for nearly all keys that are not there: a look-up reads one block, and most read none.
//! Every so many runs are merged into one, so that there are never many to ask.

use super::Temp;
use super::key::{ByIdentity, Key};
use std::collections::HashMap;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use warraq_core::Scratch;

/// Records in a block.
const BLOCK: usize = 256;

/// At so many runs they become one.
const MOST_RUNS: usize = 8;

/// A map from keys to numbers. A key that is there is not inserted again.
pub(super) struct Index<K> {
    memory: HashMap<K, u64, ByIdentity>,
    runs: Vec<Run<K>>,
}

impl<K: Key> Index<K> {
    pub(super) fn new() -> Self {
        Index { memory: HashMap::default(), runs: Vec::new() }
    }

    /// What stands for a key.
    pub(super) fn get(&mut self, key: K) -> io::Result<Option<u64>> {
        if let Some(&value) = self.memory.get(&key) {
            return Ok(Some(value));
        }
        for run in &mut self.runs {
            if let Some(value) = run.get(key)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Adds a key that is not there.
    pub(super) fn insert(&mut self, key: K, value: u64) {
        self.memory.insert(key, value);
    }

    /// Bytes that the map in memory takes, or will take with `more` keys: it doubles when it is full.
    pub(super) fn memory(&self, more: usize) -> usize {
        let full = self.memory.len() + more > self.memory.capacity();
        let slots = self.memory.capacity() * if full { 2 } else { 1 } * 8 / 7;
        slots * (size_of::<(K, u64)>() + 1)
    }

    /// Bytes in memory that stay there for the keys on disk.
    pub(super) fn resident(&self) -> usize {
        self.runs.iter().map(|run| size_of_val(&run.fences[..]) + size_of_val(&run.filter.0[..])).sum()
    }

    /// The number of keys.
    pub(super) fn len(&self) -> u64 {
        self.memory.len() as u64 + self.runs.iter().map(|run| run.records).sum::<u64>()
    }

    /// Moves all keys to disk.
    pub(super) fn spill(&mut self, temp: &Temp) -> io::Result<()> {
        if self.memory.is_empty() {
            return Ok(());
        }
        if self.runs.len() + 1 >= MOST_RUNS {
            let mut merged = RunWriter::new(temp, self.len())?;
            self.each(|key, value| merged.push(key, value))?;
            self.runs = vec![merged.finish()?];
        } else {
            let mut run = RunWriter::new(temp, self.memory.len() as u64)?;
            sorted(&self.memory).into_iter().try_for_each(|(key, value)| run.push(key, value))?;
            self.runs.push(run.finish()?);
        }
        self.memory = HashMap::default();
        Ok(())
    }

    /// Shows all keys in ascending order.
    pub(super) fn each(&mut self, mut show: impl FnMut(K, u64) -> io::Result<()>) -> io::Result<()> {
        let mut memory = sorted(&self.memory).into_iter().peekable();
        let mut runs = Vec::new();
        for run in &mut self.runs {
            run.file.seek(SeekFrom::Start(0))?;
            let mut file = BufReader::with_capacity(64 << 10, &mut run.file);
            let first = read_record::<K>(&mut file)?;
            runs.push((first, file));
        }
        loop {
            // There are few runs: looking at each costs less than a heap.
            let least = (0..runs.len()).filter(|&n| runs[n].0.is_some()).min_by_key(|&n| runs[n].0.map(|(key, _)| key));
            let Some((least, (key, value))) = least.and_then(|n| Some((n, runs[n].0?))) else { break };
            while let Some((key, value)) = memory.next_if(|(other, _)| *other < key) {
                show(key, value)?;
            }
            show(key, value)?;
            runs[least].0 = read_record(&mut runs[least].1)?;
        }
        memory.try_for_each(|(key, value)| show(key, value))
    }
}

fn sorted<K: Key>(memory: &HashMap<K, u64, ByIdentity>) -> Vec<(K, u64)> {
    let mut pairs: Vec<(K, u64)> = memory.iter().map(|(&key, &value)| (key, value)).collect();
    pairs.sort_unstable();
    pairs
}

/// Appends a record to `out`: key and value, in an order of bytes that is that of the keys.
pub(super) fn write_record<K: Key>(key: K, value: u64, out: &mut Vec<u8>) {
    key.write(out);
    out.extend_from_slice(&value.to_be_bytes());
}

/// Bytes of a record.
pub(super) const fn width<K: Key>() -> usize {
    K::WIDTH + 8
}

/// A record from its bytes.
pub(super) fn parse_record<K: Key>(bytes: &[u8]) -> Option<(K, u64)> {
    Some((K::read(bytes)?, u64::read(bytes.get(K::WIDTH..)?)?))
}

fn read_record<K: Key>(file: &mut impl Read) -> io::Result<Option<(K, u64)>> {
    // Room for the widest key.
    let mut bytes = [0; 24];
    let bytes = &mut bytes[..width::<K>()];
    match file.read_exact(bytes) {
        Ok(()) => Ok(parse_record(bytes)),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}

/// The value of a key in sorted records.
pub(super) fn search<K: Key>(records: &[u8], key: K) -> Option<u64> {
    let width = width::<K>();
    let (mut low, mut high) = (0, records.len() / width);
    while low < high {
        let middle = low + (high - low) / 2;
        let (found, value) = parse_record::<K>(&records[middle * width..][..width])?;
        match found.cmp(&key) {
            std::cmp::Ordering::Equal => return Some(value),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// A sorted run on disk.
struct Run<K> {
    file: Box<dyn Scratch>,
    records: u64,
    /// The first key of each block.
    fences: Vec<K>,
    filter: Filter,
    block: Vec<u8>,
}

impl<K: Key> Run<K> {
    fn get(&mut self, key: K) -> io::Result<Option<u64>> {
        if !self.filter.may_have(key.bits()) {
            return Ok(None);
        }
        let Some(block) = self.fences.partition_point(|fence| *fence <= key).checked_sub(1) else { return Ok(None) };
        let first = (block * BLOCK) as u64;
        let records = (self.records - first).min(BLOCK as u64) as usize;
        self.block.resize(records * width::<K>(), 0);
        self.file.seek(SeekFrom::Start(first * width::<K>() as u64))?;
        self.file.read_exact(&mut self.block)?;
        Ok(search(&self.block, key))
    }
}

struct RunWriter<K> {
    out: BufWriter<Box<dyn Scratch>>,
    run: (u64, Vec<K>, Filter),
    record: Vec<u8>,
}

impl<K: Key> RunWriter<K> {
    fn new(temp: &Temp, records: u64) -> io::Result<Self> {
        let out = BufWriter::with_capacity(64 << 10, temp.file()?);
        Ok(RunWriter { out, run: (0, Vec::new(), Filter::new(records)), record: Vec::new() })
    }

    fn push(&mut self, key: K, value: u64) -> io::Result<()> {
        let (records, fences, filter) = &mut self.run;
        if records.is_multiple_of(BLOCK as u64) {
            fences.push(key);
        }
        *records += 1;
        filter.add(key.bits());
        self.record.clear();
        write_record(key, value, &mut self.record);
        self.out.write_all(&self.record)
    }

    fn finish(self) -> io::Result<Run<K>> {
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        let (records, fences, filter) = self.run;
        Ok(Run { file, records, fences, filter, block: Vec::new() })
    }
}

/// A Bloom filter whose bits of one key are all in one word (Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient
/// Bloom Filters", 2007): twelve bits a key, four of them set.
struct Filter(Vec<u64>);

impl Filter {
    fn new(keys: u64) -> Self {
        Filter(vec![0; (keys as usize * 12).div_ceil(64).max(1)])
    }

    fn place(&self, bits: u64) -> (usize, u64) {
        // The keys of a run are hashes, but maps have used their low bits and sorting their high ones: spread them anew.
        let spread = (bits ^ (bits >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let word = ((u128::from(spread) * self.0.len() as u128) >> 64) as usize;
        let mask = (0..4).fold(0, |mask, n| mask | 1 << (spread >> (6 * n) & 63));
        (word, mask)
    }

    fn add(&mut self, bits: u64) {
        let (word, mask) = self.place(bits);
        self.0[word] |= mask;
    }

    fn may_have(&self, bits: u64) -> bool {
        let (word, mask) = self.place(bits);
        self.0[word] & mask == mask
    }
}
