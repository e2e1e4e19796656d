//! `tokenize.ngrams`: runs of neighbouring words or characters.

use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Sentence, Span,
    Stage, StageDef, StageInfo, Token, TokenKind, Worker, parse_options,
};

const MANUAL: &str = "\
Adds a span for every run of `min` to `max` neighbouring tokens: the word n-grams of the document. N-grams overlap, as spans
may and tokens may not, so the tokens stay as they are. The label is `label` and the length: `ngram.2` for two words.

A run goes across no punctuation, no symbol and no emoji, and, where the document has sentences, across no end of a
sentence. What a word is, the tokenizer decides; for the n-grams of characters, use `tokenize.characters` first. With
`of = \"characters\"` the spans are the n-grams of code points inside each word token instead, those of a word that is
shorter than `min` left out.

Spans come in the order of their first byte, shorter ones first. A document of n words gets about n × (max − min + 1) spans:
export them only where they are wanted.";

/// The options of `tokenize.ngrams`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// What is counted.
    of: Unit,
    /// Least length.
    #[schemars(range(min = 1, max = 32))]
    min: u32,
    /// Greatest length.
    #[schemars(range(min = 1, max = 32))]
    max: u32,
    /// The label of the spans, before the dot and the length.
    label: String,
}

impl Default for Options {
    fn default() -> Self {
        Options { of: Unit::Words, min: 2, max: 2, label: "ngram".into() }
    }
}

/// What an n-gram is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Unit {
    /// Tokens that are neither punctuation nor symbols nor emoji.
    Words,
    /// Code points of such a token.
    Characters,
}

/// The greatest length of an n-gram.
const LONGEST: u32 = 32;

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tokenize.ngrams".into(),
            summary: "marks the n-grams of words or characters".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens, Layer::Sentences]),
            writes: Layers::of(&[Layer::Spans]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Pairs of words do not go across a comma", "قال الوزير، أمس الأول")
                    .after(&["tokenize.words"])
                    .spans(&[("ngram.2", "قال الوزير"), ("ngram.2", "أمس الأول")]),
                Example::new("Of several lengths", "a b c")
                    .options("min = 1\nmax = 3")
                    .after(&["tokenize.words"])
                    .spans(&[
                        ("ngram.1", "a"),
                        ("ngram.2", "a b"),
                        ("ngram.3", "a b c"),
                        ("ngram.1", "b"),
                        ("ngram.2", "b c"),
                        ("ngram.1", "c"),
                    ]),
                Example::new("Of characters", "كتاب في")
                    .options("of = 'characters'\nmin = 3\nmax = 3\nlabel = 'chars'")
                    .after(&["tokenize.words"])
                    .spans(&[("chars.3", "كتا"), ("chars.3", "تاب")]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let Options { of, min, max, label } = parse_options(options)?;
    for (name, value) in [("min", min), ("max", max)] {
        if !(1..=LONGEST).contains(&value) {
            return Err(OptionError::new(name, format!("an n-gram has from 1 to {LONGEST} parts")));
        }
    }
    if min > max {
        return Err(OptionError::new("min", format!("no n-gram has at least {min} and at most {max} parts")));
    }
    if label.trim().is_empty() {
        return Err(OptionError::new("label", "a label cannot be empty"));
    }
    let labels = (min..=max).map(|n| cx.labels.intern(&format!("{label}.{n}"))).collect();
    Ok(Built::parallel(Ngrams { of, min: min as usize, labels, source: cx.labels.intern(cx.name), bounds: Vec::new() }))
}

#[derive(Clone)]
struct Ngrams {
    of: Unit,
    min: usize,
    /// By length, from `min` on.
    labels: Vec<LabelId>,
    source: LabelId,
    /// Where the parts of a run begin and end.
    bounds: Vec<(u32, u32)>,
}

impl Stage for Ngrams {
    fn reads(&self) -> Option<Layers> {
        // Sentences are looked at where there are any; no stage has to have made them.
        Some(Layers::of(&[Layer::Text, Layer::Tokens]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

fn is_part(token: &Token) -> bool {
    !matches!(token.kind, TokenKind::Punctuation | TokenKind::Symbol | TokenKind::Emoji)
}

impl Worker for Ngrams {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        match self.of {
            Unit::Words => self.words(doc.tokens, doc.sentences, out),
            Unit::Characters => {
                for token in doc.tokens.iter().filter(|token| is_part(token)) {
                    let characters = doc.slice(token.start, token.end).char_indices();
                    let bound = |(at, c): (usize, char)| {
                        let start = token.start + at as u32;
                        (start, start + c.len_utf8() as u32)
                    };
                    self.bounds.extend(characters.map(bound));
                    self.flush(out);
                }
            }
        }
        Ok(())
    }
}

impl Ngrams {
    fn words(&mut self, tokens: &[Token], sentences: &[Sentence], out: &mut Changes) {
        let mut ends = sentences.iter().map(|sentence| sentence.end).peekable();
        for token in tokens {
            if ends.peek().is_some_and(|&end| end <= token.start) {
                self.flush(out);
                while ends.next_if(|&end| end <= token.start).is_some() {}
            }
            if is_part(token) {
                self.bounds.push((token.start, token.end));
            } else {
                self.flush(out);
            }
        }
        self.flush(out);
    }

    /// Adds the n-grams of the run that ends here.
    fn flush(&mut self, out: &mut Changes) {
        for from in 0..self.bounds.len() {
            let lasts = self.bounds[from..].iter().skip(self.min - 1);
            out.spans().extend(lasts.zip(&self.labels).map(|(&(_, end), &label)| Span {
                start: self.bounds[from].0,
                end,
                label,
                score: f32::NAN,
                source: self.source,
            }));
        }
        self.bounds.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use warraq_core::{Labels, MemoryResources};

    #[test]
    fn lengths_that_no_ngram_has_are_refused() {
        for (options, expected) in [
            (json!({"min": 0}), "`min`: an n-gram has from 1 to 32 parts"),
            (json!({"max": 33}), "`max`: an n-gram has from 1 to 32 parts"),
            (json!({"min": 3}), "`min`: no n-gram has at least 3 and at most 2 parts"),
            (json!({"label": " "}), "`label`: a label cannot be empty"),
        ] {
            let (labels, mut resources) = (Labels::new(), MemoryResources::new());
            let mut cx = BuildContext::new("tokenize.ngrams", &labels, &mut resources);
            assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn no_ngram_goes_across_a_sentence() {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        let mut cx = BuildContext::new("tokenize.ngrams", &labels, &mut resources);
        let Built::Parallel(stage) = build(json!({}), &mut cx).unwrap() else { panic!("a parallel stage") };
        let mut doc = warraq_core::Document::with_text("1", "a b c d");
        let mut all = Changes::new();
        all.tokens().extend([0, 2, 4, 6].map(|start| Token { start, end: start + 1, kind: TokenKind::Word }));
        all.sentences().extend([Sentence { start: 0, end: 3 }, Sentence { start: 4, end: 7 }]);
        doc.apply(&mut all, 0, Layers::ALL).unwrap();
        let mut changes = Changes::new();
        stage.worker().process(&doc.view(), &mut changes).unwrap();
        let found: Vec<_> = changes.spans().iter().map(|s| &doc.text()[s.start as usize..s.end as usize]).collect();
        assert_eq!(found, ["a b", "c d"]);
    }
}
