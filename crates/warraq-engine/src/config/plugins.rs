//! `[plugins.ALIAS]`, and what a stage says about where its plugin runs and for how long.

use super::fields::{Fields, malformed, missing_key};
use super::node::{Node, type_error};
use super::spec::{Isolation, PluginPlace, PluginSpec, Spanned};
use super::units::{DURATION_FORM, duration};
use crate::diagnostic::{Diagnostic, Diagnostics, ISOLATION, MALFORMED, OUT_OF_RANGE};
use std::time::Duration;

/// The keys of a plugin.
pub(crate) const PLUGIN_KEYS: &[&str] = &["name", "path"];

/// The values of `isolate`, and whether they ask for a worker process.
pub(crate) const ISOLATE: [(&str, bool); 2] = [("process", true), ("none", false)];

/// Reads `[plugins]`: a table of tables, each under the alias that is the family of its stages. The aliases of those that
/// cannot be used come second.
pub(super) fn plugins(root: &Fields<'_>, out: &mut Diagnostics) -> (Vec<PluginSpec>, Vec<String>) {
    let mut refused = Vec::new();
    let Some(fields) = root.get("plugins").and_then(|node| Fields::of(node, "`[plugins]`", out)) else {
        return (Vec::new(), refused);
    };
    let all = fields.table.iter().filter_map(|(key, node)| {
        let alias = Spanned::new(key.name.clone(), key.span);
        let found = plugin(alias, node, out);
        if found.is_none() {
            refused.push(key.name.clone());
        }
        found
    });
    let all = all.collect();
    (all, refused)
}

fn plugin(alias: Spanned<String>, node: &Node, out: &mut Diagnostics) -> Option<PluginSpec> {
    let owner = format!("`[plugins.{alias}]`");
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !alias.starts_with(|c: char| c.is_ascii_lowercase()) || !alias.chars().all(is_part) {
        let message = format!("`{}` cannot be the family of stages", super::node::shorten(&alias));
        let help = "an alias takes lower-case letters, digits, hyphens and underscores, a letter first";
        out.push(Diagnostic::error(MALFORMED, message).label(alias.span, "the alias").help(help));
        return None;
    }
    let fields = Fields::of(node, &owner, out)?;
    fields.check_keys(PLUGIN_KEYS, out);
    let (name, path) = (fields.string("name", out), fields.string("path", out));
    let place = match (name, path) {
        (Some(name), None) if name.contains(['/', '\\']) => {
            let message = format!("`{name}` is a path, not the name of a plugin");
            let error = Diagnostic::error(MALFORMED, message).label(name.span, fields.label("name"));
            out.push(error.help("a library at a known place is given by `path`, relative to this file"));
            return None;
        }
        (Some(name), None) => PluginPlace::Name(name),
        (None, Some(path)) => PluginPlace::Path(path),
        (Some(name), Some(path)) => {
            let message = format!("{owner} has both `name` and `path`");
            let error = Diagnostic::error(MALFORMED, message).label(path.span, "remove one of them");
            out.push(error.also(name.span, "a name is searched in the plugin directories"));
            return None;
        }
        (None, None) => {
            if fields.get("name").is_none() && fields.get("path").is_none() {
                let help = "`name` is searched in the plugin directories; `path` leads from this file to a library";
                out.push(missing_key("name", &owner, fields.span).help(help));
            }
            return None;
        }
    };
    Some(PluginSpec { span: node.span, alias, place })
}

/// What a worker process needs before it can do anything: its program, stacks and the library, in bytes of address space.
const LEAST_MEMORY: u64 = 32 << 20;

/// Reads `isolate` and `memory` of a stage's `run`.
pub(super) fn isolation(run: &Fields<'_>, out: &mut Diagnostics) -> Option<Isolation> {
    let isolate = run.choice("isolate", &ISOLATE, out);
    let memory = run.byte_size("memory", out).filter(|memory| {
        let is_enough = memory.value >= LEAST_MEMORY;
        if !is_enough {
            let message = "a worker process needs at least 32 MiB to start";
            out.push(Diagnostic::error(OUT_OF_RANGE, message).label(memory.span, run.label("memory")));
        }
        is_enough
    });
    match (isolate, memory) {
        (Some(Spanned { value: true, span }), memory) => Some(Isolation { span, memory }),
        (_, Some(memory)) => {
            let error = Diagnostic::error(ISOLATION, "`memory` is kept only by a worker process");
            let error = error.label(memory.span, run.label("memory"));
            out.push(
                error
                    .help("add `isolate = \"process\"`, for a stage of a plugin")
                    .help("`memory` of `[run]` bounds the whole run"),
            );
            None
        }
        (_, None) => None,
    }
}

/// Reads a time.
pub(super) fn time(node: &Node, label: &str, out: &mut Diagnostics) -> Option<Spanned<Duration>> {
    let Some(text) = node.as_str() else {
        out.push(type_error(node, DURATION_FORM, label));
        return None;
    };
    let value = duration(text).filter(|d| !d.is_zero());
    if value.is_none() {
        out.push(malformed(node, text, DURATION_FORM, label));
    }
    value.map(|value| Spanned::new(value, node.span))
}
