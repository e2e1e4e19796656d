//! A page for the terminal.

use super::example::Shown;
use super::options::Opt;
use super::page::Page;
use std::fmt::Write;

pub(super) fn page(page: &Page) -> String {
    let mut text = format!("{}: {}\n\n{}\n", page.name, page.summary, page.manual);
    for fact in &page.facts {
        let _ = write!(text, "\n{fact}\n");
    }
    for (title, options) in page.options.iter().filter(|(_, options)| !options.is_empty()) {
        let _ = writeln!(text, "\n{title}");
        options.iter().for_each(|option| line(option, 2, &mut text));
    }
    if let Some(examples) = &page.examples {
        text += "\nExamples\n";
        examples.iter().for_each(|shown| example(shown, &mut text));
    }
    text
}

/// An option at a margin, with what belongs to it further in.
fn line(option: &Opt, margin: usize, text: &mut String) {
    let _ = write!(text, "{:margin$}{}: {}", "", option.name, option.kind);
    if option.is_required {
        *text += " (required)";
    }
    if let Some(default) = &option.default {
        let _ = write!(text, " = {default}");
    }
    text.push('\n');
    let margin = margin + 4;
    for line in option.about.lines() {
        let _ = writeln!(text, "{:margin$}{line}", "");
    }
    for (word, about) in &option.words {
        let _ = writeln!(text, "{:margin$}- {word}: {about}", "");
    }
    option.keys.iter().for_each(|key| line(key, margin, text));
}

fn example(shown: &Shown, text: &mut String) {
    let _ = writeln!(text, "\n  {}", shown.title);
    for (path, contents) in &shown.files {
        let _ = writeln!(text, "    file {path}:");
        for line in contents.lines() {
            let _ = writeln!(text, "      {line}");
        }
    }
    for line in shown.toml.lines() {
        let _ = writeln!(text, "    {line}");
    }
    for (name, value) in &shown.facts {
        let _ = writeln!(text, "    {name:<9} {value}");
    }
}
