//! Presentation forms: code points that encode how a letter looks in its place, a ligature, or a whole phrase.

use crate::arabic::is_tashkeel;
use icu_normalizer::ComposingNormalizerBorrowed;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

const FORMS_A: RangeInclusive<u32> = 0xfb50..=0xfdff;
const FORMS_B: RangeInclusive<u32> = 0xfe70..=0xfefc;

/// Phrases, and the currency sign. Unicode decomposes only two of them, and the sign into a Persian word.
const PHRASES: [(char, &str); 24] = [
    ('\u{fd40}', "رحمه الله"),
    ('\u{fd41}', "رضي الله عنه"),
    ('\u{fd42}', "رضي الله عنها"),
    ('\u{fd43}', "رضي الله عنهم"),
    ('\u{fd44}', "رضي الله عنهما"),
    ('\u{fd45}', "رضي الله عنهن"),
    ('\u{fd46}', "صلى الله عليه وآله"),
    ('\u{fd47}', "عليه السلام"),
    ('\u{fd48}', "عليهم السلام"),
    ('\u{fd49}', "عليهما السلام"),
    ('\u{fd4a}', "عليه الصلاة والسلام"),
    ('\u{fd4b}', "قدس سره"),
    ('\u{fd4c}', "صلى الله عليه وآله وسلم"),
    ('\u{fd4d}', "عليها السلام"),
    ('\u{fd4e}', "تبارك وتعالى"),
    ('\u{fd4f}', "رحمهم الله"),
    ('\u{fdcf}', "سلامه علينا"),
    ('\u{fdf5}', "صلعم"),
    ('\u{fdfa}', "صلى الله عليه وسلم"),
    ('\u{fdfb}', "جل جلاله"),
    (RIAL, "ريال"),
    ('\u{fdfd}', "بسم الله الرحمن الرحيم"),
    ('\u{fdfe}', "سبحانه وتعالى"),
    ('\u{fdff}', "عز وجل"),
];

/// RIAL SIGN.
pub(super) const RIAL: char = '\u{fdfc}';
/// What the rial sign stands for in languages other than Arabic.
pub(super) const PERSIAN_RIAL: &str = "ریال";
/// ARABIC LIGATURE ALLAH ISOLATED FORM.
pub(super) const ALLAH: char = '\u{fdf2}';

/// Whether `c` stands for words of their own, which need a space where a letter or digit is beside them.
pub(super) fn is_phrase(c: char) -> bool {
    PHRASES.iter().any(|(phrase, _)| *phrase == c)
}

/// Whether `c` is the presentation form of marks, alone or on a tatweel.
pub(super) const fn is_mark_form(c: char) -> bool {
    matches!(c, '\u{fc5e}'..='\u{fc63}' | '\u{fcf2}'..='\u{fcf4}' | '\u{fe70}'..='\u{fe72}' | '\u{fe74}' | '\u{fe76}'..='\u{fe7f}')
}

struct Table {
    text: String,
    /// Where the expansion of each code point of both ranges begins, and where the last one ends.
    starts: Vec<u16>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        let (mut text, mut starts) = (String::new(), vec![0]);
        for c in FORMS_A.chain(FORMS_B).map(|c| char::from_u32(c).unwrap_or_default()) {
            let mut own = [0; 4];
            let own = c.encode_utf8(&mut own);
            match PHRASES.iter().find(|(phrase, _)| *phrase == c) {
                Some((_, words)) => text += words,
                None => {
                    let plain = nfkc.normalize(own);
                    // A mark by itself is given a space to stand on, which it does not need after its letter.
                    text += if *plain == *own { "" } else { plain.trim_start_matches(' ') };
                }
            }
            starts.push(text.len() as u16);
        }
        Table { text, starts }
    })
}

/// The plain text that a presentation form stands for; `None` for those without one, such as ornate parentheses.
pub(super) fn expansion(c: char) -> Option<&'static str> {
    let c = c as u32;
    let index = if FORMS_A.contains(&c) {
        c - FORMS_A.start()
    } else if FORMS_B.contains(&c) {
        c - FORMS_B.start() + 1 + FORMS_A.end() - FORMS_A.start()
    } else {
        return None;
    };
    let Table { text, starts } = table();
    let index = index as usize;
    let plain = &text[usize::from(starts[index])..usize::from(starts[index + 1])];
    (!plain.is_empty()).then_some(plain)
}

/// What the ligature ﷲ stands for after `before`. Fonts that draw it without its alef have taught people to type the alef
/// or the lam of «لله» themselves, so these are not doubled.
pub(super) fn allah(before: &str) -> &'static str {
    let mut word = before.chars().rev().filter(|c| !is_tashkeel(*c)).take_while(|c| c.is_alphabetic());
    let in_front = |c: char| matches!(c, 'و' | 'ف' | 'ب' | 'ك' | 'ت' | 'أ');
    let last = word.next();
    let in_front = word.take(4).all(in_front);
    match last {
        Some('ا' | '\u{fe8d}' | '\u{fe8e}') if in_front => "لله",
        Some('ل' | '\u{fedf}') if in_front => "له",
        _ => "الله",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_become_plain_letters() {
        for (form, plain) in [
            ('ﻣ', Some("م")),
            ('ﻷ', Some("لأ")),
            ('ﻵ', Some("لآ")),
            ('ﯾ', Some("ی")),
            ('ﭘ', Some("پ")),
            ('\u{fe70}', Some("\u{64b}")),
            ('\u{fe77}', Some("\u{640}\u{64e}")),
            ('\u{fc60}', Some("\u{64e}\u{651}")),
            ('ﷲ', Some("الله")),
            ('ﷺ', Some("صلى الله عليه وسلم")),
            (RIAL, Some("ريال")),
            ('﴾', None),
            ('\u{feff}', None),
            ('a', None),
        ] {
            assert_eq!(expansion(form), plain, "{form:?}");
        }
    }

    /// Against the normaliser, over both blocks.
    #[test]
    fn all_forms_but_phrases_are_as_unicode_has_them() {
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        for c in ('\u{fb50}'..='\u{fdff}').chain('\u{fe70}'..='\u{fefc}').filter(|c| !is_phrase(*c)) {
            let own = c.to_string();
            let plain = nfkc.normalize(&own);
            assert_eq!(expansion(c).unwrap_or(&own), plain.trim_start_matches(' '), "{c:?}");
            let marks = plain.chars().all(|c| c == ' ' || c == '\u{640}' || is_tashkeel(c));
            assert_eq!(is_mark_form(c), marks, "{c:?}");
        }
    }
}
