//! A frozen table from 32-bit keys to 32-bit values, with open addressing in one block of memory: a lookup is one or two
//! cache lines.

use super::Key;

/// Marks a free slot. No value of a table is this: places are small, and counts have two bits to spare.
const FREE: u32 = u32::MAX;

/// Keys and their values.
#[derive(Debug, Default)]
pub(crate) struct Table {
    slots: Vec<(Key, u32)>,
}

impl Table {
    /// A table of these entries.
    ///
    /// # Panics
    /// If a value is `u32::MAX`.
    pub(crate) fn new(entries: &[(Key, u32)]) -> Self {
        // At most three quarters are taken: a larger table has fewer collisions and more misses of the processor's caches.
        let mut slots = vec![(0, FREE); (entries.len() * 4 / 3 + 1).next_power_of_two().max(2)];
        let mask = slots.len() - 1;
        for &(key, value) in entries {
            assert_ne!(value, FREE, "a value that marks free slots");
            let mut at = place(key) & mask;
            while slots[at].1 != FREE && slots[at].0 != key {
                at = (at + 1) & mask;
            }
            slots[at] = (key, value);
        }
        Table { slots }
    }

    /// The value of a key.
    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        self.resolve(key, self.slots[place(key) & mask])
    }

    /// The values of several keys. The places of all keys are read before any of them is looked at, so that the processor waits
    /// for its memory once, and not once for each.
    #[inline]
    pub(crate) fn get_all<const N: usize>(&self, keys: &[Key; N]) -> [Option<u32>; N] {
        let mut values = [None; N];
        let Some(mask) = self.slots.len().checked_sub(1) else { return values };
        let mut slots = [(0, 0); N];
        for (slot, &key) in slots.iter_mut().zip(keys) {
            *slot = self.slots[place(key) & mask];
        }
        for ((value, &key), slot) in values.iter_mut().zip(keys).zip(slots) {
            *value = self.resolve(key, slot);
        }
        values
    }

    /// The value of a key, of which the first slot that it may be in is known.
    #[inline]
    fn resolve(&self, key: Key, (mut found, mut value): (Key, u32)) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = place(key);
        loop {
            if value == FREE {
                return None;
            }
            if found == key {
                return Some(value);
            }
            at = (at + 1) & mask;
            (found, value) = self.slots[at];
        }
    }
}

#[inline]
fn place(key: Key) -> usize {
    // Keys are hashes already; the multiplication makes up for those that differ in their high bits alone.
    (key.wrapping_mul(0x9e37_79b9) >> 7) as usize ^ key as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_table_is_a_map(map in prop::collection::btree_map(0..2000_u32, 0..u32::MAX, 0..300)) {
            let entries: Vec<(Key, u32)> = map.iter().map(|(&k, &v)| (k, v)).collect();
            let table = Table::new(&entries);
            for key in 0..2000 {
                prop_assert_eq!(table.get(key), map.get(&key).copied());
            }
            let keys: [Key; 50] = std::array::from_fn(|n| n as Key * 40);
            prop_assert_eq!(table.get_all(&keys), keys.map(|key| map.get(&key).copied()));
        }
    }

    #[test]
    fn an_empty_table_has_nothing() {
        assert_eq!((Table::default().get(1), Table::new(&[]).get(0)), (None, None));
        assert_eq!(Table::default().get_all(&[1, 2]), [None, None]);
    }
}
