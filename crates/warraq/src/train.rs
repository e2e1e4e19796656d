//! `warraq train`: a model from annotated documents.

use clap::{Args, ValueEnum};
use std::path::PathBuf;
use warraq_core::{Labels, Registry};
use warraq_engine::{Exit, documents, temporary};
use warraq_stages::train::{Corpus, Kind, Settings, train as learn};

#[derive(Debug, Args)]
pub(crate) struct TrainArgs {
    /// What to train.
    #[arg(value_enum)]
    kind: Model,
    /// Documents to learn from, in any format that can be read, by their extension; may be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    data: Vec<PathBuf>,
    /// Documents to measure the model by after each epoch. The model does not depend on them.
    #[arg(long, value_name = "FILE")]
    dev: Vec<PathBuf>,
    /// Where to write the model.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// How often to go through the data.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    epochs: u16,
    /// Where the order of the examples comes from.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// What to call the model in its file; the name of the file by default.
    #[arg(long)]
    name: Option<String>,
    /// For entities: take the spans of this source, such as `tag.gazetteer`, as hints and not as what is to be found.
    #[arg(long, value_name = "SOURCE")]
    hints: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Model {
    /// A segmenter for `tokenize.segment-ar`, from tokens and their words.
    Segmenter,
    /// A part-of-speech tagger for `tag.pos`, from the words' `upos`.
    Tagger,
    /// A finder of entities for `tag.entities`, from spans.
    Entities,
}

pub(crate) fn train(registry: &Registry, args: &TrainArgs) -> Exit {
    let kind = match args.kind {
        Model::Segmenter => Kind::Segmenter,
        Model::Tagger => Kind::Tagger,
        Model::Entities => Kind::Entities,
    };
    if args.hints.is_some() && kind != Kind::Entities {
        note!("error: `--hints` is for entities; a {kind} does not look at spans");
        return Exit::Usage;
    }
    let labels = Labels::new();
    let read = |files: &[PathBuf]| corpus(registry, files, &labels);
    let (data, dev) = match (read(&args.data), read(&args.dev)) {
        (Ok(data), Ok(dev)) => (data, Some(dev).filter(|_| !args.dev.is_empty())),
        (Err(exit), _) | (_, Err(exit)) => return exit,
    };
    let stem = args.out.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let settings = Settings {
        epochs: args.epochs.into(),
        seed: args.seed,
        name: args.name.clone().or(stem).unwrap_or_default(),
        hints: args.hints.clone(),
    };
    note!("{} documents, {} tokens", data.documents.len(), data.tokens());
    let trained = learn(kind, &data, dev.as_ref(), &settings, &mut |progress| {
        let dev = progress.dev.map(|score| format!("; dev {score}")).unwrap_or_default();
        note!("epoch {}: {} of {} wrong{dev}", progress.epoch, progress.wrong, progress.examples);
    });
    let trained = match trained {
        Ok(trained) => trained,
        Err(e) => {
            note!("error: {e}");
            return Exit::Nothing;
        }
    };
    if let Err(e) = temporary::store(&args.out, &trained.file) {
        note!("error: {}: {e}", args.out.display());
        return Exit::Io;
    }
    let sizes: Vec<String> = trained.sizes.iter().map(|(name, n)| format!("{n} {name}")).collect();
    note!("{}: {} bytes; {}", args.out.display(), trained.file.len(), sizes.join(", "));
    Exit::Done
}

/// The documents of these files.
///
/// # Errors
/// What to end with, once it has been said what is wrong.
pub(crate) fn corpus(registry: &Registry, files: &[PathBuf], labels: &Labels) -> Result<Corpus, Exit> {
    let mut corpus = Corpus::new(labels.clone());
    for file in files {
        if let Err(e) = documents::read(registry, file, labels, &mut |doc| corpus.documents.push(doc)) {
            note!("error: {e}");
            return Err(if e.is_name { Exit::Usage } else { Exit::Io });
        }
    }
    Ok(corpus)
}
