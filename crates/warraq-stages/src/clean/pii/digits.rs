//! Digits as they are written: in groups, with spaces, dashes, points and brackets between them, in any of three sets.

/// The value of a digit of ASCII, Arabic-Indic or Persian.
pub(super) fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => Some(c as u8 - b'0'),
        '٠'..='٩' => Some((c as u32 - 0x660) as u8),
        '۰'..='۹' => Some((c as u32 - 0x6f0) as u8),
        _ => None,
    }
}

/// Marks of direction, which stand in and around numbers of right-to-left texts and are seen by nobody.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What stands between two groups of digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) space: bool,
    pub(super) dash: bool,
    pub(super) point: bool,
    pub(super) slash: bool,
    pub(super) bracket: bool,
}

impl Gap {
    /// Takes in one more character; false if it is not one that stands in numbers.
    fn add(&mut self, c: char) -> bool {
        match c {
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => self.space = true,
            '-' | '\u{2010}' | '\u{2011}' | '–' => self.dash = true,
            '.' => self.point = true,
            '/' => self.slash = true,
            '(' | ')' => self.bracket = true,
            _ => return is_invisible(c),
        }
        true
    }
}

/// Digits without anything between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    /// The first of them in [`Chain::digits`], and the one after the last.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Where it is in the text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands before it.
    pub(super) gap: Gap,
}

/// Groups of digits that may be one number.
#[derive(Default)]
pub(super) struct Chain {
    pub(super) digits: Vec<u8>,
    pub(super) groups: Vec<Group>,
}

impl Chain {
    /// Reads the chain that begins with the digit at byte `at`, and says where it ends.
    pub(super) fn read(&mut self, text: &str, at: usize) -> usize {
        self.digits.clear();
        self.groups.clear();
        let (mut end, mut gap, mut length) = (at, Gap::default(), 0);
        for (n, c) in text[at..].char_indices() {
            let here = at + n;
            if let Some(value) = digit(c) {
                let after = here + c.len_utf8();
                match self.groups.last_mut() {
                    Some(group) if group.end == here => {
                        (group.end, group.last) = (after, group.last + 1);
                    }
                    _ => {
                        let first = self.digits.len();
                        self.groups.push(Group { first, last: first + 1, start: here, end: after, gap });
                    }
                }
                self.digits.push(value);
                (end, gap, length) = (after, Gap::default(), 0);
            } else {
                length += 1;
                if length > 4 || !gap.add(c) {
                    return end;
                }
            }
        }
        end
    }

    /// Takes the last group out of the chain, and says where it begins.
    pub(super) fn drop_last(&mut self) -> usize {
        let Some(group) = self.groups.pop() else { return 0 };
        self.digits.truncate(group.first);
        group.start
    }

    /// The digits of the groups from `from` to before `to`.
    pub(super) fn of(&self, from: usize, to: usize) -> &[u8] {
        &self.digits[self.groups[from].first..self.groups[to - 1].last]
    }

    /// The lengths of the groups from `from` to before `to` are these.
    pub(super) fn has_shape(&self, from: usize, to: usize, shape: &[usize]) -> bool {
        to - from == shape.len() && (self.groups[from..to].iter().zip(shape)).all(|(g, len)| g.last - g.first == *len)
    }

    /// The gaps inside the groups from `from` to before `to` pass `test`.
    pub(super) fn gaps(&self, from: usize, to: usize, test: impl Fn(Gap) -> bool) -> bool {
        self.groups[from..to].iter().skip(1).all(|group| test(group.gap))
    }
}

/// Luhn's check (ISO/IEC 7812-1, annex B): every second digit from the right but one is doubled.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let doubled = |(n, d): (usize, &u8)| {
        let d = u32::from(*d) << (n % 2);
        if d > 9 { d - 9 } else { d }
    };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

/// A number in decimal notation, which must have no more than 18 digits.
pub(super) fn value(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |n, d| n * 10 + u64::from(*d))
}
