//! Reading one table of the grammar: typed fields, required ones, and a verdict on every key that is left.
//!
//! All tables of the pipeline file go through here, so that the same mistake reads the same wherever it is made.

use super::node::{Node, Table, type_error};
use super::spec::Spanned;
use super::suggest;
use super::units::{SIZE_FORM, byte_size};
use crate::diagnostic::{
    Diagnostic, Diagnostics, MALFORMED, MISSING_KEY, OUT_OF_RANGE, Span, UNKNOWN_KEY, UNKNOWN_VALUE,
};

/// A table, where it is, and what to call it in errors, such as `` `[run]` `` or ``stage `stems` ``.
pub(super) struct Fields<'a> {
    pub(super) table: &'a Table,
    pub(super) span: Span,
    pub(super) owner: String,
}

impl<'a> Fields<'a> {
    /// The table of a node, or a type error.
    pub(super) fn of(node: &'a Node, owner: &str, out: &mut Diagnostics) -> Option<Self> {
        let table = node.expect_table(owner, out)?;
        Some(Self { table, span: node.span, owner: owner.to_owned() })
    }

    /// What a field is called at a caret.
    pub(super) fn label(&self, key: &str) -> String {
        format!("`{key}` of {}", self.owner)
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.table.get(key)
    }

    /// The value, or an error at the table's header; `known` are the keys that cannot be a slip for this one.
    pub(super) fn required(&self, key: &str, known: &[&str], out: &mut Diagnostics) -> Option<&'a Node> {
        let node = self.get(key);
        if node.is_none() {
            out.push(missing_or_misspelt(key, &self.owner, self.span, self.table, known));
        }
        node
    }

    /// A text that is there and not empty; errors are reported, an absent field is not one.
    pub(super) fn string(&self, key: &str, out: &mut Diagnostics) -> Option<Spanned<String>> {
        non_empty(self.get(key)?, &self.label(key), out)
    }

    /// One of a closed list of words.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &str,
        choices: &[(&'static str, T)],
        out: &mut Diagnostics,
    ) -> Option<Spanned<T>> {
        let node = self.get(key)?;
        let known = choices.iter().find(|(word, _)| node.as_str() == Some(word));
        if let Some((_, value)) = known {
            return Some(Spanned::new(*value, node.span));
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let label = self.label(key);
        out.push(match node.as_str() {
            Some(text) => unknown_value(node, text, &words, &label),
            None => type_error(node, &format!("one of {}", suggest::list(&words)), &label),
        });
        None
    }

    /// A size in bytes, at least 1, as a number or with a unit.
    pub(super) fn byte_size(&self, key: &str, out: &mut Diagnostics) -> Option<Spanned<u64>> {
        use super::node::Kind;
        let node = self.get(key)?;
        let label = self.label(key);
        let bytes = match &node.kind {
            Kind::Int(bytes) => u64::try_from(*bytes).unwrap_or(0),
            Kind::Str(text) => match byte_size(text) {
                Some(bytes) => bytes,
                None => {
                    out.push(malformed(node, text, SIZE_FORM, &label));
                    return None;
                }
            },
            _ => {
                out.push(type_error(node, SIZE_FORM, &label));
                return None;
            }
        };
        if bytes == 0 {
            let message = "a size must be at least one byte";
            out.push(Diagnostic::error(OUT_OF_RANGE, message).label(node.span, label));
            return None;
        }
        Some(Spanned::new(bytes, node.span))
    }

    /// Reports every key that is not `known`.
    pub(super) fn check_keys(&self, known: &[&str], out: &mut Diagnostics) {
        for (key, _) in self.table {
            let name = key.name.as_str();
            if !known.contains(&name) {
                out.push(unknown_key(name, key.span, &self.owner, known));
            }
        }
    }
}

/// ``missing key `path` in `[[export]]` ``, at the table.
pub(super) fn missing_key(key: &str, owner: &str, at: Span) -> Diagnostic {
    Diagnostic::error(MISSING_KEY, format!("missing key `{key}` in {owner}")).at(at)
}

/// As [`missing_key`], pointing to a key of `table` that may be a slip for it; those in `known` cannot be.
pub(super) fn missing_or_misspelt(key: &str, owner: &str, at: Span, table: &Table, known: &[&str]) -> Diagnostic {
    let error = missing_key(key, owner, at);
    let mut others = table.iter().map(|(key, _)| key);
    let slip =
        others.find(|other| !known.contains(&other.name.as_str()) && suggest::nearest(&other.name, [key]).is_some());
    match slip {
        Some(slip) => error.also(slip.span, format!("is this meant to be `{key}`?")),
        None => error,
    }
}

/// ``unknown key `nmae` in `[run]` ``, with the nearest of `known`.
pub(super) fn unknown_key(name: &str, at: Span, owner: &str, known: &[&str]) -> Diagnostic {
    let shown = super::node::shorten(name);
    Diagnostic::error(UNKNOWN_KEY, format!("unknown key `{shown}` in {owner}")).at(at).help_if(suggest::help(
        name,
        known.iter().copied(),
        "allowed keys",
    ))
}

/// A word that is none of `words`, with the nearest and the list.
pub(super) fn unknown_value(node: &Node, text: &str, words: &[&str], what: &str) -> Diagnostic {
    let shown = super::node::shorten(text);
    let error = Diagnostic::error(UNKNOWN_VALUE, format!("unknown value \"{shown}\"")).label(node.span, what);
    let error = match suggest::nearest(text, words.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    error.help(format!("allowed values: {}", suggest::list(words)))
}

/// ``cannot understand "x", expected …``
pub(super) fn malformed(node: &Node, text: &str, expected: &str, what: &str) -> Diagnostic {
    let shown = super::node::shorten(text);
    let message = format!("cannot understand \"{shown}\", expected {expected}");
    Diagnostic::error(MALFORMED, message).label(node.span, what)
}

/// A text that is not empty.
pub(super) fn non_empty(node: &Node, what: &str, out: &mut Diagnostics) -> Option<Spanned<String>> {
    let text = node.expect_str(what, out)?;
    if text.is_empty() {
        let error = Diagnostic::error(MALFORMED, "the text is empty");
        out.push(error.label(node.span, what));
        return None;
    }
    Some(Spanned::new(text.to_owned(), node.span))
}

/// One text or an array of some.
pub(super) fn strings(node: &Node, what: &str, out: &mut Diagnostics) -> Vec<Spanned<String>> {
    let items = match (node.as_array(), node.as_str()) {
        (Some([]), _) => {
            let error = Diagnostic::error(MALFORMED, "the array is empty");
            out.push(error.label(node.span, what));
            return Vec::new();
        }
        (Some(items), _) => items,
        (None, Some(_)) => std::slice::from_ref(node),
        (None, None) => {
            out.push(type_error(node, "a string or an array of strings", what));
            return Vec::new();
        }
    };
    let texts = items.iter();
    texts.filter_map(|item| non_empty(item, what, out)).collect()
}
