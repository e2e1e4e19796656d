//! One class for every code point, found by table: how the stages of this family skip over text they leave alone.

use crate::stops::Stops;

/// A class from 0 to 255 for every code point. Class 0 is "nothing to do", and [`Classes::find`] skips it quickly.
///
/// Two-byte characters (Latin, Arabic, Cyrillic, Hebrew) cost one look-up in a table of 2 KiB; the rest of the Basic
/// Multilingual Plane costs two. Beyond it a function decides.
pub(crate) struct Classes {
    /// Up to U+07FF, by code point.
    low: Box<[u8; 0x800]>,
    /// Up to U+FFFF, by code point / 64: the leaf that has the class.
    blocks: Box<[u16; 0x400]>,
    leaves: Vec<[u8; 64]>,
    /// From U+10000 on.
    high: fn(char) -> u8,
    /// Where a class may be other than 0.
    stops: Stops,
}

impl Classes {
    /// The table of the function `class`; `high` is asked for the classes from U+10000 on.
    pub(crate) fn new(class: impl Fn(char) -> u8, high: fn(char) -> u8) -> Self {
        let class = |c: usize| u32::try_from(c).ok().and_then(char::from_u32).map_or(0, &class);
        let low: Box<[u8; 0x800]> = Box::new(std::array::from_fn(class));
        let mut leaves: Vec<[u8; 64]> = Vec::new();
        let blocks = std::array::from_fn(|block| {
            let leaf = std::array::from_fn(|n| class(block * 64 + n));
            let at = leaves.iter().position(|l| *l == leaf).unwrap_or_else(|| {
                leaves.push(leaf);
                leaves.len() - 1
            });
            at as u16
        });
        let blocks: Box<[u16; 0x400]> = Box::new(blocks);
        let stops = Stops::new(|c| leaves[usize::from(blocks[c as usize >> 6])][c as usize & 63] != 0);
        Classes { low, blocks, leaves, high, stops }
    }

    /// The class of `c`.
    #[inline]
    pub(crate) fn of(&self, c: char) -> u8 {
        let c32 = c as usize;
        if c32 < 0x800 {
            self.low[c32]
        } else if c32 < 0x1_0000 {
            self.leaves[usize::from(self.blocks[c32 >> 6])][c32 & 63]
        } else {
            (self.high)(c)
        }
    }

    /// The first character at or after byte `from` whose class is not 0: where it is, and its class.
    #[inline]
    pub(crate) fn find(&self, text: &str, from: usize) -> Option<(usize, u8)> {
        let bytes = text.as_bytes();
        let mut at = from;
        // The continuation bytes are there, since the text is UTF-8.
        let byte = |at: usize| bytes.get(at).map_or(0, |b| usize::from(*b));
        loop {
            at = self.stops.skip(bytes, at);
            if at >= bytes.len() {
                return None;
            }
            let lead = byte(at);
            let (class, len) = if lead < 0x80 {
                (self.low[lead], 1)
            } else if lead < 0xe0 {
                (self.low[(lead & 0x1f) << 6 | byte(at + 1) & 0x3f], 2)
            } else if lead < 0xf0 {
                let leaf = self.blocks[(lead & 0xf) << 6 | byte(at + 1) & 0x3f];
                (self.leaves[usize::from(leaf)][byte(at + 2) & 0x3f], 3)
            } else {
                let c = text[at..].chars().next().unwrap_or('\0');
                ((self.high)(c), 4)
            };
            if class != 0 {
                return Some((at, class));
            }
            at += len;
        }
    }
}

/// The character that begins at byte `at`.
#[inline]
pub(crate) fn char_at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// The character that ends at byte `at`.
#[inline]
pub(crate) fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_function() {
        let class = |c: char| (c as u32 % 251) as u8;
        let classes = Classes::new(class, class);
        for c in ('\0'..=char::MAX).step_by(7).chain('\0'..'\u{3000}') {
            assert_eq!(classes.of(c), class(c), "{c:?}");
            let text = c.to_string();
            assert_eq!(classes.find(&text, 0), (class(c) != 0).then(|| (0, class(c))), "{c:?}");
        }
    }

    #[test]
    fn find_goes_over_characters_of_every_length() {
        let classes = Classes::new(|c| u8::from(c == 'x'), |c| 2 * u8::from(c == '😀'));
        let text = "aé、😁x😀";
        assert_eq!(classes.find(text, 0), Some((10, 1)));
        assert_eq!(classes.find(text, 11), Some((11, 2)));
        assert_eq!(classes.find(text, 15), None);
    }
}
