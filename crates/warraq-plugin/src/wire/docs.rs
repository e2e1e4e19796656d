//! Documents across the pipe: the layers that the stage reads, and the id.

use super::frame::{Fields, Frame, WireError, put_word, word};
use super::names::NamesIn;
use crate::abi;
use warraq_core::{Cell, Column, DocView, Layer, Layers, Meta, Score, Sentence, Span, Token, TokenKind, Word};

/// Bytes of a token: start, end, kind.
pub(super) const TOKEN: usize = 9;

/// Puts a document: its id, and those of its layers that are in `reads`.
pub fn put_doc(frame: &mut Frame, doc: &DocView<'_>, reads: Layers) {
    frame.text(doc.id);
    if reads.contains(Layer::Text) {
        frame.text(doc.text);
    }
    if reads.contains(Layer::Lang) {
        frame.text(doc.lang.unwrap_or_default());
    }
    if reads.contains(Layer::Meta) {
        frame.count(doc.meta.len());
        for (key, json) in doc.meta.iter() {
            frame.text(key);
            frame.text(json);
        }
    }
    if reads.contains(Layer::Tokens) {
        put_tokens(frame, doc.tokens);
    }
    if reads.contains(Layer::Words) {
        put_words(frame, doc.words);
    }
    if reads.contains(Layer::Sentences) {
        put_sentences(frame, doc.sentences);
    }
    if reads.contains(Layer::Spans) {
        put_spans(frame, doc.spans);
    }
    if reads.contains(Layer::Columns) {
        put_columns(frame, doc.columns, doc.forms);
    }
    if reads.contains(Layer::Scores) {
        put_scores(frame, doc.scores);
    }
}

pub(super) fn put_tokens(frame: &mut Frame, tokens: &[Token]) {
    frame.array::<TOKEN, _>(tokens, |token, place| {
        put_word(place, 0, token.start);
        put_word(place, 4, token.end);
        place[8] = token.kind as u8;
    });
}

pub(super) fn put_words(frame: &mut Frame, words: &[Word]) {
    frame.array::<12, _>(words, |w, place| {
        put_word(place, 0, w.token);
        put_word(place, 4, w.start);
        put_word(place, 8, w.end);
    });
}

pub(super) fn put_sentences(frame: &mut Frame, sentences: &[Sentence]) {
    frame.array::<8, _>(sentences, |sentence, place| {
        put_word(place, 0, sentence.start);
        put_word(place, 4, sentence.end);
    });
}

pub(super) fn put_spans(frame: &mut Frame, spans: &[Span]) {
    frame.array::<20, _>(spans, |span, place| {
        put_word(place, 0, span.start);
        put_word(place, 4, span.end);
        put_word(place, 8, span.label.0);
        put_word(place, 12, span.score.to_bits());
        put_word(place, 16, span.source.0);
    });
}

pub(super) fn put_columns(frame: &mut Frame, columns: &[Column], forms: &str) {
    frame.count(columns.len());
    if columns.is_empty() {
        return;
    }
    frame.text(forms);
    for column in columns {
        frame.u32(column.name.0);
        frame.u8(column.layer as u8);
        frame.array::<8, _>(&column.cells, |cell, place| {
            put_word(place, 0, cell.start);
            put_word(place, 4, cell.len);
        });
    }
}

pub(super) fn put_scores(frame: &mut Frame, scores: &[Score]) {
    frame.array::<12, _>(scores, |score, place| {
        put_word(place, 0, score.name.0);
        place[4..].copy_from_slice(&score.value.to_bits().to_le_bytes());
    });
}

pub(super) fn take_tokens(fields: &mut Fields<'_>, out: &mut Vec<Token>) -> Result<(), WireError> {
    let items = fields.array::<TOKEN>()?;
    if let Some(n) = items.iter().position(|item| usize::from(item[8]) >= TokenKind::ALL.len()) {
        return Err(WireError::new(format!("token {n}: {} is no kind of token", items[n][8])));
    }
    out.extend(items.iter().map(|item| Token {
        start: word(item, 0),
        end: word(item, 4),
        kind: abi::token_kind(item[8]),
    }));
    Ok(())
}

pub(super) fn take_words(fields: &mut Fields<'_>, out: &mut Vec<Word>) -> Result<(), WireError> {
    let items = fields.array::<12>()?;
    out.extend(items.iter().map(|i| Word { token: word(i, 0), start: word(i, 4), end: word(i, 8) }));
    Ok(())
}

pub(super) fn take_sentences(fields: &mut Fields<'_>, out: &mut Vec<Sentence>) -> Result<(), WireError> {
    out.extend(fields.array::<8>()?.iter().map(|i| Sentence { start: word(i, 0), end: word(i, 4) }));
    Ok(())
}

pub(super) fn take_spans(fields: &mut Fields<'_>, names: &NamesIn, out: &mut Vec<Span>) -> Result<(), WireError> {
    let items = fields.array::<20>()?;
    out.reserve(items.len());
    for item in items {
        out.push(Span {
            start: word(item, 0),
            end: word(item, 4),
            label: names.get(word(item, 8))?,
            score: f32::from_bits(word(item, 12)),
            source: names.get(word(item, 16))?,
        });
    }
    Ok(())
}

/// One column: its layer, its name, its cells, and the text they are slices of.
pub(super) struct ColumnIn<'a> {
    pub(super) layer: Layer,
    pub(super) name: warraq_core::LabelId,
    cells: &'a [[u8; 8]],
    pub(super) forms: &'a str,
}

impl<'a> ColumnIn<'a> {
    /// The cells with the values behind them.
    pub(super) fn cells(&self) -> impl Iterator<Item = Result<(Cell, Option<&'a str>), WireError>> + '_ {
        self.cells.iter().enumerate().map(|(n, item)| {
            let cell = Cell { start: word(item, 0), len: word(item, 4) };
            if cell.start == Cell::NONE.start {
                return Ok((Cell::NONE, None));
            }
            let range = cell.start as usize..cell.start as usize + cell.len as usize;
            let value = self.forms.get(range.clone()).ok_or_else(|| {
                WireError::new(format!("cell {n}: {range:?} is no text of the {} bytes of forms", self.forms.len()))
            })?;
            Ok((cell, Some(value)))
        })
    }
}

/// Hands over columns one by one, and returns the text that they are slices of.
pub(super) fn take_columns<'a>(
    fields: &mut Fields<'a>,
    names: &NamesIn,
    mut each: impl FnMut(&ColumnIn<'a>) -> Result<(), WireError>,
) -> Result<&'a str, WireError> {
    let count = fields.count(9)?;
    if count == 0 {
        return Ok("");
    }
    let forms = fields.text()?;
    for _ in 0..count {
        let name = names.get(fields.u32()?)?;
        let number = fields.u8()?;
        let layer = abi::COLUMN_LAYERS.into_iter().find(|layer| *layer as u8 == number);
        let layer = layer.ok_or_else(|| {
            WireError::new(format!("a column stands beside tokens, words or spans, not beside layer {number}"))
        })?;
        each(&ColumnIn { layer, name, cells: fields.array()?, forms })?;
    }
    Ok(forms)
}

pub(super) fn take_scores(
    fields: &mut Fields<'_>,
    names: &NamesIn,
    mut each: impl FnMut(Score),
) -> Result<(), WireError> {
    for item in fields.array::<12>()? {
        let bits = u64::from(word(item, 4)) | u64::from(word(item, 8)) << 32;
        each(Score { name: names.get(word(item, 0))?, value: f64::from_bits(bits) });
    }
    Ok(())
}

/// What of a document cannot be borrowed from the frame.
#[derive(Debug, Default)]
struct Layered {
    meta: Meta,
    tokens: Vec<Token>,
    words: Vec<Word>,
    sentences: Vec<Sentence>,
    spans: Vec<Span>,
    columns: Vec<Column>,
    scores: Vec<Score>,
}

/// What can.
#[derive(Clone, Copy, Default)]
struct Texts<'a> {
    id: &'a str,
    text: &'a str,
    lang: &'a str,
    forms: &'a str,
}

/// Documents out of a frame, in buffers that are reused.
#[derive(Debug, Default)]
pub struct DocsIn {
    docs: Vec<Layered>,
}

impl DocsIn {
    /// No documents yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes `count` documents that were put with these layers; the others are empty. Texts are borrowed from the frame.
    ///
    /// # Errors
    /// When they are cut off, or hold what no document can. Offsets of layers are not held against the text, which may not
    /// be there.
    pub fn take<'a>(
        &'a mut self,
        fields: &mut Fields<'a>,
        count: usize,
        reads: Layers,
        names: &NamesIn,
    ) -> Result<Vec<DocView<'a>>, WireError> {
        let mut texts = Vec::new();
        for n in 0..count {
            if self.docs.len() == n {
                self.docs.push(Layered::default());
            }
            texts.push(self.docs[n].take(fields, reads, names)?);
        }
        let view = |(doc, texts): (&'a Layered, Texts<'a>)| DocView {
            id: texts.id,
            text: texts.text,
            lang: (!texts.lang.is_empty()).then_some(texts.lang),
            meta: &doc.meta,
            tokens: &doc.tokens,
            words: &doc.words,
            sentences: &doc.sentences,
            spans: &doc.spans,
            columns: &doc.columns,
            forms: texts.forms,
            scores: &doc.scores,
        };
        Ok(self.docs.iter().zip(texts).map(view).collect())
    }
}

impl Layered {
    fn take<'a>(&mut self, fields: &mut Fields<'a>, reads: Layers, names: &NamesIn) -> Result<Texts<'a>, WireError> {
        self.meta.clear();
        self.tokens.clear();
        self.words.clear();
        self.sentences.clear();
        self.spans.clear();
        self.columns.clear();
        self.scores.clear();
        let mut texts = Texts { id: fields.text()?, ..Texts::default() };
        if reads.contains(Layer::Text) {
            texts.text = fields.text()?;
        }
        if reads.contains(Layer::Lang) {
            texts.lang = fields.text()?;
        }
        if reads.contains(Layer::Meta) {
            for _ in 0..fields.count(8)? {
                self.meta.push(fields.text()?, fields.text()?);
            }
        }
        if reads.contains(Layer::Tokens) {
            take_tokens(fields, &mut self.tokens)?;
        }
        if reads.contains(Layer::Words) {
            take_words(fields, &mut self.words)?;
        }
        if reads.contains(Layer::Sentences) {
            take_sentences(fields, &mut self.sentences)?;
        }
        if reads.contains(Layer::Spans) {
            take_spans(fields, names, &mut self.spans)?;
        }
        if reads.contains(Layer::Columns) {
            let columns = &mut self.columns;
            texts.forms = take_columns(fields, names, |column| {
                let cells = column.cells().map(|cell| cell.map(|(cell, _)| cell)).collect::<Result<_, _>>()?;
                columns.push(Column { name: column.name, layer: column.layer, cells });
                Ok(())
            })?;
        }
        if reads.contains(Layer::Scores) {
            take_scores(fields, names, |score| self.scores.push(score))?;
        }
        Ok(texts)
    }
}
