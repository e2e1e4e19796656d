//! How differences look: the page that `trace` and `diff` write, with stretches of text, items of layers and single values.
//!
//! Texts are revealed: nothing in them acts on the terminal, and what cannot be seen is written out. On a terminal each is
//! put between a first strong isolate and its end, so that Arabic stays in its place on the line and the numbers and signs
//! around it in theirs. In a file or a pipe there are none: they would be characters that nobody wrote, among those that are
//! looked for.

use crate::show::may_color;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::io::IsTerminal;
use warraq_engine::compare::{FieldChange, Item, ItemChange, LayerChange, TextEdit};
use warraq_engine::diagnostic::{quoted, revealed};

/// Stretches of text shown of one difference, and items of a layer.
const MAX_HUNKS: usize = 6;
const MAX_ITEMS: usize = 8;
/// Text shown around an edit, in characters.
const CONTEXT: usize = 24;
/// From this length on, in characters, a stretch of text is not joined with the next edit.
const MAX_HUNK: usize = 120;
/// Longest text shown in whole, in characters.
const MAX_TEXT: usize = 100;

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// A page under way.
pub(crate) struct Page {
    text: String,
    color: bool,
    isolate: bool,
    full: bool,
}

impl Page {
    /// An empty page for standard output. `full` shows everything, however much it is.
    pub(crate) fn new(full: bool) -> Self {
        let stdout = std::io::stdout();
        Page { text: String::new(), color: may_color(&stdout), isolate: stdout.is_terminal(), full }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// A heading.
    pub(crate) fn title(&mut self, title: impl Display) {
        let title = self.styled(BOLD, &title.to_string());
        self.line(0, title);
    }

    /// A line, so many steps from the left.
    pub(crate) fn line(&mut self, depth: usize, line: impl Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{:1$}{line}", "", depth * 2);
    }

    /// A remark.
    pub(crate) fn aside(&mut self, depth: usize, remark: impl Display) {
        let remark = self.styled(DIM, &remark.to_string());
        self.line(depth, remark);
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.color { format!("{style}{text}{PLAIN}") } else { text.to_owned() }
    }

    fn isolated(&self, text: &str) -> String {
        if self.isolate { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
    }

    /// A text in quotes.
    pub(crate) fn quoted(&self, text: &str) -> String {
        let (start, end) = if self.full { (text, None) } else { shortened(text) };
        let shown = match end {
            None => quoted(start),
            Some(end) => format!("{}…{}", quoted(start).trim_end_matches('"'), quoted(end).trim_start_matches('"')),
        };
        self.isolated(&shown)
    }

    /// What was done to a text: how much, for which reasons, and where.
    pub(crate) fn edits(&mut self, text: &str, edits: &[TextEdit]) {
        let edits: Vec<&TextEdit> = edits.iter().filter(|edit| edit.removed != edit.inserted).collect();
        if edits.is_empty() {
            return;
        }
        let labels = labels(&edits);
        let labels = if labels.is_empty() { labels } else { format!(": {labels}") };
        self.line(1, format!("text  {}{labels}", counted(edits.len(), "edit")));
        let hunks = hunks(&edits);
        let shown = if self.full { hunks.len() } else { MAX_HUNKS };
        for hunk in hunks.iter().take(shown) {
            let (first, last) = (&hunk[0].place, &hunk[hunk.len() - 1].place);
            let place = format!("characters {}..{}  {}", first.chars[0], last.chars[1], self::labels(hunk));
            self.aside(2, place.trim_end());
            for (sign, style, is_new) in [('-', RED, false), ('+', GREEN, true)] {
                let line = self.side(text, hunk, style, is_new);
                let sign = self.styled(style, &sign.to_string());
                self.line(2, format!("{sign} {line}"));
            }
        }
        self.more(hunks.len().saturating_sub(shown), "place");
    }

    /// One side of edits that stand close together, with the text around them.
    fn side(&self, text: &str, hunk: &[&TextEdit], style: &str, is_new: bool) -> String {
        let (start, end) = (hunk[0].place.bytes[0], hunk[hunk.len() - 1].place.bytes[1]);
        let from = text[..start].char_indices().rev().take(CONTEXT).last().map_or(start, |(at, _)| at);
        let to = text[end..].char_indices().nth(CONTEXT).map_or(text.len(), |(at, _)| end + at);
        let mut line = String::from(if from > 0 { "…" } else { "" });
        let mut at = from;
        for edit in hunk {
            let [start, end] = edit.place.bytes;
            line += &revealed(&text[at..start]);
            let part = if is_new { &edit.inserted } else { &edit.removed };
            if !part.is_empty() {
                let part = match if self.full { (part.as_str(), None) } else { shortened(part) } {
                    (whole, None) => format!("⟦{}⟧", revealed(whole)),
                    (start, Some(end)) => format!("⟦{}…{}⟧", revealed(start), revealed(end)),
                };
                line += &self.styled(style, &part);
            }
            at = end;
        }
        line += &revealed(&text[at..to]);
        line += if to < text.len() { "…" } else { "" };
        self.isolated(&line)
    }

    /// What became of layers.
    pub(crate) fn layers(&mut self, layers: &[LayerChange]) {
        for layer in layers {
            let count = |is: fn(&ItemChange) -> bool| layer.items.iter().filter(|change| is(change)).count();
            let kinds = [
                (count(|c| c.before.is_none()), "added"),
                (count(|c| c.after.is_none()), "removed"),
                (count(|c| c.before.is_some() && c.after.is_some()), "changed"),
            ];
            let kinds = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, kind)| format!("{n} {kind}"));
            let kinds = kinds.collect::<Vec<_>>().join(", ");
            let name = revealed(&layer.layer);
            self.line(1, format!("{name}  {} → {}: {kinds}", layer.before, layer.after));
            let shown = if self.full { layer.items.len() } else { MAX_ITEMS };
            for change in layer.items.iter().take(shown) {
                let only_moved = matches!(change, ItemChange { before: Some(a), after: Some(b) }
                    if Item { place: b.place, source_range: b.source_range, ..a.clone() } == *b);
                for (sign, style, item) in [('-', RED, &change.before), ('+', GREEN, &change.after)] {
                    if let Some(item) = item {
                        let line = format!("{} {}", self.styled(style, &sign.to_string()), self.item(item, only_moved));
                        self.line(2, line);
                    }
                }
            }
            self.more(layer.items.len().saturating_sub(shown), "item");
        }
    }

    /// An item; where it was in the source only if there is nothing else that says which one it is.
    fn item(&self, item: &Item, with_source: bool) -> String {
        let mut line = String::new();
        if let Some(place) = &item.place {
            let _ = write!(line, "{}..{} ", place.chars[0], place.chars[1]);
        }
        if let Some(label) = &item.label {
            let _ = write!(line, "{} ", self.isolated(&revealed(label)));
        }
        line += &self.quoted(&item.text);
        match &item.value {
            None => {}
            Some(Value::String(value)) => drop(write!(line, " = {}", self.quoted(value))),
            Some(value) => drop(write!(line, " = {}", self.isolated(&revealed(&value.to_string())))),
        }
        if let Some(score) = item.score {
            let _ = write!(line, " ({score})");
        }
        if let Some([start, end]) = item.source_range.filter(|_| with_source || item.place.is_none()) {
            let _ = write!(line, " from {start}..{end} of the source");
        }
        if let Some(source) = &item.source {
            let _ = write!(line, " by {}", revealed(source));
        }
        line
    }

    /// What became of single values.
    pub(crate) fn fields(&mut self, fields: &[FieldChange]) {
        for change in fields {
            let value = |raw: &Option<Box<serde_json::value::RawValue>>| match raw {
                Some(json) => {
                    let (start, end) = if self.full { (json.get(), None) } else { shortened(json.get()) };
                    let end = end.map_or(String::new(), |end| format!("…{}", revealed(end)));
                    self.isolated(&format!("{}{end}", revealed(start)))
                }
                None => "nothing".to_owned(),
            };
            let line = format!("{}  {} → {}", revealed(&change.field), value(&change.before), value(&change.after));
            self.line(1, line);
        }
    }

    fn more(&mut self, left: usize, what: &str) {
        if left > 0 {
            let many = if left == 1 { "" } else { "s" };
            self.aside(2, format!("… {left} more {what}{many}; --full shows all"));
        }
    }
}

/// `1 item`, `2 items`.
pub(crate) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The labels of edits with how many there are of each.
fn labels(edits: &[&TextEdit]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for label in edits.iter().filter_map(|edit| edit.label.as_deref()) {
        *counts.entry(label).or_default() += 1;
    }
    counts.iter().map(|(label, n)| format!("{} {n}", revealed(label))).collect::<Vec<_>>().join(", ")
}

/// Edits that stand so close together that one stretch of text shows them.
fn hunks<'a>(edits: &[&'a TextEdit]) -> Vec<Vec<&'a TextEdit>> {
    let mut hunks: Vec<Vec<&TextEdit>> = Vec::new();
    for edit in edits {
        match hunks.last_mut() {
            Some(hunk)
                if edit.place.chars[0] - hunk[hunk.len() - 1].place.chars[1] <= 2 * CONTEXT
                    && edit.place.chars[1] - hunk[0].place.chars[0] <= MAX_HUNK =>
            {
                hunk.push(edit);
            }
            _ => hunks.push(vec![edit]),
        }
    }
    hunks
}

/// A text, or the start and the end of a long one.
fn shortened(text: &str) -> (&str, Option<&str>) {
    if text.chars().nth(MAX_TEXT).is_none() {
        return (text, None);
    }
    let half = MAX_TEXT / 2;
    let start = text.char_indices().nth(half).map_or(text.len(), |(at, _)| at);
    let end = text.char_indices().rev().nth(half - 1).map_or(0, |(at, _)| at);
    (&text[..start], Some(&text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use warraq_engine::compare::text_edits;

    fn page(old: &str, new: &str, terminal: bool) -> String {
        let mut page = Page { text: String::new(), color: terminal, isolate: terminal, full: false };
        page.edits(old, &text_edits(old, new));
        page.into_text()
    }

    #[test]
    fn edits_are_shown_where_they_are() {
        let lines = [
            "  text  2 edits",
            "    characters 4..23",
            "    - قال ⟦محمـــد⟧ هنا\\u{1b}[31m إن",
            "    + قال ⟦محمد⟧ هنا\\u{1b}[31m إن⟦ شاء⟧",
        ];
        let text = page("قال محمـــد هنا\u{1b}[31m إن", "قال محمد هنا\u{1b}[31m إن شاء", false);
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    }

    #[test]
    fn on_a_terminal_texts_are_isolated_and_parts_coloured() {
        let text = page("قال", "كان", true);
        assert!(text.contains("\u{1b}[31m-\u{1b}[0m \u{2068}\u{1b}[31m⟦قال⟧\u{1b}[0m\u{2069}\n"), "{text:?}");
    }

    #[test]
    fn long_texts_are_cut_in_the_middle() {
        let long = format!("{}{}{}", "س".repeat(50), "ص".repeat(300), "ش".repeat(49));
        let text = page(&format!("{long} x"), "x", false);
        assert!(text.contains(&format!("⟦{}…{} ⟧x\n", "س".repeat(50), "ش".repeat(49))), "{text}");
    }
}
