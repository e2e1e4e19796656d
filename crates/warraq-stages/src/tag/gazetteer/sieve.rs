//! A sieve before the search: most tokens begin no phrase, and one look at a small table says so.
//!
//! The table is a Bloom filter with one hash: a bit for the first word of every phrase, where a word is a run of folded
//! letters. A token's own run is hashed in one pass, and with it every rest behind a possible proclitic, because the hash is a
//! polynomial: the hash of a rest is that of the whole less that of what stands before it. Whatever is not a plain run of
//! letters that ends where the token ends goes to the search unseen, so the sieve can only let too much through.

use super::clitics::is_in_chain;
use crate::fold::Folder;

/// What a character of the two-byte range is for the sieve; otherwise the letter it folds to, by [`letter`].
const END: u16 = 0;
/// It folds to nothing.
const NOTHING: u16 = 1;
/// It folds to more than one letter, or to one outside the two-byte range.
const UNSEEN: u16 = 2;
/// Set in the code of a letter that can be a proclitic.
const CLITIC: u16 = 0x8000;

/// The base of the polynomial: an odd number with well-mixed bits (the golden ratio of 2^32).
const BASE: u32 = 0x9e37_79b1;

/// The longest run that is hashed; hardly any word is longer.
const LONGEST: usize = 24;

/// The most letters that can be proclitics.
const CHAIN: usize = 5;

#[derive(Debug)]
pub(super) struct Sieve {
    codes: Box<[u16; 0x800]>,
    powers: [u32; LONGEST + 1],
    /// The hashes of what a phrase may begin with unseen: `ا` and `ال`.
    leads: [u32; 2],
    bits: Vec<u64>,
    /// How far a mixed hash is shifted to become the number of a bit.
    shift: u32,
    /// Whether some phrase begins with something else than a letter.
    odd: bool,
    /// All bits where phrases may begin behind the first letter of a token, none otherwise.
    clitics: u32,
}

impl Sieve {
    /// A sieve for folded phrases; `clitics` says whether phrases may begin behind the first letter of a token.
    pub(super) fn new(folder: &Folder, phrases: &[String], clitics: bool) -> Self {
        let mut codes = Box::new([END; 0x800]);
        for (n, code) in (0_u32..).zip(codes.iter_mut()) {
            *code = char::from_u32(n).map_or(END, |c| code_of(c, folder));
        }
        let mut powers = [1_u32; LONGEST + 1];
        for n in 1..powers.len() {
            powers[n] = powers[n - 1].wrapping_mul(BASE);
        }
        let hash = |word: &str| word.chars().fold(0, |hash, c| feed(hash, letter(c)));
        // Sixteen bits a phrase let one token in sixteen through by chance, as long as the table stays in the cache.
        let bits = (phrases.len() * 16).next_power_of_two().clamp(1 << 16, 1 << 26);
        let mut sieve = Sieve {
            codes,
            powers,
            leads: ["ا", "ال"].map(hash),
            bits: vec![0; bits / 64],
            shift: 32 - bits.trailing_zeros(),
            odd: false,
            clitics: if clitics { u32::MAX } else { 0 },
        };
        for phrase in phrases {
            let length = phrase.find(|c: char| !c.is_alphabetic()).unwrap_or(phrase.len());
            let word = &phrase[..length];
            if word.is_empty() {
                sieve.odd = true;
            } else if word.chars().count() <= LONGEST && word.chars().all(|c| letter(c) != UNSEEN) {
                let bit = sieve.bit(hash(word));
                sieve.bits[bit / 64] |= 1 << (bit % 64);
            }
            // Longer words, and those in other scripts, never come to the sieve.
        }
        sieve
    }

    /// Whether a phrase may begin in the token `start..end` of `text`. A `false` is sure.
    #[inline]
    pub(super) fn lets_through(&self, text: &str, start: usize, end: usize) -> bool {
        let bytes = text.as_bytes();
        let mut at = start;
        let (mut hash, mut letters) = (0_u32, 0);
        // The hash before each letter and, as bits, which letters can be proclitics and which are lams.
        let mut heads = [0_u32; LONGEST + 1];
        let (mut clitics, mut lams) = (0_u32, 0_u32);
        while at < end {
            let Some((code, length)) = self.code_at(bytes, at) else { return true };
            at += length;
            if code <= UNSEEN {
                match code {
                    NOTHING => continue,
                    // A phrase that begins elsewhere than with a letter may begin here; otherwise it is no plain run.
                    END => return self.odd || letters > 0,
                    _ => return true,
                }
            }
            if letters == LONGEST {
                return true;
            }
            heads[letters] = hash;
            clitics |= u32::from(code >> 15) << letters;
            lams |= u32::from(code == LAM) << letters;
            hash = feed(hash, code);
            letters += 1;
        }
        // The run must end with the token.
        if letters == 0 || at < bytes.len() && self.code_at(bytes, at).is_none_or(|(code, _)| code != END) {
            return true;
        }
        let chain = (clitics & self.clitics).trailing_ones() as usize;
        let rest = |before: usize| {
            let before = before.min(letters);
            hash.wrapping_sub(heads[before].wrapping_mul(self.powers[letters - before]))
        };
        // No branches for the usual lengths: they cannot be foreseen.
        let mut found = self.has(hash) | (chain >= 1) & self.has(rest(1)) | (chain >= 2) & self.has(rest(2));
        found |= (chain >= 3) & self.has(rest(3));
        if chain > 3 {
            found |= chain > CHAIN || (4..=chain).any(|before| self.has(rest(before)));
        }
        // Behind a lam, another one may be the article, with its alef or with the whole of it unseen.
        if lams & lams >> 1 & self.clitics != 0 {
            found |= (1..=chain.min(CHAIN)).any(|before| {
                let power = self.powers[letters - before.min(letters)];
                self.leads.iter().any(|lead| self.has(rest(before).wrapping_add(lead.wrapping_mul(power))))
            });
        }
        found
    }

    /// The code of the character at a byte, and its length; none beyond the two-byte range.
    #[inline(always)]
    fn code_at(&self, bytes: &[u8], at: usize) -> Option<(u16, usize)> {
        match bytes[at] {
            byte @ 0..0x80 => Some((self.codes[usize::from(byte)], 1)),
            byte @ 0xc0..0xe0 => {
                let n = usize::from(byte & 0x1f) << 6 | usize::from(bytes.get(at + 1)? & 0x3f);
                Some((self.codes[n], 2))
            }
            _ => None,
        }
    }

    #[inline(always)]
    fn has(&self, hash: u32) -> bool {
        let bit = self.bit(hash);
        self.bits[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// The high bits of the mixed hash; the low bits of a polynomial depend on the last letters alone.
    #[inline(always)]
    fn bit(&self, hash: u32) -> usize {
        ((hash ^ hash >> 15).wrapping_mul(0x85eb_ca6b) >> self.shift) as usize
    }
}

/// The code of a folded letter.
fn letter(c: char) -> u16 {
    match u16::try_from(c as u32) {
        Ok(code) if (UNSEEN + 1..0x800).contains(&code) => code | if is_in_chain(c) { CLITIC } else { 0 },
        _ => UNSEEN,
    }
}

/// The code of the letter lam.
const LAM: u16 = 'ل' as u16 | CLITIC;

#[inline(always)]
fn feed(hash: u32, code: u16) -> u32 {
    hash.wrapping_mul(BASE).wrapping_add(u32::from(code))
}

fn code_of(c: char, folder: &Folder) -> u16 {
    match folder.one(c) {
        Some(folded) if !folded.is_alphabetic() => END,
        Some(folded) => letter(folded),
        None if folder.is_nothing(c) => NOTHING,
        None if c.is_alphabetic() => UNSEEN,
        None => END,
    }
}
