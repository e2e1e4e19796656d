//! What Python's strings call white space, a line and a letter: the reference filters are written in it, and where their
//! answers are to be repeated exactly, so must these be.
//!
//! Source: the documentation of `str.isspace`, `str.splitlines` and `str.isalpha` in the Python 3 library reference.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// `str.isspace` for one character: Unicode's white space and the four separators of ASCII (U+001C–001F).
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// `str.isalpha` for one character: a letter by its general category. Marks and letter numbers are none.
pub(super) fn is_alpha(c: char) -> bool {
    use GeneralCategory::{LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter};
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        LowercaseLetter | ModifierLetter | OtherLetter | TitlecaseLetter | UppercaseLetter
    )
}

/// `str.strip`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// A line of [`lines`], as byte offsets of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its first byte.
    pub(super) start: usize,
    /// The end of what is on it.
    pub(super) end: usize,
    /// The byte after its line end.
    pub(super) next: usize,
}

/// `str.splitlines`: a line end at the end of the text begins no further line.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line> + '_ {
    const ENDS: [char; 10] =
        ['\n', '\u{b}', '\u{c}', '\r', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(ENDS).unwrap_or(rest.len());
        let line_end = &rest[length..];
        let ends = if line_end.starts_with("\r\n") { 2 } else { line_end.chars().next().map_or(0, char::len_utf8) };
        let line = Line { start, end: start + length, next: start + length + ends };
        start = line.next;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_python() {
        for (text, expected) in [
            ("", vec![]),
            ("\n", vec![""]),
            ("a\r\nb\rc\n\nd", vec!["a", "b", "c", "", "d"]),
            ("a\u{2028}ب\u{85}c\u{1d}\u{1f}", vec!["a", "ب", "c", "\u{1f}"]),
            ("a\u{b}\u{c}", vec!["a", ""]),
        ] {
            let found: Vec<_> = lines(text).map(|line| &text[line.start..line.end]).collect();
            assert_eq!(found, expected, "{text:?}");
            assert_eq!(lines(text).map(|line| line.next - line.start).sum::<usize>(), text.len());
        }
    }

    #[test]
    fn letters_and_spaces_are_those_of_python() {
        for (c, alpha, space) in [
            ('a', true, false),
            ('ب', true, false),
            ('\u{640}', true, false),
            ('\u{64e}', false, false),
            ('Ⅷ', false, false),
            ('ⓐ', false, false),
            ('٣', false, false),
            ('\u{1f}', false, true),
            ('\u{a0}', false, true),
            ('\u{200b}', false, false),
        ] {
            assert_eq!((is_alpha(c), is_space(c)), (alpha, space), "{c:?}");
        }
    }
}
