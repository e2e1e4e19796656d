//! Documents to records: tokens and what lies between them become sentences of rows.

use super::misc::{escape, is_taken};
use super::{ExportOptions, META, SentenceMeta, WORD_COLUMNS};
use std::borrow::Cow;
use std::io::Write;
use std::ops::Range;
use warraq_core::{
    Column, Document, EncodeContext, Encoder, Error, ErrorKind, ExportFormat, LabelId, Labels, Layer, Layers,
    OffsetTable, OffsetUnit, Result,
};

/// The export with its options.
#[derive(Clone, Copy)]
pub(super) struct Export {
    source_offsets: bool,
    columns: [LabelId; WORD_COLUMNS.len()],
}

impl Export {
    pub(super) fn new(options: &ExportOptions, labels: &Labels) -> Self {
        Export { source_offsets: options.source_offsets, columns: WORD_COLUMNS.map(|name| labels.intern(name)) }
    }
}

impl ExportFormat for Export {
    fn encoder(&self) -> Box<dyn Encoder> {
        Box::new(ConlluEncoder { export: *self, offsets: OffsetTable::default(), units: Vec::new(), tags: Vec::new() })
    }

    fn reads(&self) -> Layers {
        let read = [
            Layer::Text,
            Layer::Lang,
            Layer::Meta,
            Layer::Tokens,
            Layer::Words,
            Layer::Sentences,
            Layer::Spans,
            Layer::Columns,
        ];
        let layers = Layers::of(&read);
        if self.source_offsets { layers.union(Layers::of(&[Layer::Source])) } else { layers }
    }
}

/// The places of the columns in [`WORD_COLUMNS`].
const FORM: usize = 0;
const LEMMA: usize = 1;
const FEATS: usize = 4;
const HEAD: usize = 5;
const DEPREL: usize = 6;
const DEPS: usize = 7;
const MISC: usize = 8;
const EMPTY_NODES: usize = 9;

/// What gets a row, or several: a token, or text that no token covers.
#[derive(Clone, Copy, Debug)]
struct Unit {
    start: u32,
    end: u32,
    token: Option<u32>,
}

struct ConlluEncoder {
    export: Export,
    offsets: OffsetTable,
    units: Vec<Unit>,
    /// The spans that are written: they do not overlap, and are in order.
    tags: Vec<(u32, u32, LabelId)>,
}

impl Encoder for ConlluEncoder {
    fn encode(&mut self, doc: &Document, cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.units(doc)?;
        self.choose_tags(doc);
        let source = self.offsets.read(if self.export.source_offsets { doc.source() } else { "" }, OffsetUnit::Char);
        let columns = |layer| self.export.columns.map(|name| doc.column(layer, name));
        let about = doc.meta().get(META).and_then(|json| serde_json::from_str::<Vec<SentenceMeta<'_>>>(json).ok());
        let mut writer = Writer {
            doc,
            tags: &self.tags,
            words: columns(Layer::Words),
            tokens: columns(Layer::Tokens),
            word: 0,
            begun: 0,
            source: self.export.source_offsets.then_some(source),
            map: doc.source_map().cursor(),
        };
        let sentences = sentences(doc, &self.units);
        let mut word = 0;
        let counts: Vec<usize> =
            sentences.iter().map(|range| writer.count(&self.units[range.clone()], &mut word)).collect();
        // Where sentences or words are no longer those of the file, what it says of them is not true any more.
        let as_read =
            about.as_ref().is_some_and(|about| about.iter().map(|about| about.words).eq(counts.iter().copied()));
        let about = about.filter(|_| as_read);
        let use_heads = as_read || doc.meta().get(META).is_none();
        for (n, range) in sentences.iter().enumerate() {
            let about = about.as_ref().map(|about| &about[n]);
            let next = self.units.get(range.end).map_or(doc.text().len() as u32, |unit| unit.start);
            comments(doc, about, n, &self.units[range.clone()], out);
            writer.sentence(&self.units[range.clone()], n == 0, next, counts[n], use_heads, cx, out);
        }
        Ok(())
    }
}

impl ConlluEncoder {
    /// Finds what gets rows.
    fn units(&mut self, doc: &Document) -> Result<()> {
        self.units.clear();
        let text = doc.text();
        let mut at = 0;
        for (n, token) in doc.tokens().iter().enumerate() {
            uncovered(text, at..token.start, &mut self.units);
            // White space alone is no form; it is written as what stands between two others.
            if !text[token.start as usize..token.end as usize].trim().is_empty() {
                self.units.push(Unit { start: token.start, end: token.end, token: Some(n as u32) });
            }
            at = token.end;
        }
        if doc.tokens().is_empty() {
            let (reason, message) = if text.trim().is_empty() {
                (
                    "conllu.empty",
                    "the document has no text, and CoNLL-U has no sentence without a word; `filter.length` with \
                                  `min_words = 1` drops such documents before",
                )
            } else {
                (
                    "conllu.no_tokens",
                    "the document has no tokens, which CoNLL-U is made of; add a stage that makes them, such as \
                                      `tokenize.words`",
                )
            };
            return Err(Error::new(ErrorKind::Encode, reason, message));
        }
        uncovered(text, at..text.len() as u32, &mut self.units);
        Ok(())
    }

    /// Of spans that overlap the longest is written; of equally long ones the first.
    fn choose_tags(&mut self, doc: &Document) {
        self.tags.clear();
        self.tags.extend(doc.spans().iter().map(|span| (span.start, span.end, span.label)));
        // The sort is stable, so spans of one place stay in the order they were added.
        self.tags.sort_by_key(|&(start, end, _)| (std::cmp::Reverse(end - start), start));
        let mut chosen: std::collections::BTreeMap<u32, (u32, LabelId)> = std::collections::BTreeMap::new();
        for &(start, end, label) in &self.tags {
            let is_free = chosen.range(..end).next_back().is_none_or(|(_, &(last, _))| last <= start);
            if is_free {
                chosen.insert(start, (end, label));
            }
        }
        self.tags.clear();
        self.tags.extend(chosen.into_iter().map(|(start, (end, label))| (start, end, label)));
    }
}

/// Adds the stretches of a gap that are not white space.
fn uncovered(text: &str, gap: Range<u32>, units: &mut Vec<Unit>) {
    let gap_text = &text[gap.start as usize..gap.end as usize];
    for part in gap_text.split_whitespace() {
        let start = gap.start + (part.as_ptr() as usize - gap_text.as_ptr() as usize) as u32;
        units.push(Unit { start, end: start + part.len() as u32, token: None });
    }
}

/// The units of each sentence. What is outside of the document's sentences is a sentence of its own.
fn sentences(doc: &Document, units: &[Unit]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    let mut next = 0;
    for (n, unit) in units.iter().enumerate() {
        while doc.sentences().get(next).is_some_and(|sentence| sentence.end <= unit.start) {
            next += 1;
        }
        let inside = doc.sentences().get(next).is_some_and(|sentence| sentence.start <= unit.start);
        // Between two sentences, the one that comes next tells two outsides apart.
        let place = Some((inside, next));
        match ranges.last_mut() {
            Some(range) if place == last => range.end = n + 1,
            _ => ranges.push(n..n + 1),
        }
        last = place;
    }
    ranges
}

/// Writes what stands before a sentence.
fn comments(doc: &Document, about: Option<&SentenceMeta<'_>>, n: usize, units: &[Unit], out: &mut Vec<u8>) {
    let is_global = |comment: &&Cow<'_, str>| comment.starts_with("global.");
    let kept = about.map_or(&[][..], |about| &about.comments);
    for comment in kept.iter().filter(|c| n == 0 && is_global(c)) {
        line(&["# ", comment], out);
    }
    if n == 0 {
        line(&["# newdoc id = ", doc.id()], out);
        if let Some(lang) = doc.lang() {
            line(&["# lang = ", lang], out);
        }
    }
    match about.and_then(|about| about.sent_id.as_deref()) {
        Some(id) => line(&["# sent_id = ", id], out),
        None => line(&["# sent_id = ", doc.id(), "-", &(n + 1).to_string()], out),
    }
    for comment in kept.iter().filter(|c| n > 0 || !is_global(c)) {
        line(&["# ", comment], out);
    }
    out.extend_from_slice(b"# text = ");
    for (n, unit) in units.iter().enumerate() {
        if n > 0 && units[n - 1].end < unit.start {
            out.push(b' ');
        }
        form(&doc.text()[unit.start as usize..unit.end as usize], out);
    }
    out.push(b'\n');
}

fn line(parts: &[&str], out: &mut Vec<u8>) {
    for part in parts {
        // A line end would end the comment.
        out.extend(part.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    }
    out.push(b'\n');
}

/// Writes a form: white space inside of it, which may be a tab or a line end, is one space each time.
fn form(text: &str, out: &mut Vec<u8>) {
    for (n, part) in text.split_whitespace().enumerate() {
        if n > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(part.as_bytes());
    }
}

/// Whether a form says all of the token's text.
fn is_plain(text: &str) -> bool {
    let spaces = text.bytes().any(|byte| byte == b' ');
    let mut parts = text.split_whitespace();
    match (parts.next(), parts.next()) {
        (Some(only), None) => only.len() == text.len(),
        _ => spaces && text.split(' ').all(|part| !part.is_empty() && !part.contains(char::is_whitespace)),
    }
}

struct Writer<'a> {
    doc: &'a Document,
    tags: &'a [(u32, u32, LabelId)],
    words: [Option<&'a Column>; WORD_COLUMNS.len()],
    tokens: [Option<&'a Column>; WORD_COLUMNS.len()],
    /// The first word of a token that has not been written.
    word: usize,
    /// The first of the tags that no row has begun with.
    begun: usize,
    source: Option<warraq_core::Offsets<'a>>,
    map: warraq_core::SourceCursor<'a>,
}

impl Writer<'_> {
    /// The words of a token.
    fn words(&self, from: usize, token: Option<u32>) -> Range<usize> {
        let Some(token) = token else { return from..from };
        let words = self.doc.words();
        let start = from + words[from..].iter().take_while(|word| word.token < token).count();
        start..start + words[start..].iter().take_while(|word| word.token == token).count()
    }

    /// How many rows of words these units have, of which the first has no words before `at`.
    fn count(&self, units: &[Unit], at: &mut usize) -> usize {
        let one = |unit: &Unit| {
            let words = self.words(*at, unit.token);
            *at = words.end;
            words.len().max(1)
        };
        units.iter().map(one).sum()
    }

    #[allow(clippy::too_many_arguments, reason = "the pieces of one loop of its caller")]
    fn sentence(
        &mut self,
        units: &[Unit],
        is_first: bool,
        next: u32,
        count: usize,
        use_heads: bool,
        cx: &mut EncodeContext<'_>,
        out: &mut Vec<u8>,
    ) {
        let doc = self.doc;
        let mut id = 1;
        for (n, unit) in units.iter().enumerate() {
            let text = &doc.text()[unit.start as usize..unit.end as usize];
            let words = self.words(self.word, unit.token);
            self.word = words.end;
            let after = units.get(n + 1);
            let gap = &doc.text()[unit.end as usize..after.map_or(next, |unit| unit.start) as usize];
            let before = if is_first && n == 0 { &doc.text()[..unit.start as usize] } else { "" };
            let spaces = |out: &mut Vec<u8>| {
                if !before.is_empty() {
                    out.extend_from_slice(b"|SpacesBefore=");
                    escape(before, out);
                }
                if gap.is_empty() {
                    out.extend_from_slice(b"|SpaceAfter=No");
                }
                let is_end = after.is_none();
                if (is_end && !(gap.is_empty() && next as usize == doc.text().len())) || !(gap.is_empty() || gap == " ")
                {
                    out.extend_from_slice(b"|SpacesAfter=");
                    escape(gap, out);
                }
                if !is_plain(text) {
                    out.extend_from_slice(b"|SpacesInToken=");
                    escape(text, out);
                }
            };
            if id == 1 && use_heads && !words.is_empty() {
                self.nodes(words.start, 0, out);
            }
            if words.len() > 1 {
                let _ = write!(out, "{id}-{}\t", id + words.len() - 1);
                form(text, out);
                out.extend_from_slice(b"\t_\t_\t_\t");
                let token = unit.token.unwrap_or_default() as usize;
                self.plain(self.tokens[FEATS], token, out);
                out.extend_from_slice(b"\t_\t_\t_\t");
                let start = out.len();
                spaces(out);
                self.offsets(unit, out);
                self.kept(self.tokens[MISC], token, out);
                end_misc(start, out);
            }
            for word in words.clone() {
                let of = Cells { columns: &self.words, item: word, count, use_heads };
                let surface = doc.words()[word];
                let own = if words.len() > 1 {
                    self.cell(self.words[FORM], word)
                        .unwrap_or(&doc.text()[surface.start as usize..surface.end as usize])
                } else {
                    text
                };
                self.row(id, own, &of, out);
                let start = out.len();
                let place = if words.len() > 1 && surface.start < surface.end {
                    (surface.start, surface.end)
                } else {
                    (unit.start, unit.end)
                };
                if words.len() == 1 {
                    spaces(out);
                    self.offsets(unit, out);
                }
                self.tag(place, cx, out);
                self.kept(self.words[MISC], word, out);
                end_misc(start, out);
                if use_heads {
                    self.nodes(word, id, out);
                }
                id += 1;
            }
            if words.is_empty() {
                let item = unit.token.map_or(usize::MAX, |token| token as usize);
                let of = Cells { columns: &self.tokens, item, count, use_heads };
                self.row(id, text, &of, out);
                let start = out.len();
                spaces(out);
                self.offsets(unit, out);
                self.tag((unit.start, unit.end), cx, out);
                self.kept(self.tokens[MISC], item, out);
                end_misc(start, out);
                id += 1;
            }
        }
        out.push(b'\n');
    }

    fn cell(&self, column: Option<&Column>, item: usize) -> Option<&str> {
        self.doc.cell(column?, item)
    }

    /// Writes the first nine columns of a word.
    fn row(&self, id: usize, text: &str, of: &Cells<'_>, out: &mut Vec<u8>) {
        let _ = write!(out, "{id}\t");
        let start = out.len();
        form(text, out);
        if out.len() == start {
            out.push(b'_');
        }
        out.push(b'\t');
        let start = out.len();
        form(self.cell(of.columns[LEMMA], of.item).unwrap_or("_"), out);
        if out.len() == start {
            out.push(b'_');
        }
        for column in LEMMA + 1..=FEATS {
            out.push(b'\t');
            self.plain(of.columns[column], of.item, out);
        }
        let head = self.cell(of.columns[HEAD], of.item).and_then(|head| head.parse::<usize>().ok());
        let head = head.filter(|&head| of.use_heads && head <= of.count && head != id);
        out.push(b'\t');
        match head {
            Some(head) => {
                let _ = write!(out, "{head}\t");
                self.plain(of.columns[DEPREL], of.item, out);
            }
            None => out.extend_from_slice(b"_\t_"),
        }
        out.push(b'\t');
        self.plain(of.columns[DEPS].filter(|_| of.use_heads), of.item, out);
        out.push(b'\t');
    }

    /// Writes a value that has no white space, or `_`.
    fn plain(&self, column: Option<&Column>, item: usize, out: &mut Vec<u8>) {
        let value = self.cell(column, item).map_or("", str::trim);
        if value.is_empty() {
            out.push(b'_');
        }
        for (n, part) in value.split_whitespace().enumerate() {
            if n > 0 {
                out.push(b'_');
            }
            out.extend_from_slice(part.as_bytes());
        }
    }

    /// Writes where a token was in the source, if that is asked for.
    fn offsets(&mut self, unit: &Unit, out: &mut Vec<u8>) {
        if let Some(source) = self.source {
            let (start, end) = self.map.range(unit.start, unit.end);
            let _ = write!(out, "|SourceStart={}|SourceEnd={}", source.at_byte(start), source.at_byte(end));
        }
    }

    /// Writes the tag of a word or token, if a span covers some of it. Words that have no surface of their own, and so all stand
    /// for their token, are one span together.
    fn tag(&mut self, (start, end): (u32, u32), cx: &mut EncodeContext<'_>, out: &mut Vec<u8>) {
        let at = self.tags.partition_point(|&(_, span_end, _)| span_end <= start);
        let Some(&(span_start, _, label)) = self.tags.get(at).filter(|&&(from, ..)| from < end) else { return };
        let begins = span_start >= start && self.begun <= at;
        self.begun = at + 1;
        out.extend_from_slice(if begins { b"|NER=B-" } else { b"|NER=I-" });
        escape(cx.labels.get(label), out);
    }

    /// Writes what `MISC` had of its own.
    fn kept(&self, column: Option<&Column>, item: usize, out: &mut Vec<u8>) {
        for part in self.cell(column, item).unwrap_or_default().split('|').filter(|part| !is_taken(part)) {
            out.push(b'|');
            form(part, out);
        }
    }

    /// Writes those of a word's empty nodes that stand after the word of this id; 0 is before the first.
    fn nodes(&self, word: usize, id: usize, out: &mut Vec<u8>) {
        for node in self.cell(self.words[EMPTY_NODES], word).unwrap_or_default().lines() {
            if node.split_once('.').is_some_and(|(after, _)| after.parse() == Ok(id)) {
                for (column, field) in node.split('\t').enumerate() {
                    if column > 0 {
                        out.push(b'\t');
                    }
                    // Forms, lemmas and `MISC` may have spaces.
                    let space = if matches!(column, 1 | 2 | 9) { b' ' } else { b'_' };
                    for (n, part) in field.split_whitespace().enumerate() {
                        if n > 0 {
                            out.push(space);
                        }
                        out.extend_from_slice(part.as_bytes());
                    }
                }
                out.push(b'\n');
            }
        }
    }
}

/// The columns of a word.
struct Cells<'a> {
    columns: &'a [Option<&'a Column>; WORD_COLUMNS.len()],
    item: usize,
    /// The words of the sentence.
    count: usize,
    use_heads: bool,
}

/// Ends a row whose `MISC` begins at `start`, each part with a bar before it.
fn end_misc(start: usize, out: &mut Vec<u8>) {
    if out.len() == start {
        out.push(b'_');
    } else {
        out.remove(start);
    }
    out.push(b'\n');
}
