//! Finding phrases in folded text, token by token.

use super::clitics::{Lead, Proclitics, is_possessive, openings};
use super::sieve::{Openings, Sieve};
use super::trie::{Node, Trie};
use crate::fold::{Folder, Gap};
use std::collections::HashMap;
use warraq_core::{LabelId, Token};

/// Phrases and their labels, folded, in the order they were listed.
#[derive(Debug)]
pub(crate) struct Phrases {
    folder: Folder,
    /// Index into `folded` and `labels`.
    index: HashMap<String, usize>,
    folded: Vec<String>,
    labels: Vec<Vec<LabelId>>,
    /// Whether a phrase keeps only its first label.
    first_label: bool,
}

impl Phrases {
    pub(crate) fn new(folder: Folder, first_label: bool) -> Self {
        Phrases { folder, index: HashMap::new(), folded: Vec::new(), labels: Vec::new(), first_label }
    }

    /// Adds a phrase; `false` if nothing is left of it once it is folded.
    pub(crate) fn add(&mut self, phrase: &str, label: LabelId) -> bool {
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
    pub(crate) fn build(self, clitics: Option<Proclitics>) -> Matcher {
        let trie = Trie::new(&self.folded);
        let mut symbols = Box::new([NEEDS_THOUGHT; 0x800]);
        for (n, symbol) in (0..).zip(symbols.iter_mut()) {
            if let Some(c) = char::from_u32(n).and_then(|c| self.folder.one(c)) {
                *symbol = trie.symbol(c);
            }
        }
        let starts =
            ["", "ا", "ال"].map(|lead| lead.chars().try_fold(trie.root(), |node, c| trie.step(node, trie.symbol(c))));
        let sieve = Sieve::new(&self.folder, &self.folded, clitics.is_some());
        Matcher { folder: self.folder, symbols, trie, starts, labels: self.labels, clitics, sieve }
    }
}

/// A character that becomes more or less than one symbol. No symbol has this number.
const NEEDS_THOUGHT: u32 = 0;

/// Finds phrases. A phrase can begin at few places in a token, and most are given up there after two or three letters, so
/// walks in a trie from those places are quicker than a search that reads all of the text: most of it is neither folded
/// nor looked up.
#[derive(Debug)]
pub(crate) struct Matcher {
    folder: Folder,
    /// The trie's symbol for each character of the two-byte range.
    symbols: Box<[u32; 0x800]>,
    trie: Trie,
    /// Where a walk begins, by [`Lead`], if any phrase begins so.
    starts: [Option<Node>; 3],
    labels: Vec<Vec<LabelId>>,
    clitics: Option<Proclitics>,
    sieve: Sieve,
}

/// A phrase found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
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
    pub(crate) fn hits<'a>(&'a self, text: &'a str, tokens: &'a [Token]) -> impl Iterator<Item = Hit> + 'a {
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
        match self.sieve.openings(text, tokens, first) {
            Openings::None => None,
            Openings::Start => {
                let mut best = None;
                self.walk(text, tokens, first, tokens[first].start, Lead::None, &mut best);
                best
            }
            Openings::Any => self.search_in(text, tokens, first),
        }
    }

    /// As [`Matcher::hit_in`], for a token that the sieve has let through.
    #[inline(never)]
    fn search_in(&self, text: &str, tokens: &[Token], first: usize) -> Option<Hit> {
        let Token { start, end, .. } = tokens[first];
        // A token that folds to nothing begins no phrase; a run of them would otherwise be read from each one on.
        if text[start as usize..end as usize].chars().all(|c| self.folder.is_nothing(c)) {
            return None;
        }
        let mut best = None;
        self.walk(text, tokens, first, start, Lead::None, &mut best);
        if let Some(proclitics) = self.clitics {
            openings(&text[start as usize..end as usize], proclitics, |at, lead| {
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
        let mut reached = |node, end, token| {
            if let Some(phrase) = self.trie.end(node)
                && best.is_none_or(|best| best.end < end)
            {
                *best = Some(Hit { start, end, next: token + 1, phrase });
            }
        };
        let mut at = start as usize;
        loop {
            while at >= token_end as usize {
                if node != seen && gap.is_empty() {
                    seen = node;
                    reached(node, token_end, token);
                }
                token += 1;
                let Some(token) = tokens.get(token) else { return };
                token_end = token.end;
            }
            let Some((c, len)) = char_at(text, at) else { return };
            let symbol = self.symbols.get(c as usize).copied().unwrap_or(NEEDS_THOUGHT);
            let (before, in_word) = (node, gap.is_empty());
            let goes_on = if symbol != NEEDS_THOUGHT && in_word {
                self.trie.step(node, symbol).map(|next| node = next).is_some()
            } else {
                self.feed(c, &mut gap, &mut node)
            };
            if !goes_on {
                if in_word
                    && matches!(c, '\'' | '’')
                    && self.clitics.is_some()
                    && is_possessive(&text[at..token_end as usize])
                {
                    reached(before, at as u32, token);
                }
                return;
            }
            at += len;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::Folds;
    use proptest::prelude::*;
    use warraq_core::{Labels, TokenKind};

    const PHRASES: [&str; 18] = [
        "السعودية",
        "لبنان",
        "الأمم المتحدة",
        "تونس",
        "الكونغو - كينشاسا",
        "مصر",
        "اللجنة",
        "في",
        "ل",
        "G20",
        "3M",
        "l'Algérie",
        "中国",
        "CNN عربي",
        "في مصر",
        "في-لبنان",
        "و مصر",
        "لبنان. مصر",
    ];

    /// Tokens of any cut: at white space and wherever `cuts` says.
    fn tokens(text: &str, cuts: &[prop::sample::Index]) -> Vec<Token> {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let chosen: Vec<usize> = cuts.iter().filter(|_| !places.is_empty()).map(|cut| *cut.get(&places)).collect();
        let mut tokens: Vec<Token> = Vec::new();
        let mut open = false;
        for (at, c) in text.char_indices() {
            let end = (at + c.len_utf8()) as u32;
            match tokens.last_mut() {
                _ if c.is_whitespace() => open = false,
                Some(last) if open && !chosen.contains(&at) => last.end = end,
                _ => {
                    tokens.push(Token { start: at as u32, end, kind: TokenKind::Word });
                    open = true;
                }
            }
        }
        tokens
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn the_sieve_holds_back_no_hit(
            parts in prop::collection::vec(prop::sample::select(vec![
                "و", "ف", "ب", "ك", "ک", "ل", "س", "أ", "ا", "ال", "لل", "ـ", "َ", "\u{654}", "\u{200f}", " ", "-", "'", ".", "3", "x", "CNN",
                "السعودية", "سعودية", "لبنان", "لأمم", "الأمم", "أمم", "المتحدة", "تونس", "ﺗﻮﻧﺲ", "ﻷ", "الكونغو", "كينشاسا", "مصر",
                "مِصر", "لجنة", "في", "فى", "g20", "3m", "l'", "Algérie", "中国", "عربي", "😀",
            ]), 0..14),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
            proclitics in any::<bool>(),
        ) {
            let text = parts.concat();
            let label = Labels::new().intern("X");
            let mut phrases = Phrases::new(Folder::new(Folds::default()), false);
            for phrase in PHRASES {
                phrases.add(phrase, label);
            }
            let matcher = phrases.build(proclitics.then_some(Proclitics::ALL));
            let tokens = tokens(&text, &cuts);
            for n in 0..tokens.len() {
                let (hit, sieved) = (matcher.search_in(&text, &tokens, n), matcher.hit_in(&text, &tokens, n));
                prop_assert_eq!(hit, sieved, "in {:?}", text);
            }
        }
    }
}
