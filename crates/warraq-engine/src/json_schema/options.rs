//! Option schemas of stages and formats, put into the form that the schema of pipeline files needs: draft-07, only what
//! `check` looks at, and with references to variables in the place of values.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Keywords that are taken over as they are: what `check` holds options against, and what editors show.
const KEPT: &[&str] = &[
    "type",
    "const",
    "enum",
    "required",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
];

/// Keywords that describe, and stand outside of what a reference may replace.
const DESCRIBING: &[&str] = &["title", "description", "default"];

/// The options of one `use`.
pub(super) struct Options {
    pub(super) properties: BTreeMap<String, Value>,
    pub(super) required: Vec<Value>,
    /// Whether keys that are not named are allowed.
    pub(super) is_open: bool,
}

/// Allows no further keys: the same as `false`, of which taplo would report one error for every key of the table. Of this it
/// reports one, at the value of the key, and the title is in it.
pub(super) fn no_others() -> Value {
    json!({ "not": { "title": "a key that is unknown here" } })
}

impl Options {
    /// The options with the runner's keys beside them, of which some may be `required`.
    pub(super) fn beside(&self, runner: &[&str], required: &[&str]) -> Value {
        let mut properties: Map<String, Value> =
            self.properties.iter().map(|(name, schema)| (name.clone(), schema.clone())).collect();
        properties.extend(runner.iter().map(|key| ((*key).to_owned(), Value::Bool(true))));
        let required: Vec<Value> =
            self.required.iter().cloned().chain(required.iter().map(|&key| key.into())).collect();
        let mut table = json!({ "properties": properties });
        if !self.is_open {
            table["additionalProperties"] = no_others();
        }
        if !required.is_empty() {
            table["required"] = required.into();
        }
        table
    }
}

/// The `definitions` of the schema.
pub(super) struct Definitions(Map<String, Value>);

impl Definitions {
    pub(super) fn new() -> Self {
        Self(Map::new())
    }

    pub(super) fn insert(&mut self, name: &str, schema: Value) {
        self.0.insert(name.to_owned(), schema);
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// Takes over the options of `owner`. Definitions of theirs go under names that begin with the owner's.
    pub(super) fn options(&mut self, owner: &str, schema: &Value) -> Options {
        let empty = Map::new();
        let keyword = |name: &str| schema.get(name).and_then(Value::as_object).unwrap_or(&empty);
        for (name, definition) in keyword("$defs") {
            let definition = value(definition, owner);
            self.0.insert(definition_name(owner, name), definition);
        }
        let properties = keyword("properties").iter().map(|(name, schema)| (name.clone(), value(schema, owner)));
        let required = schema.get("required").and_then(Value::as_array).cloned();
        Options {
            properties: properties.collect(),
            required: required.unwrap_or_default(),
            is_open: schema.get("additionalProperties") != Some(&Value::Bool(false)),
        }
    }
}

fn definition_name(owner: &str, name: &str) -> String {
    format!("{owner} {name}").replace(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c), "-")
}

/// The schema of a value, in the place of which a reference may stand.
pub(super) fn value(schema: &Value, owner: &str) -> Value {
    let Some(keywords) = schema.as_object() else { return schema.clone() };
    let mut plain = bare(keywords, owner);
    let mut described: Map<String, Value> = Map::new();
    for key in DESCRIBING {
        // `null` stands for leaving the key out.
        if let Some(text) = keywords.get(*key).filter(|text| !text.is_null()) {
            described.insert((*key).into(), text.clone());
        }
    }
    if let Some(only) = plain.get("$ref").filter(|_| plain.len() == 1).cloned() {
        // What is beside a `$ref` is not looked at in draft-07; and what it refers to is already open to references.
        plain = Map::from_iter([("allOf".to_owned(), json!([{ "$ref": only }]))]);
        described.extend(plain);
        return described.into();
    }
    match or_reference(Value::Object(plain)) {
        Value::Object(value) => described.extend(value),
        other => return other,
    }
    described.into()
}

/// The schema without what describes it.
fn bare(keywords: &Map<String, Value>, owner: &str) -> Map<String, Value> {
    let mut out = Map::new();
    for key in KEPT {
        if let Some(value) = keywords.get(*key) {
            out.insert((*key).into(), without_null(key, value));
        }
    }
    bounds_of_format(keywords, &mut out);
    if let Some(target) = keywords.get("$ref").and_then(Value::as_str) {
        let name = target.strip_prefix("#/$defs/").unwrap_or(target);
        let target = format!("#/definitions/{}", definition_name(owner, name));
        out.insert("$ref".into(), target.into());
    }
    if let Some(inner) = keywords.get("items") {
        out.insert("items".into(), value(inner, owner));
    }
    match keywords.get("additionalProperties") {
        Some(Value::Bool(false)) => drop(out.insert("additionalProperties".into(), no_others())),
        Some(inner) => drop(out.insert("additionalProperties".into(), value(inner, owner))),
        None => {}
    }
    if let Some(Value::Array(first)) = keywords.get("prefixItems") {
        let rest = out.remove("items");
        out.insert("items".into(), first.iter().map(|item| value(item, owner)).collect());
        out.extend(rest.map(|rest| ("additionalItems".to_owned(), rest)));
    }
    if let Some(Value::Object(properties)) = keywords.get("properties") {
        let properties: Map<String, Value> =
            properties.iter().map(|(name, schema)| (name.clone(), value(schema, owner))).collect();
        out.insert("properties".into(), properties.into());
        if !out.contains_key("type") {
            out.insert("type".into(), "object".into());
        }
    }
    let all = keywords.get("allOf").and_then(Value::as_array);
    if let Some(all) = all {
        out.insert("allOf".into(), all.iter().map(|schema| value(schema, owner)).collect());
    }
    union(keywords, owner, &mut out);
    out
}

/// The bounds that `check` reads from an integer's format.
fn bounds_of_format(keywords: &Map<String, Value>, out: &mut Map<String, Value>) {
    let (least, most) = match keywords.get("format").and_then(Value::as_str) {
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => return,
    };
    out.entry("minimum").or_insert(least.into());
    out.entry("maximum").or_insert(most.into());
}

/// Alternatives: those that are only words become one `enum`, which says in one error what is allowed.
fn union(keywords: &Map<String, Value>, owner: &str, out: &mut Map<String, Value>) {
    let lists = ["anyOf", "oneOf"].into_iter().filter_map(|key| keywords.get(key)?.as_array());
    let mut words: Vec<Value> = Vec::new();
    let mut others: Vec<Value> = Vec::new();
    for schema in lists.flatten() {
        let Some(keywords) = schema.as_object() else {
            others.push(schema.clone());
            continue;
        };
        match (keywords.get("const"), keywords.get("enum").and_then(Value::as_array)) {
            (Some(word), _) => words.push(word.clone()),
            (None, Some(list)) => words.extend(list.iter().cloned()),
            _ if keywords.get("type").is_some_and(|name| name == "null") => {}
            _ => others.push(Value::Object(bare(keywords, owner))),
        }
    }
    words.retain(|word| !word.is_null());
    if !words.is_empty() {
        others.insert(0, json!({ "enum": words }));
    }
    match (others.len(), others.pop()) {
        (_, None) => {}
        (1, Some(Value::Object(only))) => out.extend(only),
        (_, Some(last)) => {
            others.push(last);
            out.insert("anyOf".into(), others.into());
        }
    }
}

/// The value of a keyword without `null`, which TOML cannot write: one of several types, or one of several words.
fn without_null(keyword: &str, value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    match keyword {
        "enum" => items.iter().filter(|word| !word.is_null()).cloned().collect(),
        "type" if items.len() > 1 => {
            let mut names: Vec<Value> = items.iter().filter(|name| *name != "null").cloned().collect();
            if names.len() == 1 { names.remove(0) } else { names.into() }
        }
        _ => value.clone(),
    }
}

/// Opens a schema to references: the whole string for anything that is not a string, and a part of it for words and for
/// texts of a certain form. A table cannot be referred to.
pub(super) fn or_reference(schema: Value) -> Value {
    let Some(keywords) = schema.as_object() else { return schema };
    if keywords.is_empty() {
        return schema;
    }
    let types = match keywords.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let has = |key: &str| keywords.contains_key(key);
    let is_word = has("enum") || has("const");
    let is_free_text = types.contains(&"string") && !is_word && !has("pattern") && !has("maxLength") && !has("anyOf");
    let is_table = types == ["object"];
    if is_free_text || is_table {
        return schema;
    }
    let is_text = is_word || types.contains(&"string") || types.is_empty();
    let what = if is_text { "template" } else { "reference" };
    json!({ "if": { "$ref": format!("#/definitions/{what}") }, "else": schema })
}
