//! What the model of labels looks at: a word, its letters at both ends, its shape, two words on either side, and the labels of
//! the two before it.

use crate::model::{Key, conjoin, hash_str};

/// How many letters of either end are looked at.
const ENDS: usize = 4;

/// What a gazetteer says of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hint(u64);

impl Hint {
    /// Part of a span of this label.
    pub(crate) fn new(label: &str) -> Self {
        Hint(hash_str(label))
    }

    /// The first word of the span, or a later one.
    pub(super) fn at(self, is_first: bool) -> Self {
        Hint(conjoin(self.0, is_first.into()))
    }
}

/// What features say of a word, worked out once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unit {
    whole: u64,
    lower: u64,
    prefixes: [u64; ENDS],
    suffixes: [u64; ENDS],
    shape: u64,
    /// Whether the token has words before this one, and after it.
    place: u64,
    hint: u64,
}

impl Unit {
    pub(crate) fn new(form: &str, (is_first, is_last): (bool, bool), hint: Hint) -> Self {
        let mut unit = Unit {
            whole: hash_str(form),
            place: u64::from(is_first) + 2 * u64::from(is_last),
            hint: hint.0,
            ..Unit::default()
        };
        let end = |mut hash: u64, c: char, n: usize, out: &mut [u64; ENDS]| {
            hash = conjoin(hash, c.into());
            out[n] = hash;
            hash
        };
        form.chars().take(ENDS).enumerate().fold(11, |hash, (n, c)| end(hash, c, n, &mut unit.prefixes));
        form.chars().rev().take(ENDS).enumerate().fold(12, |hash, (n, c)| end(hash, c, n, &mut unit.suffixes));
        let (mut shape, mut last) = (13, 0);
        for c in form.chars() {
            unit.lower = match c {
                '\u{620}'..='\u{64a}' => conjoin(unit.lower, c.into()),
                _ => c.to_lowercase().fold(unit.lower, |hash, c| conjoin(hash, c.into())),
            };
            let class = class(c);
            // Runs of one class count once, so that length does not matter.
            if class != last {
                shape = conjoin(shape, class);
                last = class;
            }
        }
        unit.shape = shape;
        unit
    }

    /// What tells units apart, as well as one number can.
    pub(super) fn hash(&self) -> u64 {
        conjoin(conjoin(self.whole, self.place), self.hint)
    }

    /// The word itself as a key.
    pub(super) fn key(&self) -> Key {
        self.whole as Key
    }
}

fn class(c: char) -> u64 {
    match c {
        // Letters without case: to say so here spares Arabic text a search in tables of Unicode.
        '\u{620}'..='\u{64a}' => 3,
        _ if c.is_uppercase() => 1,
        _ if c.is_lowercase() => 2,
        _ if c.is_alphabetic() => 3,
        _ if c.is_numeric() => 4,
        _ => u64::from(c),
    }
}

/// Beyond the ends of the sentence.
const OUTSIDE: Unit =
    Unit { whole: 1, lower: 1, prefixes: [1; ENDS], suffixes: [1; ENDS], shape: 1, place: 1, hint: 0 };

/// A feature: the number of what is looked at, and what is seen there. Models are trained for these numbers.
fn key(template: u64, value: u64, with: u64) -> Key {
    conjoin(conjoin(conjoin(7, template), value), with) as Key
}

/// The features of a word alone.
fn here(unit: &Unit) -> [Key; 13] {
    let [p1, p2, p3, p4] = unit.prefixes;
    let [s1, s2, s3, s4] = unit.suffixes;
    // A word of fewer letters has none of this length: its 0 stands for that.
    [
        key(1, 0, 0),
        key(2, unit.whole, 0),
        key(3, unit.lower, 0),
        key(4, p1, 0),
        key(5, s1, 0),
        key(6, p2, 0),
        key(7, s2, 0),
        key(8, p3, 0),
        key(9, s3, 0),
        key(10, p4, 0),
        key(11, s4, 0),
        key(12, p2, s2),
        key(13, unit.shape, unit.place),
    ]
}

/// How many places there are in [`OFFSETS`].
pub(super) const SIDES: usize = 5;

/// The features that depend on one word alone: their sums need not be made more than once a word form. In the order of
/// [`OFFSETS`], they are features of the word itself and of its neighbours.
pub(super) struct Alone {
    pub(super) here: [Key; 13],
    pub(super) next: [Key; 2],
    pub(super) second_next: [Key; 1],
    pub(super) previous: [Key; 3],
    pub(super) second_previous: [Key; 1],
}

impl Alone {
    pub(super) fn of(unit: &Unit) -> Self {
        Alone {
            here: here(unit),
            next: [key(18, unit.whole, 0), key(22, unit.suffixes[2], 0)],
            second_next: [key(20, unit.whole, 0)],
            previous: [key(19, unit.whole, 0), key(23, unit.suffixes[2], 0), key(24, unit.prefixes[1], 0)],
            second_previous: [key(21, unit.whole, 0)],
        }
    }
}

/// How many words after a word the one is that the parts of its [`Alone`] are features of.
pub(super) const OFFSETS: [isize; SIDES] = [0, 1, 2, -1, -2];

/// The unit at a place, or what is beyond the ends of the sentence.
pub(super) fn at(units: &[Unit], n: isize) -> &Unit {
    usize::try_from(n).ok().and_then(|n| units.get(n)).unwrap_or(&OUTSIDE)
}

/// The features of unit `n` that depend on several words, and on the labels `before` that were given to the units before it, the
/// nearest first.
#[inline]
pub(super) fn together(units: &[Unit], n: usize, before: [u16; 2]) -> [Key; 15] {
    let unit = &units[n];
    let (left, right) = (at(units, n as isize - 1), at(units, n as isize + 1));
    let [label, label2] = before.map(u64::from);
    [
        key(14, unit.place, left.whole),
        key(15, left.whole, unit.whole),
        key(16, unit.whole, right.whole),
        key(17, left.whole, right.whole),
        key(25, right.prefixes[2], unit.suffixes[1]),
        key(26, left.shape, unit.shape),
        key(27, right.shape, unit.shape),
        key(28, label, 0),
        key(29, label, label2),
        key(30, label, unit.whole),
        key(31, label, unit.suffixes[2]),
        key(32, label, unit.prefixes[2]),
        key(33, label, right.whole),
        key(34, label, right.suffixes[1]),
        key(35, conjoin(label, label2), unit.suffixes[1]),
    ]
}

/// The features of hints at unit `n` or beside it, if there are any.
#[inline]
pub(super) fn hinted(units: &[Unit], n: usize, label: u16) -> Option<[Key; 5]> {
    let unit = &units[n];
    let (left, right) = (at(units, n as isize - 1), at(units, n as isize + 1));
    (unit.hint | left.hint | right.hint != 0).then(|| {
        [
            key(36, unit.hint, 0),
            key(37, unit.hint, label.into()),
            key(38, unit.hint, unit.whole),
            key(39, unit.hint, left.whole),
            key(40, conjoin(unit.hint, left.hint), right.hint),
        ]
    })
}

/// All features of unit `n`, of which the labels `before` were given to the units before it, the nearest first.
pub(super) fn each(units: &[Unit], n: usize, before: [u16; 2], out: &mut Vec<Key>) {
    let of = |offset: isize| Alone::of(at(units, n as isize - offset));
    out.extend(of(0).here);
    out.extend(of(1).next);
    out.extend(of(2).second_next);
    out.extend(of(-1).previous);
    out.extend(of(-2).second_previous);
    out.extend_from_slice(&together(units, n, before));
    out.extend(hinted(units, n, before[0]).into_iter().flatten());
}
