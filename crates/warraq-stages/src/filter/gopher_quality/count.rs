//! Counting what Gopher's quality rules are about, by the rules of each implementation.

use super::Compat;
use super::stop_words::{List, StopWords};
use crate::arabic::{TATWEEL, is_tashkeel};
use crate::filter::marks::{is_closing, is_datatrove_punctuation};
use crate::filter::python::{is_alpha, is_space, lines};
use crate::filter::words::Word;
use memchr::memchr_iter;

/// What there is in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    /// Words that count.
    pub(super) words: usize,
    /// Words that shares are of.
    pub(super) all_words: usize,
    /// Mean or median length of the words that count, in code points.
    pub(super) length: f64,
    /// `#`, or words with a symbol.
    pub(super) symbols: usize,
    /// Ellipses, where they are counted apart.
    pub(super) ellipses: Option<usize>,
    pub(super) lines: usize,
    /// Lines that begin with a bullet.
    pub(super) bullets: usize,
    /// Lines that end in an ellipsis.
    pub(super) ellipsis_ends: usize,
    /// Words with a letter.
    pub(super) alpha: usize,
}

/// Counts by the rules of one implementation, in buffers that are used again.
#[derive(Clone)]
pub(super) struct Counter {
    compat: Compat,
    lengths: Vec<u32>,
    /// Which stop words have been met.
    met: Vec<bool>,
    folded: String,
}

impl Counter {
    pub(super) fn new(compat: Compat) -> Self {
        Counter { compat, lengths: Vec::new(), met: Vec::new(), folded: String::new() }
    }

    pub(super) fn count(&mut self, text: &str, words: &[Word]) -> Counts {
        let words = words.iter().map(|word| word.of(text));
        let mut counts = match self.compat {
            Compat::None => own_words(text, words),
            Compat::Datatrove => datatrove_words(text, words),
            Compat::Dolma => self.dolma_words(words),
        };
        let mut line = |text: &str| {
            counts.lines += 1;
            counts.bullets += usize::from(self.begins_with_bullet(text));
            counts.ellipsis_ends += usize::from(self.ends_in_ellipsis(text));
        };
        match self.compat {
            Compat::None => text.lines().map(str::trim).filter(|text| !text.is_empty()).for_each(line),
            Compat::Datatrove => lines(text).for_each(|at| line(&text[at.start..at.end])),
            Compat::Dolma => text.split('\n').for_each(line),
        }
        counts
    }

    fn begins_with_bullet(&self, line: &str) -> bool {
        const OURS: [char; 15] = ['•', '-', '–', '—', '*', '·', '▪', '▫', '●', '○', '◦', '‣', '⁃', '►', '➤'];
        match self.compat {
            Compat::None => line.starts_with(OURS),
            Compat::Datatrove => line.trim_start_matches(is_space).starts_with(['•', '-']),
            Compat::Dolma => line.starts_with(['*', '-']),
        }
    }

    fn ends_in_ellipsis(&self, line: &str) -> bool {
        let is_ellipsis = |line: &str| line.ends_with('…') || line.ends_with("...");
        match self.compat {
            Compat::None => is_ellipsis(line.trim_end_matches(is_closing)),
            Compat::Datatrove => is_ellipsis(line.trim_end_matches(is_space)),
            Compat::Dolma => line.ends_with('…'),
        }
    }

    fn dolma_words<'a>(&mut self, words: impl Iterator<Item = &'a str>) -> Counts {
        let mut counts = Counts::default();
        self.lengths.clear();
        for word in words {
            counts.words += 1;
            counts.symbols += usize::from(word.contains(['#', '…']));
            counts.alpha += usize::from(word.chars().any(is_alpha));
            self.lengths.push(word.chars().count() as u32);
        }
        counts.all_words = counts.words;
        counts.length = median(&mut self.lengths);
        counts
    }

    /// How many different stop words there are, or for dolma, how many.
    pub(super) fn stop_words<'a>(
        &mut self,
        stop_words: &StopWords,
        list: &List,
        words: impl Iterator<Item = &'a str>,
    ) -> usize {
        self.met.clear();
        self.met.resize(list.len(), false);
        let (mut different, mut all) = (0, 0);
        for word in words {
            if let Some(at) = stop_words.find(list, word, &mut self.folded) {
                all += 1;
                different += usize::from(!std::mem::replace(&mut self.met[at], true));
            }
        }
        if self.compat == Compat::Dolma { all } else { different }
    }
}

/// The middle of the values, or the mean of the two in the middle; 0 of none.
fn median(values: &mut [u32]) -> f64 {
    values.sort_unstable();
    let middle = values.len() / 2;
    match (values.get(middle), middle.checked_sub(1)) {
        (Some(&high), Some(low)) if values.len().is_multiple_of(2) => (f64::from(values[low]) + f64::from(high)) / 2.0,
        (Some(&only), _) => f64::from(only),
        (None, _) => 0.0,
    }
}

fn hashes(text: &str) -> usize {
    memchr_iter(b'#', text.as_bytes()).count()
}

/// `...`, each dot in one of them, and `…`.
fn ellipses(text: &str) -> usize {
    memchr::memmem::find_iter(text.as_bytes(), "...").count() + memchr::memmem::find_iter(text.as_bytes(), "…").count()
}

fn own_words<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> Counts {
    let (mut counts, mut chars) = (Counts::default(), 0);
    for word in words.filter(|word| word.chars().any(char::is_alphanumeric)) {
        counts.words += 1;
        counts.alpha += usize::from(word.chars().any(is_alpha));
        chars += word.chars().filter(|&c| c != TATWEEL && !is_tashkeel(c)).count();
    }
    counts.all_words = counts.words;
    counts.length = super::ratio(chars, counts.words);
    counts.symbols = hashes(text);
    counts.ellipses = Some(ellipses(text));
    counts
}

fn datatrove_words<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> Counts {
    let (mut counts, mut chars) = (Counts::default(), 0);
    for word in words {
        counts.all_words += 1;
        counts.alpha += usize::from(word.chars().any(is_alpha));
        if !word.chars().all(is_datatrove_punctuation) {
            counts.words += 1;
            chars += word.chars().count();
        }
    }
    counts.length = super::ratio(chars, counts.words);
    counts.symbols = hashes(text);
    counts.ellipses = Some(ellipses(text));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_that_of_statistics() {
        for (mut values, expected) in
            [(vec![], 0.0), (vec![3], 3.0), (vec![5, 2], 3.5), (vec![9, 1, 4], 4.0), (vec![1, 8, 2, 2], 2.0)]
        {
            assert_eq!(median(&mut values), expected, "{values:?}");
        }
    }

    #[test]
    fn dots_are_counted_once() {
        for (text, count) in [("...", 1), ("....", 1), ("......", 2), ("..…", 1), ("a…...", 2)] {
            assert_eq!(ellipses(text), count, "{text}");
        }
    }
}
