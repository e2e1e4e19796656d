//! Nodes as TOML text.

use super::node::{Kind, Node};
use crate::diagnostic::printable;
use toml_writer::{ToTomlKey, ToTomlValue, TomlKeyBuilder, TomlStringBuilder};

/// A key, in quotes where it needs them.
#[must_use]
pub fn toml_key(name: &str) -> String {
    let key = TomlKeyBuilder::new(name);
    match is_safe(name) {
        true => key.as_default().to_toml_key(),
        false => escaped(&key.as_basic().to_toml_key()),
    }
}

/// A value in one line. What could drive a terminal is written as an escape, which is the same text to a reader of TOML.
#[must_use]
pub fn toml_value(node: &Node) -> String {
    match &node.kind {
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        // `{:?}` keeps the `.0` by which a float is known.
        Kind::Float(value) => format!("{value:?}").to_lowercase(),
        Kind::Str(text) => escaped(&TomlStringBuilder::new(text).as_basic().to_toml_value()),
        Kind::Datetime(text) => text.clone(),
        Kind::Array(items) => format!("[{}]", items.iter().map(toml_value).collect::<Vec<_>>().join(", ")),
        Kind::Table(table) if table.is_empty() => "{}".to_owned(),
        Kind::Table(table) => {
            let entries = table.iter().map(|(key, node)| format!("{} = {}", toml_key(&key.name), toml_value(node)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn is_safe(text: &str) -> bool {
    printable(text) == text
}

/// Escapes what a basic string may hold but a terminal should not see.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut buffer = [0; 4];
    for c in text.chars() {
        match is_safe(c.encode_utf8(&mut buffer)) {
            true => safe.push(c),
            false => safe.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::node::{Key, Table};
    use crate::config::read::read;
    use crate::diagnostic::{Diagnostics, FileId, Files, Span};
    use proptest::prelude::*;

    fn file() -> FileId {
        Files::new().add("", "")
    }

    fn node(kind: Kind) -> Node {
        Node::new(kind, Span::new(file(), 0, 0))
    }

    /// Any value, places aside.
    fn any_node() -> impl Strategy<Value = Node> {
        let text = prop_oneof![any::<String>(), "[a-z\"'\\\\\n\t\u{202e}\u{85}\u{7f}${}.]{0,12}"];
        let leaf = prop_oneof![
            any::<bool>().prop_map(Kind::Bool),
            any::<i64>().prop_map(Kind::Int),
            any::<f64>().prop_filter("nan is not equal to itself", |f| !f.is_nan()).prop_map(Kind::Float),
            text.clone().prop_map(Kind::Str),
        ];
        leaf.prop_map(node).prop_recursive(3, 24, 4, move |inner| {
            let entry = (text.clone(), inner.clone());
            let key = |name: String| Key { name, span: Span::new(file(), 0, 0) };
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(|items| node(Kind::Array(items))),
                prop::collection::vec(entry, 0..4).prop_map(move |entries| {
                    let entries = entries.into_iter().map(|(name, node)| (key(name), node));
                    node(Kind::Table(entries.collect::<Table>()))
                }),
            ]
        })
    }

    fn without_places(node: &Node) -> serde_json::Value {
        crate::config::to_json(node)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in any_node(), name: String) {
            let text = format!("{} = {}\n", toml_key(&name), toml_value(&value));
            prop_assert_eq!(text.lines().count(), 1);
            prop_assert!(is_safe(text.trim_end()), "{:?}", text);
            let mut files = Files::new();
            let id = files.add("p.toml", text.as_str());
            let mut out = Diagnostics::new();
            let root = read(&files, id, &mut out);
            prop_assert!(out.is_empty(), "{}: {:?}", text, out);
            let read = root.as_table().unwrap().get(&name).unwrap();
            prop_assert_eq!(without_places(read), without_places(&value), "{}", text);
        }
    }
}
