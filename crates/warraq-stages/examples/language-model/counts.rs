//! What lingua's models know about a language, turned back into counts.
//!
//! A model holds, for every run of one to five letters, how often it follows its first letters: count(abc) / count(ab).
//! Multiplied along the run these are the counts of the corpus. Words are runs of letters, so what is missing from a sum
//! tells where words begin and end: count(abc) − Σ count(abcx) is how often `abc` ends a word. So words of up to three
//! letters can be counted whole.

use serde::Deserialize;
use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;

/// The bound of a word, in front of it and behind it.
pub(crate) const BOUND: u64 = 1;
/// The first symbol that stands for a letter.
pub(crate) const FIRST_LETTER: u64 = 2;
/// The longest n-gram.
pub(crate) const ORDER: usize = 5;

const FILES: [&str; ORDER] = ["unigrams", "bigrams", "trigrams", "quadrigrams", "fivegrams"];

#[derive(Deserialize)]
struct Json {
    /// Relative frequency, as in `3/8`, to the n-grams that have it.
    ngrams: HashMap<String, String>,
}

/// A language's runs of letters, with their relative frequencies.
pub(crate) struct Source {
    grams: [Vec<(Vec<char>, f64)>; ORDER],
    /// The letters that the corpus had.
    letters: f64,
}

impl Source {
    /// Reads the five files of a language.
    pub(crate) fn read(folder: &Path) -> Result<Source, Box<dyn Error>> {
        let mut grams: [Vec<(Vec<char>, f64)>; ORDER] = Default::default();
        let mut letters = 0f64;
        for (order, name) in FILES.iter().enumerate() {
            let path = folder.join(format!("{name}.json.br"));
            let packed = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let mut text = Vec::new();
            brotli_decompressor::BrotliDecompress(&mut &packed[..], &mut text)?;
            let json: Json = serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", path.display()))?;
            for (fraction, list) in json.ngrams {
                let (a, b) = fraction.split_once('/').ok_or_else(|| format!("{}: {fraction:?}", path.display()))?;
                let (a, b): (f64, f64) = (a.parse()?, b.parse()?);
                if order == 0 {
                    letters = letters.max(b);
                }
                grams[order].extend(list.split(' ').map(|gram| (gram.chars().collect(), a / b)));
            }
            grams[order].sort_by(|x, y| x.0.cmp(&y.0));
        }
        Ok(Source { grams, letters })
    }

    /// The letters and their shares of the text.
    pub(crate) fn alphabet(&self) -> impl Iterator<Item = (char, f64)> {
        self.grams[0].iter().map(|(gram, share)| (gram[0], *share))
    }
}

/// The n-grams of a language over the symbols of its group, word bounds included.
pub(crate) struct Counts {
    /// How often each occurs. The bound alone stands for the words.
    pub(crate) grams: HashMap<u64, f64>,
    /// How many different symbols follow each.
    pub(crate) followers: HashMap<u64, f64>,
    /// Letters and words together.
    pub(crate) total: f64,
    /// How many symbols there are.
    symbols: f64,
}

impl Counts {
    /// Counts from relative frequencies. Runs with a letter that has no symbol are left out.
    pub(crate) fn new(source: &Source, symbols: &HashMap<char, u64>) -> Counts {
        let key = |gram: &[char]| gram.iter().try_fold(0u64, |key, c| Some(key << 8 | symbols.get(c)?));
        let mut grams: HashMap<u64, f64> = HashMap::new();
        // What follows a run, and what comes before it, in sum.
        let (mut after, mut before): (HashMap<u64, f64>, HashMap<u64, f64>) = Default::default();
        for (order, list) in source.grams.iter().enumerate() {
            for (gram, share) in list {
                let Some(k) = key(gram) else { continue };
                let parent = if order == 0 { source.letters } else { *grams.get(&(k >> 8)).unwrap_or(&0.0) };
                let count = (parent * share).round();
                grams.insert(k, count);
                if order > 0 {
                    *after.entry(k >> 8).or_default() += count;
                    *before.entry(k & ((1 << (8 * order)) - 1)).or_default() += count;
                }
            }
        }
        let runs: Vec<(u64, f64)> = grams.iter().filter(|(k, _)| length(**k) < ORDER).map(|(k, n)| (*k, *n)).collect();
        let (mut words, mut letters) = (0.0, 0.0);
        let mut begins: HashMap<u64, f64> = HashMap::new();
        for &(k, count) in &runs {
            if length(k) == 1 {
                letters += count;
            }
            let (end, begin) = (count - after.get(&k).unwrap_or(&0.0), count - before.get(&k).unwrap_or(&0.0));
            if end > 0.5 {
                grams.insert(k << 8 | BOUND, end);
            }
            if begin > 0.5 {
                let at = BOUND << (8 * length(k)) | k;
                grams.insert(at, begin);
                begins.insert(at, begin);
                if length(k) == 1 {
                    words += begin;
                }
            }
        }
        // A whole word: it begins here, and no letter of those that may follow a beginning follows.
        let mut longer: HashMap<u64, f64> = HashMap::new();
        for (k, count) in &begins {
            *longer.entry(k >> 8).or_default() += count;
        }
        for (k, count) in begins {
            let whole = count - longer.get(&k).unwrap_or(&0.0);
            if length(k) < ORDER && whole > 0.5 {
                grams.insert(k << 8 | BOUND, whole);
            }
        }
        grams.insert(BOUND, words);
        let mut followers: HashMap<u64, f64> = HashMap::new();
        for k in grams.keys() {
            *followers.entry(k >> 8).or_default() += 1.0;
        }
        Counts { grams, followers, total: letters + words, symbols: symbols.len() as f64 + 1.0 }
    }

    /// The part of the text's positions at which `key` stands.
    pub(crate) fn share(&self, key: u64) -> f64 {
        if key == 0 { 1.0 } else { self.grams.get(&key).unwrap_or(&0.0) / self.total }
    }

    /// How likely the last symbol of `key` is after the others: absolute discounting, interpolated with shorter n-grams
    /// (Ney, Essen and Kneser 1994).
    pub(crate) fn probability(&self, key: u64) -> f64 {
        const DISCOUNT: f64 = 0.75;
        if key == 0 {
            return 1.0 / self.symbols;
        }
        let history = key >> 8;
        let shorter = || self.probability(suffix(key));
        let all = if history == 0 { self.total } else { *self.grams.get(&history).unwrap_or(&0.0) };
        if all < 0.5 {
            return shorter();
        }
        let kinds = self.followers.get(&history).unwrap_or(&0.0);
        let count = self.grams.get(&key).unwrap_or(&0.0);
        (((count - DISCOUNT).max(0.0) + DISCOUNT * kinds * shorter()) / all).min(1.0)
    }
}

/// The symbols of an n-gram.
pub(crate) fn length(key: u64) -> usize {
    (u64::BITS - key.leading_zeros()).div_ceil(8) as usize
}

/// The n-gram without its first symbol.
pub(crate) fn suffix(key: u64) -> u64 {
    key & ((1u64 << (8 * (length(key).max(1) - 1))) - 1)
}
