//! Documents to records.

use super::write::{self, Page};
use super::{ExportOptions, Field, place_word};
use warraq_core::{
    Column, Document, EncodeContext, Encoder, Error, ErrorKind, ExportFormat, Layer, OffsetCursor, OffsetUnit, Result,
    SourceCursor, TokenKind, Word,
};

/// The export with its options.
#[derive(Clone, Copy)]
pub(super) struct Export {
    unit: OffsetUnit,
    source_offsets: bool,
    /// Whether each field is written, in the order of [`Field`].
    fields: [bool; FIELDS],
}

const FIELDS: usize = Field::Scores as usize + 1;

impl Export {
    pub(super) fn new(options: &ExportOptions) -> Self {
        let mut fields = [options.fields.is_none(); FIELDS];
        for &field in options.fields.iter().flatten() {
            fields[field as usize] = true;
        }
        Export { unit: options.offsets.into(), source_offsets: options.source_offsets, fields }
    }

    fn has(&self, field: Field) -> bool {
        self.fields[field as usize]
    }
}

impl ExportFormat for Export {
    fn encoder(&self) -> Box<dyn Encoder> {
        Box::new(JsonlEncoder { export: *self, page: Page::new() })
    }
}

struct JsonlEncoder {
    export: Export,
    page: Page,
}

impl Encoder for JsonlEncoder {
    fn encode(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        let export = self.export;
        let start = out.len();
        out.reserve(doc.text().len() + doc.text().len() / 8 + 48 * doc.tokens().len() + 512);
        // Every field begins with a comma; the first comma then becomes the brace.
        if export.has(Field::Id) {
            out.extend_from_slice(b",\"id\":");
            write::string(doc.id(), out);
        }
        if export.has(Field::Text) {
            out.extend_from_slice(b",\"text\":");
            write::string(doc.text(), out);
        }
        if export.has(Field::Lang) {
            out.extend_from_slice(b",\"lang\":");
            match doc.lang() {
                Some(lang) => write::string(lang, out),
                None => out.extend_from_slice(b"null"),
            }
        }
        if export.has(Field::Meta) {
            out.extend_from_slice(b",\"meta\":");
            list(out, b"{}", doc.meta().iter(), |(key, json), out| {
                write::string(key, out);
                out.push(b':');
                write::raw(json, out);
            });
        }
        if export.has(Field::Tokens) {
            self.tokens(doc, cx, out)?;
        }
        if export.has(Field::Sents) {
            self.sentences(doc, out);
        }
        if export.has(Field::Spans) {
            self.spans(doc, cx, out);
        }
        if export.has(Field::Removed) {
            self.removed(doc, cx, out);
        }
        if export.has(Field::Scores) {
            out.extend_from_slice(b",\"scores\":");
            list(out, b"{}", doc.scores().iter(), |score, out| {
                write::string(cx.labels.get(score.name), out);
                out.push(b':');
                write::float(score.value, out);
            });
        }
        out[start] = b'{';
        out.extend_from_slice(b"}\n");
        Ok(())
    }
}

impl JsonlEncoder {
    fn places<'a>(&self, doc: &'a Document) -> Places<'a> {
        Places {
            text: OffsetCursor::new(doc.text(), self.export.unit),
            source: self
                .export
                .source_offsets
                .then(|| (doc.source_map().cursor(), OffsetCursor::new(doc.source(), self.export.unit))),
        }
    }

    fn tokens(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        let columns = Key::columns(doc, Layer::Tokens, cx, &RESERVED_FOR_TOKENS)?;
        let word_columns = Key::columns(doc, Layer::Words, cx, &RESERVED_FOR_WORDS)?;
        let mut places = self.places(doc);
        // Words have a cursor of their own, so that the tokens' only goes forward.
        let mut word_places = places.clone();
        let mut words = doc.words().iter().enumerate().peekable();
        let page = &mut self.page;
        page.clear();
        page.literal(b",\"tokens\":[");
        for (index, token) in doc.tokens().iter().enumerate() {
            page.turn(out);
            page.literal(b"{\"start\":");
            places.range(token.start, token.end, page);
            page.literal(b",\"id\":");
            page.number(index as u32);
            if token.kind != TokenKind::Word {
                page.literal(b",\"kind\":\"");
                page.bytes(token.kind.name().as_bytes());
                page.literal(b"\"");
            }
            places.source(token.start, token.end, page);
            let has_words = words.peek().is_some_and(|(_, word)| word.token as usize == index);
            if has_words || !columns.is_empty() {
                page.flush(out);
                for key in &columns {
                    key.write(doc, index, out);
                }
                if has_words {
                    out.extend_from_slice(b",\"words\":[");
                    let mut at = token.start;
                    while let Some((row, word)) = words.next_if(|(_, word)| word.token as usize == index) {
                        let expected = |form: &str| place_word(doc.text(), at, token.end, form);
                        write_word(doc, word, row, &word_columns, expected, &mut word_places, page, out);
                        at = word.end;
                    }
                    close(out, b']');
                }
            }
            page.literal(b"},");
        }
        page.flush(out);
        close(out, b']');
        Ok(())
    }

    fn sentences(&mut self, doc: &Document, out: &mut Vec<u8>) {
        let mut places = self.places(doc);
        let page = &mut self.page;
        page.clear();
        page.literal(b",\"sents\":[");
        for sentence in doc.sentences() {
            page.turn(out);
            page.literal(b"{\"start\":");
            places.range(sentence.start, sentence.end, page);
            places.source(sentence.start, sentence.end, page);
            page.literal(b"},");
        }
        page.flush(out);
        close(out, b']');
    }

    fn spans(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) {
        // Spans may lie in each other. Their ends have cursors of their own, so that those of the starts need not go to and fro.
        let mut places = self.places(doc);
        let mut ends = places.clone();
        let page = &mut self.page;
        page.clear();
        out.extend_from_slice(b",\"spans\":[");
        for span in doc.spans() {
            page.literal(b"{\"start\":");
            page.number(places.text.at_byte(span.start as usize) as u32);
            page.literal(b",\"end\":");
            page.number(ends.text.at_byte(span.end as usize) as u32);
            if let (Some((map, starts)), Some((_, ends))) = (&mut places.source, &mut ends.source) {
                let (start, end) = map.range(span.start, span.end);
                page.literal(b",\"source_start\":");
                page.number(starts.at_byte(start as usize) as u32);
                page.literal(b",\"source_end\":");
                page.number(ends.at_byte(end as usize) as u32);
            }
            page.literal(b",\"label\":");
            page.flush(out);
            write::string(cx.labels.get(span.label), out);
            if span.score.is_finite() {
                out.extend_from_slice(b",\"score\":");
                write::float(span.score, out);
            }
            let source = cx.labels.get(span.source);
            if !source.is_empty() {
                out.extend_from_slice(b",\"source\":");
                write::string(source, out);
            }
            out.extend_from_slice(b"},");
        }
        close(out, b']');
    }

    fn removed(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) {
        let mut cursor = OffsetCursor::new(doc.source(), self.export.unit);
        let page = &mut self.page;
        page.clear();
        let stage = |index: u16| cx.stages.get(usize::from(index)).map_or("", String::as_str);
        out.extend_from_slice(b",\"removed\":[");
        for item in doc.removed() {
            page.literal(b"{\"source_start\":");
            page.number(cursor.at_byte(item.source_start as usize) as u32);
            page.literal(b",\"source_end\":");
            page.number(cursor.at_byte(item.source_end as usize) as u32);
            page.literal(b",\"label\":");
            page.flush(out);
            write::string(cx.labels.get(item.label), out);
            out.extend_from_slice(b",\"stage\":");
            write::string(stage(item.stage), out);
            if let Some(reason) = item.reason {
                out.extend_from_slice(b",\"reason\":");
                write::string(cx.labels.get(reason), out);
            }
            out.extend_from_slice(b",\"text\":");
            write::string(&doc.source()[item.source_start as usize..item.source_end as usize], out);
            out.extend_from_slice(b"},");
        }
        close(out, b']');
        if let Some(index) = doc.rebased() {
            out.extend_from_slice(b",\"rebased_by\":");
            write::string(stage(index), out);
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "the pieces of one loop of its caller")]
fn write_word(
    doc: &Document,
    word: &Word,
    row: usize,
    columns: &[Key<'_>],
    expected: impl Fn(&str) -> (u32, u32),
    places: &mut Places<'_>,
    page: &mut Page,
    out: &mut Vec<u8>,
) {
    let form = columns
        .iter()
        .find(|key| key.name == FORM)
        .and_then(|key| doc.cell(key.column, row))
        .unwrap_or(&doc.text()[word.start as usize..word.end as usize]);
    out.extend_from_slice(b"{\"form\":");
    write::string(form, out);
    if expected(form) != (word.start, word.end) {
        page.literal(b",\"start\":");
        places.range(word.start, word.end, page);
    }
    places.source(word.start, word.end, page);
    page.flush(out);
    for key in columns.iter().filter(|key| key.name != FORM) {
        key.write(doc, row, out);
    }
    out.extend_from_slice(b"},");
}

/// Offsets in the export's unit.
#[derive(Clone)]
struct Places<'a> {
    text: OffsetCursor<'a>,
    source: Option<(SourceCursor<'a>, OffsetCursor<'a>)>,
}

impl Places<'_> {
    /// Writes `START,"end":END`.
    #[inline]
    fn range(&mut self, start: u32, end: u32, page: &mut Page) {
        page.number(self.text.at_byte(start as usize) as u32);
        page.literal(b",\"end\":");
        page.number(self.text.at_byte(end as usize) as u32);
    }

    /// Writes where the range was in the source, if that is asked for.
    #[inline]
    fn source(&mut self, start: u32, end: u32, page: &mut Page) {
        if let Some((map, cursor)) = &mut self.source {
            let (start, end) = map.range(start, end);
            page.literal(b",\"source_start\":");
            page.number(cursor.at_byte(start as usize) as u32);
            page.literal(b",\"source_end\":");
            page.number(cursor.at_byte(end as usize) as u32);
        }
    }
}

const FORM: &str = "form";
const RESERVED_FOR_TOKENS: [&str; 9] =
    ["start", "end", "id", "kind", "words", "text", "ws", "source_start", "source_end"];
const RESERVED_FOR_WORDS: [&str; 5] = ["start", "end", "text", "source_start", "source_end"];

/// A side column and its key as it is written.
struct Key<'a> {
    name: String,
    json: Vec<u8>,
    column: &'a Column,
}

impl<'a> Key<'a> {
    /// The columns of a layer by name: in this order a record that is read back and written again stays as it is.
    fn columns(doc: &'a Document, layer: Layer, cx: &mut EncodeContext<'_>, reserved: &[&str]) -> Result<Vec<Key<'a>>> {
        let mut keys = Vec::new();
        for column in doc.columns().iter().filter(|column| column.layer == layer) {
            let name = cx.labels.get(column.name).to_owned();
            if reserved.contains(&&*name) {
                let message = format!(
                    "the {} have a column `{name}`, and the JSONL export has a field of that name itself; the stage \
                     that writes the column has to call it something else",
                    layer.name()
                );
                return Err(Error::new(ErrorKind::Encode, "jsonl.column", message));
            }
            let mut json = vec![b','];
            write::string(&name, &mut json);
            json.push(b':');
            keys.push(Key { name, json, column });
        }
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(keys)
    }

    fn write(&self, doc: &Document, item: usize, out: &mut Vec<u8>) {
        if let Some(value) = doc.cell(self.column, item) {
            out.extend_from_slice(&self.json);
            write::string(value, out);
        }
    }
}

/// Writes items between brackets, with commas.
fn list<T>(
    out: &mut Vec<u8>,
    brackets: &[u8; 2],
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(brackets[0]);
    for item in items {
        write(item, out);
        out.push(b',');
    }
    close(out, brackets[1]);
}

/// Ends a list whose items each end with a comma.
fn close(out: &mut Vec<u8>, bracket: u8) {
    match out.last_mut() {
        Some(last @ b',') => *last = bracket,
        _ => out.push(bracket),
    }
}
