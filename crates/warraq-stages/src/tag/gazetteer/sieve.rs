//! A sieve before the search: most tokens begin no phrase, and one look at a small table says so.
//!
//! The table is a Bloom filter with one hash: a bit for the first word of every phrase, where a word is a run of folded
//! letters. A token's own run is hashed in one pass, and with it every rest behind a possible proclitic, because the hash is a
//! polynomial: the hash of a rest is that of the whole less that of what stands before it. Whatever is not a plain run of
//! letters that ends where the token ends goes to the search unseen, so the sieve can only let too much through.
//!
//! Many phrases begin with a frequent word, so what passes is asked once more: does the next token begin as the second
//! word of such a phrase does?

use super::clitics::is_in_chain;
use crate::fold::Folder;
use warraq_core::Token;

/// What a character of the two-byte range is for the sieve; otherwise the letter it folds to, by [`letter`].
const END: u16 = 0;
/// It folds to nothing.
const NOTHING: u16 = 1;
/// It folds to more than one letter, or to one outside the two-byte range.
const UNSEEN: u16 = 2;
/// Set in the code of a letter that can be a proclitic.
const CLITIC: u16 = 0x8000;
/// Set in the code of the letter lam.
const IS_LAM: u16 = 0x4000;
/// The places of [`IS_LAM`] where two flags are kept for each letter.
const LAMS: u64 = 0x5555_5555_5555_5555;

/// The base of the polynomial: an odd number with well-mixed bits (the golden ratio of 2^32).
const BASE: u32 = 0x9e37_79b1;

/// The longest run that is hashed; hardly any word is longer.
const LONGEST: usize = 24;

/// The most letters that can be proclitics.
const CHAIN: usize = 5;

/// Where in a token a phrase may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Openings {
    /// Nowhere.
    None,
    /// At its first letter.
    Start,
    /// There or behind a clitic.
    Any,
}

#[derive(Debug)]
pub(super) struct Sieve {
    codes: Box<[u16; 0x800]>,
    powers: [u32; LONGEST + 1],
    bits: Vec<u64>,
    /// For each hash, what second words begin with ([`Sieve::second`]), or [`ALWAYS`] where a phrase may go on otherwise or
    /// has no second word.
    seconds: Vec<u64>,
    /// How far a mixed hash is shifted to become the number of a bit.
    shift: u32,
    /// Whether some phrase begins with something else than a letter.
    odd: bool,
    /// All bits where phrases may begin behind the first letter of a token, none otherwise.
    clitics: u64,
}

/// How many bits share a place in [`Sieve::seconds`], as a power of two: fewer places stay in the cache.
const SHARED: usize = 3;

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
            bits: vec![0; bits / 64],
            seconds: vec![0; bits >> SHARED],
            shift: 32 - bits.trailing_zeros(),
            odd: false,
            clitics: if clitics { u64::MAX } else { 0 },
        };
        for phrase in phrases {
            let length = phrase.find(|c: char| !c.is_alphabetic()).unwrap_or(phrase.len());
            let word = &phrase[..length];
            if word.is_empty() {
                sieve.odd = true;
            } else if word.chars().count() <= LONGEST && word.chars().all(|c| letter(c) != UNSEEN) {
                let bit = sieve.bit(hash(word));
                sieve.bits[bit / 64] |= 1 << (bit % 64);
                // The second word is folded already, so it reads as the text will.
                let second = phrase[length..].strip_prefix(' ').and_then(|rest| sieve.second(rest.as_bytes(), 0));
                sieve.seconds[bit >> SHARED] |= second.unwrap_or(ALWAYS);
            }
            // Longer words, and those in other scripts, never come to the sieve.
        }
        sieve
    }

    /// Where in the token `first` a phrase may begin. What is left out is sure.
    #[inline]
    pub(super) fn openings(&self, text: &str, tokens: &[Token], first: usize) -> Openings {
        let (start, end) = (tokens[first].start as usize, tokens[first].end as usize);
        let bytes = text.as_bytes();
        let mut at = start;
        let (mut hash, mut letters) = (0_u32, 0_usize);
        // The hash before each of the first letters and, two bits a letter, which can be proclitics and which are lams.
        let mut heads = [0_u32; CHAIN + 3];
        let mut flags = 0_u64;
        while at < end {
            let Some((code, length)) = self.code_at(bytes, at) else { return Openings::Any };
            at += length;
            if code <= UNSEEN {
                match code {
                    NOTHING => continue,
                    // A phrase that begins elsewhere than with a letter may begin here; otherwise it is no plain run.
                    END if letters == 0 && !self.odd => return Openings::None,
                    _ => return Openings::Any,
                }
            }
            heads[letters.min(CHAIN + 2)] = hash;
            flags |= u64::from(code >> 14).wrapping_shl(2 * letters as u32);
            hash = feed(hash, code);
            letters += 1;
        }
        // The run must end with the token.
        let ends_here = at >= bytes.len() || self.code_at(bytes, at).is_some_and(|(code, _)| code == END);
        if letters == 0 {
            // Nothing is left of it, so no phrase begins here: it begins behind, with the next token.
            return Openings::None;
        }
        if letters > LONGEST || !ends_here {
            return Openings::Any;
        }
        let chain = (!(flags & self.clitics | LAMS)).trailing_zeros() as usize / 2;
        let rest = |before: usize| {
            let before = before.min(letters);
            hash.wrapping_sub(heads[before.min(CHAIN + 2)].wrapping_mul(self.powers[letters - before]))
        };
        // Behind a lam, another one may be the article, with its alef or with the whole of it unseen.
        let lams = flags & LAMS;
        if chain > CHAIN || lams & lams >> 2 & ((1 << (2 * chain)) - 1) != 0 {
            return Openings::Any;
        }
        // No branches for the usual lengths: they cannot be foreseen.
        let mut inside = (chain >= 1) & self.has(rest(1)) | (chain >= 2) & self.has(rest(2));
        inside |= (chain >= 3) & self.has(rest(3));
        let start = self.has(hash);
        if !start & !inside & (chain <= 3) {
            return Openings::None;
        }
        // All phrases that need a second word are out of question where none follows.
        let next = tokens.get(first + 1).map_or(Some(0), |next| self.second(bytes, next.start as usize));
        if (1..=chain).any(|before| self.goes_on(rest(before), next)) {
            Openings::Any
        } else if self.goes_on(hash, next) {
            Openings::Start
        } else {
            Openings::None
        }
    }

    /// Whether a phrase with a first word of this hash may go on with a second word of the bit `next`.
    #[inline]
    fn goes_on(&self, hash: u32, next: Option<u64>) -> bool {
        let seconds = self.seconds(hash);
        seconds & next.map_or(u64::MAX, |next| next | ALWAYS) != 0
    }

    /// The bit for the first letters of a second word, which begins at byte `at`; `None` where they are not plain.
    fn second(&self, text: &[u8], mut at: usize) -> Option<u64> {
        let mut mixed = 0_u32;
        for n in 0..PREFIX {
            let code = if at < text.len() { self.code_at(text, at)? } else { (END, 0) };
            match code {
                (END, _) if n > 0 => break,
                (END | NOTHING | UNSEEN, _) => return None,
                (letter, length) => {
                    mixed = feed(mixed, letter);
                    at += length;
                }
            }
        }
        Some(1 << ((mixed ^ mixed >> 16) % 63))
    }

    /// What can follow a first word of this hash; nothing where no phrase begins so.
    #[inline(always)]
    fn seconds(&self, hash: u32) -> u64 {
        if self.has(hash) { self.seconds[self.bit(hash) >> SHARED] } else { 0 }
    }

    /// The code of the character at a byte, and its length; none beyond the two-byte range.
    #[inline(always)]
    fn code_at(&self, bytes: &[u8], at: usize) -> Option<(u16, usize)> {
        // Both bytes of a letter in one read; the last character of a text may have no second one.
        let pair = match bytes.get(at..at + 2) {
            Some(pair) => u16::from_le_bytes([pair[0], pair[1]]),
            None => u16::from(*bytes.get(at)?),
        };
        if pair & 0xc0e0 == 0x80c0 {
            return Some((self.codes[usize::from((pair & 0x1f) << 6 | pair >> 8 & 0x3f)], 2));
        }
        let ascii = usize::from(pair & 0xff);
        (ascii < 0x80).then(|| (self.codes[ascii], 1))
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
        Ok(code) if (UNSEEN + 1..0x800).contains(&code) => {
            code | if is_in_chain(c) { CLITIC } else { 0 } | if c == 'ل' { IS_LAM } else { 0 }
        }
        _ => UNSEEN,
    }
}

/// Set where a phrase need not go on with a space and a letter.
const ALWAYS: u64 = 1 << 63;

/// How many letters of a second word are looked at: the article and one more.
const PREFIX: usize = 3;

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
