//! `filter.length`: drops documents that are too short or too long.

use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, TokenKind, Worker, parse_options,
};

const MANUAL: &str = "\
Counts the text's code points, words and lines, keeps the counts as scores (`length.chars`, `length.words`,
`length.lines`), and drops the document when one of them is out of bounds. All bounds are inclusive; a bound that is left
out does not apply. The first bound that is missed, in the order chars, words, lines, gives the reason: `too_few_chars`,
`too_many_chars`, `too_few_words` and so on.

*Words* are the tokens that are neither punctuation nor symbols. A tokenizer has to come first where words have a bound;
without a bound they are counted if there are tokens. *Lines* are those with
anything but white space on them.";

/// The options of `filter.length`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Least number of Unicode code points.
    min_chars: Option<u64>,
    /// Greatest number of Unicode code points.
    max_chars: Option<u64>,
    /// Least number of words.
    min_words: Option<u64>,
    /// Greatest number of words.
    max_words: Option<u64>,
    /// Least number of lines that are not blank.
    min_lines: Option<u64>,
    /// Greatest number of lines that are not blank.
    max_lines: Option<u64>,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "filter.length".into(),
            summary: "drops documents that are too short or too long".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Scores, Layer::Verdict]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Without bounds it only counts", "جملة قصيرة.\n\nوأخرى.\n")
                    .after(&["tokenize.words"])
                    .scores(&[("length.chars", 20.0), ("length.words", 3.0), ("length.lines", 2.0)]),
                Example::new("Too few words", "جملة قصيرة.")
                    .options("min_words = 3")
                    .after(&["tokenize.words"])
                    .dropped("too_few_words"),
                Example::new("Bounds are inclusive", "abcde")
                    .options("min_chars = 5\nmax_chars = 5")
                    .after(&["tokenize.words"]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let bound = |what: &str, min: Option<u64>, max: Option<u64>| {
        if let (Some(low), Some(high)) = (min, max)
            && low > high
        {
            let message = format!("no document has at least {low} and at most {high} {what}");
            return Err(OptionError::new(format!("min_{what}"), message));
        }
        let name = |name: String| cx.labels.intern(&name);
        Ok(Bound {
            min,
            max,
            score: name(format!("length.{what}")),
            too_few: name(format!("too_few_{what}")),
            too_many: name(format!("too_many_{what}")),
        })
    };
    Ok(Built::parallel(Length {
        bounds: [
            bound("chars", options.min_chars, options.max_chars)?,
            bound("words", options.min_words, options.max_words)?,
            bound("lines", options.min_lines, options.max_lines)?,
        ],
    }))
}

#[derive(Clone, Copy)]
struct Bound {
    min: Option<u64>,
    max: Option<u64>,
    score: LabelId,
    too_few: LabelId,
    too_many: LabelId,
}

#[derive(Clone, Copy)]
struct Length {
    /// For code points, words and lines.
    bounds: [Bound; 3],
}

/// The place of the words in [`Length::bounds`].
const WORDS: usize = 1;

impl Stage for Length {
    fn reads(&self) -> Option<Layers> {
        let words = &self.bounds[WORDS];
        (words.min.is_none() && words.max.is_none()).then_some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(*self)
    }
}

impl Worker for Length {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let words = doc.tokens.iter().filter(|t| !matches!(t.kind, TokenKind::Punctuation | TokenKind::Symbol));
        let lines = doc.text.lines().filter(|line| !line.trim().is_empty());
        let counts = [doc.text.chars().count() as u64, words.count() as u64, lines.count() as u64];
        let mut missed = None;
        for (n, (bound, count)) in self.bounds.iter().zip(counts).enumerate() {
            if n == WORDS && doc.tokens.is_empty() && self.reads().is_some() {
                continue;
            }
            out.score(bound.score, count as f64);
            if bound.min.is_some_and(|min| count < min) {
                missed = missed.or(Some((bound.too_few, count)));
            } else if bound.max.is_some_and(|max| count > max) {
                missed = missed.or(Some((bound.too_many, count)));
            }
        }
        if let Some((reason, count)) = missed {
            out.drop_document(reason, &format!("it has {count}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warraq_core::{Labels, MemoryResources};

    #[test]
    fn bounds_that_no_document_meets_are_refused() {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        let mut cx = BuildContext::new("filter.length", &labels, &mut resources);
        let error = build(serde_json::json!({"min_words": 5, "max_words": 4}), &mut cx).unwrap_err();
        assert_eq!(error.to_string(), "`min_words`: no document has at least 5 and at most 4 words");
    }
}
