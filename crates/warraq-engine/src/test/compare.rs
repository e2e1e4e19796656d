//! What was expected against what was found: whether it holds, and the lines that say where it does not.

use super::seen::Seen;
use super::{Failure, Line};
use crate::config::{Expected, ExpectedField, ExpectedVerdict};
use crate::diagnostic::printable;
use serde_json::Value;
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices, group_diff_ops};

/// Lines that are the same, around those that are not.
const CONTEXT: usize = 1;
/// Most edits of a text that are told one by one.
const EDITS: usize = 5;
/// Code points up to which edits of a text are looked for one by one: the time that takes grows with the square of them.
const EDIT_LIMIT: usize = 5000;
/// Most items that are shown of a list in which something was not found.
const SHOWN: usize = 20;

pub(super) fn holds(expected: &Expected, seen: &Seen) -> bool {
    match (expected, seen) {
        (Expected::Text(expected), Seen::Text(seen)) => expected == seen,
        (Expected::Parts(parts), Seen::Text(seen)) => parts.iter().all(|part| seen.contains(part.as_str())),
        (Expected::Items(expected), Seen::Items(seen)) => {
            expected.len() == seen.len() && expected.iter().zip(seen).all(|(expected, seen)| matches(expected, seen))
        }
        (Expected::Some(expected), Seen::Items(seen)) => missing(expected, seen).is_empty(),
        (Expected::Fields(expected), Seen::Fields(seen)) => {
            expected.iter().all(|(name, field)| seen.get(name).is_some_and(|value| field_holds(field, value)))
        }
        _ => false,
    }
}

fn field_holds(field: &ExpectedField, found: &Value) -> bool {
    match field {
        ExpectedField::Value(expected) => equal(expected, found),
        ExpectedField::Range(range) => found.as_f64().is_some_and(|score| range.contains(score)),
    }
}

/// Equal, where `5` and `5.0` are the same number.
fn equal(a: &Value, b: &Value) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

/// Whether an item is the one expected; of a table only the keys that are given count.
fn matches(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(key, value)| found.get(key).is_some_and(|found| equal(value, found)))
        }
        _ => equal(expected, found),
    }
}

/// The expected items for which there is none left among those found.
fn missing<'a>(expected: &'a [Value], found: &[Value]) -> Vec<&'a Value> {
    // Those that ask for more choose first, so that they do not find theirs taken.
    let mut order: Vec<&Value> = expected.iter().collect();
    order.sort_by_key(|item| std::cmp::Reverse(item.as_object().map_or(0, serde_json::Map::len)));
    let mut left: Vec<&Value> = found.iter().collect();
    order.retain(|expected| match left.iter().position(|found| matches(expected, found)) {
        Some(at) => {
            left.remove(at);
            false
        }
        None => true,
    });
    order
}

/// The lines that say where a layer is not what was expected.
pub(super) fn diff(expected: &Expected, seen: &Seen) -> Vec<Line> {
    match (expected, seen) {
        (Expected::Text(expected), Seen::Text(seen)) => text(expected, seen),
        (Expected::Parts(parts), Seen::Text(seen)) => {
            let missing = parts.iter().filter(|part| !seen.contains(part.as_str()));
            let missing = missing.map(|part| Line::new('-', visible(part)));
            let found = seen.lines().take(SHOWN).map(|line| Line::new(' ', visible(line)));
            missing.chain(found).collect()
        }
        (Expected::Items(expected), Seen::Items(seen)) => items(expected, seen),
        (Expected::Some(expected), Seen::Items(seen)) => {
            let shown = |item: &Value| self::item(item, item);
            let mut lines: Vec<Line> = missing(expected, seen).iter().map(|i| Line::new('-', shown(i))).collect();
            lines.extend(seen.iter().take(SHOWN).map(|found| Line::new(' ', shown(found))));
            if seen.len() > SHOWN {
                lines.push(Line::new('=', format!("and {} more", seen.len() - SHOWN)));
            }
            lines
        }
        (Expected::Fields(expected), Seen::Fields(seen)) => {
            let mut lines = Vec::new();
            for (name, field) in expected {
                let found = seen.get(name);
                if found.is_some_and(|found| field_holds(field, found)) {
                    continue;
                }
                let name = visible(name);
                lines.push(Line::new('-', format!("{name} = {}", field_text(field))));
                lines.push(match found {
                    Some(found) => Line::new('+', format!("{name} = {}", visible(&found.to_string()))),
                    None => Line::new('=', format!("there is no `{name}`")),
                });
            }
            lines
        }
        _ => Vec::new(),
    }
}

fn field_text(field: &ExpectedField) -> String {
    match field {
        ExpectedField::Value(value) => visible(&value.to_string()),
        ExpectedField::Range(range) if range.min == range.max => range.min.unwrap_or_default().to_string(),
        ExpectedField::Range(range) => {
            let bound = |name: &str, bound: Option<f64>| bound.map(|bound| format!("{name} = {bound}"));
            let bounds: Vec<String> =
                [bound("min", range.min), bound("max", range.max)].into_iter().flatten().collect();
            format!("{{ {} }}", bounds.join(", "))
        }
    }
}

/// Two texts, line by line, and the edits between them by their code points: which of two Arabic letters carries a mark is
/// hard to see, and a caret below a line that runs from the right points nowhere.
pub(super) fn text(expected: &str, found: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(expected, found);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if at > 0 {
            lines.push(Line::new('=', "…"));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value();
            let ended = line.strip_suffix('\n').unwrap_or(line);
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(Line::new(sign, visible(ended)));
        }
    }
    let (old, new): (Vec<char>, Vec<char>) = (expected.chars().collect(), found.chars().collect());
    if old.len().max(new.len()) <= EDIT_LIMIT {
        let edits = capture_diff_slices(Algorithm::Myers, &old, &new);
        let edits: Vec<&DiffOp> = edits.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })).collect();
        for op in edits.iter().take(EDITS) {
            let (gone, come) = (&old[op.old_range()], &new[op.new_range()]);
            let at = op.new_range().start;
            lines.push(Line::new(
                '=',
                match (gone, come) {
                    ([], come) => format!("at {at}: {} is too much", code_points(come)),
                    (gone, []) => format!("at {at}: {} is missing", code_points(gone)),
                    (gone, come) => format!("at {at}: {} in the place of {}", code_points(come), code_points(gone)),
                },
            ));
        }
        if edits.len() > EDITS {
            lines.push(Line::new('=', format!("and {} more places", edits.len() - EDITS)));
        }
    }
    lines
}

/// `U+064E U+0651`, of many only the first.
fn code_points(chars: &[char]) -> String {
    let shown: Vec<String> = chars.iter().take(8).map(|&c| format!("U+{:04X}", u32::from(c))).collect();
    let more = if chars.len() > 8 { " …" } else { "" };
    format!("{}{more}", shown.join(" "))
}

fn items(expected: &[Value], found: &[Value]) -> Vec<Line> {
    let keys = expected.iter().find(|item| item.is_object()).unwrap_or(&Value::Null);
    let old: Vec<String> = expected.iter().map(|expected| item(expected, expected)).collect();
    let mut new: Vec<String> = found.iter().map(|found| item(found, keys)).collect();
    // Items that match read the same, whichever keys are given.
    let mut from = 0;
    for (expected, text) in expected.iter().zip(&old) {
        if let Some(at) = found[from..].iter().position(|found| matches(expected, found)) {
            new[from + at].clone_from(text);
            from += at + 1;
        }
    }
    let mut lines = Vec::new();
    for (at, group) in group_diff_ops(capture_diff_slices(Algorithm::Myers, &old, &new), CONTEXT).iter().enumerate() {
        if at > 0 {
            lines.push(Line::new('=', "…"));
        }
        for op in group {
            match op {
                DiffOp::Equal { new_index, len, .. } => {
                    lines.extend(new[*new_index..new_index + len].iter().map(|item| Line::new(' ', item)));
                }
                _ => {
                    lines.extend(old[op.old_range()].iter().map(|item| Line::new('-', item)));
                    lines.extend(new[op.new_range()].iter().map(|item| Line::new('+', item)));
                }
            }
        }
    }
    lines
}

/// An item as it can be written in a test; of a table, the keys that `like` has, or all.
fn item(value: &Value, like: &Value) -> String {
    let Some(table) = value.as_object() else { return visible(&value.to_string()) };
    let wanted = |key: &str| like.as_object().is_none_or(|like| like.contains_key(key));
    let keys = ["label", "text", "start", "end", "source", "reason"].into_iter().filter(|key| wanted(key));
    let entries = keys.filter_map(|key| Some(format!("{key} = {}", visible(&table.get(key)?.to_string()))));
    format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
}

/// The text with what cannot be seen, or reorders what can, written out.
pub(super) fn visible(text: &str) -> String {
    let invisible = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
            || (c.is_whitespace() && c != ' ' && !c.is_control())
    };
    let text: String =
        text.chars().map(|c| if invisible(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() }).collect();
    printable(&text).into_owned()
}

/// What became of a document, as it is written in a test.
pub(super) fn verdict_text(verdict: &ExpectedVerdict) -> String {
    match verdict {
        ExpectedVerdict::Kept => "kept = true".to_owned(),
        ExpectedVerdict::Dropped(why) => format!("dropped = {why:?}"),
        ExpectedVerdict::Duplicate(id) => format!("duplicate = {id:?}"),
        ExpectedVerdict::Failed(why) => format!("failed = {why:?}"),
    }
}

/// A document of which something else became than was expected.
pub(super) fn verdict(expected: &ExpectedVerdict, found: &str, stage: Option<String>, said: &str) -> Failure {
    let mut diff = vec![Line::new('-', visible(&verdict_text(expected))), Line::new('+', visible(found))];
    if !said.is_empty() {
        diff.push(Line::new('=', visible(said)));
    }
    let why = match &stage {
        Some(stage) => format!("settled by stage `{stage}`"),
        None if found.starts_with("failed") => "the record could not be decoded".to_owned(),
        None => "it went through all stages".to_owned(),
    };
    Failure { layer: "verdict".to_owned(), stage, why, diff }
}
