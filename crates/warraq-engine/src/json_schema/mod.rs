//! The JSON Schema of pipeline files, for editors and linters: made from the same tables and option schemas that `check`
//! reads.
//!
//! It is draft-07, and kept to what the TOML linter taplo understands and reports well:
//! - what depends on `use` is an `if`/`then` for each name, which closes the table (`additionalProperties`) inside `then`, where
//!   the runner's keys are repeated. A `oneOf` would report an error per alternative, and taplo ignores
//!   `unevaluatedProperties`;
//! - what may also be a reference to a variable is an `if`/`else`, so that an error is about the value that was meant.
//!
//! It is no wider than it must be, and never narrower than `check`: files that `check` accepts are accepted.

mod checks;
mod options;
mod runner;
#[cfg(test)]
mod tests;

use crate::config::{EXPORT_KEYS, SOURCE_KEYS, STAGE_KEYS};
use crate::plugins::PluginFamily;
use options::Definitions;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use warraq_core::Registry;

/// One thing that `use` can name: its name, the schema of its options, and keys of the runner that it needs.
struct Entry<'a> {
    name: String,
    schema: &'a Value,
    required: &'static [&'static str],
}

/// The schema of pipeline files whose stages and formats are those of `registry`, and of these plugins under their aliases.
///
/// A stage of another family is taken to be a plugin's, and may have any options.
#[must_use]
pub fn pipeline(registry: &Registry, plugins: &[PluginFamily]) -> Value {
    let of_plugins = |is_export: bool| {
        plugins.iter().flat_map(move |plugin| {
            let all = plugin.description.stages.iter().filter(move |stage| stage.is_export() == is_export);
            all.map(move |stage| Entry {
                name: format!("{}.{}", plugin.alias, stage.name),
                schema: &stage.schema,
                required: if is_export && !stage.own_sink { &["path"] } else { &[] },
            })
        })
    };
    let formats = registry.formats();
    let sources = formats.iter().filter_map(|format| {
        let source = format.source.as_ref()?;
        Some(Entry { name: format.name.to_string(), schema: &source.schema, required: &[] })
    });
    let exports = formats.iter().filter_map(|format| {
        let export = format.export.as_ref()?;
        let required: &[&str] = if export.own_sink { &[] } else { &["path"] };
        Some(Entry { name: format.name.to_string(), schema: &export.schema, required })
    });
    let stages = registry.stages().iter();
    let stages = stages.map(|s| Entry { name: s.info.name.to_string(), schema: &s.info.schema, required: &[] });

    let sources: Vec<_> = sources.collect();
    let exports: Vec<_> = exports.chain(of_plugins(true)).collect();
    let stages: Vec<_> = stages.chain(of_plugins(false)).collect();
    let mut definitions = Definitions::new();
    definitions.insert("reference", runner::reference());
    definitions.insert("template", runner::template());
    definitions.insert("condition", runner::condition());
    definitions.insert("run", runner::run());
    let source = table("source", runner::source(), SOURCE_KEYS, &sources, &mut definitions);
    definitions.insert("source", source);
    let stage = table("stage", runner::stage(), STAGE_KEYS, &stages, &mut definitions);
    definitions.insert("stage", stage);
    let export = table("export", runner::export(), EXPORT_KEYS, &exports, &mut definitions);
    definitions.insert("export", export);
    let mut root = runner::root();
    if let Value::Object(root) = &mut root {
        root.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
        root.insert("title".into(), "A pipeline file of Warraq".into());
        root.insert("definitions".into(), definitions.into_value());
    }
    root
}

/// The table of a source, stage or export: the runner's keys, and for each `use` its options beside them.
fn table(
    kind: &str,
    runner: Map<String, Value>,
    keys: &[&str],
    entries: &[Entry<'_>],
    definitions: &mut Definitions,
) -> Value {
    let mut cases = names(kind, entries);
    let mut all_options: BTreeMap<String, Value> = BTreeMap::new();
    for entry in entries {
        let options = definitions.options(&format!("{kind} {}", entry.name), entry.schema);
        for (name, schema) in &options.properties {
            let known = all_options.entry(name.clone()).or_insert_with(|| schema.clone());
            if known != schema {
                *known = Value::Bool(true);
            }
        }
        cases.push(json!({
            "if": { "properties": { "use": { "const": entry.name } }, "required": ["use"] },
            "then": options.beside(keys, entry.required),
        }));
    }
    let mut required: Vec<&str> = Vec::new();
    match kind {
        "stage" => required.push("use"),
        _ => {
            // Without `use` the path says which format it is, and a schema cannot: any option of any format may be meant.
            let any = options::Options { properties: all_options, required: Vec::new(), is_open: false };
            let must: &[&str] = if kind == "export" { &["path"] } else { &[] };
            cases.push(json!({ "if": { "required": ["use"] }, "else": any.beside(keys, must) }));
        }
    }
    if kind == "source" {
        required.push("paths");
    }
    json!({ "type": "object", "properties": Value::Object(runner), "required": required, "allOf": cases })
}

/// What `use` may be: of each known family its members, and of any other family anything, if such are possible.
fn names(kind: &str, entries: &[Entry<'_>]) -> Vec<Value> {
    let mut families: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut plain: Vec<&str> = Vec::new();
    for entry in entries {
        match entry.name.split_once('.') {
            Some((family, _)) => families.entry(family).or_default().push(&entry.name),
            None => plain.push(&entry.name),
        }
    }
    let case = |pattern: String, names: &[&str]| {
        json!({
            "if": { "properties": { "use": { "type": "string", "pattern": pattern } }, "required": ["use"] },
            "then": { "properties": { "use": { "enum": names } } },
        })
    };
    let mut cases: Vec<Value> =
        families.iter().map(|(family, names)| case(format!("^{family}\\.[^$]*$"), names)).collect();
    // A name without a dot is a format's; of stages there are none.
    let all: Vec<&str> = match kind {
        "stage" => entries.iter().map(|entry| entry.name.as_str()).collect(),
        _ => plain,
    };
    let pattern = if kind == "source" { "^[^$]*$" } else { "^[^.$]*$" };
    cases.push(case(pattern.to_owned(), &all));
    cases
}
