//! `conllu`: CoNLL-U, the format of Universal Dependencies, in which treebanks are kept, models trained and results compared.

mod decode;
mod encode;
mod misc;
mod parse;
#[cfg(test)]
mod tests;

use crate::schema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::num::NonZeroU32;
use std::sync::Arc;
use warraq_core::{
    BuildContext, BuiltExport, ExportDef, ExportFormat, FormatDef, OptionError, Order, SourceDef, SourceFormat,
    parse_options,
};

const MANUAL: &str = include_str!("manual.md");

/// What the format is.
pub(crate) fn definition() -> FormatDef {
    FormatDef {
        name: "conllu".into(),
        summary: "CoNLL-U: treebanks, with tokens, words, tags and sentences on the way in and out".into(),
        manual: MANUAL.into(),
        extensions: &["conllu", "conll"],
        source: Some(SourceDef { schema: schema::<SourceOptions>(), build: build_source }),
        export: Some(ExportDef {
            schema: schema::<ExportOptions>(),
            order: Order::Parallel,
            own_sink: false,
            build: Arc::new(|options, cx| Ok(BuiltExport::Encoded(build_export(options, cx)?))),
        }),
    }
}

/// The options of the `conllu` source.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct SourceOptions {
    /// Where no `# newdoc` begins documents, a document has so many sentences; left out, a file is one document.
    sentences_per_document: Option<NonZeroU32>,
    /// What stands between two sentences where the file does not say it (`SpacesAfter`, `# newpar`): white space or nothing.
    sentence_separator: String,
    /// The language tag (BCP 47) of documents without a `# lang`; left out, it is unknown.
    lang: Option<String>,
}

impl Default for SourceOptions {
    fn default() -> Self {
        SourceOptions { sentences_per_document: None, sentence_separator: "\n".into(), lang: None }
    }
}

/// The options of the `conllu` export.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ExportOptions {
    /// Adds `SourceStart` and `SourceEnd` to every token: where it was in the source text, in code points.
    source_offsets: bool,
}

type Build<T> = std::result::Result<T, OptionError>;

fn build_source(options: Value, cx: &mut BuildContext<'_>) -> Build<Box<dyn SourceFormat>> {
    let options: SourceOptions = parse_options(options)?;
    if !options.sentence_separator.trim().is_empty() {
        let message = format!("`{}` is not white space", options.sentence_separator);
        return Err(
            OptionError::new("sentence_separator", message).help("use white space such as \" \" or \"\\n\", or \"\"")
        );
    }
    Ok(Box::new(decode::Source::new(options, cx.labels)?))
}

fn build_export(options: Value, cx: &mut BuildContext<'_>) -> Build<Box<dyn ExportFormat>> {
    let options: ExportOptions = parse_options(options)?;
    Ok(Box::new(encode::Export::new(&options, cx.labels)))
}

/// The side columns of words: where the format has a column, it is called by that column's name in small letters.
const WORD_COLUMNS: [&str; 10] =
    ["form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc", "empty_nodes"];

/// The side columns of tokens of several words: what the lines of such tokens say that is not about white space or spans.
const TOKEN_COLUMNS: [&str; 2] = ["feats", "misc"];

/// The metadata field for what the file says of sentences: a [`SentenceMeta`] each, in their order.
const META: &str = "conllu";

/// What the file says of one sentence.
#[derive(Debug, Deserialize, Serialize)]
struct SentenceMeta<'a> {
    /// How many words it has: where this is no longer so, sentences were cut anew, and nothing of it is true any more.
    words: usize,
    /// `# sent_id`
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    sent_id: Option<std::borrow::Cow<'a, str>>,
    /// The other comments, without `#`. What the document or its layers say is not among them.
    #[serde(borrow, skip_serializing_if = "Vec::is_empty", default)]
    comments: Vec<std::borrow::Cow<'a, str>>,
}
