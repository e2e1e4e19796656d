//! The tables and keys that are the runner's own.

use super::checks;
use super::options::{no_others, or_reference};
use crate::config::units::{OFF, budget_pattern, duration_pattern, size_pattern};
use crate::config::{GRAMMAR, ISOLATE, MAX_THREADS, OnError};
use serde_json::{Map, Value, json};

/// A string that is a reference and nothing else: it takes the type of its variable.
pub(super) fn reference() -> Value {
    json!({ "type": "string", "pattern": r"^\$\{vars\.[A-Za-z0-9_-]+\}$" })
}

/// A string with a reference in it.
pub(super) fn template() -> Value {
    json!({ "type": "string", "pattern": r"(^|[^$])\$\{vars\.[A-Za-z0-9_-]+\}" })
}

/// The description of a key before its schema.
pub(super) fn described(description: &str, schema: Value) -> Value {
    let mut out = Map::from_iter([("description".to_owned(), Value::from(description))]);
    match schema {
        Value::Object(schema) => out.extend(schema),
        other => return other,
    }
    out.into()
}

fn object(entries: Value) -> Map<String, Value> {
    match entries {
        Value::Object(entries) => entries,
        _ => Map::new(),
    }
}

/// A table with these keys and no others.
pub(super) fn closed(properties: Value) -> Value {
    let mut table = object(json!({ "type": "object", "additionalProperties": no_others() }));
    table.insert("properties".to_owned(), properties);
    table.into()
}

pub(super) fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// One text or some.
pub(super) fn texts() -> Value {
    json!({ "type": ["string", "array"], "minLength": 1, "minItems": 1, "items": text() })
}

/// A text of a form, or a number.
fn measure(pattern: &str, least: u64) -> Value {
    or_reference(json!({ "type": ["string", "integer"], "pattern": pattern, "minimum": least }))
}

fn words<T>(choices: &[(&'static str, T)]) -> Value {
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    or_reference(json!({ "enum": words }))
}

/// `when` and `where`.
pub(super) fn condition() -> Value {
    let scalar = json!({ "type": ["string", "number", "boolean", "array"], "minItems": 1,
        "items": { "type": ["string", "number", "boolean"] } });
    let number = || or_reference(json!({ "type": "number" }));
    let range = json!({
        "type": "object",
        "properties": { "min": number(), "max": number() },
        "additionalProperties": no_others(),
        "minProperties": 1,
    });
    closed(json!({
        "lang": described("The document's language is one of these.", texts()),
        "meta": described("Each of these fields of the record has this value, or one of these.",
            json!({ "type": "object", "minProperties": 1, "additionalProperties": scalar })),
        "label": described("The document has a span of one of these labels.", texts()),
        "score": described("Each of these scores is in its range.",
            json!({ "type": "object", "minProperties": 1, "additionalProperties": range })),
    }))
}

fn on_error(scope: &str) -> Value {
    let what = format!("What becomes of a document that {scope} fails on.");
    described(&what, words(&OnError::ALL))
}

/// A form with [`OFF`] beside it.
fn or_off(pattern: &str) -> String {
    format!(r"{pattern}|^\s*{OFF}\s*$")
}

fn time() -> Value {
    or_reference(json!({ "type": "string", "pattern": duration_pattern() }))
}

/// `[run]`
pub(super) fn run() -> Value {
    let threads = or_reference(json!({ "type": "integer", "minimum": 0, "maximum": MAX_THREADS }));
    let count = || or_reference(json!({ "type": "integer", "minimum": 1 }));
    closed(json!({
        "threads": described("Worker threads; 0 is one per core.", threads),
        "errors": described("How many documents may fail: a count, or a percentage of those read.",
            measure(&budget_pattern(), 0)),
        "on_error": on_error("a stage"),
        "window": described("Bytes of input in flight, such as \"16MiB\".", measure(&size_pattern(), 1)),
        "record_limit": described("The longest record that is read, such as \"64MiB\".", measure(&size_pattern(), 1)),
        "checkpoint": described("How often what a run needs to be continued is made durable, such as \"30s\", or \"off\".",
            or_reference(json!({ "type": "string", "pattern": or_off(&duration_pattern()) }))),
        "expansion_limit": described("How many bytes may come out of each compressed byte of an input.", count()),
        "token_limit": described("The most tokens of a document; also the most words, and the most sentences.", count()),
        "span_limit": described("The most spans of a document.", count()),
        "timeout": described("How long a stage may take for a document, such as \"5s\"; by default as long as it takes.",
            time()),
        "memory": described("How much memory the run may take, such as \"2GB\"; by default what it takes.",
            measure(&size_pattern(), 1)),
        "plugin_dirs": described("Folders in which plugins are looked for by name, seen from this file.", texts()),
    }))
}

/// The runner's keys of a `[[source]]`.
pub(super) fn source() -> Map<String, Value> {
    object(json!({
        "use": described("The format; left out, the path says which.", text()),
        "paths": described("Files and patterns such as `in/*.jsonl.zst`, seen from this file; `-` is standard input.",
            texts()),
    }))
}

/// The runner's keys of a `[[stage]]`.
pub(super) fn stage() -> Map<String, Value> {
    let name = json!({ "type": "string", "minLength": 1, "not": { "pattern": "^[0-9]+$" } });
    let run = closed(json!({
        "on_error": on_error("this stage"),
        "isolate": described("Whether a stage of a plugin runs in a worker process.", words(&ISOLATE)),
        "timeout": described("How long this stage may take for a document, such as \"5s\".", time()),
        "memory": described("How much memory a worker process may use, such as \"1GiB\".", measure(&size_pattern(), 1)),
    }));
    object(json!({
        "use": described("The stage: `family.name`.",
            json!({ "type": "string", "minLength": 1, "pattern": r"^([a-z][a-z0-9_-]*\..+|.*\$\{vars\..*|[^.]*)$" })),
        "name": described("Its name in this pipeline; by default its `use`.", name),
        "when": described("Which documents it sees; by default all.", json!({ "allOf": [{ "$ref": "#/definitions/condition" }] })),
        "run": described("How it is run.", run),
    }))
}

/// The runner's keys of an `[[export]]`.
pub(super) fn export() -> Map<String, Value> {
    object(json!({
        "use": described("The format; left out, the path says which.", text()),
        "path": described("The file to write, seen from this file; `-` is standard output.", text()),
        "where": described("Which documents it gets; by default all.", json!({ "allOf": [{ "$ref": "#/definitions/condition" }] })),
        "after": described("The stage after which it takes documents; by default the last.", text()),
    }))
}

/// `[rejects]`
pub(super) fn rejects() -> Value {
    closed(json!({ "path": described("The file for documents that no export gets, seen from this file.", text()) }))
}

/// `[vars]`
fn vars() -> Value {
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let environment = json!({
        "properties": {
            "env": described("The environment variable to read.", text()),
            "default": described("Its value where it is not set; it also says which type it has.", scalar.clone()),
            "secret": described(
                "Whether nobody is to see it: `***` stands for it in whatever is said or written about a run.",
                json!({ "type": "boolean" }),
            ),
        },
        "required": ["env"],
        "additionalProperties": no_others(),
    });
    let value = json!({ "type": ["string", "number", "boolean", "array", "object"], "items": scalar });
    json!({
        "type": "object",
        "propertyNames": { "pattern": "^[A-Za-z0-9_-]+$" },
        "additionalProperties": { "if": { "type": "object" }, "then": environment, "else": value },
    })
}

/// `[plugins]`
pub(super) fn plugins() -> Value {
    let mut plugin = closed(json!({
        "name": described("The library's name, searched in the plugin directories.",
            json!({ "type": "string", "minLength": 1, "pattern": r"^[^/\\]*$" })),
        "path": described("The library's path, seen from this file.", text()),
    }));
    plugin["minProperties"] = 1.into();
    plugin["maxProperties"] = 1.into();
    json!({
        "type": "object",
        "propertyNames": { "pattern": "^[a-z][a-z0-9_-]*$" },
        "additionalProperties": plugin,
    })
}

/// `[profile]`: what lies over the rest. A table of it may be any part of the table that it changes.
pub(super) fn profile() -> Value {
    let table = || json!({ "type": "object" });
    let numbered =
        || json!({ "type": "object", "propertyNames": { "pattern": "^[0-9]+$" }, "additionalProperties": table() });
    let profile = closed(json!({
        "name": text(),
        "vars": table(),
        "run": { "$ref": "#/definitions/run" },
        "plugins": table(),
        "source": described("Sources to change, by number from 0.", numbered()),
        "stage": described("Stages to change, by name.", table()),
        "export": described("Exports to change, by number from 0.", numbered()),
        "rejects": rejects(),
        "expect": checks::expect(),
    }));
    json!({ "type": "object", "additionalProperties": profile })
}

/// The root table.
pub(super) fn root() -> Value {
    let list =
        |name: &str| json!({ "type": "array", "minItems": 1, "items": { "$ref": format!("#/definitions/{name}") } });
    let stages = json!({ "type": "array", "items": { "$ref": "#/definitions/stage" } });
    let mut root = closed(json!({
        "warraq": described("The version of the grammar.", json!({ "type": "integer", "const": GRAMMAR })),
        "include": described("Files of the same grammar that are laid under this one, seen from it.", texts()),
        "name": described("The pipeline's name; by default the file's.", text()),
        "vars": described("Values to refer to elsewhere, as `${vars.NAME}`.", vars()),
        "run": described("How the pipeline is run.", json!({ "allOf": [{ "$ref": "#/definitions/run" }] })),
        "plugins": described("Libraries with stages; each key is the family that they have here.", plugins()),
        "source": described("What is read, in this order.", list("source")),
        "stage": described("What is done, in this order.", stages),
        "export": described("What is written.", list("export")),
        "rejects": described("Where documents go that no export gets.", rejects()),
        "profile": described("Keys that hold instead of others with `--profile NAME`.", profile()),
        "test": described("What must come out for a given input.", checks::test()),
        "expect": described("What must be true of a finished run.", checks::expect()),
    }));
    root["required"] = json!(["warraq"]);
    // What is included may bring them.
    root["if"] = json!({ "required": ["include"] });
    root["else"] = json!({ "required": ["source", "export"] });
    root
}
