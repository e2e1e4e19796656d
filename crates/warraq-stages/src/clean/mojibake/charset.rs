//! The charsets that are mistaken for each other, byte by byte; from `encoding_rs`, which has the tables of the WHATWG
//! Encoding Standard.

use encoding_rs::{Encoding, KOI8_R, WINDOWS_1251, WINDOWS_1252, WINDOWS_1256};

/// A charset with a byte for each character.
pub(super) struct Charset {
    /// The characters of the bytes 0x80 to 0xff.
    chars: [char; 128],
    /// The same, sorted by character.
    bytes: Vec<(char, u8)>,
    /// Whether the controls U+0080 to U+009F stand for their own bytes, as in ISO 8859-1.
    controls: bool,
}

impl Charset {
    fn new(encoding: &'static Encoding, controls: bool) -> Charset {
        let chars: [char; 128] = std::array::from_fn(|n| {
            let byte = [n as u8 | 0x80];
            let text = encoding.decode_without_bom_handling(&byte).0;
            text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
        });
        let mut bytes: Vec<_> = chars.iter().enumerate().map(|(n, c)| (*c, n as u8 | 0x80)).collect();
        bytes.sort_unstable();
        Charset { chars, bytes, controls }
    }

    /// The byte of a character that is not of ASCII.
    pub(super) fn byte(&self, c: char) -> Option<u8> {
        if self.controls && matches!(c, '\u{80}'..='\u{9f}') {
            return Some(c as u8);
        }
        self.bytes.binary_search_by_key(&c, |(c, _)| *c).ok().map(|at| self.bytes[at].1)
    }

    /// The character of a byte from 0x80 on.
    pub(super) fn char(&self, byte: u8) -> char {
        self.chars[usize::from(byte & 0x7f)]
    }
}

/// The charsets, in the order of [`Charsets::all`].
pub(super) const WESTERN: usize = 0;
pub(super) const ARABIC: usize = 1;
pub(super) const CYRILLIC: usize = 2;
pub(super) const KOI8: usize = 3;

/// All of them.
pub(super) struct Charsets(Vec<Charset>);

impl Charsets {
    pub(super) fn new() -> Charsets {
        // Bytes that windows-1252 leaves out are controls there, and texts read as ISO 8859-1 have all of them.
        Charsets(vec![
            Charset::new(WINDOWS_1252, true),
            Charset::new(WINDOWS_1256, false),
            Charset::new(WINDOWS_1251, false),
            Charset::new(KOI8_R, false),
        ])
    }

    /// Windows-1252 with ISO 8859-1, windows-1256, windows-1251, KOI8-R.
    pub(super) fn all(&self) -> &[Charset] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_a_character_that_leads_back() {
        for charset in Charsets::new().all() {
            for byte in 0x80..=0xff {
                assert_eq!(charset.byte(charset.char(byte)), Some(byte), "{byte:#x}");
            }
        }
        let charsets = Charsets::new();
        assert_eq!(charsets.all()[WESTERN].byte('\u{92}'), Some(0x92));
        assert_eq!(charsets.all()[WESTERN].byte('’'), Some(0x92));
        assert_eq!(charsets.all()[ARABIC].byte('\u{92}'), None);
        assert_eq!(charsets.all()[CYRILLIC].byte('Ж'), Some(0xc6));
        assert_eq!(charsets.all()[KOI8].byte('ю'), Some(0xc0));
    }
}
