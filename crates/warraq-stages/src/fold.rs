//! Folding text for matching: what a reader takes for the same word becomes the same bytes.
//!
//! Folding never touches a document. It is a view of the text, one character at a time, so a matcher can follow it
//! without a folded copy and always knows where in the text it is. The two-byte range of UTF-8 (Latin, Greek, Cyrillic,
//! Hebrew, Arabic) is a table; the rest is worked out when it comes up.

use crate::arabic::{TATWEEL, is_quranic_mark, is_tashkeel};
use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What counts as the same when text is matched.
///
/// Whatever is set here, compatibility forms count as what they stand for (Arabic presentation forms, full and half
/// width, ligatures), digits of all scripts as `0`–`9`, curly quotes as straight ones, and characters that show nothing
/// (zero-width joiners, bidi controls, soft hyphens) as not there.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Folds {
    /// Capital and small letters are the same; `ß` is `ss`.
    pub(crate) case: bool,
    /// Arabic vowel signs, Quranic marks and tatweel do not count.
    pub(crate) marks: bool,
    /// Arabic letter variants are the same: `أ إ آ ٱ` as `ا`, `ؤ` as `و`, `ئ ى` as `ي`, `ة` as `ه`, and the Persian and
    /// Urdu forms `ک ی ہ ھ` as `ك ي ه`.
    pub(crate) letters: bool,
    /// Latin, Greek and Cyrillic accents do not count: `é` is `e`.
    pub(crate) accents: bool,
}

impl Default for Folds {
    fn default() -> Self {
        Folds { case: true, marks: true, letters: true, accents: false }
    }
}

/// What a character becomes: one or two characters, nothing, or a class that needs thought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Folded {
    Nothing,
    One(char),
    Two(char, char),
    /// More than that; [`Folder::expand`] has them.
    Many,
    /// White space.
    Space,
    /// The end of a line.
    Line,
    /// The end of a paragraph.
    Paragraph,
    /// A hyphen or a dash.
    Hyphen,
}

/// What lies between two words of a phrase: a run of white space, hyphens and dashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gap(u8);

impl Gap {
    const SPACE: u8 = 1;
    const HYPHEN: u8 = 2;
    const LINE: u8 = 4;
    const PARAGRAPH: u8 = 8;

    /// Whether there is no gap.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn add(&mut self, bits: u8) {
        let again = self.0 & bits & Self::LINE != 0;
        self.0 |= bits | if again { Self::PARAGRAPH } else { 0 };
    }

    /// What the gap counts as in running text: a hyphen between two letters is like a space, a dash with white space
    /// around it is not, and no phrase goes on across a blank line.
    fn in_text(self) -> Option<char> {
        if self.0 & Self::PARAGRAPH != 0 {
            None
        } else if self.0 & Self::SPACE != 0 && self.0 & Self::HYPHEN != 0 {
            Some('-')
        } else {
            Some(' ')
        }
    }

    /// What the gap counts as in a phrase of a list, where every hyphen means one.
    fn in_phrase(self) -> Option<char> {
        Some(if self.0 & Self::HYPHEN != 0 { '-' } else { ' ' })
    }
}

/// Folds characters.
#[derive(Debug)]
pub(crate) struct Folder {
    folds: Folds,
    table: Box<[Folded; 0x800]>,
}

impl Folder {
    pub(crate) fn new(folds: Folds) -> Self {
        let mut folder = Folder { folds, table: Box::new([Folded::Nothing; 0x800]) };
        for n in 0..0x800_u32 {
            if let Some(c) = char::from_u32(n) {
                folder.table[n as usize] = folder.work_out(c);
            }
        }
        folder
    }

    #[inline]
    fn get(&self, c: char) -> Folded {
        match self.table.get(c as usize) {
            Some(&folded) => folded,
            // Chinese characters come in masses and fold to themselves.
            None if matches!(c, '\u{3400}'..='\u{9fff}') => Folded::One(c),
            None => self.work_out(c),
        }
    }

    /// The one character that this one becomes, for callers with a table of their own; `None` where [`Folder::feed`] has
    /// more to do.
    pub(crate) fn one(&self, c: char) -> Option<char> {
        match self.get(c) {
            Folded::One(c) => Some(c),
            _ => None,
        }
    }

    /// Whether nothing is left of the character, wherever it stands but for a tatweel alone.
    pub(crate) fn is_nothing(&self, c: char) -> bool {
        matches!(self.get(c), Folded::Nothing)
    }

    /// Feeds one character of running text to `step` as what it becomes, and before it the gap, if one has come to its
    /// end. `step` says whether it wants more; so does this function.
    pub(crate) fn feed(&self, c: char, gap: &mut Gap, step: impl FnMut(char) -> bool) -> bool {
        self.feed_with(c, gap, Gap::in_text, step)
    }

    /// A phrase as the text is expected to spell it: the same letters, and between words one space, or `-` where the
    /// phrase has a hyphen or a dash. White space, hyphens and dashes around it are left out.
    pub(crate) fn phrase(&self, phrase: &str) -> String {
        let mut folded = String::new();
        self.whole(phrase, &mut folded);
        folded
    }

    /// A text as a whole, in the place of what is in `out`: folded as a phrase is, across paragraphs too.
    pub(crate) fn whole(&self, text: &str, out: &mut String) {
        out.clear();
        let mut gap = Gap::default();
        for c in text.chars() {
            if out.is_empty() {
                gap = Gap::default();
            }
            self.feed_with(c, &mut gap, Gap::in_phrase, |c| {
                out.push(c);
                true
            });
        }
    }

    /// A word of running text as it counts, in the place of what is in `out`: the letters that [`Folder::feed`] gives.
    pub(crate) fn word(&self, word: &str, out: &mut String) {
        out.clear();
        let mut gap = Gap::default();
        for c in word.chars() {
            self.feed(c, &mut gap, |c| {
                out.push(c);
                true
            });
        }
    }

    fn feed_with(
        &self,
        c: char,
        gap: &mut Gap,
        joint: fn(Gap) -> Option<char>,
        mut step: impl FnMut(char) -> bool,
    ) -> bool {
        let folded = self.get(c);
        let separator = match folded {
            // A tatweel that stands alone is a dash.
            Folded::Nothing if c == TATWEEL && !gap.is_empty() => Gap::HYPHEN,
            Folded::Nothing => return true,
            Folded::Space => Gap::SPACE,
            Folded::Line => Gap::SPACE | Gap::LINE,
            Folded::Paragraph => Gap::SPACE | Gap::PARAGRAPH,
            Folded::Hyphen => Gap::HYPHEN,
            Folded::One(_) | Folded::Two(..) | Folded::Many => 0,
        };
        if separator != 0 {
            gap.add(separator);
            return true;
        }
        if !gap.is_empty() {
            match joint(std::mem::take(gap)) {
                Some(joint) if step(joint) => {}
                _ => return false,
            }
        }
        match folded {
            Folded::One(a) => step(a),
            Folded::Two(a, b) => step(a) && step(b),
            _ => {
                let mut more = true;
                self.expand(c, |c| more = more && step(c));
                more
            }
        }
    }

    fn work_out(&self, c: char) -> Folded {
        match c {
            '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' => return Folded::Line,
            '\u{2029}' => return Folded::Paragraph,
            _ if c.is_whitespace() => return Folded::Space,
            '-' | '\u{5be}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => {
                return Folded::Hyphen;
            }
            _ => {}
        }
        let mut folded = Folded::Nothing;
        self.expand(c, |c| {
            folded = match folded {
                Folded::Nothing => Folded::One(c),
                Folded::One(first) => Folded::Two(first, c),
                _ => Folded::Many,
            }
        });
        folded
    }

    /// All that the character becomes.
    fn expand(&self, c: char, mut emit: impl FnMut(char)) {
        if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) {
            return;
        }
        if c == 'İ' && self.folds.case {
            return emit('i');
        }
        let nfkd = const { DecomposingNormalizerBorrowed::new_nfkd() };
        let mut parts = nfkd.normalize_iter(std::iter::once(c)).peekable();
        // Marks that have a code point for standing alone decompose to a space and the mark; the space is no white space.
        if parts.peek() == Some(&' ') {
            parts.next();
        }
        for part in parts {
            self.letter(part, &mut emit);
        }
    }

    fn letter(&self, c: char, emit: &mut impl FnMut(char)) {
        let Folds { case, marks, letters, accents } = self.folds;
        let as_is = match c {
            '‘' | '’' | '‚' | '‛' | '′' | 'ʼ' | 'ʻ' | '`' => '\'',
            '“' | '”' | '„' | '‟' | '″' | '«' | '»' => '"',
            '،' | '٬' => ',',
            '؛' => ';',
            '؟' => '?',
            '۔' | '٫' => '.',
            '٪' => '%',
            TATWEEL | 'ۥ' | 'ۦ' if marks => return,
            _ if marks && (is_tashkeel(c) || is_quranic_mark(c)) => return,
            '\u{653}'..='\u{655}' | '\u{674}' if letters => return,
            'ٱ' | 'ٲ' | 'ٳ' if letters => 'ا',
            'ى' | 'ی' if letters => 'ي',
            'ة' | 'ۃ' | 'ہ' | 'ھ' | 'ە' if letters => 'ه',
            'ک' | 'ڪ' if letters => 'ك',
            '\u{300}'..='\u{36f}' if accents => return,
            'ß' | 'ẞ' if case => {
                emit('s');
                's'
            }
            'ς' if case => 'σ',
            _ if c.is_ascii() => c,
            _ => digit(c).unwrap_or(c),
        };
        if case { as_is.to_lowercase().for_each(emit) } else { emit(as_is) }
    }
}

/// The ASCII digit for a decimal digit of another script. Unicode keeps each script's ten digits together and in order.
fn digit(c: char) -> Option<char> {
    let is_digit = |n: u32| CodePointMapData::<GeneralCategory>::new().get32(n) == GeneralCategory::DecimalNumber;
    let n = u32::from(c);
    if !is_digit(n) {
        return None;
    }
    let before = (1..=n).take_while(|&back| is_digit(n - back)).count();
    char::from_digit(before as u32 % 10, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(folds: Folds, text: &str) -> String {
        Folder::new(folds).phrase(text)
    }

    #[test]
    fn what_a_reader_takes_for_the_same_becomes_the_same() {
        let same: &[&[&str]] = &[
            &[
                "إفريقيا",
                "افريقيا",
                "أفريقيا",
                "ا\u{655}فريقيا",
                "إِفْرِيقْيَا",
                "إفـــريقيـا",
                "ﺇﻓﺮﻳﻘﻴﺎ",
                "ﺍفريقيا",
                "إفریقیا",
            ],
            &["مكة", "مكه", "مـكّـة", "مکة", "مكةَ"],
            &["مؤتمر", "موتمر", "مو\u{654}تمر"],
            &["على", "علي", "علی", "على\u{200f}"],
            &["الله", "ﷲ", "اللَّه", "اللّٰه"],
            &["ﷺ", "صلى الله عليه وسلم", "صلى  الله عليه\nوسلم"],
            &["القرآن", "القران", "ٱلۡقُرۡا\u{653}نِ"],
            &["٢٢ يوليو", "22 يوليو", "۲۲ یولیو", "２２ يوليو", "22\u{a0}يوليو"],
            &["Straße", "STRASSE", "strasse"],
            &["Côte d’Ivoire", "côte d'ivoire", "Co\u{302}te d\u{2bc}Ivoire"],
            &["ΣΊΣΥΦΟΣ", "σίσυφος", "σίσυφοσ"],
            &["Congo - Kinshasa", "congo-kinshasa", "Congo – Kinshasa", "Congo\u{2011}Kinshasa", "Congo ـ Kinshasa"],
            &["  United \t Nations\n", "united nations", "- United\n\nNations -"],
            &["İstanbul", "istanbul"],
            &["५", "5", "৫", "᠕", "᱕", "5\u{200d}"],
            &["ﹰكتاب", "كتاب"],
        ];
        for group in same {
            for spelling in *group {
                assert_eq!(fold(Folds::default(), group[0]), fold(Folds::default(), spelling), "{spelling}");
            }
        }
    }

    #[test]
    fn what_differs_stays_different() {
        let folds = Folds::default();
        for (a, b) in
            [("سماء", "سما"), ("قرآن", "قرن"), ("é", "e"), ("A B", "A-B"), ("گاز", "كاز"), ("ع", "غ"), ("١", "2")]
        {
            assert_ne!(fold(folds, a), fold(folds, b), "{a} {b}");
        }
        assert_ne!(fold(Folds { case: false, ..folds }, "US"), fold(folds, "us"));
        assert_ne!(fold(Folds { marks: false, ..folds }, "كَتب"), "كتب");
        assert_ne!(fold(Folds { letters: false, ..folds }, "أمة"), "امه");
        assert_eq!(
            fold(Folds { letters: false, ..folds }, "أمة"),
            fold(Folds { letters: false, ..folds }, "ا\u{654}مة")
        );
        assert_eq!(fold(Folds { accents: true, ..folds }, "Été Ångström й"), "ete angstrom и");
        assert_eq!([fold(folds, ""), fold(folds, " - "), fold(folds, "\u{64b}\u{640}\u{200f}")], ["", "", ""]);
    }

    #[test]
    fn every_digit_has_its_value() {
        let categories = CodePointMapData::<GeneralCategory>::new();
        let digits: Vec<char> =
            ('\u{80}'..=char::MAX).filter(|&c| categories.get(c) == GeneralCategory::DecimalNumber).collect();
        let folder = Folder::new(Folds::default());
        for ten in digits.chunks(10) {
            let folded: String = ten.iter().map(|c| folder.phrase(c.encode_utf8(&mut [0; 4]))).collect();
            assert_eq!(folded, "0123456789", "{:x}", u32::from(ten[0]));
        }
    }
}
