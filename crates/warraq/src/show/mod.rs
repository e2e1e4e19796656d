//! `warraq list` and `warraq describe`: the registry, for people.

use crate::cli::{DescribeArgs, ListArgs, What};
use serde_json::Value;
use std::fmt::Write;
use std::io::IsTerminal;
use warraq_core::{Example, FormatDef, Layers, Order, Registry, StageDef, StageInfo};
use warraq_engine::Exit;
use warraq_engine::config::suggest;
use warraq_engine::diagnostic::quoted;

pub(crate) fn list(registry: &Registry, args: &ListArgs) -> Exit {
    let mut text = String::new();
    if args.what != Some(What::Formats) {
        text += "Stages\n";
        for stage in registry.stages() {
            let _ = writeln!(text, "  {:<20} {}", stage.info.name, stage.info.summary);
        }
    }
    if args.what != Some(What::Stages) {
        text += "Formats\n";
        for format in registry.formats() {
            let ways = match (&format.source, &format.export) {
                (Some(_), Some(_)) => "source, export",
                (Some(_), None) => "source",
                _ => "export",
            };
            let _ = writeln!(text, "  {:<20} {} ({ways})", format.name, format.summary);
        }
        let codecs: Vec<_> =
            registry.codecs().iter().map(|c| format!("{} (.{})", c.name, c.extensions.join(", ."))).collect();
        let _ = writeln!(text, "Compression, by extension or first bytes: {}", codecs.join(", "));
    }
    print(&text)
}

pub(crate) fn describe(registry: &Registry, args: &DescribeArgs) -> Exit {
    if let Some(stage) = registry.stage(&args.name) {
        return print(&stage_page(stage));
    }
    if let Some(format) = registry.format(&args.name) {
        return print(&format_page(format));
    }
    let names = registry
        .stages()
        .iter()
        .map(|s| s.info.name.as_ref())
        .chain(registry.formats().iter().map(|f| f.name.as_ref()));
    note!("error: there is no stage or format `{}`", args.name);
    match suggest::nearest(&args.name, names) {
        Some(near) => note!("help: did you mean `{near}`?"),
        None => note!("help: `warraq list` shows them all"),
    }
    Exit::Usage
}

/// Prints to standard output; a reader that has seen enough (`| head`) is no error.
pub(crate) fn print(text: &str) -> Exit {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Exit::Io,
        _ => Exit::Done,
    }
}

/// Whether what goes to a stream may be coloured: on a terminal, unless `NO_COLOR` says otherwise.
pub(crate) fn may_color(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

fn stage_page(stage: &StageDef) -> String {
    stage_info_page(&stage.info, "")
}

/// The manual page of a stage; `kind` is empty for a built-in one.
pub(crate) fn stage_info_page(info: &StageInfo, kind: &str) -> String {
    let mut text = format!("{}: {}\n\n{}\n\n", info.name, info.summary, info.manual.trim());
    if !kind.is_empty() {
        let _ = write!(text, "Kind: {kind}. ");
    }
    let names = |layers: Layers| layers.iter().map(|l| l.name()).collect::<Vec<_>>().join(", ");
    let order = match info.order {
        Order::Parallel => "parallel",
        Order::InOrder => "in input order",
    };
    let _ = writeln!(text, "Reads {}; writes {}; runs {order}.", names(info.reads), names(info.writes));
    options(&info.schema, "Options", &mut text);
    text += "\nExamples\n";
    for example in &info.examples {
        example_page(&info.name, example, &mut text);
    }
    text
}

fn format_page(format: &FormatDef) -> String {
    let mut text = format!("{}: {}\n\n{}\n", format.name, format.summary, format.manual.trim());
    if !format.extensions.is_empty() {
        let _ = writeln!(text, "\nFile names: .{}", format.extensions.join(", ."));
    }
    if let Some(source) = &format.source {
        options(&source.schema, "Options as a source", &mut text);
    }
    if let Some(export) = &format.export {
        if export.own_sink {
            text += "\nAn export of it writes to a sink of its own, and takes no `path`.\n";
        }
        options(&export.schema, "Options as an export", &mut text);
    }
    text
}

/// The options of a schema: name, type, default and description.
fn options(schema: &Value, title: &str, text: &mut String) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|p| !p.is_empty()) else { return };
    let _ = writeln!(text, "\n{title}");
    for (name, property) in properties {
        let _ = write!(text, "  {name}: {}", type_of(property, schema));
        if let Some(default) = property.get("default").filter(|d| !d.is_null()) {
            let _ = write!(text, " = {default}");
        }
        text.push('\n');
        let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
        for line in description.lines() {
            let _ = writeln!(text, "      {line}");
        }
        for (value, about) in variants(property, schema) {
            let _ = writeln!(text, "      - {value}: {}", about.lines().collect::<Vec<_>>().join(" "));
        }
    }
}

/// The definition that a `$ref`, or the part of an optional value that is not null, leads to.
fn target<'a>(property: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = property.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/")) {
        return schema.get("$defs").and_then(|d| d.get(name)).unwrap_or(property);
    }
    let any = property.get("anyOf").or_else(|| property.get("allOf")).and_then(Value::as_array);
    match any.and_then(|any| any.iter().find(|p| p.get("type").is_none_or(|t| t != "null"))) {
        Some(part) => target(part, schema),
        None => property,
    }
}

/// The values of an enumeration that have a description of their own.
fn variants<'a>(property: &'a Value, schema: &'a Value) -> Vec<(&'a str, &'a str)> {
    let one_of = target(property, schema).get("oneOf").and_then(Value::as_array);
    let each = one_of.into_iter().flatten();
    each.filter_map(|v| Some((v.get("const")?.as_str()?, v.get("description")?.as_str()?))).collect()
}

fn type_of(property: &Value, schema: &Value) -> String {
    let property = target(property, schema);
    let list = |values: &Vec<Value>| values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    if let Some(values) = property.get("enum").and_then(Value::as_array) {
        return list(values);
    }
    if let Some(one_of) = property.get("oneOf").and_then(Value::as_array) {
        let part = |v: &Value| match (v.get("const"), v.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => value.to_string(),
            (_, Some(values)) => list(values),
            _ => type_of(v, schema),
        };
        return one_of.iter().map(part).collect::<Vec<_>>().join(" | ");
    }
    match property.get("type") {
        Some(Value::String(name)) if name == "array" => match property.get("items") {
            Some(items) => format!("array of {}", type_of(items, schema)),
            None => "array".into(),
        },
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str).filter(|&n| n != "null");
            names.collect::<Vec<_>>().join(" or ")
        }
        _ => "value".into(),
    }
}

fn example_page(name: &str, example: &Example, text: &mut String) {
    let _ = writeln!(text, "\n  {}", example.title);
    for (path, contents) in &example.files {
        let _ = writeln!(text, "    file {path}:");
        for line in contents.lines() {
            let _ = writeln!(text, "      {line}");
        }
    }
    for before in &example.after {
        let _ = writeln!(text, "    [[stage]]\n    use = \"{before}\"");
    }
    let _ = writeln!(text, "    [[stage]]\n    use = \"{name}\"");
    for line in example.options.lines() {
        let _ = writeln!(text, "    {line}");
    }
    if let Some(lang) = &example.lang {
        let _ = writeln!(text, "    lang      {lang}");
    }
    for (name, json) in &example.fields {
        let _ = writeln!(text, "    field     {name} = {json}");
    }
    let _ = writeln!(text, "    in        {}", quoted(&example.input));
    let expect = &example.expect;
    if let Some(found) = &expect.text {
        let _ = writeln!(text, "    text      {}", quoted(found));
    }
    for (what, found) in [("tokens", &expect.tokens), ("kinds", &expect.kinds), ("sentences", &expect.sentences)] {
        if let Some(found) = found {
            let _ = writeln!(
                text,
                "    {what:<9} {}",
                found.iter().map(|t| format!("[{t}]")).collect::<Vec<_>>().join(" ")
            );
        }
    }
    for (what, found) in [("spans", &expect.spans), ("removed", &expect.removed)] {
        if let Some(found) = found {
            let found = found.iter().map(|(label, t)| format!("{label} [{t}]"));
            let _ = writeln!(text, "    {what:<9} {}", found.collect::<Vec<_>>().join(" "));
        }
    }
    for (name, values) in expect.columns.iter().chain(&expect.span_columns).flatten() {
        let values = values.iter().map(|value| format!("[{}]", value.as_deref().unwrap_or("-")));
        let _ = writeln!(text, "    {name:<9} {}", values.collect::<Vec<_>>().join(" "));
    }
    for (name, json) in expect.meta.iter().flatten() {
        let _ = writeln!(text, "    meta      {name} = {json}");
    }
    if let Some(scores) = &expect.scores {
        let scores = scores.iter().map(|(name, value)| format!("{name} = {value}"));
        let _ = writeln!(text, "    scores    {}", scores.collect::<Vec<_>>().join(", "));
    }
    if let Some(reason) = &expect.dropped {
        let _ = writeln!(text, "    dropped   {reason}");
    }
}
