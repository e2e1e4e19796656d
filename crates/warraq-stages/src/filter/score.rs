//! `filter.score`: drops documents by a score, whichever stage gave it.

use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Drops documents whose score `key` is less than `min` (reason `score_below`) or greater than `max` (reason `score_above`). It does
not matter which stage gave the score, or whether it came with the record: a corpus that was exported with its scores is
cut anew by reading it back and filtering, and nothing has to be computed again.

```toml
[[source]]
use = \"jsonl\"
paths = [\"out/corpus.jsonl.zst\"]
require = [\"scores\"]           # a promise that every record has some

[[stage]]
use = \"filter.score\"
key = \"gopher.dup_line_frac\"
max = 0.25
```

`missing` says what becomes of a document that has no such score: it is kept, or dropped as `score_missing`.";

/// The options of `filter.score`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// The name of the score, such as `language.score`.
    key: String,
    /// Least value.
    min: Option<f64>,
    /// Greatest value.
    max: Option<f64>,
    /// What becomes of documents without the score.
    #[serde(default)]
    missing: Missing,
}

/// What becomes of a document that does not have what a filter asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Missing {
    /// It is kept.
    #[default]
    Keep,
    /// It is dropped.
    Drop,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "filter.score".into(),
            summary: "drops documents by a score, whichever stage gave it".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Scores]),
            writes: Layers::of(&[Layer::Verdict]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Too few words of a kind that all prose has", "Cables, adapters, plugs, sockets")
                    .after(&["tokenize.words", "tag.stopwords"])
                    .options("key = \"stopwords.share\"\nmin = 0.1")
                    .dropped("score_below"),
                Example::new("A bound is itself allowed", "the cat")
                    .after(&["tokenize.words", "tag.stopwords"])
                    .options("key = \"stopwords.share\"\nmin = 0.5\nmax = 0.5"),
                Example::new("No such score", "the cat")
                    .options("key = \"stopwords.share\"\nmin = 0.5\nmissing = \"drop\"")
                    .dropped("score_missing"),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    match (options.min, options.max) {
        (None, None) => {
            return Err(OptionError::new("", "without a bound it drops nothing").help("give `min`, `max` or both"));
        }
        (Some(min), Some(max)) if min > max => {
            return Err(OptionError::new("min", format!("no score is at least {min} and at most {max}")));
        }
        _ => {}
    }
    Ok(Built::parallel(Score {
        key: cx.labels.intern(&options.key),
        min: options.min,
        max: options.max,
        missing: options.missing,
        below: cx.labels.intern("score_below"),
        above: cx.labels.intern("score_above"),
        none: cx.labels.intern("score_missing"),
    }))
}

#[derive(Clone, Copy)]
struct Score {
    key: LabelId,
    min: Option<f64>,
    max: Option<f64>,
    missing: Missing,
    below: LabelId,
    above: LabelId,
    none: LabelId,
}

impl Stage for Score {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(*self)
    }
}

impl Worker for Score {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        match (doc.score(self.key), self.min, self.max) {
            (None, _, _) if self.missing == Missing::Drop => out.drop_document(self.none, ""),
            (Some(score), Some(min), _) if score < min => {
                out.drop_document(self.below, &format!("{score} is less than {min}"));
            }
            (Some(score), _, Some(max)) if score > max => {
                out.drop_document(self.above, &format!("{score} is more than {max}"));
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warraq_core::{Labels, MemoryResources};

    #[test]
    fn bounds_that_cannot_be_meant_are_refused() {
        for (options, expected) in [
            (serde_json::json!({"key": "x"}), "without a bound it drops nothing"),
            (serde_json::json!({"key": "x", "min": 2, "max": 1}), "`min`: no score is at least 2 and at most 1"),
        ] {
            let (labels, mut resources) = (Labels::new(), MemoryResources::new());
            let mut cx = BuildContext::new("filter.score", &labels, &mut resources);
            assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
        }
    }
}
