//! What the features of single words add up to, remembered: a text's words are mostly the same few thousand, and of a word's
//! features more than half depend on no other word.

use super::Model;
use super::features::{Alone, OFFSETS, SIDES, Unit, at};

/// How much memory a worker takes for it, in bytes; with the 17 tags of Universal Dependencies, for 32,768 words.
const MEMORY: usize = 16 << 20;

/// The sums of words by label. It changes nothing but the speed.
#[derive(Debug)]
pub(crate) struct Sums {
    /// How many labels there are.
    width: usize,
    /// The words that there are sums of, each where its hash leads; one drives out another.
    units: Vec<Option<Unit>>,
    /// For each of them, for each place seen from another word, a sum for each label.
    sums: Vec<i32>,
    /// The scores of a sentence: for each word, one for each label.
    scores: Vec<i32>,
}

impl Sums {
    /// For one model, and no other.
    pub(crate) fn new(model: &Model) -> Self {
        let width = model.labels.len();
        let size = width * SIDES * size_of::<i32>() + size_of::<Option<Unit>>();
        // The power of two below.
        let count = 1 << (MEMORY / size).max(2).ilog2();
        Sums { width, units: vec![None; count], sums: vec![0; count * width * SIDES], scores: Vec::new() }
    }

    /// Begins a sentence: the scores of its words are what the features of single words add up to.
    pub(super) fn begin(&mut self, model: &Model, units: &[Unit]) {
        let (width, len) = (self.width, units.len() as isize);
        self.scores.clear();
        self.scores.resize(units.len() * width, 0);
        for n in -2..len + 2 {
            let place = self.place(model, at(units, n));
            for (side, offset) in OFFSETS.into_iter().enumerate().filter(|(_, offset)| (0..len).contains(&(n + offset)))
            {
                let row = &mut self.scores[(n + offset) as usize * width..][..width];
                let sums = &self.sums[(place * SIDES + side) * width..][..width];
                row.iter_mut().zip(sums).for_each(|(score, sum)| *score += sum);
            }
        }
    }

    /// The scores of word `n` of the sentence, a label each.
    pub(super) fn scores(&mut self, n: usize) -> &mut [i32] {
        &mut self.scores[n * self.width..][..self.width]
    }

    /// Where the sums of a word are, made if they are not there.
    fn place(&mut self, model: &Model, unit: &Unit) -> usize {
        let place = unit.hash() as usize & (self.units.len() - 1);
        if self.units[place].as_ref() != Some(unit) {
            self.units[place] = Some(*unit);
            let sums = &mut self.sums[place * SIDES * self.width..][..SIDES * self.width];
            sums.fill(0);
            let alone = Alone::of(unit);
            let mut sides = sums.chunks_exact_mut(self.width);
            let mut side = || sides.next().expect("there are as many as places");
            model.add(&alone.here, side());
            model.add(&alone.next, side());
            model.add(&alone.second_next, side());
            model.add(&alone.previous, side());
            model.add(&alone.second_previous, side());
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Hint, NO_LABEL, features};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_remembered_changes_nothing(sentences in prop::collection::vec(prop::collection::vec("[aبج]{1,2}", 1..6), 1..8)) {
            let sentences: Vec<Vec<Unit>> = (sentences.iter())
                .map(|words| words.iter().map(|word| Unit::new(word, (true, true), Hint::default())).collect())
                .collect();
            let mut keys = Vec::new();
            sentences.iter().for_each(|units| (0..units.len()).for_each(|n| features::each(units, n, [NO_LABEL; 2], &mut keys)));
            keys.sort_unstable();
            keys.dedup();
            // Every other feature has weights, each other ones.
            let rows: Vec<_> = (keys.iter().step_by(2))
                .map(|&key| (key, vec![(0, (key % 64) as f32), (1, (key % 50) as f32)]))
                .collect();
            let model = Model::new(vec!["A".into(), "B".into()], None, &[], &rows);
            let mut sums = Sums::new(&model);
            // So few places that words drive each other out.
            sums.units.truncate(2);
            for units in &sentences {
                sums.begin(&model, units);
                for n in 0..units.len() {
                    let scores = sums.scores(n);
                    model.add(&features::together(units, n, [NO_LABEL; 2]), scores);
                    let (mut expected, mut keys) = ([0, 0], Vec::new());
                    features::each(units, n, [NO_LABEL; 2], &mut keys);
                    keys.iter().for_each(|&key| model.add(&[key], &mut expected));
                    prop_assert_eq!(&*scores, &expected[..]);
                }
            }
        }
    }
}
