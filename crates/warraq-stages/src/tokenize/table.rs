//! A table from code points to classes of one byte, fast to look up in UTF-8 text.

/// Code points below this have a flat table of their own: those that UTF-8 writes in one or two bytes.
const LOW: usize = 0x800;
const BLOCK: usize = 128;
const CODE_POINTS: usize = 0x11_0000;

/// The class of every code point, in two levels; the first 2048 code points in one.
///
/// Built once from the Unicode data of ICU4X, so that the classes are always those of the Unicode version that the rest of
/// the program was built with.
#[derive(Debug)]
pub(super) struct Table<C> {
    low: Box<[C; LOW]>,
    /// For each block of code points, where its classes begin in `blocks`.
    index: Box<[u32]>,
    /// The distinct blocks.
    blocks: Box<[C]>,
}

impl<C: Copy + PartialEq + Default> Table<C> {
    /// The table of what `fill` sets; every code point starts with the default class.
    pub(super) fn new(fill: impl FnOnce(&mut [C])) -> Self {
        let mut classes = vec![C::default(); CODE_POINTS];
        fill(&mut classes);
        let mut low = Box::new([C::default(); LOW]);
        low.copy_from_slice(&classes[..LOW]);
        let mut blocks: Vec<C> = Vec::new();
        // The planes are mostly long runs of one class: nearly every block is the one before it over again.
        let mut last = 0;
        let index = classes.chunks_exact(BLOCK).map(|block| {
            if blocks.get(last..last + BLOCK) != Some(block) {
                let known = blocks.chunks_exact(BLOCK).rposition(|known| known == block);
                last = known.map_or(blocks.len(), |n| n * BLOCK);
                if known.is_none() {
                    blocks.extend_from_slice(block);
                }
            }
            last as u32
        });
        let index = index.collect();
        Table { low, index, blocks: blocks.into() }
    }

    /// The class of the character that starts at byte `at` of valid UTF-8, and its length in bytes.
    #[inline(always)]
    pub(super) fn at(&self, text: &[u8], at: usize) -> (C, usize) {
        let first = text[at];
        if first < 0x80 {
            return (self.low[usize::from(first)], 1);
        }
        if first < 0xe0 {
            let c = usize::from(first & 0x1f) << 6 | usize::from(text[at + 1] & 0x3f);
            return (self.low[c % LOW], 2);
        }
        self.at_wide(text, at)
    }

    fn at_wide(&self, text: &[u8], at: usize) -> (C, usize) {
        let tail = |n: usize| usize::from(text[at + n] & 0x3f);
        let (c, len) = if text[at] < 0xf0 {
            (usize::from(text[at] & 0xf) << 12 | tail(1) << 6 | tail(2), 3)
        } else {
            (usize::from(text[at] & 7) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
        };
        (self.blocks[self.index[c / BLOCK] as usize + c % BLOCK], len)
    }

    /// The class of the character that ends at byte `end` of valid UTF-8, and its length in bytes. `end` is not 0.
    pub(super) fn before(&self, text: &[u8], end: usize) -> (C, usize) {
        let mut at = end - 1;
        while at > 0 && text[at] & 0xc0 == 0x80 {
            at -= 1;
        }
        self.at(text, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_point_is_found_by_character_and_in_text() {
        let class = |c: u32| (c.wrapping_mul(2_654_435_761) >> 24) as u8 & if c % 4096 < 300 { 0xff } else { 0 };
        let table = Table::new(|classes: &mut [u8]| {
            for (c, value) in classes.iter_mut().enumerate() {
                *value = class(c as u32);
            }
        });
        for c in '\0'..=char::MAX {
            let mut buffer = [0; 4];
            let text = c.encode_utf8(&mut buffer).as_bytes();
            let expected = class(c as u32);
            assert_eq!(table.at(text, 0), (expected, text.len()), "{c:?}");
            assert_eq!(table.before(text, text.len()), (expected, text.len()), "{c:?}");
        }
    }
}
