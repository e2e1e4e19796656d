//! Decoders: any bytes become a document that keeps the rules, or an error with a place; what an encoder makes of the document
//! is read back as the same.

use crate::bytes::Bytes;
use crate::laws::{check_document, check_error};
use serde_json::{Value, json};
use std::io::{Cursor, Read};
use std::sync::LazyLock;
use warraq_core::{
    BuildContext, BuiltExport, Document, EncodeContext, Labels, MemoryResources, Record, Registry, Result, SourceFormat,
};
use warraq_formats::testing::{check_conllu, exported};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::new();
    warraq_formats::register(&mut registry).expect("names are unique");
    registry
});

fn source(format: &str, options: Value, labels: &Labels) -> Box<dyn SourceFormat> {
    let source = REGISTRY.format(format).and_then(|f| f.source.as_ref()).expect("the format reads");
    (source.build)(options, &mut BuildContext::new(format, labels, &mut MemoryResources::new())).expect("good options")
}

/// Decodes one record, from a source that has not seen others.
pub(crate) fn decode(format: &str, options: Value, bytes: &[u8], labels: &Labels) -> (Document, Result<()>) {
    decode_at(&*source(format, options, labels), bytes, 7)
}

fn decode_at(source: &dyn SourceFormat, bytes: &[u8], number: u64) -> (Document, Result<()>) {
    let (mut doc, record) = (Document::new(), Record { bytes, path: "in", number });
    let result = source.decoder().decode(&record, &mut doc);
    assert!(!doc.id().is_empty(), "every document has an id, also one that fails");
    match &result {
        Ok(()) => check_document(&doc),
        Err(error) => check_error(error, bytes),
    }
    (doc, result)
}

pub(crate) fn encode(format: &str, options: Value, doc: &Document, labels: &Labels) -> Result<String> {
    let export = REGISTRY.format(format).and_then(|f| f.export.as_ref()).expect("the format writes");
    let built = (export.build)(options, &mut BuildContext::new(format, labels, &mut MemoryResources::new()));
    let Ok(BuiltExport::Encoded(built)) = built else { panic!("{built:?}") };
    let (mut names, mut out) = (labels.names(), Vec::new());
    built.encoder().encode(doc, &mut EncodeContext { labels: &mut names, stages: &["stage".into()] }, &mut out)?;
    Ok(String::from_utf8(out).expect("exports are UTF-8"))
}

/// A line of JSON. The first byte chooses options.
pub(crate) fn jsonl(data: &[u8]) {
    let mut bytes = Bytes(data);
    let choice = bytes.u8();
    let unit = ["char", "byte", "utf16"][usize::from(choice) % 3];
    let layers = if choice & 4 == 0 { "auto" } else { "ignore" };
    let (text, id) = if choice & 8 == 0 { ("text", "id") } else { ("data.body", "url") };
    let options = json!({"offsets": unit, "layers": layers, "text": text, "id": id});
    let labels = Labels::new();
    // No record has a line end inside: the reader cuts there.
    let line = bytes.0.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let (doc, result) = decode("jsonl", options, line, &labels);
    if let Err(error) = result {
        assert!(
            !error.reason.starts_with("json.syntax") || serde_json::from_slice::<Value>(line).is_err(),
            "serde_json reads what was refused: {error}"
        );
        return;
    }
    for source_offsets in [false, true] {
        let out = json!({"offsets": unit, "source_offsets": source_offsets});
        let line = encode("jsonl", out.clone(), &doc, &labels).expect("any document can be written");
        assert!(line.ends_with('\n') && line.matches('\n').count() == 1, "a record is one line: {line}");
        let others = Labels::new();
        others.intern("taken");
        let back = json!({"offsets": unit, "require": ["tokens", "sents", "spans", "scores"]});
        let (again, result) = decode("jsonl", back, line.trim_end_matches('\n').as_bytes(), &others);
        assert!(result.is_ok(), "{result:?} of {line}");
        assert_eq!(exported(&again, &others), exported(&doc, &labels), "{line}");
        assert_eq!(encode("jsonl", out, &again, &others).expect("as above"), line);
    }
}

/// Plain text. The first byte chooses the encoding, and whether it is a file or a line, and which.
pub(crate) fn text(data: &[u8]) {
    const ENCODINGS: &[&str] = &[
        "utf-8",
        "html",
        "utf-16",
        "utf-16be",
        "windows-1256",
        "iso-8859-6",
        "gb18030",
        "big5",
        "iso-2022-jp",
        "shift_jis",
        "euc-kr",
        "x-user-defined",
    ];
    let mut bytes = Bytes(data);
    let choice = usize::from(bytes.u8());
    let encoding = ENCODINGS[choice % 16 % ENCODINGS.len()];
    let is_line = choice & 16 != 0 && encoding != "html";
    let number = if choice & 32 == 0 { 1 } else { 2 };
    let unit = if is_line { "line" } else { "file" };
    let labels = Labels::new();
    let source = source("text", json!({"encoding": encoding, "document": unit}), &labels);
    let mut read = Vec::new();
    let mut reader = source.reader(Box::new(Cursor::new(bytes.0.to_vec())));
    reader.read_to_end(&mut read).expect("what is malformed is said of the record, not of the file");
    let (doc, result) = decode_at(&*source, &read, number);
    if encoding == "utf-8" {
        let text = std::str::from_utf8(bytes.0).ok();
        assert_eq!(text.is_some(), result.is_ok(), "a text is taken if it is UTF-8: {result:?}");
        let text = text.unwrap_or_default();
        let text = text.strip_prefix('\u{feff}').filter(|_| number == 1).unwrap_or(text);
        let text = if is_line { text.strip_suffix('\r').unwrap_or(text) } else { text };
        assert!(result.is_err() || doc.text() == text);
    } else if result.is_ok() {
        // As UTF-8 it is the same text.
        let (again, result) = decode("text", json!({}), doc.text().as_bytes(), &labels);
        assert!(result.is_ok() && again.text() == doc.text());
    }
}

/// A block of CoNLL-U. The first byte chooses what stands between sentences.
pub(crate) fn conllu(data: &[u8]) {
    let mut bytes = Bytes(data);
    let separator = bytes.choice(&["\n", " ", "\n\n", "  "]);
    let labels = Labels::new();
    let (doc, result) = decode("conllu", json!({"sentence_separator": separator}), bytes.0, &labels);
    if result.is_ok() {
        written_and_read_back(&doc, &labels);
    }
}

/// Writes a document as CoNLL-U, holds the file to the rules of the format and reads it back: what the format promises to hold is
/// there, and written again it is the same file.
pub(crate) fn written_and_read_back(doc: &Document, labels: &Labels) {
    let file = encode("conllu", json!({}), doc, labels).expect("a document with words can be written");
    check_conllu(&file);
    let others = Labels::new();
    others.intern("taken");
    let (again, result) = decode("conllu", json!({"sentence_separator": "\t"}), file.as_bytes(), &others);
    assert!(result.is_ok(), "{result:?} of {file}");
    assert_eq!(crate::conllu::contents(&again, &others), crate::conllu::contents(doc, labels), "{file}");
    assert_eq!(encode("conllu", json!({}), &again, &others).expect("as before"), file);
}

/// Lines of tokens and tags.
pub(crate) fn bio(data: &[u8]) {
    let labels = Labels::new();
    let (doc, result) = decode("bio", json!({}), data, &labels);
    if result.is_err() {
        return;
    }
    // The format is not written, so the file is put together here.
    let mut file = String::new();
    let mut sentences = doc.sentences().iter().peekable();
    for token in doc.tokens() {
        let inside = |s: &&warraq_core::Span| s.start <= token.start && token.end <= s.end;
        let tag = doc.spans().iter().find(inside).map_or("O".into(), |span| {
            format!("{}-{}", if span.start == token.start { "B" } else { "I" }, labels.name(span.label))
        });
        file += &format!("{} {tag}\n", &doc.text()[token.start as usize..token.end as usize]);
        if sentences.next_if(|s| s.end == token.end).is_some() {
            file.push('\n');
        }
    }
    assert!(sentences.next().is_none(), "a sentence ends with a token");
    let others = Labels::new();
    others.intern("taken");
    let (again, result) = decode("bio", json!({}), file.as_bytes(), &others);
    assert!(result.is_ok(), "{result:?} of {file}");
    assert_eq!(exported(&again, &others), exported(&doc, &labels), "{file}");
}
