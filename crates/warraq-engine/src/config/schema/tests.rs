//! Options against `schemars.json`: a schema as `schemars` 1.2 prints it for plain structs, enums of every form, options,
//! maps, tuples and a recursive type.

use super::*;
use crate::config::read::read;
use crate::diagnostic::Files;
use crate::diagnostic::testing::assert_rendered;

/// Options in which everything is right.
const GOOD: &str = r#"
path = "x"
ratio = 1
n = 1
small = 255
signed = -1
list = [{ pattern = "a" }]
map = { a = 0.5, b = 1 }
pair = [1, 2]
one = ["a"]
tag = { kind = "range", lo = 1, hi = 2 }
ext = "none"
frac = 0.5
s = "ب"
ch = "ب"
nz = 1
re = { inner = { inner = {} } }
"#;

pub(in crate::config) fn schema() -> Value {
    serde_json::from_str(include_str!("schemars.json")).unwrap()
}

fn check_text(text: &str) -> (Files, Diagnostics) {
    let mut files = Files::new();
    let file = files.add("options.toml", text);
    let mut out = Diagnostics::new();
    let root = read(&files, file, &mut out);
    // Under a header, as in a pipeline file, or as a whole.
    let node = root.as_table().and_then(|table| table.get("stage")).unwrap_or(&root);
    let runner = ["use", "name", "when", "run"];
    check_beside(node, &schema(), "stage `clean.arabic`", &runner, &mut out);
    (files, out)
}

/// The good options with some keys set to something else.
fn with(changes: &str) -> String {
    let changed: Vec<&str> = changes.lines().filter_map(|line| line.split(' ').next()).collect();
    let kept = GOOD.lines().filter(|line| !changed.iter().any(|key| line.starts_with(&format!("{key} "))));
    let kept: Vec<&str> = kept.collect();
    format!("{}\n{changes}\n", kept.join("\n").trim())
}

#[test]
fn good_options_pass() {
    for changes in [
        "",
        "tashkeel = 'strip'\nplain = 'b'\nopt = 'x'\noptn = 7\nopt_enum = 'keep'",
        "one = 'a'",
        "one = { pattern = 'x', replacement = 'y' }",
        "tag = { kind = 'char' }",
        "ext = 'all'",
        "ext = { top = 3 }",
        "ext = { range = { lo = 3 } }",
        "list = []\nmap = {}",
    ] {
        let (files, out) = check_text(&with(changes));
        let rendered = crate::diagnostic::render(&out, &files, false);
        assert!(out.is_empty(), "{changes}\n{rendered}");
    }
}

/// Every wrong value gives exactly one error, whatever its schema is made of.
#[test]
fn one_wrong_value_is_one_error() {
    for (change, message) in [
        ("path = 5", "invalid type: integer `5`, expected a string"),
        ("path = 2024-01-01", "invalid type: date `2024-01-01`, expected a string"),
        ("ratio = 'x'", "invalid type: string \"x\", expected a number"),
        ("ratio = nan", "out of range: float `NaN`, expected a finite number"),
        ("n = 1.5", "invalid type: float `1.5`, expected an integer"),
        ("n = -1", "out of range: integer `-1`, expected 0 to 4294967295"),
        ("n = 4294967296", "out of range: integer `4294967296`, expected 0 to 4294967295"),
        ("small = 256", "out of range: integer `256`, expected 0 to 255"),
        ("frac = 1.5", "out of range: float `1.5`, expected 0 to 1"),
        ("nz = 0", "out of range: integer `0`, expected 1 to 4294967295"),
        ("s = ''", "out of range: 0 characters, expected at least 1"),
        ("ch = 'بب'", "out of range: 2 characters, expected at most 1"),
        ("pair = [1]", "out of range: 1 element, expected at least 2"),
        ("pair = [1, 'x']", "invalid type: string \"x\", expected an integer"),
        ("opt = 5", "invalid type: integer `5`, expected a string"),
        ("opt_enum = 'stripp'", "unknown value \"stripp\""),
        ("opt_enum = 5", "invalid type: integer `5`, expected one of `keep`, `strip`"),
        ("plain = 'c'", "unknown value \"c\""),
        ("plain = true", "invalid type: boolean `true`, expected one of `a`, `b`"),
        ("list = {}", "invalid type: table, expected an array"),
        ("list = [5]", "invalid type: integer `5`, expected a table"),
        ("list = [{}]", "missing key `pattern` in `list[0]` of stage `clean.arabic`"),
        ("list = [{ pattern = 'x', flags = 1 }]", "unknown key `flags` in `list[0]` of stage `clean.arabic`"),
        ("map = { a = 'x' }", "invalid type: string \"x\", expected a number"),
        ("one = 5", "invalid type: integer `5`, expected a string, an array of strings or a table"),
        ("one = [5]", "invalid type: integer `5`, expected a string"),
        ("one = { patern = 'x' }", "unknown key `patern` in `one` of stage `clean.arabic`"),
        ("tag = {}", "missing key `kind` in `tag` of stage `clean.arabic`"),
        ("tag = { kind = 'rnge' }", "unknown value \"rnge\""),
        ("tag = { kind = 5 }", "invalid type: integer `5`, expected one of `char`, `range`"),
        ("tag = { kind = 'char', lo = 1 }", "unknown key `lo` in `tag` of stage `clean.arabic`"),
        ("tag = { kind = 'range', lo = 1 }", "missing key `hi` in `tag` of stage `clean.arabic`"),
        ("tag = 'char'", "invalid type: string \"char\", expected a table"),
        ("ext = 'al'", "unknown value \"al\""),
        ("ext = 5", "invalid type: integer `5`, expected one of `all`, `none` or a table"),
        ("ext = { tp = 5 }", "unknown key `tp` in `ext` of stage `clean.arabic`"),
        ("ext = { top = 'x' }", "invalid type: string \"x\", expected an integer"),
        ("ext = { range = {} }", "missing key `lo` in `ext.range` of stage `clean.arabic`"),
        ("re = { inner = { inner = 5 } }", "invalid type: integer `5`, expected a table"),
        ("tashkel = 'strip'", "unknown key `tashkel` in stage `clean.arabic`"),
    ] {
        let (_, out) = check_text(&with(change));
        let messages: Vec<_> = out.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(messages, [message], "{change}");
    }
}

#[test]
fn all_problems_of_the_options_are_reported_at_once() {
    let (files, out) = check_text(
        r#"[stage]
tashkel = "strip"
nmae = "x"
colour = "red"
plain = "C"
opt_enum = "nothing"
path = 5
small = 300
list = [{ pattern = "a" }, { pattern = 5, replace = "b" }]
tag = { kind = "ranges" }
ext = { middle = 1 }
map = { "a.b" = "x" }
ratio = 1
signed = 1
pair = [1, 2]
one = ""
frac = 0
s = "x"
ch = "x"
re = {}
"#,
    );
    assert_rendered("options", &out, &files);
}

#[test]
fn a_schema_without_options_says_so() {
    let mut files = Files::new();
    let file = files.add("options.toml", "colour = 1");
    let mut out = Diagnostics::new();
    let node = read(&files, file, &mut out);
    let schema = serde_json::json!({ "type": "object", "additionalProperties": false });
    check(&node, &schema, "stage `clean.nothing`", &mut out);
    assert_rendered("no_options", &out, &files);
}

/// Schemas come from plugins too: one that leads in circles, or is none, must not hang or refuse everything.
#[test]
fn odd_schemas_accept() {
    for schema in [
        serde_json::json!(true),
        serde_json::json!(5),
        serde_json::json!({ "$ref": "#" }),
        serde_json::json!({ "$ref": "#/$defs/none" }),
        serde_json::json!({ "anyOf": [{ "$ref": "#" }, { "$ref": "#" }] }),
        serde_json::json!({ "allOf": [{ "$ref": "#" }] }),
        serde_json::json!({ "properties": { "a": { "$ref": "#" } }, "enum": 5, "required": "x" }),
    ] {
        let mut files = Files::new();
        let file = files.add("options.toml", "a = { a = 1 }");
        let mut out = Diagnostics::new();
        let node = read(&files, file, &mut out);
        check(&node, &schema, "stage `x.y`", &mut out);
        if schema.get("properties").is_none() {
            assert!(out.is_empty(), "{schema}: {out:?}");
        }
    }
}
