//! The averaged perceptron: weights go up for what should have been chosen and down for what was; what is kept is their mean
//! over all steps, which generalises better than the last ones (Freund and Schapire 1999; Collins 2002).

use super::{Key, bytes::round};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Keys are hashes already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = self.0 << 8 | u64::from(byte));
    }

    fn write_u32(&mut self, key: u32) {
        // The map takes its tag from the high bits.
        self.0 = u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    label: u16,
    weight: f32,
    /// The sum of the weight over all steps until `since`.
    sum: f64,
    since: u32,
}

/// Weights in training: a row for each feature, with a cell for each label that it has been updated for.
#[derive(Debug, Default)]
pub(crate) struct Averager {
    rows: HashMap<Key, Vec<Cell>, BuildHasherDefault<AsItIs>>,
    step: u32,
}

impl Averager {
    /// Adds the weights of a feature to the scores of the labels.
    pub(crate) fn add_to(&self, key: Key, scores: &mut [f32]) {
        for cell in self.rows.get(&key).into_iter().flatten() {
            scores[usize::from(cell.label)] += cell.weight;
        }
    }

    /// The weight of a feature where there is one label, 0.
    pub(crate) fn weight(&self, key: Key) -> f32 {
        self.rows.get(&key).map_or(0.0, |row| row[0].weight)
    }

    /// Changes a weight.
    pub(crate) fn update(&mut self, key: Key, label: u16, by: f32) {
        let row = self.rows.entry(key).or_default();
        let at = row.iter().position(|cell| cell.label == label).unwrap_or_else(|| {
            row.push(Cell { label, weight: 0.0, sum: 0.0, since: self.step });
            row.len() - 1
        });
        let cell = &mut row[at];
        cell.sum += f64::from(cell.weight) * f64::from(self.step - cell.since);
        cell.since = self.step;
        cell.weight += by;
    }

    /// One example is done with.
    pub(crate) fn step(&mut self) {
        self.step += 1;
    }

    /// The means, by key and label, as a model file holds them. Those that are 0 there are left out.
    pub(crate) fn means(&self) -> Vec<(Key, Vec<(u16, f32)>)> {
        let steps = f64::from(self.step.max(1));
        let mean = |cell: &Cell| {
            let sum = cell.sum + f64::from(cell.weight) * f64::from(self.step - cell.since);
            (cell.label, round((sum / steps) as f32))
        };
        let mut rows: Vec<(Key, Vec<(u16, f32)>)> = (self.rows.iter())
            .map(|(&key, row)| (key, row.iter().map(mean).filter(|(_, mean)| *mean != 0.0).collect::<Vec<_>>()))
            .filter(|(_, row)| !row.is_empty())
            .collect();
        rows.iter_mut().for_each(|(_, row)| row.sort_unstable_by_key(|cell| cell.0));
        rows.sort_unstable_by_key(|row| row.0);
        rows
    }
}

/// Puts `items` into an order that depends on `seed` and their number alone: Fisher and Yates's shuffle with the xorshift
/// generator of Marsaglia (2003).
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for i in (1..items.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        items.swap(i, (state % (i as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_a_weight_is_over_all_steps() {
        let mut weights = Averager::default();
        weights.update(7, 1, 4.0); // 4 for two steps
        weights.step();
        weights.step();
        weights.update(7, 1, -4.0); // 0 for two more
        weights.update(9, 0, 1.0); // 1 for two
        weights.step();
        weights.step();
        assert_eq!(weights.means(), [(7, vec![(1, 2.0)]), (9, vec![(0, 0.5)])]);
        let mut scores = [0.0; 2];
        weights.add_to(9, &mut scores);
        assert_eq!((scores, weights.weight(9), weights.weight(8)), ([1.0, 0.0], 1.0, 0.0));
    }

    #[test]
    fn a_shuffle_loses_nothing_and_depends_on_its_seed() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..100).collect();
            shuffle(&mut items, seed);
            items
        };
        let mut sorted = shuffled(1);
        assert_eq!(sorted, shuffled(1));
        assert_ne!(sorted, shuffled(2));
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<u32>>());
    }
}
