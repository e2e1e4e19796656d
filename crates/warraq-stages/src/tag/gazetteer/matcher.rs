//! Finding phrases in folded text, token by token.

use super::proclitics::{Lead, openings};
use super::trie::{Node, Trie};
use crate::fold::{Folder, Gap};
use std::collections::HashMap;
use warraq_core::{LabelId, Token};

/// Phrases and their labels, folded, in the order they were listed.
#[derive(Debug)]
pub(super) struct Phrases {
    folder: Folder,
    /// Index into `folded` and `labels`.
    index: HashMap<String, usize>,
    folded: Vec<String>,
    labels: Vec<Vec<LabelId>>,
    /// Whether a phrase keeps only its first label.
    first_label: bool,
}

impl Phrases {
    pub(super) fn new(folder: Folder, first_label: bool) -> Self {
        Phrases { folder, index: HashMap::new(), folded: Vec::new(), labels: Vec::new(), first_label }
    }

    /// Adds a phrase; `false` if nothing is left of it once it is folded.
    pub(super) fn add(&mut self, phrase: &str, label: LabelId) -> bool {
        let folded = self.folder.phrase(phrase);
        if folded.is_empty() {
            return false;
        }
        if folded.contains('-') {
            self.add_folded(folded.replace('-', " "), label);
        }
        self.add_folded(folded, label);
        true
    }

    fn add_folded(&mut self, folded: String, label: LabelId) {
        let at = *self.index.entry(folded).or_insert_with_key(|folded| {
            self.folded.push(folded.clone());
            self.labels.push(Vec::new());
            self.labels.len() - 1
        });
        let labels = &mut self.labels[at];
        if labels.is_empty() || !self.first_label && !labels.contains(&label) {
            labels.push(label);
        }
    }

    /// The matcher for these phrases.
    pub(super) fn build(self, proclitics: bool) -> Matcher {
        let trie = Trie::new(&self.folded);
        let mut symbols = Box::new([NEEDS_THOUGHT; 0x800]);
        for (n, symbol) in (0..).zip(symbols.iter_mut()) {
            if let Some(c) = char::from_u32(n).and_then(|c| self.folder.one(c)) {
                *symbol = trie.symbol(c);
            }
        }
        let starts =
            ["", "ا", "ال"].map(|lead| lead.chars().try_fold(trie.root(), |node, c| trie.step(node, trie.symbol(c))));
        Matcher { folder: self.folder, symbols, trie, starts, labels: self.labels, proclitics }
    }
}

/// A character that becomes more or less than one symbol. No symbol has this number.
const NEEDS_THOUGHT: u32 = 0;

/// Finds phrases. A phrase can begin at few places in a token, and most are given up there after two or three letters, so
/// walks in a trie from those places are quicker than a search that reads all of the text: most of it is neither folded
/// nor looked up.
#[derive(Debug)]
pub(super) struct Matcher {
    folder: Folder,
    /// The trie's symbol for each character of the two-byte range.
    symbols: Box<[u32; 0x800]>,
    trie: Trie,
    /// Where a walk begins, by [`Lead`], if any phrase begins so.
    starts: [Option<Node>; 3],
    labels: Vec<Vec<LabelId>>,
    proclitics: bool,
}

/// A phrase found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) start: u32,
    pub(super) end: u32,
    /// The index of the token after its last.
    next: usize,
    phrase: usize,
}

impl Matcher {
    pub(super) fn labels(&self, hit: Hit) -> &[LabelId] {
        &self.labels[hit.phrase]
    }

    /// All hits, from left to right; they do not overlap.
    pub(super) fn hits<'a>(&'a self, text: &'a str, tokens: &'a [Token]) -> impl Iterator<Item = Hit> + 'a {
        let mut at = 0;
        std::iter::from_fn(move || {
            while at < tokens.len() {
                let hit = self.hit_in(text, tokens, at);
                at = hit.map_or(at + 1, |hit| hit.next);
                if hit.is_some() {
                    return hit;
                }
            }
            None
        })
    }

    /// The hit that begins in the token and reaches farthest; of those the one that begins first.
    #[inline]
    fn hit_in(&self, text: &str, tokens: &[Token], first: usize) -> Option<Hit> {
        let Token { start, end, .. } = tokens[first];
        let mut best = None;
        self.walk(text, tokens, first, start, Lead::None, &mut best);
        if self.proclitics {
            openings(&text[start as usize..end as usize], |at, lead| {
                self.walk(text, tokens, first, start + at as u32, lead, &mut best);
            });
        }
        best
    }

    /// Finds the longest phrase that begins at byte `start`, in the token `first`, and ends where a token ends. It is the
    /// best if it reaches farther than the best so far.
    fn walk(&self, text: &str, tokens: &[Token], first: usize, start: u32, lead: Lead, best: &mut Option<Hit>) {
        let Some(mut node) = self.starts[lead as usize] else { return };
        let mut gap = Gap::default();
        let (mut token, mut token_end) = (first, tokens[first].end);
        // Where the walk stood when the last token ended: tokens that fold to nothing do not make a hit longer.
        let mut seen = node;
        let mut at = start as usize;
        loop {
            while at >= token_end as usize {
                if node != seen && gap.is_empty() {
                    seen = node;
                    if let Some(phrase) = self.trie.end(node)
                        && best.is_none_or(|best| best.end < token_end)
                    {
                        *best = Some(Hit { start, end: token_end, next: token + 1, phrase });
                    }
                }
                token += 1;
                let Some(token) = tokens.get(token) else { return };
                token_end = token.end;
            }
            let Some((c, len)) = char_at(text, at) else { return };
            at += len;
            let symbol = self.symbols.get(c as usize).copied().unwrap_or(NEEDS_THOUGHT);
            if symbol != NEEDS_THOUGHT && gap.is_empty() {
                match self.trie.step(node, symbol) {
                    Some(next) => node = next,
                    None => return,
                }
            } else if !self.feed(c, &mut gap, &mut node) {
                return;
            }
        }
    }

    /// The steps of a character that is not simply one symbol: out of line, since it is one in fifty.
    #[inline(never)]
    fn feed(&self, c: char, gap: &mut Gap, node: &mut Node) -> bool {
        self.folder.feed(c, gap, |c| match self.trie.step(*node, self.trie.symbol(c)) {
            Some(next) => {
                *node = next;
                true
            }
            None => false,
        })
    }
}

/// The character at a byte of the text, and its length; one or two bytes without the general decoder.
#[inline(always)]
pub(super) fn char_at(text: &str, at: usize) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    match *bytes.get(at)? {
        byte @ 0..0x80 => Some((byte.into(), 1)),
        byte @ 0xc0..0xe0 => {
            let next = bytes.get(at + 1)?;
            Some((char::from_u32(u32::from(byte & 0x1f) << 6 | u32::from(next & 0x3f))?, 2))
        }
        _ => text[at..].chars().next().map(|c| (c, c.len_utf8())),
    }
}
