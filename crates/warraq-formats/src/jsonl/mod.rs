//! `jsonl`: JSON Lines, an object per line. What Warraq exports it also reads back, layers and scores included.

mod decode;
mod encode;
mod layers;
mod scan;
mod string;
#[cfg(test)]
mod tests;
mod write;

use crate::encoding::Charset;
use crate::schema;
use layers::LayerField;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use warraq_core::{
    BuildContext, BuiltExport, ExportDef, ExportFormat, FormatDef, OffsetUnit, OptionError, Order, SourceDef,
    SourceFormat, parse_options,
};

const MANUAL: &str = include_str!("manual.md");

/// What the format is.
pub(crate) fn definition() -> FormatDef {
    FormatDef {
        name: "jsonl".into(),
        summary: "JSON Lines: an object per line, with annotation layers on the way out and back in".into(),
        manual: MANUAL.into(),
        extensions: &["jsonl", "ndjson"],
        source: Some(SourceDef { schema: schema::<SourceOptions>(), build: build_source }),
        export: Some(ExportDef {
            schema: schema::<ExportOptions>(),
            order: Order::Parallel,
            own_sink: false,
            build: Arc::new(|options, cx| Ok(BuiltExport::Encoded(build_export(options, cx)?))),
        }),
    }
}

/// The options of the `jsonl` source.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct SourceOptions {
    /// The field that holds the text. Where no field has this name, its dots lead into nested objects: `data.body`.
    text: String,
    /// The field that holds the document's id, a string or a number; nested as for `text`. A record without one gets
    /// `path#line`.
    id: String,
    /// The field that holds the language tag (BCP 47); nested as for `text`.
    lang: String,
    /// The character encoding, by a name of the WHATWG Encoding Standard, such as `utf-8`, `utf-16` or `windows-1256`.
    encoding: String,
    /// What becomes of `tokens`, `sents`, `spans`, `scores` and `meta`: read them where they have the export's shape
    /// (`auto`), or keep all of them as metadata (`ignore`).
    layers: LayerMode,
    /// The layers that every record must have in the export's shape. Only these can stages rely on.
    require: Vec<LayerField>,
    /// What the offsets of these layers count: code points (`char`), UTF-8 bytes (`byte`) or UTF-16 code units (`utf16`).
    offsets: Unit,
}

impl Default for SourceOptions {
    fn default() -> Self {
        SourceOptions {
            text: "text".into(),
            id: "id".into(),
            lang: "lang".into(),
            encoding: "utf-8".into(),
            layers: LayerMode::Auto,
            require: Vec::new(),
            offsets: Unit::Char,
        }
    }
}

/// The options of the `jsonl` export.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ExportOptions {
    /// What offsets count: code points (`char`), UTF-8 bytes (`byte`) or UTF-16 code units (`utf16`).
    offsets: Unit,
    /// Adds `source_start` and `source_end` to every token, word, sentence and span: where it was in the source text.
    source_offsets: bool,
    /// The fields to write, in any order; left out, all. They always come out in the order of the manual.
    fields: Option<Vec<Field>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum LayerMode {
    /// Read what has the shape of an export; keep the rest as metadata.
    Auto,
    /// Keep all of it as metadata.
    Ignore,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    /// Unicode code points: an index into a Python string.
    #[default]
    Char,
    /// UTF-8 bytes.
    Byte,
    /// UTF-16 code units: an index into a JavaScript or Java string.
    Utf16,
}

impl From<Unit> for OffsetUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Char => OffsetUnit::Char,
            Unit::Byte => OffsetUnit::Byte,
            Unit::Utf16 => OffsetUnit::Utf16,
        }
    }
}

/// A field of the export, in the order they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Field {
    /// The document's id.
    Id,
    /// Its text.
    Text,
    /// Its language tag, or null.
    Lang,
    /// The record's other fields.
    Meta,
    /// The tokens, with their words.
    Tokens,
    /// The sentences.
    Sents,
    /// The labelled spans.
    Spans,
    /// What was removed from the source text.
    Removed,
    /// The numbers that filters computed.
    Scores,
}

/// The export's fields by name. A record that has no others is one of ours.
const OWN: &[&str] = &["id", "text", "lang", "meta", "tokens", "sents", "spans", "removed", "rebased_by", "scores"];

type Build<T> = std::result::Result<T, OptionError>;

fn build_source(options: Value, cx: &mut BuildContext<'_>) -> Build<Box<dyn SourceFormat>> {
    let options: SourceOptions = parse_options(options)?;
    let charset = Charset::named(&options.encoding)?;
    for (path, name) in [("text", &options.text), ("id", &options.id), ("lang", &options.lang)] {
        if name.is_empty() {
            return Err(OptionError::new(path, "it takes the name of a field"));
        }
    }
    for (path, name, other) in
        [("id", &options.id, "text"), ("lang", &options.lang, "text"), ("lang", &options.lang, "id")]
    {
        let taken = if other == "text" { &options.text } else { &options.id };
        if name == taken {
            return Err(OptionError::new(path, format!("`{name}` is the field of `{other}` already")));
        }
    }
    if options.layers == LayerMode::Ignore && !options.require.is_empty() {
        return Err(OptionError::new("require", "layers that are ignored cannot be required"));
    }
    Ok(Box::new(decode::Source::new(options, charset, cx.labels.clone())))
}

fn build_export(options: Value, _: &mut BuildContext<'_>) -> Build<Box<dyn ExportFormat>> {
    let options: ExportOptions = parse_options(options)?;
    if options.fields.as_ref().is_some_and(Vec::is_empty) {
        return Err(
            OptionError::new("fields", "a record needs a field").help("leave `fields` out to write all of them")
        );
    }
    Ok(Box::new(encode::Export::new(&options)))
}

/// Where a word's surface is, when its record does not say: the next stretch of its token if the form is what stands
/// there, or else nowhere. The export says it only where this is not so.
fn place_word(text: &str, at: u32, token_end: u32, form: &str) -> (u32, u32) {
    let rest = text.get(at as usize..token_end as usize).unwrap_or_default();
    (at, if rest.starts_with(form) { at + form.len() as u32 } else { at })
}
