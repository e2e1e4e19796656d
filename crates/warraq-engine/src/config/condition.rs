//! `when` and `where`: a closed set of tests on a document, and no expression language.

use super::fields::{Fields, strings};
use super::node::{Key, Kind, Node, type_error};
use super::spec::{Condition, Scalar, ScoreRange, Spanned};
use crate::diagnostic::{Diagnostic, Diagnostics, EMPTY_CONDITION, MALFORMED, MISSING_KEY, OUT_OF_RANGE};

pub(crate) const KEYS: &[&str] = &["lang", "meta", "label", "score"];
pub(crate) const RANGE_KEYS: &[&str] = &["min", "max"];

/// Reads a condition; `what` names it, such as ``"`when` of stage `stems`"``.
pub(super) fn condition(node: &Node, what: &str, out: &mut Diagnostics) -> Option<Condition> {
    let fields = Fields::of(node, what, out)?;
    fields.check_keys(KEYS, out);
    if fields.table.is_empty() {
        let warning = Diagnostic::warning(EMPTY_CONDITION, "an empty condition always holds");
        out.push(warning.label(node.span, what));
    }
    let list = |key: &str, out: &mut Diagnostics| {
        let node = fields.get(key);
        node.map_or(Vec::new(), |node| strings(node, &fields.label(key), out))
    };
    Some(Condition {
        span: node.span,
        lang: list("lang", out),
        meta: entries(&fields, "meta", out, |node, what, out| {
            Some(scalars(node, what, out)).filter(|values| !values.is_empty())
        }),
        label: list("label", out),
        score: entries(&fields, "score", out, range),
    })
}

/// The entries of a sub-table whose keys are free; one that `read` refuses is left out.
fn entries<T>(
    fields: &Fields<'_>,
    key: &str,
    out: &mut Diagnostics,
    read: impl Fn(&Node, &str, &mut Diagnostics) -> Option<T>,
) -> Vec<(Spanned<String>, T)> {
    let Some(node) = fields.get(key) else {
        return Vec::new();
    };
    let what = fields.label(key);
    let Some(table) = node.expect_table(&what, out) else {
        return Vec::new();
    };
    if table.is_empty() {
        let error = Diagnostic::error(MALFORMED, "the table is empty");
        out.push(error.label(node.span, what.as_str()));
    }
    let mut found = Vec::with_capacity(table.len());
    for (Key { name, span }, node) in table {
        if let Some(value) = read(node, &format!("`{name}` in {what}"), out) {
            found.push((Spanned::new(name.clone(), *span), value));
        }
    }
    found
}

fn scalars(node: &Node, what: &str, out: &mut Diagnostics) -> Vec<Spanned<Scalar>> {
    const EXPECTED: &str = "a string, number or boolean, or an array of these";
    let items = match &node.kind {
        Kind::Array(items) if items.is_empty() => {
            let error = Diagnostic::error(MALFORMED, "the array is empty");
            out.push(error.label(node.span, what));
            return Vec::new();
        }
        Kind::Array(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        let scalar = match &item.kind {
            Kind::Str(text) => Scalar::Str(text.clone()),
            Kind::Int(value) => Scalar::Int(*value),
            Kind::Float(value) => Scalar::Float(*value),
            Kind::Bool(value) => Scalar::Bool(*value),
            Kind::Datetime(_) | Kind::Array(_) | Kind::Table(_) => {
                out.push(type_error(item, EXPECTED, what));
                continue;
            }
        };
        values.push(Spanned::new(scalar, item.span));
    }
    values
}

/// A range of numbers: a table with `min`, `max` or both.
pub(super) fn range(node: &Node, what: &str, out: &mut Diagnostics) -> Option<ScoreRange> {
    let fields = Fields::of(node, what, out)?;
    // An unquoted `a.b = {…}` nests tables; without this the error would be about `b`, which is right where it stands.
    if let [(key, inner)] = fields.table.iter().as_slice()
        && !RANGE_KEYS.contains(&key.name.as_str())
        && inner.as_table().is_some()
    {
        let error = Diagnostic::error(MALFORMED, "a score's name with a dot needs quotes");
        out.push(
            error.label(key.span, what).help(format!("write `score = {{ \"….{}\" = {{ min = 0.1 }} }}`", key.name)),
        );
        return None;
    }
    fields.check_keys(RANGE_KEYS, out);
    let mut bound = |key: &str| {
        let node = fields.get(key)?;
        let value = node.expect_number(&fields.label(key), out)?;
        if value.is_nan() {
            let error = Diagnostic::error(OUT_OF_RANGE, "`nan` is not a bound");
            out.push(error.label(node.span, fields.label(key)));
            return None;
        }
        Some(value)
    };
    let (min, max) = (bound("min"), bound("max"));
    match (min, max) {
        (Some(min), Some(max)) if min > max => {
            let message = format!("no score is at least {min} and at most {max}");
            out.push(Diagnostic::error(OUT_OF_RANGE, message).label(node.span, what));
            None
        }
        (None, None) => {
            // Bounds that are there but wrong have been reported.
            if fields.get("min").is_none() && fields.get("max").is_none() {
                out.push(Diagnostic::error(MISSING_KEY, "a range needs `min`, `max` or both").label(node.span, what));
            }
            None
        }
        _ => Some(ScoreRange { min, max }),
    }
}
