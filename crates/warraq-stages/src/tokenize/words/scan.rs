//! Word boundaries of UAX #29 (revision 47), as a scanner over UTF-8, and the tailorings that can be said in the
//! same terms: what happens between two characters.

use super::super::abbreviation::is_inside_abbreviation;
use super::super::table::Table;
use super::classes::{CLASSES, Class};
use super::kinds::Seen;
use super::tailor;
use icu_segmenter::WordSegmenterBorrowed;

/// What to do at a character, given the one before it that is not attached to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Action {
    /// A boundary.
    Break,
    /// None.
    Join,
    /// None: the character belongs to the one before (WB4).
    Attach,
    /// None if a letter comes next that joins (WB6, WB7).
    IfLetter,
    /// None if a Hebrew letter comes next (WB7b, WB7c).
    IfHebrew,
    /// None if a number comes next (WB11, WB12).
    IfNumeric,
    /// As [`Action::IfLetter`], and none in any case (WB7a).
    Geresh,
    /// None unless the letters so far are Arabic proclitics (tailoring).
    UnlessProclitics,
    /// As [`Action::IfLetter`], in an abbreviation such as `د.ب.أ` (tailoring).
    IfAbbreviation,
    /// None in a date such as `15/7/2024` or `2024-07-15` (tailoring).
    IfDate,
    /// None in a run such as `...` or `--` (tailoring).
    IfRun,
}

type Rules = [[Action; CLASSES]; CLASSES];

const PLAIN: Rules = rules(false);
const TAILORED: Rules = rules(true);

const fn rules(tailored: bool) -> Rules {
    let mut rules = [[Action::Break; CLASSES]; CLASSES];
    let mut left = 0;
    while left < CLASSES {
        let mut right = 0;
        while right < CLASSES {
            let (a, b) = (Class::ALL[left], Class::ALL[right]);
            rules[left][right] = match tailoring(a, b) {
                Some(action) if tailored => action,
                _ => rule(a, b),
            };
            right += 1;
        }
        left += 1;
    }
    rules
}

/// The rules of UAX #29 in their order. WB1 and WB2 are the loop's, WB3c is in [`Scanner::segment`].
const fn rule(left: Class, right: Class) -> Action {
    use Class::*;
    let mid_num_let = matches!(right, FullStop | MidNumLet | SingleQuote);
    let num_left = matches!(left, Numeric | Decimal);
    let num_right = matches!(right, Numeric | Decimal);
    let num_let_right = matches!(right, NumLet | NarrowSpace);
    match (left, right) {
        (Cr, Lf) => Action::Join,                                         // WB3
        (Cr | Lf | Newline, _) | (_, Cr | Lf | Newline) => Action::Break, // WB3a, WB3b
        (Space, Space) => Action::Join,                                   // WB3d
        _ if right.is_attached() => Action::Attach,                       // WB4
        _ if left.is_letter() && right.is_letter() => Action::Join,       // WB5
        (HebrewLetter, SingleQuote) => Action::Geresh,                    // WB6, WB7, WB7a
        _ if left.is_letter() && (mid_num_let || matches!(right, MidLetter | Colon)) => Action::IfLetter, // WB6, WB7
        (HebrewLetter, DoubleQuote) => Action::IfHebrew,                  // WB7b, WB7c
        _ if (num_left || left.is_letter()) && num_right => Action::Join, // WB8, WB9
        _ if num_left && right.is_letter() => Action::Join,               // WB10
        _ if num_left && (mid_num_let || matches!(right, MidNum | FractionSlash)) => Action::IfNumeric, // WB11, WB12
        (Katakana, Katakana) => Action::Join,                             // WB13
        (Katakana | NumLet | NarrowSpace, _) if num_let_right => Action::Join, // WB13a
        _ if (left.is_letter() || num_left) && num_let_right => Action::Join, // WB13a
        (NumLet | NarrowSpace, Katakana) => Action::Join,                 // WB13b
        (NumLet | NarrowSpace, _) if right.is_letter() || num_right => Action::Join, // WB13b
        (Regional, Regional) => Action::Join,                             // WB15, WB16
        _ => Action::Break,                                               // WB999
    }
}

/// Where we differ from UAX #29 between two characters.
const fn tailoring(left: Class, right: Class) -> Option<Action> {
    use Class::*;
    match (left, right) {
        // A proclitic and a number are two words, an Arabic and a Latin word too.
        (Arabic, Numeric) => Some(Action::UnlessProclitics),
        (Arabic, Latin) | (Latin, Arabic) => Some(Action::Break),
        // After a full stop between Arabic words the space was forgotten.
        (Arabic, FullStop) => Some(Action::IfAbbreviation),
        // A decimal separator is part of a number and of nothing else.
        (Numeric, Decimal) => Some(Action::IfNumeric),
        (Decimal, _) if !right.is_attached() => Some(Action::Break),
        (_, Decimal) => Some(Action::Break),
        // A narrow space stands between groups of digits, or before French punctuation.
        (Numeric, NarrowSpace) => Some(Action::IfNumeric),
        (_, NarrowSpace) => Some(Action::Break),
        // A colon ends a word, as in CLDR's root locale; it stands in times.
        _ if matches!(right, Colon) && left.is_letter() => Some(Action::Break),
        (Numeric, Colon) => Some(Action::IfNumeric),
        // Dates.
        (Numeric, Slash | Hyphen) => Some(Action::IfDate),
        (FullStop, FullStop) | (SingleQuote, SingleQuote) | (Hyphen, Hyphen) => Some(Action::IfRun),
        (RunMark, RunMark) | (RunSymbol, RunSymbol) => Some(Action::IfRun),
        _ => None,
    }
}

/// The class that stands for both after `right` has joined `left`.
#[inline(always)]
fn joined(left: Class, right: Class) -> Class {
    if left == Class::Regional && right == Class::Regional { Class::Flag } else { right }
}

/// The letters that [`arabic_letters`] knows: all of [`Class::Arabic`], which join each other.
#[cfg(test)]
pub(super) const ARABIC_LETTERS: std::ops::RangeInclusive<char> = '\u{620}'..='\u{64a}';

/// The end of the letters U+0620 to U+064A at `at`, four at a time; up to the last three of a text may be left out. Most
/// words are then done with at the next character, which is easier to foresee than their length.
#[inline(always)]
pub(super) fn arabic_letters(text: &[u8], mut at: usize) -> usize {
    // In UTF-8 they are `d8 a0` to `d9 8a`, without a gap that another character would fall into.
    const FOUR: u64 = 0x0001_0001_0001_0001;
    const HIGH: u64 = 0x8000 * FOUR;
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let bytes = u64::from_le_bytes(*bytes);
        // A letter in each 16 bits, the first one lowest, compared with both ends by whether a sum reaches the high bit.
        let letters = (bytes & (0xff * FOUR)) << 8 | bytes >> 8 & (0xff * FOUR);
        let low = letters & !HIGH;
        let others = !(letters & (low + (0x8000 - 0x58a0) * FOUR) & !(low + (0x8000 - 0x598b) * FOUR)) & HIGH;
        if others != 0 {
            return at + others.trailing_zeros() as usize / 16 * 2;
        }
        at += 8;
    }
    at
}

/// A stretch of text without a word boundary inside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The classes of its characters.
    pub(super) seen: Seen,
}

/// Finds word boundaries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner {
    pub(super) classes: &'static Table<Class>,
    /// For the scripts of [`Class::Complex`].
    pub(super) complex: WordSegmenterBorrowed<'static>,
}

impl Scanner {
    /// The segment that starts at the boundary `start`, which is not the end of the text. In scripts without spaces several
    /// segments are found at once; all but the last go to `pieces`.
    #[inline(always)]
    pub(super) fn segment<const TAILOR: bool>(
        &self,
        text: &str,
        start: usize,
        pieces: &mut impl FnMut(Segment),
    ) -> Segment {
        let rules = if TAILOR { &TAILORED } else { &PLAIN };
        let bytes = text.as_bytes();
        let (mut left, len) = self.classes.at(bytes, start);
        let mut segment = Segment { start, end: start + len, seen: Seen::of(left) };
        if left == Class::Complex {
            segment = self.complex::<TAILOR>(text, start, pieces);
        } else if left == Class::Arabic {
            segment.end = arabic_letters(bytes, segment.end);
        }
        while segment.end < bytes.len() {
            let (right, len) = self.classes.at(bytes, segment.end);
            let joins = match rules[left as usize][right as usize] {
                Action::Join => true,
                Action::Break => right.is_pictographic() && bytes[..segment.end].ends_with("\u{200d}".as_bytes()), // WB3c
                Action::Attach => {
                    if left == Class::Space {
                        left = Class::SpaceEnd;
                    }
                    if TAILOR && right == Class::Keycap {
                        // No further digit joins an emoji.
                        left = Class::Flag;
                    }
                    segment.seen.add(right);
                    segment.end += len;
                    continue;
                }
                action => {
                    let end = segment.end;
                    if self.looking_ahead::<TAILOR>(action, left, text, &mut segment, len) {
                        if segment.end == end {
                            true
                        } else {
                            continue;
                        }
                    } else if action == Action::Geresh {
                        segment.seen.add(right);
                        segment.end += len;
                        left = Class::Geresh;
                        continue;
                    } else {
                        false
                    }
                }
            };
            if !joins {
                break;
            }
            segment.seen.add(right);
            segment.end += len;
            left = joined(left, right);
        }
        segment
    }

    /// Decides about an action that depends on more than two characters. When there is no boundary it moves the end of the
    /// segment to the next base character, or leaves it if the character at hand is that.
    #[inline(never)]
    fn looking_ahead<const TAILOR: bool>(
        &self,
        action: Action,
        left: Class,
        text: &str,
        segment: &mut Segment,
        len: usize,
    ) -> bool {
        let bytes = text.as_bytes();
        match action {
            Action::UnlessProclitics => return !tailor::are_proclitics(&bytes[segment.start..segment.end]),
            Action::IfAbbreviation if !is_inside_abbreviation(text, segment.end) => return false,
            Action::IfDate | Action::IfRun => {
                let further = if action == Action::IfDate { tailor::date } else { tailor::run };
                let Some(end) = further(bytes, segment.start, segment.end) else { return false };
                segment.end = end;
                return true;
            }
            _ => {}
        }
        let (right, _) = self.classes.at(bytes, segment.end);
        let mut next = segment.end + len;
        let mut seen = Seen::of(right);
        let class = loop {
            if next >= bytes.len() {
                return false;
            }
            let (class, len) = self.classes.at(bytes, next);
            if !class.is_attached() {
                break class;
            }
            seen.add(class);
            next += len;
        };
        let rules = if TAILOR { &TAILORED } else { &PLAIN };
        let fits = match action {
            Action::IfNumeric => class == Class::Numeric || class == Class::Decimal && !TAILOR,
            Action::IfHebrew => class == Class::HebrewLetter,
            _ => class.is_letter() && rules[left as usize][class as usize] == Action::Join,
        };
        if fits {
            segment.seen.join(seen);
            segment.end = next;
        }
        fits
    }

    /// Hands a stretch of a script without spaces to ICU4X.
    #[inline(never)]
    fn complex<const TAILOR: bool>(&self, text: &str, start: usize, pieces: &mut impl FnMut(Segment)) -> Segment {
        let bytes = text.as_bytes();
        let mut end = start;
        while end < bytes.len() {
            let (class, len) = self.classes.at(bytes, end);
            if class != Class::Complex && !class.is_attached() {
                break;
            }
            end += len;
        }
        let mut piece = start;
        for offset in self.complex.segment_str(&text[start..end]) {
            let at = start + offset;
            // ICU4X parts a mark from a word that it found in a dictionary; no mark stands alone in a tailored text.
            if at == start || at == end || TAILOR && self.classes.at(bytes, at).0.is_attached() {
                continue;
            }
            pieces(Segment { start: piece, end: at, seen: self.seen(bytes, piece, at) });
            piece = at;
        }
        Segment { start: piece, end, seen: self.seen(bytes, piece, end) }
    }

    fn seen(&self, bytes: &[u8], start: usize, end: usize) -> Seen {
        let mut seen = Seen::default();
        let mut at = start;
        while at < end {
            let (class, len) = self.classes.at(bytes, at);
            seen.add(class);
            at += len;
        }
        seen
    }
}
