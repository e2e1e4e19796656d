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
/// signs that stand alone) and the rarer vowel signs (U+0656–065F). U+0653–0655, which make a hamza letter, are not
/// among them: normalisation composes those.
pub(crate) const fn is_quranic_mark(c: char) -> bool {
    matches!(c, '\u{610}'..='\u{61a}' | '\u{656}'..='\u{65f}'
        | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}')
}
