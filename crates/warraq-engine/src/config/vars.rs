//! `[vars]`: values that a pipeline file names once and refers to elsewhere.
//!
//! What stands here is a value, not an expression: variables do not refer to each other, so there is no order to think of
//! and no circle to find. What the environment says is looked up here and nowhere else.

use super::fields::{Fields, unknown_key};
use super::node::{Kind, Node, type_error};
use super::provenance::Origin;
use super::suggest;
use crate::diagnostic::{
    Diagnostic, Diagnostics, ENVIRONMENT, MALFORMED, MISSING_KEY, REFERENCE, SECRET, Span, UNKNOWN_VARIABLE,
};
use crate::secret::{HIDDEN, LEAST};
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;

/// Asks for an environment variable.
pub type Env<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

pub(crate) const ENV_KEYS: &[&str] = &["env", "default", "secret"];
const EXPECTED: &str = "a string, number or boolean, an array of these, or `{ env = … }`";

/// What became of a variable's definition.
enum Value {
    Known(Kind),
    /// Reported only if somebody refers to it: a variable that only a profile uses may be unset without it.
    Unusable(Box<Diagnostic>),
    /// Its definition is wrong, and has been reported.
    Wrong,
}

/// A variable.
struct Var {
    key: Span,
    value: Value,
    /// Where its value is from, and how to say so beside an error in something made from it.
    origin: Origin,
    used: bool,
}

/// The variables of a file, by name.
#[derive(Default)]
pub(super) struct Vars {
    all: HashMap<String, Var>,
    /// In file order, for suggestions.
    names: Vec<String>,
}

impl Vars {
    /// Reads `[vars]` of the root table. Those named in `secret` are secrets, whatever their definition has come to be.
    pub(super) fn read(root: &Node, secret: &HashSet<String>, env: &Env<'_>, out: &mut Diagnostics) -> Self {
        let mut vars = Self::default();
        let node = root.as_table().and_then(|table| table.get("vars"));
        let Some(fields) = node.and_then(|node| Fields::of(node, "`[vars]`", out)) else {
            return vars;
        };
        for (key, node) in fields.table {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if key.name.is_empty() || !key.name.chars().all(is_part) {
                let message = format!("a variable cannot be named `{}`", super::node::shorten(&key.name));
                let help = "a name takes letters (a to z), digits, hyphens and underscores";
                out.push(Diagnostic::error(MALFORMED, message).label(key.span, "the name").help(help));
                continue;
            }
            let what = fields.label(&key.name);
            let is_secret = is_secret(node) || secret.contains(&key.name);
            let (value, mut origin) = match &node.kind {
                Kind::Table(_) => from_env(&key.name, node, is_secret, env, out),
                _ => {
                    let origin = Origin { span: node.span, variable: key.name.clone(), env: None, secret: false };
                    (literal(node, &what, EXPECTED, out), origin)
                }
            };
            origin.secret = is_secret;
            let value = if origin.secret { hideable(&key.name, value, &origin) } else { value };
            vars.names.push(key.name.clone());
            vars.all.insert(key.name.clone(), Var { key: key.span, value, origin, used: false });
        }
        vars
    }

    /// The value of a variable and where it is from; `at` is the reference. Why there is none has been reported.
    pub(super) fn get(&mut self, name: &str, at: Span, out: &mut Diagnostics) -> Option<(&Kind, &Origin)> {
        let Some(var) = self.all.get_mut(name) else {
            let message = format!("there is no variable `{}`", super::node::shorten(name));
            let error = Diagnostic::error(UNKNOWN_VARIABLE, message).at(at);
            let known = self.names.iter().map(String::as_str);
            let help = suggest::help(name, known, "variables");
            let help = help.or_else(|| Some(format!("define it: `[vars]` with `{name} = …`")));
            out.push(error.help_if(help));
            return None;
        };
        var.used = true;
        if let Value::Unusable(error) = &var.value {
            // Once is enough, however often it is used.
            out.push((**error).clone().also(at, "used here"));
            var.value = Value::Wrong;
        }
        match &var.value {
            Value::Known(kind) => Some((kind, &var.origin)),
            _ => None,
        }
    }

    /// The variables that nothing has referred to, and those that something has.
    pub(super) fn usage(&self) -> impl Iterator<Item = (&str, Span, bool)> {
        self.names.iter().filter_map(|name| self.all.get(name).map(|var| (name.as_str(), var.key, var.used)))
    }
}

/// The names of the variables that the root table declares secret.
pub(super) fn secrets(root: &Node) -> HashSet<String> {
    let vars = root.as_table().and_then(|table| table.get("vars")).and_then(Node::as_table);
    let secret = vars.into_iter().flat_map(|table| table.iter()).filter(|(_, node)| is_secret(node));
    secret.map(|(key, _)| key.name.clone()).collect()
}

/// Whether a definition says `secret = true`.
fn is_secret(node: &Node) -> bool {
    node.as_table().and_then(|table| table.get("secret")).is_some_and(|node| node.kind == Kind::Bool(true))
}

/// The value of a secret, if it is one that can be hidden.
fn hideable(name: &str, value: Value, origin: &Origin) -> Value {
    let why = match &value {
        Value::Known(Kind::Str(text)) if text.len() >= LEAST => return value,
        Value::Known(Kind::Str(_)) => format!("the secret `{name}` has fewer than {LEAST} bytes"),
        Value::Known(_) => format!("the secret `{name}` is no string"),
        Value::Unusable(_) | Value::Wrong => return value,
    };
    let error = Diagnostic::error(SECRET, why).label(origin.span, origin.label());
    Value::Unusable(Box::new(error.help("wherever it appears, `***` is shown: a shorter value would hide other texts")))
}

/// A value that is written out.
fn literal(node: &Node, what: &str, expected: &str, out: &mut Diagnostics) -> Value {
    match &node.kind {
        Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => Value::Known(node.kind.clone()),
        Kind::Str(text) => match unescaped(text) {
            Some(text) => Value::Known(Kind::Str(text)),
            None => {
                let error = Diagnostic::error(REFERENCE, "a variable cannot refer to others").label(node.span, what);
                out.push(error.help("write the value out; for a literal `${` write `$${`"));
                Value::Wrong
            }
        },
        Kind::Array(items) => {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                if matches!(item.kind, Kind::Array(_)) {
                    out.push(type_error(item, "a string, number or boolean", what));
                    return Value::Wrong;
                }
                match literal(item, what, "a string, number or boolean", out) {
                    Value::Known(kind) => values.push(Node::new(kind, item.span)),
                    _ => return Value::Wrong,
                }
            }
            Value::Known(Kind::Array(values))
        }
        Kind::Datetime(_) | Kind::Table(_) => {
            out.push(type_error(node, expected, what));
            Value::Wrong
        }
    }
}

/// The text with `$${` as `${`; `None` if there is an `${` that is not escaped.
fn unescaped(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split("$${").collect();
    (!parts.iter().any(|part| part.contains("${"))).then(|| parts.join("${"))
}

/// `{ env = "NAME", default = … }`
fn from_env(name: &str, node: &Node, is_secret: bool, env: &Env<'_>, out: &mut Diagnostics) -> (Value, Origin) {
    let here = Origin { span: node.span, variable: name.to_owned(), env: None, secret: false };
    let owner = format!("variable `{name}`");
    let Some(fields) = Fields::of(node, &owner, out) else {
        return (Value::Wrong, here);
    };
    let unknown: Vec<_> =
        fields.table.iter().map(|(key, _)| key).filter(|key| !ENV_KEYS.contains(&key.name.as_str())).collect();
    for key in &unknown {
        out.push(unknown_key(&key.name, key.span, &owner, ENV_KEYS));
    }
    if let Some(node) = fields.get("secret")
        && !matches!(node.kind, Kind::Bool(_))
    {
        out.push(type_error(node, "`true` or `false`", &fields.label("secret")));
        return (Value::Wrong, here);
    }
    let default = fields.get("default");
    let what = fields.label("default");
    let fallback = default.map(|node| match &node.kind {
        Kind::Array(_) => {
            // The environment could not replace it by something of its type.
            out.push(type_error(node, "a string, number or boolean", &what));
            Value::Wrong
        }
        _ => literal(node, &what, "a string, number or boolean", out),
    });
    if fields.get("env").is_none() {
        let error = Diagnostic::error(MISSING_KEY, format!("missing key `env` in {owner}")).at(node.span);
        out.push(error.help("a variable is a value, or `{ env = \"NAME\", default = … }`"));
        return (Value::Wrong, here);
    }
    // A default that is misspelt would seem to be missing.
    let Some(asked) = fields.string("env", out).filter(|_| unknown.is_empty()) else {
        return (Value::Wrong, here);
    };
    let variable = super::node::shorten(&asked);
    let origin = Origin { span: asked.span, variable: name.to_owned(), env: Some(variable.clone()), secret: false };
    let unusable = |message: String| {
        let error = Diagnostic::error(ENVIRONMENT, message).label(asked.span, fields.label("env"));
        Value::Unusable(Box::new(error))
    };
    let Some(found) = env(&asked) else {
        return match (fallback, default) {
            (Some(value), Some(default)) => (value, Origin { span: default.span, ..here }),
            _ => {
                let value = unusable(format!("the environment variable `{variable}` is not set"));
                let help = format!("set it, give {owner} a `default`, or pass `--set vars.{name}=…`");
                (with_help(value, help), origin)
            }
        };
    };
    let value = match (found.into_string(), fallback) {
        (_, Some(Value::Wrong)) => Value::Wrong,
        (Err(_), _) => unusable(format!("the environment variable `{variable}` is not UTF-8")),
        (Ok(text), Some(Value::Known(default))) => match parse(&text, &default) {
            Ok(kind) => Value::Known(kind),
            Err(expected) => {
                let shown = if is_secret { HIDDEN.to_owned() } else { super::node::shorten(&text) };
                let value = unusable(format!(
                    "cannot understand \"{shown}\" of the environment variable `{variable}`, expected {expected}"
                ));
                with_help(value, "its `default` says which type it has".to_owned())
            }
        },
        (Ok(text), _) => Value::Known(Kind::Str(text)),
    };
    (value, origin)
}

fn with_help(value: Value, help: String) -> Value {
    match value {
        Value::Unusable(error) => Value::Unusable(Box::new(error.help(help))),
        other => other,
    }
}

/// The text of an environment variable as a value of the same type as its default.
fn parse(text: &str, default: &Kind) -> Result<Kind, &'static str> {
    match default {
        Kind::Bool(_) => text.parse().map(Kind::Bool).map_err(|_| "`true` or `false`"),
        Kind::Int(_) => text.parse().map(Kind::Int).map_err(|_| "an integer"),
        Kind::Float(_) => text.parse().map(Kind::Float).map_err(|_| "a number"),
        _ => Ok(Kind::Str(text.to_owned())),
    }
}
