//! Jieba at work on a run of Han characters.

use crate::dictionary::Tags;
use crate::han;
use jieba_rs::Jieba;
use std::ops::Range;
use warraq_plugin::{Changes, LabelId, Layer, Token, TokenKind};

/// The dictionary and how it is used.
pub(crate) struct Segmenter {
    pub(crate) jieba: Jieba,
    /// The tags of words that have another one in jieba.
    pub(crate) tags: Tags,
    pub(crate) hmm: bool,
}

/// The tokens of a document, as they come to be.
#[derive(Debug, Default)]
pub(crate) struct Words {
    tokens: Vec<Token>,
    /// Where the tag of each token is in `arena`; unused without tags.
    tags: Vec<Option<Range<usize>>>,
    arena: String,
    with_tags: bool,
}

/// The tag of a number in digits.
const NUMERAL: &str = "m";

impl Words {
    /// Forgets all tokens.
    pub(crate) fn clear(&mut self, with_tags: bool) {
        self.tokens.clear();
        self.tags.clear();
        self.arena.clear();
        self.with_tags = with_tags;
    }

    /// Takes over a token that is not segmented.
    pub(crate) fn keep(&mut self, token: Token) {
        self.tokens.push(token);
        if self.with_tags {
            self.tags.push(None);
        }
    }

    fn add(&mut self, token: Token, tag: &str) {
        self.tokens.push(token);
        if self.with_tags {
            let start = self.arena.len();
            self.arena.push_str(tag);
            self.tags.push((!tag.is_empty()).then_some(start..self.arena.len()));
        }
    }

    /// Adds a word of jieba's.
    fn add_word(&mut self, word: &str, start: u32, tag: &str) {
        let end = start + word.len() as u32;
        match self.tokens.last_mut() {
            // Jieba makes a word of what is attached to a character.
            Some(last) if last.end == start && word.starts_with(han::is_attached) => last.end = end,
            _ => self.add(Token { start, end, kind: TokenKind::Word }, tag),
        }
    }

    /// Proposes the tokens and, if it has a name, the column of their tags.
    pub(crate) fn write(&self, out: &mut Changes, column: Option<LabelId>) {
        out.tokens().extend_from_slice(&self.tokens);
        if let Some(name) = column {
            let mut column = out.column(Layer::Tokens, name);
            for tag in &self.tags {
                column.push(tag.clone().map(|range| &self.arena[range]));
            }
        }
    }
}

impl Segmenter {
    /// Appends the words of a run of Han characters that begins at byte `base` of the document.
    pub(crate) fn segment(&self, run: &str, base: u32, words: &mut Words) {
        let (mut done, mut at) = (0, 0);
        while let Some(c) = run[at..].chars().next() {
            let digits = han::digits(&run[at..]);
            if digits.contains('〇') {
                self.cut(&run[done..at], base + done as u32, words);
                let (start, end) = (base + at as u32, base + (at + digits.len()) as u32);
                words.add(Token { start, end, kind: TokenKind::Number }, NUMERAL);
                done = at + digits.len();
            }
            at += digits.len().max(c.len_utf8());
        }
        self.cut(&run[done..], base + done as u32, words);
    }

    fn cut(&self, text: &str, base: u32, words: &mut Words) {
        if text.is_empty() {
        } else if words.with_tags {
            for found in self.jieba.tag(text, self.hmm) {
                let tag = self.tags.get(found.word).map_or(found.tag, |tag| tag);
                words.add_word(found.word, base + found.byte_start as u32, tag);
            }
        } else {
            for found in self.jieba.cut(text, self.hmm) {
                words.add_word(found.word, base + found.byte_start as u32, "");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    fn small(hmm: bool) -> Segmenter {
        let mut jieba = Jieba::empty();
        for (word, frequency, tag) in
            [("新", 50, "a"), ("车站", 80, "n"), ("新车", 5, "n"), ("站", 20, "v"), ("开放", 60, "v"), ("年", 90, "q")]
        {
            jieba.add_word(word, Some(frequency), Some(tag));
        }
        Segmenter { jieba, tags: Tags::from([("开放".into(), "vn".into())]), hmm }
    }

    fn shown(segmenter: &Segmenter, run: &str) -> Vec<String> {
        let mut words = Words::default();
        words.clear(true);
        segmenter.segment(run, 100, &mut words);
        let text = |token: &Token| run[token.start as usize - 100..token.end as usize - 100].to_owned();
        let tag = |tag: &Option<Range<usize>>| tag.clone().map_or("", |range| &words.arena[range]).to_owned();
        words.tokens.iter().zip(&words.tags).map(|(token, t)| format!("{}/{}", text(token), tag(t))).collect()
    }

    #[test]
    fn the_most_probable_words_win() {
        let found = shown(&small(false), "新车站开放");
        assert_eq!(found, ["新/a", "车站/n", "开放/vn"]);
    }

    #[test]
    fn numbers_in_digits_are_one_token() {
        assert_eq!(shown(&small(false), "二〇二四年"), ["二〇二四/m", "年/q"]);
        assert_eq!(shown(&small(false), "开放一九〇〇年〇"), ["开放/vn", "一九〇〇/m", "年/q", "〇/m"]);
        assert!(shown(&small(false), "二十年").iter().all(|word| !word.starts_with("二十年")));
    }

    #[test]
    fn what_is_attached_stays_with_its_character() {
        let found = shown(&small(false), "新车\u{e0100}站");
        assert!(found.iter().any(|word| word.contains("车\u{e0100}")), "{found:?}");
        assert!(!found.iter().any(|word| word.starts_with('\u{e0100}')), "{found:?}");
    }

    proptest! {
        #[test]
        fn words_make_up_the_run(run in "[新车站开放年二〇四丏𠮷々][新车站开放年二〇四丏𠮷々\u{fe00}]{0,12}", hmm: bool) {
            static SMALL: LazyLock<[Segmenter; 2]> = LazyLock::new(|| [small(false), small(true)]);
            let mut words = Words::default();
            words.clear(false);
            SMALL[usize::from(hmm)].segment(&run, 0, &mut words);
            let mut last = 0;
            for token in &words.tokens {
                prop_assert_eq!(token.start, last);
                prop_assert!(token.end > token.start && run.is_char_boundary(token.end as usize));
                last = token.end;
            }
            prop_assert_eq!(last as usize, run.len());
        }
    }
}
