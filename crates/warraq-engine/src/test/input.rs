//! The document that a test begins with.

use super::Case;
use crate::config::{Spanned, TestContent, TestInput};
use crate::plan::by_extension;
use crate::probe::Probe;
use crate::run::{decompressed, split_blocks};
use std::fs::File;
use std::io::{self, Read};
use warraq_core::{Document, Error, Framing, Record};

/// The id of a document whose test gives it none.
const ID: &str = "test";

/// The document, or why it cannot be decoded.
///
/// # Errors
/// When a file cannot be read, or has not the one document that is asked for.
pub(super) fn document(
    case: &Case<'_>,
    probe: &Probe<'_>,
    input: &TestInput,
) -> Result<Result<Document, Error>, String> {
    match &input.content {
        TestContent::Text(text) => {
            let mut doc = Document::with_text(input.id.as_ref().map_or(ID, |id| id.as_str()), text);
            doc.set_lang(input.lang.as_ref().map_or("", |lang| lang.as_str()));
            for (key, value) in &input.meta {
                doc.meta_mut().push(key, &value.to_string());
            }
            Ok(Ok(doc))
        }
        TestContent::Record(record) => {
            let table = input.source.as_ref().map_or(0, |source| source.value);
            let source = case.plan.sources.iter().position(|source| source.index == table);
            let source = source.ok_or("its source reads nothing")?;
            Ok(probe.decode(source, &Record { bytes: record.as_bytes(), path: ID, number: 1 }))
        }
        TestContent::File(path) => file(case, probe, input, path),
    }
}

fn file(
    case: &Case<'_>,
    probe: &Probe<'_>,
    input: &TestInput,
    path: &Spanned<String>,
) -> Result<Result<Document, Error>, String> {
    let place = case.path(path);
    let cannot = |why: String| format!("{} cannot be read: {why}", place.display());
    let plan = case.plan;
    let format = by_extension(path, case.registry);
    let sources = &plan.sources;
    let source = match &input.source {
        Some(table) => sources.iter().position(|source| source.index == table.value),
        None => sources.iter().position(|s| format.is_some_and(|format| format.name == s.format_name)),
    };
    let source = source.or((sources.len() == 1).then_some(0));
    let source = source.ok_or_else(|| cannot("no source reads such a file; say which with `source`".to_owned()))?;

    let format = &sources[source].format;
    let read = || {
        let raw = Box::new(File::open(&place)?);
        let mut bytes = Vec::new();
        let plain = decompressed(raw, Some(&place), &plan.codecs, Some(plan.limits.expansion()))?;
        format.reader(plain).read_to_end(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    let bytes = read().map_err(|e| cannot(e.to_string()))?;
    let records: Vec<(u64, &[u8])> = match format.framing() {
        Framing::File => vec![(1, bytes.as_slice())],
        Framing::Blocks(rule) => split_blocks(rule, &bytes),
        Framing::Lines => (1..).zip(bytes.split(|&b| b == b'\n')).filter(|(_, l)| !l.trim_ascii().is_empty()).collect(),
    };
    let decode = |(number, bytes): (u64, &[u8])| {
        let bytes = bytes.strip_suffix(b"\r").filter(|_| format.framing() == Framing::Lines).unwrap_or(bytes);
        probe.decode(source, &Record { bytes, path, number })
    };
    match (&input.id, records.as_slice()) {
        (Some(id), records) => {
            let mut docs = records.iter().filter_map(|record| decode(*record).ok());
            docs.find(|doc| doc.id() == id.as_str()).map(Ok).ok_or_else(|| cannot(format!("it has no document {id:?}")))
        }
        (None, [record]) => Ok(decode(*record)),
        (None, records) => {
            Err(cannot(format!("it has {} documents where a test has one; pick one with `id`", records.len())))
        }
    }
}
