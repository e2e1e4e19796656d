//! What a match is replaced with: text with references to capture groups, checked against the pattern when it is built.

use regex::{CaptureLocations, Regex};

/// A replacement, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Group(usize),
}

impl Template {
    /// Reads `with`: `$1`, `$name`, `${1}`, `${name}` are groups of `pattern`, `$$` is a dollar sign.
    ///
    /// # Errors
    /// What is wrong, and what to write instead if there is something better to say.
    pub(super) fn new(with: &str, pattern: &Regex) -> Result<Template, (String, Option<String>)> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = with;
        while let Some(dollar) = rest.find('$') {
            text += &rest[..dollar];
            rest = &rest[dollar + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                text.push('$');
                rest = after;
                continue;
            }
            let braced = rest.strip_prefix('{');
            let name = match braced {
                Some(inner) => {
                    let end = inner.find('}').ok_or_else(|| {
                        let help = "write `$$` for a dollar sign".to_owned();
                        ("`${` has no closing `}`".to_owned(), Some(help))
                    })?;
                    &inner[..end]
                }
                None => {
                    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                    &rest[..end]
                }
            };
            if name.is_empty() {
                let help = "write `$$` for a dollar sign".to_owned();
                return Err(("`$` is not followed by the number or name of a group".to_owned(), Some(help)));
            }
            rest = &rest[name.len() + if braced.is_some() { 2 } else { 0 }..];
            let group = find(name, pattern).ok_or_else(|| unknown(name, braced.is_some(), pattern))?;
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(Part::Group(group));
        }
        text += rest;
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Template(parts))
    }

    /// Whether groups other than the whole match are needed.
    pub(super) fn needs_groups(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Group(1..)))
    }

    /// Appends the replacement of a match that begins at `start` and ends at `end`.
    pub(super) fn write(&self, text: &str, (start, end): (usize, usize), groups: &CaptureLocations, out: &mut String) {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(0) => out.push_str(&text[start..end]),
                // A group that took no part in the match is empty.
                Part::Group(n) => out.push_str(groups.get(*n).map_or("", |(start, end)| &text[start..end])),
            }
        }
    }
}

fn find(name: &str, pattern: &Regex) -> Option<usize> {
    match name.parse::<usize>() {
        Ok(number) => (number < pattern.captures_len()).then_some(number),
        Err(_) => pattern.capture_names().position(|known| known == Some(name)),
    }
}

fn unknown(name: &str, braced: bool, pattern: &Regex) -> (String, Option<String>) {
    let named: Vec<&str> = pattern.capture_names().flatten().collect();
    let message = match (pattern.captures_len() - 1, named.as_slice()) {
        (0, _) => format!("the pattern has no group `{name}`: it has no groups"),
        (1, []) => format!("the pattern has no group `{name}`: it has one group"),
        (groups, []) => format!("the pattern has no group `{name}`: it has {groups} groups"),
        (_, named) => format!("the pattern has no group `{name}`: its named groups are `{}`", named.join("`, `")),
    };
    // `$1a` is the group named `1a`, which hardly anyone means.
    let shorter = (1..name.len()).rev().find(|&n| name.is_char_boundary(n) && find(&name[..n], pattern).is_some());
    let help = match shorter {
        Some(n) if !braced => Some(format!("write `${{{}}}{}` for a group with text after it", &name[..n], &name[n..])),
        _ => Some("write `$$` for a dollar sign".to_owned()),
    };
    (message, help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(with: &str, pattern: &str) -> Result<Vec<Part>, String> {
        let pattern = Regex::new(pattern).expect("the pattern is valid");
        Template::new(with, &pattern).map(|t| t.0).map_err(|(message, help)| match help {
            Some(help) => format!("{message}; {help}"),
            None => message,
        })
    }

    #[test]
    fn groups_and_dollars() {
        let text = |text: &str| Part::Text(text.to_owned());
        for (with, expected) in [
            ("", vec![]),
            ("a $$1 b", vec![text("a $1 b")]),
            ("$1", vec![Part::Group(1)]),
            ("<$0>", vec![text("<"), Part::Group(0), text(">")]),
            ("${1}0$name-", vec![Part::Group(1), text("0"), Part::Group(2), text("-")]),
        ] {
            assert_eq!(parts(with, "(a)(?<name>b)"), Ok(expected), "{with}");
        }
    }

    #[test]
    fn mistakes_are_explained() {
        for (with, pattern, expected) in [
            ("$2", "(a)", "the pattern has no group `2`: it has one group; write `$$` for a dollar sign"),
            ("$1", "a", "the pattern has no group `1`: it has no groups; write `$$` for a dollar sign"),
            (
                "$1a",
                "(a)(b)",
                "the pattern has no group `1a`: it has 2 groups; write `${1}a` for a group with text after it",
            ),
            (
                "$wort",
                "(?<word>a)",
                "the pattern has no group `wort`: its named groups are `word`; write `$$` for a dollar sign",
            ),
            ("${اسم}", "a", "the pattern has no group `اسم`: it has no groups; write `$$` for a dollar sign"),
            (
                "${الاسم}",
                "(?<اسم>a)",
                "the pattern has no group `الاسم`: its named groups are `اسم`; write `$$` for a dollar sign",
            ),
            ("5 $", "a", "`$` is not followed by the number or name of a group; write `$$` for a dollar sign"),
            ("${1", "(a)", "`${` has no closing `}`; write `$$` for a dollar sign"),
        ] {
            assert_eq!(parts(with, pattern), Err(expected.to_owned()), "{with}");
        }
    }
}
