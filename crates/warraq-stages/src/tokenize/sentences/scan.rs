//! Sentence boundaries of UAX #29 (revision 47), as a scanner over UTF-8 that reads on to the next character that
//! may end a sentence and only there looks around, and what is tailored there.

use super::super::abbreviation::is_inside_abbreviation;
use super::super::language::Language;
use super::super::table::Table;
use super::Newline;
use super::classes::{Class, STOPS};
use super::opening;
use std::sync::Arc;

/// What is tailored.
#[derive(Clone, Debug)]
pub(super) struct Tailoring {
    pub(super) newline: Newline,
    /// Whether `؛` ends a sentence.
    pub(super) semicolon: bool,
    /// What ends in a full stop before a name, without it, beyond what the language has.
    pub(super) abbreviations: Arc<[String]>,
    /// The language of the document at hand.
    pub(super) language: &'static Language,
}

/// Finds sentence boundaries.
#[derive(Clone, Debug)]
pub(super) struct Scanner {
    pub(super) classes: &'static Table<Class>,
    /// None for UAX #29 as it is.
    pub(super) tailoring: Option<Tailoring>,
}

/// Those that are written several in a row.
const TERMINATORS: [char; 5] = ['.', '!', '?', '؟', '…'];

/// A character that may end a sentence.
#[derive(Clone, Copy, Debug)]
struct Stop {
    at: usize,
    end: usize,
    class: Class,
}

impl Stop {
    /// Whether it is `…` or the last of three full stops or more.
    fn is_ellipsis(self, bytes: &[u8]) -> bool {
        self.class == Class::Ellipsis || bytes[..self.end].ends_with(b"...")
    }
}

/// A place in the text, with the class of the character there; None at the end.
type Place = (usize, Option<Class>);

impl Scanner {
    /// The end of the sentence that starts at the boundary `start`. `is_inside` tells whether a byte is inside a token that
    /// sentences do not end in.
    #[inline(always)]
    pub(super) fn sentence(&self, text: &str, start: usize, mut is_inside: impl FnMut(usize) -> bool) -> usize {
        let bytes = text.as_bytes();
        let stops = &*STOPS;
        if let Some(tailoring) = &self.tailoring
            && let Some(end) = opening::end(text, start, tailoring.language)
        {
            return end;
        }
        let mut at = start;
        loop {
            at = stops.skip(bytes, at);
            if at >= bytes.len() {
                return at;
            }
            let (class, len) = self.classes.at(bytes, at);
            if class < Class::Semicolon {
                at += len;
                continue;
            }
            let (next, ends) = if class.is_separator() {
                self.separator(text, at, class)
            } else if self.is_terminator(class) && !is_inside(at) {
                self.terminator(text, start, Stop { at, end: at + len, class })
            } else {
                (at + len, false)
            };
            if ends {
                return next;
            }
            at = next;
        }
    }

    fn is_terminator(&self, class: Class) -> bool {
        match class {
            Class::ATerm | Class::STerm => true,
            Class::Ellipsis => self.tailoring.is_some(),
            Class::Semicolon => self.tailoring.as_ref().is_some_and(|tailoring| tailoring.semicolon),
            _ => false,
        }
    }

    /// After the separator at `at`, and whether the sentence ends there (SB3, SB4).
    fn separator(&self, text: &str, at: usize, class: Class) -> (usize, bool) {
        let bytes = text.as_bytes();
        let next = after_separator(bytes, at, class, self.classes.at(bytes, at).1);
        (next, self.separates(text, class, next))
    }

    /// Whether a separator of this class, which ends at `next`, ends a sentence.
    fn separates(&self, text: &str, class: Class, next: usize) -> bool {
        match self.tailoring.as_ref().map(|tailoring| tailoring.newline) {
            None | Some(Newline::Break) => true,
            Some(Newline::Ignore) => false,
            Some(Newline::Paragraph) => {
                class == Class::Paragraph || {
                    let rest = text[next..].trim_start_matches([' ', '\t', '\u{a0}']);
                    rest.starts_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
                }
            }
        }
    }

    /// After the terminator at `at` and what belongs to it, and whether the sentence ends there (SB6 to SB11).
    #[inline(never)]
    fn terminator(&self, text: &str, start: usize, stop: Stop) -> (usize, bool) {
        let bytes = text.as_bytes();
        let (after, next) = self.skip(text, stop.end, |_| false);
        let is_cased = |c| matches!(c, Class::Upper | Class::Lower);
        let sb6 = next == Some(Class::Numeric);
        let sb7 = next == Some(Class::Upper) && self.base_at(bytes, stop.at).1.is_some_and(is_cased);
        if stop.class == Class::ATerm && (sb6 || sb7) {
            return (after, false);
        }
        if self.tailoring.is_some() && self.is_inner(text, start, stop, after, next) {
            return (after, false);
        }
        let (mut end, next) = self.skip(text, after, |c| matches!(c, Class::Close | Class::Open)); // SB9
        if self.tailoring.is_some() && next.is_some_and(|c| c.is_letter() || c == Class::Numeric) {
            // No space after the stop: an opening bracket or quotation mark is that of the next sentence.
            end = self.skip(text, after, |c| c == Class::Close).0;
        }
        let mut is_closed = end > after;
        let (mut end, mut next) = self.skip(text, end, |c| c == Class::Sp); // SB10
        if self.tailoring.is_some()
            && next == Some(Class::Close)
            && let Some(close) = self.spaced_closer(text, start, end)
        {
            is_closed = true;
            (end, next) = self.skip(text, close, |c| c == Class::Sp);
        }
        while let Some(class) = next.filter(|class| class.is_separator()) {
            let after = after_separator(bytes, end, class, self.classes.at(bytes, end).1);
            if self.separates(text, class, after) {
                return (after, true); // SB11
            }
            // The separator is white space like any other.
            (end, next) = self.skip(text, after, |c| c == Class::Sp);
        }
        (end, next.is_none() || !self.goes_on(text, start, end, next, stop, is_closed))
    }

    /// Whether the sentence goes on at `at`, after a terminator and white space (SB8, SB8a).
    fn goes_on(&self, text: &str, start: usize, at: usize, next: Option<Class>, stop: Stop, is_closed: bool) -> bool {
        let tailored = self.tailoring.is_some();
        let stops = |c: Class| c.is_letter() || c.is_separator() || matches!(c, Class::ATerm | Class::STerm);
        match next {
            Some(Class::SContinue | Class::ATerm | Class::STerm) => true,
            Some(Class::Ellipsis) if tailored => true,
            // What a sentence starts with is no end of it.
            _ if tailored && stop.is_ellipsis(text.as_bytes()) && is_leading(&text[start..stop.end]) => true,
            _ if tailored && stop.is_ellipsis(text.as_bytes()) => {
                self.skip(text, at, |c| !stops(c)).1 != Some(Class::Upper)
            }
            // `أو` and `أم` go on with an alternative.
            _ if tailored && text[stop.at..].starts_with('؟') && !is_closed => {
                text[at..].starts_with("أو ") || text[at..].starts_with("أم ")
            }
            Some(Class::Lower) if at > stop.end && !is_closed && self.starts_in_lower_case(text, start, stop) => false,
            // A question inside brackets or quotation marks is as much part of a sentence as a statement.
            _ if stop.class == Class::ATerm || tailored && is_closed => {
                self.skip(text, at, |c| !stops(c)).1 == Some(Class::Lower)
            }
            _ => false,
        }
    }

    /// Past the closing brackets and quotation marks that start at `at`, between white space, if they close something in the
    /// sentence that starts at `start`.
    fn spaced_closer(&self, text: &str, start: usize, at: usize) -> Option<usize> {
        let (end, next) = self.skip(text, at, |c| c == Class::Close);
        let is_alone = next.is_none_or(|c| c == Class::Sp || c.is_separator());
        // What is the same for opening and closing, closes if it comes an even number of times up to here. (Without a limit,
        // a sentence full of these would be counted over and over.)
        let closes = match text.as_bytes()[at..end] {
            [quote @ (b'"' | b'\'')] => {
                let from = start.max(end.saturating_sub(4096));
                memchr::memchr_iter(quote, &text.as_bytes()[from..end]).count().is_multiple_of(2)
            }
            _ => true,
        };
        (is_alone && closes).then_some(end)
    }

    /// Whether a terminator is inside something where the rules of UAX #29 would end a sentence: an abbreviation, an address,
    /// the number of a list item, or a pair of brackets with nothing else in it.
    fn is_inner(&self, text: &str, start: usize, stop: Stop, after: usize, next: Option<Class>) -> bool {
        let bytes = text.as_bytes();
        if next == Some(Class::Close) && text[..stop.end].trim_end_matches(TERMINATORS).ends_with(['(', '[']) {
            return true;
        }
        match stop.class {
            // `?q=1`, `Yahoo!7`.
            Class::STerm => bytes[stop.at].is_ascii() && matches!(next, Some(Class::Lower | Class::Numeric)),
            Class::ATerm if bytes[stop.at] != b'.' => false,
            Class::ATerm if next.is_some_and(Class::is_letter) => is_inside_abbreviation(text, stop.at),
            Class::ATerm if next == Some(Class::Sp) => {
                let (_, follows) = self.skip(text, after, |c| c == Class::Sp);
                let before = text[start..stop.at].trim_start();
                let is_item = !before.is_empty() && before.len() <= 6 && before.chars().all(char::is_numeric);
                follows.is_some_and(Class::is_letter)
                    && (is_item || self.is_initial(text, stop.at) || self.is_abbreviation(before))
                    || follows.is_some_and(|class| self.language_goes_on(text, before, after, class))
                    || follows == Some(Class::OLetter) && is_quoted(text, start, stop.at)
            }
            _ => false,
        }
    }

    /// Whether the last word of `before`, to which a full stop belongs, is one of the abbreviations of the options.
    fn is_abbreviation(&self, before: &str) -> bool {
        let Some(tailoring) = &self.tailoring else { return false };
        tailoring.abbreviations.iter().any(|known| {
            before.strip_suffix(&**known).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric()))
        })
    }

    /// Whether, by the table of the language, a sentence goes on after the full stop behind `before`: it is that of an
    /// abbreviation or of an ordinal. `after` is where it stands with what belongs to it, and `follows` what comes next.
    fn language_goes_on(&self, text: &str, before: &str, after: usize, follows: Class) -> bool {
        let Some(Tailoring { language, .. }) = &self.tailoring else { return false };
        let word = last_word(before);
        if language.before_more.contains(word) {
            return true;
        }
        if language.abbreviations.contains(word) {
            return matches!(follows, Class::Lower | Class::Numeric | Class::Open);
        }
        // `am 3. Oktober`: unless what follows is how sentences begin.
        let is_ordinal = language.ordinals.1 && word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
        is_ordinal && follows == Class::Upper && {
            let next = text[after..].trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
            !language.function_words.contains(next.to_lowercase().as_str())
        }
    }

    /// Whether a full stop before a word in lower case ends a sentence nevertheless, as in careless English. It does not after
    /// an abbreviation with full stops inside, a letter or another full stop.
    fn starts_in_lower_case(&self, text: &str, start: usize, stop: Stop) -> bool {
        let before = &text[start..stop.at];
        let word = last_word(before);
        self.tailoring.as_ref().is_some_and(|tailoring| tailoring.language.lower_starts)
            && &text[stop.at..stop.end] == "."
            && !word.contains('.')
            && word.chars().count() > 1
    }

    /// Whether one letter alone, other than a lower-case one, comes before the stop at `at`: `د.`, `J.`, and with the Arabic
    /// conjunction `ود.`. After a number it is a unit or an era (`2020 م.`) and may well end a sentence.
    fn is_initial(&self, text: &str, at: usize) -> bool {
        let bytes = text.as_bytes();
        let (letter, class) = self.base_at(bytes, at);
        let conjunction = bytes[..letter].strip_suffix("و".as_bytes()).map_or(letter, <[u8]>::len);
        let starts_word = |at| !self.base_at(bytes, at).1.is_some_and(|c| c.is_letter() || c == Class::Numeric);
        matches!(class, Some(Class::Upper | Class::OLetter))
            && (starts_word(letter) || starts_word(conjunction))
            && !text[..letter].trim_end().ends_with(char::is_numeric)
    }

    /// The place at or after `at` whose character is neither of the classes given nor attached to one (WB5).
    #[inline(always)]
    fn skip(&self, text: &str, mut at: usize, skipped: impl Fn(Class) -> bool) -> Place {
        let bytes = text.as_bytes();
        while at < bytes.len() {
            let (class, len) = self.classes.at(bytes, at);
            if class != Class::Attached && !skipped(class) {
                return (at, Some(class));
            }
            at += len;
        }
        (at, None)
    }

    /// The character before `at` to which what is there is attached.
    fn base_at(&self, bytes: &[u8], mut at: usize) -> Place {
        while at > 0 {
            let (class, len) = self.classes.before(bytes, at);
            at -= len;
            if class != Class::Attached {
                return (at, Some(class));
            }
        }
        (0, None)
    }
}

/// After the separator at `at`: CR LF is one (SB3).
fn after_separator(bytes: &[u8], at: usize, class: Class, len: usize) -> usize {
    let next = at + len;
    if class == Class::Cr && bytes.get(next) == Some(&b'\n') { next + 1 } else { next }
}

/// The word that `text` ends with, if it ends with one; full stops inside are part of it.
fn last_word(text: &str) -> &str {
    let starts_word =
        |c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '«' | '“' | '„' | '‘' | '’' | '\'' | '/');
    text.rsplit(starts_word).next().unwrap_or_default()
}

/// Whether there is nothing but full stops in a text.
fn is_leading(text: &str) -> bool {
    text.trim_start().trim_matches(['.', '…']).is_empty()
}

/// How many bytes a quotation may be long that keeps a sentence together.
const QUOTATION: usize = 400;

/// Whether the stop at `at` is inside a quotation that a colon has opened in the sentence from `start` on, and that is closed
/// on the same line.
fn is_quoted(text: &str, start: usize, at: usize) -> bool {
    let before = &text.as_bytes()[start.max(at.saturating_sub(QUOTATION))..at];
    let rest = &text.as_bytes()[at..text.len().min(at + QUOTATION)];
    // The second byte of `«` is in no Arabic letter.
    let Some(opened) = memchr::memrchr2(b'"', 0xab, before) else { return false };
    let (opened, closing) = match before[opened] {
        b'"' => (opened, "\""),
        _ if before[..opened].ends_with(b"\xc2") => (opened - 1, "»"),
        _ => return false,
    };
    let is_introduced = before[..opened].trim_ascii_end().ends_with(b":");
    let line = memchr::memchr(b'\n', rest).map_or(rest, |end| &rest[..end]);
    is_introduced
        && memchr::memmem::find(&before[opened + closing.len()..], closing.as_bytes()).is_none()
        && memchr::memmem::find(line, closing.as_bytes()).is_some()
}
