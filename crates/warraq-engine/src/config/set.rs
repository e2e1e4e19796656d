//! `--set KEY=VALUE`: one value of the file replaced from the command line, with errors that point into the argument.
//!
//! Overrides change the tree before anything is checked, so that a wrong one is found like a wrong line of the file.

use super::node::{Key, Kind, Node, Table};
use super::{read, suggest};
use crate::diagnostic::{
    BAD_OVERRIDE, Diagnostic, Diagnostics, FileId, Files, OVERRIDE_AMBIGUOUS, OVERRIDE_TARGET, Span,
};
use toml::de::{DeTable, DeValue};

/// The arrays of tables of a pipeline file, whose elements a key addresses.
const LISTS: &[&str] = &["source", "stage", "export"];

/// Lays the arguments over the tree, in order. Each becomes a text named `--set` in `files`.
///
/// A key is a dotted TOML key. Elements of arrays are addressed by number, from 0; stages also by their `name`, or by
/// their `use` where only one stage has it. A value that is not TOML is taken as text.
pub fn apply(root: &mut Node, files: &mut Files, args: &[String], out: &mut Diagnostics) {
    let secret = super::vars::secrets(root);
    for arg in args {
        let file = files.add("--set", arg.as_str());
        let Some((keys, base)) = key(files, file, out) else {
            continue;
        };
        // Both have been read by now; a value given here would be ignored.
        if let Some(first) = keys.first().filter(|first| ["include", "profile"].contains(&first.name.as_str())) {
            let message = format!("`{}` cannot be set from the command line", first.name);
            let error = Diagnostic::error(OVERRIDE_TARGET, message).at(first.span);
            let help = match first.name.as_str() {
                "profile" => "a profile is chosen with `--profile NAME`; `--set` changes the keys themselves",
                _ => "files are included before `--set` is looked at",
            };
            out.push(error.help(help));
            continue;
        }
        let text = files.text(file);
        let value = read::read_value(files, file, base, out).unwrap_or_else(|| {
            let span = Span::new(file, base, text.len());
            Node::new(Kind::Str(text[base..].to_owned()), span)
        });
        if let Err(error) = assign(root, &keys, value) {
            out.push(*error);
        }
        if let [vars, name, ..] = &keys[..]
            && vars.name == "vars"
            && secret.contains(&name.name)
        {
            files.blank(file, base);
        }
    }
}

/// The parts of the key and the byte at which the value begins.
fn key(files: &Files, file: FileId, out: &mut Diagnostics) -> Option<(Vec<Key>, usize)> {
    let text = files.text(file);
    let Some(equals) = equals_sign(text) else {
        let error = Diagnostic::error(BAD_OVERRIDE, "`--set` needs KEY=VALUE");
        let error = error.at(Span::new(file, 0, text.len()));
        out.push(error.help("for example `--set run.threads=4`"));
        return None;
    };
    let span = Span::new(file, 0, equals);
    // A line end would let the parser see more than one key.
    let parsed = match text[..equals].contains(['\n', '\r']) {
        true => Err("it has more than one line".to_owned()),
        false => dotted_key(&text[..equals], file),
    };
    match parsed {
        Ok(keys) => Some((keys, equals + 1)),
        Err(reason) => {
            let message = format!("the key of `--set` cannot be read: {reason}");
            out.push(Diagnostic::error(BAD_OVERRIDE, message).at(span).help(
                "keys are joined with dots; a part with other characters than letters, digits, `-` and `_` needs quotes",
            ));
            None
        }
    }
}

/// The first `=` outside quotes.
fn equals_sign(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '=') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some('"'), '\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), c) if c == open && !escaped => quote = None,
            _ => {}
        }
        escaped = false;
    }
    None
}

fn dotted_key(text: &str, file: FileId) -> Result<Vec<Key>, String> {
    let line = format!("{text}=0");
    let (root, errors) = DeTable::parse_recoverable(&line);
    if let Some(error) = errors.first() {
        return Err(error.message().to_owned());
    }
    let mut keys = Vec::new();
    let mut table = root.into_inner();
    while let Some((key, value)) = table.into_iter().next() {
        let range = key.span();
        keys.push(Key { name: key.into_inner().into_owned(), span: Span::new(file, range.start, range.end) });
        match value.into_inner() {
            DeValue::Table(inner) => table = inner,
            _ => return Ok(keys),
        }
    }
    Err("it is empty".to_owned())
}

fn assign(root: &mut Node, keys: &[Key], value: Node) -> Result<(), Box<Diagnostic>> {
    let mut here = root;
    let mut rest = keys;
    while let Some((key, tail)) = rest.split_first() {
        let walked = &keys[..keys.len() - rest.len()];
        match &mut here.kind {
            Kind::Table(table) if tail.is_empty() => {
                table.insert(key.clone(), value);
                return Ok(());
            }
            Kind::Table(table) => {
                if table.get(&key.name).is_none() {
                    if walked.is_empty() && LISTS.contains(&key.name.as_str()) {
                        let message = format!("the file has no `[[{}]]`", key.name);
                        return Err(Box::new(Diagnostic::error(OVERRIDE_TARGET, message).at(key.span)));
                    }
                    let empty = Node::new(Kind::Table(Table::new()), key.span);
                    table.insert(key.clone(), empty);
                }
                match table.get_mut(&key.name) {
                    Some(next) => (here, rest) = (next, tail),
                    None => return Ok(()),
                }
            }
            Kind::Array(items) => {
                let list = match walked {
                    [list] if LISTS.contains(&list.name.as_str()) => Some(list.name.as_str()),
                    _ => None,
                };
                let (index, used) = element(items, list, rest, &path(walked))?;
                let item = &mut items[index];
                rest = &rest[used..];
                if rest.is_empty() {
                    *item = value;
                    return Ok(());
                }
                here = item;
            }
            _ => {
                let message = format!("`{}` is no table: it has no keys", path(walked));
                let error = Diagnostic::error(OVERRIDE_TARGET, message).at(key.span);
                return Err(Box::new(error.also(here.span, "its value")));
            }
        }
    }
    Ok(())
}

/// The element that `rest` begins with, and how many parts of `rest` name it.
fn element(items: &[Node], list: Option<&str>, rest: &[Key], walked: &str) -> Result<(usize, usize), Box<Diagnostic>> {
    let Some((first, tail)) = rest.split_first() else {
        return Err(Box::new(Diagnostic::error(OVERRIDE_TARGET, "nothing is named")));
    };
    if let Some(list) = list
        && tail.is_empty()
    {
        let message = format!("`{walked}.{}` names a whole {list}, not a key of it", first.name);
        let example = format!("add the key: `{walked}.{}.KEY=VALUE`", first.name);
        let error = Diagnostic::error(OVERRIDE_TARGET, message).at(first.span);
        return Err(Box::new(error.help(example)));
    }
    if first.name.bytes().all(|b| b.is_ascii_digit()) {
        let index = first.name.parse().ok();
        return match index.filter(|index: &usize| *index < items.len()) {
            Some(index) => Ok((index, 1)),
            None => {
                let message = format!("`{walked}` has no element {}", first.name);
                let help = format!("it has {}, counted from 0", items.len());
                let error = Diagnostic::error(OVERRIDE_TARGET, message).at(first.span);
                Err(Box::new(error.help(help)))
            }
        };
    }
    if list == Some("stage") {
        return stage(items, rest);
    }
    let message = format!("the elements of `{walked}` are addressed by number");
    let example = match tail.is_empty() {
        true => format!("for example `{walked}.0=VALUE`"),
        false => format!("for example `{walked}.0.{}`", path(tail)),
    };
    let error = Diagnostic::error(OVERRIDE_TARGET, message).at(first.span);
    Err(Box::new(error.help(example)))
}

/// The stage that the longest beginning of `rest` names; at least one part is left for the option.
fn stage(items: &[Node], rest: &[Key]) -> Result<(usize, usize), Box<Diagnostic>> {
    let uses: Vec<_> = items.iter().map(|item| text(item, "use")).collect();
    let names = stage_names(items);
    let having = |list: &[Option<String>], wanted: &str| -> Vec<usize> {
        let found = list.iter().enumerate();
        let found = found.filter(|(_, name)| name.as_deref() == Some(wanted));
        found.map(|(index, _)| index).collect()
    };
    for used in (1..rest.len()).rev() {
        let wanted = joined(&rest[..used]);
        let mut found = having(&names, &wanted);
        if found.is_empty() {
            found = having(&uses, &wanted);
        }
        match found.as_slice() {
            [] => {}
            [index] => return Ok((*index, used)),
            several => {
                let message = format!("`{wanted}` could be any of {} stages", several.len());
                let mut error = Diagnostic::error(OVERRIDE_AMBIGUOUS, message).at(around(&rest[0], &rest[used - 1]));
                for index in several.iter().take(8) {
                    error = error.also(items[*index].span, format!("stage {index}"));
                }
                let example = format!("stage.{}.{}", several[0], path(&rest[used..]));
                let help = format!("use its `name`, or its number: `--set {example}=VALUE`");
                return Err(Box::new(error.help(help)));
            }
        }
    }
    let known: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
    // How much of the key was meant to be the name is not known; the longest part that resembles one is the best guess.
    let guess =
        (1..rest.len()).rev().find(|used| suggest::nearest(&joined(&rest[..*used]), known.iter().copied()).is_some());
    let used = guess.unwrap_or(rest.len() - 1).max(1);
    let wanted = joined(&rest[..used]);
    let error = Diagnostic::error(OVERRIDE_TARGET, format!("no stage is named `{wanted}`"));
    let help = suggest::help(&wanted, known, "stages");
    let error = error.at(around(&rest[0], &rest[used - 1]));
    Err(Box::new(error.help_if(help)))
}

/// The names of stages, which by default are what they use.
pub(super) fn stage_names(items: &[Node]) -> Vec<Option<String>> {
    items.iter().map(|item| text(item, "name").or_else(|| text(item, "use"))).collect()
}

fn text(node: &Node, key: &str) -> Option<String> {
    Some(node.as_table()?.get(key)?.as_str()?.to_owned())
}

/// The parts without quotes, as a stage's name is written.
fn joined(keys: &[Key]) -> String {
    let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    names.join(".")
}

/// The parts as a TOML key.
fn path(keys: &[Key]) -> String {
    let bare = |name: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        !name.is_empty() && name.bytes().all(plain)
    };
    let parts: Vec<String> = keys
        .iter()
        .map(|key| match bare(&key.name) {
            true => key.name.clone(),
            false => format!("\"{}\"", key.name),
        })
        .collect();
    parts.join(".")
}

/// From the first part's first byte to the last part's last.
fn around(first: &Key, last: &Key) -> Span {
    Span::new(first.span.file, first.span.start, last.span.end)
}
