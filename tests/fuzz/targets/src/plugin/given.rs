//! What the fuzzed plugin hands back: mostly a proposal as the SDK would lay it out, with a few of its pointers, counts and
//! numbers exchanged for others.

use crate::bytes::Bytes;
use crate::proposal::propose;
use std::ptr;
use warraq_core::{Cell, Changes, ProposedVerdict, Score, Sentence, Span, Word};
use warraq_plugin::abi::{
    self, NONE, OK, WqBytes, WqChanges, WqColumn, WqDocView, WqEdit, WqField, WqOutput, WqResult, WqStr, WqToken,
};

/// The input that is left, and all memory that was handed over in this run. Nothing in it moves before the next run.
#[derive(Default)]
pub(super) struct Given {
    input: Vec<u8>,
    at: usize,
    memory: Vec<Box<dyn std::any::Any>>,
}

impl Given {
    /// Begins a run.
    pub(super) fn start(&mut self, input: &[u8]) {
        self.memory.clear();
        self.input.clear();
        self.input.extend_from_slice(input);
        self.at = 0;
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.at >= self.input.len()
    }

    /// Takes decisions from the input.
    pub(super) fn take<T>(&mut self, read: impl FnOnce(&mut Bytes<'_>) -> T) -> T {
        let mut bytes = Bytes(&self.input[self.at..]);
        let taken = read(&mut bytes);
        self.at = self.input.len() - bytes.0.len();
        taken
    }

    fn u8(&mut self) -> u8 {
        self.take(|b| b.u8())
    }

    /// What a call as a whole returns.
    pub(super) fn status(&mut self) -> i32 {
        match self.u8() {
            250 => abi::FAILED,
            251 => abi::BROKEN,
            252 => self.take(|b| b.u32()) as i32,
            _ => OK,
        }
    }

    /// Keeps an array where it is and hands out its address: of as many items as there are, or of a count that no array has.
    fn array<T: 'static>(&mut self, items: Vec<T>) -> (*const T, usize) {
        let (first, count) = (items.as_ptr(), items.len());
        self.memory.push(Box::new(items));
        match self.u8() {
            250 => (ptr::null(), count),
            251 if align_of::<T>() > 1 => (first.wrapping_byte_add(1), count),
            252 => (first, usize::MAX / (1 + usize::from(self.u8() % 4) * 7)),
            253 => (ptr::null(), 0),
            254 => (first, 0),
            255 => (first, count.min(1)),
            _ => (first, count),
        }
    }

    fn text(&mut self, text: &[u8]) -> WqStr {
        let mut text = text.to_vec();
        let wound = self.u8();
        if wound >= 240
            && let Some(byte) = text.get_mut(usize::from(wound - 240))
        {
            *byte ^= 0x80;
        }
        let (ptr, len) = self.array(text);
        WqStr { ptr: ptr.cast(), len }
    }

    fn any_text(&mut self) -> WqStr {
        let text = self.take(|bytes| {
            let len = usize::from(bytes.u8() % 40);
            bytes.take(len).to_vec()
        });
        self.text(&text)
    }

    /// Why options are refused, now and then: option, message and help.
    pub(super) fn refusal(&mut self) -> Option<[WqStr; 3]> {
        (self.u8() == 250).then(|| [self.any_text(), self.any_text(), self.any_text()])
    }

    fn result(&mut self) -> WqResult {
        match self.status() {
            OK if self.u8() < 250 => WqResult::OK,
            status => WqResult { status, reserved: 0, reason: self.any_text(), message: self.any_text() },
        }
    }

    pub(super) fn output(&mut self, out: &mut WqOutput) {
        out.result = self.result();
        let bytes = self.any_text();
        out.bytes = WqBytes { ptr: bytes.ptr.cast(), len: bytes.len };
    }

    /// Exchanges numbers of an item, now and then.
    fn wound<const N: usize>(&mut self, n: usize) -> Option<(usize, usize, u32)> {
        (self.u8() >= 248 && n > 0).then(|| self.take(|b| (b.below(n), b.below(N), b.u32())))
    }

    /// Changes to a document.
    pub(super) fn changes(&mut self, doc: &WqDocView, out: &mut WqChanges) {
        let text = match doc.text.len {
            0 => "",
            // SAFETY: the view's text is UTF-8 that can be read for the call.
            len => unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(doc.text.ptr.cast(), len)) },
        };
        let mut changes = Changes::new();
        while !self.is_used_up() && self.take(|bytes| propose(bytes, text, &mut changes)) {}
        let parts = changes.parts();
        out.result = self.result();
        out.replaced = abi::layer_bits(parts.replaced);
        if self.u8() >= 250 {
            out.replaced ^= 1 << (self.u8() % 32);
        }

        let mut edits: Vec<WqEdit> = (parts.edits.edits().iter())
            .map(|e| WqEdit {
                start: e.start,
                end: e.end,
                text_start: e.text_start,
                text_end: e.text_end,
                label: e.label.map_or(NONE, |label| label.0),
                reason: e.reason.map_or(NONE, |reason| reason.0),
            })
            .collect();
        if let Some((n, field, value)) = self.wound::<6>(edits.len()) {
            let e = &mut edits[n];
            *[&mut e.start, &mut e.end, &mut e.text_start, &mut e.text_end, &mut e.label, &mut e.reason][field] = value;
        }
        (out.edits, out.n_edits) = self.array(edits);
        out.edit_text = self.text(parts.edits.arena().as_bytes());

        let mut tokens: Vec<WqToken> =
            parts.tokens.iter().map(|t| WqToken { start: t.start, end: t.end, kind: t.kind as u8 }).collect();
        if let Some((n, field, value)) = self.wound::<3>(tokens.len()) {
            match field {
                0 => tokens[n].start = value,
                1 => tokens[n].end = value,
                _ => tokens[n].kind = value as u8,
            }
        }
        (out.tokens, out.n_tokens) = self.array(tokens);
        let mut words: Vec<Word> = parts.words.to_vec();
        if let Some((n, field, value)) = self.wound::<3>(words.len()) {
            let w = &mut words[n];
            *[&mut w.token, &mut w.start, &mut w.end][field] = value;
        }
        (out.words, out.n_words) = self.array(words);
        let sentences: Vec<Sentence> = parts.sentences.to_vec();
        (out.sentences, out.n_sentences) = self.array(sentences);
        let mut spans: Vec<Span> = parts.spans.to_vec();
        if let Some((n, field, value)) = self.wound::<4>(spans.len()) {
            let s = &mut spans[n];
            *[&mut s.start, &mut s.end, &mut s.label.0, &mut s.source.0][field] = value;
        }
        (out.spans, out.n_spans) = self.array(spans);

        let mut columns = Vec::new();
        for column in parts.columns {
            let mut cells: Vec<Cell> = column.cells.clone();
            if let Some((n, field, value)) = self.wound::<2>(cells.len()) {
                let cell = &mut cells[n];
                *[&mut cell.start, &mut cell.len][field] = value;
            }
            let layer = if self.u8() < 250 { abi::layer_bit(column.layer) } else { self.take(|b| b.u32()) };
            let (cells, n_cells) = self.array(cells);
            columns.push(WqColumn { name: column.name.0, layer, cells, n_cells });
        }
        (out.columns, out.n_columns) = self.array(columns);
        out.forms = self.text(parts.forms.as_bytes());

        let fields = changes
            .meta_fields()
            .map(|(key, json)| WqField { key: self.text(key.as_bytes()), json: self.text(json.as_bytes()) });
        let fields: Vec<WqField> = fields.collect();
        (out.meta, out.n_meta) = self.array(fields);
        let mut scores: Vec<Score> = parts.scores.to_vec();
        if let Some((n, _, value)) = self.wound::<1>(scores.len()) {
            scores[n].name.0 = value;
        }
        (out.scores, out.n_scores) = self.array(scores);
        out.lang = parts.lang.map_or(WqStr::NULL, |lang| self.text(lang.as_bytes()));
        out.rebased = parts.rebased.map_or(WqStr::NULL, |text| self.text(text.as_bytes()));
        match parts.verdict {
            None => {}
            Some(ProposedVerdict::Drop { reason, message }) => {
                (out.verdict, out.reason, out.message) = (abi::DROP, reason.0, self.text(message.as_bytes()));
            }
            Some(ProposedVerdict::Duplicate { kept_id }) => {
                (out.verdict, out.message) = (abi::DUPLICATE, self.text(kept_id.as_bytes()));
            }
        }
        if self.u8() >= 250 {
            out.verdict = self.take(|b| b.u32());
        }
    }
}
