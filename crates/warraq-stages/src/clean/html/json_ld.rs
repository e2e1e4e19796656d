//! JSON-LD: what a page tells search engines about its article.

use serde_json::Value;

/// What is said about an article; empty where nothing is.
#[derive(Debug, Default)]
pub(super) struct Article {
    pub(super) headline: String,
    pub(super) author: String,
    pub(super) date: String,
    pub(super) publisher: String,
    pub(super) url: String,
    pub(super) language: String,
    pub(super) body: String,
}

/// The first article of a script. `None` if there is none or it is not JSON; serde_json refuses deep nesting.
pub(super) fn article(script: &str) -> Option<Article> {
    let script = script.trim().trim_start_matches("<!--").trim_end_matches("-->").trim_end_matches(';');
    let value = serde_json::from_str(script).ok().or_else(|| {
        // Many systems write line breaks into strings as they are.
        let spaced: String = script.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        serde_json::from_str::<Value>(&spaced).ok()
    })?;
    let nodes: Vec<&Value> = match &value {
        Value::Array(items) => items.iter().flat_map(graph).collect(),
        other => graph(other).collect(),
    };
    let found = nodes.iter().copied().find(|node| is_article(node))?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let publisher = referred(found.get("publisher"), &nodes);
    Some(Article {
        headline: text(found.get("headline").or_else(|| found.get("name"))),
        author: names(found.get("author").or_else(|| found.get("creator")), &nodes),
        date: text(found.get("datePublished").or_else(|| found.get("dateCreated"))),
        publisher: text(publisher.and_then(|p| p.get("name"))),
        url: text(found.get("url").or_else(|| match found.get("mainEntityOfPage") {
            Some(page @ Value::Object(_)) => page.get("@id"),
            other => other,
        })),
        language: text(found.get("inLanguage")),
        body: text(found.get("articleBody")),
    })
}

/// A value, or the values of its `@graph`.
fn graph(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value.get("@graph") {
        Some(Value::Array(items)) => Box::new(items.iter()),
        _ => Box::new(std::iter::once(value)),
    }
}

fn is_article(node: &Value) -> bool {
    let is = |kind: &Value| kind.as_str().is_some_and(|kind| kind.ends_with("Article") || kind.ends_with("Posting"));
    match node.get("@type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is),
        Some(kind) => is(kind),
        None => false,
    }
}

/// The node that a value is, or names by `@id`.
fn referred<'a>(value: Option<&'a Value>, nodes: &[&'a Value]) -> Option<&'a Value> {
    let value = match value? {
        Value::Array(items) => items.first()?,
        one => one,
    };
    if value.get("name").is_some() {
        return Some(value);
    }
    let id = value.get("@id")?;
    nodes.iter().copied().find(|node| node.get("@id") == Some(id))
}

/// The names of people, with commas.
fn names(value: Option<&Value>, nodes: &[&Value]) -> String {
    let people: Vec<&Value> = match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let mut all: Vec<&str> = Vec::new();
    for person in people {
        let name = match person {
            Value::String(name) => Some(name.as_str()),
            _ => referred(Some(person), nodes).and_then(|node| node.get("name")).and_then(Value::as_str),
        };
        if let Some(name) = name.map(str::trim)
            && !name.is_empty()
            && !name.contains("://")
            && !all.contains(&name)
        {
            all.push(name);
        }
    }
    all.join(", ")
}
