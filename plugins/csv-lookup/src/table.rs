//! The table: all cells as JSON text in one string, and an index from keys to rows.

use crate::options::{Columns, Duplicates, Options};
use crate::values::{Type, render};
use csv::{ReaderBuilder, StringRecord};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// A table read and indexed.
#[derive(Debug)]
pub(crate) struct Table {
    /// Row after row: its key, then the JSON of each column.
    arena: String,
    /// Where each of these ends in the arena; each begins where the one before it ends.
    ends: Vec<u32>,
    /// The fields that the columns become, in the order they are written.
    fields: Vec<String>,
    /// The numbers of rows by their keys.
    index: HashTable<u32>,
    hasher: RandomState,
}

/// Why a table cannot be used, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The option at fault, where it is not the file.
    pub(crate) option: Option<String>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Problem {
    fn new(message: String) -> Self {
        Problem { option: None, message, help: None }
    }

    fn of(option: &str, message: String) -> Self {
        Problem { option: Some(option.into()), message, help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A row of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    table: &'a Table,
    row: usize,
}

impl<'a> Row<'a> {
    /// The fields of the row: name and JSON.
    pub(crate) fn fields(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let Row { table, row } = self;
        table.fields.iter().enumerate().map(move |(n, field)| (field.as_str(), table.cell(row, n + 1)))
    }
}

impl Table {
    /// Reads a table. `path` is how messages name it.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub(crate) fn read(text: &str, path: &str, delimiter: u8, options: &Options) -> Result<Table, Problem> {
        let mut reader = ReaderBuilder::new().delimiter(delimiter).quoting(options.quotes).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|e| problem(&e, text, path))?.clone();
        let key_at = position(&header, &options.key)
            .ok_or_else(|| Problem::of("key", no_column(path, &options.key, &header)).help(HEADER))?;
        let wanted = wanted(&header, key_at, path, options)?;
        let mut table = Table {
            arena: String::new(),
            ends: Vec::new(),
            fields: wanted.iter().map(|wanted| wanted.field.clone()).collect(),
            index: HashTable::new(),
            hasher: RandomState::new(),
        };
        // Where the rows begin in the file, for messages about earlier ones.
        let (mut starts, mut record) = (Vec::new(), StringRecord::new());
        // Where the row at hand begins, if its last cell has several lines.
        let mut spans_lines = None;
        while reader.read_record(&mut record).map_err(|e| problem(&e, text, path))? {
            let start = record.position().map_or(0, csv::Position::byte);
            let error = |message: String| Problem::new(format!("{path}, line {}: {message}", line(text, start)));
            let key = &record[key_at];
            if key.is_empty() {
                return Err(error(format!("the key column {:?} is empty", options.key)));
            }
            spans_lines = record.iter().next_back().filter(|cell| cell.contains('\n')).map(|_| start);
            match options.duplicates {
                Duplicates::Error => {
                    if let Some(row) = table.row(key) {
                        let first = line(text, starts[row.row]);
                        return Err(error(format!("the key {key:?} is in line {first} already"))
                            .help("set `duplicates` to \"first\" or \"last\" to take one of the rows"));
                    }
                }
                Duplicates::First if table.row(key).is_some() => continue,
                Duplicates::First | Duplicates::Last => {}
            }
            let too_big = || error("the table has more than 4 GiB".into());
            table.arena.push_str(key);
            table.close().ok_or_else(too_big)?;
            for Wanted { at, kind, .. } in &wanted {
                render(&record[*at], *kind, &mut table.arena)
                    .map_err(|message| error(format!("column {:?}: {message}", &header[*at])))?;
                table.close().ok_or_else(too_big)?;
            }
            table.list(starts.len()).ok_or_else(too_big)?;
            starts.push(start);
        }
        // A cell whose mark is not closed would otherwise have swallowed the rest of the table without a word.
        if let Some(start) = spans_lines.filter(|_| options.quotes)
            && text.get(start as usize..).is_some_and(|row| row.matches('"').count() % 2 == 1)
        {
            let message = format!("{path}, line {}: a quotation mark is opened and not closed", line(text, start));
            return Err(Problem::new(message).help("close it, or set `quotes` to false if marks are plain characters"));
        }
        table.arena.shrink_to_fit();
        table.ends.shrink_to_fit();
        Ok(table)
    }

    /// The row with this key.
    pub(crate) fn row(&self, key: &str) -> Option<Row<'_>> {
        let hash = self.hasher.hash_one(key);
        let row = *self.index.find(hash, |&row| self.cell(row as usize, 0) == key)? as usize;
        Some(Row { table: self, row })
    }

    /// How many keys there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// The key of a row (0) or one of its values.
    fn cell(&self, row: usize, n: usize) -> &str {
        cell(&self.arena, &self.ends, self.fields.len(), row, n)
    }

    /// Ends a cell where the arena ends.
    fn close(&mut self) -> Option<()> {
        self.ends.push(u32::try_from(self.arena.len()).ok()?);
        Some(())
    }

    /// Lists a row under its key, in the place of an earlier one.
    fn list(&mut self, row: usize) -> Option<()> {
        let number = u32::try_from(row).ok()?;
        let Table { arena, ends, fields, index, hasher } = self;
        let key = |row: u32| cell(arena, ends, fields.len(), row as usize, 0);
        let hash = hasher.hash_one(key(number));
        match index.entry(hash, |&known| key(known) == key(number), |&known| hasher.hash_one(key(known))) {
            Entry::Occupied(mut entry) => *entry.get_mut() = number,
            Entry::Vacant(entry) => {
                entry.insert(number);
            }
        }
        Some(())
    }
}

fn cell<'a>(arena: &'a str, ends: &[u32], columns: usize, row: usize, n: usize) -> &'a str {
    let at = row * (columns + 1) + n;
    let start = at.checked_sub(1).map_or(0, |before| ends[before]);
    &arena[start as usize..ends[at] as usize]
}

/// A column that is joined.
#[derive(Debug)]
struct Wanted {
    at: usize,
    field: String,
    kind: Type,
}

const HEADER: &str = "the first line of a table names its columns";

fn position(header: &StringRecord, name: &str) -> Option<usize> {
    header.iter().position(|known| known == name)
}

fn no_column(path: &str, name: &str, header: &StringRecord) -> String {
    let known: Vec<&str> = header.iter().collect();
    format!("{path} has no column {name:?}; its columns: {}", known.join(", "))
}

/// The columns that the options ask for.
fn wanted(header: &StringRecord, key_at: usize, path: &str, options: &Options) -> Result<Vec<Wanted>, Problem> {
    for (at, name) in header.iter().enumerate() {
        let first = position(header, name).expect("it is among them");
        if first != at {
            let message = format!("{path}, line 1: columns {} and {} are both named {name:?}", first + 1, at + 1);
            return Err(Problem::new(message));
        }
    }
    let prefixed = |name: &str| format!("{}{name}", options.prefix);
    let mut wanted: Vec<(usize, String)> = Vec::new();
    match &options.columns {
        None => {
            let others = header.iter().enumerate().filter(|(at, _)| *at != key_at);
            wanted.extend(others.map(|(at, name)| (at, prefixed(name))));
        }
        Some(Columns::These(names)) => {
            for (n, name) in names.iter().enumerate() {
                let option = format!("columns[{n}]");
                let at = position(header, name).ok_or_else(|| Problem::of(&option, no_column(path, name, header)))?;
                wanted.push((at, prefixed(name)));
            }
        }
        Some(Columns::Renamed(names)) => {
            for (name, field) in names {
                let option = format!("columns.{name}");
                let at = position(header, name).ok_or_else(|| Problem::of(&option, no_column(path, name, header)))?;
                wanted.push((at, field.clone()));
            }
            wanted.sort_by_key(|(at, _)| *at);
        }
    }
    for name in options.types.keys() {
        let at = position(header, name);
        if !at.is_some_and(|at| wanted.iter().any(|(wanted, _)| *wanted == at)) {
            let message = at.map_or_else(
                || no_column(path, name, header),
                |_| format!("the column {name:?} is not among those that are joined"),
            );
            return Err(Problem::of(&format!("types.{name}"), message));
        }
    }
    for (n, (at, field)) in wanted.iter().enumerate() {
        if field.is_empty() {
            let message = format!("column {} of {path} would become a field without a name", at + 1);
            return Err(Problem::of("columns", message).help("name it, as in columns = { population = \"people\" }"));
        }
        if let Some((other, _)) = wanted[..n].iter().find(|(_, known)| known == field) {
            let (first, second) = (&header[*other], &header[*at]);
            return Err(Problem::of("columns", format!("{first:?} and {second:?} both become the field {field:?}")));
        }
    }
    let kind = |at: usize| options.types.get(&header[at]).copied().unwrap_or_default();
    Ok(wanted.into_iter().map(|(at, field)| Wanted { at, field, kind: kind(at) }).collect())
}

/// The line of the row that begins at a byte of the file or at line ends before it.
fn line(text: &str, byte: u64) -> usize {
    let start = usize::try_from(byte).unwrap_or(text.len()).min(text.len());
    let ends = text.as_bytes()[start..].iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
    1 + text.as_bytes()[..start + ends].iter().filter(|&&b| b == b'\n').count()
}

fn problem(error: &csv::Error, text: &str, path: &str) -> Problem {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = line(text, pos.as_ref().map_or(0, csv::Position::byte));
            Problem::new(format!("{path}, line {line}: it has {len} cells, and the first line {expected_len}"))
                .help("check `delimiter`, and `quotes` where cells contain quotation marks")
        }
        _ => Problem::new(format!("{path}: {error}")),
    }
}
