//! Sorts more records than fit in memory: records of one width, in the order of their bytes, in sorted runs on disk that
//! are merged as they are read.

use super::Temp;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, BufReader, BufWriter, Read, SeekFrom, Write};
use warraq_core::Scratch;

/// How much of a run is read at once, in bytes.
const BLOCK: usize = 64 << 10;

/// Takes records in any order.
pub(super) struct Sorter {
    width: usize,
    /// Bytes of records in memory, at most.
    limit: usize,
    temp: Temp,
    buffer: Vec<u8>,
    runs: Vec<Box<dyn Scratch>>,
}

impl Sorter {
    pub(super) fn new(width: usize, limit: usize, temp: Temp) -> Self {
        Sorter { width, limit: limit.max(width), temp, buffer: Vec::new(), runs: Vec::new() }
    }

    /// Takes a record. Each stands for the four bytes more that sorting needs.
    pub(super) fn push(&mut self, record: &[u8]) -> io::Result<()> {
        if self.buffer.len() / self.width * (self.width + 4) + self.width > self.limit {
            self.spill()?;
        }
        self.buffer.extend_from_slice(record);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut file = self.temp.file()?;
        let mut out = BufWriter::with_capacity(BLOCK, &mut file);
        for &n in &order(&self.buffer, self.width) {
            out.write_all(record(&self.buffer, self.width, n))?;
        }
        out.flush()?;
        drop(out);
        self.buffer.clear();
        self.runs.push(file);
        Ok(())
    }

    /// All records, to be read in order.
    pub(super) fn finish(self) -> Sorted {
        let order = order(&self.buffer, self.width);
        Sorted { width: self.width, buffer: self.buffer, order, runs: self.runs }
    }
}

fn record(buffer: &[u8], width: usize, n: u32) -> &[u8] {
    &buffer[n as usize * width..][..width]
}

fn order(buffer: &[u8], width: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..(buffer.len() / width) as u32).collect();
    order.sort_unstable_by(|&a, &b| record(buffer, width, a).cmp(record(buffer, width, b)));
    order
}

/// Sorted records.
pub(super) struct Sorted {
    width: usize,
    /// Those in memory, and their order.
    buffer: Vec<u8>,
    order: Vec<u32>,
    runs: Vec<Box<dyn Scratch>>,
}

impl Sorted {
    /// Shows all records in order. May be called again.
    pub(super) fn each(&mut self, mut show: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let width = self.width;
        let mut runs = Vec::new();
        for file in &mut self.runs {
            file.seek(SeekFrom::Start(0))?;
            runs.push(BufReader::with_capacity(BLOCK, file));
        }
        let mut heap = BinaryHeap::new();
        for (n, run) in runs.iter_mut().enumerate() {
            let mut record = vec![0; width];
            if next(run, &mut record)? {
                heap.push(Reverse((record, n)));
            }
        }
        let mut memory = self.order.iter().map(|&n| record(&self.buffer, width, n)).peekable();
        while let Some(mut first) = heap.peek_mut() {
            let Reverse((record, n)) = &mut *first;
            while let Some(earlier) = memory.next_if(|other| *other < record.as_slice()) {
                show(earlier)?;
            }
            show(record)?;
            if !next(&mut runs[*n], record)? {
                std::collections::binary_heap::PeekMut::pop(first);
            }
        }
        memory.try_for_each(show)
    }
}

/// Reads the next record; false at the end.
fn next(run: &mut impl Read, record: &mut [u8]) -> io::Result<bool> {
    match run.read_exact(record) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}
