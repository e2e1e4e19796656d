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
/// works too. Offsets that jump about cost a second pass, and then little each.
#[derive(Clone, Debug)]
pub struct OffsetCursor<'a> {
    text: &'a [u8],
    unit: OffsetUnit,
    /// An ASCII text has one unit per byte.
    ascii: bool,
    byte: usize,
    units: usize,
    /// Places about [`FAR`] units apart, as bytes and units, from the start to the end of the text: made at the first long way
    /// back. Who wrote the offsets decides how far they jump, and a long text may have a million of them.
    marks: Vec<(u32, u32)>,
}

/// From this distance on, in units, the marks are asked for a nearer place to start from.
const FAR: usize = 512;

/// How many units the bytes of valid UTF-8 hold: code points are non-continuation bytes, and a four-byte sequence is two
/// UTF-16 units.
///
/// Eight bytes at a time: an offset is converted for each end of each token, so the stretches are short and this is among
/// the hottest code of an export.
#[inline]
fn count(text: &[u8], from: usize, to: usize, unit: OffsetUnit) -> usize {
    if unit == OffsetUnit::Byte {
        return to - from;
    }
    // A word and the space before it: two reads and no loop, because lengths of words are hard to predict.
    if to - from <= 16
        && let Some(block) = text.get(from..).and_then(<[u8]>::first_chunk::<16>)
    {
        let block = u128::from_le_bytes(*block) & mask(to - from);
        let (low, high) = (block as u64, (block >> 64) as u64);
        return to - from + long(low, unit) + long(high, unit) - continuations(low) - continuations(high);
    }
    if to - from >= LONG && unit == OffsetUnit::Char {
        return text[from..to].chunks(255).map(characters).sum();
    }
    let (words, rest) = text[from..to].as_chunks::<8>();
    let mut units = to - from;
    for word in words {
        let word = u64::from_le_bytes(*word);
        units = units + long(word, unit) - continuations(word);
    }
    if rest.is_empty() {
        return units;
    }
    // What is left over is read together with what follows it, and that is then masked: zeros count for nothing. A copy of
    // just the rest would have to ask for its length, and lengths of words are hard to predict.
    let at = to - rest.len();
    let last = match text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        Some(word) => u64::from_le_bytes(*word) & ((1 << (8 * rest.len())) - 1),
        None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    units + long(last, unit) - continuations(last)
}

/// From this length on, in bytes, setting up a loop over whole vectors pays.
const LONG: usize = 64;

/// The characters that begin in at most 255 bytes: few enough to be counted in bytes, and so in vectors of bytes.
fn characters(bytes: &[u8]) -> usize {
    usize::from(bytes.iter().map(|&byte| u8::from(!is_continuation(byte))).sum::<u8>())
}

/// The low bytes of a block, so many of its 16.
#[inline]
fn mask(bytes: usize) -> u128 {
    u128::MAX.checked_shr(128 - 8 * bytes as u32).unwrap_or(0)
}

const LOW_BITS: u64 = 0x0101_0101_0101_0101;

/// How many of the bytes continue a character: `10xx_xxxx`.
#[inline]
fn continuations(word: u64) -> usize {
    sum((word >> 7) & !(word >> 6) & LOW_BITS)
}

/// How many of the bytes begin a character of two UTF-16 units, `1111_xxxx`, where that matters.
#[inline]
fn long(word: u64, unit: OffsetUnit) -> usize {
    if unit != OffsetUnit::Utf16 {
        return 0;
    }
    sum((word >> 7) & (word >> 6) & (word >> 5) & (word >> 4) & LOW_BITS)
}

/// The sum of eight bytes that are each 0 or 1.
#[inline]
fn sum(flags: u64) -> usize {
    (flags.wrapping_mul(LOW_BITS) >> 56) as usize
}

impl<'a> OffsetCursor<'a> {
    /// A cursor at the start of `text`.
    pub fn new(text: &'a str, unit: OffsetUnit) -> Self {
        let ascii = unit == OffsetUnit::Byte || text.is_ascii();
        OffsetCursor { text: text.as_bytes(), unit, ascii, byte: 0, units: 0, marks: Vec::new() }
    }

    /// The offset in units of the byte offset `byte`.
    ///
    /// # Panics
    /// If `byte` is past the end of the text.
    #[inline]
    pub fn at_byte(&mut self, byte: usize) -> usize {
        if self.ascii {
            return byte;
        }
        if self.byte.saturating_sub(byte) > 4 * FAR
            || (!self.marks.is_empty() && byte.saturating_sub(self.byte) > 4 * FAR)
        {
            self.jump(|&(at, _)| at as usize <= byte);
        }
        if byte == self.byte + 1 && self.text[self.byte] < 0x80 {
            // The space between two tokens.
            self.units += 1;
        } else if byte >= self.byte {
            self.units += count(self.text, self.byte, byte, self.unit);
        } else {
            self.units -= count(self.text, byte, self.byte, self.unit);
        }
        self.byte = byte;
        self.units
    }

    /// The byte offset of the offset `units`, or `None` when it is past the end or inside a character.
    pub fn to_byte(&mut self, units: usize) -> Option<usize> {
        if self.ascii {
            // One unit per byte. In a text that is counted in bytes, the offset may still be inside a character.
            let inside = self.text.get(units).is_some_and(|&b| is_continuation(b));
            return (units <= self.text.len() && !inside).then_some(units);
        }
        let is_far = |distance: usize| distance > FAR;
        if is_far(self.units.saturating_sub(units))
            || (!self.marks.is_empty() && is_far(units.saturating_sub(self.units)))
        {
            self.jump(|&(_, at)| at as usize <= units);
        }
        while self.units > units {
            self.byte -= 1;
            while is_continuation(self.text[self.byte]) {
                self.byte -= 1;
            }
            self.units -= self.width(self.text[self.byte]).1;
        }
        while self.units < units {
            let (bytes, width) = self.width(*self.text.get(self.byte)?);
            self.byte += bytes;
            self.units += width;
        }
        (self.units == units).then_some(self.byte)
    }

    /// Goes to the last of the marks for which `is_before` is true; it is for the first one.
    #[cold]
    fn jump(&mut self, is_before: impl Fn(&(u32, u32)) -> bool) {
        if self.marks.is_empty() {
            let (mut byte, mut units) = (0, 0);
            // A document's text is below 4 GiB.
            self.marks.push((0, 0));
            for end in (FAR..self.text.len()).step_by(FAR) {
                units += count(self.text, byte, end, self.unit);
                byte = end;
                // The units before a byte inside of a character are those with the character.
                let inside = self.text[end..].iter().take_while(|&&byte| is_continuation(byte)).count();
                self.marks.push(((end + inside) as u32, units as u32));
            }
        }
        let at = self.marks.partition_point(is_before).saturating_sub(1);
        (self.byte, self.units) = (self.marks[at].0 as usize, self.marks[at].1 as usize);
    }

    /// The length of the character that begins with the byte `lead`, in bytes and in units.
    fn width(&self, lead: u8) -> (usize, usize) {
        match lead {
            0..0x80 => (1, 1),
            0x80..0xE0 => (2, 1),
            0xE0..0xF0 => (3, 1),
            _ => (4, if self.unit == OffsetUnit::Utf16 { 2 } else { 1 }),
        }
    }
}

/// Buffers for [`Offsets`].
#[derive(Clone, Debug, Default)]
pub struct OffsetTable {
    units: Vec<u32>,
}

impl OffsetTable {
    /// Reads `text`, whose byte offsets are to be converted to `unit`.
    pub fn read<'a>(&'a mut self, text: &'a str, unit: OffsetUnit) -> Offsets<'a> {
        self.units.clear();
        let ascii = unit == OffsetUnit::Byte || text.is_ascii();
        if !ascii {
            let mut before = 0_u32;
            self.units.extend(text.as_bytes().as_chunks::<8>().0.iter().map(|word| {
                let word = u64::from_le_bytes(*word);
                let here = before;
                before += (8 + long(word, unit) - continuations(word)) as u32;
                here
            }));
            self.units.push(before);
        }
        Offsets { text: text.as_bytes(), unit, ascii, units: &self.units }
    }
}

/// Converts byte offsets of one text to another unit, in any order.
///
/// Dearer to set up than a cursor, and cheaper to ask: no offset waits for the one before it, and none costs the distance.
#[derive(Clone, Copy, Debug)]
pub struct Offsets<'a> {
    text: &'a [u8],
    unit: OffsetUnit,
    /// An ASCII text has one unit per byte.
    ascii: bool,
    /// The units before each eight bytes of the text, and before what is left at its end.
    units: &'a [u32],
}

impl Offsets<'_> {
    /// The offset in units of the byte offset `byte`, which is not past the end of the text.
    #[inline(always)]
    pub fn at_byte(&self, byte: u32) -> u32 {
        debug_assert!(byte as usize <= self.text.len());
        if self.ascii {
            return byte;
        }
        let (block, inside) = (byte as usize / 8, byte as usize % 8);
        // What comes after the offset is read too and masked: zeros count for nothing.
        let word = match self.text.get(8 * block..).and_then(<[u8]>::first_chunk::<8>) {
            Some(word) => u64::from_le_bytes(*word),
            None => self.last_word(),
        };
        let word = word & ((1 << (8 * inside)) - 1);
        self.units[block] + (inside + long(word, self.unit) - continuations(word)) as u32
    }

    /// The bytes past the last whole eight.
    #[inline(never)]
    fn last_word(&self) -> u64 {
        self.text.as_chunks::<8>().1.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
    }
}

fn is_continuation(byte: u8) -> bool {
    (byte as i8) < -0x40
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
                let mut table = OffsetTable::default();
                let offsets = table.read(&text, unit);
                for index in &order {
                    let byte = *index.get(&ends);
                    let expected = units(&text[..byte], unit);
                    prop_assert_eq!(cursor.at_byte(byte), expected);
                    prop_assert_eq!(offsets.at_byte(byte as u32) as usize, expected);
                    prop_assert_eq!(back.to_byte(expected), Some(byte));
                }
                prop_assert_eq!(back.to_byte(units(&text, unit) + 1), None);
            }
        }
    }

    #[test]
    fn offsets_that_jump_about_cost_little_each() {
        let text = "abت😀é ".repeat(200_000);
        let ends: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        let begin = std::time::Instant::now();
        for unit in [OffsetUnit::Char, OffsetUnit::Utf16] {
            let (mut cursor, mut back) = (OffsetCursor::new(&text, unit), OffsetCursor::new(&text, unit));
            let mut table = OffsetTable::default();
            let offsets = table.read(&text, unit);
            let mut at = 0;
            for n in 0..20_000 {
                at = if n % 2 == 0 { at + 700_001 } else { at * 7 } % ends.len();
                let units = offsets.at_byte(ends[at] as u32) as usize;
                assert_eq!((cursor.at_byte(ends[at]), back.to_byte(units)), (units, Some(ends[at])));
            }
            assert_eq!(back.to_byte(usize::MAX), None);
            assert_eq!(back.to_byte(3), Some(ends[3]));
        }
        assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
    }

    #[test]
    fn an_offset_inside_a_character_is_no_offset() {
        assert_eq!(OffsetCursor::new("😀", OffsetUnit::Utf16).to_byte(1), None);
        assert_eq!(OffsetCursor::new("é", OffsetUnit::Byte).to_byte(1), None);
    }
}
