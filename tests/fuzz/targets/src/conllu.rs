//! CoNLL-U, there and back: a document of any tokens, words and spans is written, held to the rules of the format, and read.

use crate::bytes::Bytes;
use crate::formats;
use warraq_core::{Changes, Document, Labels, Layer, Layers, Sentence, Span, Token, TokenKind, Word};

/// What must be the same after the way out and back.
pub(crate) fn contents(doc: &Document, labels: &Labels) -> String {
    let blank = |start: u32, end: u32| doc.text()[start as usize..end as usize].trim().is_empty();
    let tokens: Vec<_> = doc.tokens().iter().filter(|t| !blank(t.start, t.end)).collect();
    // White space inside of an id or a form is one space, and inside of the other columns `_`.
    let joined = |value: &str, by| value.split_whitespace().collect::<Vec<_>>().join(by);
    let mut out = format!("{:?} {:?}\n{tokens:?}\n", joined(doc.id(), " "), doc.text());
    let cell = |name, n| doc.column(Layer::Words, labels.get(name)?).and_then(|column| doc.cell(column, n));
    for (n, word) in doc.words().iter().enumerate() {
        let surface = &doc.text()[word.start as usize..word.end as usize];
        // What comes to `_` is written as no value.
        let upos = cell("upos", n).map(|upos| joined(upos, "_")).filter(|upos| upos != "_");
        out += &format!("{:?} {upos:?}\n", joined(cell("form", n).unwrap_or(surface), " "));
    }
    for span in doc.spans() {
        out += &format!("{}..{} {:?}\n", span.start, span.end, labels.name(span.label));
    }
    out
}

const PARTS: &[&str] =
    &["قال", "و", "كتاب", "x", "No", "=", "|", "\\", "_", "#", "😀", "\u{200f}", "\u{1}", "ب\u{651}", "-", "."];
const INNER: &[&str] = &["", "", "", "", "", "\u{a0}", " ", "\n", "\t ", "\u{2028}"];
const GAPS: &[&str] = &[" ", " ", "", "\n", "\r\n", "  ", "\u{a0}", "\t", "\u{2028}", "\u{b}", "\u{85}", " \n\n "];
const FORMS: &[&str] = &["ل", "ال", "x", "|", "_", "a=b", "\\", "1-2"];
const LABELS: &[&str] = &["LOC", "A|B", "X Y", "\\", "=", "_", "ب"];

/// A document to be, piece by piece: a byte for each decision.
pub(crate) fn round_trip(data: &[u8]) {
    let mut bytes = Bytes(data);
    let labels = Labels::new();
    let mut text = String::from(bytes.choice(&["", "", " ", "\n", "\u{2028}", "\t"]));
    let mut changes = Changes::new();
    let (upos, form, source) = (labels.intern("upos"), labels.intern("form"), labels.intern("conllu"));
    let (mut forms, mut tags, mut begin) = (Vec::new(), Vec::new(), None);
    for n in 0..24 {
        if bytes.is_empty() {
            break;
        }
        let shape = bytes.u8();
        let start = text.len() as u32;
        text += bytes.choice(PARTS);
        if shape & 1 != 0 {
            text += bytes.choice(INNER);
            text += bytes.choice(PARTS);
        }
        let end = text.len() as u32;
        changes.tokens().push(Token { start, end, kind: TokenKind::Word });
        begin = begin.or(Some(start));
        let words = if shape & 2 != 0 { 2 + bytes.below(2) as u32 } else { 1 };
        for k in 0..words {
            // The first has the whole surface, so that a span of the token is one of its words.
            let (start, end) = if k == 0 { (start, end) } else { (end, end) };
            changes.words().push(Word { token: n, start, end });
            forms.push((words > 1).then(|| bytes.choice(FORMS)));
            tags.push((shape & 4 != 0).then_some("NOUN"));
        }
        if shape & 8 != 0 && words == 1 {
            let label = labels.intern(bytes.choice(LABELS));
            changes.spans().push(Span { start, end, label, score: f32::NAN, source });
        }
        if shape & 16 != 0 {
            changes.sentences().push(Sentence { start: begin.take().unwrap_or(start), end });
        }
        text += bytes.choice(GAPS);
    }
    if forms.is_empty() {
        return;
    }
    for (name, cells) in [(form, forms), (upos, tags)] {
        let mut column = changes.column(Layer::Words, name);
        cells.iter().for_each(|cell| column.push(*cell));
    }
    let mut doc = Document::with_text("d 1", &text);
    doc.apply(&mut changes, 0, Layers::ALL).expect("the pieces are in order");
    formats::written_and_read_back(&doc, &labels);
}
