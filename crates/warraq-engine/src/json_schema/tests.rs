//! The tables of the schema are those that `check` reads.

use super::{checks, runner};
use crate::config::{EXPORT_KEYS, SOURCE_KEYS, STAGE_KEYS, TestLayer, grammar};
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
        ("root", properties(&root, "/properties"), &[grammar::ROOT_KEYS]),
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
    let (test, input, test_expect) = (checks::test(), checks::input(), checks::test_expect());
    let (parts, span, removed, expect) = (checks::parts(), checks::span(), checks::removed(), checks::expect());
    let layers = TestLayer::ALL.map(|(key, _)| key);
    let checks: &[(&str, &Map<String, Value>, Keys<'_>)] = &[
        ("test", properties(&test, "/items/properties"), &[grammar::TEST_KEYS]),
        ("test.input", properties(&input, "/properties"), &[grammar::INPUT_KEYS]),
        (
            "test.expect",
            properties(&test_expect, "/properties"),
            &[&layers, grammar::VERDICTS, &["contains", "golden"]],
        ),
        ("test.expect.contains", properties(&parts, "/properties"), &[grammar::LISTS]),
        ("span", properties(&span, "/properties"), &[grammar::SPAN_KEYS]),
        ("removed", properties(&removed, "/properties"), &[grammar::REMOVED_KEYS]),
        ("expect", properties(&expect, "/properties"), &[grammar::EXPECT_KEYS]),
    ];
    for (name, properties, grammar) in tables.iter().chain(checks) {
        let grammar: BTreeSet<&str> = grammar.iter().flat_map(|keys| keys.iter().copied()).collect();
        assert_eq!(keys(properties), grammar, "{name}");
    }
}
