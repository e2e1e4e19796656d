//! What normalisation needs to know of each character, in one class per code point.
//!
//! The quick check of UAX #15 decides from the classes alone whether a stretch can stay: characters that no normalisation
//! touches have class [`PLAIN`], marks that only have to come in order have their combining class, and everything else is
//! [`SLOW`] and left to the normaliser.

use crate::clean::classes::Classes;
use icu_normalizer::properties::{CanonicalCombiningClassMapBorrowed, CanonicalDecompositionBorrowed, Decomposed};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// The form that the text is brought into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    /// Canonical composition: the same characters, each in its one usual encoding.
    #[default]
    Nfc,
    /// Compatibility composition: also folds ligatures, presentation forms, full-width letters, superscripts.
    Nfkc,
    /// No normalisation.
    None,
}

/// Stays as it is, whatever comes before it.
pub(super) const PLAIN: u8 = 0;
/// Classes from 1 to this one are canonical combining classes of marks that compose with nothing.
pub(super) const LAST_MARK: u8 = 240;
/// For the normaliser to decide.
pub(super) const SLOW: u8 = 241;
/// What the stage may strip. Normalisation leaves all of these alone, and nothing composes over them.
pub(super) const BOM: u8 = 242;
pub(super) const CONTROL: u8 = 243;
pub(super) const BIDI: u8 = 244;
pub(super) const ZERO_WIDTH: u8 = 245;
pub(super) const SOFT_HYPHEN: u8 = 246;
pub(super) const JOINER: u8 = 247;
pub(super) const SELECTOR: u8 = 248;
pub(super) const NONCHARACTER: u8 = 249;
pub(super) const REPLACEMENT: u8 = 250;

const COMBINING_CLASS: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();
const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
const NFD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfd();
const NFKD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();

/// Whether the last mark before a joiner is a virama, which makes the joiner choose a shape.
pub(super) fn is_virama(c: char) -> bool {
    COMBINING_CLASS.get_u8(c) == 9
}

impl Form {
    /// The classes for this form.
    pub(super) fn classes(self) -> &'static Classes {
        static TABLES: [OnceLock<Classes>; 3] = [const { OnceLock::new() }; 3];
        match self {
            Form::Nfc => TABLES[0].get_or_init(|| Classes::new(|c| class(Form::Nfc, c), |c| class(Form::Nfc, c))),
            Form::Nfkc => TABLES[1].get_or_init(|| Classes::new(|c| class(Form::Nfkc, c), |c| class(Form::Nfkc, c))),
            Form::None => TABLES[2].get_or_init(|| Classes::new(|c| class(Form::None, c), |c| class(Form::None, c))),
        }
    }

    /// Whether `text` is in this form.
    pub(super) fn holds(self, text: &str) -> bool {
        match self {
            Form::Nfc => NFC.is_normalized(text),
            Form::Nfkc => NFKC.is_normalized(text),
            Form::None => true,
        }
    }

    /// Appends `text` in this form to `out`.
    pub(super) fn write(self, text: &str, out: &mut String) {
        // Writing to a string does not fail.
        let _ = match self {
            Form::Nfc => NFC.normalize_to(text, out),
            Form::Nfkc => NFKC.normalize_to(text, out),
            Form::None => out.write_str(text),
        };
    }

    /// Whether text can be cut before `c`, of class [`SLOW`], and both sides be normalised apart.
    pub(super) fn begins_segment(self, c: char) -> bool {
        let one = std::iter::once(c);
        let first = match self {
            Form::Nfkc => NFKD.normalize_iter(one).next(),
            Form::Nfc | Form::None => NFD.normalize_iter(one).next(),
        };
        first.is_none_or(|c| COMBINING_CLASS.get_u8(c) == 0 && !composes_backward(c))
    }
}

/// Whether a composition has `c` as its second character.
fn composes_backward(c: char) -> bool {
    static SECONDS: OnceLock<HashSet<char>> = OnceLock::new();
    let seconds = SECONDS.get_or_init(|| {
        let pairs = CanonicalDecompositionBorrowed::new();
        // No composition lies beyond the second plane.
        let expansions = ('\0'..='\u{1ffff}').filter_map(|c| match pairs.decompose(c) {
            Decomposed::Expansion(_, second) => Some(second),
            _ => None,
        });
        expansions.collect()
    });
    seconds.contains(&c)
}

fn class(form: Form, c: char) -> u8 {
    if let Some(kind) = kind(c) {
        return kind;
    }
    let settled = match form {
        Form::None => return PLAIN,
        // Emoji, and the ideographs beyond the first plane, which are many in the texts that have them.
        _ if matches!(c, '\u{1f200}'..='\u{1faff}' | '\u{20000}'..='\u{2f7ff}') && form == Form::Nfc => return PLAIN,
        Form::Nfc => NFC.is_normalized(c.encode_utf8(&mut [0; 4])),
        Form::Nfkc => NFKC.is_normalized(c.encode_utf8(&mut [0; 4])),
    };
    match COMBINING_CLASS.get_u8(c) {
        0 if settled && form.begins_segment(c) => PLAIN,
        combining @ 1..=LAST_MARK if settled && !composes_backward(c) => combining,
        _ => SLOW,
    }
}

/// What kind of character the stage may strip `c` as.
fn kind(c: char) -> Option<u8> {
    Some(match c {
        // White space is for `clean.whitespace`: tab, line feed, vertical tab, form feed, return, next line.
        '\t'..='\r' | '\u{85}' => return None,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => CONTROL,
        '\u{ad}' => SOFT_HYPHEN,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => BIDI,
        '\u{200b}' | '\u{2060}' => ZERO_WIDTH,
        '\u{200c}' | '\u{200d}' => JOINER,
        '\u{feff}' => BOM,
        '\u{fffd}' => REPLACEMENT,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}' => SELECTOR,
        '\u{fdd0}'..='\u{fdef}' => NONCHARACTER,
        _ if c as u32 & 0xfffe == 0xfffe => NONCHARACTER,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, character by character: cut text at what is said to begin a segment, and nothing may change.
    #[test]
    fn segments_can_be_normalised_apart() {
        for form in [Form::Nfc, Form::Nfkc] {
            let classes = form.classes();
            let (mut whole, mut apart) = (String::new(), String::new());
            for c in '\0'..='\u{2ffff}' {
                let class = classes.of(c);
                let begins = class == PLAIN || class > SLOW || class == SLOW && form.begins_segment(c);
                if class != SLOW {
                    assert!(form.holds(c.encode_utf8(&mut [0; 4])), "{form:?} {c:?}");
                }
                if !begins {
                    continue;
                }
                // Letters and marks of several classes, Hangul that could go on, a vowel sign that composes.
                for before in
                    ["e", "ا", "a\u{323}\u{301}", "\u{ae40}\u{302}", "\u{1100}", "\u{ac00}", "\u{9c7}", "\u{16d67}"]
                {
                    let text = format!("{before}{c}");
                    whole.clear();
                    form.write(&text, &mut whole);
                    apart.clear();
                    form.write(before, &mut apart);
                    form.write(&text[before.len()..], &mut apart);
                    assert_eq!(whole, apart, "{form:?} {before:?} {c:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_stripped_is_left_alone_by_normalisation() {
        for c in '\0'..=char::MAX {
            if kind(c).is_some() {
                assert!(NFKC.is_normalized(c.encode_utf8(&mut [0; 4])), "{c:?}");
                assert_eq!(COMBINING_CLASS.get_u8(c), 0, "{c:?}");
                assert!(!composes_backward(c), "{c:?}");
            }
        }
    }
}
