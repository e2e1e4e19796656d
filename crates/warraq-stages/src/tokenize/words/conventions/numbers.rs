//! Numbers with what is written beside them.

use super::Pass;
use warraq_core::{Token, TokenKind};

impl Pass<'_> {
    /// A number, with what belongs to it.
    pub(super) fn number(&mut self, at: usize) -> usize {
        let token = self.found[at];
        let (count, kind) = self
            .thousands(at)
            .or_else(|| self.dashes(at))
            .or_else(|| self.section(at))
            .or_else(|| self.suffix(at))
            .or_else(|| self.ordinal(at))
            .unwrap_or((1, token.kind));
        if count == 1 {
            let compound = self.compound(at);
            if compound > 1 {
                self.parted(token.start, self.found[at + compound - 1].end, true);
                return compound;
            }
        }
        self.join(at, count, kind)
    }

    /// The number of digits of the token at `at`, if it has nothing else.
    fn digits(&self, at: usize) -> Option<usize> {
        self.get(at).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).map(str::len)
    }

    /// `80 000`, `1 250 000,50`.
    fn thousands(&self, at: usize) -> Option<(usize, TokenKind)> {
        if !self.language.spaced_thousands || !matches!(self.digits(at)?, 1..=3) {
            return None;
        }
        let is_group = |at: usize| {
            matches!(self.gap(at), " " | "\u{a0}" | "\u{202f}")
                && self.get(at).is_some_and(|text| {
                    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
                    digits == 3 && (text.len() == 3 || text.as_bytes()[3] == b',')
                })
        };
        let mut count = 1;
        while at + count < self.found.len() && is_group(at + count) {
            count += 1;
            if self.digits(at + count - 1).is_none() {
                break;
            }
        }
        (count > 1).then_some((count, TokenKind::Number))
    }

    /// `2007/08`, `2012–2017`; `853-3242`, `303-832-8160`.
    fn dashes(&self, at: usize) -> Option<(usize, TokenKind)> {
        let first = self.digits(at)?;
        let mut count = 1;
        while matches!(self.adjacent(at + count), Some("-" | "/" | "–")) && self.adjacent(at + count + 1).is_some() {
            if self.digits(at + count + 1).is_none() {
                break;
            }
            count += 2;
        }
        let last = self.digits(at + count - 1)?;
        let is_dash = self.adjacent(at + 1) != Some("/");
        let years = self.language.year_ranges
            && count == 3
            && first == 4
            && if is_dash { last == 4 && self.language.percent } else { last == 2 || last == 4 };
        let telephone = self.language.telephones && is_dash && count <= 9 && count > 1 && first < 4 && last == 4;
        (years || telephone).then_some((count, TokenKind::Number))
    }

    /// `91(ב)(3)`: the section of a law, with at least two parts in brackets.
    fn section(&self, at: usize) -> Option<(usize, TokenKind)> {
        let is_part = |at: usize| {
            self.adjacent(at) == Some("(")
                && self
                    .adjacent(at + 1)
                    .is_some_and(|part| part.chars().count() <= 2 && part.starts_with(char::is_alphanumeric))
                && self.adjacent(at + 2) == Some(")")
        };
        let parts = (0..8).take_while(|part| self.language.sections && is_part(at + 1 + part * 3)).count();
        (parts > 1).then_some((1 + parts * 3, TokenKind::Number))
    }

    /// `1980'lerde`, `90's`, `20%`.
    fn suffix(&mut self, at: usize) -> Option<(usize, TokenKind)> {
        match self.adjacent(at + 1)? {
            "%" if self.language.percent => Some((2, TokenKind::Number)),
            "'" | "’" if self.is_adjacent_word(at + 2) => {
                let suffix = self.found[at + 2];
                let any = self.language.number_suffixes.contains("*");
                let fits = any && self.slice(suffix).starts_with(char::is_lowercase)
                    || self.is_in(|l| &l.number_suffixes, suffix.start, suffix.end);
                fits.then_some((3, TokenKind::Word))
            }
            _ => None,
        }
    }

    /// `3. Oktober`.
    fn ordinal(&mut self, at: usize) -> Option<(usize, TokenKind)> {
        let (before_lower, before_any) = self.language.ordinals;
        if !before_lower || self.digits(at)? > 2 || self.adjacent(at + 1) != Some(".") {
            return None;
        }
        let next = self.next_on_line(at + 2)?;
        let is_lower = next.starts_with(char::is_lowercase);
        let token = self.found[at + 2];
        let fits = is_lower
            || before_any
                && next.starts_with(char::is_uppercase)
                // The number that opens a line is that of a list item, whatever comes next.
                && (self.opens_line(at) || !self.is_in(|l| &l.function_words, token.start, token.end));
        fits.then_some((2, TokenKind::Number))
    }

    fn opens_line(&self, at: usize) -> bool {
        self.text[..self.found[at].start as usize]
            .trim_end_matches([' ', '\t'])
            .chars()
            .next_back()
            .is_none_or(|c| c == '\n')
    }

    /// Parts `20h30` and `160km` where the language has it so. Returns whether it did.
    pub(super) fn digits_and_unit(&mut self, token: Token) -> bool {
        if self.language.units.is_empty() || !self.slice(token).starts_with(|c: char| c.is_ascii_digit()) {
            return false;
        }
        let text = self.slice(token);
        let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')).count();
        let letters = text[digits..].bytes().take_while(|byte| !byte.is_ascii_digit()).count();
        let rest = &text[digits + letters..];
        let unit = (token.start + digits as u32, token.start + (digits + letters) as u32);
        let has_rest = !rest.is_empty();
        if has_rest && !(text[digits..].starts_with(['h', 'H']) && rest.bytes().all(|byte| byte.is_ascii_digit()))
            || !self.is_in(|l| &l.units, unit.0, unit.1)
        {
            return false;
        }
        self.push(token.start, unit.0, TokenKind::Number);
        self.push(unit.0, unit.1, TokenKind::Word);
        if has_rest {
            self.push(unit.1, token.end, TokenKind::Number);
        }
        true
    }
}
