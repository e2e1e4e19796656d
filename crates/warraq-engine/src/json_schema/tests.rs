//! The tables of the schema are those that `check` reads.

use super::runner;
use crate::config::{EXPORT_KEYS, SOURCE_KEYS, STAGE_KEYS, grammar};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

fn keys(properties: &Map<String, Value>) -> BTreeSet<&str> {
    properties.keys().map(String::as_str).collect()
}

fn properties<'a>(table: &'a Value, pointer: &str) -> &'a Map<String, Value> {
    table.pointer(pointer).and_then(Value::as_object).unwrap_or_else(|| panic!("{pointer} of {table}"))
}

#[test]
fn every_table_has_the_keys_of_the_grammar() {
    let (root, run, rejects, condition) = (runner::root(), runner::run(), runner::rejects(), runner::condition());
    let (source, stage, export) = (runner::source(), runner::stage(), runner::export());
    let (plugins, profile) = (runner::plugins(), runner::profile());
    let stage_run = stage["run"].clone();
    type Keys<'a> = &'a [&'a [&'a str]];
    let tables: &[(&str, &Map<String, Value>, Keys<'_>)] = &[
        ("root", properties(&root, "/properties"), &[grammar::ROOT_KEYS, grammar::ROOT_RESERVED]),
        ("run", properties(&run, "/properties"), &[grammar::RUN_KEYS]),
        ("source", &source, &[SOURCE_KEYS]),
        ("stage", &stage, &[STAGE_KEYS]),
        ("stage.run", properties(&stage_run, "/properties"), &[grammar::STAGE_RUN_KEYS]),
        ("export", &export, &[EXPORT_KEYS]),
        ("rejects", properties(&rejects, "/properties"), &[grammar::REJECTS_KEYS]),
        ("condition", properties(&condition, "/properties"), &[grammar::CONDITION_KEYS]),
        ("range", properties(&condition, "/properties/score/additionalProperties/properties"), &[grammar::RANGE_KEYS]),
        ("variable", properties(&root, "/properties/vars/additionalProperties/then/properties"), &[grammar::ENV_KEYS]),
        ("plugin", properties(&plugins, "/additionalProperties/properties"), &[grammar::PLUGIN_KEYS]),
        ("profile", properties(&profile, "/additionalProperties/properties"), &[grammar::PROFILE_KEYS]),
    ];
    for (name, properties, grammar) in tables {
        let grammar: BTreeSet<&str> = grammar.iter().flat_map(|keys| keys.iter().copied()).collect();
        assert_eq!(keys(properties), grammar, "{name}");
    }
}
