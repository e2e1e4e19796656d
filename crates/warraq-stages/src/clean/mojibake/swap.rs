//! One charset of single bytes read as another: `ÇáÓáÇã`, `Ïðèâåò`, `рТЙЧЕФ`, `ةcole`.
//!
//! Nothing in the bytes tells these apart; what does is which of the two readings is a language ([`Plausibility`]).

use super::charset::{ARABIC, CYRILLIC, Charsets, KOI8, WESTERN};
use crate::tag::language::Plausibility;
use std::ops::Range;

/// How much likelier the other reading of a line must be, in units of natural logarithm: e¹² is one in 160,000.
const GAIN: f32 = 12.0;
/// And by how much for each letter, so that it is not chance in a long text.
const PER_LETTER: f32 = 1.2;
/// How much likelier than letters without order the reading must be for each letter.
const ORDER: f32 = 0.5;
/// The least number of letters.
const LETTERS: usize = 5;
/// What a capital after a small letter counts against a reading, and a letter of another script inside a word.
const BREAK: f32 = 2.0;
const FOREIGN: f32 = 6.0;

/// The pairs: in what the text was read, in what it was written.
const PAIRS: [(usize, usize); 5] =
    [(WESTERN, ARABIC), (WESTERN, CYRILLIC), (WESTERN, KOI8), (CYRILLIC, KOI8), (KOI8, CYRILLIC)];

/// Reads lines in other charsets; one per worker.
#[derive(Default)]
pub(super) struct Swapper {
    plausibility: Option<Plausibility>,
    words: Vec<Range<usize>>,
    before: String,
    after: String,
    best: Vec<Range<usize>>,
}

/// A better reading of a line.
pub(super) struct Reading {
    read: usize,
    written: usize,
    /// By how much likelier it is.
    pub(super) gain: f32,
    /// Whether that is enough.
    pub(super) is_certain: bool,
}

/// What a character of a line is to a pair of charsets.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Would be another letter, mark or punctuation of the other script.
    Other,
    /// A letter that stays.
    Letter,
    /// Would be something that is no part of a word.
    Wrong,
    /// Anything else.
    Between,
}

impl Swapper {
    /// The best other reading of a line.
    pub(super) fn find(&mut self, line: &str, charsets: &Charsets) -> Option<Reading> {
        let mut best: Option<Reading> = None;
        for (read, written) in PAIRS {
            let letters = self.words(line, charsets, read, written);
            if letters < LETTERS {
                continue;
            }
            let plausibility = self.plausibility.get_or_insert_with(Plausibility::new);
            let after = plausibility.of(&self.after) - BREAK * breaks(&self.after);
            let gain = after - (plausibility.of(&self.before) - BREAK * breaks(&self.before));
            let n = letters as f32;
            let is_certain = gain >= GAIN.max(PER_LETTER * n) && after >= ORDER * n;
            if best.as_ref().is_none_or(|b| (is_certain, gain) > (b.is_certain, b.gain)) {
                best = Some(Reading { read, written, gain, is_certain });
                std::mem::swap(&mut self.best, &mut self.words);
            }
        }
        best
    }

    /// The characters of the line that a reading changes, and what they become.
    pub(super) fn changes<'a>(
        &'a self,
        line: &'a str,
        reading: &Reading,
        charsets: &'a Charsets,
    ) -> impl Iterator<Item = (Range<usize>, char)> + 'a {
        let (read, written) = (&charsets.all()[reading.read], &charsets.all()[reading.written]);
        let of = move |word: &'a Range<usize>| {
            line[word.clone()].char_indices().filter_map(move |(at, c)| {
                let with = written.char(read.byte(c)?);
                let start = word.start + at;
                (with != c).then(|| (start..start + c.len_utf8(), with))
            })
        };
        self.best.iter().flat_map(of)
    }

    /// Finds the words of a line that are wholly of letters that would be others, and writes them down in both readings.
    /// How many letters they have.
    fn words(&mut self, line: &str, charsets: &Charsets, read: usize, written: usize) -> usize {
        let (from, to) = (&charsets.all()[read], &charsets.all()[written]);
        let kind = |c: char| {
            let Some(byte) = Some(c).filter(|c| !c.is_ascii()).and_then(|c| from.byte(c)) else {
                return if c.is_alphabetic() { Kind::Letter } else { Kind::Between };
            };
            let with = to.char(byte);
            match with {
                _ if with == c => {
                    if c.is_alphabetic() {
                        Kind::Letter
                    } else {
                        Kind::Between
                    }
                }
                '\u{600}'..='\u{6ff}' if written == ARABIC => Kind::Other,
                '\u{200c}'..='\u{200f}' if written == ARABIC => Kind::Other,
                '\u{400}'..='\u{45f}' if written != ARABIC => Kind::Other,
                _ => Kind::Wrong,
            }
        };
        self.words.clear();
        let (mut latin, mut start, mut at) = (0, 0, 0);
        let mut is_word = true;
        let mut push = |words: &mut Vec<Range<usize>>, range: Range<usize>, is_word: bool| {
            if range.is_empty() {
                return;
            }
            if is_word {
                words.push(range);
            } else {
                latin += line[range].chars().count();
            }
        };
        for c in line.chars() {
            match kind(c) {
                Kind::Between => {
                    push(&mut self.words, start..at, is_word);
                    (start, is_word) = (at + c.len_utf8(), true);
                }
                Kind::Other => {}
                Kind::Letter | Kind::Wrong => is_word = false,
            }
            at += c.len_utf8();
        }
        push(&mut self.words, start..at, is_word);
        let letters: usize = self.words.iter().map(|word| line[word.clone()].chars().count()).sum();
        // In a line of another language, short words are more likely its own.
        if latin > letters {
            self.words.retain(|word| line[word.clone()].chars().nth(2).is_some());
        }
        self.before.clear();
        self.after.clear();
        // Letters one by one are a list of letters.
        if !self.words.iter().any(|word| line[word.clone()].chars().nth(3).is_some()) {
            return 0;
        }
        let mut letters = 0;
        for word in &self.words {
            let text = &line[word.clone()];
            self.before += text;
            self.before.push(' ');
            self.after.extend(text.chars().map(|c| from.byte(c).map_or(c, |byte| to.char(byte))));
            self.after.push(' ');
            letters += text.chars().count();
        }
        letters
    }

    /// Western words whose letters beyond ASCII were read as Arabic ones, as a list of words for [`Swapper::changes`].
    pub(super) fn western(&mut self, line: &str, charsets: &Charsets) -> Option<Reading> {
        let (from, to) = (&charsets.all()[ARABIC], &charsets.all()[WESTERN]);
        self.best.clear();
        let mut total = 0.0;
        let mut doubt = 0.0f32;
        let is_part = |c: char| c.is_alphabetic() || matches!(c, '\u{64b}'..='\u{652}');
        let is_arabic = |c: char| matches!(c, '\u{600}'..='\u{6ff}');
        let mut at = 0;
        for word in line.split(|c| !is_part(c)) {
            let start = at;
            at += word.len() + line[at + word.len()..].chars().next().map_or(0, char::len_utf8);
            let (mut inside, mut ascii, mut arabic) = (0, 0, 0);
            let mut last = None;
            let mut chars = word.chars().peekable();
            self.after.clear();
            let mut is_possible = true;
            while let Some(c) = chars.next() {
                if is_arabic(c) {
                    arabic += 1;
                    let next = chars.peek().is_some_and(char::is_ascii_alphabetic);
                    let begins = last.is_none() && matches!(c, 'ة' | 'ہ');
                    inside += usize::from(next && (begins || last.is_some_and(|l: char| l.is_ascii_alphabetic())));
                    match from.byte(c).map(|byte| to.char(byte)).filter(|c| c.is_alphabetic()) {
                        // What joins two names in Arabic is a word of its own.
                        Some('æ') | None => is_possible = false,
                        Some(with) => self.after.push(with),
                    }
                } else {
                    ascii += usize::from(c.is_ascii_alphabetic());
                    self.after.push(c);
                }
                last = Some(c);
            }
            if !is_possible || inside == 0 || ascii < 3 || arabic * 2 > ascii || breaks(&self.after) > 0.0 {
                continue;
            }
            let plausibility = self.plausibility.get_or_insert_with(Plausibility::new);
            let order = plausibility.of(&self.after);
            let gain = order - plausibility.of(word) + FOREIGN * inside as f32;
            doubt = doubt.max(gain);
            if order > 0.0 && gain > 0.0 {
                total += if gain >= GAIN / 2.0 { gain } else { 0.0 };
                self.best.push(start..start + word.len());
            }
        }
        let is_certain = total >= GAIN;
        let gain = if is_certain { total } else { doubt };
        (gain > 0.0).then_some(Reading { read: ARABIC, written: WESTERN, gain, is_certain })
    }
}

/// How many capitals follow a small letter.
fn breaks(text: &str) -> f32 {
    let pairs = text.chars().zip(text.chars().skip(1));
    pairs.filter(|(a, b)| a.is_lowercase() && b.is_uppercase()).count() as f32
}
