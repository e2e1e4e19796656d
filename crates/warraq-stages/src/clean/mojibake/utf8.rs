//! UTF-8 that was read in a charset of single bytes: `cafÃ©`, `ط§ظ„ط³ظ„ط§ظ…`, `РџСЂРёРІРµС‚`.
//!
//! A *unit* is what one character of UTF-8 has become: a character whose byte can begin a sequence, and as many after it
//! whose bytes can continue it. Clean text has such neighbours where punctuation follows a letter (`É»`, `Gruß“`, `فقط،`):
//! [`is_usual`] lists what does. Anything else hardly ever occurs unless it is a unit, and counts [`ODD`]; two such units
//! in a line leave no doubt.

use super::charset::{ARABIC, CYRILLIC, Charset, WESTERN};
use icu_properties::props::{GeneralCategory, Script};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed};

/// What a character that cannot follow the one before it in clean text counts, in units of natural logarithm: such pairs
/// are rarer than one in a hundred of those that follow a letter.
const ODD: f32 = 5.0;
/// What an odd change of case or of scripts counts: not proof, but evidence.
const UNUSUAL: f32 = 3.0;
/// What a line's units must count together, where a single one is not enough.
const LINE: f32 = 10.0;

/// A character of UTF-8, in pieces.
pub(super) struct Unit {
    /// Where it begins in the line, in bytes.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// What it stands for.
    pub(super) target: char,
    evidence: f32,
    group: u8,
}

/// The groups of targets whose evidence is added up: those of no script of their own and Latin.
const PLAIN: u8 = 0;

/// Whether `c` is something that may be found after `lead` in clean text; `before` stands in front of both.
pub(super) fn is_usual(charset: usize, lead: char, c: char, before: Option<char>) -> bool {
    // No word ends in these, but in capitals.
    if charset == WESTERN && matches!(lead, 'Â' | 'Ã') && !before.is_some_and(char::is_uppercase) {
        return false;
    }
    match c {
        '«' | '»' | '‹' | '›' | '“' | '”' | '„' | '‘' | '’' | '‚' | '…' | '–' | '—' | '\u{a0}' | '•' | '·' | '°' => {
            true
        }
        '\u{9d}' | '\u{200c}' | '\u{200d}' => charset == ARABIC,
        _ if charset == WESTERN => c.is_alphabetic() && c > '\u{ff}' && (c.is_lowercase() || !lead.is_lowercase()),
        '،' | '؛' | '؟' | '؈' => charset == ARABIC,
        'ˆ' => false,
        '№' | '™' | '©' | '®' => charset == CYRILLIC,
        _ => c.is_alphabetic() && c > '\u{ff}',
    }
}

/// What sort of character a unit stands for: whether it can be at all, and the group with which it is weighed.
struct Targets {
    categories: CodePointMapDataBorrowed<'static, GeneralCategory>,
    scripts: CodePointMapDataBorrowed<'static, Script>,
}

impl Targets {
    fn new() -> Targets {
        Targets { categories: CodePointMapData::new(), scripts: CodePointMapData::new() }
    }

    fn group(&self, c: char) -> Option<u8> {
        use GeneralCategory as G;
        if matches!(self.categories.get(c), G::Unassigned | G::PrivateUse | G::Surrogate | G::Control) {
            return None;
        }
        Some(match self.scripts.get(c) {
            // The florin sign is one of windows-1252, and so the piece of another layer.
            _ if matches!(c, '\u{180}'..='\u{191}' | '\u{193}'..='\u{2c5}' | '\u{2c8}'..='\u{2db}' | '\u{2dd}'..='\u{2ff}') => {
                1
            }
            Script::Latin | Script::Common | Script::Inherited => PLAIN,
            Script::Greek => 2,
            Script::Cyrillic => 3,
            Script::Hebrew => 4,
            Script::Arabic => 5,
            Script::Han | Script::Hiragana | Script::Katakana => 6,
            Script::Hangul => 7,
            Script::Armenian => 8,
            Script::Georgian => 9,
            Script::Devanagari => 10,
            Script::Bengali => 11,
            Script::Thai => 12,
            Script::Tamil => 13,
            Script::Telugu => 14,
            Script::Gujarati => 15,
            Script::Gurmukhi => 16,
            Script::Kannada => 17,
            Script::Malayalam => 18,
            Script::Sinhala => 19,
            Script::Khmer => 20,
            Script::Lao => 21,
            Script::Myanmar => 22,
            Script::Ethiopic => 23,
            _ => return None,
        })
    }
}

/// Finds units; one per worker.
pub(super) struct Finder {
    targets: Targets,
    /// What was found in the line.
    pub(super) units: Vec<Unit>,
}

impl Finder {
    pub(super) fn new() -> Finder {
        Finder { targets: Targets::new(), units: Vec::new() }
    }

    /// Leaves in `units` those of the line that are certain, and says what they count together: first what is certain,
    /// then what all of the line's do.
    pub(super) fn find(&mut self, line: &str, charset: &Charset, which: usize) -> (f32, f32) {
        self.units.clear();
        let mut before = None;
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let start = line.len() - rest.len();
            match self.unit(rest, charset, which, before, start) {
                Some(unit) => {
                    rest = &line[unit.end..];
                    before = line[..unit.end].chars().next_back();
                    self.units.push(unit);
                }
                None => {
                    // ASCII in one go.
                    let next = rest.bytes().position(|b| b >= 0x80).unwrap_or(rest.len()).max(c.len_utf8());
                    before = rest[..next].chars().next_back();
                    rest = &rest[next..];
                }
            }
        }
        let mut sums = [0f32; 32];
        self.units.iter().for_each(|unit| sums[usize::from(unit.group)] += unit.evidence);
        let all: f32 = sums.iter().sum();
        self.units.retain(|unit| {
            let sum = sums[usize::from(unit.group)];
            match (which, unit.group) {
                (WESTERN, PLAIN) => unit.evidence >= ODD || all >= LINE,
                (_, PLAIN) => all >= LINE,
                _ => sum >= LINE,
            }
        });
        (self.units.iter().map(|unit| unit.evidence).sum(), all)
    }

    /// The unit at the start of `rest`.
    fn unit(&self, rest: &str, charset: &Charset, which: usize, before: Option<char>, start: usize) -> Option<Unit> {
        let mut chars = rest.chars();
        let lead = chars.next().filter(|c| !c.is_ascii())?;
        let first = charset.byte(lead)?;
        let more = match first {
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => return None,
        };
        let mut bytes = [first, 0, 0, 0];
        let (mut evidence, mut end) = (0.0, lead.len_utf8());
        let mut last = lead;
        for byte in &mut bytes[1..=more] {
            last = chars.next().filter(|c| !c.is_ascii())?;
            *byte = charset.byte(last).filter(|b| matches!(b, 0x80..=0xbf))?;
            end += last.len_utf8();
            if !is_usual(which, lead, last, before) {
                evidence += ODD;
            }
        }
        let target = std::str::from_utf8(&bytes[..=more]).ok()?.chars().next()?;
        if before.is_some_and(char::is_lowercase) && lead.is_uppercase() {
            evidence += UNUSUAL;
        }
        let after = chars.next();
        if matches!(last, '»' | '”' | '…' | '›') && after.is_some_and(char::is_lowercase) {
            evidence += UNUSUAL;
        }
        let group = match self.targets.group(target) {
            Some(group) => group,
            // One of the pieces of another layer, which the next round puts together.
            None if matches!(target, '\u{80}'..='\u{9f}') => {
                let last = self.units.last().filter(|unit| unit.end == start)?;
                charset.byte(last.target)?;
                PLAIN
            }
            None => return None,
        };
        if which != WESTERN && target.is_alphabetic() && group == PLAIN {
            // A letter of another script inside a word.
            let is_latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
            evidence += UNUSUAL * f32::from(u8::from(is_latin(before)) + u8::from(is_latin(after)));
        }
        Some(Unit { start, end: start + end, target, evidence, group })
    }
}
