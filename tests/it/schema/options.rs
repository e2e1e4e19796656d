//! Pipelines made from option schemas: right values, and now and then one mistake.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value};
use std::sync::Arc;
use warraq_core::Registry;
use warraq_engine::diagnostic as codes;

/// What is wrong with options by their schema alone.
pub(super) const CODES: &[&str] = &[
    codes::TYPE,
    codes::UNKNOWN_KEY,
    codes::MISSING_KEY,
    codes::UNKNOWN_VALUE,
    codes::OUT_OF_RANGE,
    codes::UNKNOWN_STAGE,
];

/// A mistake that is planted.
#[derive(Clone, Debug)]
enum Mistake {
    None,
    /// A key of this name.
    Key(&'static str),
    /// This value for the option at an index: it may happen to be right.
    Value(Index, Value),
    /// A last letter too many in `use`.
    Use,
}

/// A pipeline with one stage.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    stage: String,
    options: Map<String, Value>,
    names: Vec<String>,
    mistake: Mistake,
}

impl Pipeline {
    /// Whether it surely has a mistake.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self.mistake, Mistake::Key(_) | Mistake::Use)
    }

    pub(super) fn mistake(&self) -> String {
        format!("{:?}", self.mistake)
    }

    pub(super) fn text(&self) -> String {
        let mut name = self.stage.clone();
        let mut options = self.options.clone();
        match &self.mistake {
            Mistake::None => {}
            Mistake::Key(key) => drop(options.insert((*key).to_owned(), 1.into())),
            Mistake::Value(at, value) if !self.names.is_empty() => {
                options.insert(at.get(&self.names).clone(), value.clone());
            }
            Mistake::Value(..) => {}
            Mistake::Use => name.push('s'),
        }
        let mut stage: toml::Table = toml::Table::try_from(&options).unwrap();
        stage.insert("use".to_owned(), name.into());
        let stage = toml::to_string(&toml::Table::from_iter([("stage".to_owned(), vec![stage].into())])).unwrap();
        format!(
            "warraq = 1\n[[source]]\npaths = 'samples/arabic-news.jsonl'\n{stage}\n[[export]]\npath = 'out.jsonl'\n"
        )
    }
}

/// Values of all types, of which most do not fit an option.
fn odd() -> impl Strategy<Value = Value> {
    select(vec![
        Value::Bool(true),
        7.into(),
        (-3).into(),
        (1_i64 << 40).into(),
        0.5.into(),
        "".into(),
        "no such word".into(),
        "${vars".into(),
        serde_json::json!([]),
        serde_json::json!([[1]]),
        serde_json::json!(["text", 1]),
        serde_json::json!([{ "no-such-key": 1 }]),
        serde_json::json!({ "no-such-key": true }),
        serde_json::json!({}),
    ])
}

pub(super) fn pipeline(registry: &Registry) -> impl Strategy<Value = Pipeline> + use<> {
    let stages: Vec<(String, Arc<Value>)> =
        registry.stages().iter().map(|s| (s.info.name.to_string(), Arc::new(s.info.schema.clone()))).collect();
    let mistake = prop_oneof![
        2 => Just(Mistake::None),
        1 => select(vec!["no_such_key", "path", "where", "tashkel"]).prop_map(Mistake::Key),
        4 => (any::<Index>(), odd()).prop_map(|(at, value)| Mistake::Value(at, value)),
        1 => Just(Mistake::Use),
    ];
    (select(stages), mistake).prop_flat_map(|((stage, schema), mistake)| {
        let properties = schema.get("properties").and_then(Value::as_object);
        let names: Vec<String> = properties.into_iter().flat_map(|all| all.keys().cloned()).collect();
        let options = table(&schema, &schema, 0);
        options.prop_map(move |options| Pipeline {
            stage: stage.clone(),
            options: options.as_object().cloned().unwrap_or_default(),
            names: names.clone(),
            mistake: mistake.clone(),
        })
    })
}

/// A table with some of its keys, and all that are required.
fn table(schema: &Value, root: &Arc<Value>, depth: usize) -> BoxedStrategy<Value> {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut entries = Just(Map::new()).boxed();
    for (name, property) in properties.into_iter().flatten() {
        let some = value(property, root, depth + 1);
        let entry = match required.contains(&name.as_str()) {
            true => some.prop_map(Some).boxed(),
            false => prop::option::weighted(0.4, some).boxed(),
        };
        let name = name.clone();
        entries = (entries, entry)
            .prop_map(move |(mut entries, value)| {
                entries.extend(value.map(|value| (name.clone(), value)));
                entries
            })
            .boxed();
    }
    entries.prop_map(Value::Object).boxed()
}

/// A value that fits a schema.
fn value(schema: &Value, root: &Arc<Value>, depth: usize) -> BoxedStrategy<Value> {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(target.trim_start_matches('#')).cloned().unwrap_or_default();
        return value(&target, root, depth);
    }
    if let Some(word) = schema.get("const") {
        return Just(word.clone()).boxed();
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return select(words.iter().filter(|word| !word.is_null()).cloned().collect::<Vec<_>>()).boxed();
    }
    if let Some(parts) = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema.get(key)?.as_array()) {
        let parts = parts.iter().filter(|part| part.get("type").is_none_or(|name| name != "null"));
        return prop::strategy::Union::new(parts.map(|part| value(part, root, depth))).boxed();
    }
    let types = schema.get("type");
    let name = types
        .and_then(|t| t.as_str().or_else(|| t.as_array()?.iter().find_map(|t| t.as_str().filter(|t| *t != "null"))));
    let bound = |key: &str, default: i64| schema.get(key).and_then(Value::as_f64).map_or(default, |bound| bound as i64);
    match name {
        Some("boolean") => any::<bool>().prop_map(Value::Bool).boxed(),
        Some("integer") => {
            let least = bound("minimum", 0);
            (least..=bound("maximum", least + 1000)).prop_map(Value::from).boxed()
        }
        Some("number") => {
            let least = bound("minimum", 0);
            let most = bound("maximum", least + 1);
            (0..=1000_i64).prop_map(move |n| (least as f64 + (most - least) as f64 * n as f64 / 1000.0).into()).boxed()
        }
        Some("array") => {
            let items = schema.get("items").cloned().unwrap_or_default();
            let least = bound("minItems", 0) as usize;
            prop::collection::vec(value(&items, root, depth + 1), least..least + 3).prop_map(Value::Array).boxed()
        }
        Some("object") if depth < 4 => table(schema, root, depth + 1),
        Some("object") => Just(Value::Object(Map::new())).boxed(),
        _ => select(vec!["x", "نص", "a+", "${vars.min}"]).prop_map(Value::from).boxed(),
    }
}
