//! The words whose n-grams are compared: of the `tokens` layer or of the text, folded or simplified as datatrove does.

use super::Compat;
use crate::fold::{Folder, Folds};
use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use std::ops::Range;
use warraq_core::{DocView, TokenKind};

/// Words of one document, one space between each two, so that an n-gram is a stretch of one string.
#[derive(Default)]
pub(super) struct Words {
    joined: String,
    /// Where words begin.
    starts: Vec<usize>,
    folded: String,
}

impl Words {
    /// Takes the words of a document in the place of those of the one before.
    pub(super) fn read(&mut self, doc: &DocView<'_>, norm: &Norm) {
        self.joined.clear();
        self.starts.clear();
        match norm {
            Norm::Datatrove(simplifier) if doc.tokens.is_empty() => self.simplified(doc.text, simplifier),
            Norm::Datatrove(simplifier) => {
                for token in doc.tokens {
                    self.simplified(&doc.text[token.start as usize..token.end as usize], simplifier);
                }
            }
            Norm::Folded(folder) if doc.tokens.is_empty() => {
                let mut start = None;
                for (at, c) in doc.text.char_indices() {
                    match (start, is_word(c)) {
                        (None, true) => start = Some(at),
                        (Some(from), false) => {
                            self.word(&doc.text[from..at], folder);
                            start = None;
                        }
                        _ => {}
                    }
                }
                if let Some(from) = start {
                    self.word(&doc.text[from..], folder);
                }
            }
            Norm::Folded(folder) => {
                for token in doc.tokens.iter() {
                    if !matches!(token.kind, TokenKind::Punctuation | TokenKind::Symbol) {
                        self.word(&doc.text[token.start as usize..token.end as usize], folder);
                    }
                }
            }
        }
    }

    /// Every run of `n` words.
    pub(super) fn ngrams(&self, n: usize) -> impl Iterator<Item = &str> {
        let end = move |last: usize| self.starts.get(last + 1).map_or(self.joined.len(), |next| next - 1);
        let ngram = move |first: usize| &self.joined[Range { start: self.starts[first], end: end(first + n - 1) }];
        (0..(self.starts.len() + 1).saturating_sub(n)).map(ngram)
    }

    fn word(&mut self, word: &str, folder: &Folder) {
        folder.word(word, &mut self.folded);
        if !self.folded.is_empty() {
            begin(&mut self.joined, &mut self.starts);
            self.joined.push_str(&self.folded);
        }
    }

    fn simplified(&mut self, text: &str, simplifier: &Simplifier) {
        let Words { joined, starts, .. } = self;
        let mut inside = false;
        simplifier.simplify(text, |c| match c {
            None => inside = false,
            Some(c) => {
                if !inside {
                    begin(joined, starts);
                    inside = true;
                }
                joined.push(c);
            }
        });
    }
}

/// Begins a word.
fn begin(joined: &mut String, starts: &mut Vec<usize>) {
    if !joined.is_empty() {
        joined.push(' ');
    }
    starts.push(joined.len());
}

/// Whether a character is part of words, where there is no tokenizer to say.
fn is_word(c: char) -> bool {
    c.is_alphanumeric()
        || (!c.is_ascii() && GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(c)))
}

/// What makes two words the same.
pub(super) enum Norm {
    /// Warraq's folding.
    Folded(Box<Folder>),
    /// datatrove's `simplify_text`.
    Datatrove(Simplifier),
}

impl Norm {
    pub(super) fn new(compat: Option<Compat>, folds: Folds) -> Self {
        match compat {
            Some(Compat::Datatrove) => Norm::Datatrove(Simplifier::new()),
            None => Norm::Folded(Box::new(Folder::new(folds))),
        }
    }
}

/// What datatrove 0.10 takes for punctuation (`PUNCTUATION` in `utils/text.py`); C0 and C1 controls come with it.
const PUNCTUATION: &str = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»";

/// What datatrove takes for a decimal separator between digits.
const SEPARATORS: &str = ".,،٫⎖⎗⎘";

/// What becomes of a character below U+0800.
#[derive(Clone, Copy, PartialEq)]
enum Simple {
    /// White space or punctuation: the end of a word.
    Gap,
    /// A mark.
    Nothing,
    Digit,
    One(char),
    /// More thought is needed.
    Other,
}

/// `simplify_text` of datatrove 0.10 with its defaults: small letters, numbers as `0`, punctuation as white space, no marks.
pub(super) struct Simplifier {
    table: Box<[Simple; 0x800]>,
    punctuation: Vec<char>,
}

impl Simplifier {
    fn new() -> Self {
        let mut punctuation: Vec<char> = PUNCTUATION.chars().collect();
        punctuation.sort_unstable();
        let mut simplifier = Simplifier { table: Box::new([Simple::Other; 0x800]), punctuation };
        for n in 0..0x800u32 {
            let Some(c) = char::from_u32(n) else { continue };
            let (mut simple, mut count) = (Simple::Nothing, 0);
            if category(c) == GeneralCategory::DecimalNumber {
                simple = Simple::Digit;
            } else {
                simplifier.work_out(c, &mut |c| {
                    simple = c.map_or(Simple::Gap, Simple::One);
                    count += 1;
                });
            }
            simplifier.table[n as usize] = if count > 1 { Simple::Other } else { simple };
        }
        simplifier
    }

    /// Tells `emit` the characters of words, and `None` at least once between words.
    fn simplify(&self, text: &str, mut emit: impl FnMut(Option<char>)) {
        let lower;
        // A capital sigma is the one letter whose small form depends on its neighbours.
        let text = if text.contains('Σ') {
            lower = text.to_lowercase();
            lower.as_str()
        } else {
            text
        };
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match self.table.get(c as usize) {
                Some(Simple::Gap) => emit(None),
                Some(Simple::Nothing) => {}
                Some(&Simple::One(c)) => emit(Some(c)),
                Some(Simple::Digit) => self.number(&mut rest, &mut emit),
                // `１` counts as punctuation, but numbers come first.
                None if category(c) == GeneralCategory::DecimalNumber => self.number(&mut rest, &mut emit),
                Some(Simple::Other) | None => self.work_out(c, &mut emit),
            }
        }
    }

    /// Takes what follows the first digit of a number, and emits `0` for it.
    fn number(&self, rest: &mut std::str::Chars<'_>, emit: &mut impl FnMut(Option<char>)) {
        let digits = |rest: &mut std::str::Chars<'_>| {
            let mut after = rest.clone();
            let mut any = false;
            while after.next().is_some_and(|c| category(c) == GeneralCategory::DecimalNumber) {
                *rest = after.clone();
                any = true;
            }
            any
        };
        digits(rest);
        let mut after = rest.clone();
        if after.next().is_some_and(|c| SEPARATORS.contains(c)) && digits(&mut after) {
            *rest = after;
        }
        emit(Some('0'));
    }

    fn work_out(&self, c: char, emit: &mut impl FnMut(Option<char>)) {
        let nfd = const { DecomposingNormalizerBorrowed::new_nfd() };
        for c in c.to_lowercase() {
            // Python counts the separators U+001C to U+001F as white space; they are controls, which go as punctuation.
            if c.is_whitespace() || c.is_control() || self.punctuation.binary_search(&c).is_ok() {
                emit(None);
                continue;
            }
            nfd.normalize_iter(std::iter::once(c))
                .filter(|&c| category(c) != GeneralCategory::NonspacingMark)
                .for_each(|c| emit(if c.is_whitespace() { None } else { Some(c) }));
        }
    }
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}
