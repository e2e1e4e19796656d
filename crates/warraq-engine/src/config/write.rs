//! Nodes as TOML text.

use super::node::{Kind, Node};
use toml_writer::{ToTomlKey, ToTomlValue, TomlKeyBuilder, TomlStringBuilder};

/// A key, in quotes where it needs them.
#[must_use]
pub fn toml_key(name: &str) -> String {
    TomlKeyBuilder::new(name).as_default().to_toml_key()
}

/// A value in one line.
#[must_use]
pub fn toml_value(node: &Node) -> String {
    match &node.kind {
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        // `{:?}` keeps the `.0` by which a float is known.
        Kind::Float(value) => format!("{value:?}").to_lowercase(),
        Kind::Str(text) => TomlStringBuilder::new(text).as_basic().to_toml_value(),
        Kind::Datetime(text) => text.clone(),
        Kind::Array(items) => format!("[{}]", items.iter().map(toml_value).collect::<Vec<_>>().join(", ")),
        Kind::Table(table) if table.is_empty() => "{}".to_owned(),
        Kind::Table(table) => {
            let entries = table.iter().map(|(key, node)| format!("{} = {}", toml_key(&key.name), toml_value(node)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}
