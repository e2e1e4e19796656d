//! Training models from annotated documents, and measuring what they do.
//!
//! A [`Corpus`] holds documents with their layers, wherever they came from. [`train`] makes the bytes of a model file of it,
//! which the stages take by their option `model`; the same corpus, task and settings always give the same bytes. [`evaluate`]
//! holds a model against documents it has not seen.

mod evaluate;
mod forms;
pub mod headlines;
mod scores;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use crate::model::{Kind, ModelError};
pub use evaluate::{Report, evaluate};
pub use scores::Score;

pub(crate) use forms::{Forms, words_of_tokens};
pub(crate) use scores::common;

use std::fmt;
use warraq_core::{Document, Labels};

/// Annotated documents, and the table that their labels are in.
#[derive(Debug)]
pub struct Corpus {
    /// The documents.
    pub documents: Vec<Document>,
    /// The names of their columns and spans.
    pub labels: Labels,
}

impl Corpus {
    /// A corpus without documents yet.
    pub fn new(labels: Labels) -> Self {
        Corpus { documents: Vec::new(), labels }
    }

    /// How many tokens its documents have.
    pub fn tokens(&self) -> usize {
        self.documents.iter().map(|doc| doc.tokens().len()).sum()
    }
}

/// How to train.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How often the examples are gone through; at least 1.
    pub epochs: usize,
    /// Where the order of the examples comes from.
    pub seed: u64,
    /// What the model is called in its file.
    pub name: String,
    /// For entities: the source of spans that are hints rather than what is to be found, such as `tag.gazetteer`.
    pub hints: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { epochs: 8, seed: 1, name: String::new(), hints: None }
    }
}

/// How far training has come, once after each epoch.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Examples gone through in it.
    pub examples: usize,
    /// Examples that the weights of the moment got wrong.
    pub wrong: usize,
    /// What the mean of the weights so far does on the development data, if there are any.
    pub dev: Option<Score>,
}

/// What came of training.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The bytes of the model file.
    pub file: Vec<u8>,
    /// What it was made of and what it holds: names and numbers.
    pub sizes: Vec<(&'static str, usize)>,
}

/// Why documents cannot be learned from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainError(pub(crate) String);

impl fmt::Display for TrainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TrainError {}

/// Trains a model of this kind. `dev` are documents to measure it by after each epoch; they change nothing in the model.
///
/// # Errors
/// When the documents do not have the layers that the kind is learned from.
pub fn train(
    kind: Kind,
    corpus: &Corpus,
    dev: Option<&Corpus>,
    settings: &Settings,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Trained, TrainError> {
    if corpus.tokens() == 0 {
        let message = "the training data have no tokens: train on a treebank, or on JSON Lines with `tokens`";
        return Err(TrainError(message.into()));
    }
    match kind {
        Kind::Segmenter => crate::segment::train(corpus, dev, settings, progress),
        Kind::Tagger | Kind::Entities => crate::sequence::train(kind, corpus, dev, settings, progress),
    }
}
