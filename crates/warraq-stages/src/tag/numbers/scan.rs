//! From tokens to numbers: what stands together makes one.

use super::decimal::Decimal;
use super::lexicon::{Lexicon, Sense};
use crate::fold::Folder;
use std::ops::Range;
use warraq_core::{DocView, TokenKind};

/// What a number is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Percent,
    Money(Option<&'static str>),
}

/// A number that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) kind: Kind,
    /// Its value in [`Scan::value`]'s text.
    value: Range<usize>,
}

/// A token with what it says.
#[derive(Clone, Copy, Debug)]
struct Item {
    start: u32,
    end: u32,
    /// Its folded text in `Scan::folded`.
    text: (usize, usize),
    sense: Option<Sense>,
    /// Whether it is written in digits.
    digits: bool,
    /// Whether a conjunction is written to it (`وخمسة`), or it is one (`and`, `et`).
    joined: bool,
    /// A hyphen, which joins French and English number words.
    hyphen: bool,
}

/// Finds numbers, in buffers that are reused.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    items: Vec<Item>,
    folded: String,
    word: String,
    found: Vec<Found>,
    values: String,
}

impl Scan {
    pub(super) fn found(&self) -> &[Found] {
        &self.found
    }

    /// The number itself, in ASCII.
    pub(super) fn value(&self, found: &Found) -> &str {
        &self.values[found.value.clone()]
    }

    /// Finds the numbers of a document.
    pub(super) fn read(&mut self, doc: &DocView<'_>, lexicon: &Lexicon, folder: &Folder, words: bool) {
        self.items(doc, lexicon, folder);
        self.found.clear();
        self.values.clear();
        let mut at = 0;
        while at < self.items.len() {
            at = self.number(at, doc.text, lexicon, words).unwrap_or(at + 1);
        }
    }

    fn items(&mut self, doc: &DocView<'_>, lexicon: &Lexicon, folder: &Folder) {
        self.items.clear();
        self.folded.clear();
        for token in doc.tokens {
            let text = doc.slice(token.start, token.end);
            folder.word(text, &mut self.word);
            if self.word.is_empty() {
                self.word.push_str(text);
            }
            let begin = self.folded.len();
            self.folded.push_str(&self.word);
            let mut item = Item {
                start: token.start,
                end: token.end,
                text: (begin, self.folded.len()),
                sense: lexicon.sense(&self.word),
                digits: token.kind == TokenKind::Number,
                joined: matches!(self.word.as_str(), "and" | "et" | "و"),
                hyphen: matches!(text, "-" | "\u{2010}" | "\u{2011}"),
            };
            // A clitic before a number word or a currency is no part of it.
            if item.sense.is_none()
                && let Some((clitic, sense)) = behind_clitic(&self.word, lexicon)
            {
                item.sense = Some(sense);
                item.joined = clitic == 'و';
                item.start += text.char_indices().nth(1).map_or(0, |(at, _)| at) as u32;
                item.text.0 += clitic.len_utf8();
            }
            self.items.push(item);
        }
    }

    fn text(&self, at: usize) -> &str {
        let (start, end) = self.items[at].text;
        &self.folded[start..end]
    }

    fn sense(&self, at: usize) -> Option<Sense> {
        self.items.get(at)?.sense
    }

    /// Reads the number that begins at the item `at`; gives the item after it.
    fn number(&mut self, at: usize, text: &str, lexicon: &Lexicon, words: bool) -> Option<usize> {
        // `$5`, `US$ 5`
        let symbol = match self.sense(at) {
            Some(Sense::Currency(code)) if self.items.get(at + 1).is_some_and(|next| next.digits) => Some(code),
            _ => None,
        };
        let first = at + usize::from(symbol.is_some());
        let (value, mut end, has_digits) = self.amount(first, text)?;
        if !has_digits && !words {
            return None;
        }
        let mut kind = match symbol {
            Some(code) => Kind::Money(code),
            None => Kind::Number,
        };
        if symbol.is_none() {
            match self.sense(end) {
                Some(Sense::Percent) => (kind, end) = (Kind::Percent, end + 1),
                Some(Sense::Currency(code)) => {
                    let which = (end + 1 < self.items.len()).then(|| lexicon.code(self.text(end), self.text(end + 1)));
                    let which = which.flatten();
                    kind = Kind::Money(which.or(code));
                    end += 1 + usize::from(which.is_some());
                }
                _ if self.items.get(end + 1).is_some() => {
                    let pair = format!("{} {}", self.text(end), self.text(end + 1));
                    if lexicon.sense(&pair) == Some(Sense::Percent) {
                        (kind, end) = (Kind::Percent, end + 2);
                    }
                }
                _ => {}
            }
        }
        // `one` and `ثلاثة` alone are mostly said in passing.
        let is_small =
            end == first + 1 && matches!(self.sense(first), Some(Sense::Small(..=10) | Sense::Hundreds(100)));
        let is_scale = end == first + 1 && matches!(self.sense(first), Some(Sense::Scale(_, 1)));
        if !has_digits && kind == Kind::Number && (is_small || is_scale) {
            return None;
        }
        let begin = self.values.len();
        value.write(&mut self.values);
        self.found.push(Found {
            start: self.items[at].start,
            end: self.items[end - 1].end,
            kind,
            value: begin..self.values.len(),
        });
        Some(end)
    }

    /// The number itself, the item after it, and whether it has digits.
    fn amount(&self, at: usize, text: &str) -> Option<(Decimal, usize, bool)> {
        let item = self.items.get(at)?;
        if item.digits {
            let number = Decimal::parse(&text[item.start as usize..item.end as usize])?;
            return Some(match self.sense(at + 1) {
                Some(Sense::Scale(power, 1)) => (number.scaled(power), at + 2, true),
                _ => (number, at + 1, true),
            });
        }
        let (mut total, mut current, mut end) = (0u64, 0u64, at);
        let mut next = at;
        loop {
            match self.sense(next) {
                Some(Sense::Small(value)) => {
                    // Two ones in a row are two numbers; French says four twenties.
                    let multiplies = current == 4 && value == 20 && next == end + 1 && self.items[end].hyphen;
                    let fits = match current % 100 {
                        0 => true,
                        1..=9 => value >= 10,
                        _ => value < 20 && current % 10 == 0,
                    };
                    if multiplies {
                        current = 80;
                    } else if fits {
                        current += value;
                    } else {
                        break;
                    }
                }
                Some(Sense::Hundreds(100)) if (2..=9).contains(&(current % 1000)) => current *= 100,
                Some(Sense::Hundreds(value)) if current == 0 => current = value,
                Some(Sense::Scale(power, count)) if next == at || self.scales(total, current, power, count) => {
                    let many = if count > 1 { count } else { current.max(1) };
                    total = total.checked_add(many.checked_mul(10u64.checked_pow(power)?)?)?;
                    current = 0;
                }
                _ => break,
            }
            end = next + 1;
            // What joins number words: a conjunction of its own, or a hyphen.
            let joint = self.items.get(end).is_some_and(|item| item.sense.is_none() && (item.joined || item.hyphen));
            next = end + usize::from(joint);
        }
        (end > at).then(|| (Decimal::whole(total + current), end, false))
    }

    /// Whether a power of ten goes on with the number so far.
    fn scales(&self, total: u64, current: u64, power: u32, count: u64) -> bool {
        let fits = 10u64.checked_pow(power).is_some_and(|scale| total == 0 || total >= scale * 1000);
        fits && (count == 1 && current > 0 || count > 1 && current == 0)
    }
}

/// The conjunction or preposition before a word that the lexicon knows, and what that word says.
fn behind_clitic(word: &str, lexicon: &Lexicon) -> Option<(char, Sense)> {
    let clitic = word.chars().next().filter(|c| matches!(c, 'و' | 'ف' | 'ب' | 'ل'))?;
    Some((clitic, lexicon.sense(&word[clitic.len_utf8()..])?))
}
