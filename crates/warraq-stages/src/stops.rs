//! Skipping over text in which a stage has nothing to do, without looking for where its characters begin.

/// For any two bytes that follow each other: whether a character may begin at the first that a stage has to look at.
///
/// A scan from character to character waits for the length of each before it can read the next, and the ends of words
/// are hard to predict. Here every byte is asked together with the one after it, so that nothing waits and nothing is
/// predicted but that there is no stop: bytes inside a character are never stops. The table has an entry for each pair,
/// of which a text uses few.
pub(crate) struct Stops(Box<[bool; 0x1_0000]>);

/// How many bytes are looked at together.
const BLOCK: usize = 8;

impl Stops {
    /// The table for the code points that `is_stop` names. Those from U+10000 on all are stops, and so are those of the
    /// other three-byte characters that share their first two bytes with one.
    pub(crate) fn new(is_stop: impl Fn(u32) -> bool) -> Self {
        let mut stops = Box::new([false; 0x1_0000]);
        let mut set = |first: u32, second: u32| stops[(second << 8 | first) as usize] = true;
        for c in (0..0x1_0000).filter(|&c| is_stop(c)) {
            match c {
                0..0x80 => (0..0x100).for_each(|second| set(c, second)),
                0x80..0x800 => set(0xc0 | c >> 6, 0x80 | c & 0x3f),
                _ => set(0xe0 | c >> 12, 0x80 | c >> 6 & 0x3f),
            }
        }
        for first in 0xf0..0x100 {
            (0..0x100).for_each(|second| set(first, second));
        }
        Stops(stops)
    }

    /// A place where a character begins, or the end of the text: no character between `at`, where one begins too, and
    /// there is a stop. The one there need not be a stop either; if it is not, it pays to ask again behind it.
    #[inline]
    pub(crate) fn skip(&self, text: &[u8], mut at: usize) -> usize {
        while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<{ BLOCK + 1 }>) {
            let is_stop = |n: usize| self.0[usize::from(u16::from_le_bytes([bytes[n], bytes[n + 1]]))];
            if (0..BLOCK).fold(false, |any, n| any | is_stop(n)) {
                return at + (0..BLOCK).position(is_stop).unwrap_or(0);
            }
            at += BLOCK;
        }
        while text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
            at += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_stop(c: u32) -> bool {
        matches!(char::from_u32(c), Some('.' | 'ة' | '\u{64e}' | '…' | '漢' | '\u{10000}'..))
    }

    proptest! {
        #[test]
        fn no_stop_is_skipped(text in "[ -.a-cا-ي\u{64b}-\u{652}‐-…一-漢😀]{0,40}", from in any::<prop::sample::Index>()) {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let from = *from.get(&places);
            let to = Stops::new(is_stop).skip(text.as_bytes(), from);
            prop_assert!(to >= from && text.is_char_boundary(to));
            prop_assert!(!text[from..to].chars().any(|c| is_stop(c as u32)), "{from}..{to}");
            prop_assert!(to + BLOCK >= text.len() || !text[to..].is_ascii() || is_stop(text[to..].chars().next().map_or(0, u32::from)));
        }
    }
}
