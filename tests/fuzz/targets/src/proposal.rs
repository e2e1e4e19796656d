//! Proposals of a stage, good and bad, out of a fuzzer's bytes.

use crate::bytes::Bytes;
use warraq_core::{Cell, Changes, LabelId, Layer, Sentence, Span, Token, TokenKind, Word};

/// Labels that every target has, and the ids beyond them that nothing has.
pub(crate) const LABELS: &[&str] = &["a", "LOC", "ج", "", "form"];

fn label(bytes: &mut Bytes<'_>) -> LabelId {
    LabelId(bytes.below(LABELS.len()) as u32)
}

/// A place in `text`: nearly always a character's bound, now and then any number.
pub(crate) fn place(bytes: &mut Bytes<'_>, text: &str) -> usize {
    let at = usize::from(bytes.u8());
    match at {
        250 => bytes.u32() as usize,
        251 => text.len() + 1,
        252 => text.len() / 2,
        _ => text.floor_char_boundary(if text.len() < 250 { at } else { at * text.len() / 249 }),
    }
}

fn range(bytes: &mut Bytes<'_>, text: &str) -> (u32, u32) {
    let (start, len) = (place(bytes, text), usize::from(bytes.u8() % 32));
    let end = if len < 24 { text.ceil_char_boundary(start.saturating_add(len)) } else { start.wrapping_sub(len - 24) };
    (start as u32, end as u32)
}

fn cells(bytes: &mut Bytes<'_>, n: usize, mut push: impl FnMut(Option<&str>)) {
    for _ in 0..n {
        let value = bytes.text();
        push((!value.is_empty()).then_some(&*value));
    }
}

/// One proposal out of a few bytes; `false` for those that mean the end of the call.
///
/// Where edits and layers are concerned it knows what was proposed last, so that most proposals are in order.
pub(crate) fn propose(bytes: &mut Bytes<'_>, text: &str, out: &mut Changes) -> bool {
    match bytes.u8() % 16 {
        0 => return false,
        kind @ 1..=5 => {
            let last = out.edits().edits().last().map_or(0, |e| e.end as usize);
            let (mut start, mut end) = (place(bytes, text), usize::from(bytes.u8()));
            if kind < 4 {
                // Further on, and short.
                start = text.floor_char_boundary((last + start % 16).max(last));
                end = text.ceil_char_boundary(start.saturating_add(end % 9));
            }
            match kind {
                1 | 4 => out.replace(start..end, &bytes.text()),
                2 | 5 => {
                    let (label, reason) = (label(bytes), bytes.flag().then(|| label(bytes)));
                    out.replace_labelled(start..end, &bytes.text(), label, reason);
                }
                _ => out.remove(start..end, label(bytes)),
            }
        }
        6 | 7 => {
            // A tiling: tokens or sentences from here to the next bound.
            let (is_token, n) = (bytes.flag(), bytes.below(16));
            let mut last = 0;
            for _ in 0..n {
                let step = usize::from(bytes.u8());
                let start = text.ceil_char_boundary(last + (step & 1));
                let end = text.ceil_char_boundary(start + 1 + step / 16);
                if start >= end {
                    break;
                }
                let (start, end) = (start as u32, end as u32);
                match is_token {
                    true => out.tokens().push(Token { start, end, kind: TokenKind::ALL[step % 9] }),
                    false => out.sentences().push(Sentence { start, end }),
                }
                last = end as usize;
            }
        }
        8 => {
            let (start, end) = range(bytes, text);
            match bytes.flag() {
                true => out.tokens().push(Token { start, end, kind: TokenKind::Word }),
                false => out.sentences().push(Sentence { start, end }),
            }
        }
        9 => {
            let (start, end) = range(bytes, text);
            out.words().push(Word { token: u32::from(bytes.u8() % 8), start, end });
        }
        10 => {
            let (start, end) = range(bytes, text);
            let score = f32::from_bits(bytes.u32());
            out.spans().push(Span { start, end, label: label(bytes), score, source: label(bytes) });
        }
        11 => {
            let layer = bytes.choice(&[Layer::Tokens, Layer::Words, Layer::Spans, Layer::Text]);
            let parts = out.parts();
            let known = [parts.tokens.len(), parts.words.len(), parts.spans.len(), 1][match layer {
                Layer::Tokens => 0,
                Layer::Words => 1,
                Layer::Spans => 2,
                _ => 3,
            }];
            let n = if bytes.u8() < 250 { known } else { known + 1 };
            let mut column = out.column(layer, label(bytes));
            cells(bytes, n, |value| column.push(value));
        }
        12 => match bytes.flag() {
            true => out.clear_spans(),
            false => out.lang(&bytes.text()),
        },
        13 => {
            let json = bytes.choice(&["1.50", "null", "\"نص\"", "[1,{\"a\":2}]", "{", "[[[[\"\\ud800\"]]]]"]);
            out.meta(&bytes.text(), json);
        }
        14 => match bytes.u8() % 8 {
            0 => out.score(label(bytes), f64::NAN),
            1..=4 => out.score(label(bytes), f64::from(bytes.u32())),
            5 => out.drop_document(label(bytes), &bytes.text()),
            6 => out.duplicate_of(&bytes.text()),
            _ => out.rebase(bytes.text().into_owned()),
        },
        _ => {
            // Another stage's tokens, out of order with those that are there.
            let (start, end) = range(bytes, text);
            out.tokens().insert(0, Token { start, end, kind: TokenKind::Number });
        }
    }
    true
}

/// All of a proposal, with names for ids.
pub(crate) fn show(changes: &Changes, labels: &warraq_core::Labels) -> String {
    let parts = changes.parts();
    let name = |id: LabelId| labels.name(id);
    let edits: Vec<_> = (parts.edits.edits().iter())
        .map(|e| (e.start, e.end, parts.edits.replacement(e), e.label.map(name), e.reason.map(name)))
        .collect();
    let spans: Vec<_> =
        parts.spans.iter().map(|s| (s.start, s.end, name(s.label), s.score.to_bits(), name(s.source))).collect();
    let cells = |cells: &[Cell]| cells.iter().map(|c| c.get(parts.forms).map(str::to_owned)).collect::<Vec<_>>();
    let columns: Vec<_> = parts.columns.iter().map(|c| (name(c.name), c.layer, cells(&c.cells))).collect();
    let scores: Vec<_> = parts.scores.iter().map(|s| (name(s.name), s.value.to_bits())).collect();
    let verdict = parts.verdict.map(|verdict| match verdict {
        warraq_core::ProposedVerdict::Drop { reason, message } => format!("{} {message}", name(reason)),
        warraq_core::ProposedVerdict::Duplicate { kept_id } => format!("duplicate {kept_id}"),
    });
    let meta: Vec<_> = changes.meta_fields().collect();
    let layers = (parts.tokens, parts.words, parts.sentences, spans, columns, meta, scores);
    format!("{edits:?} {:?} {layers:?} {:?} {verdict:?} {:?}", parts.replaced, parts.lang, parts.rebased)
}
