//! Facts about Arabic script that several stages need: which code points are vowel signs, which letters are variants.
//!
//! Code points and names: the Unicode Standard, chapter 9.2 and the charts U+0600, U+FB50 and U+FE70.

/// U+0640 ARABIC TATWEEL, which stretches a word and means nothing.
pub(crate) const TATWEEL: char = '\u{640}';

/// Tashkeel: the vowel signs of ordinary writing, tanwin, shadda, sukun (U+064B–0652) and the superscript alef (U+0670).
pub(crate) const fn is_tashkeel(c: char) -> bool {
    matches!(c, '\u{64b}'..='\u{652}' | '\u{670}')
}

/// Marks of Quranic and other careful writing: honorifics and small high signs (U+0610–061A, U+06D6–06ED without the
/// signs that stand alone), the rarer vowel signs (U+0656–065F) and the extended marks (U+0898–089F, U+08CA–08FF).
/// U+0653–0655, which make a hamza letter, are not among them: normalisation composes those.
pub(crate) const fn is_quranic_mark(c: char) -> bool {
    matches!(c, '\u{610}'..='\u{61a}' | '\u{656}'..='\u{65f}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}'
        | '\u{898}'..='\u{89f}' | '\u{8ca}'..='\u{8e1}' | '\u{8e3}'..='\u{8ff}')
}

/// Quranic signs that stand alone: end of ayah, rub el hizb, sajdah.
pub(crate) const fn is_quranic_sign(c: char) -> bool {
    matches!(c, '\u{6dd}' | '\u{6de}' | '\u{6e9}')
}

/// Small waw and small ya, letters by their category, which Quranic writing sets after a letter like marks.
pub(crate) const fn is_quranic_small_letter(c: char) -> bool {
    matches!(c, '\u{6e5}' | '\u{6e6}')
}

/// Maddah and hamza above and below (U+0653–0655), which turn alef, waw and ya into other letters.
pub(crate) const fn is_hamza_mark(c: char) -> bool {
    matches!(c, '\u{653}'..='\u{655}')
}

/// Alef in all forms of Arabic: bare, with hamza, with madda, and the alef of union (wasla).
pub(crate) const fn is_alef(c: char) -> bool {
    matches!(c, 'ا' | 'أ' | 'إ' | 'آ' | 'ٱ')
}

/// A letter of Arabic script in any language, presentation forms included; tatweel is none.
pub(crate) const fn is_letter(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{63f}' | '\u{641}'..='\u{64a}' | '\u{66e}' | '\u{66f}' | '\u{671}'..='\u{6d3}'
        | '\u{6d5}' | '\u{6ee}' | '\u{6ef}' | '\u{6fa}'..='\u{6fc}' | '\u{6ff}' | '\u{750}'..='\u{77f}'
        | '\u{870}'..='\u{887}' | '\u{889}'..='\u{88e}' | '\u{8a0}'..='\u{8c9}'
        | '\u{fb50}'..='\u{fbb1}' | '\u{fbd3}'..='\u{fc5d}' | '\u{fc64}'..='\u{fcf1}' | '\u{fcf5}'..='\u{fd3d}'
        | '\u{fd50}'..='\u{fdc7}' | '\u{fdf0}'..='\u{fdfb}' | '\u{fe80}'..='\u{fefc}')
}

/// The value of an Arabic-Indic (U+0660–0669) or Persian (U+06F0–06F9) digit.
pub(crate) const fn digit(c: char) -> Option<u8> {
    match c {
        '\u{660}'..='\u{669}' => Some((c as u32 - 0x660) as u8),
        '\u{6f0}'..='\u{6f9}' => Some((c as u32 - 0x6f0) as u8),
        _ => None,
    }
}

/// Whether a language tag (BCP 47) names Arabic or one of its varieties: ISO 639-3, members of the macrolanguage `ara`.
pub(crate) fn is_arabic_language(tag: &str) -> bool {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    const VARIETIES: [&str; 31] = [
        "ar", "ara", "aao", "abh", "abv", "acm", "acq", "acw", "acx", "acy", "adf", "aeb", "aec", "afb", "apc", "apd",
        "arb", "arq", "ars", "ary", "arz", "auz", "avl", "ayh", "ayl", "ayn", "ayp", "pga", "shu", "ssh", "ajp",
    ];
    VARIETIES.iter().any(|known| known.eq_ignore_ascii_case(primary))
}
