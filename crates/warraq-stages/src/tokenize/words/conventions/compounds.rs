//! Hyphens and slashes between words.

use super::super::super::language::Hyphen;
use super::Pass;
use warraq_core::TokenKind;

impl Pass<'_> {
    /// How many tokens from `at` on are one compound: 1 if none follows.
    pub(super) fn compound(&mut self, at: usize) -> usize {
        let mut count = 1;
        while matches!(self.adjacent(at + count), Some("-" | "\u{2010}" | "\u{2011}"))
            && self.is_adjacent_word(at + count + 1)
        {
            count += 2;
        }
        if count == 1 {
            return 1;
        }
        let (first, last) = (self.found[at], self.found[at + count - 1]);
        let joins = match self.language.hyphen {
            Hyphen::Joins => true,
            Hyphen::JoinsCommon => return self.common_compound(at, count),
            Hyphen::Parts => {
                count == 3
                    && first.kind == TokenKind::Word
                    && last.kind == TokenKind::Word
                    && self.is_in(|l| &l.joined_prefixes, first.start, first.end)
                    || self.is_in(|l| &l.joined_suffixes, last.start, last.end)
            }
        };
        if joins { count } else { 1 }
    }

    /// Names are written with hyphens as several words (`Буркина-Фасо`), other words as one (`рок-группа`, `1960-х`).
    fn common_compound(&mut self, at: usize, count: usize) -> usize {
        let (first, last) = (self.found[at], self.found[at + count - 1]);
        let is_lower = |text: &str| text.starts_with(char::is_lowercase);
        let is_cyrillic = |text: &str| text.starts_with(|c| matches!(c, '\u{400}'..='\u{52f}'));
        let (a, b) = (self.slice(first), self.slice(last));
        let joins = match (first.kind, last.kind) {
            (TokenKind::Number, TokenKind::Word) => count == 3 && is_lower(b) && is_cyrillic(b),
            (TokenKind::Word, TokenKind::Word) if is_cyrillic(a) && is_cyrillic(b) => {
                is_lower(b) || self.is_in(|l| &l.joined_prefixes, first.start, first.end)
            }
            _ => false,
        };
        if joins { count } else { 1 }
    }

    /// Where the pronoun starts, with its hyphen and the `t` before it, that follows a verb: `-il`, `-t-elle`.
    pub(super) fn enclitic(&mut self, start: u32, end: u32) -> Option<u32> {
        let text = self.text;
        let word = &text[start as usize..end as usize];
        let cut = word.rfind('-').filter(|&cut| cut > 0)?;
        let pronoun = &word[cut + 1..];
        // In upper case it is part of a name, unless the whole word is.
        if !pronoun.starts_with(char::is_lowercase) && word.contains(char::is_lowercase)
            || self.is_in(|l| &l.whole, start, end)
            || !self.is_in(|l| &l.enclitics, start + cut as u32 + 1, end)
        {
            return None;
        }
        let verb = &word[..cut];
        let verb = verb.strip_suffix("-t").or_else(|| verb.strip_suffix("-T")).unwrap_or(verb);
        Some(start + verb.len() as u32)
    }

    /// How many tokens from `at` on are one of the words that are written with a slash: `w/o`.
    pub(super) fn inner_slash(&mut self, at: usize) -> Option<usize> {
        if self.language.whole.is_empty() || self.adjacent(at + 1) != Some("/") {
            return None;
        }
        let start = self.found[at].start;
        let count = if self.is_adjacent_word(at + 2) { 3 } else { 2 };
        self.is_in(|l| &l.whole, start, self.found[at + count - 1].end).then_some(count)
    }
}
