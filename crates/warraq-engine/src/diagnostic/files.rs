//! The texts that diagnostics point into, kept for the whole command so that a span stays meaningful after parsing.
//!
//! A pipeline file, an included file and a `--set` argument are all entries here: an error in any of them gets a caret.

/// A text in [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A range of bytes in one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start, end }
    }
}

/// An append-only table of named texts.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    text: String,
    /// Byte offset of each line's first byte.
    lines: Vec<usize>,
}

impl Files {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under the name that diagnostics show. A byte order mark is left out: spans count from after it.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let mut text: String = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        // A command that reads four thousand million files has other problems; the last id is then shared.
        let id = FileId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.entries.push(Entry { name: name.into(), text, lines });
        id
    }

    /// Makes what follows byte `from` of a text unreadable. Places in it stay what they are.
    pub(crate) fn blank(&mut self, file: FileId, from: usize) {
        if let Some(entry) = self.entries.get_mut(file.0 as usize) {
            let from = entry.text.floor_char_boundary(from);
            let rest = entry.text.len() - from;
            entry.text.truncate(from);
            entry.text.push_str(&"*".repeat(rest));
        }
    }

    /// The name a text was added under; empty for an id of another table.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        self.entry(file).map_or("", |entry| &entry.name)
    }

    /// The text, without its byte order mark; empty for an id of another table.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.entry(file).map_or("", |entry| &entry.text)
    }

    /// The bytes of a span, as far as they exist.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let span = self.clamp(span);
        &self.text(span.file)[span.start..span.end]
    }

    /// Line and column of a byte offset, both from 1; columns count code points. An offset past the end is the end.
    #[must_use]
    pub fn line_col(&self, file: FileId, offset: usize) -> (usize, usize) {
        let at = self.clamp(Span::new(file, offset, offset)).start;
        let line = self.line_of(file, at);
        let before = &self.text(file)[self.line_start(file, line)..at];
        (line + 1, before.chars().count() + 1)
    }

    /// The span moved inside its text and onto character boundaries, so that slicing with it cannot fail.
    pub(super) fn clamp(&self, span: Span) -> Span {
        let text = self.text(span.file);
        let start = text.floor_char_boundary(span.start);
        let end = text.ceil_char_boundary(span.end).max(start);
        Span::new(span.file, start, end)
    }

    /// The line, from 0, that holds a byte offset.
    pub(super) fn line_of(&self, file: FileId, offset: usize) -> usize {
        self.entry(file).map_or(0, |entry| entry.lines.partition_point(|start| *start <= offset) - 1)
    }

    /// First byte of a line counted from 0.
    pub(super) fn line_start(&self, file: FileId, line: usize) -> usize {
        self.entry(file).and_then(|entry| entry.lines.get(line).copied()).unwrap_or(0)
    }

    /// A line counted from 0, without its line end.
    pub(super) fn line_text(&self, file: FileId, line: usize) -> &str {
        let text = &self.text(file)[self.line_start(file, line)..];
        let text = text.split('\n').next().unwrap_or("");
        text.strip_suffix('\r').unwrap_or(text)
    }

    fn entry(&self, file: FileId) -> Option<&Entry> {
        self.entries.get(file.0 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_code_points_from_one() {
        let mut files = Files::new();
        let file = files.add("a.toml", "name = \"كتاب\" # x\r\nb = 2\n");
        for (offset, expected) in
            [(0, (1, 1)), (8, (1, 9)), (10, (1, 10)), (16, (1, 13)), (23, (2, 1)), (29, (3, 1)), (9999, (3, 1))]
        {
            assert_eq!(files.line_col(file, offset), expected, "offset {offset}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        let mut files = Files::new();
        let file = files.add("a.toml", "\u{feff}a = 1");
        assert_eq!(files.text(file), "a = 1");
        assert_eq!(files.line_col(file, 0), (1, 1));
    }

    #[test]
    fn an_offset_inside_a_character_or_past_the_end_is_tolerated() {
        let mut files = Files::new();
        let file = files.add("a.toml", "ب");
        assert_eq!(files.slice(Span::new(file, 1, 1)), "ب");
        assert_eq!(files.slice(Span::new(file, 9, 4)), "");
    }

    #[test]
    fn an_id_of_another_table_is_empty() {
        let mut other = Files::new();
        other.add("a", "x");
        let foreign = other.add("b", "y");
        let files = Files::new();
        assert_eq!(files.name(foreign), "");
        assert_eq!(files.line_col(foreign, 3), (1, 1));
    }
}
