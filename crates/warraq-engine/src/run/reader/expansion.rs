//! Decompression bombs: how much may come out of a compressed input, by how much of it has gone in.
//!
//! No input is held whole, so a bomb costs no memory; but a megabyte of it can cost hours of work and a full disk. The ratio
//! is looked at all the way and over the whole input, so that what a bomb can cost is bounded by its size on disk.

use crate::config::DEFAULT_EXPANSION_LIMIT;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many bytes may come out of any input, in bytes: what is too little to hurt needs no judging, and the first block of a
/// small file may well be all white space.
const FREE: u64 = 16 << 20;

/// The most that may come out of a compressed input, and what to say when more does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expansion {
    /// Decompressed bytes per compressed byte.
    pub(crate) limit: u64,
    /// What to do about an input that is past it.
    pub(crate) advice: &'static str,
}

impl Expansion {
    /// Where there is no pipeline file to say another one.
    pub(crate) const DEFAULT: Self =
        Expansion { limit: DEFAULT_EXPANSION_LIMIT, advice: "if that is meant, decompress it first" };

    /// The bytes of an input as they are stored, counted.
    pub(super) fn stored(raw: Box<dyn Read + Send>) -> (Box<dyn Read + Send>, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        (Box::new(Stored { raw, count: Arc::clone(&count) }), count)
    }

    /// What a decompressor makes of them, until it is too much.
    pub(super) fn bounded(self, plain: Box<dyn Read + Send>, stored: Arc<AtomicU64>) -> Box<dyn Read + Send> {
        Box::new(Bounded { plain, out: 0, stored, expansion: self })
    }
}

struct Stored {
    raw: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.raw.read(buffer)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

struct Bounded {
    plain: Box<dyn Read + Send>,
    /// Bytes that have come out.
    out: u64,
    stored: Arc<AtomicU64>,
    expansion: Expansion,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.plain.read(buffer)?;
        self.out += n as u64;
        let (stored, Expansion { limit, advice }) = (self.stored.load(Ordering::Relaxed), self.expansion);
        if self.out > FREE && self.out > stored.saturating_mul(limit) {
            let message = format!(
                "{} bytes have come out of {stored} compressed ones, more than {limit} times as many: {advice}",
                self.out
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decompressor that makes so many bytes of every one.
    struct Times(Box<dyn Read + Send>, u64, u64);

    impl Read for Times {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.2 == 0 {
                let mut byte = [0];
                self.2 = self.0.read(&mut byte)? as u64 * self.1;
            }
            let n = (self.2).min(buffer.len() as u64) as usize;
            self.2 -= n as u64;
            Ok(n)
        }
    }

    fn read(stored: u64, times: u64, limit: u64) -> Result<u64, String> {
        let (raw, count) = Expansion::stored(Box::new(io::repeat(b'x').take(stored)));
        let expansion = Expansion { limit, advice: "do something" };
        let mut plain = expansion.bounded(Box::new(Times(raw, times, 0)), count);
        io::copy(&mut plain, &mut io::sink()).map_err(|e| e.to_string())
    }

    #[test]
    fn the_ratio_counts_once_enough_has_come_out() {
        let free = FREE;
        assert_eq!(read(1, free, 10), Ok(free), "so much is free");
        assert_eq!(read(2, free / 2, 1), Ok(free));
        assert!(read(1, free + 1, 10).unwrap_err().contains("more than 10 times as many: do something"));
        // Exactly the limit is within it, to the end.
        assert_eq!(read(3 << 18, 100, 100), Ok((3 << 18) * 100));
        assert!(read(3 << 18, 101, 100).is_err());
        assert_eq!(read(100, free, u64::MAX), Ok(100 * free), "a limit that nothing reaches");
    }
}
