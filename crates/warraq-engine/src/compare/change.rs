//! What a difference between two states of a document is made of, whether a stage lies between them or two runs.

use super::Place;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// An item of a layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Where it is, in the text of its own side of the change; none where that text is not at hand.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// Its text.
    pub text: String,
    /// A token's kind or a span's label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// A span's score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// The stage that found a span or removed a stretch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where it was in the source text, of an item of an export that says so, in the export's unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_range: Option<[u64; 2]>,
    /// A side column's value, which is a text; of an item of an export an object, with what else is said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// What became of an item: it came (`after` alone), went (`before` alone), or is another at the same place of the source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemChange {
    /// The item as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Item>,
    /// The item as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Item>,
}

/// What became of a layer or a side column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerChange {
    /// The layer, such as `tokens`, or the column with its layer, such as `tokens.stem`.
    pub layer: String,
    /// How many items it had.
    pub before: usize,
    /// How many it has.
    pub after: usize,
    /// The items that came, went or changed, in the order of the text.
    pub items: Vec<ItemChange>,
}

/// What became of a single value.
#[derive(Clone, Debug, Serialize)]
pub struct FieldChange {
    /// `lang`, or a field with what it is one of: `meta.url`, `scores.length.words`.
    pub field: String,
    /// Its value as JSON, if it had one.
    pub before: Option<Box<RawValue>>,
    /// Its value as JSON, if it has one.
    pub after: Option<Box<RawValue>>,
}

/// The change of a value, of which both sides are valid JSON.
pub(crate) fn field_change(field: &str, before: Option<&str>, after: Option<&str>) -> FieldChange {
    let raw = |json: &str| RawValue::from_string(json.to_owned()).ok();
    FieldChange { field: field.to_owned(), before: before.and_then(raw), after: after.and_then(raw) }
}
