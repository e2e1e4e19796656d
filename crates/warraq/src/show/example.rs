//! An example of a stage, as what is shown of it: files, pipeline, and what goes in and comes out.

use warraq_core::Example;
use warraq_engine::diagnostic::{quoted, revealed};

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
    if let Some(lang) = &expect.lang {
        fact("lang", if lang.is_empty() { "none".to_owned() } else { lang.to_string() });
    }
    let joined = |parts: Vec<String>| parts.join(" ");
    for (what, found) in [("tokens", &expect.tokens), ("kinds", &expect.kinds), ("sentences", &expect.sentences)] {
        if let Some(found) = found {
            fact(what, joined(found.iter().map(|text| format!("[{}]", revealed(text))).collect()));
        }
    }
    for (what, found) in [("spans", &expect.spans), ("removed", &expect.removed)] {
        match found.as_deref() {
            Some([]) => fact(what, "none".to_owned()),
            Some(found) => {
                fact(what, joined(found.iter().map(|(label, text)| format!("{label} [{}]", revealed(text))).collect()));
            }
            None => {}
        }
    }
    for (name, values) in expect.columns.iter().chain(&expect.span_columns).flatten() {
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
