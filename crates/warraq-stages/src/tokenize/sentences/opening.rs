//! Sentences that end without a stop because of how they begin: datelines and salutations.

use super::super::language::Language;

/// How many bytes of a line are looked at.
const LONGEST: usize = 100;

/// The end of the sentence that starts at `start` and has no stop of its own, where the language knows any.
#[inline(always)]
pub(super) fn end(text: &str, start: usize, language: &Language) -> Option<usize> {
    if language.datelines {
        dateline(text, start)
    } else if !language.salutations.is_empty() {
        salutation(text, start, language)
    } else {
        None
    }
}

/// A place and an agency with a dash between them, or an agency alone, and a colon: `تهران - ایرنا:`.
fn dateline(text: &str, start: usize) -> Option<usize> {
    let head = &text[start..text.floor_char_boundary(start + LONGEST)];
    let colon = head.find(':')?;
    let line = head[..colon].trim_start();
    let is_one = (line.contains(" - ") || line == "واحد مرکزی خبر")
        && !line.contains(['\n', '.', '«', '؟', '!'])
        && line.split_whitespace().count() <= 8;
    (is_one && head[colon + 1..].starts_with(' ')).then_some(start + colon + 1)
}

/// How a letter begins or ends, up to its comma: `Dear Sir,`, `Best regards,`.
fn salutation(text: &str, start: usize, language: &Language) -> Option<usize> {
    let head = &text[start..text.floor_char_boundary(start + LONGEST / 2)];
    let comma = head.find(',')?;
    let mut words = head[..comma].split_whitespace();
    let first = words.next()?;
    let is_short = words.next().is_none();
    let next = head[comma + 1..].strip_prefix(' ')?.trim_start();
    let is_one = !head[..comma].trim_start().contains(['\n', '.', ':', '!', '?', '('])
        && head[..comma].split_whitespace().count() <= 4
        && next.starts_with(char::is_uppercase)
        // `Thanks, I will.`
        && !(is_short && next.starts_with('I') && !next[1..].starts_with(char::is_alphabetic))
        && first.len() <= 12
        && language.salutations.contains(first.to_lowercase().as_str());
    is_one.then_some(start + comma + 1)
}
