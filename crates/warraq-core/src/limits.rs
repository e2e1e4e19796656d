//! How many items a document may have: the part of a run's limits that is kept where documents change.

use crate::apply::Sizes;
use crate::{Error, ErrorKind, Result};

/// The most items in the layers of one document. [`crate::Document::apply`] refuses a proposal that would pass them.
///
/// They are for texts that are none: megabytes of punctuation, or a rule that marks every letter. Each item costs memory in
/// the document, in what encodes it and in the output, a hundred bytes and more all in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentLimits {
    /// The most tokens; also the most syntactic words, and the most sentences.
    pub tokens: usize,
    /// The most spans.
    pub spans: usize,
}

impl DocumentLimits {
    /// The default of both: 20 million. The largest record of 64 MiB has fewer tokens unless they are shorter than four
    /// bytes on average, their white space included, which no language's are.
    pub const DEFAULT: Self = DocumentLimits { tokens: 20_000_000, spans: 20_000_000 };

    pub(crate) fn check(self, sizes: &Sizes) -> Result<()> {
        let Sizes { tokens, words, sentences, spans } = *sizes;
        for (reason, what, count, option, most) in [
            ("limit.tokens", "tokens", tokens, "token_limit", self.tokens),
            ("limit.words", "words", words, "token_limit", self.tokens),
            ("limit.sentences", "sentences", sentences, "token_limit", self.tokens),
            ("limit.spans", "spans", spans, "span_limit", self.spans),
        ] {
            if count > most {
                let message = format!(
                    "the document would have {count} {what}; `run.{option}` is {most}: raise it if the text is one"
                );
                return Err(Error::new(ErrorKind::Limit, reason, message));
            }
        }
        Ok(())
    }
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Changes, Document, Labels, Layer, Layers, Sentence, Span, Token, TokenKind, Word};

    /// A text of six letters, a token, a word and a sentence each, as many as are asked for, and so many spans.
    fn propose(tokens: u32, words: u32, sentences: u32, spans: u32) -> Changes {
        let mut changes = Changes::new();
        let label = Labels::new().intern("x");
        if tokens > 0 {
            changes.tokens().extend((0..tokens).map(|n| Token { start: n, end: n + 1, kind: TokenKind::Word }));
        }
        if words > 0 {
            changes.words().extend((0..words).map(|n| Word { token: n.min(2), start: n.min(2), end: n.min(2) }));
        }
        if sentences > 0 {
            changes.sentences().extend((0..sentences).map(|n| Sentence { start: n, end: n + 1 }));
        }
        changes.spans().extend((0..spans).map(|_| Span { start: 0, end: 1, label, score: f32::NAN, source: label }));
        changes
    }

    #[test]
    fn what_would_pass_a_limit_is_refused_whole() {
        let mut doc = Document::with_text("d", "abcdef");
        doc.set_limits(DocumentLimits { tokens: 3, spans: 4 });
        let mut apply = |mut changes: Changes| {
            doc.apply(&mut changes, 0, Layers::ALL).map_err(|e| (e.kind, e.reason.into_owned()))?;
            Ok((doc.tokens().len(), doc.words().len(), doc.sentences().len(), doc.spans().len()))
        };
        let limit = |reason: &str| Err((ErrorKind::Limit, reason.to_owned()));
        assert_eq!(apply(propose(3, 3, 3, 2)), Ok((3, 3, 3, 2)));
        assert_eq!(apply(propose(4, 0, 0, 0)), limit("limit.tokens"));
        assert_eq!(apply(propose(0, 4, 0, 0)), limit("limit.words"));
        assert_eq!(apply(propose(0, 0, 4, 0)), limit("limit.sentences"));
        assert_eq!(apply(propose(2, 0, 0, 3)), limit("limit.spans"), "spans are added to those that are there");
        assert_eq!(apply(propose(0, 0, 0, 2)), Ok((3, 3, 3, 4)), "the refused ones left nothing");
        let mut anew = propose(0, 0, 0, 4);
        anew.clear_spans();
        assert_eq!(apply(anew), Ok((3, 3, 3, 4)), "unless they take their place");
        let again = |doc: &mut Document| {
            doc.reset();
            doc.text_mut().push_str("abcdef");
            doc.apply(&mut propose(4, 0, 0, 0), 0, Layers::of(&[Layer::Tokens])).is_err()
        };
        assert!(again(&mut doc), "a reset keeps the limits");
        assert!(!again(&mut Document::new()), "the default is far away");
    }
}
