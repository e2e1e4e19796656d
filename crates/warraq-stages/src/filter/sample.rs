//! `filter.sample`: keeps a part of the documents, always the same.

use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Keeps the part `fraction` of the documents and drops the others as `not_sampled`. Which ones depends on their ids and on `seed`
alone: not on their order, on other documents, on threads or on the machine. So a sample stays the same when the corpus grows,
and a smaller fraction under the same seed is a part of a larger one. Other seeds give other samples: two stages with
different seeds sample independently.

The score `sample.position` is a number from 0 up to 1 made of seed and id; documents with a position less than `fraction` are
kept. It is the first eight bytes of the SHA-256 of `SEED:ID`, read as a big-endian number, of which the upper 53 bits are
divided by 2^53. `filter.score` with `key = \"sample.position\"` parts a corpus into training, test and development sets
without overlap.";

/// The options of `filter.sample`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// The part that is kept, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    fraction: f64,
    /// Which sample of that size.
    #[serde(default)]
    seed: u64,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "filter.sample".into(),
            summary: "keeps a part of the documents, chosen by their ids".into(),
            manual: MANUAL.into(),
            reads: Layers::NONE,
            writes: Layers::of(&[Layer::Scores, Layer::Verdict]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("A document with the id `example`", "text")
                    .options("fraction = 0.5")
                    .dropped("not_sampled"),
                Example::new("Another sample has it", "text").options("fraction = 0.5\nseed = 1"),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if !(0.0..=1.0).contains(&options.fraction) {
        return Err(OptionError::new("fraction", "a part is from 0 to 1"));
    }
    Ok(Built::parallel(Sample {
        fraction: options.fraction,
        hash: Sha256::new_with_prefix(format!("{}:", options.seed)),
        position: cx.labels.intern("sample.position"),
        reason: cx.labels.intern("not_sampled"),
    }))
}

#[derive(Clone)]
struct Sample {
    fraction: f64,
    /// That of the seed, to which the id is still to be added.
    hash: Sha256,
    position: LabelId,
    reason: LabelId,
}

impl Sample {
    /// Where the id falls in 0..1.
    fn position(&self, id: &str) -> f64 {
        let digest = self.hash.clone().chain_update(id).finalize();
        let number = digest.iter().take(8).fold(0, |number: u64, &byte| number << 8 | u64::from(byte));
        (number >> 11) as f64 / (1u64 << 53) as f64
    }
}

impl Stage for Sample {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Sample {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let position = self.position(doc.id);
        out.score(self.position, position);
        if position >= self.fraction {
            out.drop_document(self.reason, "");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warraq_core::{Labels, MemoryResources};

    fn sample(seed: u64) -> Sample {
        let labels = Labels::new();
        Sample {
            fraction: 0.5,
            hash: Sha256::new_with_prefix(format!("{seed}:")),
            position: labels.intern("a"),
            reason: labels.intern("b"),
        }
    }

    #[test]
    fn positions_are_what_anyone_computes() {
        // printf %s 7:a1 | sha256sum
        for (seed, id, expected) in [(7, "a1", 0.24233187327537464), (0, "مقال", 0.4888658200111071)] {
            assert_eq!(sample(seed).position(id), expected, "{seed}:{id}");
        }
    }

    #[test]
    fn positions_are_even_and_seeds_independent() {
        let ids: Vec<String> = (0..20_000).map(|n| format!("doc-{n}")).collect();
        let (one, two) = (sample(1), sample(2));
        let below = |sample: &Sample, id: &String| sample.position(id) < 0.25;
        let count = |is: &dyn Fn(&String) -> bool| ids.iter().filter(|id| is(id)).count();
        // Four standard deviations of a binomial: sqrt(20000 × 0.25 × 0.75) is 61, sqrt(20000 / 16 × 15 / 16) is 34.
        assert!(count(&|id| below(&one, id)).abs_diff(5000) < 245);
        assert!(count(&|id| below(&one, id) && below(&two, id)).abs_diff(1250) < 137);
    }

    #[test]
    fn a_part_is_from_0_to_1() {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        let mut cx = BuildContext::new("filter.sample", &labels, &mut resources);
        let error = build(serde_json::json!({"fraction": 1.5}), &mut cx).unwrap_err();
        assert_eq!(error.to_string(), "`fraction`: a part is from 0 to 1");
    }
}
