//! A page as Markdown, and all of them as one manual: `docs/stages.md`.

use super::example::Shown;
use super::options::Opt;
use super::page::Page;
use std::fmt::Write;

/// All pages in one, with a list of contents.
pub(super) fn manual(stages: &[Page], formats: &[Page]) -> String {
    let mut text = String::from(
        "<!-- Made from the code by `warraq describe --all --markdown`; what is changed here by hand is lost. -->\n\n\
         # Stages and formats\n\n\
         Everything a pipeline file can `use` without a plugin. Options stand beside `use` in the same table; one that is\n\
         left out has its default. The examples are run as tests.\n",
    );
    for (title, pages) in [("Stages", stages), ("Formats", formats)] {
        let _ = writeln!(text, "\n**{title}**\n");
        for page in pages {
            let _ = writeln!(text, "- [`{}`](#{}): {}", page.name, anchor(&page.name), page.summary);
        }
    }
    for page in stages.iter().chain(formats) {
        let _ = write!(text, "\n{}", self::page(page));
    }
    text
}

/// The anchor that GitHub gives a heading.
fn anchor(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect::<String>().to_lowercase()
}

pub(super) fn page(page: &Page) -> String {
    let mut text = format!("## `{}`\n\n{}.\n\n{}\n", page.name, capital(&page.summary), page.manual);
    for fact in &page.facts {
        let _ = write!(text, "\n*{fact}*\n");
    }
    for (title, options) in page.options.iter().filter(|(_, options)| !options.is_empty()) {
        let _ = writeln!(text, "\n### {title}\n");
        options.iter().for_each(|option| item(option, 0, &mut text));
    }
    let examples = page.examples.as_deref().unwrap_or_default();
    if !examples.is_empty() {
        text += "\n### Examples\n";
        examples.iter().for_each(|shown| example(shown, &mut text));
    }
    text
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// An option as an element of a list, with what belongs to it as a list inside.
fn item(option: &Opt, margin: usize, text: &mut String) {
    let _ = write!(text, "{:margin$}- `{}`: {}", "", option.name, kind(&option.kind));
    if option.is_required {
        *text += ", required";
    }
    if let Some(default) = &option.default {
        let _ = write!(text, ", default `{default}`");
    }
    text.push('\n');
    let margin = margin + 2;
    for line in option.about.lines().filter(|line| !line.is_empty()) {
        let _ = writeln!(text, "{:margin$}{line}", "");
    }
    for (word, about) in &option.words {
        let _ = writeln!(text, "{:margin$}- `\"{word}\"`: {about}", "");
    }
    option.keys.iter().for_each(|key| item(key, margin, text));
}

/// Words that are allowed are code, names of types are not.
fn kind(kind: &str) -> String {
    let part = |part: &str| if part.starts_with('"') { format!("`{part}`") } else { part.to_owned() };
    kind.split(" | ").map(part).collect::<Vec<_>>().join(" or ")
}

fn example(shown: &Shown, text: &mut String) {
    let _ = writeln!(text, "\n#### {}\n", shown.title);
    for (path, contents) in &shown.files {
        let _ = writeln!(text, "`{path}`:\n\n```text\n{}\n```\n", contents.trim_end());
    }
    let _ = writeln!(text, "```toml\n{}```\n\n```text", shown.toml);
    for (name, value) in &shown.facts {
        let _ = writeln!(text, "{name:<9} {value}");
    }
    *text += "```\n";
}
