//! Values that nobody is to see: variables that a pipeline file declares `secret`. Stages get them; whatever is shown or
//! written about a run has `***` in their place.
//!
//! Hiding looks for the value itself, so that it makes no difference on which way it came into a text: as an option in the
//! report, in what a stage says of an option it cannot use, or in what a plugin logs. That is why a secret may not be short,
//! and why it may stand in the options of stages and formats only: names and paths are meant to be seen.

use crate::config::{Kind, Node, shorten, toml_value};
use crate::diagnostic::{FileId, Files, Span, printable, revealed};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// What stands for a secret.
pub const HIDDEN: &str = "***";

/// The shortest secret, in bytes. Anything shorter would be found in texts that have nothing to do with it.
pub(crate) const LEAST: usize = 6;

/// So many characters of a secret in a row are hidden where a text is about a value that holds one.
const PART: usize = 4;

/// The secrets of a pipeline file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    values: Vec<String>,
    /// The values as they look when they are quoted, escaped or cut short; the longest first.
    spellings: Vec<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.values.len())
    }
}

impl Secrets {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Takes over the secrets of another.
    pub fn extend(&mut self, other: &Secrets) {
        other.values.iter().for_each(|value| self.add(value));
    }

    /// Hides this value from now on.
    pub(crate) fn add(&mut self, value: &str) {
        if value.is_empty() || self.values.iter().any(|known| known == value) {
            return;
        }
        self.values.push(value.to_owned());
        let node = Node::new(Kind::Str(value.to_owned()), Span::new(nowhere(), 0, 0));
        let inner = |quoted: String| quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned();
        let mut spellings = vec![shorten(value), inner(toml_value(&node)), inner(format!("{value:?}"))];
        // What is written out for a terminal may then be quoted for a program.
        for text in [value.into(), printable(value), revealed(value)] {
            let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let quoted = inner(Value::from(&*text).to_string());
            spellings.extend([
                // JSON may be quoted in JSON.
                inner(Value::from(&*quoted).to_string()),
                quoted,
                xml.replace('"', "&quot;"),
                xml,
                text.into_owned(),
            ]);
        }
        self.spellings.extend(spellings.into_iter().filter(|spelling| spelling.len() >= LEAST));
        self.spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.spellings.dedup();
    }

    /// The text with [`HIDDEN`] in the place of each secret.
    #[must_use]
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for spelling in &self.spellings {
            if text.contains(spelling.as_str()) {
                text = Cow::Owned(text.replace(spelling.as_str(), HIDDEN));
            }
        }
        text
    }

    /// The value with [`HIDDEN`] in the place of each secret, in all its strings and keys.
    #[must_use]
    pub fn hide_json(&self, value: Value) -> Value {
        if self.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.hide(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.hide_json(item)).collect(),
            Value::Object(map) => {
                let entries = map.into_iter();
                Value::Object(entries.map(|(k, v)| (self.hide(&k).into_owned(), self.hide_json(v))).collect())
            }
            other => other,
        }
    }

    /// As [`hide`](Self::hide), but for a text that is about a value with a secret in it, which it may quote in part: hides
    /// whatever has a few characters in a row in common with one.
    pub(crate) fn hide_parts(&self, text: &str) -> String {
        let whole = self.hide(text);
        let ends: Vec<usize> = whole.char_indices().map(|(at, _)| at).chain([whole.len()]).collect();
        let is_part = |from: usize, to: usize| {
            let part = &whole[ends[from]..ends[to]];
            self.values.iter().any(|value| value.contains(part))
        };
        let mut hidden = String::with_capacity(whole.len());
        let mut at = 0;
        while at + 1 < ends.len() {
            if at + PART >= ends.len() || !is_part(at, at + PART) {
                hidden.push_str(&whole[ends[at]..ends[at + 1]]);
                at += 1;
                continue;
            }
            let mut end = at + PART;
            while end + 1 < ends.len() && is_part(at, end + 1) {
                end += 1;
            }
            hidden.push_str(HIDDEN);
            at = end;
        }
        hidden
    }
}

/// A file for a node that stands in none.
fn nowhere() -> FileId {
    Files::new().add("", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secrets(values: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        values.iter().for_each(|value| secrets.add(value));
        secrets
    }

    #[test]
    fn a_secret_is_hidden_in_every_spelling() {
        let value = "pass\"word\\\u{1b}<&>\n";
        let secrets = secrets(&[value]);
        let quoted = [
            value.to_owned(),
            json!(value).to_string(),
            json!(json!(value).to_string()).to_string(),
            format!("{value:?}"),
            printable(value).into_owned(),
            revealed(value).into_owned(),
            value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        ];
        for text in quoted {
            let hidden = secrets.hide(&text).into_owned();
            assert!(hidden.contains(HIDDEN) && !hidden.contains("word"), "{text:?} became {hidden:?}");
        }
        assert_eq!(secrets.hide("password"), "password", "what is no secret stays");
        assert_eq!(format!("{secrets:?}"), "Secrets(1)");
    }

    #[test]
    fn the_longer_of_two_secrets_goes_first() {
        let secrets = secrets(&["secret", "secret-and-more"]);
        assert_eq!(secrets.hide("secret-and-more, secret"), "***, ***");
        assert_eq!(secrets.hide_json(json!({ "a": ["secret", 1, null] })), json!({ "a": ["***", 1, null] }));
    }

    #[test]
    fn what_is_cut_short_is_hidden_too() {
        let long = "0123456789abcdefghijklmnopqrstuvwxyz0123456789";
        let secrets = secrets(&[long]);
        assert_eq!(secrets.hide(&shorten(long)), HIDDEN);
        let part = &long[3..17];
        assert_eq!(secrets.hide_parts(&format!("cannot use \"Bearer {part}…\"")), "cannot use \"Bearer ***…\"");
        assert_eq!(secrets.hide_parts("نص بلا سر"), "نص بلا سر");
        assert_eq!(secrets.hide_parts(""), "");
    }
}
