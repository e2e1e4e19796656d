//! The options and what is made of them.

use crate::dictionary::{self, Tags, Unfindable};
use crate::segment::Segmenter;
use jieba_rs::Jieba;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use warraq_plugin::{BuildContext, LogLevel, OptionError};

/// The options of `jieba-zh.words`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    /// Whether words that no dictionary has are looked for with a hidden Markov model.
    pub(crate) hmm: bool,
    /// A file of words in jieba's format: on each line a word, its frequency and its tag.
    pub(crate) dictionary: Option<String>,
    /// Whether jieba's own dictionary is used.
    pub(crate) builtin: bool,
    /// Whether parts of speech are written to the column `pos`.
    pub(crate) pos: bool,
    /// Where tokens that are not Chinese come from.
    pub(crate) others: Others,
}

impl Default for Options {
    fn default() -> Self {
        Options { hmm: true, dictionary: None, builtin: true, pos: false, others: Others::Keep }
    }
}

/// Where tokens that are not Chinese come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Others {
    /// From the tokenizer before; from the simple rule where a document has no tokens.
    Keep,
    /// From the simple rule; no tokenizer is needed before.
    Simple,
}

/// The JSON Schema of the options.
pub(crate) fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Options>().to_value()
}

impl Options {
    /// Reads the dictionaries.
    pub(crate) fn segmenter(&self, cx: &mut BuildContext<'_>) -> Result<Segmenter, OptionError> {
        if !self.builtin && self.dictionary.is_none() {
            return Err(OptionError::new("builtin", "there is no other dictionary to segment with")
                .help("name one in `dictionary`, or leave `builtin` at true"));
        }
        let mut jieba = if self.builtin { Jieba::new() } else { Jieba::empty() };
        let mut tags = Tags::new();
        if let Some(path) = &self.dictionary {
            let error = |message: String| OptionError::new("dictionary", message);
            let file = cx.resources.read(path).map_err(|e| error(e.to_string()))?;
            let text = file.text().map_err(|e| error(e.to_string()))?;
            let Unfindable { words, line } =
                dictionary::add(text, &mut jieba, &mut tags).map_err(|(line, message)| {
                    error(format!("{}, line {line}: {message}", file.path))
                        .help("a line is a word, a frequency and a tag: 云计算 5 n")
                })?;
            if words > 0 {
                let message = format!(
                    "{}: {words} words are not made of Han characters alone and cannot be found (the first is in line {line})",
                    file.path
                );
                cx.services.log(LogLevel::Warning, cx.name, &message);
            }
        }
        Ok(Segmenter { jieba, tags, hmm: self.hmm })
    }
}
