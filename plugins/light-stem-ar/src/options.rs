//! The options and what is made of them.

use crate::normal;
use crate::stem::{Rules, Stemmer};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use warraq_plugin::{LabelId, Labels, OptionError, Resources};

type Result<T> = std::result::Result<T, OptionError>;

/// The options of `light-stem-ar.stem`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Options {
    /// Which affixes are cut off: those of light10, or further ones too.
    pub(crate) variant: Variant,
    /// Whether words are brought into one spelling before they are stemmed: no marks, no tatweel, one alef.
    pub(crate) normalize: bool,
    /// The column of the stems.
    pub(crate) column: String,
    /// A column for the words in that one spelling; left out, there is none.
    pub(crate) norm_column: Option<String>,
    /// What stands in the columns for words that are not Arabic.
    pub(crate) other: Other,
    /// Words that are never cut into.
    pub(crate) protected: Vec<String>,
    /// Files of such words: UTF-8 text, one on each line.
    pub(crate) protected_files: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            variant: Variant::Light10,
            normalize: true,
            column: "stem".into(),
            norm_column: None,
            other: Other::None,
            protected: Vec::new(),
            protected_files: Vec::new(),
        }
    }
}

/// Which affixes are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Variant {
    /// Those of light10.
    Light10,
    /// Those of light10, and further clitics where they can hardly be part of the word.
    Extended,
}

/// What stands in the columns for words that are not Arabic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Other {
    /// Nothing.
    None,
    /// The word in lower case.
    Lowercase,
}

/// The JSON Schema of the options.
pub(crate) fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Options>().to_value()
}

impl Options {
    /// The columns to be written: of the stems, and of the normalised words.
    pub(crate) fn columns(&self, labels: &Labels) -> Result<(LabelId, Option<LabelId>)> {
        let column = |option: &str, name: &str| match name.trim() {
            "" => Err(OptionError::new(option, "a column needs a name")),
            name => Ok(labels.intern(name)),
        };
        let stem = column("column", &self.column)?;
        let norm = self.norm_column.as_deref().map(|name| column("norm_column", name)).transpose()?;
        if norm == Some(stem) {
            return Err(OptionError::new("norm_column", "the stems are written to this column")
                .help("give the two columns different names"));
        }
        Ok((stem, norm))
    }

    /// The stemmer these options describe.
    pub(crate) fn stemmer(&self, files: &mut dyn Resources) -> Result<Stemmer> {
        let mut stemmer = Stemmer::new(match self.variant {
            Variant::Light10 => Rules::Light10,
            Variant::Extended => Rules::Extended,
        });
        let mut scratch = String::new();
        let mut protect = |word: &str| {
            let arabic = if self.normalize { normal::normalized(word, &mut scratch) } else { normal::as_written(word) };
            arabic.map(|arabic| stemmer.protect(arabic.word)).ok_or_else(|| format!("{word:?} is not one Arabic word"))
        };
        for (n, word) in self.protected.iter().enumerate() {
            protect(word.trim()).map_err(|message| OptionError::new(format!("protected[{n}]"), message))?;
        }
        for (n, path) in self.protected_files.iter().enumerate() {
            let error = |message: String| OptionError::new(format!("protected_files[{n}]"), message);
            let file = files.read(path).map_err(|e| error(e.to_string()))?;
            for (n, line) in file.text().map_err(|e| error(e.to_string()))?.lines().enumerate() {
                let word = line.trim();
                if !word.is_empty() && !word.starts_with('#') {
                    protect(word).map_err(|message| {
                        error(format!("{}, line {}: {message}", file.path, n + 1))
                            .help("a line is one word; blank lines and lines that begin with # are skipped")
                    })?;
                }
            }
        }
        Ok(stemmer)
    }
}
