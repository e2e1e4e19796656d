//! Offsets inside the program are bytes; people and other languages count differently. This converts, in one pass.

/// What an offset in an input or output counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffsetUnit {
    /// Unicode code points: what indexes a Python string.
    #[default]
    Char,
    /// UTF-8 bytes.
    Byte,
    /// UTF-16 code units: what indexes a JavaScript or Java string.
    Utf16,
}

/// Converts byte offsets of one text to another unit and back.
///
/// A cursor remembers where it is, so a sequence of nearby offsets costs one pass over the text in all; going backwards
/// works too and costs the distance.
#[derive(Clone, Debug)]
pub struct OffsetCursor<'a> {
    text: &'a [u8],
    unit: OffsetUnit,
    /// An ASCII text has one unit per byte.
    ascii: bool,
    byte: usize,
    units: usize,
}

/// How many units the bytes of valid UTF-8 hold: code points are non-continuation bytes, and a four-byte sequence is two
/// UTF-16 units.
fn count(bytes: &[u8], unit: OffsetUnit) -> usize {
    match unit {
        OffsetUnit::Byte => bytes.len(),
        OffsetUnit::Char => bytes.iter().filter(|&&b| (b as i8) >= -0x40).count(),
        OffsetUnit::Utf16 => bytes.iter().map(|&b| usize::from((b as i8) >= -0x40) + usize::from(b >= 0xF0)).sum(),
    }
}

impl<'a> OffsetCursor<'a> {
    /// A cursor at the start of `text`.
    pub fn new(text: &'a str, unit: OffsetUnit) -> Self {
        let ascii = unit == OffsetUnit::Byte || text.is_ascii();
        OffsetCursor { text: text.as_bytes(), unit, ascii, byte: 0, units: 0 }
    }

    /// The offset in units of the byte offset `byte`.
    ///
    /// # Panics
    /// If `byte` is past the end of the text.
    pub fn at_byte(&mut self, byte: usize) -> usize {
        if self.ascii {
            return byte;
        }
        if byte >= self.byte {
            self.units += count(&self.text[self.byte..byte], self.unit);
        } else {
            self.units -= count(&self.text[byte..self.byte], self.unit);
        }
        self.byte = byte;
        self.units
    }

    /// The byte offset of the offset `units`, or `None` when it is past the end or inside a character.
    pub fn to_byte(&mut self, units: usize) -> Option<usize> {
        if self.ascii {
            let text = std::str::from_utf8(self.text).ok()?;
            return (units <= text.len() && text.is_char_boundary(units)).then_some(units);
        }
        if units < self.units {
            (self.byte, self.units) = (0, 0);
        }
        while self.units < units {
            let lead = *self.text.get(self.byte)?;
            let (bytes, utf16) = match lead {
                0..0x80 => (1, 1),
                0x80..0xE0 => (2, 1),
                0xE0..0xF0 => (3, 1),
                _ => (4, 2),
            };
            self.byte += bytes;
            self.units += if self.unit == OffsetUnit::Utf16 { utf16 } else { 1 };
        }
        (self.units == units).then_some(self.byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(text: &str, unit: OffsetUnit) -> usize {
        match unit {
            OffsetUnit::Byte => text.len(),
            OffsetUnit::Char => text.chars().count(),
            OffsetUnit::Utf16 => text.encode_utf16().count(),
        }
    }

    proptest! {
        #[test]
        fn conversions_agree_with_the_standard_library(text in "\\PC{0,40}", order in prop::collection::vec(any::<prop::sample::Index>(), 1..8)) {
            let ends: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            for unit in [OffsetUnit::Char, OffsetUnit::Byte, OffsetUnit::Utf16] {
                let mut cursor = OffsetCursor::new(&text, unit);
                let mut back = OffsetCursor::new(&text, unit);
                for index in &order {
                    let byte = *index.get(&ends);
                    let expected = units(&text[..byte], unit);
                    prop_assert_eq!(cursor.at_byte(byte), expected);
                    prop_assert_eq!(back.to_byte(expected), Some(byte));
                }
                prop_assert_eq!(back.to_byte(units(&text, unit) + 1), None);
            }
        }
    }

    #[test]
    fn an_offset_inside_a_character_is_no_offset() {
        assert_eq!(OffsetCursor::new("😀", OffsetUnit::Utf16).to_byte(1), None);
        assert_eq!(OffsetCursor::new("é", OffsetUnit::Byte).to_byte(1), None);
    }
}
