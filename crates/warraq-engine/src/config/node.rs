//! The tree a pipeline file is read into: values with their place in the text and tables in file order.
//!
//! Serde alone would stop at the first error and lose places inside flattened or tagged types. This tree is checked as a
//! whole first; what passes is then handed to serde as JSON, and [`locate`] leads a late error back to its caret.

use crate::diagnostic::{Diagnostic, Diagnostics, Span, TYPE};
use serde_json::Value;

/// A value and its bytes in the text. A table written as `[header]` spans its header.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub kind: Kind,
    /// Where it is written.
    pub span: Span,
}

/// The values TOML knows.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `true`, `false`
    Bool(bool),
    /// A whole number
    Int(i64),
    /// A number with a point or exponent, `inf` or `nan`
    Float(f64),
    /// Text
    Str(String),
    /// A date, a time or both, as written
    Datetime(String),
    /// `[…]`, or the `[[…]]` tables of one name
    Array(Vec<Node>),
    /// `{…}` or `[…]`
    Table(Table),
}

/// A table's key and its bytes in the text, quotes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key without quotes.
    pub name: String,
    /// Where it is written.
    pub span: Span,
}

/// Keys and values in file order; no key is there twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    entries: Vec<(Key, Node)>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, node)| node)
    }

    /// The value of a key, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        let mut entries = self.entries.iter_mut();
        entries.find(|(k, _)| k.name == name).map(|(_, node)| node)
    }

    /// A key as written and its value.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&(Key, Node)> {
        self.entries.iter().find(|(key, _)| key.name == name)
    }

    /// Sets a key: an existing one keeps its position and takes over the new place in the text.
    pub fn insert(&mut self, key: Key, node: Node) {
        match self.entries.iter_mut().find(|(k, _)| k.name == key.name) {
            Some(entry) => *entry = (key, node),
            None => self.entries.push((key, node)),
        }
    }

    /// Keys and values in file order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Key, Node)> {
        self.entries.iter()
    }

    /// Keys and values in file order, to change the values.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Node)> {
        self.entries.iter_mut().map(|(key, node)| (&*key, node))
    }

    /// Removes a key.
    pub(super) fn remove(&mut self, name: &str) -> Option<(Key, Node)> {
        let at = self.entries.iter().position(|(key, _)| key.name == name)?;
        Some(self.entries.remove(at))
    }

    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The table without the keys that `drop` names.
    #[must_use]
    pub fn without(&self, drop: &[&str]) -> Self {
        let kept = self.entries.iter();
        kept.filter(|(key, _)| !drop.contains(&key.name.as_str())).cloned().collect()
    }
}

/// Collects entries whose keys differ, in the order given; of equal keys the first stays.
impl FromIterator<(Key, Node)> for Table {
    fn from_iter<T: IntoIterator<Item = (Key, Node)>>(iter: T) -> Self {
        let mut seen = std::collections::HashSet::new();
        let entries = iter.into_iter();
        let entries = entries.filter(|(key, _)| seen.insert(key.name.clone()));
        Self { entries: entries.collect() }
    }
}

impl IntoIterator for Table {
    type Item = (Key, Node);
    type IntoIter = std::vec::IntoIter<(Key, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<'a> IntoIterator for &'a Table {
    type Item = &'a (Key, Node);
    type IntoIter = std::slice::Iter<'a, (Key, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl Node {
    /// A value at a place.
    #[must_use]
    pub fn new(kind: Kind, span: Span) -> Self {
        Self { kind, span }
    }

    /// The text, if this is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The table, if this is one.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        match &self.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// What the value is, for an error: ``integer `5` ``, `string "x"`, `table`.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Bool(value) => format!("boolean `{value}`"),
            Kind::Int(value) => format!("integer `{value}`"),
            Kind::Float(value) => format!("float `{value}`"),
            Kind::Str(text) => format!("string \"{}\"", shorten(text)),
            Kind::Datetime(text) => format!("date `{text}`"),
            Kind::Array(_) => "array".to_owned(),
            Kind::Table(_) => "table".to_owned(),
        }
    }

    /// The text, or a type error about `what`.
    pub fn expect_str(&self, what: &str, out: &mut Diagnostics) -> Option<&str> {
        self.or_report(self.as_str(), "a string", what, out)
    }

    /// The boolean, or a type error about `what`.
    pub fn expect_bool(&self, what: &str, out: &mut Diagnostics) -> Option<bool> {
        let value = match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        };
        self.or_report(value, "a boolean", what, out)
    }

    /// The whole number, or a type error about `what`.
    pub fn expect_int(&self, what: &str, out: &mut Diagnostics) -> Option<i64> {
        let value = match self.kind {
            Kind::Int(value) => Some(value),
            _ => None,
        };
        self.or_report(value, "an integer", what, out)
    }

    /// The number, whole or not, or a type error about `what`.
    pub fn expect_number(&self, what: &str, out: &mut Diagnostics) -> Option<f64> {
        let value = match self.kind {
            Kind::Float(value) => Some(value),
            // Thresholds are compared as floats anyway; above 2^53 the nearest float is what the user gets everywhere.
            #[allow(clippy::cast_precision_loss)]
            Kind::Int(value) => Some(value as f64),
            _ => None,
        };
        self.or_report(value, "a number", what, out)
    }

    /// The elements, or a type error about `what`.
    pub fn expect_array(&self, what: &str, out: &mut Diagnostics) -> Option<&[Node]> {
        self.or_report(self.as_array(), "an array", what, out)
    }

    /// The table, or a type error about `what`.
    pub fn expect_table(&self, what: &str, out: &mut Diagnostics) -> Option<&Table> {
        self.or_report(self.as_table(), "a table", what, out)
    }

    fn or_report<T>(&self, value: Option<T>, expected: &str, what: &str, out: &mut Diagnostics) -> Option<T> {
        if value.is_none() {
            out.push(type_error(self, expected, what));
        }
        value
    }
}

/// ``invalid type: integer `5`, expected a string``, with `what` (such as `` `name` of `[run]` ``) at the caret.
#[must_use]
pub fn type_error(node: &Node, expected: &str, what: &str) -> Diagnostic {
    let message = format!("invalid type: {}, expected {expected}", node.describe());
    let error = Diagnostic::error(TYPE, message).label(node.span, what);
    let scalar = match &node.kind {
        Kind::Datetime(text) => text.clone(),
        Kind::Int(value) => value.to_string(),
        Kind::Float(value) => value.to_string(),
        Kind::Bool(value) => value.to_string(),
        _ => return error,
    };
    match expected.starts_with("a string") {
        true => error.help(format!("text needs quotes: `\"{scalar}\"`")),
        false => error,
    }
}

/// The first 40 characters of a text, and an ellipsis if there are more.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The value as JSON, for serde: dates become strings; `inf` and `nan`, which JSON lacks, become null.
#[must_use]
pub fn to_json(node: &Node) -> Value {
    match &node.kind {
        Kind::Bool(value) => Value::Bool(*value),
        Kind::Int(value) => Value::from(*value),
        Kind::Float(value) => Value::from(*value),
        Kind::Str(text) | Kind::Datetime(text) => Value::from(text.as_str()),
        Kind::Array(items) => items.iter().map(to_json).collect(),
        Kind::Table(table) => {
            let entries = table.iter();
            Value::Object(entries.map(|(k, v)| (k.name.clone(), to_json(v))).collect())
        }
    }
}

/// Where a path such as `rules[2].pattern` leads: the span of the deepest part of it that exists.
///
/// This is the form in which `serde_path_to_error` and option checks name a place. A key with dots in it may stand there
/// as it is; where that leaves a choice, the longest key wins.
#[must_use]
pub fn locate(node: &Node, path: &str) -> Span {
    let mut here = node;
    let mut rest = path;
    loop {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        let step = match &here.kind {
            Kind::Table(table) => table
                .iter()
                .filter_map(|(key, value)| Some((key, value, after_key(rest, &key.name)?)))
                .max_by_key(|(key, ..)| key.name.len())
                .map(|(_, value, rest)| (value, rest)),
            Kind::Array(items) => after_index(rest).and_then(|(index, rest)| Some((items.get(index)?, rest))),
            _ => None,
        };
        match step {
            // An empty key matches without using up anything; the path ends there.
            Some((next, shorter)) if shorter.len() < rest.len() => (here, rest) = (next, shorter),
            _ => return here.span,
        }
    }
}

/// What follows `key` in the path, if the path goes through it. A path may write the key in quotes.
fn after_key<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    let rest = match path.strip_prefix('"') {
        Some(quoted) => quoted.strip_prefix(key)?.strip_prefix('"')?,
        None => path.strip_prefix(key)?,
    };
    (rest.is_empty() || rest.starts_with(['.', '['])).then_some(rest)
}

/// The index that opens the path, as `[2]` or `2`, and what follows it.
fn after_index(path: &str) -> Option<(usize, &str)> {
    let (number, rest) = match path.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => path.split_at(path.find(['.', '[']).unwrap_or(path.len())),
    };
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read::read;
    use crate::diagnostic::Files;

    fn tree(text: &str) -> (Files, Node) {
        let mut files = Files::new();
        let file = files.add("p.toml", text);
        let mut out = Diagnostics::new();
        let node = read(&files, file, &mut out);
        assert!(out.is_empty(), "{out:?}");
        (files, node)
    }

    #[test]
    fn tables_keep_file_order() {
        let (_, node) = tree("z = 1\na = { y = 1, b = 2 }\n[m]\n[c]\n");
        let keys = |node: &Node| -> Vec<String> {
            let table = node.as_table().unwrap();
            table.iter().map(|(key, _)| key.name.clone()).collect()
        };
        assert_eq!(keys(&node), ["z", "a", "m", "c"]);
        assert_eq!(keys(node.as_table().unwrap().get("a").unwrap()), ["y", "b"]);
    }

    #[test]
    fn a_path_leads_to_the_deepest_part_that_exists() {
        let (files, node) =
            tree("rules = [1, { pattern = 'x' }]\nscore = { 'a.b' = { min = 2 }, a = { b = 9 } }\n[deep]\nkey = 'v'\n");
        for (path, expected) in [
            ("rules[0]", "1"),
            ("rules[1].pattern", "'x'"),
            ("rules.1.pattern", "'x'"),
            ("rules[1].replacement", "{ pattern = 'x' }"),
            ("rules[7].pattern", "[1, { pattern = 'x' }]"),
            ("score.a.b.min", "2"),
            ("score.\"a.b\".min", "2"),
            ("deep.key", "'v'"),
            ("deep.key.further", "'v'"),
            ("deep.none", "[deep]"),
            ("", ""),
            ("[", ""),
            ("nothing", ""),
        ] {
            assert_eq!(files.slice(locate(&node, path)), expected, "{path}");
        }
    }

    #[test]
    fn json_carries_every_kind() {
        let (_, node) = tree("b = true\ni = -3\nf = 0.5\ns = 'x'\nd = 2024-01-31\na = [1]\nn = nan\n[t]\nk = 1\n");
        assert_eq!(
            to_json(&node),
            serde_json::json!({
                "b": true, "i": -3, "f": 0.5, "s": "x", "d": "2024-01-31", "a": [1], "n": null, "t": { "k": 1 }
            })
        );
    }

    #[test]
    fn a_value_of_another_type_is_described() {
        let (_, node) = tree("v = [true, 5, 1.5, 'x', 2024-01-31, [], {}]");
        let values = node.as_table().unwrap().get("v").unwrap();
        let messages: Vec<_> =
            (values.as_array().unwrap().iter()).map(|value| type_error(value, "an answer", "").message).collect();
        assert_eq!(
            messages,
            [
                "invalid type: boolean `true`, expected an answer",
                "invalid type: integer `5`, expected an answer",
                "invalid type: float `1.5`, expected an answer",
                "invalid type: string \"x\", expected an answer",
                "invalid type: date `2024-01-31`, expected an answer",
                "invalid type: array, expected an answer",
                "invalid type: table, expected an answer",
            ]
        );
    }
}
