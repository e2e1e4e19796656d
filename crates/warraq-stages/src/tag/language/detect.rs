//! Counting a text's letters and n-grams, and deciding what language they are.

use super::Loaded;
use super::model::{BATCH, BOUND, COLUMNS, Group, OTHER, STEPS};
use super::scripts::{Class, DOTTED_I, GAP, SCRIPTS, SILENT, Script};
use super::tags::Language;
use super::words;
use std::ops::Range;

/// How many bytes of a text are looked at, at most, and in how many pieces of it: from its first to its last byte, evenly.
pub(super) const SAMPLE: usize = 2048;
const PIECES: usize = 8;

/// One unit of a text's evidence, in units of natural logarithm: neighbouring n-grams say the same thing again, and a
/// text is no sample of the model's texts. Chosen so that of the answers with a score of about p, about p are right.
const TEMPERATURE: f32 = 4.0;

/// What part of a text's Chinese characters and kana must be kana for it to be Japanese.
const KANA: f32 = 0.1;

/// How many rows fit into sums of sixteen bits.
const FLUSH: usize = 256;

/// Which languages may be answered: a bit per [`Language`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed(pub(super) u128);

impl Allowed {
    fn has(self, language: Language) -> bool {
        self.0 >> language.0 & 1 == 1
    }
}

/// A language and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Guess {
    pub(super) language: Language,
    /// From 0 to 1: the part of the letters that is in the language's script, times how likely the language is among those
    /// of the script.
    pub(super) score: f32,
    /// How many letters of the script there are, in units of [`super::scripts::WHOLE`].
    pub(super) weight: u32,
    /// For Chinese, whether it is written in traditional characters.
    pub(super) traditional: bool,
}

/// Counts letters and n-grams; one per thread.
pub(super) struct Detector {
    loaded: &'static Loaded,
    allowed: Allowed,
    /// Letters per script.
    letters: [u32; SCRIPTS],
    /// Per group of the model.
    sums: Vec<Sums>,
}

/// Sums of a group's rows.
#[derive(Clone)]
struct Sums {
    /// N-grams whose rows are not added yet.
    windows: [u64; BATCH],
    pending: usize,
    /// Of the rows since the last time that `total` was brought up to date.
    recent: [i16; COLUMNS],
    /// How many rows there are in `recent`.
    rows: usize,
    total: [i32; COLUMNS],
}

impl Sums {
    const NONE: Sums = Sums { windows: [0; BATCH], pending: 0, recent: [0; COLUMNS], rows: 0, total: [0; COLUMNS] };

    /// Begins anew.
    fn clear(&mut self) {
        (self.pending, self.rows) = (0, 0);
        (self.recent, self.total) = ([0; COLUMNS], [0; COLUMNS]);
    }

    #[inline]
    fn add(&mut self, group: &Group, window: u64) {
        self.windows[self.pending] = window;
        self.pending += 1;
        if self.pending == BATCH {
            self.settle(group);
        }
    }

    /// Adds what is pending.
    fn settle(&mut self, group: &Group) {
        let recent = &mut self.recent;
        group.rows(&self.windows[..self.pending], |row| {
            recent.iter_mut().zip(row).for_each(|(sum, value)| *sum += i16::from(*value));
        });
        self.rows += self.pending;
        self.pending = 0;
        if self.rows + BATCH > FLUSH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.total.iter_mut().zip(&self.recent).for_each(|(sum, recent)| *sum += i32::from(*recent));
        (self.recent, self.rows) = ([0; COLUMNS], 0);
    }
}

impl Detector {
    pub(super) fn new(loaded: &'static Loaded, allowed: Allowed) -> Detector {
        let sums = vec![Sums::NONE; loaded.model.groups.len()];
        Detector { loaded, allowed, letters: [0; SCRIPTS], sums }
    }

    /// The language of a text, unless it has none that this knows. Long texts are sampled.
    pub(super) fn detect(&mut self, text: &str) -> Option<Guess> {
        self.letters = [0; SCRIPTS];
        self.sums.iter_mut().for_each(Sums::clear);
        for piece in pieces(text) {
            self.count(&text[piece]);
        }
        if self.letters[Script::Devanagari as usize] > 0 {
            pieces(text).for_each(|piece| self.count_words(&text[piece]));
        }
        let mut guess = self.decide()?;
        if guess.language == Language::CHINESE {
            let of = |piece| self.loaded.han.traditional(&text[piece]);
            guess.traditional = pieces(text).map(of).sum::<i64>() > 0;
        }
        Some(guess)
    }

    /// By how much likelier the letters of a text are in the best language of their script than without order, in units
    /// of natural logarithm. Scripts without a model count nothing. All of the text is looked at.
    pub(super) fn order(&mut self, text: &str) -> f32 {
        self.letters = [0; SCRIPTS];
        self.sums.iter_mut().for_each(Sums::clear);
        self.count(text);
        let groups = self.sums.iter_mut().zip(&self.loaded.model.groups).zip(&self.loaded.languages);
        let order = groups.map(|((sums, group), languages)| {
            sums.settle(group);
            sums.flush();
            let best = sums.total[..languages.len()].iter().max().copied().unwrap_or(0);
            (best - sums.total[languages.len()]) as f32 / STEPS
        });
        order.sum()
    }

    /// Counts a piece of text; words do not reach beyond it.
    fn count(&mut self, text: &str) {
        /// The group of a place between words.
        const NONE: u8 = u8::MAX;
        let loaded = self.loaded;
        let (mut open, mut window) = (NONE, 0u64);
        let mut chars = text.chars();
        loop {
            let c = chars.next();
            let mut class = c.map_or(Class::from(GAP) << 8, |c| loaded.classes.of(c));
            if (class >> 8) as u8 == SILENT {
                continue;
            }
            let ends_word = (class >> 8) as u8 == DOTTED_I;
            if ends_word {
                class = loaded.classes.of('i');
            }
            let (kind, symbol) = ((class >> 8) as u8, (class & 0xff) as u8);
            let mut group = NONE;
            if kind != GAP {
                self.letters[usize::from(kind)] += 1;
                group = loaded.groups[usize::from(kind)];
            }
            if group != open {
                if open != NONE {
                    self.event(open, window << 8 | BOUND);
                }
                (open, window) = (group, BOUND);
            }
            if group != NONE {
                window = window << 8 | u64::from(symbol);
                if symbol != OTHER {
                    self.event(group, window);
                }
                if ends_word {
                    self.event(group, window << 8 | BOUND);
                    open = NONE;
                }
            }
            if c.is_none() {
                return;
            }
        }
    }

    /// Counts the function words of Devanagari.
    fn count_words(&mut self, text: &str) {
        let group = usize::from(self.loaded.groups[Script::Devanagari as usize]);
        for language in self.loaded.words.of(text) {
            if let Some(column) = self.loaded.languages[group].iter().position(|l| *l == language) {
                self.sums[group].total[column] += (words::EVIDENCE * STEPS) as i32;
            }
        }
    }

    #[inline]
    fn event(&mut self, group: u8, window: u64) {
        let group = usize::from(group);
        self.sums[group].add(&self.loaded.model.groups[group], window);
    }

    /// Script first; then, if several languages share it, their sums.
    fn decide(&mut self) -> Option<Guess> {
        let weigh = |script: Script| self.letters[script as usize] * script.weight();
        // Japanese is written in three scripts, of which two are its own.
        let kana = weigh(Script::Hiragana) + weigh(Script::Katakana);
        let east = kana + weigh(Script::Han);
        let is_japanese = kana > 0 && kana as f32 >= KANA * east as f32;
        let of = |script: Script| match script {
            Script::Hiragana if is_japanese => east,
            Script::Han if !is_japanese => weigh(script),
            Script::Hiragana | Script::Katakana | Script::Han => 0,
            other => weigh(other),
        };
        let script = Script::ALL.iter().copied().max_by_key(|script| of(*script))?;
        let weight = of(script);
        if weight == 0 {
            return None;
        }
        let share = weight as f32 / Script::ALL.iter().map(|script| weigh(*script)).sum::<u32>() as f32;
        let guess = |language: Language, score| {
            let guess = Guess { language, score, weight, traditional: false };
            self.allowed.has(language).then_some(guess)
        };
        let group = usize::from(self.loaded.groups[script as usize]);
        let Some(languages) = self.loaded.languages.get(group) else {
            return guess(self.loaded.by_script[script as usize]?, share);
        };
        let sums = &mut self.sums[group];
        sums.settle(&self.loaded.model.groups[group]);
        sums.flush();
        // The column after those of the languages is that of no language.
        let is_candidate = |column: &usize| languages.get(*column).is_none_or(|l| self.allowed.has(*l));
        let candidates = || (0..=languages.len()).filter(is_candidate);
        let best = candidates().max_by_key(|column| sums.total[*column])?;
        let odds = |column: usize| ((sums.total[column] - sums.total[best]) as f32 / (STEPS * TEMPERATURE)).exp();
        guess(*languages.get(best)?, share / candidates().map(odds).sum::<f32>())
    }
}

/// What of a text is looked at: all of it, or evenly spaced pieces, cut where a word ends if one does.
fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_long = text.len() > SAMPLE;
    (0..if is_long { PIECES } else { 1 }).map(move |n| {
        if !is_long {
            return 0..text.len();
        }
        let size = SAMPLE / PIECES;
        let start = text.floor_char_boundary((text.len() - size) / (PIECES - 1) * n);
        let end = text.floor_char_boundary(start + size);
        let piece = &text[start..end];
        let first = if n == 0 { 0 } else { piece.find(char::is_whitespace).unwrap_or(0) };
        let last = piece.rfind(char::is_whitespace).filter(|last| *last > first).unwrap_or(piece.len());
        start + first..start + last
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_sampled_from_end_to_end() {
        for (text, count) in [("", 1), ("ab", 1), (&*"ab ".repeat(SAMPLE / 3), 1), (&*"سلام ".repeat(5_000), PIECES)]
        {
            let found: Vec<_> = pieces(text).collect();
            assert_eq!(found.len(), count);
            assert!(found.iter().all(|piece| text.is_char_boundary(piece.start) && text.is_char_boundary(piece.end)));
            assert!(found.is_sorted_by(|a, b| a.end <= b.start));
            assert_eq!(found[0].start, 0);
            let seen: usize = found.iter().map(|piece| piece.len()).sum();
            assert!(seen <= SAMPLE && (count == 1 || seen > SAMPLE * 9 / 10), "{seen}");
            assert!(text.len() - found[count - 1].end < SAMPLE / PIECES);
        }
        let unbroken = "x".repeat(100_000);
        assert_eq!(pieces(&unbroken).map(|piece| piece.len()).sum::<usize>(), SAMPLE);
    }
}
