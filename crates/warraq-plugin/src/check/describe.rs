//! What a stage says about itself, and whether its examples are true.

use super::{CheckOptions, Reporter};
use crate::abi::COLUMN_LAYERS;
use crate::import::RawStage;
use crate::read::panic_message;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use warraq_core::testing::run_example;
use warraq_core::{Layer, Layers};

/// The longest summary that fits a line of a list.
const SUMMARY: usize = 120;

pub(super) fn check(stage: &RawStage, report: &mut Reporter<'_>) {
    let info = &stage.info;
    let summary = info.summary.trim();
    match summary.chars().count() {
        0 => report.error("description.summary", "it is empty"),
        _ if summary.contains('\n') => report.error("description.summary", "it has more than one line"),
        n if n > SUMMARY => {
            report.warning("description.summary", format!("{n} characters are long for a line of a list"));
        }
        _ => report.ok("description.summary", ""),
    }
    match info.manual.trim().is_empty() {
        true => report.warning("description.manual", "there is none: `describe` has nothing to show but the options"),
        false => report.ok("description.manual", ""),
    }
    report.verdict("description.schema", schema(&info.schema));
    match layers(stage) {
        Some(message) => report.warning("description.layers", message),
        None => report.ok("description.layers", ""),
    }
    if stage.is_export() {
        report.skipped("description.examples", "exports have none");
    } else if info.examples.is_empty() {
        report.warning("description.examples", "there are none: they are what readers of a manual look at first");
    } else if let Some(example) = info.examples.iter().find(|e| e.title.trim().is_empty()) {
        report.warning("description.examples", format!("one has no title: {}", super::shorten(&example.input)));
    } else {
        report.ok("description.examples", "");
    }
}

/// What is wrong with a schema of options.
fn schema(schema: &Value) -> Option<String> {
    if schema.get("type").is_none_or(|kind| kind != "object") {
        return Some("it needs `\"type\": \"object\"`: options are a table".into());
    }
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Some("it needs `\"additionalProperties\": false`: else a misspelt option goes unnoticed".into());
    }
    let properties = match schema.get("properties") {
        None => return None,
        Some(Value::Object(properties)) => properties,
        Some(_) => return Some("`properties` is no object".into()),
    };
    let is_described = |property: &Value| {
        property.get("description").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
    };
    let bare: Vec<_> =
        properties.iter().filter(|(_, p)| !is_described(p)).map(|(name, _)| format!("`{name}`")).collect();
    if !bare.is_empty() {
        return Some(format!("options without a `description`: {}", bare.join(", ")));
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let unknown: Vec<_> = required.filter(|name| !properties.contains_key(*name)).collect();
    (!unknown.is_empty()).then(|| format!("it requires options that it does not have: {}", unknown.join(", ")))
}

/// What looks wrong with the layers of a stage.
fn layers(stage: &RawStage) -> Option<String> {
    let (reads, writes) = (stage.info.reads, stage.info.writes);
    if stage.is_export() {
        return (!writes.is_empty()).then(|| "an export writes no layer of a document".into());
    }
    if writes.is_empty() {
        return Some("it declares no layer that it writes, so nothing can come of it".into());
    }
    let placed = Layers::of(&[Layer::Columns]);
    let bases = Layers::of(&COLUMN_LAYERS);
    if !placed.without(writes).is_empty() || !bases.without(reads.union(writes)).iter().eq(bases.iter()) {
        return None;
    }
    Some("it writes columns, which stand beside tokens, words or spans, and declares none of them".into())
}

/// Runs the examples.
pub(super) fn examples(stage: &Arc<RawStage>, options: &CheckOptions<'_>, report: &mut Reporter<'_>) {
    if stage.is_export() || stage.info.examples.is_empty() {
        return report.skipped("examples", "there are none");
    }
    let definition = stage.definition("plugin");
    let mut failures = Vec::new();
    for example in &stage.info.examples {
        let run = || run_example(options.registry, &definition, example, options.toml);
        let outcome =
            catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(panic_message(&*panic).to_owned()));
        if let Err(message) = outcome {
            failures.push(format!("{}: {}", example.title, message.trim_end()));
        }
    }
    report.verdict("examples", (!failures.is_empty()).then(|| failures.join("\n")));
}
