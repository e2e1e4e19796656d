//! What the JSON Lines format promises, as tables.

mod decoding;
mod encoding;
mod round_trip;

use serde_json::Value;
use warraq_core::{
    BuildContext, Changes, Document, EncodeContext, ExportFormat, Labels, Layers, MemoryResources, OptionError, Record,
    Result, SourceFormat,
};

fn source(options: Value, labels: &Labels) -> std::result::Result<Box<dyn SourceFormat>, OptionError> {
    let mut resources = MemoryResources::new();
    super::build_source(options, &mut BuildContext::new("jsonl", labels, &mut resources))
}

fn export(options: Value, labels: &Labels) -> std::result::Result<Box<dyn ExportFormat>, OptionError> {
    let mut resources = MemoryResources::new();
    super::build_export(options, &mut BuildContext::new("jsonl", labels, &mut resources))
}

/// Decodes one record; what is known of the document comes with the error.
fn decode(options: Value, record: &[u8], labels: &Labels) -> (Document, Result<()>) {
    let mut doc = Document::new();
    let record = Record { bytes: record, path: "in.jsonl", number: 7 };
    let result = source(options, labels).expect("the options are good").decoder().decode(&record, &mut doc);
    (doc, result)
}

/// Encodes one document after a stage `first` and a stage `second`.
fn encode(options: Value, doc: &Document, labels: &Labels) -> Result<String> {
    let stages = ["first".to_owned(), "second".to_owned()];
    let mut names = labels.names();
    let mut cx = EncodeContext { labels: &mut names, stages: &stages };
    let mut out = b"before\n".to_vec();
    let mut encoder = export(options, labels).expect("the options are good").encoder();
    encoder.encode(doc, &mut cx, &mut out)?;
    let line = String::from_utf8(out).expect("the export is UTF-8").split_off("before\n".len());
    assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "a record is one line: {line:?}");
    Ok(line)
}

/// A document with the changes that `fill` proposes.
fn document(text: &str, fill: impl FnOnce(&mut Changes)) -> Document {
    let mut doc = Document::with_text("d", text);
    change(&mut doc, fill);
    doc
}

fn change(doc: &mut Document, fill: impl FnOnce(&mut Changes)) {
    let mut changes = Changes::new();
    fill(&mut changes);
    doc.apply(&mut changes, 1, Layers::ALL).expect("the changes are good");
}
