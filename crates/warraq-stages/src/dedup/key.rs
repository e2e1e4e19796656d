//! Keys of what has been seen: hashes of 64 or 128 bits, which need no further hashing.

use std::hash::{BuildHasherDefault, Hash, Hasher};

/// A hash by which something is looked up.
pub(super) trait Key: Copy + Ord + Hash + Send {
    /// Its bytes in a record.
    const WIDTH: usize;

    /// Appends it so that records sort as keys do.
    fn write(self, out: &mut Vec<u8>);

    /// Reads what [`Key::write`] wrote; `None` where there are too few bytes.
    fn read(bytes: &[u8]) -> Option<Self>;

    /// 64 of its bits.
    fn bits(self) -> u64;
}

macro_rules! key {
    ($int:ty, $bits:expr) => {
        impl Key for $int {
            const WIDTH: usize = size_of::<$int>();

            fn write(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn read(bytes: &[u8]) -> Option<Self> {
                Some(<$int>::from_be_bytes(*bytes.first_chunk()?))
            }

            fn bits(self) -> u64 {
                let bits: fn($int) -> u64 = $bits;
                bits(self)
            }
        }
    };
}

key!(u64, |key| key);
key!(u128, |key| key as u64);

/// Hands a key on as its own hash.
#[derive(Default)]
pub(super) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&b| self.0 = self.0.rotate_left(8) ^ u64::from(b));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key.bits();
    }
}

/// For maps from keys.
pub(super) type ByIdentity = BuildHasherDefault<Identity>;
