//! TOML text to [`Node`] tree, with every syntax error of the text at once.
//!
//! The parser recovers from most errors by itself but gives up at a key without `=`; here the line is blanked out and
//! parsing starts again, so that one slip does not hide what follows.

use super::node::{Key, Kind, Node, Table};
use crate::diagnostic::{DUPLICATE_KEY, Diagnostic, Diagnostics, FileId, Files, OUT_OF_RANGE, SYNTAX, Span};
use toml::de::{DeTable, DeValue, Error};

/// Deepest nesting of values. The parser limits dotted keys and values apart; together they could exhaust the stack of
/// everything that walks the tree.
const MAX_DEPTH: usize = 128;

/// How often parsing starts again after a key without `=`.
const MAX_RESTARTS: usize = 20;

/// Most syntax errors reported for one text: what is not TOML at all would give one for every word.
const MAX_ERRORS: usize = 50;

/// Reads a text of `files` as a table. What could not be read is reported and left out.
pub fn read(files: &Files, file: FileId, out: &mut Diagnostics) -> Node {
    let original = files.text(file);
    let mut text = original.to_owned();
    let mut errors: Vec<Error> = Vec::new();
    for _ in 0..MAX_RESTARTS {
        let (_, found) = DeTable::parse_recoverable(&text);
        let stop = found.into_iter().find(|error| error.message().starts_with("key with no value"));
        let Some((stop, range)) = stop.and_then(|error| {
            let range = line_around(&text, error.span()?.start)?;
            Some((error, range))
        }) else {
            break;
        };
        // Spaces keep every offset where it was.
        text.replace_range(range.clone(), &" ".repeat(range.len()));
        errors.push(stop);
    }
    let (table, found) = DeTable::parse_recoverable(&text);
    errors.extend(found);

    let reader = Reader { file, base: 0 };
    let root = reader.table(table.into_inner(), Span::new(file, 0, 0), 0, out);
    errors.truncate(MAX_ERRORS);
    for error in errors {
        out.push(syntax_error(&error, original, file, &root));
    }
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

/// The bytes of the line around an offset, without its line end; `None` if there is nothing on it.
fn line_around(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let before = text.get(..at)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    (!text[start..end].trim().is_empty()).then_some(start..end)
}

fn syntax_error(error: &Error, text: &str, file: FileId, root: &Node) -> Diagnostic {
    let range = error.span().unwrap_or(0..0);
    let mut span = Span::new(file, range.start, range.end);
    if error.message() == "duplicate key" {
        let name = text.get(range).unwrap_or("");
        let error = Diagnostic::error(DUPLICATE_KEY, format!("duplicate key `{name}`")).label(span, "given again here");
        return match first_key(text, root, name.trim_matches(['"', '\'']), span) {
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
    let message = error.message().replace("``", "nothing");
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

/// Turns the parser's tree into ours.
struct Reader {
    file: FileId,
    /// Byte of the file at which the parsed text begins.
    base: usize,
}

impl Reader {
    fn span(&self, range: &std::ops::Range<usize>) -> Span {
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

    fn node(&self, value: DeValue<'_>, range: std::ops::Range<usize>, depth: usize, out: &mut Diagnostics) -> Node {
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
