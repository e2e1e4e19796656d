//! What a language does otherwise than UAX #29: a second look at the tokens that the scanner found, which joins and parts
//! them as the language's table says. Texts of languages without such a table never come here.

mod compounds;
mod hebrew;
mod marks;
mod numbers;
#[cfg(test)]
mod tests;

use super::super::language::{Hyphen, Language};
use warraq_core::{Token, TokenKind};

/// Buffers that are kept from document to document.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    tokens: Vec<Token>,
    lower: String,
}

/// Makes of the scanner's tokens those of the language.
pub(super) fn apply(text: &str, language: &Language, tokens: &mut Vec<Token>, scratch: &mut Scratch) {
    std::mem::swap(tokens, &mut scratch.tokens);
    let found = &scratch.tokens[..];
    let mut pass = Pass { text, language, found, out: tokens, lower: &mut scratch.lower, quote: None };
    let mut at = 0;
    while at < found.len() {
        at += pass.step(at);
    }
    scratch.tokens.clear();
    if language.directional_marks {
        directional_marks(text, tokens);
    }
}

/// Gives words and numbers the directional marks behind them.
fn directional_marks(text: &str, tokens: &mut [Token]) {
    for token in tokens.iter_mut().filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Number)) {
        let rest = &text[token.end as usize..];
        token.end += (rest.len() - rest.trim_start_matches(['\u{200e}', '\u{200f}']).len()) as u32;
    }
}

/// A pass over the tokens of a text.
struct Pass<'a> {
    text: &'a str,
    language: &'a Language,
    /// The tokens of the scanner.
    found: &'a [Token],
    out: &'a mut Vec<Token>,
    /// For words in lower case.
    lower: &'a mut String,
    /// Where the single quotation mark is that is open.
    quote: Option<u32>,
}

/// How many bytes a quotation in single marks may be long; beyond, the mark was none.
const QUOTATION: u32 = 400;

impl<'a> Pass<'a> {
    /// Deals with the token at index `at` and returns how many of the scanner's tokens that used up.
    fn step(&mut self, at: usize) -> usize {
        let token = self.found[at];
        match token.kind {
            TokenKind::Word => self.word(at),
            TokenKind::Number => self.number(at),
            TokenKind::Punctuation | TokenKind::Symbol => self.mark(at),
            _ => {
                self.out.push(token);
                1
            }
        }
    }

    fn slice(&self, token: Token) -> &'a str {
        &self.text[token.start as usize..token.end as usize]
    }

    /// The text of the token at an index, if there is one.
    fn get(&self, at: usize) -> Option<&'a str> {
        self.found.get(at).map(|&token| self.slice(token))
    }

    /// The text of the token at an index, if it follows the one before without a space.
    fn adjacent(&self, at: usize) -> Option<&'a str> {
        let (before, token) = (self.found.get(at.checked_sub(1)?)?, self.found.get(at)?);
        (before.end == token.start).then(|| self.slice(*token))
    }

    fn is_adjacent_word(&self, at: usize) -> bool {
        self.adjacent(at).is_some() && matches!(self.found[at].kind, TokenKind::Word | TokenKind::Number)
    }

    /// What stands between the tokens at `at - 1` and `at`.
    fn gap(&self, at: usize) -> &'a str {
        let end = self.found.get(at).map_or(self.text.len(), |token| token.start as usize);
        &self.text[self.found[at - 1].end as usize..end]
    }

    /// The token at `at` if it stands behind the one before on the same line, with a space between.
    fn next_on_line(&self, at: usize) -> Option<&'a str> {
        let gap = self.gap(at);
        self.get(at).filter(|_| !gap.is_empty() && !gap.contains(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}']))
    }

    fn push(&mut self, start: u32, end: u32, kind: TokenKind) {
        self.out.push(Token { start, end, kind });
    }

    /// Pushes the `count` tokens from `at` on as one.
    fn join(&mut self, at: usize, count: usize, kind: TokenKind) -> usize {
        self.push(self.found[at].start, self.found[at + count - 1].end, kind);
        count
    }

    /// Whether the table has the text from `start` to `end`, in lower case and with a straight apostrophe.
    fn is_in(
        &mut self,
        words: fn(&Language) -> &std::collections::HashSet<&'static str>,
        start: u32,
        end: u32,
    ) -> bool {
        let words = words(self.language);
        // The longest entry is far shorter than this.
        if words.is_empty() || end - start > 48 {
            return false;
        }
        self.lower.clear();
        let word = &self.text[start as usize..end as usize];
        self.lower.extend(word.chars().map(|c| if c == '’' { '\'' } else { c }).flat_map(char::to_lowercase));
        words.contains(self.lower.as_str())
    }

    /// A word, with the hyphens, apostrophes and full stops that are its.
    fn word(&mut self, at: usize) -> usize {
        let token = self.found[at];
        // Most words have a space after them, or a mark that is never theirs.
        let after = self.found.get(at + 1).filter(|next| next.start == token.end);
        let after = after.map(|next| self.text.as_bytes()[next.start as usize]);
        if !matches!(after, Some(b'-' | b'/' | b'.' | b'\'' | b'"' | 0xc2 | 0xe2)) {
            self.alone(token);
            return 1;
        }
        if let Some(count) = self.inner_slash(at) {
            return self.join(at, count, TokenKind::Word);
        }
        let count = self.compound(at);
        if count > 1 {
            self.parted(token.start, self.found[at + count - 1].end, true);
            return count;
        }
        if let Some(used) = self.abbreviation(at).or_else(|| self.apostrophe(at)) {
            return used;
        }
        self.alone(token);
        1
    }

    /// A word that nothing follows that could be a part of it.
    fn alone(&mut self, token: Token) {
        // An apostrophe or a gershayim (or another character that starts with the byte of `’`).
        let has_mark = self.slice(token).bytes().any(|byte| matches!(byte, b'\'' | b'"' | 0xe2));
        if has_mark && !self.hebrew(token) {
            self.parted(token.start, token.end, false);
        } else if !has_mark && !self.digits_and_unit(token) {
            self.out.push(token);
        }
    }

    /// Pushes a word, parted from what is elided before it and, if it has a hyphen, from the pronoun after it.
    fn parted(&mut self, mut start: u32, mut end: u32, has_hyphen: bool) {
        let text = self.text;
        let mut enclitic = None;
        while !self.language.elided.is_empty() && !self.is_in(|l| &l.whole, start, end) {
            let word = &text[start as usize..end as usize];
            let Some((before, mark)) = word.match_indices(['\'', '’']).next() else { break };
            let after = (start + (before + mark.len()) as u32, end);
            if after.0 == after.1 || !self.is_in(|l| &l.elided, start, start + before as u32) {
                break;
            }
            self.push(start, after.0, TokenKind::Word);
            start = after.0;
        }
        if has_hyphen && let Some(cut) = self.enclitic(start, end) {
            enclitic = Some((cut, end));
            end = cut;
        }
        let has_letters = text[start as usize..end as usize].contains(char::is_alphabetic);
        self.push(start, end, if has_letters { TokenKind::Word } else { TokenKind::Number });
        if let Some((start, end)) = enclitic {
            self.push(start, end, TokenKind::Word);
        }
    }

    /// A word with the full stop of an abbreviation or initial after it.
    fn abbreviation(&mut self, at: usize) -> Option<usize> {
        if self.adjacent(at + 1) != Some(".") {
            return None;
        }
        let word = self.slice(self.found[at]);
        if self.language.hyphen == Hyphen::Joins && word.starts_with(char::is_uppercase) && self.is_double_initial(at) {
            return Some(self.join(at, 5, TokenKind::Word));
        }
        let mut letters = word.chars();
        let is_letter = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
        let follows = self.next_on_line(at + 2);
        let fits = if is_letter {
            // A letter may end a sentence, too; then nothing or an opening mark follows it.
            let listed = self.language.abbreviates(word);
            let initial = self.language.initials && word.starts_with(char::is_uppercase);
            follows.is_some_and(|next| {
                listed && next.starts_with(|c: char| c.is_alphanumeric() || c == '.')
                    || initial && next.starts_with(char::is_uppercase)
            }) || listed && self.is_adjacent_word(at + 2)
        } else {
            // A sentence that ends in an abbreviation has one full stop for both.
            self.language.abbreviates(word) && self.adjacent(at + 2) != Some(".")
        };
        fits.then(|| self.join(at, 2, TokenKind::Word))
    }

    /// Whether two letters with their full stops and a hyphen between them start at `at`: `J.-C.`.
    fn is_double_initial(&self, at: usize) -> bool {
        let is_letter = |at: usize| self.get(at).is_some_and(|word| word.chars().count() == 1);
        let rest = [".", "-"].iter().zip(at + 1..).all(|(&mark, at)| self.adjacent(at) == Some(mark));
        rest && is_letter(at)
            && is_letter(at + 3)
            && self.is_adjacent_word(at + 3)
            && self.adjacent(at + 4) == Some(".")
    }

    /// A word with the apostrophe after it.
    fn apostrophe(&mut self, at: usize) -> Option<usize> {
        let token = self.found[at];
        let mark = self.adjacent(at + 1)?;
        if !matches!(mark, "'" | "’") {
            if self.language.suffix_after_quote
                && matches!(mark, "\"" | "”" | "»")
                && self.is_adjacent_word(at + 2)
                && self.get(at + 2)?.starts_with(char::is_lowercase)
            {
                return Some(self.join(at, 3, TokenKind::Word));
            }
            return None;
        }
        let end = self.found[at + 1].end;
        if self.is_in(|l| &l.whole, token.start, end) {
            return Some(self.join(at, 2, TokenKind::Word));
        }
        // `l'«`, `d'1`: with a letter after it, the scanner would have made a word of them.
        if self.adjacent(at + 2).is_some() && self.is_in(|l| &l.elided, token.start, token.end) {
            return Some(self.join(at, 2, TokenKind::Word));
        }
        let open = self.is_quoting(token.start);
        let is_final = self.language.final_apostrophe && self.slice(token).ends_with(['s', 'x', 'z', 'S']);
        if is_final && !open && !self.is_adjacent_word(at + 2) {
            return Some(self.join(at, 2, TokenKind::Word));
        }
        None
    }
}
