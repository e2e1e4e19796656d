//! Two records of one document: which parts of them differ, and how.
//!
//! An edit of the text moves every offset behind it. So an item of a layer is known by its text and by all that is said about
//! it but its place: an item that only stands elsewhere is no difference.

use super::text::changes;
use super::{FieldChange, Item, ItemChange, LayerChange, Options, Place, TextEdit, field_change, text_edits};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use warraq_core::{OffsetCursor, OffsetUnit};

/// Everything a record of an export holds beside its id, by the names that differences are reported under.
pub const LAYERS: [&str; 9] = ["text", "lang", "meta", "tokens", "words", "sents", "spans", "removed", "scores"];

/// The layers that are lists of items, as far as they have a key of their own.
const LISTS: [&str; 4] = ["tokens", "sents", "spans", "removed"];

/// What says where an item is, and nothing else about it.
const PLACES: [&str; 5] = ["start", "end", "id", "token_start", "token_end"];

/// The differences of two records.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Details {
    /// What of the text differs, in the coordinates of the first.
    pub edits: Vec<TextEdit>,
    /// What of the layers differs.
    pub layers: Vec<LayerChange>,
    /// Language, fields, scores and other keys that differ.
    pub fields: Vec<FieldChange>,
    /// The text of the first, where the texts differ.
    #[serde(skip)]
    pub text: String,
}

/// Names as numbers.
pub(super) type NameIds = Box<[u16]>;

/// Names that are noted many times, as numbers.
#[derive(Debug, Default)]
pub(super) struct Names {
    ids: HashMap<String, u16>,
    names: Vec<String>,
}

impl Names {
    /// Numbers for names, in order. Of more names than there are numbers the rest share the last.
    fn intern(&mut self, names: BTreeSet<String>) -> NameIds {
        let id = |name: String| match self.ids.get(&name) {
            Some(&id) => id,
            None => {
                let id = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
                if usize::from(id) == self.names.len() {
                    self.names.push(name.clone());
                    self.ids.insert(name, id);
                }
                id
            }
        };
        names.into_iter().map(id).collect()
    }

    pub(super) fn resolve(&self, ids: &[u16]) -> Vec<String> {
        let mut names: Vec<String> = ids.iter().filter_map(|&id| self.names.get(usize::from(id)).cloned()).collect();
        // In the order of a record, then by name.
        names.sort_by_key(|name| (LAYERS.iter().position(|l| l == name).unwrap_or(LAYERS.len()), name.clone()));
        names
    }
}

/// The names of what differs between two records, and of the stages that are known to differ.
///
/// # Errors
/// If one of them is no JSON object.
pub(super) fn differing(
    a: &[u8],
    b: &[u8],
    options: &Options,
    (layers, stages, ignored): (&mut Names, &mut Names, &mut BTreeSet<String>),
) -> Result<(NameIds, NameIds), String> {
    let (a, b) = (Record::parse(a)?, Record::parse(b)?);
    let keys = a.keys.keys().chain(b.keys.keys());
    ignored.extend(keys.filter(|key| options.ignore.contains(*key)).cloned());
    let mut found = BTreeSet::new();
    let mut by = BTreeSet::new();
    for key in a.keys(&b, options) {
        if LISTS.contains(&key) {
            for (name, mut old, mut new) in lists(key, &a, &b, options) {
                if old.items == new.items {
                    continue;
                }
                found.insert(name);
                remove_equal(&mut old.items, &mut new.items);
                by.extend(old.items.into_iter().chain(new.items).filter_map(|item| item.stage));
            }
        } else if fields(key, &a, &b).next().is_some() || (key == "text" && a.text() != b.text()) {
            found.insert(key.to_owned());
        }
    }
    Ok((layers.intern(found), stages.intern(by)))
}

/// How two records differ.
///
/// # Errors
/// If one of them is no JSON object.
pub(super) fn details(a: &[u8], b: &[u8], options: &Options) -> Result<Details, String> {
    let (a, b) = (Record::parse(a)?, Record::parse(b)?);
    let mut details = Details::default();
    for key in a.keys(&b, options) {
        if key == "text" {
            if a.text() != b.text() {
                details.edits = text_edits(a.text(), b.text());
                details.text = a.text().to_owned();
            }
        } else if LISTS.contains(&key) {
            for (layer, old, new) in lists(key, &a, &b, options) {
                if old.items != new.items {
                    let items = pair(&old, &new);
                    details.layers.push(LayerChange { layer, before: old.items.len(), after: new.items.len(), items });
                }
            }
        } else {
            details.fields.extend(fields(key, &a, &b));
        }
    }
    Ok(details)
}

/// A record with its keys and, unparsed, their values.
struct Record<'a> {
    keys: BTreeMap<String, &'a RawValue>,
    text: String,
}

impl<'a> Record<'a> {
    fn parse(line: &'a [u8]) -> Result<Self, String> {
        let keys: BTreeMap<String, &'a RawValue> = serde_json::from_slice(line).map_err(|e| e.to_string())?;
        let text = keys.get("text").and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        Ok(Record { keys, text })
    }

    /// The keys whose values are not equal byte by byte, in the order of a record, then by name.
    fn keys<'k>(&'k self, other: &'k Record<'_>, options: &Options) -> Vec<&'k str> {
        let names: BTreeSet<&str> = self.keys.keys().chain(other.keys.keys()).map(String::as_str).collect();
        let mut names: Vec<&str> =
            names.into_iter().filter(|&key| key != "id" && !options.ignore.contains(key)).collect();
        // Where the text differs, items whose places are the same may have another text.
        let text_differs = self.text != other.text;
        names.retain(|&key| self.raw(key) != other.raw(key) || (text_differs && LISTS.contains(&key)));
        names.sort_by_key(|name| LAYERS.iter().position(|layer| layer == name).unwrap_or(LAYERS.len()));
        names
    }

    fn raw(&self, key: &str) -> Option<&'a str> {
        self.keys.get(key).map(|raw| raw.get())
    }

    fn text(&self) -> &str {
        &self.text
    }

    /// The values inside of an object, or the value itself under the key's name.
    fn fields(&self, key: &str) -> BTreeMap<String, &'a str> {
        let Some(raw) = self.raw(key) else { return BTreeMap::new() };
        match serde_json::from_str::<BTreeMap<String, &'a RawValue>>(raw) {
            Ok(inner) if key == "meta" || key == "scores" => {
                inner.into_iter().map(|(name, raw)| (format!("{key}.{name}"), raw.get())).collect()
            }
            _ => BTreeMap::from([(key.to_owned(), raw)]),
        }
    }
}

/// The values that differ under a key that is no list of items.
fn fields(key: &str, a: &Record<'_>, b: &Record<'_>) -> impl Iterator<Item = FieldChange> {
    let (a, b) = if key == "text" { Default::default() } else { (a.fields(key), b.fields(key)) };
    let names: BTreeSet<String> = a.keys().chain(b.keys()).cloned().collect();
    names.into_iter().filter_map(move |name| {
        let (old, new) = (a.get(&name).copied(), b.get(&name).copied());
        (old != new).then(|| field_change(&name, old, new))
    })
}

/// An item, by all that counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Known {
    text: String,
    /// What is said about it, as JSON.
    about: String,
    stage: Option<String>,
}

/// The items of a layer and where each of them is.
#[derive(Default)]
struct List {
    items: Vec<Known>,
    places: Vec<Option<Place>>,
}

impl List {
    fn push(&mut self, text: String, about: &Map<String, Value>, stage: Option<&str>, place: Option<Place>) {
        let about = if about.is_empty() { String::new() } else { Value::Object(about.clone()).to_string() };
        self.items.push(Known { text, about, stage: stage.map(str::to_owned) });
        self.places.push(place);
    }
}

/// The lists of two records under a key; tokens hold another one, their words.
fn lists(key: &str, a: &Record<'_>, b: &Record<'_>, options: &Options) -> Vec<(String, List, List)> {
    let (old, new) = (list(key, a, options), list(key, b, options));
    let mut lists = vec![(key.to_owned(), old.0, new.0)];
    if key == "tokens" && !options.ignore.contains("words") {
        lists.push(("words".to_owned(), old.1, new.1));
    }
    lists
}

fn list(key: &str, record: &Record<'_>, options: &Options) -> (List, List) {
    let (mut list, mut words) = (List::default(), List::default());
    let values: Vec<Value> = match record.raw(key).map(serde_json::from_str) {
        Some(Ok(values)) => values,
        // Another shape is one item, and compared as it stands.
        Some(Err(_)) => vec![Value::from(record.raw(key).unwrap_or_default())],
        None => Vec::new(),
    };
    let mut places = Places::new(&record.text, options.offsets);
    for value in values {
        let Value::Object(mut about) = value else {
            list.push(value.to_string(), &Map::new(), None, None);
            continue;
        };
        let place = if key == "removed" { None } else { places.find(&about) };
        let text = match (&place, about.get("text")) {
            (Some(place), _) => record.text[place.bytes[0]..place.bytes[1]].to_owned(),
            (None, Some(Value::String(text))) if key == "removed" => text.clone(),
            (None, _) => String::new(),
        };
        if place.is_some() {
            PLACES.iter().for_each(|key| drop(about.remove(*key)));
        }
        if key == "removed" {
            about.remove("text");
        }
        let inner = about.remove("words");
        for word in inner.iter().filter_map(Value::as_array).flatten() {
            let mut about = word.as_object().cloned().unwrap_or_default();
            let form = about.remove("form").and_then(|form| form.as_str().map(str::to_owned));
            PLACES.iter().for_each(|key| drop(about.remove(*key)));
            words.push(form.unwrap_or_else(|| word.to_string()), &about, None, place);
        }
        let stage = about.get(if key == "removed" { "stage" } else { "source" });
        let stage = stage.and_then(Value::as_str).map(str::to_owned);
        list.push(text, &about, stage.as_deref(), place);
    }
    (list, words)
}

/// Leads offsets of an export back to its text.
struct Places<'a> {
    text: &'a str,
    bytes: OffsetCursor<'a>,
    chars: OffsetCursor<'a>,
}

impl<'a> Places<'a> {
    fn new(text: &'a str, unit: OffsetUnit) -> Self {
        let chars = OffsetCursor::new(text, OffsetUnit::Char);
        Places { text, bytes: OffsetCursor::new(text, unit), chars }
    }

    /// The place of an item, if its offsets are places of the text.
    fn find(&mut self, about: &Map<String, Value>) -> Option<Place> {
        let mut at = |key| self.bytes.to_byte(usize::try_from(about.get(key)?.as_u64()?).ok()?);
        let (start, end) = (at("start")?, at("end")?);
        self.text.get(start..end)?;
        Some(Place::new(start..end, &mut self.chars))
    }
}

/// Takes from both lists what has an equal of its own in the other.
fn remove_equal(old: &mut Vec<Known>, new: &mut Vec<Known>) {
    let mut there: HashMap<&Known, usize> = HashMap::new();
    new.iter().for_each(|item| *there.entry(item).or_default() += 1);
    let mut matched: HashMap<Known, usize> = HashMap::new();
    old.retain(|item| match there.get_mut(item) {
        Some(count) if *count > 0 => {
            *count -= 1;
            *matched.entry(item.clone()).or_default() += 1;
            false
        }
        _ => true,
    });
    new.retain(|item| match matched.get_mut(item) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
}

/// What came, went and changed between two lists.
fn pair(old: &List, new: &List) -> Vec<ItemChange> {
    let mut pairs = Vec::new();
    for (gone, come) in changes(&old.items, &new.items) {
        for n in 0..gone.len().max(come.len()) {
            let item = |list: &List, range: &std::ops::Range<usize>| {
                range.clone().nth(n).map(|at| show(&list.items[at], list.places[at]))
            };
            pairs.push(ItemChange { before: item(old, &gone), after: item(new, &come) });
        }
    }
    pairs
}

fn show(item: &Known, place: Option<Place>) -> Item {
    let mut about: Map<String, Value> = serde_json::from_str(&item.about).unwrap_or_default();
    let mut take = |key: &str| match about.get(key) {
        Some(Value::String(text)) => {
            let text = text.clone();
            about.remove(key);
            Some(text)
        }
        _ => None,
    };
    let label = take("label").or_else(|| take("kind"));
    let source = item.stage.clone();
    if source.is_some() {
        about.retain(|key, _| key != "source" && key != "stage");
    }
    let score = about.get("score").and_then(Value::as_f64).map(|score| score as f32);
    if score.is_some() {
        about.remove("score");
    }
    let ends = ["source_start", "source_end"].map(|key| about.get(key).and_then(Value::as_u64));
    let source_range = match ends {
        [Some(start), Some(end)] => {
            about.retain(|key, _| key != "source_start" && key != "source_end");
            Some([start, end])
        }
        _ => None,
    };
    let value = (!about.is_empty()).then_some(Value::Object(about));
    Item { place, text: item.text.clone(), label, score, source, source_range, value }
}
