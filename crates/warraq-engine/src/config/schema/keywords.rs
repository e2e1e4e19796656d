//! What the keywords of one schema say: its types, constants and bounds, and how to put them into words.

use crate::config::node::{Kind, Node};
use serde_json::{Map, Value};

/// A schema that is an object, as all but `true` and `false` are.
pub(super) type Keywords = Map<String, Value>;

/// Whether the schema is a choice between others.
pub(super) fn is_union(keywords: &Keywords) -> bool {
    keywords.contains_key("anyOf") || keywords.contains_key("oneOf")
}

/// The values of `const` or `enum`, if the schema is such a list.
pub(super) fn constants(keywords: &Keywords) -> Option<Vec<&Value>> {
    match (keywords.get("const"), keywords.get("enum")) {
        (Some(value), _) => Some(vec![value]),
        // A `null` in the list stands for leaving the key out.
        (None, Some(Value::Array(values))) => Some(values.iter().filter(|value| !value.is_null()).collect()),
        _ => None,
    }
}

/// The JSON types the schema accepts, `null` apart; none stated is any.
pub(super) fn types(keywords: &Keywords) -> Vec<&str> {
    match keywords.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str);
            let some: Vec<&str> = names.clone().filter(|name| *name != "null").collect();
            // Only `null`: then nothing that TOML can write fits, and an empty list would say that anything does.
            if some.is_empty() { names.collect() } else { some }
        }
        _ => match constants(keywords) {
            Some(values) => values.into_iter().map(type_of).collect(),
            None if keywords.contains_key("properties") => vec!["object"],
            None if keywords.contains_key("items") => vec!["array"],
            None => Vec::new(),
        },
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a value is of a JSON type. A date is none: options that are dates are written as text.
pub(super) fn fits(node: &Node, name: &str) -> bool {
    match &node.kind {
        Kind::Bool(_) => name == "boolean",
        Kind::Int(_) => name == "integer" || name == "number",
        Kind::Float(_) => name == "number",
        Kind::Str(_) => name == "string",
        Kind::Datetime(_) => false,
        Kind::Array(_) => name == "array",
        Kind::Table(_) => name == "object",
    }
}

/// What the schema expects, in words, one per type.
pub(super) fn expectations(keywords: &Keywords) -> Vec<String> {
    let words = types(keywords).into_iter().filter_map(|name| {
        Some(match name {
            "boolean" => "a boolean".to_owned(),
            "integer" => "an integer".to_owned(),
            "number" => "a number".to_owned(),
            "string" => "a string".to_owned(),
            "object" => "a table".to_owned(),
            "array" => {
                let item = keywords.get("items").and_then(|items| items.get("type"));
                match item.and_then(Value::as_str) {
                    Some("object") => "an array of tables".to_owned(),
                    Some("string") => "an array of strings".to_owned(),
                    Some("integer") => "an array of integers".to_owned(),
                    Some("number") => "an array of numbers".to_owned(),
                    _ => "an array".to_owned(),
                }
            }
            _ => return None,
        })
    });
    words.collect()
}

/// `a, b or c`; each word once.
pub(super) fn either(words: Vec<String>) -> String {
    let mut distinct: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        if !distinct.contains(&word) {
            distinct.push(word);
        }
    }
    match distinct.pop() {
        None => "nothing".to_owned(),
        Some(last) if distinct.is_empty() => last,
        Some(last) => format!("{} or {last}", distinct.join(", ")),
    }
}

/// ``one of `a`, `b` ``, or the only one.
pub(super) fn one_of(words: &[&Value]) -> String {
    let shown: Vec<String> = words.iter().map(|word| word_of(word)).collect();
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    match shown.as_slice() {
        [only] => format!("`{only}`"),
        several => format!("one of {}", crate::config::suggest::list(several)),
    }
}

fn word_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The range a number must be in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    least: Option<f64>,
    above: Option<f64>,
    most: Option<f64>,
    below: Option<f64>,
}

/// The bounds of the schema, those that its integer format implies included.
pub(super) fn bounds(keywords: &Keywords) -> Bounds {
    let limit = |key: &str| keywords.get(key).and_then(Value::as_f64);
    let (least, most) = match keywords.get("format").and_then(Value::as_str) {
        Some("uint32") => (Some(0.0), Some(f64::from(u32::MAX))),
        Some("int32") => (Some(f64::from(i32::MIN)), Some(f64::from(i32::MAX))),
        _ => (None, None),
    };
    Bounds {
        least: limit("minimum").or(least),
        above: limit("exclusiveMinimum"),
        most: limit("maximum").or(most),
        below: limit("exclusiveMaximum"),
    }
}

impl Bounds {
    pub(super) fn allow(self, number: f64) -> bool {
        self.least.is_none_or(|limit| number >= limit)
            && self.above.is_none_or(|limit| number > limit)
            && self.most.is_none_or(|limit| number <= limit)
            && self.below.is_none_or(|limit| number < limit)
    }

    pub(super) fn describe(self) -> String {
        if let (Some(least), None, Some(most), None) = (self.least, self.above, self.most, self.below) {
            return format!("{least} to {most}");
        }
        let words =
            [(self.least, "at least"), (self.above, "more than"), (self.most, "at most"), (self.below, "less than")];
        let words = words.iter().filter_map(|(limit, word)| limit.map(|limit| format!("{word} {limit}")));
        let words: Vec<String> = words.collect();
        words.join(" and ")
    }
}
