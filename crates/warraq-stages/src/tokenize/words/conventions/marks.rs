//! Punctuation: runs, and which apostrophes are quotation marks.

use super::{Pass, QUOTATION};
use warraq_core::TokenKind;

impl Pass<'_> {
    /// A mark, with those that make one token with it.
    pub(super) fn mark(&mut self, at: usize) -> usize {
        let token = self.found[at];
        let mark = self.slice(token);
        if matches!(mark, "'" | "‘" | "’") {
            if let Some(count) = self.leading_apostrophe(at) {
                return self.join(at, count, TokenKind::Word);
            }
            self.note_quote(at);
        }
        let count = if self.language.runs { self.run(at) } else { 1 };
        self.join(at, count, token.kind)
    }

    /// How many tokens make `'s` at the start of a word, where the language has it.
    fn leading_apostrophe(&mut self, at: usize) -> Option<usize> {
        let is_free = at == 0 || self.adjacent(at).is_none();
        if !is_free || self.found.get(at + 1).is_none() || !self.is_adjacent_word(at + 1) {
            return None;
        }
        self.is_in(|l| &l.whole, self.found[at].start, self.found[at + 1].end).then_some(2)
    }

    /// Notes whether a single quotation mark opens or closes.
    fn note_quote(&mut self, at: usize) {
        let opens = self.found.get(at + 1).is_some_and(|_| self.adjacent(at + 1).is_some())
            && (at == 0
                || self.adjacent(at).is_none_or(|before| before.ends_with(['"', '(', '“', '[', '-', '–', '—'])));
        self.quote = opens.then_some(self.found[at].start);
    }

    /// Whether a single quotation mark is open at `at`.
    pub(super) fn is_quoting(&self, at: u32) -> bool {
        self.quote.is_some_and(|start| at - start < QUOTATION)
    }

    /// How many tokens from `at` on are one run: `!?!`, or one mark over and over.
    fn run(&self, at: usize) -> usize {
        let exclaims = |text: &str| text.bytes().all(|byte| matches!(byte, b'!' | b'?'));
        let first = self.slice(self.found[at]);
        let fits = |text: &str| text == first || exclaims(first) && exclaims(text);
        if !exclaims(first) && !matches!(first, "." | "$" | "/" | "\\") {
            return 1;
        }
        1 + (at + 1..self.found.len()).take_while(|&next| self.adjacent(next).is_some_and(fits)).count()
    }
}
