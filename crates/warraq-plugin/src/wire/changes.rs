//! Changes across the pipe. What arrives is built through [`Changes`]' own methods.

use super::docs::{
    put_columns, put_scores, put_sentences, put_spans, put_tokens, put_words, take_columns, take_scores,
    take_sentences, take_spans, take_tokens, take_words,
};
use super::frame::{Fields, Frame, WireError, put_word, word};
use super::names::NamesIn;
use crate::abi::{self, NONE};
use warraq_core::{Changes, Layer, Layers, ProposedVerdict};

/// A verdict's numbers on the wire.
const KEEP: u8 = 0;
const DROP: u8 = 1;
const DUPLICATE: u8 = 2;

/// The layers that changes replace.
const REPLACEABLE: [Layer; 4] = [Layer::Tokens, Layer::Words, Layer::Sentences, Layer::Spans];

/// Puts changes. First comes which parts there are, so that what is not proposed costs nothing.
pub fn put_changes(frame: &mut Frame, changes: &Changes) {
    let parts = changes.parts();
    let written = changes.written();
    frame.u16(abi::layer_bits(written) as u16);
    frame.u16(abi::layer_bits(parts.replaced) as u16);
    if written.contains(Layer::Text) {
        frame.text(parts.edits.arena());
        frame.array::<24, _>(parts.edits.edits(), |edit, place| {
            put_word(place, 0, edit.start);
            put_word(place, 4, edit.end);
            put_word(place, 8, edit.text_start);
            put_word(place, 12, edit.text_end);
            put_word(place, 16, edit.label.map_or(NONE, |label| label.0));
            put_word(place, 20, edit.reason.map_or(NONE, |reason| reason.0));
        });
    }
    if written.contains(Layer::Tokens) {
        put_tokens(frame, parts.tokens);
    }
    if written.contains(Layer::Words) {
        put_words(frame, parts.words);
    }
    if written.contains(Layer::Sentences) {
        put_sentences(frame, parts.sentences);
    }
    if written.contains(Layer::Spans) {
        put_spans(frame, parts.spans);
    }
    if written.contains(Layer::Columns) {
        put_columns(frame, parts.columns, parts.forms);
    }
    if written.contains(Layer::Meta) {
        let fields = changes.meta_fields();
        frame.count(fields.len());
        for (key, json) in fields {
            frame.text(key);
            frame.text(json);
        }
    }
    if written.contains(Layer::Scores) {
        put_scores(frame, parts.scores);
    }
    if written.contains(Layer::Lang) {
        frame.text(parts.lang.unwrap_or_default());
    }
    if written.contains(Layer::Source) {
        frame.text(parts.rebased.unwrap_or_default());
    }
    match parts.verdict {
        None => frame.u8(KEEP),
        Some(ProposedVerdict::Drop { reason, message }) => {
            frame.u8(DROP);
            frame.u32(reason.0);
            frame.text(message);
        }
        Some(ProposedVerdict::Duplicate { kept_id }) => {
            frame.u8(DUPLICATE);
            frame.text(kept_id);
        }
    }
}

/// Takes changes into `changes`, which is empty.
///
/// # Errors
/// When they are cut off, or hold what no stage of ours could propose. What is in `changes` by then is of no use.
pub fn take_changes(fields: &mut Fields<'_>, names: &NamesIn, changes: &mut Changes) -> Result<(), WireError> {
    let bits = |bits: u16| {
        let layers = abi::layers(u32::from(bits));
        if abi::layer_bits(layers) == u32::from(bits) { Ok(layers) } else { Err(WireError::new("unknown layers")) }
    };
    let written = bits(fields.u16()?)?;
    let replaced = bits(fields.u16()?)?;
    if !replaced.without(Layers::of(&REPLACEABLE)).is_empty() || !replaced.without(written).is_empty() {
        return Err(WireError::new("layers are replaced that cannot be"));
    }
    if written.contains(Layer::Text) {
        take_edits(fields, names, changes)?;
    }
    for layer in [Layer::Tokens, Layer::Words, Layer::Sentences] {
        if written.contains(layer) && !replaced.contains(layer) {
            return Err(WireError::new(format!("there are new {0}, but they replace nothing", layer.name())));
        }
    }
    if written.contains(Layer::Tokens) {
        take_tokens(fields, changes.tokens())?;
    }
    if written.contains(Layer::Words) {
        take_words(fields, changes.words())?;
    }
    if written.contains(Layer::Sentences) {
        take_sentences(fields, changes.sentences())?;
    }
    if replaced.contains(Layer::Spans) {
        changes.clear_spans();
    }
    if written.contains(Layer::Spans) {
        take_spans(fields, names, changes.spans())?;
    }
    if written.contains(Layer::Columns) {
        let mut values = Values::default();
        take_columns(fields, names, |column| {
            let mut writer = changes.column(column.layer, column.name);
            column.cells().try_for_each(|cell| {
                let (_, value) = cell?;
                writer.push(value);
                values.count(value.unwrap_or_default(), column.forms)
            })
        })?;
    }
    if written.contains(Layer::Meta) {
        for _ in 0..fields.count(8)? {
            changes.meta(fields.text()?, fields.text()?);
        }
    }
    if written.contains(Layer::Scores) {
        take_scores(fields, names, |score| changes.score(score.name, score.value))?;
    }
    if written.contains(Layer::Lang) {
        changes.lang(fields.text()?);
    }
    if written.contains(Layer::Source) {
        changes.rebase(fields.text()?.to_owned());
    }
    match fields.u8()? {
        KEEP => {}
        DROP => changes.drop_document(names.get(fields.u32()?)?, fields.text()?),
        DUPLICATE => changes.duplicate_of(fields.text()?),
        found => return Err(WireError::new(format!("{found} is no verdict"))),
    }
    Ok(())
}

/// Values that are slices of one text do not overlap where a stage wrote them; where they do, a few bytes could ask for any
/// amount of memory.
#[derive(Default)]
struct Values(usize);

impl Values {
    fn count(&mut self, value: &str, of: &str) -> Result<(), WireError> {
        self.0 += value.len();
        if self.0 > of.len() { Err(WireError::new("values overlap in the text they are slices of")) } else { Ok(()) }
    }
}

fn take_edits(fields: &mut Fields<'_>, names: &NamesIn, changes: &mut Changes) -> Result<(), WireError> {
    let arena = fields.text()?;
    let mut values = Values::default();
    for (n, item) in fields.array::<24>()?.iter().enumerate() {
        let place = word(item, 8) as usize..word(item, 12) as usize;
        let with = arena.get(place.clone()).ok_or_else(|| {
            WireError::new(format!("edit {n}: {place:?} is no text of the {} bytes of replacements", arena.len()))
        })?;
        values.count(with, arena)?;
        let range = word(item, 0) as usize..word(item, 4) as usize;
        match (word(item, 16), word(item, 20)) {
            (NONE, _) => changes.replace(range, with),
            (label, NONE) => changes.replace_labelled(range, with, names.get(label)?, None),
            (label, reason) => {
                changes.replace_labelled(range, with, names.get(label)?, Some(names.get(reason)?));
            }
        }
    }
    Ok(())
}
