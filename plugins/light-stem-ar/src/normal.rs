//! The spelling that light10 works on: no marks, no tatweel, one alef, no final alef maqsura or ta marbuta.
//!
//! Larkey, Ballesteros and Connell normalise text in the encoding Windows-1256 before they stem it: diacritics go, `آ أ إ`
//! become `ا`, and at the end of a word `ى` becomes `ي` and `ة` becomes `ه`. What Unicode has besides that encoding is
//! treated in the same spirit: alef wasla is an alef, Quranic marks are diacritics, and a letter that is written as base
//! and hamza above is the composed letter.

/// An Arabic word as it is to be stemmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arabic<'a> {
    /// Its letters.
    pub(crate) word: &'a str,
    /// Whether it was written with a final ta marbuta, so that a final `ه` is no pronoun.
    pub(crate) ta_marbuta: bool,
}

/// What a character is to the stemmer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Letter,
    /// Vowel signs, Quranic marks, tatweel and invisible characters: written, but no letters.
    Passing,
    HamzaAbove,
    Foreign,
}

/// Letters are the Arabic ones of two bytes in UTF-8 (U+0620–U+077F); those further up belong to other languages or are
/// presentation forms, which a cleaning stage turns into letters.
fn class(c: char) -> Class {
    match c {
        '\u{654}' => Class::HamzaAbove,
        '\u{620}'..='\u{63f}'
        | '\u{641}'..='\u{64a}'
        | '\u{66e}'
        | '\u{66f}'
        | '\u{671}'..='\u{6d3}'
        | '\u{6d5}'
        | '\u{6ee}'
        | '\u{6ef}'
        | '\u{6fa}'..='\u{6fc}'
        | '\u{6ff}'
        | '\u{750}'..='\u{77f}' => Class::Letter,
        '\u{610}'..='\u{61a}'
        | '\u{640}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{6d6}'..='\u{6dc}'
        | '\u{6df}'..='\u{6e8}'
        | '\u{6ea}'..='\u{6ed}'
        | '\u{897}'..='\u{89f}'
        | '\u{8ca}'..='\u{8e1}'
        | '\u{8e3}'..='\u{8ff}' => Class::Passing,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' => {
            Class::Passing
        }
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => Class::Passing,
        _ => Class::Foreign,
    }
}

/// The token as it stands, if it is an Arabic word: letters, marks and nothing else.
pub(crate) fn as_written(token: &str) -> Option<Arabic<'_>> {
    let mut letters = false;
    for c in token.chars() {
        match class(c) {
            Class::Letter => letters = true,
            Class::Foreign => return None,
            Class::Passing | Class::HamzaAbove => {}
        }
    }
    letters.then_some(Arabic { word: token, ta_marbuta: token.ends_with('ة') })
}

/// The token in light10's spelling, if it is an Arabic word. `scratch` is overwritten.
pub(crate) fn normalized<'a>(token: &str, scratch: &'a mut String) -> Option<Arabic<'a>> {
    scratch.clear();
    for c in token.chars() {
        match class(c) {
            Class::Letter => scratch.push(match c {
                'آ' | 'أ' | 'إ' | 'ٱ' => 'ا',
                other => other,
            }),
            Class::Passing => {}
            Class::HamzaAbove => {
                let composed = match scratch.chars().next_back() {
                    Some('و') => 'ؤ',
                    Some('ي') => 'ئ',
                    _ => continue,
                };
                scratch.pop();
                scratch.push(composed);
            }
            Class::Foreign => return None,
        }
    }
    let last = scratch.chars().next_back()?;
    if let Some(folded) = match last {
        'ى' => Some('ي'),
        'ة' => Some('ه'),
        _ => None,
    } {
        scratch.pop();
        scratch.push(folded);
    }
    Some(Arabic { word: scratch, ta_marbuta: last == 'ة' })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(token: &str) -> Option<String> {
        normalized(token, &mut String::new()).map(|found| found.word.to_owned())
    }

    #[test]
    fn words_come_out_in_one_spelling() {
        for (token, expected) in [
            ("كِتَابٌ", "كتاب"),
            ("مـــرحـبا", "مرحبا"),
            ("أإآٱ", "اااا"),
            ("ا\u{654}ا\u{655}ا\u{653}", "ااا"),
            ("مؤتمر", "مؤتمر"),
            ("مو\u{654}تمر", "مؤتمر"),
            ("ري\u{64e}\u{654}يس", "رئيس"),
            ("مستشفى", "مستشفي"),
            ("موسىٰ", "موسي"),
            ("مدينةٌ", "مدينه"),
            ("ىة", "ىه"),
            ("ةى", "ةي"),
            ("\u{200f}نعم\u{200f}", "نعم"),
            ("می\u{200c}شود", "میشود"),
        ] {
            assert_eq!(normal(token).as_deref(), Some(expected), "{token}");
        }
    }

    #[test]
    fn what_holds_anything_but_arabic_letters_is_no_arabic_word() {
        for token in ["", "abc", "2024", "مادة5", "١٢", "#القدس", "د.ب.أ", "ـ", "\u{64e}", "،", "ﻣﺮﺣﺒﺎ", "ال中"]
        {
            assert_eq!(normal(token), None, "{token}");
            assert_eq!(as_written(token), None, "{token}");
        }
    }

    #[test]
    fn a_ta_marbuta_is_remembered() {
        let mut scratch = String::new();
        for (token, ta_marbuta) in [("مدينة", true), ("مدينةٌ", true), ("مدينه", false), ("مياه", false)]
        {
            assert_eq!(normalized(token, &mut scratch).map(|found| found.ta_marbuta), Some(ta_marbuta), "{token}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(token in "[\u{610}-\u{6ff}a]{0,12}") {
            if let Some(once) = normal(&token) {
                prop_assert!(once.chars().count() <= token.chars().count());
                prop_assert_eq!(normal(&once), Some(once));
            }
            prop_assert_eq!(normal(&token).is_some(), as_written(&token).is_some());
        }
    }
}
