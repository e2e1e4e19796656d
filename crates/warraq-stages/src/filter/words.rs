//! The words that the reference filters count: the tokens of the document, so that the pipeline chooses what a word is.

use super::python::is_space;
use warraq_core::DocView;

/// A word, as byte offsets of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Word {
    pub(super) fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

/// What a manual says about where words come from.
pub(super) const MANUAL: &str = "\
**Words** are the tokens of the document, punctuation among them, so that the tokenizer in the pipeline decides what a word
is. A document without tokens has its words between white space, with the punctuation that is written to them. That gives
fewer and longer words: put a tokenizer before this stage unless that is what you want.";

/// Fills `words` with the document's tokens, or without any, with what stands between white space.
pub(super) fn fill(doc: &DocView<'_>, words: &mut Vec<Word>) {
    words.clear();
    if !doc.tokens.is_empty() {
        words.extend(doc.tokens.iter().map(|token| Word { start: token.start, end: token.end }));
        return;
    }
    let origin = doc.text.as_ptr() as usize;
    words.extend(doc.text.split(is_space).filter(|word| !word.is_empty()).map(|word| {
        let start = word.as_ptr() as usize - origin;
        // A text is smaller than 4 GiB.
        Word { start: start as u32, end: (start + word.len()) as u32 }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use warraq_core::Document;

    #[test]
    fn without_tokens_words_stand_between_white_space() {
        let doc = Document::with_text("x", " ab,\u{a0}\u{1f}ج د\n");
        let mut words = Vec::new();
        fill(&doc.view(), &mut words);
        assert_eq!(words.iter().map(|word| word.of(doc.text())).collect::<Vec<_>>(), ["ab,", "ج", "د"]);
    }
}
