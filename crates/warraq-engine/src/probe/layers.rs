//! What has changed between two states of a document, apart from its text: items of layers and single values.
//!
//! An edit moves every item behind it. So items are compared by where they are in the *source* text, by their own text and
//! by what is said about them: whatever was only carried along is no change.

use crate::compare::{FieldChange, Item, ItemChange, LayerChange, Place, field_change};
use serde_json::Value;
use std::collections::HashMap;
use warraq_core::{Document, LabelId, Labels, Layer, OffsetCursor, OffsetUnit, TokenKind};

/// What is said about an item, apart from its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Tag {
    None,
    Kind(TokenKind),
    /// The bits of the score: a score that is none equals another that is none.
    Span(LabelId, u32, LabelId),
    Value(String),
}

#[derive(Clone, Debug)]
struct Entry {
    start: u32,
    end: u32,
    source: (u32, u32),
    tag: Tag,
}

struct Table {
    name: String,
    entries: Vec<Entry>,
}

/// The state of a document.
pub(super) struct Snapshot {
    pub(super) text: String,
    tables: Vec<Table>,
    fields: Vec<(String, String)>,
}

impl Snapshot {
    pub(super) fn of(doc: &Document, labels: &Labels) -> Self {
        let map = doc.source_map();
        let entry = |start: u32, end: u32, tag: Tag| Entry { start, end, source: map.range(start, end), tag };
        let tokens = doc.tokens().iter().map(|t| entry(t.start, t.end, Tag::Kind(t.kind)));
        let words = doc.words().iter().map(|w| entry(w.start, w.end, Tag::None));
        let sentences = doc.sentences().iter().map(|s| entry(s.start, s.end, Tag::None));
        let spans = doc.spans().iter().map(|s| entry(s.start, s.end, Tag::Span(s.label, s.score.to_bits(), s.source)));
        let mut tables = vec![
            Table { name: Layer::Tokens.name().into(), entries: tokens.collect() },
            Table { name: Layer::Words.name().into(), entries: words.collect() },
            Table { name: Layer::Sentences.name().into(), entries: sentences.collect() },
            Table { name: Layer::Spans.name().into(), entries: spans.collect() },
        ];
        for column in doc.columns() {
            let base = tables.iter().find(|table| table.name == column.layer.name());
            let base: Vec<Entry> = base.map(|table| table.entries.clone()).unwrap_or_default();
            let values = base.into_iter().enumerate().filter_map(|(n, entry)| {
                doc.cell(column, n).map(|value| Entry { tag: Tag::Value(value.to_owned()), ..entry })
            });
            let name = format!("{}.{}", column.layer.name(), labels.name(column.name));
            tables.push(Table { name, entries: values.collect() });
        }
        let json = |text: &str| Value::from(text).to_string();
        let mut fields = Vec::new();
        fields.extend(doc.lang().map(|lang| (Layer::Lang.name().to_owned(), json(lang))));
        let meta = doc.meta().iter();
        fields.extend(meta.map(|(key, json)| (format!("{}.{key}", Layer::Meta.name()), json.to_owned())));
        let scores = doc.scores().iter();
        fields.extend(
            scores.map(|s| {
                (format!("{}.{}", Layer::Scores.name(), labels.name(s.name)), Value::from(s.value).to_string())
            }),
        );
        Snapshot { text: doc.text().to_owned(), tables, fields }
    }

    /// The layers in which a later state of the document differs.
    pub(super) fn layers(&self, later: &Snapshot, labels: &Labels) -> Vec<LayerChange> {
        let new = later.tables.iter().filter(|table| self.table(&table.name).is_none());
        let names = self.tables.iter().chain(new).map(|table| &table.name);
        let changes = names.map(|name| {
            let entries = |state: &'_ Snapshot| -> Vec<Entry> {
                state.table(name).map(|table| table.entries.clone()).unwrap_or_default()
            };
            let (old, new) = (entries(self), entries(later));
            let items = items((&self.text, &old), (&later.text, &new), labels);
            LayerChange { layer: name.clone(), before: old.len(), after: new.len(), items }
        });
        changes.filter(|change| !change.items.is_empty()).collect()
    }

    /// The single values in which a later state of the document differs.
    pub(super) fn fields(&self, later: &Snapshot) -> Vec<FieldChange> {
        let new = later.fields.iter().filter(|(name, _)| self.field(name).is_none());
        let names = self.fields.iter().chain(new).map(|(name, _)| name);
        let changed = names.filter(|name| self.field(name) != later.field(name));
        changed.map(|name| field_change(name, self.field(name), later.field(name))).collect()
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, json)| json.as_str())
    }
}

/// What is in one list and not in the other, with a text for each; two items at one place of the source are a change.
fn items((old_text, old): (&str, &[Entry]), (new_text, new): (&str, &[Entry]), labels: &Labels) -> Vec<ItemChange> {
    let (mut gone, mut come) = (without(old, old_text, new, new_text), without(new, new_text, old, old_text));
    let by_source = |entry: &Entry| entry.source;
    gone.sort_by_key(by_source);
    come.sort_by_key(by_source);
    let (mut before, mut after) = (Shower::new(old_text, labels), Shower::new(new_text, labels));
    let (mut gone, mut come) = (gone.iter().peekable(), come.iter().peekable());
    let mut changes = Vec::new();
    loop {
        let (went, came) = match (gone.peek(), come.peek()) {
            (None, None) => return changes,
            (Some(_), None) => (gone.next(), None),
            (None, Some(_)) => (None, come.next()),
            (Some(a), Some(b)) if overlap(a.source, b.source) => (gone.next(), come.next()),
            (Some(a), Some(b)) if a.source <= b.source => (gone.next(), None),
            (Some(_), Some(_)) => (None, come.next()),
        };
        changes.push(ItemChange { before: went.map(|e| before.show(e)), after: came.map(|e| after.show(e)) });
    }
}

fn overlap(a: (u32, u32), b: (u32, u32)) -> bool {
    a == b || (a.0 < b.1 && b.0 < a.1)
}

/// The items of one list that have no equal of their own in the other.
fn without(list: &[Entry], text: &str, other: &[Entry], other_text: &str) -> Vec<Entry> {
    fn key<'a>(entry: &'a Entry, text: &'a str) -> ((u32, u32), &'a str, &'a Tag) {
        (entry.source, &text[entry.start as usize..entry.end as usize], &entry.tag)
    }
    let mut there: HashMap<_, usize> = HashMap::new();
    for entry in other {
        *there.entry(key(entry, other_text)).or_default() += 1;
    }
    let mut new = Vec::new();
    for entry in list {
        match there.get_mut(&key(entry, text)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => new.push(entry.clone()),
        }
    }
    new
}

/// Makes items of entries of one text.
struct Shower<'a> {
    text: &'a str,
    chars: OffsetCursor<'a>,
    labels: &'a Labels,
}

impl<'a> Shower<'a> {
    fn new(text: &'a str, labels: &'a Labels) -> Self {
        Shower { text, chars: OffsetCursor::new(text, OffsetUnit::Char), labels }
    }

    fn show(&mut self, entry: &Entry) -> Item {
        let range = entry.start as usize..entry.end as usize;
        let name = |id: LabelId| self.labels.name(id).to_string();
        let (mut label, mut score, mut source, mut value) = (None, None, None, None);
        match &entry.tag {
            Tag::None => {}
            Tag::Kind(kind) => label = Some(kind.name().to_owned()),
            Tag::Span(of, bits, by) => {
                label = Some(name(*of));
                score = Some(f32::from_bits(*bits)).filter(|score| score.is_finite());
                source = Some(name(*by)).filter(|by| !by.is_empty());
            }
            Tag::Value(text) => value = Some(Value::from(text.as_str())),
        }
        let text = self.text[range.clone()].to_owned();
        let place = Some(Place::new(range, &mut self.chars));
        Item { place, text, label, score, source, source_range: None, value }
    }
}
