//! Features are numbers: a hash of what they say. Names are never stored, which keeps models small and lookups short; that two
//! features share a number happens once in some ten thousand lookups and costs less than storing names would.

/// A feature as the tables know it.
pub(crate) type Key = u32;

/// Mixes a value into a hash: multiplication by 2^64 divided by the golden ratio (Fibonacci hashing; Knuth, The Art of
/// Computer Programming, volume 3, 6.4), and its high bits folded down.
#[inline]
pub(crate) const fn conjoin(hash: u64, value: u64) -> u64 {
    let mixed = (hash.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 32)
}

/// The hash of characters.
#[inline]
pub(crate) fn hash(chars: &[char]) -> u64 {
    chars.iter().fold(conjoin(1, chars.len() as u64), |hash, &c| conjoin(hash, c as u64))
}

/// The hash of a string; another one than that of its characters.
#[inline]
pub(crate) fn hash_str(text: &str) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let start = conjoin(2, text.len() as u64);
    let hash = words.iter().fold(start, |hash, word| conjoin(hash, u64::from_le_bytes(*word)));
    conjoin(hash, rest.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn hashes_of_short_strings_are_spread() {
        let letters: Vec<char> = ('\u{620}'..'\u{650}').collect();
        let mut seen = HashSet::new();
        for &a in &letters {
            for &b in &letters {
                for n in 0..20 {
                    seen.insert(conjoin(hash(&[a, b]), n) as Key);
                }
            }
        }
        assert!(seen.len() > 46_000, "{} of {}", seen.len(), 48 * 48 * 20);
        assert_ne!(hash_str("ab"), hash_str("ab\0"));
        assert_ne!(hash(&['a']), hash(&['a', 'a']));
    }
}
