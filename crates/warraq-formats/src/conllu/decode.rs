//! Records to documents: the text is put together from the tokens, held against `# text`, and everything the rows say becomes
//! a layer.

use super::misc::{Misc, unescape};
use super::parse::{self, DEPREL, DEPS, FEATS, FORM, HEAD, Id, LEMMA, MISC, Row, UPOS, XPOS};
use super::{Build, META, SentenceMeta, SourceOptions, TOKEN_COLUMNS, WORD_COLUMNS};
use crate::encoding::Charset;
use crate::flaw::Flaw;
use crate::tags::{Tag, Tags};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use warraq_core::{
    Blocks, Cell, Changes, Decoder, Document, Framing, LabelId, Labels, Layer, Layers, Record, Result, Sentence,
    SourceFormat, Token, TokenKind, Word,
};

/// The source with its options.
pub(super) struct Source(Arc<Setup>);

struct Setup {
    options: SourceOptions,
    charset: Charset,
    labels: Labels,
    word_columns: [LabelId; WORD_COLUMNS.len()],
    token_columns: [LabelId; TOKEN_COLUMNS.len()],
    /// Who found the spans.
    finder: LabelId,
}

impl Source {
    pub(super) fn new(options: SourceOptions, labels: &Labels) -> Build<Self> {
        Ok(Source(Arc::new(Setup {
            options,
            charset: Charset::always_utf8(),
            word_columns: WORD_COLUMNS.map(|name| labels.intern(name)),
            token_columns: TOKEN_COLUMNS.map(|name| labels.intern(name)),
            finder: labels.intern("conllu"),
            labels: labels.clone(),
        })))
    }
}

impl SourceFormat for Source {
    fn framing(&self) -> Framing {
        Framing::Blocks(Blocks { marker: "# newdoc", at_most: self.0.options.sentences_per_document })
    }

    fn layers(&self) -> Layers {
        Layers::of(&[Layer::Tokens, Layer::Words, Layer::Sentences, Layer::Columns])
    }

    fn may_bring(&self) -> Layers {
        self.layers().union(Layers::of(&[Layer::Lang, Layer::Meta, Layer::Spans]))
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(ConlluDecoder {
            setup: Arc::clone(&self.0),
            known: HashMap::new(),
            changes: Changes::new(),
            parts: Parts::default(),
        })
    }
}

struct ConlluDecoder {
    setup: Arc<Setup>,
    /// The span labels met so far: asking here takes no lock.
    known: HashMap<String, LabelId>,
    changes: Changes,
    parts: Parts,
}

impl Decoder for ConlluDecoder {
    fn decode(&mut self, record: &Record<'_>, doc: &mut Document) -> Result<()> {
        let mut buffer = String::new();
        let (text, malformed) = self.setup.charset.decode(record, &mut buffer);
        match parse::document_id(text) {
            Some(id) => doc.set_id(id),
            None => crate::set_default_id(record, doc),
        }
        if let Some(error) = malformed {
            return Err(error);
        }
        crate::check_length(text)?;
        doc.set_lang(self.setup.options.lang.as_deref().unwrap_or_default());
        self.read(text, doc).map_err(|flaw| {
            let line = record.number + memchr::memchr_iter(b'\n', &text.as_bytes()[..flaw.at]).count() as u64;
            let message = format!("line {line}: {}", flaw.message);
            let at = self.setup.charset.byte(record, flaw.at);
            Flaw { message, ..flaw }.error().at(at)
        })
    }
}

impl ConlluDecoder {
    fn read(&mut self, text: &str, doc: &mut Document) -> std::result::Result<(), Flaw> {
        let ConlluDecoder { setup, known, changes, parts } = self;
        parts.clear();
        let mut sentence = parse::Sentence::default();
        let mut about = Vec::new();
        let mut at = 0;
        while sentence.read(text, &mut at)? {
            let label = |name: &str| *known.entry(name.into()).or_insert_with(|| setup.labels.intern(name));
            parts.sentence(&sentence, &setup.options.sentence_separator, label)?;
            about.push(comments(&sentence, about.is_empty(), doc));
        }
        if about.is_empty() {
            return Err(Flaw::new("conllu.no_words", 0, "there is no sentence"));
        }
        parts.text.push_str(parts.gap.as_deref().unwrap_or_default());
        if let Err(error) = crate::check_length(&parts.text) {
            return Err(Flaw::new("text.length", 0, error.message));
        }
        doc.text_mut().push_str(&parts.text);
        let json = serde_json::to_string(&about).map_err(|e| Flaw::new("conllu.comment", 0, e.to_string()))?;
        doc.meta_mut().push(META, &json);
        changes.clear();
        changes.tokens().append(&mut parts.tokens);
        changes.words().append(&mut parts.words);
        changes.sentences().append(&mut parts.sentences);
        let finder = setup.finder;
        changes.spans().extend(parts.spans.all(finder));
        parts.word_cells.finish(Layer::Words, &setup.word_columns, changes);
        parts.token_cells.finish(Layer::Tokens, &setup.token_columns, changes);
        // What a file says of its text is held to the same rules as what a stage says.
        doc.apply(changes, 0, Layers::ALL).map_err(|e| Flaw::refused(e, "conllu.layer", 0))
    }
}

/// What the comments say: of the document here, and of the sentence in what is returned.
fn comments<'a>(sentence: &parse::Sentence<'a>, is_first: bool, doc: &mut Document) -> SentenceMeta<'a> {
    let mut about = SentenceMeta { words: sentence.words(), sent_id: None, comments: Vec::new() };
    let mut has_text = false;
    for comment in &sentence.comments {
        if let Some(id) = comment.value("sent_id").filter(|id| about.sent_id.is_none() && !id.is_empty()) {
            about.sent_id = Some(Cow::Borrowed(id));
        } else if comment.value("text").is_some() && !has_text {
            has_text = true;
        } else if let Some(lang) = comment.value("lang").filter(|lang| is_first && !lang.is_empty()) {
            doc.set_lang(lang);
        } else if !(is_first
            && (comment.text == "newdoc" || comment.value("newdoc id").is_some_and(|id| id == doc.id())))
        {
            about.comments.push(Cow::Borrowed(comment.text));
        }
    }
    about
}

/// A document as it comes in.
#[derive(Default)]
struct Parts {
    text: String,
    /// What the last token says of the white space after it.
    gap: Option<String>,
    tokens: Vec<Token>,
    words: Vec<Word>,
    sentences: Vec<Sentence>,
    spans: Tags,
    word_cells: Cells<{ WORD_COLUMNS.len() }>,
    token_cells: Cells<{ TOKEN_COLUMNS.len() }>,
}

const EMPTY_NODES: usize = WORD_COLUMNS.len() - 1;

impl Parts {
    fn clear(&mut self) {
        self.text.clear();
        self.gap = None;
        self.tokens.clear();
        self.words.clear();
        self.sentences.clear();
        self.spans.clear();
        self.word_cells.clear();
        self.token_cells.clear();
    }

    fn sentence(
        &mut self,
        sentence: &parse::Sentence<'_>,
        separator: &str,
        mut label: impl FnMut(&str) -> LabelId,
    ) -> std::result::Result<(), Flaw> {
        let new_paragraph = sentence.comments.iter().any(|c| c.text == "newpar" || c.value("newpar id").is_some());
        match self.gap.take() {
            _ if self.sentences.is_empty() => {}
            Some(gap) => self.text.push_str(&gap),
            None if new_paragraph => self.text.push_str("\n\n"),
            None => self.text.push_str(separator),
        }
        let mut said = sentence.value("text").map(|(at, text)| Said { at, rest: text });
        self.spans.end();
        let rows = &sentence.rows;
        let mut first = None;
        let mut n = 0;
        let mut nodes = String::new();
        while let Some(row) = rows.get(n) {
            n += 1;
            let last = match row.id {
                Id::Empty(..) => {
                    push_node(&mut nodes, row);
                    continue;
                }
                Id::Range(_, last) => last,
                Id::Word(word) => word,
            };
            // The rows of the token's words, with the empty nodes among them.
            let begin = if matches!(row.id, Id::Word(_)) { n - 1 } else { n };
            while rows.get(n).is_some_and(|row| match row.id {
                Id::Word(word) => word <= last,
                Id::Empty(word, _) => word <= last,
                Id::Range(..) => false,
            }) {
                n += 1;
            }
            let is_last = !rows[n..].iter().any(|row| !matches!(row.id, Id::Empty(..)));
            let misc = Misc::read(row.fields[MISC]);
            if let (None, Some(before)) = (first, misc.before) {
                self.text.push_str(&white(before, row)?);
            }
            let start = self.text.len() as u32;
            first.get_or_insert(start);
            let form = row.fields[FORM];
            self.text.push_str(&misc.in_token.map_or(Cow::Borrowed(form), unescape));
            let end = self.text.len() as u32;
            if start == end {
                return Err(Flaw::new("conllu.form", row.at, "`SpacesInToken` leaves nothing of the token"));
            }
            if let Some(said) = &mut said {
                said.form(form, row)?;
            }
            self.token(row, &rows[begin..n], (start, end), &misc, &mut nodes, &mut label);
            let spaces = said.as_mut().map(|said| said.spaces(&misc, is_last, row)).transpose()?;
            let after = misc.after.map(|after| white(after, row)).transpose()?;
            if is_last {
                self.gap = after.map(Cow::into_owned);
            } else {
                match (after, spaces) {
                    (Some(after), _) => self.text.push_str(&after),
                    (None, _) if misc.no_space => {}
                    (None, Some(spaces)) => self.text.push_str(spaces),
                    (None, None) => self.text.push(' '),
                }
            }
            if is_last {
                self.sentences.push(Sentence { start: first.unwrap_or(start), end });
            }
        }
        Ok(())
    }

    /// Takes a token whose words are in `rows`. The surface of a word is the next stretch of the token if that is its form.
    fn token(
        &mut self,
        row: &Row<'_>,
        rows: &[Row<'_>],
        (start, end): (u32, u32),
        misc: &Misc<'_>,
        nodes: &mut String,
        label: &mut impl FnMut(&str) -> LabelId,
    ) {
        let is_range = matches!(row.id, Id::Range(..));
        let token = self.tokens.len() as u32;
        self.tokens.push(Token { start, end, kind: TokenKind::Word });
        let cells = self.token_cells.row();
        if is_range {
            self.token_cells.set(cells, 0, row.get(FEATS));
            self.token_cells.set_with(cells, 1, |out| misc.keep(row.fields[MISC], out));
            if misc.tag.is_some() {
                self.tag(misc.tag, start, end, label);
            }
        }
        let is_word = |row: &&Row<'_>| matches!(row.id, Id::Word(_));
        let count = rows.iter().filter(is_word).count();
        let (mut from, mut left) = (start as usize, count);
        let mut follow = None;
        let mut cells = None;
        for (n, row) in rows.iter().enumerate() {
            if let Id::Empty(..) = row.id {
                push_node(nodes, row);
                // Nodes after the same word come together, so they stand in one cell.
                let is_last = !rows.get(n + 1).is_some_and(|row| matches!(row.id, Id::Empty(..)));
                if let Some(cells) = cells.filter(|_| is_last) {
                    self.word_cells.set(cells, EMPTY_NODES, Some(nodes));
                    nodes.clear();
                }
                continue;
            }
            let form = row.fields[FORM];
            left -= 1;
            let (word_start, word_end) = if is_range {
                let rest = &self.text[from..end as usize];
                if rest.starts_with(form) && (left > 0 || rest.len() == form.len()) {
                    (from, from + form.len())
                } else {
                    // It is what the words after it leave, which are then looked for from the end.
                    let following =
                        follow.get_or_insert_with(|| following(&self.text[start as usize..end as usize], rows));
                    match following[count - 1 - left] {
                        Some(at) if start as usize + at >= from => (from, start as usize + at),
                        _ => (from, from),
                    }
                }
            } else {
                (start as usize, end as usize)
            };
            from = word_end;
            let surface = &self.text[word_start..word_end];
            let at = self.word_cells.row();
            cells = Some(at);
            self.word_cells.set(at, 0, Some(form).filter(|form| is_range && *form != surface));
            for (cell, column) in [LEMMA, UPOS, XPOS, FEATS, HEAD, DEPREL, DEPS].into_iter().enumerate() {
                self.word_cells.set(at, cell + 1, row.get(column));
            }
            let own = Misc::read(row.fields[MISC]);
            self.word_cells.set_with(at, EMPTY_NODES - 1, |out| own.keep(row.fields[MISC], out));
            if !nodes.is_empty() {
                // Before the first word.
                self.word_cells.set(at, EMPTY_NODES, Some(nodes));
                nodes.clear();
            }
            if !(is_range && misc.tag.is_some()) {
                let (from, to) =
                    if word_start < word_end { (word_start as u32, word_end as u32) } else { (start, end) };
                self.tag(own.tag, from, to, label);
            }
            self.words.push(Word { token, start: word_start as u32, end: word_end as u32 });
        }
    }

    /// Takes the tag of a word, still escaped.
    fn tag(&mut self, tag: Option<&str>, start: u32, end: u32, label: &mut impl FnMut(&str) -> LabelId) {
        match tag.and_then(Tag::parse) {
            Some(tag) => self.spans.add(&tag, label(&unescape(tag.name)), (start, end)),
            None => self.spans.end(),
        }
    }
}

fn push_node(nodes: &mut String, row: &Row<'_>) {
    if !nodes.is_empty() {
        nodes.push('\n');
    }
    nodes.push_str(row.line);
}

/// For each word among `rows`: where in the token's text those after it begin, if they are what it ends with.
fn following(text: &str, rows: &[Row<'_>]) -> Vec<Option<usize>> {
    let mut begin = Some(text.len());
    let words = rows.iter().rev().filter(|row| matches!(row.id, Id::Word(_)));
    let before = |row: &Row<'_>| {
        let found = begin;
        begin = begin.and_then(|end| Some(text[..end].strip_suffix(row.fields[FORM])?.len()));
        found
    };
    let mut places: Vec<_> = words.map(before).collect();
    places.reverse();
    places
}

/// White space as `MISC` says it.
fn white<'a>(escaped: &'a str, row: &Row<'_>) -> std::result::Result<Cow<'a, str>, Flaw> {
    let spaces = unescape(escaped);
    if spaces.trim().is_empty() {
        return Ok(spaces);
    }
    let message = format!("the white space around a token is said to be `{escaped}`, which is none");
    Err(Flaw::new("conllu.misc", row.at, message))
}

/// What of `# text` has not been found among the tokens.
struct Said<'a> {
    at: usize,
    rest: &'a str,
}

impl<'a> Said<'a> {
    fn form(&mut self, form: &str, row: &Row<'_>) -> std::result::Result<(), Flaw> {
        match self.rest.strip_prefix(form) {
            Some(rest) => self.rest = rest,
            None => {
                let message =
                    format!("the form `{}` is not what `# text` goes on with: `{}`", short(form), short(self.rest));
                return Err(Flaw::new("conllu.text", row.at, message));
            }
        }
        Ok(())
    }

    /// The white space after a token.
    fn spaces(&mut self, misc: &Misc<'_>, is_last: bool, row: &Row<'_>) -> std::result::Result<&'a str, Flaw> {
        let rest = self.rest.trim_start();
        let spaces = &self.rest[..self.rest.len() - rest.len()];
        if is_last {
            if !rest.is_empty() {
                let message = format!("`# text` goes on after the last token: `{}`", short(rest));
                return Err(Flaw::new("conllu.text", self.at, message));
            }
            return Ok(spaces);
        }
        let form = short(row.fields[FORM]);
        if misc.no_space {
            if !spaces.is_empty() {
                let message = format!("`{form}` has `SpaceAfter=No`, and `# text` has white space after it");
                return Err(Flaw::new("conllu.text", row.at, message));
            }
            return Ok("");
        }
        if spaces.is_empty() && misc.after != Some("") {
            let message = format!("`# text` has no white space after `{form}`, and the token no `SpaceAfter=No`");
            return Err(Flaw::new("conllu.text", row.at, message));
        }
        self.rest = rest;
        Ok(spaces)
    }
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(30).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The values of `N` side columns, item by item.
struct Cells<const N: usize> {
    rows: Vec<[Cell; N]>,
    used: [bool; N],
    arena: String,
}

impl<const N: usize> Default for Cells<N> {
    fn default() -> Self {
        Cells { rows: Vec::new(), used: [false; N], arena: String::new() }
    }
}

impl<const N: usize> Cells<N> {
    fn clear(&mut self) {
        self.rows.clear();
        self.used = [false; N];
        self.arena.clear();
    }

    /// Begins the next item.
    fn row(&mut self) -> usize {
        self.rows.push([Cell::NONE; N]);
        self.rows.len() - 1
    }

    fn set(&mut self, row: usize, column: usize, value: Option<&str>) {
        if let Some(value) = value {
            self.set_with(row, column, |out| {
                out.push_str(value);
                true
            });
        }
    }

    /// Sets the cell to what `write` appends, if it says that there is something.
    fn set_with(&mut self, row: usize, column: usize, write: impl FnOnce(&mut String) -> bool) {
        let start = self.arena.len();
        if write(&mut self.arena) {
            // A record is below 4 GiB, and nothing of it comes twice.
            self.rows[row][column] = Cell { start: start as u32, len: (self.arena.len() - start) as u32 };
            self.used[column] = true;
        }
    }

    fn finish(&self, layer: Layer, names: &[LabelId; N], changes: &mut Changes) {
        for (n, &name) in names.iter().enumerate().filter(|(n, _)| self.used[*n]) {
            let mut column = changes.column(layer, name);
            for row in &self.rows {
                column.push(row[n].get(&self.arena));
            }
        }
    }
}
