//! The answers for short tokens met lately. Most tokens of a text are short, and few different ones: their answers fit into a
//! processor's second cache, and to find one takes no comparison of strings.

use super::store::Place;
use crate::model::conjoin;

/// How many answers there are, as a power of two; an answer takes 32 bytes.
const SIZE: u32 = 14;

/// A token of up to sixteen bytes, in numbers: two tokens are the same if these are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Short {
    head: u64,
    tail: u64,
    len: u8,
}

impl Short {
    /// None of a token that is longer, or empty.
    #[inline]
    pub(super) fn of(token: &str) -> Option<Self> {
        let bytes = token.as_bytes();
        // Both ends of the token, which overlap: no byte is left out.
        let ends = || Some((u64::from_le_bytes(*bytes.first_chunk()?), u64::from_le_bytes(*bytes.last_chunk()?)));
        let short_ends = || Some((u32::from_le_bytes(*bytes.first_chunk()?), u32::from_le_bytes(*bytes.last_chunk()?)));
        let (head, tail) = match bytes {
            [] => return None,
            [first, .., last] if bytes.len() < 4 => (u64::from(*first), u64::from(bytes[1]) << 8 | u64::from(*last)),
            [only] => (u64::from(*only), 0),
            _ if bytes.len() < 8 => short_ends().map(|(head, tail)| (head.into(), tail.into()))?,
            _ if bytes.len() <= 16 => ends()?,
            _ => return None,
        };
        Some(Short { head, tail, len: bytes.len() as u8 })
    }

    fn slot(self) -> usize {
        (conjoin(conjoin(self.head, self.tail), self.len.into()) >> (u64::BITS - SIZE)) as usize
    }
}

/// Tokens and where their analyses are. A token drives out another one that its hash leads to the place of.
#[derive(Debug)]
pub(super) struct Recent {
    slots: Vec<(Short, Place)>,
}

impl Recent {
    pub(super) fn new() -> Self {
        Recent { slots: vec![(Short::default(), Place::default()); 1 << SIZE] }
    }

    #[inline]
    pub(super) fn get(&self, token: Short) -> Option<Place> {
        let (found, place) = self.slots[token.slot()];
        (found == token).then_some(place)
    }

    pub(super) fn put(&mut self, token: Short, place: Place) {
        self.slots[token.slot()] = (token, place);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.slots.fill((Short::default(), Place::default()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tokens_are_the_same_if_their_numbers_are(a in "[ab\u{628}]{0,12}", b in "[ab\u{628}]{0,12}") {
            for token in [&a, &b] {
                prop_assert_eq!(Short::of(token).is_some(), (1..=16).contains(&token.len()));
            }
            if let (Some(short), Some(other)) = (Short::of(&a), Short::of(&b)) {
                prop_assert_eq!(short == other, a == b);
            }
        }
    }

    #[test]
    fn what_was_put_is_there_until_it_is_driven_out() {
        let mut recent = Recent::new();
        let (token, place) = (Short::of("من").unwrap(), Place::default());
        assert_eq!(recent.get(token), None);
        recent.put(token, place);
        assert_eq!((recent.get(token), recent.get(Short::of("عن").unwrap())), (Some(place), None));
        recent.clear();
        assert_eq!(recent.get(token), None);
    }
}
