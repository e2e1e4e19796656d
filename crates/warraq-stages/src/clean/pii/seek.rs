//! Where in a text to look for what: at signs, colons and digits, and what may stand around a number.

use super::digits::{Chain, Group, digit, is_invisible};
use super::{Kind, Settings, bank, national, net, phone};
use crate::clean::classes::{Classes, char_before};
use std::ops::Range;
use std::sync::LazyLock;

const DIGIT: u8 = 1;
const AT: u8 = 2;
const COLON: u8 = 3;

static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    let class = |c| match c {
        '@' => AT,
        ':' => COLON,
        c if digit(c).is_some() => DIGIT,
        _ => 0,
    };
    Classes::new(class, |_| 0)
});

/// Looks for personal data; one per worker.
#[derive(Default)]
pub(super) struct Seeker {
    pub(super) found: Vec<(Range<usize>, Kind)>,
    chain: Chain,
    window: String,
}

impl Seeker {
    /// Leaves in `found` what there is, in the order of the text and apart from each other.
    pub(super) fn seek(&mut self, text: &str, settings: &Settings) {
        self.found.clear();
        let mut at = 0;
        while let Some((here, class)) = CLASSES.find(text, at) {
            at = match class {
                AT if settings.wants(Kind::Email) => self.single(text, net::email(text, here), Kind::Email, here),
                COLON if settings.wants(Kind::Ip) => {
                    self.single(text, net::ipv6(text, here, settings.options.public_ips_only), Kind::Ip, here)
                }
                DIGIT => self.number(text, here, settings),
                _ => here + 1,
            };
        }
    }

    /// Takes a find around byte `at` and says where to go on. It may begin before others, which then are parts of it.
    fn single(&mut self, text: &str, found: Option<(usize, usize)>, kind: Kind, at: usize) -> usize {
        let Some((mut start, end)) = found else { return at + 1 };
        while self.found.last().is_some_and(|(last, _)| last.start >= start) {
            self.found.pop();
        }
        if let Some((last, _)) = self.found.last()
            && last.end > start
        {
            if kind == Kind::Ip {
                return at + 1;
            }
            // A number with more after it, as in `4111 1111 1111 1111-me@mail.example`.
            let rest = text[..at].get(last.end..).unwrap_or_default();
            start = at - rest.trim_start_matches(['.', '-', '%', '+']).len();
        }
        if start < at || kind == Kind::Ip {
            self.found.push((start..end, kind));
        }
        end.max(at + 1)
    }

    /// The number that begins at byte `at`; where to go on.
    fn number(&mut self, text: &str, at: usize, settings: &Settings) -> usize {
        let letters = text[..at].bytes().rev().take(3).take_while(u8::is_ascii_alphabetic).count();
        let countries = |country: &str| {
            let only = &settings.options.countries;
            only.is_empty() || only.iter().any(|c| c == country)
        };
        if letters <= 2 && is_edge(char_before(text, at - letters)) {
            let start = at - letters;
            if letters == 2
                && settings.wants(Kind::Iban)
                && let Some(end) = bank::iban(text, start)
            {
                self.found.push((start..end, Kind::Iban));
                return end;
            }
            if settings.wants(Kind::NationalId) {
                let said = letters > 0 && self.is_said(text, start, national::WORDS);
                if let Some(end) = national::lettered(text, start, &countries, said) {
                    self.found.push((start..end, Kind::NationalId));
                    return end;
                }
            }
        }
        if letters > 0 || !begins_number(text, at) {
            return end_of_word(text, at);
        }
        let mut end = self.chain.read(text, at);
        // Digits before a letter begin something else, which is looked at by itself.
        if self.chain.groups.len() > 1 && text[end..].starts_with(|c: char| c.is_ascii_alphanumeric()) {
            end = self.chain.drop_last();
        }
        let mut from = 0;
        while from < self.chain.groups.len() {
            from = self.group(text, from, settings, &countries).unwrap_or(from + 1);
        }
        end
    }

    /// Looks for a number that begins with a group of the chain; the group after its last.
    fn group(
        &mut self,
        text: &str,
        from: usize,
        settings: &Settings,
        countries: &dyn Fn(&str) -> bool,
    ) -> Option<usize> {
        let first = self.chain.groups[from];
        if settings.wants(Kind::Ip)
            && let Some(to) = net::ipv4(text, &self.chain, from, settings.options.public_ips_only)
            && self.ends(text, to)
        {
            return self.take(first.start, to, Kind::Ip);
        }
        let left = self.chain.digits.len() - first.first;
        if left < 7 || from > 0 && (first.gap.dash || first.gap.point) && !(first.gap.space || first.gap.bracket) {
            return None;
        }
        if settings.wants(Kind::Card)
            && let Some(to) = bank::card(&self.chain, from)
            && self.ends(text, to)
        {
            return self.take(first.start, to, Kind::Card);
        }
        if settings.wants(Kind::NationalId) {
            let said = self.is_said(text, first.start, national::WORDS);
            if let Some(to) = national::find(&self.chain, from, countries, said)
                && self.ends(text, to)
            {
                return self.take(first.start, to, Kind::NationalId);
            }
        }
        if settings.wants(Kind::Phone) {
            let prefix = Prefix::before(text, first.start);
            let said = self.is_said(text, prefix.start, phone::WORDS);
            if let Some(to) = phone::find(&self.chain, from, prefix.plus, said)
                && self.ends(text, to)
            {
                // A bracket that is not closed inside the number is around it, and stays.
                let is_closed = self.chain.groups[from + 1..to].iter().any(|group| group.gap.bracket);
                return self.take(if is_closed { prefix.start } else { prefix.sign }, to, Kind::Phone);
            }
        }
        None
    }

    /// Takes the groups before `to` as a find that begins at byte `start`.
    fn take(&mut self, start: usize, to: usize, kind: Kind) -> Option<usize> {
        let last = self.chain.groups[to - 1];
        self.found.push((start..last.end, kind));
        Some(to)
    }

    /// Whether a number may end with the group before `to`: not before more digits that belong to it, a sign of money or of a
    /// measure, or letters.
    fn ends(&self, text: &str, to: usize) -> bool {
        if let Some(Group { gap, .. }) = self.chain.groups.get(to) {
            return gap.space || gap.bracket || !(gap.dash || gap.point || gap.slash);
        }
        let mut after = text[self.chain.groups[to - 1].end..].chars();
        match after.next() {
            Some(',' | '٫' | '٬' | ':') => after.next().is_none_or(|c| digit(c).is_none()),
            Some('%' | '٪' | '$' | '€' | '£' | '°' | '_' | '@' | '=') => false,
            Some(c) => !c.is_ascii_alphanumeric(),
            None => true,
        }
    }

    /// Whether one of `words` stands at most 24 characters before byte `at`, with no other find
    /// between.
    fn is_said(&mut self, text: &str, at: usize, words: &[&str]) -> bool {
        const REACH: usize = 24;
        /// The longest word, with the character before it.
        const LONGEST: usize = 20;
        let start = text[..at].char_indices().rev().take(REACH + LONGEST).last().map_or(at, |(n, _)| n);
        // A word announces one number: what was found, or masked by an earlier run, is between.
        let found = self.found.last().map_or(0, |(last, _)| last.end);
        let start = if found <= at { start.max(found) } else { start };
        let line = text[start..at].rfind(['\n', '>']).map_or(start, |n| start + n);
        self.window.clear();
        self.window.extend(text[line..at].chars().flat_map(char::to_lowercase));
        let window = &*self.window;
        words.iter().any(|word| {
            window.match_indices(word).any(|(n, _)| {
                let (before, after) = (&window[..n], &window[n + word.len()..]);
                // A letter of Arabic may be joined on; what stands in angles is a mask.
                let begins = before.chars().next_back().is_none_or(|c| match c {
                    'و' | 'ب' | 'ل' => true,
                    '<' | '>' | '_' => false,
                    _ => !c.is_alphanumeric(),
                });
                let ends = !after.chars().next().is_some_and(char::is_alphanumeric);
                begins && ends && after.chars().count() <= REACH
            })
        })
    }
}

/// Whether a word or a number may begin after `c`.
fn is_edge(c: Option<char>) -> bool {
    !c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || digit(c).is_some())
}

/// Whether the digit at byte `at` begins a number: not after a letter, in an address of the web, or as decimals.
fn begins_number(text: &str, at: usize) -> bool {
    if !is_edge(char_before(text, at)) {
        return false;
    }
    let mut before = text[..at].chars().rev().filter(|c| !is_invisible(*c));
    let (last, further) = (before.next(), before.next());
    // A mask ends with an angle, and stands for what may have been a word or a number.
    let follows = |test: fn(char) -> bool| further.is_some_and(|c| c == '>' || test(c));
    match last {
        Some('/' | '-' | '.' | '\\') => !follows(|c| c.is_ascii_alphanumeric() || c == '/'),
        Some(',' | '٫' | '٬' | ':') => !follows(|c| digit(c).is_some()),
        Some('=' | '&' | '#' | '%' | '$' | '€' | '£' | '@') => false,
        _ => true,
    }
}

/// Where the ASCII word around byte `at` ends.
fn end_of_word(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    let is_inner = |c: char| c.is_ascii_alphanumeric() || digit(c).is_some();
    at + rest.find(|c| !is_inner(c)).unwrap_or(rest.len())
}

/// The signs before a telephone number.
struct Prefix {
    /// Where they begin, a bracket among them.
    start: usize,
    /// Where the number begins, with its plus.
    sign: usize,
    plus: bool,
}

impl Prefix {
    /// Those before byte `at`.
    fn before(text: &str, at: usize) -> Prefix {
        let mut prefix = Prefix { start: at, sign: at, plus: false };
        for (n, c) in text[..at].char_indices().rev().take(4) {
            match c {
                '+' if !prefix.plus => (prefix.start, prefix.sign, prefix.plus) = (n, n, true),
                '(' => prefix.start = n,
                c if is_invisible(c) => {}
                _ => break,
            }
        }
        prefix
    }
}
