//! Which n-grams the model keeps, and what each says about every language of its group.

use crate::counts::{Counts, length, suffix};
use std::collections::{HashMap, HashSet};

/// How much of every probability comes from the languages' common background: what one n-gram can say is bounded, so that
/// a name or a foreign word does not decide.
const BACKGROUND: f64 = 0.02;
/// N-grams below this share of the text in every language are not looked at.
const LEAST_SHARE: f64 = 2e-6;
/// Steps of the stored values in one unit of natural logarithm.
pub(crate) const STEPS: f64 = 8.0;

/// An n-gram's row: for each language, and last for no language, ln(probability / background) in steps.
pub(crate) type Row = Vec<i8>;

/// What an n-gram says, before rounding.
fn evidence(counts: &[Counts], key: u64) -> Vec<f64> {
    let history = key >> 8;
    let weights: Vec<f64> = counts.iter().map(|c| c.share(history) + 1e-12).collect();
    let all: f64 = weights.iter().sum();
    let each: Vec<f64> = counts.iter().map(|c| c.probability(key)).collect();
    let background: f64 = each.iter().zip(&weights).map(|(p, w)| p * w / all).sum();
    // No language at all: the group's letters, half as frequent as they are and half of one frequency.
    let last = key & 0xff;
    let plain: f64 = counts.iter().map(|c| c.probability(last)).sum::<f64>() / counts.len() as f64;
    let noise = 0.5 * plain + 0.5 * counts[0].probability(0);
    each.iter()
        .chain([&noise])
        .map(|p| ((1.0 - BACKGROUND) * p / background + BACKGROUND).ln().clamp(-5.0, 5.0))
        .collect()
}

/// The rows of a group, at least `budget` of them if there are so many: those that tell the most, and their suffixes.
pub(crate) fn choose(counts: &[Counts], budget: usize) -> Vec<(u64, Row)> {
    let mut candidates: HashSet<u64> = HashSet::new();
    for c in counts {
        candidates.extend(c.grams.iter().filter(|(_, n)| **n / c.total >= LEAST_SHARE).map(|(key, _)| *key));
    }
    let mut known: HashMap<u64, Vec<f64>> = HashMap::new();
    let mut by_length: Vec<u64> = candidates.into_iter().collect();
    by_length.sort_unstable();
    let mut gains: Vec<(f64, u64)> = Vec::new();
    for &key in &by_length {
        if !known.contains_key(&suffix(key)) && length(key) > 1 {
            let row = evidence(counts, suffix(key));
            known.insert(suffix(key), row);
        }
        let row = evidence(counts, key);
        let gain = match known.get(&suffix(key)) {
            Some(shorter) => gain(counts, key, &row, shorter),
            None => f64::INFINITY,
        };
        gains.push((gain, key));
        known.insert(key, row);
    }
    gains.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut kept: HashSet<u64> = HashSet::new();
    for (_, key) in gains {
        if kept.len() >= budget {
            break;
        }
        let mut key = key;
        while key != 0 && kept.insert(key) {
            key = suffix(key);
        }
    }
    let mut rows: Vec<(u64, Row)> = kept
        .into_iter()
        .map(|key| {
            let row = known.remove(&key).unwrap_or_else(|| evidence(counts, key));
            (key, row.iter().map(|v| (v * STEPS).round() as i8).collect())
        })
        .collect();
    rows.sort_unstable_by_key(|(key, _)| *key);
    rows
}

/// How much an n-gram tells beyond its suffix: the change between a language that has it and those that its suffix leaves
/// in question, times how often it occurs.
fn gain(counts: &[Counts], key: u64, row: &[f64], shorter: &[f64]) -> f64 {
    let n = counts.len();
    let doubt: Vec<f64> = counts.iter().map(|c| c.share(suffix(key))).collect();
    let all: f64 = doubt.iter().sum::<f64>() + 1e-12;
    let change = |l: usize| row[l] - shorter[l];
    let mut gain = 0.0;
    for (l, c) in counts.iter().enumerate() {
        let share = c.share(key);
        if share > 0.0 {
            let others: f64 =
                (0..n).map(|o| (0.5 * doubt[o] / all + 0.5 / n as f64) * (change(l) - change(o)).abs()).sum();
            gain += share * others;
        }
    }
    gain
}
