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
#[derive(Clone, Copy, Debug, Default)]
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
            unit.lower = c.to_lowercase().fold(unit.lower, |hash, c| conjoin(hash, c.into()));
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

    /// The word itself as a key.
    pub(super) fn key(&self) -> Key {
        self.whole as Key
    }
}

fn class(c: char) -> u64 {
    match c {
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

/// The features of unit `n`, of which the labels `before` were given to the units before it, the nearest first.
#[inline]
pub(super) fn each(units: &[Unit], n: usize, before: [u16; 2], mut found: impl FnMut(Key)) {
    let unit = &units[n];
    let at = |n: Option<usize>| n.and_then(|n| units.get(n)).unwrap_or(&OUTSIDE);
    let (left, left2) = (at(n.checked_sub(1)), at(n.checked_sub(2)));
    let (right, right2) = (at(Some(n + 1)), at(Some(n + 2)));
    let [label, label2] = before.map(u64::from);
    let mut template = 0;
    let mut add = |value: u64, with: u64| {
        template += 1;
        found(conjoin(conjoin(conjoin(7, template), value), with) as Key);
    };
    add(0, 0);
    add(unit.whole, 0);
    add(unit.lower, 0);
    for n in 0..ENDS {
        // A word of fewer letters has none of this length: its 0 stands for that.
        add(unit.prefixes[n], 0);
        add(unit.suffixes[n], 0);
    }
    add(unit.prefixes[1], unit.suffixes[1]);
    add(unit.shape, unit.place);
    add(unit.place, left.whole);
    add(left.whole, unit.whole);
    add(unit.whole, right.whole);
    add(left.whole, right.whole);
    add(left.whole, 0);
    add(right.whole, 0);
    add(left2.whole, 0);
    add(right2.whole, 0);
    add(left.suffixes[2], 0);
    add(right.suffixes[2], 0);
    add(right.prefixes[1], 0);
    add(right.prefixes[2], unit.suffixes[1]);
    add(left.shape, unit.shape);
    add(right.shape, unit.shape);
    add(label, 0);
    add(label, label2);
    add(label, unit.whole);
    add(label, unit.suffixes[2]);
    add(label, unit.prefixes[2]);
    add(label, right.whole);
    add(label, right.suffixes[1]);
    add(conjoin(label, label2), unit.suffixes[1]);
    if (unit.hint | left.hint | right.hint) != 0 {
        add(unit.hint, 0);
        add(unit.hint, label);
        add(unit.hint, unit.whole);
        add(unit.hint, left.whole);
        add(conjoin(unit.hint, left.hint), right.hint);
    }
}
