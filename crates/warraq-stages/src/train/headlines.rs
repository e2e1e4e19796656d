//! The weights by which `clean.news` tells headlines of other articles from the lines of this one.

use crate::clean::cut;
use crate::clean::news::features::{FEATURES, Reader, Values};
use crate::clean::news::headline::Weights;
use crate::train::TrainError;

/// An article, line by line.
#[derive(Clone, Debug)]
pub struct Article {
    /// Its lines.
    pub lines: Vec<String>,
    /// For each line whether it is a headline of another article.
    pub related: Vec<bool>,
}

/// Learns weights, and returns them as the table that the stage reads.
///
/// Each article is gone through as it is, without its headlines, and with each of them alone, so that neither their usual
/// number nor their presence is learned. Logistic regression with a quadratic penalty of 4 on all weights but the start, by
/// Newton's method (iteratively reweighted least squares: Hastie, Tibshirani and Friedman, The Elements of Statistical
/// Learning, 4.4.1), ten steps. The same articles always give the same table.
pub fn train(articles: &[Article]) -> String {
    let mut examples = Examples::default();
    for article in articles {
        examples.add(article);
    }
    fit(&examples).write()
}

/// What a table of weights finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The headlines that are there.
    pub headlines: usize,
    /// The lines taken for headlines.
    pub found: usize,
    /// Those of them that are headlines.
    pub right: usize,
    /// The lines taken for headlines once the headlines are gone, when nothing should be.
    pub found_in_whole: usize,
    /// The lines there are then.
    pub lines_of_whole: usize,
}

/// Holds a table of weights against articles. `threshold` is that of the stage.
///
/// # Errors
/// When the table is not one that [`train`] has made.
pub fn measure(table: &str, articles: &[Article], threshold: f64) -> Result<Found, TrainError> {
    let message = "the table does not have the features of this version, or not a weight for each of their bins";
    let weights = Weights::parse(table).ok_or_else(|| TrainError(message.into()))?;
    let mut sum = Found::default();
    for article in articles {
        let (with, whole) = (Examples::of(article, &|_| true), Examples::of(article, &|n| !article.related[n]));
        let above = |examples: &Examples| -> Vec<bool> {
            let scores = examples.rows.iter().map(|(values, is_headline)| (weights.score(values), *is_headline));
            scores.filter(|(score, _)| *score > threshold).map(|(_, is_headline)| is_headline).collect()
        };
        sum.headlines += article.related.iter().filter(|&&related| related).count();
        sum.lines_of_whole += article.related.iter().filter(|&&related| !related).count();
        sum.found += above(&with).len();
        sum.right += above(&with).into_iter().filter(|&is_headline| is_headline).count();
        sum.found_in_whole += above(&whole).len();
    }
    Ok(sum)
}

#[derive(Default)]
struct Examples {
    /// What a line shows, and whether it is a headline.
    rows: Vec<(Values, bool)>,
}

impl Examples {
    /// The examples of the lines of an article that are kept.
    fn of(article: &Article, keep: &dyn Fn(usize) -> bool) -> Self {
        let mut examples = Examples::default();
        examples.read(article, keep);
        examples
    }

    fn add(&mut self, article: &Article) {
        let headlines: Vec<usize> = (0..article.lines.len()).filter(|&n| article.related[n]).collect();
        self.read(article, &|_| true);
        self.read(article, &|n| !article.related[n]);
        if headlines.len() > 1 {
            headlines.iter().for_each(|&one| self.read(article, &|n| !article.related[n] || n == one));
        }
    }

    fn read(&mut self, article: &Article, keep: &dyn Fn(usize) -> bool) {
        let kept: Vec<usize> =
            (0..article.lines.len()).filter(|&n| keep(n) && !article.lines[n].trim().is_empty()).collect();
        let text = kept.iter().map(|&n| article.lines[n].replace('\n', " ")).collect::<Vec<_>>().join("\n");
        let (mut reader, mut lines) = (Reader::new(), Vec::new());
        cut::lines(&text, &mut lines);
        for at in 0..reader.read(&text, &lines, |_| false).len() {
            let n = reader.candidate(at);
            let values = reader.values(&text, &lines, n);
            self.rows.push((values, article.related[kept[n]]));
        }
    }
}

/// The column of each feature's bin.
fn columns(values: &Values) -> Vec<usize> {
    let mut first = 1;
    let mut columns = vec![0];
    for (feature, &value) in FEATURES.iter().zip(values) {
        columns.push(first + feature.bin(value));
        first += feature.edges.len() + 1;
    }
    columns
}

const PENALTY: f64 = 4.0;
/// Keeps the start from running away where one answer is all there is.
const PENALTY_OF_START: f64 = 1e-3;
const STEPS: usize = 10;

fn fit(examples: &Examples) -> Weights {
    let width = 1 + FEATURES.iter().map(|feature| feature.edges.len() + 1).sum::<usize>();
    let rows: Vec<_> = examples.rows.iter().map(|(values, is_headline)| (columns(values), *is_headline)).collect();
    let mut weights = vec![0.0; width];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; width];
        let mut curvature = vec![vec![0.0; width]; width];
        for (n, weight) in weights.iter().enumerate() {
            let penalty = if n == 0 { PENALTY_OF_START } else { PENALTY };
            gradient[n] = -penalty * weight;
            curvature[n][n] = penalty;
        }
        for (columns, is_headline) in &rows {
            let odds: f64 = columns.iter().map(|&n| weights[n]).sum();
            let p = 1.0 / (1.0 + (-odds).exp());
            for &n in columns {
                gradient[n] += f64::from(u8::from(*is_headline)) - p;
                columns.iter().for_each(|&m| curvature[n][m] += p * (1.0 - p));
            }
        }
        for (weight, step) in weights.iter_mut().zip(solve(curvature, gradient)) {
            *weight += step;
        }
    }
    let mut rest = weights[1..].iter().copied();
    let bins = FEATURES.iter().map(|feature| rest.by_ref().take(feature.edges.len() + 1).collect()).collect();
    Weights { start: weights[0], bins }
}

/// Solves a positive definite system by Gaussian elimination, which needs no pivots there.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let width = right.len();
    for n in 0..width {
        let (above, below) = matrix.split_at_mut(n + 1);
        let pivot = &above[n];
        for (m, row) in below.iter_mut().enumerate() {
            let factor = row[n] / pivot[n];
            row.iter_mut().zip(pivot).skip(n).for_each(|(cell, above)| *cell -= factor * above);
            right[n + 1 + m] -= factor * right[n];
        }
    }
    for n in (0..width).rev() {
        let known: f64 = (n + 1..width).map(|m| matrix[n][m] * right[m]).sum();
        right[n] = (right[n] - known) / matrix[n][n];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved() {
        let solution = solve(vec![vec![4.0, 2.0], vec![2.0, 3.0]], vec![8.0, 8.0]);
        assert!(solution.iter().zip([1.0, 2.0]).all(|(found, expected)| (found - expected).abs() < 1e-12));
    }

    #[test]
    fn what_always_marks_a_headline_weighs_for_it() {
        let article = |n: usize| Article {
            lines: [
                format!("The council met on day {n} to talk about roads."),
                "\"Storms close eleven northern airports\"".into(),
                "It will meet again before winter comes.".into(),
                "the roads nobody wanted to pay for".into(),
                "Nobody voted against the plan for the roads.".into(),
            ]
            .into(),
            related: vec![false, true, false, false, false],
        };
        let table = train(&(0..20).map(article).collect::<Vec<_>>());
        let weights = Weights::parse(&table).expect("it is the table that the stage reads");
        let of = |name: &str, bin: usize| {
            weights.bins[FEATURES.iter().position(|feature| feature.name == name).expect("there is one")][bin]
        };
        assert!(of("quotes", 1) > 0.1 && of("quotes", 0) < -0.1 && of("known_words", 0) > 0.1, "{table}");
        assert_eq!(table, train(&(0..20).map(article).collect::<Vec<_>>()));
        let found = measure(&table, &(20..24).map(article).collect::<Vec<_>>(), 0.0).expect("it is a table");
        assert_eq!(found, Found { headlines: 4, found: 4, right: 4, found_in_whole: 0, lines_of_whole: 16 });
        assert!(measure("start\t0\n", &[], 0.0).is_err());
    }
}
