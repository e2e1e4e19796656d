//! Documents to records.

use super::write::{self, Page, Row};
use super::{ExportOptions, Field, place_word};
use warraq_core::{
    Column, Document, EncodeContext, Encoder, Error, ErrorKind, ExportFormat, LabelId, Layer, Layers, OffsetTable,
    OffsetUnit, Offsets, REDACTED, Removed, Result, SourceCursor, Token, TokenKind, Word,
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
        Box::new(JsonlEncoder {
            export: *self,
            page: Page::new(),
            kinds: kinds(),
            text_offsets: OffsetTable::default(),
            source_offsets: OffsetTable::default(),
        })
    }

    fn reads(&self) -> Layers {
        let of = |field: Field| match field {
            Field::Id => Layers::NONE,
            Field::Text => Layers::of(&[Layer::Text]),
            Field::Lang => Layers::of(&[Layer::Lang]),
            Field::Meta => Layers::of(&[Layer::Meta]),
            Field::Tokens => Layers::of(&[Layer::Tokens, Layer::Words, Layer::Columns]),
            Field::Sents => Layers::of(&[Layer::Sentences]),
            Field::Spans => Layers::of(&[Layer::Spans, Layer::Columns]),
            Field::Removed => Layers::of(&[Layer::Source]),
            Field::Scores => Layers::of(&[Layer::Scores]),
        };
        let all = [
            Field::Id,
            Field::Text,
            Field::Lang,
            Field::Meta,
            Field::Tokens,
            Field::Sents,
            Field::Spans,
            Field::Removed,
            Field::Scores,
        ];
        all.into_iter().filter(|&field| self.has(field)).fold(Layers::NONE, |layers, field| layers.union(of(field)))
    }
}

struct JsonlEncoder {
    export: Export,
    page: Page,
    kinds: Kinds,
    text_offsets: OffsetTable,
    source_offsets: OffsetTable,
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
        let has_places = [Field::Tokens, Field::Sents, Field::Spans].into_iter().any(|field| export.has(field));
        let text = self.text_offsets.read(if has_places { doc.text() } else { "" }, export.unit);
        let has_source = has_places && export.source_offsets || export.has(Field::Removed) && !doc.removed().is_empty();
        let source = self.source_offsets.read(if has_source { doc.source() } else { "" }, export.unit);
        let places = Places { text, source, map: export.source_offsets.then(|| doc.source_map().cursor()) };
        let page = &mut self.page;
        if export.has(Field::Tokens) {
            tokens(doc, cx, places.clone(), &self.kinds, page, out)?;
        }
        if export.has(Field::Sents) {
            sentences(doc, places.clone(), page, out);
        }
        if export.has(Field::Spans) {
            spans(doc, cx, places, page, out)?;
        }
        if export.has(Field::Removed) {
            removed(doc, cx, source, page, out);
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

fn tokens(
    doc: &Document,
    cx: &mut EncodeContext<'_>,
    mut places: Places<'_>,
    kinds: &Kinds,
    page: &mut Page,
    out: &mut Vec<u8>,
) -> Result<()> {
    let columns = Key::columns(doc, Layer::Tokens, cx, &RESERVED_FOR_TOKENS)?;
    let word_columns = Key::columns(doc, Layer::Words, cx, &RESERVED_FOR_WORDS)?;
    // Words have a cursor of their own, so that the tokens' only goes forward.
    let mut word_places = places.clone();
    let mut words = doc.words().iter().enumerate().peekable();
    page.clear();
    out.extend_from_slice(b",\"tokens\":[");
    if words.peek().is_none() && columns.is_empty() {
        for (index, token) in doc.tokens().iter().enumerate() {
            let mut row = page.row(out);
            write_token(index, token, &mut places, kinds, &mut row);
            row.literal(b"},");
            let len = row.len();
            page.end(len);
        }
        page.flush(out);
        close(out, b']');
        return Ok(());
    }
    for (index, token) in doc.tokens().iter().enumerate() {
        let mut row = page.row(out);
        write_token(index, token, &mut places, kinds, &mut row);
        let len = row.len();
        page.end(len);
        page.flush(out);
        for key in &columns {
            key.write(doc, index, out);
        }
        if words.peek().is_some_and(|(_, word)| word.token as usize == index) {
            out.extend_from_slice(b",\"words\":[");
            let mut at = token.start;
            while let Some((row, word)) = words.next_if(|(_, word)| word.token as usize == index) {
                let expected = |form: &str| place_word(doc.text(), at, token.end, form);
                write_word(doc, word, row, &word_columns, expected, &mut word_places, page, out);
                at = word.end;
            }
            close(out, b']');
        }
        out.extend_from_slice(b"},");
    }
    close(out, b']');
    Ok(())
}

/// All of a token but its columns, its words and the closing brace.
#[inline(always)]
fn write_token(index: usize, token: &Token, places: &mut Places<'_>, kinds: &Kinds, row: &mut Row<'_>) {
    row.literal(b"{\"start\":");
    places.range(token.start, token.end, row);
    row.literal(b",\"id\":");
    row.number(index as u32);
    if token.kind != TokenKind::Word {
        let (piece, len) = &kinds[token.kind as usize];
        row.start_of(piece, *len);
    }
    places.source(token.start, token.end, row);
}

/// `,"kind":"…"` by kind, and how long it is.
type Kinds = [([u8; 24], usize); TokenKind::ALL.len()];

fn kinds() -> Kinds {
    let mut kinds = [([0; 24], 0); TokenKind::ALL.len()];
    for kind in TokenKind::ALL {
        let piece = [",\"kind\":\"", kind.name(), "\""].concat();
        let (bytes, len) = &mut kinds[kind as usize];
        bytes[..piece.len()].copy_from_slice(piece.as_bytes());
        *len = piece.len();
    }
    kinds
}

fn sentences(doc: &Document, mut places: Places<'_>, page: &mut Page, out: &mut Vec<u8>) {
    page.clear();
    out.extend_from_slice(b",\"sents\":[");
    for sentence in doc.sentences() {
        let mut row = page.row(out);
        row.literal(b"{\"start\":");
        places.range(sentence.start, sentence.end, &mut row);
        places.source(sentence.start, sentence.end, &mut row);
        row.literal(b"},");
        let len = row.len();
        page.end(len);
    }
    page.flush(out);
    close(out, b']');
}

fn spans(
    doc: &Document,
    cx: &mut EncodeContext<'_>,
    mut places: Places<'_>,
    page: &mut Page,
    out: &mut Vec<u8>,
) -> Result<()> {
    let columns = Key::columns(doc, Layer::Spans, cx, &RESERVED_FOR_SPANS)?;
    page.clear();
    out.extend_from_slice(b",\"spans\":[");
    for (index, span) in doc.spans().iter().enumerate() {
        let mut row = page.row(out);
        row.literal(b"{\"start\":");
        places.range(span.start, span.end, &mut row);
        places.source(span.start, span.end, &mut row);
        row.literal(b",\"label\":");
        let len = row.len();
        page.end(len);
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
        columns.iter().for_each(|key| key.write(doc, index, out));
        out.extend_from_slice(b"},");
    }
    close(out, b']');
    Ok(())
}

fn removed(doc: &Document, cx: &mut EncodeContext<'_>, source: Offsets<'_>, page: &mut Page, out: &mut Vec<u8>) {
    let stage = |index: u16| cx.stages.get(usize::from(index)).map_or("", String::as_str);
    page.clear();
    out.extend_from_slice(b",\"removed\":[");
    let mut cause = Cause::default();
    let redacted = redacted(doc, cx);
    for item in doc.removed() {
        if cause.of != Some((item.label, item.stage, item.reason)) {
            cause.set(item, stage(item.stage), cx);
        }
        let text = &doc.source()[item.source_start as usize..item.source_end as usize];
        // Also that of a line which a later stage has taken out, redacted data and all.
        let before = redacted.partition_point(|(_, end)| *end <= item.source_start);
        let is_hidden = redacted.get(before).is_some_and(|(start, _)| *start < item.source_end);
        let mut row = page.row(out);
        row.literal(b"{\"source_start\":");
        row.number(source.at_byte(item.source_start));
        row.literal(b",\"source_end\":");
        row.number(source.at_byte(item.source_end));
        // Most are a mark or two, for the reason of the one before.
        let block = doc.source().as_bytes()[item.source_start as usize..].first_chunk::<SHORT>();
        if let (Some(json), Some(block)) = (&cause.short, block)
            && text.len() <= SHORT
            && !is_hidden
            && write::is_plain(text.as_bytes())
        {
            row.start_of(json, cause.json.len());
            row.literal(b"\"");
            row.start_of(block, text.len());
            row.literal(b"\"},");
            let len = row.len();
            page.end(len);
            continue;
        }
        let len = row.len();
        page.end(len);
        page.flush(out);
        if is_hidden {
            out.extend_from_slice(&cause.json[..cause.json.len() - TEXT.len()]);
        } else {
            out.extend_from_slice(&cause.json);
            write::string(text, out);
        }
        out.extend_from_slice(b"},");
    }
    page.flush(out);
    close(out, b']');
    if let Some(index) = doc.rebased() {
        out.extend_from_slice(b",\"rebased_by\":");
        write::string(stage(index), out);
    }
}

/// The parts of the source whose text is not shown, in order and apart from each other.
fn redacted(doc: &Document, cx: &mut EncodeContext<'_>) -> Vec<(u32, u32)> {
    let mut parts: Vec<(u32, u32)> = Vec::new();
    for item in doc.removed() {
        if item.reason.is_some_and(|reason| cx.labels.get(reason) == REDACTED) {
            parts.push((item.source_start, item.source_end));
        }
    }
    parts.sort_unstable();
    parts.dedup_by(|next, last| {
        let overlaps = next.0 < last.1;
        if overlaps {
            last.1 = last.1.max(next.1);
        }
        overlaps
    });
    parts
}

/// The end of what is written about why something was removed.
const TEXT: &[u8] = b",\"text\":";

/// Up to how many bytes of removed text are copied as a block of that size.
const SHORT: usize = 16;

/// What is written about why something was removed, up to `"text":`; most of what a document has lost has one cause.
#[derive(Default)]
struct Cause {
    of: Option<(LabelId, u16, Option<LabelId>)>,
    json: Vec<u8>,
    /// The same, where it is short.
    short: Option<[u8; 96]>,
}

impl Cause {
    fn set(&mut self, item: &Removed, stage: &str, cx: &mut EncodeContext<'_>) {
        self.of = Some((item.label, item.stage, item.reason));
        self.json.clear();
        self.json.extend_from_slice(b",\"label\":");
        write::string(cx.labels.get(item.label), &mut self.json);
        self.json.extend_from_slice(b",\"stage\":");
        write::string(stage, &mut self.json);
        if let Some(reason) = item.reason {
            self.json.extend_from_slice(b",\"reason\":");
            write::string(cx.labels.get(reason), &mut self.json);
        }
        self.json.extend_from_slice(TEXT);
        let mut short = [0; 96];
        self.short = short.get_mut(..self.json.len()).map(|start| start.copy_from_slice(&self.json)).map(|()| short);
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
    let mut piece = page.row(out);
    if expected(form) != (word.start, word.end) {
        piece.literal(b",\"start\":");
        places.range(word.start, word.end, &mut piece);
    }
    places.source(word.start, word.end, &mut piece);
    let len = piece.len();
    page.end(len);
    page.flush(out);
    for key in columns.iter().filter(|key| key.name != FORM) {
        key.write(doc, row, out);
    }
    out.extend_from_slice(b"},");
}

/// Offsets in the export's unit.
#[derive(Clone)]
struct Places<'a> {
    text: Offsets<'a>,
    source: Offsets<'a>,
    /// The way to the source, if offsets in it are asked for.
    map: Option<SourceCursor<'a>>,
}

impl Places<'_> {
    /// Writes `START,"end":END`.
    #[inline(always)]
    fn range(&mut self, start: u32, end: u32, row: &mut Row<'_>) {
        row.number(self.text.at_byte(start));
        row.literal(b",\"end\":");
        row.number(self.text.at_byte(end));
    }

    /// Writes where the range was in the source, if that is asked for.
    #[inline(always)]
    fn source(&mut self, start: u32, end: u32, row: &mut Row<'_>) {
        if let Some(map) = &mut self.map {
            let (start, end) = map.range(start, end);
            row.literal(b",\"source_start\":");
            row.number(self.source.at_byte(start));
            row.literal(b",\"source_end\":");
            row.number(self.source.at_byte(end));
        }
    }
}

const FORM: &str = "form";
const RESERVED_FOR_TOKENS: [&str; 9] =
    ["start", "end", "id", "kind", "words", "text", "ws", "source_start", "source_end"];
const RESERVED_FOR_SPANS: [&str; 10] =
    ["start", "end", "label", "score", "source", "text", "token_start", "token_end", "source_start", "source_end"];
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
