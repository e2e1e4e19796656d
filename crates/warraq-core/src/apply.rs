//! The one place where a document changes: the proposal is checked as a whole, and only then carried out.

use crate::changes::Proposed;
use crate::{Cell, Changes, Document, Error, Layer, Layers, MAX_TEXT, Removed, Result, StageIndex, Verdict, Word};

/// The number of items in each layer.
pub(crate) struct Sizes {
    pub(crate) tokens: usize,
    pub(crate) words: usize,
    pub(crate) sentences: usize,
    pub(crate) spans: usize,
}

impl Document {
    /// Carries out `changes`, which the stage at `stage` proposed after declaring that it writes `writes`.
    ///
    /// Layers in the proposal are in the coordinates of the text before its edits; they, and the layers the document
    /// already has, are carried through the edits:
    ///
    /// * an item wholly inside a deletion goes;
    /// * a span that overlaps an edit grows to the replacement;
    /// * tokens and sentences stay a partition: the leftmost item that overlaps an edit takes the replacement;
    /// * an insertion at a boundary belongs to neither side;
    /// * the words and the column values of a token whose text changed are dropped; those of a span stay with it.
    ///
    /// The proposal is used up: its buffers are exchanged for the document's old ones where that saves a copy.
    ///
    /// # Errors
    /// If the proposal breaks the contract (out of bounds, out of order, inside a character, not declared, not finite) or
    /// has more items than the document's [limits](Document::set_limits) allow. The document is then as it was.
    pub fn apply(&mut self, changes: &mut Changes, stage: StageIndex, writes: Layers) -> Result<()> {
        self.check(changes, writes)?;
        if let Some(text) = &changes.rebased {
            self.rebase(text, stage);
        }
        self.take_layers(changes);
        self.take_fields(changes, stage);
        if !changes.edits.is_empty() {
            self.edit(changes, stage);
        }
        Ok(())
    }

    fn check(&self, changes: &Changes, writes: Layers) -> Result<()> {
        let undeclared = changes.written().without(writes);
        if let Some(layer) = undeclared.iter().next() {
            let message = format!("it wrote `{}`, which it does not declare", layer.name());
            return Err(Error::contract("undeclared", message));
        }
        if let Some(text) = &changes.rebased {
            if text.len() > MAX_TEXT {
                return Err(Error::contract("text.length", "the new text has more than 4 GiB"));
            }
            if !changes.written().without(NOT_PLACED).is_empty() {
                return Err(Error::contract("rebase.layers", "a rebase and edits or layers cannot come in one call"));
            }
        }
        let sizes = self.sizes(changes);
        self.limits.check(&sizes)?;
        changes.edits.check(&self.text)?;
        self.check_items("token", &changes.tokens, |t| (t.start, t.end), true)?;
        self.check_items("sentence", &changes.sentences, |s| (s.start, s.end), true)?;
        self.check_items("span", &changes.spans, |s| (s.start, s.end), false)?;
        self.check_words(&changes.words, sizes.tokens)?;
        for column in &changes.columns {
            let items = match column.layer {
                Layer::Tokens => sizes.tokens,
                Layer::Words => sizes.words,
                Layer::Spans => changes.spans.len(),
                other => {
                    let message =
                        format!("a column beside `{}`; only tokens, words and spans have columns", other.name());
                    return Err(Error::contract("column.layer", message));
                }
            };
            if column.cells.len() != items {
                let message =
                    format!("a column of {} values beside {items} {}", column.cells.len(), column.layer.name());
                return Err(Error::contract("column.length", message));
            }
        }
        if let Some(score) = changes.scores.iter().find(|s| !s.value.is_finite()) {
            return Err(Error::contract("score.finite", format!("a score of {}", score.value)));
        }
        for (key, json) in &changes.meta {
            let (key, json) = (&changes.arena[key.clone()], &changes.arena[json.clone()]);
            if depth(json) > MAX_META_DEPTH {
                let message = format!("the value of meta field {key:?} nests deeper than {MAX_META_DEPTH}");
                return Err(Error::contract("meta.depth", message));
            }
            if let Err(e) = serde_json::from_str::<serde::de::IgnoredAny>(json) {
                return Err(Error::contract("meta.json", format!("the value of meta field {key:?} is not JSON: {e}")));
            }
        }
        Ok(())
    }

    /// How many items the layers will have once the proposal's are taken, and before its edits are made.
    fn sizes(&self, changes: &Changes) -> Sizes {
        let replaced = |layer| changes.replaced.contains(layer);
        let tokens = if replaced(Layer::Tokens) { &changes.tokens } else { &self.tokens };
        let words = match (replaced(Layer::Words), replaced(Layer::Tokens)) {
            (true, _) => changes.words.len(),
            (false, true) => 0,
            (false, false) => self.words.len(),
        };
        let sentences = if replaced(Layer::Sentences) { &changes.sentences } else { &self.sentences };
        let kept = if replaced(Layer::Spans) { 0 } else { self.spans.len() };
        Sizes { tokens: tokens.len(), words, sentences: sentences.len(), spans: kept + changes.spans.len() }
    }

    fn check_items<T>(&self, what: &str, items: &[T], range: impl Fn(&T) -> (u32, u32), sorted: bool) -> Result<()> {
        let mut last = 0;
        for (n, item) in items.iter().enumerate() {
            let (start, end) = range(item);
            if start >= end || end as usize > self.text.len() {
                let message = format!("{what} {n} covers bytes {start}..{end} of a text of {} bytes", self.text.len());
                return Err(Error::contract("layer.bounds", message));
            }
            if sorted && start < last {
                let message =
                    format!("{what} {n} at {start}..{end} begins before byte {last}, where the one before it ends");
                return Err(Error::contract("layer.order", message));
            }
            if !self.text.is_char_boundary(start as usize) || !self.text.is_char_boundary(end as usize) {
                let message = format!("{what} {n} at {start}..{end} cuts a character in two");
                return Err(Error::contract("layer.boundary", message));
            }
            last = end;
        }
        Ok(())
    }

    fn check_words(&self, words: &[Word], tokens: usize) -> Result<()> {
        let mut last = 0;
        for (n, word) in words.iter().enumerate() {
            let (start, end) = (word.start as usize, word.end as usize);
            let in_text = start <= end && self.text.is_char_boundary(start) && self.text.is_char_boundary(end);
            if word.token as usize >= tokens || word.token < last || !in_text {
                let message = format!("word {n} at {start}..{end} of token {} of {tokens}", word.token);
                return Err(Error::contract("word.place", message));
            }
            last = word.token;
        }
        Ok(())
    }

    fn rebase(&mut self, text: &str, stage: StageIndex) {
        self.text.clear();
        self.text.push_str(text);
        self.source.clear();
        self.edited = false;
        self.rebased = Some(stage);
        self.map.clear();
        self.removed.clear();
        self.tokens.clear();
        self.words.clear();
        self.sentences.clear();
        self.spans.clear();
        self.columns.clear();
        self.forms.clear();
    }

    fn take_layers(&mut self, changes: &mut Changes) {
        let layers = changes.replaced;
        let replaced = |layer| layers.contains(layer);
        if replaced(Layer::Tokens) {
            std::mem::swap(&mut self.tokens, &mut changes.tokens);
            self.words.clear();
            self.columns.retain(|c| c.layer == Layer::Spans);
            if self.columns.is_empty() {
                self.forms.clear();
            }
        }
        if replaced(Layer::Words) {
            std::mem::swap(&mut self.words, &mut changes.words);
            self.columns.retain(|c| c.layer != Layer::Words);
        }
        if replaced(Layer::Sentences) {
            std::mem::swap(&mut self.sentences, &mut changes.sentences);
        }
        if replaced(Layer::Spans) {
            self.spans.clear();
            self.columns.retain(|c| c.layer != Layer::Spans);
        }
        let spans = self.spans.len();
        self.spans.extend_from_slice(&changes.spans);
        for column in &changes.columns {
            let mut column = column.clone();
            for cell in &mut column.cells {
                if let Some(value) = cell.get(&changes.arena) {
                    let start = self.forms.len() as u32;
                    self.forms.push_str(value);
                    *cell = Cell { start, len: value.len() as u32 };
                }
            }
            let known = self.columns.iter().position(|c| c.layer == column.layer && c.name == column.name);
            match known {
                // The spans that were there before keep their values.
                Some(at) if column.layer == Layer::Spans => self.columns[at].cells.append(&mut column.cells),
                Some(at) => {
                    self.columns.remove(at);
                    self.columns.push(column);
                }
                None => {
                    if column.layer == Layer::Spans {
                        column.cells.splice(..0, std::iter::repeat_n(Cell::NONE, spans));
                    }
                    self.columns.push(column);
                }
            }
        }
        if !changes.spans.is_empty() {
            let all = self.spans.len();
            let beside = self.columns.iter_mut().filter(|c| c.layer == Layer::Spans);
            beside.for_each(|column| column.cells.resize(all, Cell::NONE));
        }
    }

    fn take_fields(&mut self, changes: &Changes, stage: StageIndex) {
        let text = |range: &std::ops::Range<usize>| &changes.arena[range.clone()];
        for (key, json) in &changes.meta {
            self.meta.set(text(key), text(json));
        }
        for score in &changes.scores {
            match self.scores.iter_mut().find(|s| s.name == score.name) {
                Some(known) => known.value = score.value,
                None => self.scores.push(*score),
            }
        }
        if let Some(lang) = &changes.lang {
            self.set_lang(text(lang));
        }
        match &changes.verdict {
            None => {}
            Some(Proposed::Drop { reason, message }) => {
                self.verdict = Verdict::Dropped { stage, reason: *reason, message: text(message).into() };
            }
            Some(Proposed::Duplicate { kept_id }) => {
                self.verdict = Verdict::Duplicate { stage, kept_id: text(kept_id).into() };
            }
        }
    }

    fn edit(&mut self, changes: &Changes, stage: StageIndex) {
        let edits = changes.edits.edits();
        let mut cursor = self.map.cursor();
        for edit in edits {
            let Some(label) = edit.label else { continue };
            let old = &self.text[edit.start as usize..edit.end as usize];
            let (before, after) = shared_ends(old, changes.edits.replacement(edit));
            let (start, end) = (edit.start + before as u32, edit.end - after as u32);
            if start < end {
                let (source_start, source_end) = cursor.range(start, end);
                // What an earlier edit put in was never in the source.
                if source_start < source_end {
                    self.removed.push(Removed { source_start, source_end, label, reason: edit.reason, stage });
                }
            }
        }

        self.carry.prepare(edits);
        self.carry_tokens(changes);
        self.carry.partition(edits, &mut self.sentences, |_, _, _| {});
        self.carry_spans(changes);

        changes.edits.rewrite(&self.text, &mut self.spare);
        std::mem::swap(&mut self.text, &mut self.spare);
        if !self.edited {
            // What was the text until now is the source from now on.
            std::mem::swap(&mut self.source, &mut self.spare);
            self.edited = true;
        }
        self.map.extend(edits);
    }

    /// Carries the spans with their columns.
    fn carry_spans(&mut self, changes: &Changes) {
        let stays = &mut self.touched;
        stays.clear();
        self.carry.spans(changes.edits.edits(), &mut self.spans, |kept| stays.push(kept));
        for column in self.columns.iter_mut().filter(|c| c.layer == Layer::Spans) {
            let mut stays = stays.iter();
            column.cells.retain(|_| stays.next().is_some_and(|&stays| stays));
        }
    }

    /// Carries the tokens and, where there are any, their words and columns.
    fn carry_tokens(&mut self, changes: &Changes) {
        let edits = changes.edits.edits();
        if self.words.is_empty() && self.columns.iter().all(|c| c.layer == Layer::Spans) {
            self.carry.partition(edits, &mut self.tokens, |_, _, _| {});
            return;
        }
        const GONE: u32 = u32::MAX;
        let (moved, touched) = (&mut self.moved, &mut self.touched);
        moved.clear();
        moved.resize(self.tokens.len(), GONE);
        touched.clear();
        touched.resize(self.tokens.len(), false);
        self.carry.partition(edits, &mut self.tokens, |old, new, was_touched| {
            moved[old] = new as u32;
            touched[old] = was_touched;
        });

        let stays = |word: &Word| moved[word.token as usize] != GONE && !touched[word.token as usize];
        for column in &mut self.columns {
            let mut item = 0;
            let words = &self.words;
            match column.layer {
                Layer::Words => column.cells.retain(|_| {
                    item += 1;
                    stays(&words[item - 1])
                }),
                Layer::Tokens => column.cells.retain_mut(|cell| {
                    item += 1;
                    if touched[item - 1] {
                        *cell = Cell::NONE;
                    }
                    moved[item - 1] != GONE
                }),
                _ => {}
            }
        }
        self.words.retain(stays);
        for word in &mut self.words {
            word.token = moved[word.token as usize];
        }
        // The edits left alone the text of every token whose words stay, but a word's surface may be anywhere.
        for word in &mut self.words {
            (word.start, word.end) = self.carry.range(edits, word.start, word.end);
        }
    }
}

/// What may come along with a rebase: nothing that has a place in the text.
const NOT_PLACED: Layers = Layers::of(&[Layer::Source, Layer::Lang, Layer::Meta, Layer::Scores, Layer::Verdict]);

/// How many bytes two texts share at the start and, of what is left, at the end; whole characters only.
fn shared_ends(old: &str, new: &str) -> (usize, usize) {
    let mut before = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    while !old.is_char_boundary(before) || !new.is_char_boundary(before) {
        before -= 1;
    }
    let (old, new) = (&old[before..], &new[before..]);
    let mut after = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count();
    while !old.is_char_boundary(old.len() - after) || !new.is_char_boundary(new.len() - after) {
        after -= 1;
    }
    (before, after)
}

/// How deep a field's value may nest: what is exported must be readable again, and readers of JSON stop at 128.
const MAX_META_DEPTH: usize = 120;

/// How deep JSON nests; an estimate from above for what is not JSON.
fn depth(json: &str) -> usize {
    let (mut depth, mut most, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                most = most.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}
