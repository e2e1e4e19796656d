//! `dedup.minhash`: finds documents that are nearly the same as others.

mod cluster;
mod permutations;
mod stream;
mod words;

use super::saved::{self, Against};
use super::{Memory, Temp};
use crate::fold::Folds;
use crate::options;
use permutations::Permutations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use std::sync::Arc;
use twox_hash::{XxHash3_64, XxHash64};
use warraq_core::{
    BuildContext, Built, DocView, Example, LabelId, Layer, Layers, OptionError, Order, StageDef, StageInfo,
    parse_options,
};
use words::{Norm, Words};

const MANUAL: &str = "\
Two documents are nearly the same when they share most of their n-grams of words. MinHash (Broder 1997) estimates that share
from a signature: `bands` × `rows` random permutations of the n-grams' hashes, of each the least value. Documents that agree in
all rows of any one band are taken for near duplicates. With the defaults, 14 × 8, documents whose n-grams have a Jaccard
similarity of 0.8 are found with a probability of 1 − (1 − 0.8⁸)¹⁴ = 0.92, and those of 0.5 with one of 0.05. Documents with fewer
than `ngram` words are always kept; `dedup.exact` is for them.

Words are those of the `tokens` layer, without punctuation and symbols, where a tokenizer came before; otherwise stretches of
letters and digits. They are compared as `fold` says: for Arabic, vowel signs, tatweel and letter variants do not count.
With `compat = \"datatrove\"` they are simplified as datatrove 0.10 does (`utils/text.py`: small letters, numbers as `0`, no
punctuation, no marks), and signatures are equal to its own on the same words. Permutations are the same in both.

- `mode = \"stream\"` (the default) takes one pass. A document that matches an earlier one goes to the rejects with the id of the
  one that was kept; its bands then count as that one's, so chains are followed as far as input order allows: a late document
  that joins two which were kept cannot undo that. The score `minhash.bands` is the number of bands that were seen before.
- `mode = \"cluster\"` reads all inputs twice, which therefore cannot be a pipe. The first pass collects signatures; documents that
  match, directly or by way of others, form a cluster, and the second pass keeps one of each, the one datatrove's union by size
  keeps, which need not be the first. The score `minhash.cluster_size` is the size of a document's cluster, 1 where it is alone.

In `stream`, memory holds 19 to 39 bytes a band, so up to 550 a document with the defaults, and of each kept document the id and four
bytes more. Past `memory`, all of it goes to temporary files, of which a filter stays in memory: two bytes a band. In `cluster`, the
first pass holds `bands` × (8 `rows` + 10) bytes a document, 1,036 with the defaults, and its id, past `memory` on disk; 20 bytes a document
always stay in memory. One thread decides, but everything costly is done on all of them.

`save` writes the bands that were seen to a file, once the run is complete. Later runs read it with `against`, wholly into memory,
and take what matches for duplicates: a new crawl is cleaned of what an old one had. The settings of both must be the same.";

/// How documents are compared with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Mode {
    /// With those before, in one pass.
    #[default]
    Stream,
    /// With all, in two passes.
    Cluster,
}

/// The hash of an n-gram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Hash {
    /// XXH64.
    #[default]
    Xxhash,
    /// The first 64 bits of SHA-1, as FineWeb has them.
    Sha1,
}

/// Another program whose results are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Compat {
    /// datatrove 0.10.
    Datatrove,
}

/// The options of `dedup.minhash`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// `stream`: one pass, compared with what came before. `cluster`: two passes, one document of each cluster is kept.
    mode: Mode,
    /// Words in an n-gram, from 1 to 100.
    ngram: usize,
    /// Bands of a signature, from 1 to 1000: more find more.
    bands: usize,
    /// Numbers in a band, from 1 to 100: more demand more similarity.
    rows: usize,
    /// Seed of the permutations.
    seed: u32,
    /// The hash of an n-gram: `xxhash` or `sha1`.
    hash: Hash,
    /// `datatrove`: words are made as datatrove does.
    compat: Option<Compat>,
    /// What does not count when words are compared; not with `compat`.
    fold: Option<Folds>,
    /// How much may be held in memory, as in `"512MB"`; the rest goes to temporary files. By default a share of `run.memory`,
    /// and without that 1 GB.
    memory: Option<String>,
    /// The folder for temporary files; by default the one that outputs go to.
    temp: Option<String>,
    /// Files that earlier runs have saved: what matches them is a duplicate.
    against: Vec<String>,
    /// The file that the bands that were seen are saved to.
    save: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            mode: Mode::Stream,
            ngram: 5,
            bands: 14,
            rows: 8,
            seed: 1,
            hash: Hash::Xxhash,
            compat: None,
            fold: None,
            memory: None,
            temp: None,
            against: Vec::new(),
            save: None,
        }
    }
}

/// What a saved file must have been made with. Not the mode: either makes files for both.
#[derive(Serialize)]
struct Settings<'a> {
    stage: &'static str,
    ngram: usize,
    bands: usize,
    rows: usize,
    seed: u32,
    hash: Hash,
    compat: Option<Compat>,
    fold: &'a Option<Folds>,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "dedup.minhash".into(),
            summary: "finds documents that are nearly the same as others".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Scores, Layer::Verdict]),
            order: Order::InOrder,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new(
                    "The first document has nothing before it",
                    "أعلن الوزير في تونس عن خطة جديدة للنقل العام.",
                )
                .unchanged()
                .scores(&[("minhash.bands", 0.0)]),
                Example::new("Too short to be compared", "خبر عاجل").scores(&[("minhash.bands", 0.0)]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let Options { ngram, bands, rows, seed, hash, compat, .. } = options;
    for (name, value, most) in [("ngram", ngram, 100), ("bands", bands, 1000), ("rows", rows, 100)] {
        if value == 0 || value > most {
            return Err(OptionError::new(name, format!("{value} is not from 1 to {most}")));
        }
    }
    if compat.is_some() && options.fold.is_some() {
        return Err(OptionError::new("fold", "`compat` says already how words are compared"));
    }
    let settings = Settings { stage: "dedup.minhash", ngram, bands, rows, seed, hash, compat, fold: &options.fold };
    let header = saved::header(&settings);
    let shared = Arc::new(Shared {
        ngram,
        rows,
        bands,
        hash,
        norm: Norm::new(compat, options.fold.unwrap_or_default()),
        permutations: Permutations::new(seed, bands * rows),
        memory: Memory::new(options.memory.as_deref(), cx)?,
        temp: Temp::new(cx, options.temp),
        against: Against::read(&options.against, &header, cx)?,
        header,
        save: options.save,
        matched: cx.labels.intern("minhash.bands"),
        size: cx.labels.intern("minhash.cluster_size"),
    });
    Ok(match options.mode {
        Mode::Stream => Built::in_order(stream::Stream(shared)),
        Mode::Cluster => Built::in_order(cluster::Cluster(shared)),
    })
}

/// What the stage cannot do without: it takes tokens where there are some, and needs none.
const READS: Layers = Layers::of(&[Layer::Text]);

/// What all parts of the stage have in common.
struct Shared {
    ngram: usize,
    bands: usize,
    rows: usize,
    hash: Hash,
    norm: Norm,
    permutations: Permutations,
    memory: Memory,
    temp: Temp,
    against: Against<u64>,
    header: String,
    save: Option<String>,
    /// The score of `stream`.
    matched: LabelId,
    /// The score of `cluster`.
    size: LabelId,
}

impl Shared {
    fn shingle(&self, ngram: &str) -> u64 {
        match self.hash {
            Hash::Xxhash => XxHash64::oneshot(0, ngram.as_bytes()),
            Hash::Sha1 => Sha1::digest(ngram.as_bytes()).first_chunk().map_or(0, |&bytes| u64::from_le_bytes(bytes)),
        }
    }
}

/// Makes signatures, on one thread.
struct Signer {
    shared: Arc<Shared>,
    words: Words,
    shingles: Vec<u64>,
    signature: Vec<u64>,
}

impl Signer {
    fn new(shared: &Arc<Shared>) -> Self {
        let (words, shingles, signature) = (Words::default(), Vec::new(), Vec::new());
        Signer { shared: Arc::clone(shared), words, shingles, signature }
    }

    /// The signature of a document, band after band; `None` where it has no n-gram.
    fn sign(&mut self, doc: &DocView<'_>) -> Option<&[u64]> {
        let shared = &self.shared;
        self.words.read(doc, &shared.norm);
        self.shingles.clear();
        self.shingles.extend(self.words.ngrams(shared.ngram).map(|ngram| shared.shingle(ngram)));
        if self.shingles.is_empty() {
            return None;
        }
        shared.permutations.sign(&self.shingles, &mut self.signature);
        Some(&self.signature)
    }
}

/// The key of a band: its number and all of its rows in 64 bits. `rows` are their bytes, big-endian.
fn band_key(band: usize, rows: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(band as u64, rows)
}

#[cfg(test)]
mod tests;
