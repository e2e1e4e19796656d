//! What is done to each character, worked out once from the options.

use super::{Digits, Fold, Hamza, Options, Profile, Strip, forms};
use crate::arabic::{
    TATWEEL, digit, is_alef, is_hamza_mark, is_quranic_mark, is_quranic_sign, is_quranic_small_letter, is_tashkeel,
};
use crate::clean::classes::Classes;

/// The options with the defaults of their profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) tatweel: bool,
    pub(super) tashkeel: bool,
    pub(super) quranic: bool,
    pub(super) alef: bool,
    pub(super) ya: bool,
    pub(super) ta_marbuta: bool,
    pub(super) hamza: Hamza,
    pub(super) forms: bool,
    pub(super) digits: Digits,
    pub(super) punctuation: bool,
    pub(super) persian_letters: bool,
    /// Whether the text is Arabic, or not known to be anything else.
    pub(super) arabic: bool,
}

impl Settings {
    /// The settings for text in Arabic, or in another language, where no profile touches letters.
    pub(super) fn new(options: &Options, arabic: bool) -> Self {
        let profile = options.profile;
        let lossy = profile != Profile::Lossless;
        let letters = profile == Profile::Search && arabic;
        let strip = |option: Option<Strip>| option.map_or(lossy, |s| s == Strip::Strip);
        let fold = |option: Option<Fold>, default| option.map_or(default, |f| f == Fold::Fold);
        Settings {
            tatweel: strip(options.tatweel),
            tashkeel: strip(options.tashkeel),
            quranic: strip(options.quranic),
            alef: fold(options.alef, letters),
            ya: fold(options.ya, letters),
            ta_marbuta: fold(options.ta_marbuta, letters),
            hamza: options.hamza.unwrap_or(if letters { Hamza::Fold } else { Hamza::Keep }),
            forms: fold(options.presentation_forms, true),
            digits: options.digits.unwrap_or(if lossy { Digits::Western } else { Digits::Keep }),
            punctuation: fold(options.punctuation, false),
            persian_letters: fold(options.persian_letters, false),
            arabic,
        }
    }

    /// Whether `c` belongs to the letter before it: a mark, a tatweel, a Quranic sign.
    pub(super) fn is_inside(&self, c: char) -> bool {
        // One comparison for the letters, which are nearly all there is.
        !matches!(c, ..'\u{610}' | '\u{61b}'..='\u{63f}' | '\u{641}'..='\u{64a}')
            && (c == TATWEEL
                || is_tashkeel(c)
                || is_hamza_mark(c)
                || is_quranic_mark(c)
                || is_quranic_small_letter(c)
                || is_quranic_sign(c)
                || self.forms && forms::is_mark_form(c))
    }

    /// Whether the mark `c` goes, wherever it stands; hamza marks are decided with their letter.
    pub(super) fn strips_mark(&self, c: char) -> bool {
        self.tashkeel && is_tashkeel(c)
            || self.quranic && (is_quranic_mark(c) || is_quranic_small_letter(c) || is_quranic_sign(c))
    }

    /// The letter that `c` becomes before hamza is looked at.
    fn without_hamza(&self, c: char) -> char {
        let c = match c {
            'ی' | 'ے' if self.persian_letters => 'ي',
            'ک' | 'ڪ' if self.persian_letters => 'ك',
            'ہ' | 'ھ' | 'ە' if self.persian_letters => 'ه',
            'ۃ' if self.persian_letters => 'ة',
            _ => c,
        };
        match c {
            'ى' if self.ya => 'ي',
            'ة' if self.ta_marbuta => 'ه',
            _ => c,
        }
    }

    /// The letter that `c` becomes; `with_hamza` if a hamza above follows it as a mark.
    pub(super) fn letter(&self, c: char, with_hamza: bool) -> char {
        match (self.without_hamza(c), self.hamza) {
            (c, _) if self.alef && is_alef(c) => 'ا',
            ('ؤ' | 'ئ', Hamza::Fold) => 'ء',
            ('و' | 'ي', Hamza::Fold) if with_hamza => 'ء',
            ('ؤ', Hamza::Carrier) => 'و',
            ('ئ', Hamza::Carrier) => 'ي',
            (c, _) => c,
        }
    }

    /// Whether the hamza mark `mark` goes from the letter `base`, as the letter with it is folded.
    pub(super) fn folds_hamza_mark(&self, base: char, mark: char) -> bool {
        let base = self.without_hamza(base);
        if is_alef(base) {
            return self.alef;
        }
        self.hamza != Hamza::Keep && mark == '\u{654}' && matches!(base, 'و' | 'ؤ' | 'ي' | 'ئ')
    }

    /// What a character becomes that has nothing to do with its neighbours.
    pub(super) fn single(&self, c: char) -> Option<char> {
        let zero = match self.digits {
            Digits::Keep => None,
            Digits::Western => Some('0'),
            Digits::ArabicIndic => Some('\u{660}'),
            Digits::Persian => Some('\u{6f0}'),
        };
        if let Some(zero) = zero
            && let Some(value) = digit(c).or(c.to_digit(10).map(|d| d as u8))
        {
            return char::from_u32(zero as u32 + u32::from(value)).filter(|new| *new != c);
        }
        match c {
            '٪' if self.digits == Digits::Western => Some('%'),
            '،' if self.punctuation => Some(','),
            '؛' if self.punctuation => Some(';'),
            '؟' if self.punctuation => Some('?'),
            '۔' if self.punctuation => Some('.'),
            _ => None,
        }
    }
}

/// Becomes another character by itself.
pub(super) const SINGLE: u8 = 1;
/// A digit of ASCII, which stays in words and addresses.
pub(super) const ASCII_DIGIT: u8 = 2;
/// A decimal or thousands separator, which changes between digits.
pub(super) const SEPARATOR: u8 = 3;
/// A letter or presentation form that changes: the base of a cluster.
pub(super) const BASE: u8 = 4;
/// A mark, tatweel or presentation form of marks that may go: inside a cluster.
pub(super) const INSIDE: u8 = 5;
/// A mark that goes wherever it stands.
pub(super) const MARK: u8 = 6;

/// The classes of all characters, so that those left alone are passed over.
pub(super) fn classes(settings: &Settings) -> Classes {
    let class = |c: char| {
        // All that anything is done to.
        if !matches!(c, '0'..='9' | '\u{60c}'..='\u{8ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}') {
            return 0;
        }
        if settings.single(c).is_some() {
            return if c.is_ascii() { ASCII_DIGIT } else { SINGLE };
        }
        match c {
            '٫' | '٬' if settings.digits == Digits::Western => SEPARATOR,
            TATWEEL if settings.tatweel => INSIDE,
            '\u{653}' if settings.alef || settings.quranic => INSIDE,
            '\u{654}' if settings.alef || settings.hamza != Hamza::Keep => INSIDE,
            '\u{655}' if settings.alef => INSIDE,
            _ if is_hamza_mark(c) => 0,
            _ if settings.strips_mark(c) => MARK,
            _ if settings.forms && forms::expansion(c).is_some() => {
                if forms::is_mark_form(c) {
                    INSIDE
                } else {
                    BASE
                }
            }
            _ if settings.letter(c, false) != c => BASE,
            _ => 0,
        }
    };
    Classes::new(class, |_| 0)
}
