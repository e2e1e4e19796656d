//! Marks that end sentences and lines, and what counts as punctuation, in the reference filters and in ours.

/// The 159 terminal marks of FineWeb (`TERMINAL_PUNCTUATION` in datatrove 0.10, `utils/text.py`), as ranges of code points.
#[rustfmt::skip]
const TERMINAL: &[(u32, u32)] = &[
    (0x21, 0x21), (0x2e, 0x2e), (0x3f, 0x3f), (0x589, 0x589), (0x61d, 0x61f), (0x6d4, 0x6d4), (0x700, 0x702),
    (0x7f9, 0x7f9), (0x837, 0x837), (0x839, 0x839), (0x83d, 0x83e), (0x964, 0x965), (0x104a, 0x104b),
    (0x1362, 0x1362), (0x1367, 0x1368), (0x166e, 0x166e), (0x1735, 0x1736), (0x17d4, 0x17d6), (0x17d9, 0x17da),
    (0x1803, 0x1803), (0x1809, 0x1809), (0x1944, 0x1945), (0x1aa8, 0x1aab), (0x1b5a, 0x1b5b), (0x1b5e, 0x1b5f),
    (0x1b7d, 0x1b7e), (0x1c3b, 0x1c3c), (0x1c7e, 0x1c7f), (0x203c, 0x203d), (0x2047, 0x2049), (0x2e2e, 0x2e2e),
    (0x2e3c, 0x2e3c), (0x2e53, 0x2e54), (0x3002, 0x3002), (0xa4ff, 0xa4ff), (0xa60e, 0xa60f), (0xa6f3, 0xa6f3),
    (0xa6f7, 0xa6f7), (0xa876, 0xa877), (0xa8ce, 0xa8cf), (0xa92f, 0xa92f), (0xa9c8, 0xa9c9), (0xaa5d, 0xaa5f),
    (0xaaf0, 0xaaf1), (0xabeb, 0xabeb), (0xfe52, 0xfe52), (0xfe56, 0xfe57), (0xff01, 0xff01), (0xff0e, 0xff0e),
    (0xff1f, 0xff1f), (0xff61, 0xff61), (0x10a56, 0x10a57), (0x10f55, 0x10f59), (0x10f86, 0x10f89),
    (0x11047, 0x11048), (0x110be, 0x110c1), (0x11141, 0x11143), (0x111c5, 0x111c6), (0x111cd, 0x111cd),
    (0x111de, 0x111df), (0x11238, 0x11239), (0x1123b, 0x1123c), (0x112a9, 0x112a9), (0x1144b, 0x1144c),
    (0x115c2, 0x115c3), (0x115c9, 0x115d7), (0x11641, 0x11642), (0x1173c, 0x1173e), (0x11944, 0x11944),
    (0x11946, 0x11946), (0x11a42, 0x11a43), (0x11a9b, 0x11a9c), (0x11c41, 0x11c42), (0x11ef7, 0x11ef8),
    (0x11f43, 0x11f44), (0x16a6e, 0x16a6f), (0x16af5, 0x16af5), (0x16b37, 0x16b38), (0x16b44, 0x16b44),
    (0x16e98, 0x16e98), (0x1bc9f, 0x1bc9f), (0x1da88, 0x1da88),
];

/// The 129 characters of `PUNCTUATION` in the same file; with those of [`TERMINAL`], a token of nothing else is no word to
/// datatrove's Gopher filter.
#[rustfmt::skip]
const PUNCTUATION: &[(u32, u32)] = &[
    (0, 0x8), (0xb, 0x1f), (0x21, 0x2f), (0x3a, 0x40), (0x5b, 0x60), (0x7b, 0x9f), (0xab, 0xab), (0xb4, 0xb4),
    (0xbb, 0xbb), (0x2013, 0x2014), (0x2019, 0x2019), (0x201c, 0x201e), (0x2026, 0x2026), (0x2236, 0x2236),
    (0x2501, 0x2501), (0x25ba, 0x25ba), (0x3001, 0x3002), (0x3008, 0x300d), (0x3010, 0x3011), (0xff01, 0xff01),
    (0xff05, 0xff05), (0xff08, 0xff09), (0xff0c, 0xff0c), (0xff0e, 0xff0e), (0xff11, 0xff11), (0xff1a, 0xff1b),
    (0xff1f, 0xff1f), (0xff5e, 0xff5e),
];

fn is_in(ranges: &[(u32, u32)], c: char) -> bool {
    let c = u32::from(c);
    let after = ranges.partition_point(|(first, _)| *first <= c);
    after > 0 && c <= ranges[after - 1].1
}

/// Whether a line that ends in `c` ends a sentence, to FineWeb.
pub(super) fn is_terminal(c: char) -> bool {
    is_in(TERMINAL, c)
}

/// Whether datatrove counts `c` as punctuation.
pub(super) fn is_datatrove_punctuation(c: char) -> bool {
    is_in(PUNCTUATION, c) || is_terminal(c)
}

/// A quotation mark or bracket that may stand behind the mark which ends a sentence.
pub(super) fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '}' | '»' | '”' | '’' | '›' | '﴾' | '」' | '』' | '）' | '】' | '〉' | '》')
}

/// Whether the line ends a sentence, to us: with a terminal mark, after which quotes and brackets may be closed. An
/// ellipsis, of dots or of one character, breaks a sentence off and is none.
pub(super) fn ends_sentence(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches(is_closing);
    line.ends_with(is_terminal) && !line.ends_with("...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sets_have_as_many_marks_as_those_of_datatrove() {
        let size = |is: fn(char) -> bool| ('\0'..=char::MAX).filter(|&c| is(c)).count();
        assert_eq!(size(is_terminal), 159);
        assert_eq!(size(|c| is_in(PUNCTUATION, c)), 129);
        for ranges in [TERMINAL, PUNCTUATION] {
            assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0), "ranges are in order");
        }
    }

    #[test]
    fn quotes_and_brackets_may_close_behind_the_mark() {
        for (line, ends) in [
            ("قال: «نعم.»", true),
            ("هل وصلوا؟", true),
            ("(See below.) ", true),
            ("وصلوا۔", true),
            ("继续。”", true),
            ("وهكذا...", false),
            ("وهكذا…", false),
            ("اقرأ أيضا", false),
            ("»", false),
        ] {
            assert_eq!(ends_sentence(line), ends, "{line}");
        }
    }
}
