//! Headlines of other articles set between the paragraphs of this one: a linear score over [`FEATURES`].
//!
//! The weights are in `headline.tsv`, made by logistic regression from articles into which headlines of others had been set:
//! [`crate::train::headlines`], and `examples/headline-weights` to do it again. The score is the logarithm of the odds.

use super::features::{FEATURES, Reader, Values};
use std::ops::Range;

/// The weights that come with the stage: a line per feature, with a weight for each of its bins.
const WEIGHTS: &str = include_str!("headline.tsv");

/// A weight for every bin of every feature, and a start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weights {
    /// What a line has before anything is known of it.
    pub(crate) start: f64,
    /// By feature and bin.
    pub(crate) bins: Vec<Vec<f64>>,
}

impl Weights {
    /// The weights that come with the stage.
    pub(crate) fn built_in() -> Self {
        // A test reads them; without them no line would be taken for a headline.
        Weights::parse(WEIGHTS).unwrap_or(Weights { start: f64::NEG_INFINITY, bins: Vec::new() })
    }

    /// Reads what [`Weights::write`] has written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rows = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'));
        let numbers = |name: &str, mut row: std::str::Split<'_, char>| {
            (row.next()? == name).then(|| row.map(str::parse).collect::<Result<Vec<f64>, _>>().ok())?
        };
        let start = *numbers("start", rows.next()?)?.first()?;
        let bins = FEATURES
            .iter()
            .map(|feature| numbers(feature.name, rows.next()?).filter(|bins| bins.len() == feature.edges.len() + 1))
            .collect::<Option<_>>()?;
        rows.next().is_none().then_some(Weights { start, bins })
    }

    /// The table: a line per feature, with a weight for each of its bins.
    pub(crate) fn write(&self) -> String {
        let mut table = format!("start\t{:.2}\n", self.start);
        for (feature, bins) in FEATURES.iter().zip(&self.bins) {
            table += feature.name;
            bins.iter().for_each(|weight| table += &format!("\t{weight:.2}"));
            table.push('\n');
        }
        table
    }

    /// The logarithm of the odds that a line of these values is a headline.
    pub(crate) fn score(&self, values: &Values) -> f64 {
        let weights = FEATURES.iter().zip(values).zip(&self.bins);
        self.start + weights.map(|((feature, &value), bins)| bins[feature.bin(value)]).sum::<f64>()
    }
}

/// Finds the lines that score above a threshold.
pub(crate) struct Headlines {
    reader: Reader,
    weights: Weights,
}

impl Headlines {
    pub(crate) fn new() -> Self {
        Headlines { reader: Reader::new(), weights: Weights::built_in() }
    }

    /// Calls `found` with each line that scores above `threshold`, and its score. `is_known` are lines that are known to be
    /// something else.
    pub(crate) fn find(
        &mut self,
        text: &str,
        lines: &[Range<usize>],
        is_known: impl Fn(usize) -> bool,
        threshold: f64,
        mut found: impl FnMut(usize, f64),
    ) {
        let candidates = self.reader.read(text, lines, is_known).len();
        for at in 0..candidates {
            let n = self.reader.candidate(at);
            let score = self.weights.score(&self.reader.values(text, lines, n));
            if score > threshold {
                found(n, score);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_has_a_weight_for_every_bin() {
        let weights = Weights::parse(WEIGHTS).expect("headline.tsv fits FEATURES");
        assert_eq!(Weights::parse(&weights.write()), Some(weights));
        assert_eq!(Weights::parse("start\t0\nend\t1\n"), None);
    }
}
