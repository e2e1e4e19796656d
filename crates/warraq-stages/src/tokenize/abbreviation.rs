//! Full stops inside Arabic abbreviations, which both tokenizers leave alone.

/// Whether the full stop at byte `at`, between two Arabic letters, is that of an abbreviation such as `د.ب.أ` or
/// `بي.بي.سي`: at most two letters on either side. Otherwise it ends a sentence after which a space was forgotten. (Of the
/// places in Arabic news where a full stop stands between letters, those with longer words on both sides are nearly four times
/// as many as the others, and next to none of them is an abbreviation.)
pub(super) fn is_inside_abbreviation(text: &str, at: usize) -> bool {
    fn is_short(letters: impl Iterator<Item = char>) -> bool {
        // Not more than a few characters are read, however long the word is.
        let is_letter = |c: char| matches!(c, '\u{620}'..='\u{64a}') || c.is_alphabetic();
        let letters = letters.take(12).take_while(|&c| is_letter(c) || crate::arabic::is_tashkeel(c));
        letters.filter(|&c| !crate::arabic::is_tashkeel(c)).count() <= 2
    }
    is_short(text[..at].chars().rev()) && is_short(text[at + 1..].chars())
}
