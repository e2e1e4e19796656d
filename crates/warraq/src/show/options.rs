//! The options of a schema, as data: name, type, default and description, with the keys of tables inside them.

use serde_json::Value;

/// How deep tables inside tables are described: a schema may refer to itself.
const MAX_DEPTH: usize = 4;

/// An option, or a key of a table in one.
pub(super) struct Opt {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) default: Option<String>,
    pub(super) is_required: bool,
    pub(super) about: String,
    /// Words that it may be, of those that have a description of their own.
    pub(super) words: Vec<(String, String)>,
    /// The keys, where it is a table or has some in it.
    pub(super) keys: Vec<Opt>,
}

/// The options of a schema.
pub(super) fn options(schema: &Value) -> Vec<Opt> {
    keys(schema, schema, 0)
}

/// The properties of `table`, a part of `schema`.
fn keys(table: &Value, schema: &Value, depth: usize) -> Vec<Opt> {
    let required = table.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|required| required == name));
    let properties = table.get("properties").and_then(Value::as_object);
    let each = properties.into_iter().flatten().map(|(name, property)| Opt {
        name: name.clone(),
        kind: type_of(property, schema),
        default: property.get("default").filter(|default| !default.is_null()).map(toml),
        is_required: is_required(name),
        about: property.get("description").and_then(Value::as_str).unwrap_or_default().to_owned(),
        words: words(property, schema),
        keys: inner(property, schema, depth),
    });
    each.collect()
}

/// The keys of the tables that a value is, or that are its elements.
fn inner(property: &Value, schema: &Value, depth: usize) -> Vec<Opt> {
    if depth >= MAX_DEPTH {
        return Vec::new();
    }
    let property = target(property, schema);
    if property.get("properties").is_some() {
        return keys(property, schema, depth + 1);
    }
    if let Some(items) = property.get("items") {
        return inner(items, schema, depth + 1);
    }
    let parts = ["anyOf", "oneOf"].iter().filter_map(|key| property.get(key)?.as_array()).flatten();
    parts.flat_map(|part| inner(part, schema, depth + 1)).collect()
}

/// A JSON value as TOML writes it.
fn toml(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key} = {}", toml(value))).collect();
            if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        other => other.to_string(),
    }
}

/// The definition that a `$ref`, or the part of an optional value that is not null, leads to.
fn target<'a>(property: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = property.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/")) {
        return schema.get("$defs").and_then(|d| d.get(name)).unwrap_or(property);
    }
    let any = property.get("anyOf").or_else(|| property.get("allOf")).and_then(Value::as_array);
    let mut parts = any.into_iter().flatten().filter(|part| part.get("type").is_none_or(|name| name != "null"));
    match (parts.next(), parts.next()) {
        (Some(only), None) => target(only, schema),
        _ => property,
    }
}

/// The values of an enumeration that have a description of their own.
fn words(property: &Value, schema: &Value) -> Vec<(String, String)> {
    let one_of = target(property, schema).get("oneOf").and_then(Value::as_array);
    let each = one_of.into_iter().flatten().filter_map(|word| {
        let about = word.get("description")?.as_str()?;
        Some((word.get("const")?.as_str()?.to_owned(), about.lines().collect::<Vec<_>>().join(" ")))
    });
    each.collect()
}

/// The type, in the words of TOML, or the values that are allowed.
fn type_of(property: &Value, schema: &Value) -> String {
    let property = target(property, schema);
    let list = |values: &[Value]| {
        let values = values.iter().filter(|value| !value.is_null());
        values.map(Value::to_string).collect::<Vec<_>>().join(" | ")
    };
    if let Some(value) = property.get("const") {
        return value.to_string();
    }
    if let Some(values) = property.get("enum").and_then(Value::as_array) {
        return list(values);
    }
    if let Some(parts) = property.get("oneOf").or_else(|| property.get("anyOf")).and_then(Value::as_array) {
        let parts = parts.iter().filter(|part| part.get("type").is_none_or(|name| name != "null"));
        return parts.map(|part| type_of(part, schema)).collect::<Vec<_>>().join(" | ");
    }
    match property.get("type") {
        Some(Value::String(name)) => named(name, property, schema),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str).filter(|&name| name != "null");
            names.map(|name| named(name, property, schema)).collect::<Vec<_>>().join(" or ")
        }
        _ if property.get("properties").is_some() => "table".into(),
        _ => "value".into(),
    }
}

fn named(name: &str, property: &Value, schema: &Value) -> String {
    match (name, property.get("items")) {
        ("object", _) => "table".into(),
        ("array", Some(items)) => match type_of(items, schema) {
            one if one.contains(" | ") => format!("array of ({one})"),
            one if one.starts_with("array") || one.contains(' ') => format!("array of {one}"),
            one if one.chars().all(char::is_alphabetic) => format!("array of {one}s"),
            one => format!("array of {one}"),
        },
        (name, _) => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_named_as_in_toml() {
        let schema = json!({ "$defs": {
            "Rule": { "type": "object", "properties": { "to": { "type": "string" } } },
            "Word": { "oneOf": [{ "const": "a", "description": "First." }, { "enum": ["b", "c"] }] },
        }});
        for (property, expected) in [
            (json!({ "type": "boolean" }), "boolean"),
            (json!({ "type": ["integer", "null"] }), "integer"),
            (json!({ "type": ["string", "number"] }), "string or number"),
            (json!({ "type": "array", "items": { "type": "string" } }), "array of strings"),
            (json!({ "type": "array", "items": { "$ref": "#/$defs/Rule" } }), "array of tables"),
            (json!({ "type": ["array", "null"], "items": { "type": "integer" } }), "array of integers"),
            (json!({ "$ref": "#/$defs/Word" }), "\"a\" | \"b\" | \"c\""),
            (json!({ "anyOf": [{ "$ref": "#/$defs/Rule" }, { "type": "null" }] }), "table"),
            (
                json!({ "anyOf": [{ "type": "boolean" }, { "type": "array", "items": { "enum": ["x", "y"] } }] }),
                "boolean | array of (\"x\" | \"y\")",
            ),
            (json!({}), "value"),
        ] {
            assert_eq!(type_of(&property, &schema), expected, "{property}");
        }
    }

    #[test]
    fn keys_of_tables_inside_are_found() {
        let schema = json!({
            "properties": { "rules": { "type": "array", "items": { "$ref": "#/$defs/Rule" } } },
            "$defs": { "Rule": {
                "type": "object",
                "properties": { "to": { "type": "string" }, "next": { "$ref": "#/$defs/Rule" } },
                "required": ["to"],
            }},
        });
        let rules = &options(&schema)[0];
        let keys: Vec<(&str, bool)> = rules.keys.iter().map(|key| (key.name.as_str(), key.is_required)).collect();
        assert_eq!(keys, [("next", false), ("to", true)]);
        fn depth(opt: &Opt) -> usize {
            1 + opt.keys.iter().map(depth).max().unwrap_or(0)
        }
        assert!(depth(rules) <= MAX_DEPTH + 1, "a schema that refers to itself comes to an end");
    }
}
