//! Weights of features where there is one label: a table small enough for a processor's second cache.

use super::bytes::{STEPS, broken, steps};
use super::{Key, ModelError, Reader, Writer};

/// Keys and their weights. A slot has half of a key and a weight in steps; the other half of the key is where it is looked
/// for, so that a feature is taken for another about once in fifty thousand lookups.
#[derive(Debug, Default)]
pub(crate) struct Weights {
    slots: Vec<(u16, i16)>,
    /// The entries by key, for the file.
    entries: Vec<(Key, f32)>,
}

impl Weights {
    /// A table of these weights, in the order of their keys. A weight of no step is not kept.
    pub(crate) fn new(entries: &[(Key, f32)]) -> Self {
        let mut slots = vec![(0, 0); (entries.len() * 4 / 3 + 1).next_power_of_two().max(2)];
        let mask = slots.len() - 1;
        for &(key, weight) in entries {
            let steps = steps(weight);
            let mut at = key as usize & mask;
            while slots[at].1 != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = ((key >> 16) as u16, steps);
        }
        Weights { slots, entries: entries.to_vec() }
    }

    /// The weight of a feature; 0 for those it does not have.
    #[inline]
    pub(crate) fn get(&self, key: Key) -> f32 {
        let Some(mask) = self.slots.len().checked_sub(1) else { return 0.0 };
        in_units(self.resolve(key, self.slots[key as usize & mask]))
    }

    /// What the weights of features add up to. The places of sixteen features are read before any of them is looked at, so that
    /// the processor waits for its memory once, and not once for each.
    pub(crate) fn sum(&self, keys: &[Key]) -> f32 {
        let Some(mask) = self.slots.len().checked_sub(1) else { return 0.0 };
        let mut sum = 0;
        for keys in keys.chunks(BATCH) {
            let mut slots = [(0, 0); BATCH];
            for (slot, &key) in slots.iter_mut().zip(keys) {
                *slot = self.slots[key as usize & mask];
            }
            sum += keys.iter().zip(slots).map(|(&key, slot)| self.resolve(key, slot)).sum::<i32>();
        }
        in_units(sum)
    }

    /// The weight of a feature in steps, of which the first slot that it may be in is known.
    #[inline]
    fn resolve(&self, key: Key, (mut half, mut steps): (u16, i16)) -> i32 {
        let mask = self.slots.len() - 1;
        let mut at = key as usize;
        while steps != 0 {
            if half == (key >> 16) as u16 {
                return steps.into();
            }
            at = (at + 1) & mask;
            (half, steps) = self.slots[at];
        }
        0
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let mut last = 0;
        writer.list(&self.entries, |writer, &(key, weight)| {
            writer.number(u64::from(key - last));
            writer.weight(weight);
            last = key;
        });
    }

    /// Reads what [`Weights::write`] wrote.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, ModelError> {
        let mut last: Key = 0;
        let entries = reader.list(|reader| {
            let step = Key::try_from(reader.number()?).map_err(|_| broken())?;
            last = last.checked_add(step).ok_or_else(broken)?;
            Ok((last, reader.weight()?))
        })?;
        Ok(Self::new(&entries))
    }
}

/// How many features are looked up together.
const BATCH: usize = 16;

/// Steps as a weight. Sums of steps are exact, and so are these: they are far below 2^24.
fn in_units(steps: i32) -> f32 {
    steps as f32 / STEPS as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes::round;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn weights_are_found_again(map in prop::collection::btree_map(0..2000_u32, (1..500_i16, any::<bool>()), 0..300)) {
            let weight = |&(steps, minus): &(i16, bool)| round(f32::from(steps) / 64.0) * if minus { -1.0 } else { 1.0 };
            let entries: Vec<(Key, f32)> = map.iter().map(|(&key, steps)| (key << 16 | key, weight(steps))).collect();
            let weights = Weights::new(&entries);
            let mut writer = Writer::default();
            weights.write(&mut writer);
            let again = Weights::read(&mut Reader(&writer.0)).unwrap();
            for key in 0..2000 {
                prop_assert_eq!(weights.get(key << 16 | key), map.get(&key).map_or(0.0, weight));
                prop_assert_eq!(again.get(key << 16 | key), weights.get(key << 16 | key));
            }
            prop_assert_eq!(again.len(), map.len());
            let keys: Vec<Key> = (0..2000).map(|key| key << 16 | key).collect();
            for keys in keys.chunks(37) {
                prop_assert_eq!(weights.sum(keys), keys.iter().map(|&key| weights.get(key)).sum::<f32>());
            }
        }
    }

    #[test]
    fn an_empty_table_has_nothing() {
        assert_eq!((Weights::default().get(1), Weights::new(&[]).get(0)), (0.0, 0.0));
        assert_eq!(Weights::default().sum(&[1, 2]), 0.0);
    }
}
