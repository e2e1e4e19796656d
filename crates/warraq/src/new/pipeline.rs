//! `warraq new pipeline`: a folder with a commented pipeline file, a sample to run it on, and a list of names.

use super::{Template, write_project};
use std::path::{Path, PathBuf};

/// The language that a new pipeline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    /// Arabic: letters and marks are cleaned, too.
    Ar,
    /// English, or another language with spaces between words.
    En,
}

/// What a new pipeline reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Source {
    /// JSON Lines: one record a line.
    Jsonl,
    /// Plain text: one document a file.
    Text,
}

const PIPELINE: &str = include_str!("templates/pipeline/pipeline.toml.in");

/// What differs between languages.
struct Parts {
    /// The stages after `clean.unicode`.
    clean: &'static str,
    /// The options of `tag.gazetteer`.
    tag: &'static str,
    sample: &'static str,
    text: &'static str,
    names: &'static str,
    /// The first `[[test]]`.
    test: &'static str,
}

const ARABIC: Parts = Parts {
    clean: include_str!("templates/pipeline/clean-ar.toml.in"),
    tag: "proclitics = [\"و\", \"ف\", \"ب\", \"ك\", \"ل\"]    # also behind these: «وتونس», «بمصر»\n",
    sample: include_str!("templates/pipeline/sample-ar.jsonl"),
    text: include_str!("templates/pipeline/sample-ar.txt"),
    names: include_str!("templates/pipeline/names-ar.tsv"),
    test: "\
name = \"vowel signs go, places are found\"
input = { text = \"افتُتح في تونس سوقٌ جديد للكتب\" }
expect = { text = \"افتتح في تونس سوق جديد للكتب\", spans = [{ label = \"LOC\", text = \"تونس\" }] }
",
};

const ENGLISH: Parts = Parts {
    clean: "",
    tag: "",
    sample: include_str!("templates/pipeline/sample-en.jsonl"),
    text: include_str!("templates/pipeline/sample-en.txt"),
    names: include_str!("templates/pipeline/names-en.tsv"),
    test: "\
name = \"white space is one space, places are found\"
input = { text = \"A book market  opened in Tunis\" }
expect = { text = \"A book market opened in Tunis\", spans = [{ label = \"LOC\", text = \"Tunis\" }] }
",
};

const JSONL: &str = "\
[[source]]                          # JSON Lines: one record a line; .gz and .zst are unpacked
use = \"jsonl\"
paths = [\"sample.jsonl\"]            # files and patterns, seen from this file; \"-\" is standard input
text = \"text\"                       # which fields hold what; all others are kept in `meta`
id = \"id\"
";

const TEXT: &str = "\
[[source]]                          # plain text: a document a file; .gz and .zst are unpacked
use = \"text\"
paths = [\"sample.txt\"]              # files and patterns, seen from this file; \"-\" is standard input
";

/// Makes the project `dir/name`.
///
/// # Errors
/// A message for a person: the name cannot be used, the folder is there already, a file cannot be written.
pub(super) fn new_pipeline(name: &str, lang: Language, source: Source, dir: &Path) -> Result<Vec<PathBuf>, String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    if !name.starts_with(char::is_alphanumeric) || !name.chars().all(is_part) || name.len() > 64 {
        return Err(format!(
            "`{name}` cannot be a pipeline's name: it takes letters, digits, hyphens and underscores, a letter or digit \
             first, and at most 64 bytes"
        ));
    }
    let parts = match lang {
        Language::Ar => &ARABIC,
        Language::En => &ENGLISH,
    };
    let (reads, sample): (&str, Template) = match source {
        Source::Jsonl => (JSONL, ("sample.jsonl", parts.sample)),
        Source::Text => (TEXT, ("sample.txt", parts.text)),
    };
    let templates: [Template; 4] =
        [("pipeline.toml", PIPELINE), sample, ("names.tsv", parts.names), (".gitignore", "out/\n")];
    write_project(&dir.join(name), &templates, |template| {
        template
            .replace("@SOURCE@", reads)
            .replace("@CLEAN@", parts.clean)
            .replace("@TAG@", parts.tag)
            .replace("@TEST@", parts.test)
            .replace("@NAME@", name)
    })
}
