//! `${vars.NAME}` in strings: found, and filled in.
//!
//! This happens in the parsed tree, where a value can no longer become syntax: no variable adds a key or closes a quote.
//! What is filled in is not searched again.

use super::build::{EXPORT_KEYS, SOURCE_KEYS, STAGE_KEYS};
use super::node::{Kind, Node, shorten};
use super::provenance::{Origin, Provenance};
use super::vars::Vars;
use crate::diagnostic::{Diagnostic, Diagnostics, Files, REFERENCE, SECRET, Span};

/// Keys of the root that are read before variables are known, or that define them.
const BEFORE: &[&str] = &["warraq", "include", "vars", "profile"];

/// What a reference begins with, or what was surely meant as one.
const OURS: [&str; 3] = ["vars.", "var.", "env."];

/// Who reads a string, and so what a `${…}` in it may be.
#[derive(Clone, Copy, PartialEq)]
enum Reader {
    /// This program: every `${` begins a reference, and `$${` stands for a literal one.
    Runner,
    /// A stage or format, which may have templates of its own (`${1}` is a group of `clean.replace`): only what begins
    /// as a reference is one.
    Owner,
}

/// Fills in all references of the tree, and notes where values are from.
pub(super) struct Filler<'a> {
    pub(super) files: &'a Files,
    pub(super) vars: &'a mut Vars,
    pub(super) provenance: &'a mut Provenance,
    pub(super) out: &'a mut Diagnostics,
}

impl Filler<'_> {
    /// Fills in the whole pipeline file.
    pub(super) fn root(&mut self, root: &mut Node) {
        let Kind::Table(table) = &mut root.kind else { return };
        for (key, node) in table.iter_mut().filter(|(key, _)| !BEFORE.contains(&key.name.as_str())) {
            let runner: &[&str] = match key.name.as_str() {
                "source" => SOURCE_KEYS,
                "stage" => STAGE_KEYS,
                "export" => EXPORT_KEYS,
                _ => {
                    self.node(node, Reader::Runner);
                    continue;
                }
            };
            match &mut node.kind {
                Kind::Array(items) => items.iter_mut().for_each(|item| self.item(item, runner)),
                _ => self.item(node, runner),
            }
        }
    }

    /// A source, stage or export: its own keys and those of whoever it names.
    fn item(&mut self, node: &mut Node, runner: &[&str]) {
        let Kind::Table(table) = &mut node.kind else {
            return self.node(node, Reader::Runner);
        };
        for (key, node) in table.iter_mut() {
            let reader = if runner.contains(&key.name.as_str()) { Reader::Runner } else { Reader::Owner };
            self.node(node, reader);
        }
    }

    fn node(&mut self, node: &mut Node, reader: Reader) {
        match &mut node.kind {
            Kind::Array(items) => items.iter_mut().for_each(|item| self.node(item, reader)),
            Kind::Table(table) => table.iter_mut().for_each(|(_, node)| self.node(node, reader)),
            Kind::Str(text) if text.contains("${") => {
                let text = std::mem::take(text);
                node.kind = self.text(text, node.span, reader);
            }
            _ => {}
        }
    }

    /// What a string with a `${` in it comes to. One that has an error stays as it is, and is noted as such.
    fn text(&mut self, text: String, span: Span, reader: Reader) -> Kind {
        let mut filled = String::with_capacity(text.len());
        let mut origins: Vec<Origin> = Vec::new();
        let mut failed = false;
        // Byte of the file up to which references have been found in the string as it is written.
        let mut seen = span.start;
        let mut rest = text.as_str();
        while let Some(at) = rest.find('$') {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some(after) = escaped(rest, reader) {
                filled.push_str("${");
                rest = after;
                continue;
            }
            let Some(inner) = reference(rest, reader) else {
                filled.push('$');
                rest = &rest[1..];
                continue;
            };
            let (inner, after) = match inner.split_once('}') {
                Some((inner, after)) => (Some(inner), after),
                None => (None, ""),
            };
            let place = self.place(&rest[..rest.len() - after.len()], span, &mut seen);
            let whole = filled.is_empty() && rest.len() == text.len() && after.is_empty();
            rest = after;
            match self.value(inner, place, reader) {
                Some((Kind::Array(items), origin)) if whole => {
                    self.provenance.note(span, vec![origin]);
                    // Whatever is wrong with an element is shown where the array is asked for.
                    let items = items.into_iter().map(|item| Node::new(item.kind, span));
                    return Kind::Array(items.collect());
                }
                Some((Kind::Array(_), origin)) => {
                    let error = Diagnostic::error(REFERENCE, "an array cannot stand inside a text").at(place);
                    let error = error.also(origin.span, origin.label());
                    self.out.push(error.help("as the whole string, `\"${vars.NAME}\"` is the array itself"));
                    failed = true;
                }
                Some((kind, origin)) if whole => {
                    self.provenance.note(span, vec![origin]);
                    return kind;
                }
                Some((kind, origin)) => {
                    filled.push_str(&format(&kind));
                    if !origins.contains(&origin) {
                        origins.push(origin);
                    }
                }
                None => failed = true,
            }
        }
        filled.push_str(rest);
        if failed {
            self.provenance.fail(span);
            return Kind::Str(text);
        }
        if !origins.is_empty() {
            self.provenance.note(span, origins);
        }
        Kind::Str(filled)
    }

    /// The value of `${inner}`; `None` has been reported.
    fn value(&mut self, inner: Option<&str>, place: Span, reader: Reader) -> Option<(Kind, Origin)> {
        let Some(inner) = inner else {
            let error = Diagnostic::error(REFERENCE, "`${` has no closing `}`").at(place);
            self.out.push(error.help("a reference is `${vars.NAME}`; for a literal `${` write `$${`"));
            return None;
        };
        match inner.strip_prefix("vars.").filter(|name| !name.is_empty()) {
            Some(name) => {
                let (kind, origin) = self.vars.get(name, place, self.out)?;
                if origin.secret && reader == Reader::Runner {
                    let message = format!("the secret `{name}` would be seen here");
                    let error = Diagnostic::error(SECRET, message).at(place).also(origin.span, origin.label());
                    self.out.push(error.help("a secret may stand in the options of stages and formats"));
                    return None;
                }
                if let (true, Kind::Str(text)) = (origin.secret, kind) {
                    self.provenance.hide(text);
                }
                Some((kind.clone(), origin.clone()))
            }
            None => {
                let message = format!("`${{{}}}` cannot be filled in: there is only `${{vars.NAME}}`", shorten(inner));
                let error = Diagnostic::error(REFERENCE, message).at(place);
                let is_name = !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                let env = inner.strip_prefix("env.").or(is_name.then_some(inner));
                let help = env
                    .map(|name| format!("for the environment variable: `[vars]` with `NAME = {{ env = \"{name}\" }}`"));
                let slip = inner.strip_prefix("var.").map(|name| format!("did you mean `${{vars.{name}}}`?"));
                self.out.push(error.help_if(slip).help_if(help).help("for a literal `${` write `$${`"));
                None
            }
        }
    }

    /// Where a reference stands in the string as it is written; the whole string, if it is written with escapes.
    fn place(&self, reference: &str, span: Span, seen: &mut usize) -> Span {
        let raw = self.files.slice(Span::new(span.file, *seen, span.end));
        match raw.find(reference) {
            Some(at) => {
                let start = *seen + at;
                *seen = start + reference.len();
                Span::new(span.file, start, *seen)
            }
            None => span,
        }
    }
}

/// Escapes what would be a reference if it were read again; `is_runner` says who reads it.
pub(super) fn escape(node: &mut Node, is_runner: bool) {
    match &mut node.kind {
        Kind::Str(text) if is_runner => *text = text.replace("${", "$${"),
        Kind::Str(text) => {
            for start in OURS {
                *text = text.replace(&format!("${{{start}"), &format!("$${{{start}"));
            }
        }
        Kind::Array(items) => items.iter_mut().for_each(|item| escape(item, is_runner)),
        Kind::Table(table) => table.iter_mut().for_each(|(_, node)| escape(node, is_runner)),
        _ => {}
    }
}

/// What follows an escaped `${`.
fn escaped(rest: &str, reader: Reader) -> Option<&str> {
    let after = rest.strip_prefix("$${")?;
    (reader == Reader::Runner || is_ours(after)).then_some(after)
}

/// What follows the `${` of a reference.
fn reference(rest: &str, reader: Reader) -> Option<&str> {
    let after = rest.strip_prefix("${")?;
    (reader == Reader::Runner || is_ours(after)).then_some(after)
}

/// Whether this begins a reference, or what was surely meant as one, and no name of a stage's own.
fn is_ours(after: &str) -> bool {
    OURS.iter().any(|start| after.starts_with(start))
}

/// A value in the middle of a text.
fn format(kind: &Kind) -> String {
    match kind {
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        // `{:?}` keeps the `.0` by which a float is known.
        Kind::Float(value) => format!("{value:?}").to_lowercase(),
        Kind::Str(text) | Kind::Datetime(text) => text.clone(),
        Kind::Array(_) | Kind::Table(_) => String::new(),
    }
}
