//! A sieve before the search: most tokens begin no phrase, and one look at a small table says so.
//!
//! The table is a Bloom filter with one hash: a bit for the first word of every phrase, where a word is a run of folded
//! letters. A token's own run is hashed in one pass, and with it every rest behind a possible proclitic, because the hash is a
//! polynomial: the hash of a rest is that of the whole less that of what stands before it. Whatever is not a plain run of
//! letters that ends where the token ends goes to the search unseen, so the sieve can only let too much through.

use super::clitics::is_in_chain;
use crate::fold::Folder;

/// What a character of the two-byte range is for the sieve; otherwise the letter it folds to.
const END: u16 = 0;
/// It folds to nothing.
const NOTHING: u16 = 1;
/// It folds to more than one letter, or to one outside the two-byte range.
const UNSEEN: u16 = 2;

/// The base of the polynomial: an odd number with well-mixed bits (the golden ratio of 2^32).
const BASE: u32 = 0x9e37_79b1;

/// The longest run that is hashed; hardly any word is longer.
const LONGEST: usize = 24;

/// The most letters that can be proclitics.
const CHAIN: usize = 5;

#[derive(Debug)]
pub(super) struct Sieve {
    codes: Box<[u16; 0x800]>,
    /// Whether a letter can be a proclitic, by its code.
    chain: Box<[bool; 0x800]>,
    powers: [u32; LONGEST + 1],
    /// The hashes of what a phrase may begin with unseen: `ا` and `ال`.
    leads: [u32; 2],
    bits: Vec<u64>,
    /// How far a mixed hash is shifted to become the number of a bit.
    shift: u32,
    /// Whether some phrase begins with something else than a letter.
    odd: bool,
    clitics: bool,
}

impl Sieve {
    /// A sieve for folded phrases; `clitics` says whether phrases may begin behind the first letter of a token.
    pub(super) fn new(folder: &Folder, phrases: &[String], clitics: bool) -> Self {
        let mut codes = Box::new([END; 0x800]);
        for (n, code) in (0_u32..).zip(codes.iter_mut()) {
            *code = match char::from_u32(n) {
                Some(c) => code_of(c, folder),
                None => END,
            };
        }
        let mut chain = Box::new([false; 0x800]);
        for c in (0..0x800).filter_map(char::from_u32).filter(|&c| is_in_chain(c)) {
            let code = codes[c as usize];
            if code > UNSEEN {
                chain[usize::from(code)] = true;
            }
        }
        let mut powers = [1_u32; LONGEST + 1];
        for n in 1..powers.len() {
            powers[n] = powers[n - 1].wrapping_mul(BASE);
        }
        // Sixteen bits a phrase let one token in sixteen through by chance, as long as the table stays in the cache.
        let bits = (phrases.len() * 16).next_power_of_two().clamp(1 << 16, 1 << 26);
        let mut sieve = Sieve {
            codes,
            chain,
            powers,
            leads: ["ا", "ال"].map(|lead| lead.chars().fold(0, |hash, c| feed(hash, c as u16))),
            bits: vec![0; bits / 64],
            shift: 32 - bits.trailing_zeros(),
            odd: false,
            clitics,
        };
        for phrase in phrases {
            let word = || phrase.chars().take_while(|c| c.is_alphabetic());
            match word().next() {
                None => sieve.odd = true,
                // Longer words, and those in other scripts, never come to the sieve.
                Some(_) if word().count() > LONGEST || word().any(|c| c as u32 >= 0x800) => {}
                Some(_) => {
                    let bit = sieve.bit(word().fold(0, |hash, c| feed(hash, c as u16)));
                    sieve.bits[bit / 64] |= 1 << (bit % 64);
                }
            }
        }
        sieve
    }

    /// Whether a phrase may begin in the token `start..end` of `text`. A `false` is sure.
    #[inline]
    pub(super) fn lets_through(&self, text: &str, start: usize, end: usize) -> bool {
        let bytes = text.as_bytes();
        let mut at = start;
        let (mut hash, mut letters) = (0, 0);
        // The hash before each letter that can follow a proclitic, and whether that letter is a lam behind a lam.
        let mut rests = [(0, false); CHAIN];
        let (mut chain, mut in_chain, mut last) = (0, self.clitics, END);
        while at < end {
            let Some((code, length)) = self.code_at(bytes, at) else { return true };
            at += length;
            match code {
                // A phrase that begins elsewhere than with a letter may begin here; otherwise it is no plain run.
                END => return self.odd || letters > 0,
                NOTHING => continue,
                UNSEEN => return true,
                _ => {}
            }
            if letters == LONGEST {
                return true;
            }
            if in_chain && letters > 0 {
                if chain == CHAIN {
                    return true;
                }
                rests[chain] = (hash, code == LAM && last == LAM);
                chain += 1;
            }
            in_chain &= self.chain[usize::from(code)];
            last = code;
            hash = feed(hash, code);
            letters += 1;
        }
        // The run must end with the token.
        if at < bytes.len() && self.code_at(bytes, at).is_none_or(|(code, _)| code != END) || letters == 0 {
            return true;
        }
        if self.has(hash) {
            return true;
        }
        (1..).zip(&rests[..chain]).any(|(before, &(head, is_second_lam))| {
            let rest = letters - before;
            let own = hash.wrapping_sub(head.wrapping_mul(self.powers[rest]));
            self.has(own)
                || is_second_lam
                    && self.leads.iter().any(|lead| self.has(own.wrapping_add(lead.wrapping_mul(self.powers[rest]))))
        })
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

/// The code of the letter lam.
const LAM: u16 = 'ل' as u16;

#[inline(always)]
fn feed(hash: u32, code: u16) -> u32 {
    hash.wrapping_mul(BASE).wrapping_add(u32::from(code))
}

fn code_of(c: char, folder: &Folder) -> u16 {
    match folder.one(c) {
        Some(folded) if !folded.is_alphabetic() => END,
        Some(folded) => {
            u16::try_from(folded as u32).ok().filter(|code| (UNSEEN + 1..0x800).contains(code)).unwrap_or(UNSEEN)
        }
        None if folder.is_nothing(c) => NOTHING,
        None if c.is_alphabetic() => UNSEEN,
        None => END,
    }
}
