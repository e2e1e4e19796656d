//! A strict reader of Prometheus's text exposition format, version 0.0.4, after the grammar in "Exposition formats"
//! (https://prometheus.io/docs/instrumenting/exposition_formats/): lines end with a line feed, the last one too; one `HELP`
//! and one `TYPE` per metric, before its first sample; the samples of a metric stand together, each with its own labels;
//! in label values `\\`, `\"` and `\n` are the only escapes. Of what may vary there (blank lines, comments, spaces) nothing
//! is taken here.

use std::collections::{BTreeMap, HashSet};

/// A metric as it was read.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) kind: String,
    pub(super) help: String,
    pub(super) samples: Vec<(BTreeMap<String, String>, f64)>,
}

/// All metrics of a file, by name.
#[derive(Debug)]
pub(super) struct Exposition(pub(super) BTreeMap<String, Family>);

impl Exposition {
    /// The value with these labels, those given here and no others but `pipeline`.
    #[track_caller]
    pub(super) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let family = self.0.get(name).unwrap_or_else(|| panic!("there is no {name}"));
        let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
        let found = family.samples.iter().find(|(own, _)| {
            let own: BTreeMap<&str, &str> = own.iter().map(|(name, value)| (&**name, &**value)).collect();
            own.iter().filter(|(name, _)| **name != "pipeline").eq(labels.iter())
        });
        found.unwrap_or_else(|| panic!("{name} {labels:?}: {:?}", family.samples)).1
    }
}

/// Reads a file.
pub(super) fn parse(text: &str) -> Result<Exposition, String> {
    let text = text.strip_suffix('\n').ok_or("the last line does not end with a line feed")?;
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current: Option<String> = None;
    let mut seen = HashSet::new();
    for line in text.split('\n') {
        let at = |what: &str| format!("{what} in {line:?}");
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').ok_or_else(|| at("no help"))?;
            if !is_name(name, true) || families.contains_key(name) {
                return Err(at("a wrong name, or one that was there before"));
            }
            let family = Family { kind: String::new(), help: help.to_owned(), samples: Vec::new() };
            families.insert(name.to_owned(), family);
            current = Some(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').ok_or_else(|| at("no type"))?;
            let family = families.get_mut(name).filter(|f| f.kind.is_empty() && f.samples.is_empty());
            let family = family.filter(|_| current.as_deref() == Some(name)).ok_or_else(|| at("out of place"))?;
            if !["counter", "gauge", "histogram", "summary", "untyped"].contains(&kind) {
                return Err(at("an unknown type"));
            }
            family.kind = kind.to_owned();
        } else {
            let (name, labels, value) = sample(line).ok_or_else(|| at("no sample"))?;
            let family = families.get_mut(&name).filter(|f| !f.kind.is_empty());
            let family = family.filter(|_| current.as_deref() == Some(&*name)).ok_or_else(|| at("out of place"))?;
            if !seen.insert((name, labels.clone())) {
                return Err(at("the labels of another sample"));
            }
            if family.kind == "counter" && (value.is_nan() || value < 0.0) {
                return Err(at("a counter below 0"));
            }
            family.samples.push((labels, value));
        }
    }
    match families.iter().find(|(_, family)| family.samples.is_empty()) {
        Some((name, _)) => Err(format!("{name} has no sample")),
        None => Ok(Exposition(families)),
    }
}

/// `[a-zA-Z_:][a-zA-Z0-9_:]*`; labels have no colons.
fn is_name(name: &str, colons: bool) -> bool {
    let may = |c: char, first: bool| {
        c.is_ascii_alphabetic() || c == '_' || (c == ':' && colons) || (c.is_ascii_digit() && !first)
    };
    !name.is_empty() && name.chars().enumerate().all(|(n, c)| may(c, n == 0))
}

fn sample(line: &str) -> Option<(String, BTreeMap<String, String>, f64)> {
    let end = line.find(['{', ' '])?;
    let name = line[..end].to_owned();
    let mut rest = &line[end..];
    let mut labels = BTreeMap::new();
    if let Some(mut inside) = rest.strip_prefix('{') {
        loop {
            let (label, after) = inside.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            if !is_name(label, false) || label.starts_with("__") || value.is_empty() {
                return None;
            }
            if labels.insert(label.to_owned(), value).is_some() {
                return None;
            }
            match after.strip_prefix(',') {
                Some(next) => inside = next,
                None => {
                    rest = after.strip_prefix('}')?;
                    break;
                }
            }
        }
    }
    let value = rest.strip_prefix(' ')?;
    let is_number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    let value = value.parse().ok().filter(|_| is_number)?;
    is_name(&name, true).then_some((name, labels, value))
}

/// A label's value up to its closing quote, and what comes after.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                '\\' => '\\',
                '"' => '"',
                'n' => '\n',
                _ => return None,
            }),
            c => value.push(c),
        }
    }
    None
}

#[test]
fn the_reader_is_strict() {
    let good = "# HELP a_total Some.\n# TYPE a_total counter\na_total{x=\"\\\\ \\\" \\n\"} 1\na_total 2.5\n";
    let read = parse(good).unwrap();
    assert_eq!(read.value("a_total", &[("x", "\\ \" \n")]), 1.0);
    assert_eq!(read.value("a_total", &[]), 2.5);
    for (good_part, bad) in [
        ("a_total 2.5\n", "a_total 2.5"),
        ("a_total 2.5\n", "a_total 2.5\n\n"),
        ("a_total 2.5\n", "a_total  2.5\n"),
        ("a_total 2.5\n", "a_total two\n"),
        ("a_total 2.5\n", "a_total -1\n"),
        ("a_total 2.5\n", "a_total{x=\"\\\\ \\\" \\n\"} 2\n"),
        ("a_total 2.5\n", "b 1\n"),
        ("\\n\"", "\\t\""),
        ("{x=", "{1x="),
        ("{x=\"\\\\ \\\" \\n\"}", "{x=\"\"}"),
        ("# TYPE a_total counter\n", ""),
        ("# HELP a_total Some.\n", ""),
        ("counter", "number"),
        ("# HELP a_total Some.\n", "# HELP a_total Some.\n# HELP a_total Some.\n"),
    ] {
        assert!(good.contains(good_part));
        let text = good.replace(good_part, bad);
        assert!(parse(&text).is_err(), "{text}");
    }
}
