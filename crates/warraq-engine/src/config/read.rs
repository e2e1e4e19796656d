//! TOML text to [`Node`] tree, with every syntax error of the text at once.
//!
//! The parser recovers from most errors by itself, but it gives up at a key without `=` and takes the rest of the file for
//! the content of a bracket that is never closed. Such lines are blanked out and parsing starts again, so that one slip
//! neither hides what follows nor drowns in consequences.

use super::node::{Key, Kind, Node, Table};
use crate::diagnostic::{DUPLICATE_KEY, Diagnostic, Diagnostics, FileId, Files, OUT_OF_RANGE, SYNTAX, Span};
use std::cmp::Reverse;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

/// Deepest nesting of values. The parser limits dotted keys and values apart; together they could exhaust the stack of
/// everything that walks the tree.
const MAX_DEPTH: usize = 128;

/// How often parsing starts again after an error that the parser does not survive.
const MAX_RESTARTS: usize = 20;

/// Most syntax errors reported for one text: what is not TOML at all would give one for every word.
const MAX_ERRORS: usize = 50;

/// Reads a text of `files` as a table. What could not be read is reported and left out.
pub fn read(files: &Files, file: FileId, out: &mut Diagnostics) -> Node {
    let original = files.text(file);
    let mut text = original.to_owned();
    let mut errors: Vec<Diagnostic> = Vec::new();
    for _ in 0..MAX_RESTARTS {
        let (table, found) = DeTable::parse_recoverable(&text);
        let Some((error, range)) = fatal(&text, &table, &found, file) else {
            break;
        };
        // Spaces keep every offset where it was; line ends stay, because errors are sought by line.
        let blank = text[range.clone()].chars();
        let blank = blank.map(|c| match c {
            '\n' => "\n".to_owned(),
            c => " ".repeat(c.len_utf8()),
        });
        let blank: String = blank.collect();
        text.replace_range(range, &blank);
        errors.push(error);
    }
    let (table, found) = DeTable::parse_recoverable(&text);

    let reader = Reader { file, base: 0 };
    let root = reader.table(table.into_inner(), Span::new(file, 0, 0), 0, out);
    let left = MAX_ERRORS.saturating_sub(errors.len());
    let found = found.iter().take(left);
    errors.extend(found.map(|error| syntax_error(error, original, file, &root)));
    out.extend(errors);
    root
}

/// Reads the part of a text of `files` that starts at byte `base` as one value; `None` if it is not exactly one.
pub(super) fn read_value(files: &Files, file: FileId, base: usize, out: &mut Diagnostics) -> Option<Node> {
    let text = files.text(file).get(base..)?;
    let inner = text.trim();
    let base = base + (text.len() - text.trim_start().len());
    let value = DeValue::parse(inner).ok()?;
    let reader = Reader { file, base };
    let range = value.span();
    Some(reader.node(value.into_inner(), range, 0, out))
}

/// The first error after which the parser reads no further or takes all that follows for something else, and the bytes to
/// leave out so that it can go on.
fn fatal(
    text: &str,
    table: &Spanned<DeTable<'_>>,
    errors: &[Error],
    file: FileId,
) -> Option<(Diagnostic, Range<usize>)> {
    let begins = |start: &'static str| {
        let mut errors = errors.iter();
        errors.find(move |error| error.message().starts_with(start))
    };
    if let Some(error) = begins("key with no value") {
        let at = error.span()?.start;
        let lines = lines_around(text, at..at)?;
        let error = Diagnostic::error(SYNTAX, error.message()).at(Span::new(file, at, at));
        return Some((error, lines));
    }
    // An array or table that is never closed swallows the rest of the file: it ends where the first thing in it is wrong.
    let unclosed = begins("unclosed array,").or_else(|| begins("unclosed inline table"))?;
    let opened = outermost_open(text, table.get_ref())?;
    let inside = errors.iter().filter_map(Error::span);
    let inside = inside.filter(|span| span.start > opened);
    let mut end = text.floor_char_boundary(inside.map(|span| span.start).min()?);
    let line = text[..end].rfind('\n').map_or(0, |newline| newline + 1);
    // A header looks like an array in an array; nobody begins a line of values with two brackets and means one.
    if line > opened && text[line..end].trim_start().starts_with('[') {
        end = line;
    }
    let end = text[..end].trim_end().len().max(opened + 1);
    let lines = lines_around(text, opened..end)?;
    let error = Diagnostic::error(SYNTAX, unclosed.message())
        .at(Span::new(file, end, end))
        .also(Span::new(file, opened, opened + 1), "opened here");
    Some((error, lines))
}

/// Where the array or inline table begins that runs to the end of what was read; the outermost, if several do.
fn outermost_open(text: &str, table: &DeTable<'_>) -> Option<usize> {
    let mut best: Option<(usize, Reverse<usize>)> = None;
    let mut todo: Vec<&Spanned<DeValue<'_>>> = table.iter().map(|(_, value)| value).collect();
    while let Some(value) = todo.pop() {
        let span = value.span();
        let bracket = text.get(span.start..).is_some_and(|rest| rest.starts_with(['[', '{']));
        match value.get_ref() {
            DeValue::Array(items) => todo.extend(items.iter()),
            DeValue::Table(table) => todo.extend(table.iter().map(|(_, value)| value)),
            _ => continue,
        }
        let found = (span.end, Reverse(span.start));
        if bracket && best.is_none_or(|best| best < found) {
            best = Some(found);
        }
    }
    best.map(|(_, Reverse(start))| start)
}

/// The bytes of the lines that a range touches, without the last line end; `None` if there is nothing on them.
fn lines_around(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let before = text.get(..range.start)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let after = text.get(range.end..)?;
    let end = after.find('\n').map_or(text.len(), |newline| range.end + newline);
    (!text[start..end].trim().is_empty()).then_some(start..end)
}

fn syntax_error(error: &Error, text: &str, file: FileId, root: &Node) -> Diagnostic {
    let range = error.span().unwrap_or(0..0);
    let mut span = Span::new(file, range.start, range.end);
    if error.message() == "duplicate key" {
        let name = text.get(range).unwrap_or("");
        let error = Diagnostic::error(DUPLICATE_KEY, format!("duplicate key `{name}`")).label(span, "given again here");
        let first = first_key(text, root, name.trim_matches(['"', '\'']), span);
        return match first.or_else(|| first_header(text, span)) {
            Some(first) => error.also(first, "first given here"),
            None => error,
        };
    }
    // "Nothing here" is found at the next token, often a line or more below; the reader has to look where it is missing.
    if span.start == span.end {
        let before = text.get(..span.start).unwrap_or("");
        if before.ends_with('\n') {
            let end = before.trim_end().len();
            span = Span::new(file, end, end);
        }
    }
    let message = match error.message() {
        "string values must be quoted, expected literal string" if range.is_empty() => "missing value",
        "string values must be quoted, expected literal string" => "text must be quoted",
        message => message,
    };
    Diagnostic::error(SYNTAX, message).at(span)
}

/// The first key `name` of the table that was being written at `again`: the last one opened before it that has such a key.
fn first_key(text: &str, root: &Node, name: &str, again: Span) -> Option<Span> {
    let mut found: Option<(Span, Span)> = None;
    let mut todo = vec![root];
    while let Some(node) = todo.pop() {
        match &node.kind {
            Kind::Array(items) => todo.extend(items),
            Kind::Table(table) => {
                // Only a `{…}` ends before other tables begin; the rest go on until the next header.
                let closed = text[node.span.start..].starts_with('{') && node.span.end <= again.start;
                if let Some((key, _)) = table.entry(name)
                    && key.span.start < again.start
                    && node.span.start <= again.start
                    && !closed
                    && found.is_none_or(|(opened, _)| opened.start < node.span.start)
                {
                    found = Some((node.span, key.span));
                }
                todo.extend(table.iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    found.map(|(_, key)| key)
}

/// The first `[header]` of a table whose header is repeated at `again`: the tree only has the second.
fn first_header(text: &str, again: Span) -> Option<Span> {
    let start = text.get(..again.start)?.rfind('\n').map_or(0, |newline| newline + 1);
    let header = text[start..].lines().next()?.trim();
    let mut offset = 0;
    for line in text[..start].split_inclusive('\n') {
        if header.starts_with('[') && line.trim() == header {
            let indent = line.len() - line.trim_start().len();
            let first = offset + indent;
            return Some(Span::new(again.file, first, first + header.len()));
        }
        offset += line.len();
    }
    None
}

/// Turns the parser's tree into ours.
struct Reader {
    file: FileId,
    /// Byte of the file at which the parsed text begins.
    base: usize,
}

impl Reader {
    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.file, self.base + range.start, self.base + range.end)
    }

    fn table(&self, table: DeTable<'_>, span: Span, depth: usize, out: &mut Diagnostics) -> Node {
        let mut entries: Vec<(Key, Node)> = Vec::with_capacity(table.len());
        for (key, value) in table {
            let key_span = self.span(&key.span());
            let name = key.into_inner().into_owned();
            let range = value.span();
            let node = self.node(value.into_inner(), range, depth + 1, out);
            entries.push((Key { name, span: key_span }, node));
        }
        // The parser sorts by name; people read, and stages may promise, the order of the file.
        entries.sort_by_key(|(key, _)| key.span.start);
        Node::new(Kind::Table(entries.into_iter().collect::<Table>()), span)
    }

    fn node(&self, value: DeValue<'_>, range: Range<usize>, depth: usize, out: &mut Diagnostics) -> Node {
        let span = self.span(&range);
        let kind = match value {
            DeValue::Boolean(value) => Kind::Bool(value),
            DeValue::Integer(value) => {
                Kind::Int(i64::from_str_radix(value.as_str(), value.radix()).unwrap_or_else(|_| {
                    let message = format!("integer `{value}` does not fit in 64 bits");
                    out.push(Diagnostic::error(OUT_OF_RANGE, message).at(span));
                    0
                }))
            }
            DeValue::Float(value) => Kind::Float(value.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::String(text) => Kind::Str(text.into_owned()),
            DeValue::Datetime(value) => Kind::Datetime(value.to_string()),
            DeValue::Array(_) | DeValue::Table(_) if depth >= MAX_DEPTH => {
                let message = format!("nested more than {MAX_DEPTH} levels deep");
                out.push(Diagnostic::error(OUT_OF_RANGE, message).at(span));
                Kind::Array(Vec::new())
            }
            DeValue::Array(items) => {
                let items = items.into_iter().map(|item| {
                    let range = item.span();
                    self.node(item.into_inner(), range, depth + 1, out)
                });
                Kind::Array(items.collect())
            }
            DeValue::Table(table) => return self.table(table, span, depth, out),
        };
        Node::new(kind, span)
    }
}
