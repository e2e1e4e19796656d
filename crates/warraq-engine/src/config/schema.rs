//! Options against the JSON Schema of whoever owns them: every unknown key, wrong type and bad value, each with its caret.
//!
//! This understands what `schemars` derives from plain serde structs and enums, not all of JSON Schema: a keyword that is
//! not known here accepts, and serde has the last word. For a union there is one error, never one per alternative.

mod keywords;
#[cfg(test)]
pub(super) mod tests;
mod union;

use super::fields::{missing_key, unknown_value};
use super::node::{Kind, Node, Table, shorten, to_json, type_error};
use super::suggest;
use crate::diagnostic::{Diagnostic, Diagnostics, OUT_OF_RANGE, UNKNOWN_KEY, UNKNOWN_VALUE};
use keywords::{Keywords, constants, expectations, fits, is_union, one_of, types};
use serde_json::Value;

/// Most `$ref`s and unions followed for one value: a schema may refer to itself.
const MAX_HOPS: usize = 16;

/// Checks the options in `node` (a table without the runner's keys) against `schema`.
///
/// `owner` is what errors call them, such as ``"stage `clean.arabic`"``.
pub fn check(node: &Node, schema: &Value, owner: &str, out: &mut Diagnostics) {
    check_beside(node, schema, owner, &[], out);
}

/// Like [`check`], where the runner's own keys stand beside the options: a key close to one of them is recognised.
pub fn check_beside(node: &Node, schema: &Value, owner: &str, runner_keys: &[&str], out: &mut Diagnostics) {
    let checker = Checker { root: schema, owner, runner_keys };
    checker.value(node, schema, &Path::root(), 0, out);
}

/// Keys that stand elsewhere in the grammar: the key, a key of the runner that tells in which table it was found, the advice.
const MISPLACED: &[(&str, &str, &str)] = &[
    ("when", "where", "an export chooses its documents with `where`"),
    ("where", "when", "a stage chooses its documents with `when`"),
    ("on_error", "run", "it belongs in `run`: `run = { on_error = \"skip\" }`"),
    ("isolate", "run", "it belongs in `run`: `run = { isolate = \"process\" }`"),
    ("after", "when", "stages run in the order of the file; `after` is for exports"),
];

/// The way from the options to a value, such as `rules[2].pattern`.
struct Path(String);

impl Path {
    fn root() -> Self {
        Self(String::new())
    }

    fn key(&self, name: &str) -> Self {
        let name = shorten(name);
        match self.0.is_empty() {
            true => Self(name),
            false => Self(format!("{}.{name}", self.0)),
        }
    }

    fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }
}

struct Checker<'a> {
    root: &'a Value,
    owner: &'a str,
    runner_keys: &'a [&'a str],
}

impl<'a> Checker<'a> {
    fn label(&self, path: &Path) -> String {
        match path.0.is_empty() {
            true => self.owner.to_owned(),
            false => format!("`{}` of {}", path.0, self.owner),
        }
    }

    /// Checks a value against a schema; `hops` counts how many were followed without entering the value.
    fn value(&self, node: &Node, schema: &'a Value, path: &Path, hops: usize, out: &mut Diagnostics) {
        // `true`, and whatever is not a schema, accepts everything.
        if let Some(keywords) = self.resolve(schema).as_object()
            && hops <= MAX_HOPS
        {
            self.keywords(node, keywords, path, hops, out);
        }
    }

    fn keywords(&self, node: &Node, keywords: &'a Keywords, path: &Path, hops: usize, out: &mut Diagnostics) {
        let all = keywords.get("allOf").and_then(Value::as_array);
        for schema in all.into_iter().flatten() {
            self.value(node, schema, path, hops + 1, out);
        }
        if is_union(keywords) {
            self.union(node, keywords, path, hops, out);
        }
        if let Some(words) = constants(keywords) {
            if !words.contains(&&to_json(node)) {
                self.not_a_constant(node, &words, path, out);
            }
            return;
        }
        let types = types(keywords);
        if !types.is_empty() && !types.iter().any(|name| fits(node, name)) {
            let expected = keywords::either(expectations(keywords));
            out.push(type_error(node, &expected, &self.label(path)));
            return;
        }
        match &node.kind {
            // A bound past 2^53 does not occur in options that people write.
            #[allow(clippy::cast_precision_loss)]
            Kind::Int(number) => self.number(node, *number as f64, keywords, path, out),
            Kind::Float(number) => self.number(node, *number, keywords, path, out),
            Kind::Str(text) => {
                let length = (text.chars().count(), "characters");
                let limits = (keywords.get("minLength"), keywords.get("maxLength"));
                self.length(node, length, limits, path, out);
            }
            Kind::Array(items) => {
                let limits = (keywords.get("minItems"), keywords.get("maxItems"));
                self.length(node, (items.len(), "elements"), limits, path, out);
                let prefix = keywords.get("prefixItems").and_then(Value::as_array);
                for (index, item) in items.iter().enumerate() {
                    let schema = prefix.and_then(|prefix| prefix.get(index));
                    if let Some(schema) = schema.or_else(|| keywords.get("items")) {
                        self.value(item, schema, &path.index(index), 0, out);
                    }
                }
            }
            Kind::Table(table) => self.object(node, table, keywords, path, out),
            Kind::Bool(_) | Kind::Datetime(_) => {}
        }
    }

    /// Follows `$ref` inside the schema.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..MAX_HOPS {
            let target = schema.get("$ref").and_then(Value::as_str);
            match target.and_then(|target| self.root.pointer(target.strip_prefix('#')?)) {
                Some(next) => schema = next,
                None => break,
            }
        }
        schema
    }

    fn object(&self, node: &Node, table: &Table, keywords: &'a Keywords, path: &Path, out: &mut Diagnostics) {
        let properties = keywords.get("properties").and_then(Value::as_object);
        let additional = keywords.get("additionalProperties");
        let mut misspelt: Vec<&str> = Vec::new();
        for (key, value) in table {
            let known = properties.and_then(|properties| properties.get(&key.name));
            match (known, additional) {
                (Some(schema), _) => self.value(value, schema, &path.key(&key.name), 0, out),
                (None, Some(Value::Bool(false))) => {
                    let names = properties.into_iter().flat_map(|p| p.keys());
                    let names: Vec<&str> = names.map(String::as_str).collect();
                    misspelt.extend(suggest::nearest(&key.name, names.iter().copied()));
                    out.push(self.unknown_key(&key.name, path, &names).at(key.span));
                }
                (None, Some(schema)) => self.value(value, schema, &path.key(&key.name), 0, out),
                (None, None) => {}
            }
        }
        let required = keywords.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            // A required key that is only misspelt has been reported where it stands.
            if table.get(name).is_none() && !misspelt.contains(&name) {
                out.push(missing_key(name, &self.label(path), node.span));
            }
        }
    }

    fn unknown_key(&self, name: &str, path: &Path, names: &[&str]) -> Diagnostic {
        let message = format!("unknown key `{}` in {}", shorten(name), self.label(path));
        // The runner's keys stand only at the top; they may be meant, but they are not options to list.
        let runner = if path.0.is_empty() { self.runner_keys } else { &[] };
        let candidates = names.iter().chain(runner).copied();
        let misplaced = MISPLACED.iter().find(|(key, there, _)| *key == name && runner.contains(there));
        if let Some((_, _, help)) = misplaced {
            return Diagnostic::error(UNKNOWN_KEY, message).help(*help);
        }
        let help = match suggest::nearest(name, candidates) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "there are no options here".to_owned(),
            None => format!("allowed keys: {}", suggest::list(names)),
        };
        Diagnostic::error(UNKNOWN_KEY, message).help(help)
    }

    /// A value that should have been one of a list: a near word for a text, the list for anything else.
    fn not_a_constant(&self, node: &Node, words: &[&Value], path: &Path, out: &mut Diagnostics) {
        let label = self.label(path);
        let texts: Vec<&str> = words.iter().filter_map(|word| word.as_str()).collect();
        let error = match (node.as_str(), &node.kind) {
            (Some(text), _) if texts.len() == words.len() => unknown_value(node, text, &texts, &label),
            (None, Kind::Int(_) | Kind::Float(_) | Kind::Bool(_)) if texts.is_empty() => {
                let message = format!("unknown value: {}", node.describe());
                let error = Diagnostic::error(UNKNOWN_VALUE, message).label(node.span, label);
                error.help(format!("expected {}", one_of(words)))
            }
            _ => type_error(node, &one_of(words), &label),
        };
        out.push(error);
    }

    fn number(&self, node: &Node, number: f64, keywords: &Keywords, path: &Path, out: &mut Diagnostics) {
        let expected = match keywords::bounds(keywords) {
            // JSON, in which options travel to their stage, has neither `inf` nor `nan`.
            _ if !number.is_finite() => "a finite number".to_owned(),
            bounds if bounds.allow(number) => return,
            bounds => bounds.describe(),
        };
        let message = format!("out of range: {}, expected {expected}", node.describe());
        out.push(Diagnostic::error(OUT_OF_RANGE, message).label(node.span, self.label(path)));
    }

    fn length(
        &self,
        node: &Node,
        (length, unit): (usize, &str),
        (least, most): (Option<&Value>, Option<&Value>),
        path: &Path,
        out: &mut Diagnostics,
    ) {
        let length = length as u64;
        let least = least.and_then(Value::as_u64).filter(|least| length < *least);
        let most = most.and_then(Value::as_u64).filter(|most| length > *most);
        let expected = match (least, most) {
            (Some(least), _) => format!("at least {least}"),
            (_, Some(most)) => format!("at most {most}"),
            (None, None) => return,
        };
        let unit = if length == 1 { unit.trim_end_matches('s') } else { unit };
        let message = format!("out of range: {length} {unit}, expected {expected}");
        out.push(Diagnostic::error(OUT_OF_RANGE, message).label(node.span, self.label(path)));
    }
}
