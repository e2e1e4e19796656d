//! Precision, recall and F1.

use std::fmt;

/// How many items were found, were to be found, and were found rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Items found that are right.
    pub right: usize,
    /// Items found.
    pub found: usize,
    /// Items that were to be found.
    pub gold: usize,
}

impl Score {
    /// The share of what was found that is right, from 0 to 1; 0 if nothing was found.
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    /// The share of what was to be found that was, from 0 to 1; 0 if there was nothing.
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.gold.max(1) as f64
    }

    /// The harmonic mean of precision and recall. Where every item gets one answer, this is accuracy.
    pub fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.found + self.gold).max(1) as f64
    }

    pub(crate) fn add(&mut self, right: usize, found: usize, gold: usize) {
        self.right += right;
        self.found += found;
        self.gold += gold;
    }
}

impl fmt::Display for Score {
    /// In per cent, with the counts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p, r, f1] = [self.precision(), self.recall(), self.f1()].map(|share| 100.0 * share);
        write!(f, "P {p:6.2}  R {r:6.2}  F1 {f1:6.2}  ({} right, {} found, {} gold)", self.right, self.found, self.gold)
    }
}

/// The length of the longest common subsequence: how many words of a token count as found, as in the evaluation of the CoNLL
/// 2018 shared task.
pub(crate) fn common<A: PartialEq<B>, B>(found: &[A], gold: &[B]) -> usize {
    let mut row = vec![0; gold.len() + 1];
    for a in found {
        let mut diagonal = 0;
        for (j, b) in gold.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if a == b { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[gold.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_counted_in_order() {
        for (found, gold, expected) in [
            (&["و", "كتاب", "ه"][..], &["و", "كتاب", "ه"][..], 3),
            (&["و", "كتابه"], &["و", "كتاب", "ه"], 1),
            (&["ه", "و"], &["و", "ه"], 1),
            (&[], &["و"], 0),
        ] {
            assert_eq!(common(found, gold), expected);
        }
    }

    #[test]
    fn scores_are_shares() {
        let score = Score { right: 3, found: 4, gold: 6 };
        assert_eq!((score.precision(), score.recall(), score.f1()), (0.75, 0.5, 0.6));
        assert_eq!(Score::default().f1(), 0.0);
        assert_eq!(score.to_string(), "P  75.00  R  50.00  F1  60.00  (3 right, 4 found, 6 gold)");
    }
}
