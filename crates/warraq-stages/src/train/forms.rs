//! The units that models look at: a document's words, or its tokens where it has no words, with their forms.

use std::ops::Range;
use warraq_core::{Column, DocView, LabelId, Layer, Word};

/// The words of a document, or its tokens, as a list of forms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forms<'a> {
    doc: DocView<'a>,
    form: Option<&'a Column>,
    /// Whether there are words.
    pub(crate) layer: Layer,
}

impl<'a> Forms<'a> {
    /// `form` is the name of the column of forms.
    pub(crate) fn new(doc: &DocView<'a>, form: LabelId) -> Self {
        let layer = if doc.words.is_empty() { Layer::Tokens } else { Layer::Words };
        Forms { doc: *doc, form: doc.column(Layer::Words, form), layer }
    }

    pub(crate) fn len(&self) -> usize {
        if self.layer == Layer::Words { self.doc.words.len() } else { self.doc.tokens.len() }
    }

    /// The bytes that a unit covers. A word may cover none.
    pub(crate) fn range(&self, at: usize) -> (u32, u32) {
        match self.layer {
            Layer::Words => (self.doc.words[at].start, self.doc.words[at].end),
            _ => (self.doc.tokens[at].start, self.doc.tokens[at].end),
        }
    }

    /// The form of a unit.
    pub(crate) fn get(&self, at: usize) -> &'a str {
        let (start, end) = self.range(at);
        let form = self.form.filter(|_| self.layer == Layer::Words).and_then(|column| column.cells.get(at));
        form.and_then(|cell| cell.get(self.doc.forms)).unwrap_or_else(|| self.doc.slice(start, end))
    }

    /// The units of each sentence, in order. What is in no sentence is one of its own; without sentences, all is one.
    pub(crate) fn sentences(&self) -> Sentences<'a, '_> {
        Sentences { forms: self, at: 0, sentence: 0 }
    }
}

/// Walks over sentences.
pub(crate) struct Sentences<'a, 'f> {
    forms: &'f Forms<'a>,
    at: usize,
    sentence: usize,
}

impl Iterator for Sentences<'_, '_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let (start, len) = (self.at, self.forms.len());
        let sentences = self.forms.doc.sentences;
        if start == len {
            return None;
        }
        // A sentence may hold no unit at all.
        loop {
            let end_byte = match sentences.get(self.sentence) {
                // Before the next sentence there may be something outside.
                Some(next) if self.forms.range(start).0 < next.start => next.start,
                Some(next) => {
                    self.sentence += 1;
                    next.end
                }
                None => u32::MAX,
            };
            while self.at < len && self.forms.range(self.at).0 < end_byte {
                self.at += 1;
            }
            if self.at > start {
                return Some(start..self.at);
            }
        }
    }
}

/// For each token, the places of its words in the layer.
pub(crate) fn words_of_tokens(tokens: usize, words: &[Word]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    (0..tokens).map(move |token| {
        let start = at;
        while words.get(at).is_some_and(|word| word.token as usize == token) {
            at += 1;
        }
        start..at
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use warraq_core::{Changes, Document, Labels, Layers, Sentence, Token, TokenKind};

    #[test]
    fn sentences_take_what_begins_in_them_and_the_rest_is_apart() {
        let mut doc = Document::with_text("", "a b c d e f");
        let mut changes = Changes::new();
        changes.tokens().extend((0..6).map(|n| Token { start: 2 * n, end: 2 * n + 1, kind: TokenKind::Word }));
        changes.sentences().extend([(2, 5), (5, 7)].map(|(start, end)| Sentence { start, end }));
        doc.apply(&mut changes, 0, Layers::ALL).unwrap();
        let view = doc.view();
        let forms = Forms::new(&view, Labels::new().intern("form"));
        assert_eq!(forms.sentences().collect::<Vec<_>>(), [0..1, 1..3, 3..4, 4..6]);
        assert_eq!((forms.get(5), forms.layer), ("f", Layer::Tokens));
    }

    #[test]
    fn every_token_has_a_place_for_its_words() {
        let words = [0, 0, 2].map(|token| Word { token, start: 0, end: 0 });
        assert_eq!(words_of_tokens(4, &words).collect::<Vec<_>>(), [0..2, 2..2, 2..3, 3..3]);
    }
}
