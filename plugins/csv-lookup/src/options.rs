//! The options and what is made of them.

use crate::table::{Problem, Table};
use crate::values::Type;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use warraq_plugin::{OptionError, Resources};

type Result<T> = std::result::Result<T, OptionError>;

/// The options of `csv-lookup.join`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Options {
    /// The table: UTF-8 text, with the names of the columns in its first line.
    pub(crate) file: String,
    /// The column of the table that is compared with the documents.
    pub(crate) key: String,
    /// What it is compared with: a field of the record, or `id`, the document's id. Left out, the field that has the name
    /// of the column.
    #[serde(default)]
    pub(crate) field: Option<String>,
    /// The columns to be joined: a list of names, or a table from names to fields of the record. Left out, all but the
    /// key.
    #[serde(default)]
    pub(crate) columns: Option<Columns>,
    /// What is put before the names of columns to make fields of them; those that are renamed in `columns` go without.
    #[serde(default)]
    pub(crate) prefix: String,
    /// The types of columns that are no text.
    #[serde(default)]
    pub(crate) types: BTreeMap<String, Type>,
    /// What becomes of a document for which there is no row.
    #[serde(default)]
    pub(crate) on_missing: OnMissing,
    /// What happens when the record has a field of that name already.
    #[serde(default)]
    pub(crate) existing: Existing,
    /// What happens when a key stands in several rows.
    #[serde(default)]
    pub(crate) duplicates: Duplicates,
    /// The character between cells. Left out, a tab for `.tsv` and `.tab` and a comma for other files.
    #[serde(default)]
    pub(crate) delimiter: Option<char>,
    /// Whether cells may stand in quotation marks, with `""` for a mark inside.
    #[serde(default = "yes")]
    pub(crate) quotes: bool,
}

fn yes() -> bool {
    true
}

/// The columns to be joined.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(crate) enum Columns {
    /// These, under their names.
    These(Vec<String>),
    /// These, under other names.
    Renamed(BTreeMap<String, String>),
}

/// What becomes of a document for which there is no row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum OnMissing {
    /// It goes on as it is.
    #[default]
    Keep,
    /// It is dropped, for the reason `lookup_missing`.
    Drop,
    /// It fails, with the error `lookup.missing`.
    Fail,
}

/// What happens when the record has a field of that name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Existing {
    /// The record's own value stays.
    #[default]
    Keep,
    /// The table's value takes its place.
    Replace,
}

/// What happens when a key stands in several rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Duplicates {
    /// The table is refused.
    #[default]
    Error,
    /// The first of the rows counts.
    First,
    /// The last of the rows counts.
    Last,
}

/// The JSON Schema of the options.
pub(crate) fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Options>().to_value()
}

impl Options {
    /// Reads the table.
    pub(crate) fn table(&self, files: &mut dyn Resources) -> Result<Table> {
        let delimiter = self.delimiter()?;
        let file = files.read(&self.file).map_err(|e| OptionError::new("file", e.to_string()))?;
        let text = file.text().map_err(|e| {
            OptionError::new("file", e.to_string()).help("save the table as UTF-8; spreadsheets call it \"CSV UTF-8\"")
        })?;
        Table::read(text, &file.path, delimiter, self).map_err(|Problem { option, message, help }| {
            let error = OptionError::new(option.unwrap_or_else(|| "file".into()), message);
            match help {
                Some(help) => error.help(help),
                None => error,
            }
        })
    }

    fn delimiter(&self) -> Result<u8> {
        let extension = self.file.rsplit(['.', '/']).next().unwrap_or_default();
        let by_extension = if ["tsv", "tab"].iter().any(|e| extension.eq_ignore_ascii_case(e)) { '\t' } else { ',' };
        let delimiter = self.delimiter.unwrap_or(by_extension);
        match u8::try_from(delimiter) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => Ok(byte),
            _ => Err(OptionError::new("delimiter", format!("{delimiter:?} cannot part cells"))
                .help("it takes one ASCII character, such as \",\", \";\", \"|\" or \"\\t\"")),
        }
    }
}
