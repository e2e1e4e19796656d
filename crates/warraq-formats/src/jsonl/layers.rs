//! Layers of a record, as the export writes them and as Prodigy and spaCy do.

use super::place_word;
use super::scan::{MAX_DEPTH, Scan, Scanner};
use super::string::Str;
use crate::flaw::Flaw;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use warraq_core::{
    Cell, Changes, Document, LabelId, Labels, Layer, Layers, OffsetCursor, OffsetUnit, Sentence, Span, Token,
    TokenKind, Word,
};

/// A field that may be a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum LayerField {
    /// The tokens, with their words and columns.
    Tokens,
    /// The sentences.
    Sents,
    /// The labelled spans.
    Spans,
    /// The scores.
    Scores,
}

impl LayerField {
    /// The layer of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "tokens" => LayerField::Tokens,
            "sents" => LayerField::Sents,
            "spans" => LayerField::Spans,
            "scores" => LayerField::Scores,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            LayerField::Tokens => "tokens",
            LayerField::Sents => "sents",
            LayerField::Spans => "spans",
            LayerField::Scores => "scores",
        }
    }

    /// What the document gets from it.
    pub(super) fn layers(self) -> Layers {
        match self {
            LayerField::Tokens => Layers::of(&[Layer::Tokens, Layer::Words, Layer::Columns]),
            LayerField::Sents => Layers::of(&[Layer::Sentences]),
            LayerField::Spans => Layers::of(&[Layer::Spans, Layer::Columns]),
            LayerField::Scores => Layers::of(&[Layer::Scores]),
        }
    }
}

/// Reads layers on one thread.
pub(super) struct LayerReader {
    unit: OffsetUnit,
    labels: Labels,
    /// The labels met so far: asking here takes no lock.
    known: HashMap<String, LabelId>,
    changes: Changes,
    token_columns: Columns,
    word_columns: Columns,
    span_columns: Columns,
}

impl LayerReader {
    pub(super) fn new(unit: OffsetUnit, labels: Labels) -> Self {
        LayerReader {
            unit,
            labels,
            known: HashMap::new(),
            changes: Changes::new(),
            token_columns: Columns::default(),
            word_columns: Columns::default(),
            span_columns: Columns::default(),
        }
    }

    /// Gives the document the layer that begins at `scanner`. The document stays as it is when that is no such layer.
    /// Gives the place of the layer's end.
    pub(super) fn read(&mut self, layer: LayerField, mut scanner: Scanner<'_>, doc: &mut Document) -> Scan<usize> {
        let at = scanner.at;
        self.changes.clear();
        let read = match layer {
            LayerField::Tokens => self.tokens(&mut scanner, doc.text()),
            LayerField::Sents => self.sentences(&mut scanner, doc.text()),
            LayerField::Spans => self.spans(&mut scanner, doc.text()),
            LayerField::Scores => self.scores(&mut scanner),
        };
        read.and_then(|()| {
            // What a record says of its text is held to the same rules as what a stage says.
            doc.apply(&mut self.changes, 0, Layers::ALL).map_err(|e| {
                let flaw = Flaw::refused(e, "json.layer", at);
                if flaw.is_limit() { flaw } else { Flaw { message: format!("{} (in bytes)", flaw.message), ..flaw } }
            })?;
            Ok(scanner.at)
        })
        .map_err(|flaw| Flaw { message: format!("field `{}`: {}", layer.name(), flaw.message), ..flaw })
    }

    fn tokens(&mut self, scanner: &mut Scanner<'_>, text: &str) -> Scan<()> {
        self.token_columns.clear();
        self.word_columns.clear();
        self.changes.tokens();
        let mut cursor = OffsetCursor::new(text, self.unit);
        let mut tokens = 0;
        each_item(scanner, |scanner| {
            self.token(scanner, text, &mut cursor, tokens)?;
            tokens += 1;
            Ok(())
        })?;
        let words = self.word_columns.rows;
        self.token_columns.finish(Layer::Tokens, tokens, &mut self.changes);
        self.word_columns.finish(Layer::Words, words, &mut self.changes);
        Ok(())
    }

    fn token(
        &mut self,
        scanner: &mut Scanner<'_>,
        text: &str,
        cursor: &mut OffsetCursor<'_>,
        index: usize,
    ) -> Scan<()> {
        let mut place = Place::new(scanner);
        if let Some((start, end)) = plain_token(scanner) {
            (place.start, place.end) = (Some(start), Some(end));
            let (start, end) = place.required(text, cursor)?;
            self.changes.tokens().push(Token { start, end, kind: TokenKind::Word });
            return Ok(());
        }
        let mut kind = TokenKind::Word;
        let mut words = None;
        each_field(scanner, |scanner, name, _| {
            match name {
                "id" => {
                    unsigned(scanner)?;
                }
                // Prodigy's: whether white space follows, which the text says.
                "ws" => boolean(scanner)?,
                "kind" => {
                    let at = scanner.at;
                    let name = string(scanner)?.decode()?;
                    kind = TokenKind::from_name(&name).ok_or_else(|| flaw(at, format!("there is no kind `{name}`")))?;
                }
                "words" => {
                    words = Some(*scanner);
                    scanner.value(MAX_DEPTH)?;
                }
                _ if place.take(name, scanner)? => {}
                _ => {
                    let value = string(scanner)?;
                    let column = self.label(name);
                    self.token_columns.set(index, column, value)?;
                }
            }
            Ok(())
        })?;
        let (start, end) = place.required(text, cursor)?;
        self.changes.tokens().push(Token { start, end, kind });
        if let Some(mut scanner) = words {
            let mut at = start;
            each_item(&mut scanner, |scanner| {
                at = self.word(scanner, text, cursor, index as u32, (at, end))?;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Reads a word of the token `token`, of which `rest` has no words yet; gives the byte where the next one goes on.
    fn word(
        &mut self,
        scanner: &mut Scanner<'_>,
        text: &str,
        cursor: &mut OffsetCursor<'_>,
        token: u32,
        rest: (u32, u32),
    ) -> Scan<u32> {
        let mut place = Place::new(scanner);
        let at = scanner.at;
        let row = self.word_columns.rows;
        let mut form = None;
        each_field(scanner, |scanner, name, _| {
            match name {
                "form" => form = Some(string(scanner)?),
                _ if place.take(name, scanner)? => {}
                _ => {
                    let value = string(scanner)?;
                    let column = self.label(name);
                    self.word_columns.set(row, column, value)?;
                }
            }
            Ok(())
        })?;
        let Some(form) = form else { return Err(flaw(at, "a word has a `form`")) };
        let meant = form.decode()?;
        let (start, end) = match place.optional(text, cursor)? {
            Some(range) => range,
            None => place_word(text, rest.0, rest.1, &meant),
        };
        if text.get(start as usize..end as usize) != Some(&*meant) {
            let column = self.label("form");
            self.word_columns.set(row, column, form)?;
        }
        self.word_columns.rows += 1;
        self.changes.words().push(Word { token, start, end });
        Ok(end)
    }

    fn sentences(&mut self, scanner: &mut Scanner<'_>, text: &str) -> Scan<()> {
        self.changes.sentences();
        let mut cursor = OffsetCursor::new(text, self.unit);
        each_item(scanner, |scanner| {
            let mut place = Place::new(scanner);
            each_field(
                scanner,
                |scanner, name, at| {
                    if place.take(name, scanner)? { Ok(()) } else { Err(unknown(name, at)) }
                },
            )?;
            let (start, end) = place.required(text, &mut cursor)?;
            self.changes.sentences().push(Sentence { start, end });
            Ok(())
        })
    }

    fn spans(&mut self, scanner: &mut Scanner<'_>, text: &str) -> Scan<()> {
        self.span_columns.clear();
        let mut cursor = OffsetCursor::new(text, self.unit);
        each_item(scanner, |scanner| {
            let mut place = Place::new(scanner);
            let begin = scanner.at;
            let (mut label, mut score, mut source) = (None, f32::NAN, None);
            let index = self.changes.spans().len();
            each_field(scanner, |scanner, name, _| {
                match name {
                    "label" => label = Some(self.label(&string(scanner)?.decode()?)),
                    "source" => source = Some(self.label(&string(scanner)?.decode()?)),
                    "score" => score = finite(scanner, |text| text.parse().ok().filter(|n: &f32| n.is_finite()))?,
                    // Prodigy's: the tokens it covers, which the offsets say.
                    "token_start" | "token_end" => {
                        unsigned(scanner)?;
                    }
                    _ if place.take(name, scanner)? => {}
                    _ => {
                        let value = string(scanner)?;
                        let column = self.label(name);
                        self.span_columns.set(index, column, value)?;
                    }
                }
                Ok(())
            })?;
            let (start, end) = place.required(text, &mut cursor)?;
            let label = label.ok_or_else(|| flaw(begin, "a span has a `label`"))?;
            let source = source.unwrap_or_else(|| self.label(""));
            self.changes.spans().push(Span { start, end, label, score, source });
            Ok(())
        })?;
        let spans = self.changes.spans().len();
        self.span_columns.finish(Layer::Spans, spans, &mut self.changes);
        Ok(())
    }

    fn scores(&mut self, scanner: &mut Scanner<'_>) -> Scan<()> {
        let mut count = 0;
        each_field(scanner, |scanner, name, at| {
            count += 1;
            if count > MOST_SCORES {
                return Err(Flaw::new("json.layer", at, format!("there are more than {MOST_SCORES} scores")));
            }
            let value = finite(scanner, |text| text.parse().ok().filter(|n: &f64| n.is_finite()))?;
            let name = self.label(name);
            self.changes.score(name, value);
            Ok(())
        })
    }

    fn label(&mut self, name: &str) -> LabelId {
        if let Some(&id) = self.known.get(name) {
            return id;
        }
        let id = self.labels.intern(name);
        self.known.insert(name.into(), id);
        id
    }
}

/// Passes a token as the export writes it when there is nothing to say but where it is: most tokens of most records.
fn plain_token(scanner: &mut Scanner<'_>) -> Option<(usize, usize)> {
    let mut ahead = *scanner;
    let start = ahead.pass(b"{\"start\":").then(|| ahead.pass_small())??;
    let end = ahead.pass(b",\"end\":").then(|| ahead.pass_small())??;
    ahead.pass(b",\"id\":").then(|| ahead.pass_small())??;
    ahead.pass(b"}").then(|| {
        *scanner = ahead;
        (start, end)
    })
}

fn flaw(at: usize, message: impl Into<String>) -> Flaw {
    Flaw::new("json.layer", at, message)
}

fn unknown(name: &str, at: usize) -> Flaw {
    flaw(at, format!("nothing is known of a field `{name}` here"))
}

/// The offsets of an item, in the record's unit.
struct Place<'a> {
    at: usize,
    start: Option<usize>,
    end: Option<usize>,
    /// What the record says the item's text is.
    text: Option<Str<'a>>,
}

impl<'a> Place<'a> {
    fn new(scanner: &Scanner<'_>) -> Self {
        Place { at: scanner.at, start: None, end: None, text: None }
    }

    /// Takes the field `name`, if it says something about the place.
    fn take(&mut self, name: &str, scanner: &mut Scanner<'a>) -> Scan<bool> {
        match name {
            "start" => self.start = Some(unsigned(scanner)?),
            "end" => self.end = Some(unsigned(scanner)?),
            // These lead to the source of an earlier run; to this one, the record's text is the source.
            "source_start" | "source_end" => {
                unsigned(scanner)?;
            }
            "text" => self.text = Some(string(scanner)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The bytes it covers.
    fn required(&self, text: &str, cursor: &mut OffsetCursor<'_>) -> Scan<(u32, u32)> {
        self.optional(text, cursor)?.ok_or_else(|| flaw(self.at, "an item has `start` and `end`"))
    }

    fn optional(&self, text: &str, cursor: &mut OffsetCursor<'_>) -> Scan<Option<(u32, u32)>> {
        let (start, end) = match (self.start, self.end) {
            (None, None) => return Ok(None),
            (Some(start), Some(end)) => (start, end),
            _ => return Err(flaw(self.at, "an item has both `start` and `end`")),
        };
        let mut byte = |offset: usize| {
            cursor.to_byte(offset).ok_or_else(|| {
                let message =
                    format!("offset {offset} is past the end of the text or inside a character: is `offsets` right?");
                flaw(self.at, message)
            })
        };
        let (from, to) = (byte(start)?, byte(end)?);
        let covered = text.get(from..to).ok_or_else(|| flaw(self.at, format!("{start}..{end} is no range")))?;
        if let Some(said) = &self.text {
            let said = said.decode()?;
            if said != covered {
                let short = |text: &str| text.chars().take(40).collect::<String>();
                let (covered, said) = (short(covered), short(&said));
                let message = format!("{start}..{end} is {covered:?} and not {said:?}: is `offsets` right?");
                return Err(flaw(self.at, message));
            }
        }
        // A document's text is below 4 GiB.
        Ok(Some((from as u32, to as u32)))
    }
}

/// The most side columns of a layer. Every column has a cell for every item, so without a limit a small record could ask for
/// any amount of memory.
const MOST_COLUMNS: usize = 64;

/// The most scores of a document.
const MOST_SCORES: usize = 4096;

/// Side columns as they come in: an item at a time.
#[derive(Default)]
struct Columns {
    columns: Vec<(LabelId, Vec<Cell>)>,
    arena: String,
    rows: usize,
}

impl Columns {
    fn clear(&mut self) {
        self.columns.clear();
        self.arena.clear();
        self.rows = 0;
    }

    fn set(&mut self, row: usize, name: LabelId, value: Str<'_>) -> Scan<()> {
        let start = self.arena.len();
        value.push_to(&mut self.arena)?;
        let cell = Cell { start: start as u32, len: (self.arena.len() - start) as u32 };
        let at = match self.columns.iter().position(|(known, _)| *known == name) {
            Some(at) => at,
            None if self.columns.len() == MOST_COLUMNS => {
                let message =
                    format!("the items have more than {MOST_COLUMNS} different fields besides those of the layer");
                return Err(Flaw::new("json.layer", 0, message));
            }
            None => {
                self.columns.push((name, Vec::new()));
                self.columns.len() - 1
            }
        };
        let cells = &mut self.columns[at].1;
        cells.resize(row, Cell::NONE);
        cells.push(cell);
        Ok(())
    }

    fn finish(&self, layer: Layer, rows: usize, changes: &mut Changes) {
        for (name, cells) in &self.columns {
            let mut column = changes.column(layer, *name);
            for row in 0..rows {
                column.push(cells.get(row).and_then(|cell| cell.get(&self.arena)));
            }
        }
    }
}

/// Calls `read` at every item of the list that begins here.
fn each_item<'a>(scanner: &mut Scanner<'a>, mut read: impl FnMut(&mut Scanner<'a>) -> Scan<()>) -> Scan<()> {
    open(scanner, b'[', "a list")?;
    let mut first = true;
    let mut index = 0;
    while scanner.next_item(&mut first)? {
        read(scanner).map_err(|flaw| Flaw { message: format!("item {index}: {}", flaw.message), ..flaw })?;
        index += 1;
    }
    Ok(())
}

/// Calls `read` at the value of every field of the object that begins here, with the field's name and place.
fn each_field<'a>(
    scanner: &mut Scanner<'a>,
    mut read: impl FnMut(&mut Scanner<'a>, &str, usize) -> Scan<()>,
) -> Scan<()> {
    open(scanner, b'{', "an object")?;
    let mut first = true;
    while let Some(key) = scanner.next_key(&mut first)? {
        read(scanner, &key.decode()?, key.at())?;
    }
    Ok(())
}

fn open(scanner: &mut Scanner<'_>, bracket: u8, what: &str) -> Scan<()> {
    if scanner.peek() != Some(bracket) {
        return Err(expected(scanner, what));
    }
    scanner.at += 1;
    Ok(())
}

fn expected(scanner: &Scanner<'_>, what: &str) -> Flaw {
    flaw(scanner.at, format!("expected {what}, found {}", scanner.kind()))
}

fn string<'a>(scanner: &mut Scanner<'a>) -> Scan<Str<'a>> {
    if scanner.peek() == Some(b'"') { scanner.string() } else { Err(expected(scanner, "a string")) }
}

fn boolean(scanner: &mut Scanner<'_>) -> Scan<()> {
    if matches!(scanner.peek(), Some(b't' | b'f')) {
        scanner.value(0).map(drop)
    } else {
        Err(expected(scanner, "a boolean"))
    }
}

fn number<'a>(scanner: &mut Scanner<'a>) -> Scan<&'a str> {
    if matches!(scanner.peek(), Some(b'-' | b'0'..=b'9')) {
        scanner.number()
    } else {
        Err(expected(scanner, "a number"))
    }
}

fn unsigned(scanner: &mut Scanner<'_>) -> Scan<usize> {
    let at = scanner.at;
    let text = number(scanner)?;
    text.parse().map_err(|_| flaw(at, format!("expected a whole number from 0, found {text}")))
}

fn finite<T>(scanner: &mut Scanner<'_>, parse: impl Fn(&str) -> Option<T>) -> Scan<T> {
    let at = scanner.at;
    let text = number(scanner)?;
    parse(text).ok_or_else(|| flaw(at, format!("{text} is out of range")))
}
