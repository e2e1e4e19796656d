//! Tokens as the grammar sees them: what each says about time, without the clitics before it.

use super::lexicon::Lexicon;
use crate::arabic;
use crate::fold::Folder;
use warraq_core::{DocView, TokenKind};

/// A token, or several that are one entry of the lexicon.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item {
    /// First byte, clitics aside.
    pub(super) start: u32,
    pub(super) end: u32,
    /// The entry of the lexicon.
    pub(super) entry: Option<u32>,
    /// The number it is, of at most four digits, and how many there are.
    pub(super) number: Option<(u32, u8)>,
    /// The letter after the digits, where it is that of an era (`م`, `ه`).
    pub(super) era: Option<char>,
    /// The first character of punctuation.
    pub(super) mark: Option<char>,
    /// Whether it begins with the Arabic article.
    pub(super) definite: bool,
    pub(super) arabic: bool,
    /// A number with separators in it, such as a date or a time of day.
    pub(super) compound: bool,
    /// Whether nothing stands between it and the one before.
    pub(super) glued: bool,
}

/// Makes items of a document's tokens, in buffers that are reused.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    pub(super) list: Vec<Item>,
    folded: String,
}

impl Items {
    pub(super) fn read(&mut self, doc: &DocView<'_>, lexicon: &Lexicon, folder: &Folder) {
        self.list.clear();
        let mut at = 0;
        let mut last_end = u32::MAX;
        while at < doc.tokens.len() {
            let token = &doc.tokens[at];
            let text = doc.slice(token.start, token.end);
            let mut item =
                Item { start: token.start, end: token.end, glued: last_end == token.start, ..Item::default() };
            let mut taken = 1;
            match token.kind {
                TokenKind::Punctuation | TokenKind::Symbol => item.mark = text.chars().next(),
                TokenKind::Word | TokenKind::Number => {
                    folder.word(text, &mut self.folded);
                    item.arabic = text.chars().any(arabic::is_letter);
                    self.number(&mut item);
                    if item.number.is_none() && !item.compound {
                        taken = self.word(&mut item, at, doc, lexicon, folder);
                    }
                }
                _ => {}
            }
            last_end = item.end;
            self.list.push(item);
            at += taken;
        }
    }

    /// `15`, `2016`, `2016م`, `1436ه`, `15th`; or a date or time in digits.
    fn number(&self, item: &mut Item) {
        let digits = self.folded.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return;
        }
        let rest = &self.folded[digits..];
        let number = self.folded[..digits].parse().ok().filter(|_| digits <= 4);
        let number = number.map(|number| (number, digits as u8));
        match rest {
            "" | "st" | "nd" | "rd" | "th" | "er" => item.number = number,
            "م" | "ه" if digits >= 3 => (item.number, item.era) = (number, rest.chars().next()),
            // A hyphen is a space once it is folded.
            _ if rest.starts_with([':', '/', ' ', '.']) => item.compound = true,
            _ => {}
        }
    }

    /// Looks a word up, with those after it where an entry has several. Returns how many tokens it takes.
    fn word(&mut self, item: &mut Item, at: usize, doc: &DocView<'_>, lexicon: &Lexicon, folder: &Folder) -> usize {
        let text = doc.slice(item.start, item.end);
        // `Mar.` is one token where the tokenizer knows the abbreviation.
        if self.folded.ends_with('.') && lexicon.id(&self.folded).is_none() {
            self.folded.pop();
        }
        let mut found = None;
        for (clitic, article) in clitics(&self.folded) {
            let bare = &self.folded[clitic + article..];
            let longest = lexicon.longest(bare);
            let words = match longest {
                1 => lexicon.id(bare).map(|id| (id, 1)),
                _ => self.phrase_at(bare, longest, at, doc, lexicon, folder).or_else(|| Some((lexicon.id(bare)?, 1))),
            };
            if let Some((id, taken)) = words {
                found = Some((clitic, article > 0, id, taken));
                break;
            }
        }
        let Some((clitic, definite, id, taken)) = found else { return 1 };
        (item.entry, item.definite) = (Some(id), definite);
        item.start += after(text, self.folded[..clitic].chars().count(), folder) as u32;
        item.end = doc.tokens[at + taken - 1].end;
        taken
    }

    /// The longest entry that begins with the word `first`, which is that of the token at `at`, and how many tokens it has.
    fn phrase_at(
        &self,
        first: &str,
        longest: usize,
        at: usize,
        doc: &DocView<'_>,
        lexicon: &Lexicon,
        folder: &Folder,
    ) -> Option<(u32, usize)> {
        let (mut phrase, mut word) = (first.to_owned(), String::new());
        let mut found = None;
        for (n, pair) in doc.tokens[at..].windows(2).take(longest - 1).enumerate() {
            let gap = doc.slice(pair[0].end, pair[1].start);
            if gap.is_empty() || gap.contains('\n') || pair[1].kind != TokenKind::Word {
                break;
            }
            folder.word(doc.slice(pair[1].start, pair[1].end), &mut word);
            phrase.push(' ');
            phrase.push_str(&word);
            found = lexicon.id(&phrase).map(|id| (id, n + 2)).or(found);
        }
        found
    }
}

/// How a folded word may be taken apart: bytes of clitics, and bytes of an article after them. First as it is.
fn clitics(word: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut ways = [None; 8];
    let mut count = 0;
    let mut add = |clitic: usize, article: usize| {
        if count < ways.len() && clitic + article < word.len() {
            ways[count] = Some((clitic, article));
            count += 1;
        }
    };
    add(0, 0);
    if let Some(quote) = word.find('\'') {
        add(quote + 1, 0);
    } else if !word.is_ascii() {
        let letter =
            |at: usize, letters: &[char]| word[at..].chars().next().filter(|c| letters.contains(c)).map(char::len_utf8);
        let article = |at: usize| word[at..].starts_with("ال").then_some("ال".len());
        if let Some(article) = article(0) {
            add(0, article);
        }
        let conjunction = letter(0, &['و', 'ف']).unwrap_or(0);
        if conjunction > 0 {
            add(conjunction, 0);
            if let Some(article) = article(conjunction) {
                add(conjunction, article);
            }
        }
        if let Some(preposition) = letter(conjunction, &['ب', 'ل', 'ك']) {
            let clitic = conjunction + preposition;
            add(clitic, 0);
            if let Some(article) = article(clitic) {
                add(clitic, article);
            }
            // After `ل` the article loses its alef.
            if word[conjunction..].starts_with("لل") {
                add(clitic, "ل".len());
            }
        }
    }
    ways.into_iter().flatten()
}

/// Where in a word its first `letters` folded letters end, with the marks on them.
fn after(word: &str, letters: usize, folder: &Folder) -> usize {
    let mut left = letters;
    let end = word.char_indices().find(|&(_, c)| {
        if folder.is_nothing(c) {
            return false;
        }
        left = left.wrapping_sub(1);
        left == usize::MAX
    });
    end.map_or(word.len(), |(at, _)| at)
}
