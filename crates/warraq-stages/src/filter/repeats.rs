//! What repeats in a text: lines, paragraphs and n-grams of words.
//!
//! Nothing is copied: a line, a word or an n-gram is known by a polynomial hash of its bytes modulo the prime 2^61 − 1,
//! since the hash of two texts written together follows from theirs. So an n-gram is found from that of one word less by
//! one multiplication, and the words `ab` `c` are the same as `a` `bc` where they are to be compared without spaces. Of n
//! different texts of at most L bytes, two have the same hash with a probability of less than n² L / 2^61: for a million
//! n-grams of 100 bytes 1 in 20,000, and then one more repetition is counted.

use super::words::Word;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The modulus, 2^61 − 1.
const MODULUS: u64 = (1 << 61) - 1;
/// Where the polynomial is evaluated: any number will do that is far from small powers of others (the golden ratio's bits).
const BASE: u64 = 0x9e37_79b9_7f4a_7c15 % MODULUS;
/// The powers of the base that are kept ready, up to the length of most words.
const POWERS: usize = 64;
/// Memory of a table past this many entries is given back after the document that needed it.
const KEPT_ENTRIES: usize = 1 << 16;

fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    // Both halves are smaller than 2^61 and 2^61: they fit.
    let sum = (product as u64 & MODULUS) + (product >> 61) as u64;
    if sum >= MODULUS { sum - MODULUS } else { sum }
}

fn add(a: u64, b: u64) -> u64 {
    let sum = a + b;
    if sum >= MODULUS { sum - MODULUS } else { sum }
}

/// The hash of a text, and what a hash is multiplied by when that text is written behind it.
#[derive(Clone, Copy, Debug)]
struct Piece {
    hash: u64,
    power: u64,
}

fn hash(text: &str) -> u64 {
    // No byte counts as 0, which would not show at the beginning.
    text.bytes().fold(0, |hash, byte| add(multiply(hash, BASE), u64::from(byte) + 1))
}

/// A hash is mixed by the multiplication that made it, but for texts of a byte or two.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u64(&mut self, n: u64) {
        let mixed = (self.0 ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }
}

/// Items that are the same.
#[derive(Clone, Copy, Debug)]
struct Group {
    /// How many there are.
    count: u32,
    /// The length of one in code points.
    chars: u32,
}

/// How much of a list repeats. Numbers of characters are in code points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Repeated {
    /// All items.
    pub(super) items: usize,
    /// Items that were there before.
    pub(super) later: usize,
    /// Their characters.
    pub(super) later_chars: usize,
    /// Items that are there more than once, the first ones too.
    pub(super) copies: usize,
    /// Their characters.
    pub(super) copied_chars: usize,
}

/// The most frequent n-gram; of several the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Top {
    pub(super) count: usize,
    /// The code points of its words, without spaces between them.
    pub(super) chars: usize,
}

/// What is between the words of an n-gram when it is compared with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing.
    Nothing,
    /// A space.
    Space,
}

/// Counts repetitions; one per worker.
#[derive(Clone, Debug)]
pub(super) struct Repeats {
    powers: [u64; POWERS],
    groups: HashMap<u64, u32, BuildHasherDefault<Mix>>,
    /// In the order in which they were met.
    members: Vec<Group>,
    pieces: Vec<Piece>,
    /// Code points before each word, and of all.
    chars: Vec<u32>,
    /// The hashes of the n-grams.
    grams: Vec<u64>,
    /// How many words an n-gram has now.
    n: usize,
}

impl Repeats {
    pub(super) fn new() -> Self {
        let mut powers = [1; POWERS];
        (1..POWERS).for_each(|n| powers[n] = multiply(powers[n - 1], BASE));
        Repeats {
            powers,
            groups: HashMap::default(),
            members: Vec::new(),
            pieces: Vec::new(),
            chars: Vec::new(),
            grams: Vec::new(),
            n: 0,
        }
    }

    fn power(&self, length: usize) -> u64 {
        self.powers.get(length).copied().unwrap_or_else(|| {
            let half = self.power(length / 2);
            multiply(multiply(half, half), self.powers[length % 2])
        })
    }

    /// How much of a list of texts repeats.
    pub(super) fn of<'a>(&mut self, items: impl Iterator<Item = &'a str>) -> Repeated {
        self.groups.clear();
        self.members.clear();
        for item in items {
            self.count(hash(item), || item.chars().count() as u32);
        }
        self.sum()
    }

    fn count(&mut self, hash: u64, chars: impl FnOnce() -> u32) {
        let next = self.members.len() as u32;
        let at = *self.groups.entry(hash).or_insert(next);
        match self.members.get_mut(at as usize) {
            Some(group) => group.count += 1,
            None => self.members.push(Group { count: 1, chars: chars() }),
        }
    }

    fn sum(&self) -> Repeated {
        self.members.iter().fold(Repeated::default(), |sum, group| {
            let (count, chars) = (group.count as usize, group.chars as usize);
            let copies = if count > 1 { count } else { 0 };
            Repeated {
                items: sum.items + count,
                later: sum.later + count - 1,
                later_chars: sum.later_chars + (count - 1) * chars,
                copies: sum.copies + copies,
                copied_chars: sum.copied_chars + copies * chars,
            }
        })
    }

    /// Takes the words that the n-grams are made of.
    pub(super) fn read(&mut self, text: &str, words: &[Word]) {
        self.pieces.clear();
        self.chars.clear();
        let mut chars = 0;
        self.chars.push(0);
        for word in words {
            let word = word.of(text);
            let piece = Piece { hash: hash(word), power: self.power(word.len()) };
            self.pieces.push(piece);
            chars += word.chars().count() as u32;
            self.chars.push(chars);
        }
        self.restart();
    }

    /// Goes back to n-grams of one word.
    pub(super) fn restart(&mut self) {
        self.n = 1;
        self.grams.clear();
        self.grams.extend(self.pieces.iter().map(|piece| piece.hash));
    }

    /// Makes n-grams of as many words; `n` is greater than before.
    pub(super) fn grow_to(&mut self, n: usize, between: Between) {
        while self.n < n {
            self.grams.truncate(self.pieces.len().saturating_sub(self.n));
            for (gram, piece) in self.grams.iter_mut().zip(self.pieces.iter().skip(self.n)) {
                let before = match between {
                    Between::Nothing => *gram,
                    Between::Space => add(multiply(*gram, BASE), u64::from(b' ') + 1),
                };
                *gram = add(multiply(before, piece.power), piece.hash);
            }
            self.n += 1;
        }
    }

    /// The code points of the words of an n-gram.
    fn gram_chars(&self, first: usize) -> usize {
        (self.chars[first + self.n] - self.chars[first]) as usize
    }

    /// Counts the n-grams as they are.
    fn count_grams(&mut self) {
        self.groups.clear();
        self.members.clear();
        for n in 0..self.grams.len() {
            let chars = self.chars[n + self.n] - self.chars[n];
            self.count(self.grams[n], || chars);
        }
    }

    /// The most frequent n-gram.
    pub(super) fn top(&mut self) -> Option<Top> {
        self.count_grams();
        // The last of those that are greatest from the end is the first of them.
        let top = self.members.iter().rev().max_by_key(|group| group.count)?;
        Some(Top { count: top.count as usize, chars: top.chars as usize })
    }

    /// How many of the n-grams repeat, where they overlap each by itself; and the characters of all of them.
    pub(super) fn grams(&mut self) -> (Repeated, usize) {
        self.count_grams();
        let all = self.members.iter().map(|group| group.count as usize * group.chars as usize).sum();
        (self.sum(), all)
    }

    /// The code points in n-grams that were there before, read from left to right: behind one of those the next n-gram
    /// begins, behind any other a word later.
    pub(super) fn greedy_chars(&mut self) -> usize {
        self.groups.clear();
        let (mut at, mut chars) = (0, 0);
        while let Some(&gram) = self.grams.get(at) {
            if self.groups.insert(gram, 0).is_some() {
                chars += self.gram_chars(at);
                at += self.n;
            } else {
                at += 1;
            }
        }
        chars
    }

    /// The code points of all words.
    pub(super) fn word_chars(&self) -> usize {
        self.chars.last().map_or(0, |&chars| chars as usize)
    }

    /// Gives back what only an unusually long document needed.
    pub(super) fn rest(&mut self) {
        if self.groups.capacity() > 2 * KEPT_ENTRIES {
            self.groups.clear();
            self.groups.shrink_to(KEPT_ENTRIES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn words_of(text: &str) -> Vec<Word> {
        let start = |word: &str| word.as_ptr() as u32 - text.as_ptr() as u32;
        text.split(' ')
            .filter(|w| !w.is_empty())
            .map(|w| Word { start: start(w), end: start(w) + w.len() as u32 })
            .collect()
    }

    #[test]
    fn later_ones_and_all_copies_are_told_apart() {
        let mut repeats = Repeats::new();
        let expected = Repeated { items: 4, later: 1, later_chars: 2, copies: 2, copied_chars: 4 };
        assert_eq!(repeats.of(["اب", "a", "اب", "b"].into_iter()), expected);
        assert_eq!(repeats.of(std::iter::empty()), Repeated::default());
    }

    #[test]
    fn n_grams_without_spaces_do_not_know_where_words_end() {
        let text = "ab c x a bc";
        let mut repeats = Repeats::new();
        for (between, chars) in [(Between::Nothing, 3), (Between::Space, 0)] {
            repeats.read(text, &words_of(text));
            repeats.grow_to(2, between);
            assert_eq!(repeats.greedy_chars(), chars, "{between:?}");
        }
    }

    #[test]
    fn the_first_of_the_most_frequent_is_the_top() {
        for (text, top) in [
            ("a b", Some(Top { count: 1, chars: 2 })),
            ("a bbb c dd e", Some(Top { count: 1, chars: 4 })),
            ("x y z x y", Some(Top { count: 2, chars: 2 })),
            ("a", None),
        ] {
            let mut repeats = Repeats::new();
            repeats.read(text, &words_of(text));
            repeats.grow_to(2, Between::Space);
            assert_eq!(repeats.top(), top, "{text}");
        }
    }

    /// The definition, with strings.
    fn greedy(words: &[&str], n: usize) -> usize {
        let (mut seen, mut at, mut chars) = (HashSet::new(), 0, 0);
        while at + n <= words.len() {
            let gram = words[at..at + n].concat();
            let length = gram.chars().count();
            if seen.insert(gram) {
                at += 1;
            } else {
                chars += length;
                at += n;
            }
        }
        chars
    }

    proptest! {
        #[test]
        fn hashes_find_what_strings_would(text in "[ab بج ]{0,60}", n in 1usize..6) {
            let words = words_of(&text);
            let strings: Vec<&str> = words.iter().map(|word| word.of(&text)).collect();
            let mut repeats = Repeats::new();
            repeats.read(&text, &words);
            repeats.grow_to(n, Between::Nothing);
            prop_assert_eq!(repeats.greedy_chars(), greedy(&strings, n));
            repeats.restart();
            repeats.grow_to(n, Between::Space);
            let grams: Vec<String> = (0..(strings.len() + 1).saturating_sub(n)).map(|at| strings[at..at + n].join(" ")).collect();
            let most = grams.iter().map(|gram| grams.iter().filter(|other| *other == gram).count()).max();
            let first = grams.iter().find(|gram| Some(grams.iter().filter(|other| other == gram).count()) == most);
            let expected = first.map(|gram| Top { count: most.unwrap_or(0), chars: gram.chars().filter(|c| *c != ' ').count() });
            prop_assert_eq!(repeats.top(), expected);
        }

        #[test]
        fn powers_are_powers(length in 0usize..1000) {
            let power = (0..length).fold(1, |power, _| multiply(power, BASE));
            prop_assert_eq!(Repeats::new().power(length), power);
        }
    }
}
