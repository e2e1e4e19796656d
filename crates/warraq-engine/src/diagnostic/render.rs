//! Diagnostics as text for a terminal: the quoted line, the caret, the labels and the advice.
//!
//! Only the lines that a diagnostic touches are handed to the renderer, and nothing of the user's text reaches the
//! terminal as a control character: a pipeline file may come from a stranger.

use super::{Diagnostic, Diagnostics, FileId, Files, Severity, Span};
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet};
use std::borrow::Cow;

/// Most problems shown at length. Nobody reads more, and a file made to have a million should not take a minute.
const MAX_SHOWN: usize = 200;

/// All problems, sorted by place, separated by blank lines; each ends with a line end. `color` adds ANSI styles. After
/// the first 200 the rest is only counted.
#[must_use]
pub fn render(diagnostics: &Diagnostics, files: &Files, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for (i, diagnostic) in diagnostics.sorted().into_iter().take(MAX_SHOWN).enumerate() {
        if i > 0 {
            text.push('\n');
        }
        text.push_str(&renderer.render(&[group(diagnostic, files)]));
        text.push('\n');
    }
    if let Some(more) = diagnostics.len().checked_sub(MAX_SHOWN).filter(|more| *more > 0) {
        text.push_str(&format!("\n{more} more problems are not shown\n"));
    }
    text
}

/// The text with every character that a terminal acts on, or that reorders what is shown, written as an escape.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, is_hostile)
}

/// The text with everything written as an escape that is not [`printable`] or cannot be seen: direction marks, joiners and
/// spaces of no or unusual width, private use. Vowel signs can be seen, so they stay. For texts whose every character
/// matters.
#[must_use]
pub fn revealed(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hostile(c) || is_invisible(c))
}

/// A text between quotes, [`revealed`], with the quotes and backslashes in it escaped.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text, |c| is_hostile(c) || is_invisible(c) || matches!(c, '"' | '\\')))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match is_escaped(c) {
            true => safe.extend(c.escape_default()),
            false => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Control characters, line and paragraph separators, and the bidi embeddings, overrides and isolates. The plain
/// direction marks stay: Arabic text is full of them and they cannot hide anything.
fn is_hostile(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What takes no place on a line, or the place of something else.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2065}')
        || matches!(c, '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{e000}'..='\u{f8ff}')
}

/// A source line in which each hostile character is one visible character, so that columns stay as they are.
fn visible(line: &str) -> String {
    line.chars()
        .map(|c| match u32::from(c) {
            // The renderer expands tabs itself.
            0x09 => '\t',
            code @ 0x00..=0x1f => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
            0x7f => '\u{2421}',
            _ if is_hostile(c) => '\u{fffd}',
            _ => c,
        })
        .collect()
}

fn group<'a>(diagnostic: &'a Diagnostic, files: &'a Files) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(printable(&diagnostic.message)).id(diagnostic.code);
    let mut group = Group::with_title(title);
    let mut order: Vec<FileId> = Vec::new();
    let places: Vec<_> = (diagnostic.primary.iter().map(|p| (AnnotationKind::Primary, p)))
        .chain(diagnostic.secondary.iter().map(|p| (AnnotationKind::Context, p)))
        .collect();
    for (_, (span, _)) in &places {
        if !order.contains(&span.file) {
            order.push(span.file);
        }
    }
    for file in order {
        let inside = places.iter().filter(|(_, (span, _))| span.file == file);
        let inside: Vec<_> = inside.map(|(kind, (span, label))| (*kind, *span, label.as_str())).collect();
        group = group.element(snippet(file, &inside, files));
    }
    let helps = diagnostic.helps.iter();
    group.elements(helps.map(|help| Element::from(Level::HELP.message(printable(help)))))
}

/// The lines of `file` from the first to the last one touched, with their annotations.
fn snippet<'a>(
    file: FileId,
    places: &[(AnnotationKind, Span, &'a str)],
    files: &'a Files,
) -> Snippet<'a, Annotation<'a>> {
    let line_of = |span: &Span| files.line_of(file, files.clamp(*span).start);
    let first = places.iter().map(|(_, span, _)| line_of(span)).min();
    let last = places.iter().map(|(_, span, _)| line_of(span)).max();
    let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));

    let mut source = String::new();
    let mut starts = Vec::with_capacity(last - first + 1);
    for line in first..=last {
        if line > first {
            source.push('\n');
        }
        starts.push(source.len());
        source.push_str(&visible(files.line_text(file, line)));
    }

    let annotations: Vec<_> = places
        .iter()
        .map(|(kind, span, label)| {
            let line = line_of(span);
            let text = files.line_text(file, line);
            let span = files.clamp(*span);
            let line_start = files.line_start(file, line);
            // A span of several lines is marked on its first line: that is where the reader has to look.
            let start = (span.start - line_start).min(text.len());
            let end = (span.end - line_start).clamp(start, text.len());
            let at = |offset: usize| starts[line - first] + visible(&text[..offset]).len();
            let label = (!label.is_empty()).then(|| printable(label));
            kind.span(at(start)..at(end)).label(label)
        })
        .collect();
    Snippet::source(source).line_start(first + 1).path(printable(files.name(file))).annotations(annotations)
}
