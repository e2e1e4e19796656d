//! A layer of a document as tests compare it: by texts and names, never by bytes and ids.

use crate::config::TestLayer;
use serde_json::{Map, Value, json};
use warraq_core::{Column, Document, Labels, Layer};

/// A layer as it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    Text(String),
    Items(Vec<Value>),
    Fields(Map<String, Value>),
}

pub(super) fn see(layer: TestLayer, doc: &Document, labels: &Labels) -> Seen {
    let text = doc.text();
    let slice = |start: u32, end: u32| Value::from(&text[start as usize..end as usize]);
    let point = |at: u32| text[..at as usize].chars().count();
    match layer {
        TestLayer::Text => Seen::Text(text.to_owned()),
        TestLayer::Lang => Seen::Text(doc.lang().unwrap_or_default().to_owned()),
        TestLayer::Tokens => Seen::Items(doc.tokens().iter().map(|t| slice(t.start, t.end)).collect()),
        TestLayer::Kinds => Seen::Items(doc.tokens().iter().map(|t| t.kind.name().into()).collect()),
        TestLayer::Words => Seen::Items(doc.words().iter().map(|w| slice(w.start, w.end)).collect()),
        TestLayer::Sentences => Seen::Items(doc.sentences().iter().map(|s| slice(s.start, s.end)).collect()),
        TestLayer::Spans => {
            let spans = doc.spans().iter().map(|s| {
                json!({
                    "label": &*labels.name(s.label), "text": slice(s.start, s.end), "start": point(s.start),
                    "end": point(s.end), "source": &*labels.name(s.source),
                })
            });
            Seen::Items(spans.collect())
        }
        TestLayer::Removed => {
            let source = doc.source();
            let removed = doc.removed().iter().map(|r| {
                let gone = &source[r.source_start as usize..r.source_end as usize];
                let mut item = json!({ "label": &*labels.name(r.label), "text": gone });
                if let Some(reason) = r.reason {
                    item["reason"] = (&*labels.name(reason)).into();
                }
                item
            });
            Seen::Items(removed.collect())
        }
        TestLayer::Columns => {
            let mut fields = Map::new();
            for column in doc.columns() {
                // Of two columns of one name, that of the tokens is meant.
                let name = labels.name(column.name).to_string();
                if column.layer == Layer::Tokens || !fields.contains_key(&name) {
                    fields.insert(name, cells(doc, column));
                }
            }
            Seen::Fields(fields)
        }
        TestLayer::Meta => {
            let fields = doc.meta().iter();
            let value = |json: &str| serde_json::from_str(json).unwrap_or(Value::Null);
            Seen::Fields(fields.map(|(key, json)| (key.to_owned(), value(json))).collect())
        }
        TestLayer::Scores => {
            Seen::Fields(doc.scores().iter().map(|s| (labels.name(s.name).to_string(), s.value.into())).collect())
        }
    }
}

/// The cells of a column; one without a value is an empty text.
fn cells(doc: &Document, column: &Column) -> Value {
    (0..column.cells.len()).map(|item| Value::from(doc.cell(column, item).unwrap_or_default())).collect()
}
