//! An example of a stage, as what is shown of it: files, pipeline, and what goes in and comes out.

use warraq_core::Example;

/// An example.
pub(super) struct Shown {
    pub(super) title: String,
    /// Path and contents.
    pub(super) files: Vec<(String, String)>,
    /// The stages, as a pipeline file has them.
    pub(super) toml: String,
    /// What goes in and what comes out, by name.
    pub(super) facts: Vec<(String, String)>,
}

impl Shown {
    /// An example of the stage `name`.
    pub(super) fn new(name: &str, example: &Example) -> Self {
        let before = example.after.iter().map(|before| format!("[[stage]]\nuse = \"{before}\"\n"));
        let mut toml: String = before.collect();
        toml += &format!("[[stage]]\nuse = \"{name}\"\n");
        for line in example.options.lines() {
            toml += &format!("{line}\n");
        }
        Shown {
            title: example.title.to_string(),
            files: example.files.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect(),
            toml,
            facts: facts(example),
        }
    }
}

fn facts(example: &Example) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
    if let Some(lang) = &example.lang {
        fact("lang", lang.to_string());
    }
    for (name, json) in &example.fields {
        fact("field", format!("{name} = {json}"));
    }
    fact("in", quoted(&example.input));
    let expect = &example.expect;
    if let Some(found) = &expect.text {
        fact("text", quoted(found));
    }
    let joined = |parts: Vec<String>| parts.join(" ");
    for (what, found) in [("tokens", &expect.tokens), ("kinds", &expect.kinds), ("sentences", &expect.sentences)] {
        if let Some(found) = found {
            fact(what, joined(found.iter().map(|text| format!("[{}]", visible(text))).collect()));
        }
    }
    for (what, found) in [("spans", &expect.spans), ("removed", &expect.removed)] {
        match found.as_deref() {
            Some([]) => fact(what, "none".to_owned()),
            Some(found) => {
                fact(what, joined(found.iter().map(|(label, text)| format!("{label} [{}]", visible(text))).collect()));
            }
            None => {}
        }
    }
    for (name, values) in expect.columns.iter().flatten() {
        fact(name, joined(values.iter().map(|value| format!("[{}]", value.as_deref().unwrap_or("-"))).collect()));
    }
    for (name, json) in expect.meta.iter().flatten() {
        fact("meta", format!("{name} = {json}"));
    }
    if let Some(scores) = &expect.scores {
        let scores: Vec<String> = scores.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        fact("scores", scores.join(", "));
    }
    if let Some(reason) = &expect.dropped {
        fact("dropped", reason.to_string());
    }
    facts
}

/// A text between quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", visible(text).replace('"', "\\\""))
}

/// A text in which what cannot be seen is written out; vowel signs can be seen, so they stay.
fn visible(text: &str) -> String {
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\\' | '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e000}'..='\u{f8ff}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if invisible(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(quoted("إنّ\n\u{200f}\"x\""), "\"إنّ\\n\\u{200f}\\\"x\\\"\"");
    }
}
