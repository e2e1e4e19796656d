//! From what a plugin hands back to [`Changes`], bytes and errors: pointers, counts, UTF-8 and ids are checked here; places in
//! the text, order and declared writes are checked when the changes are applied.

use crate::abi::{self, BROKEN, NONE, OK, WqChanges, WqOutput, WqResult};
use crate::read::{self, contract};
use warraq_core::{Changes, Error, LabelId, LabelNames, Layer, Result, Token, TokenKind};

/// The longest reason of a failure, in bytes.
const MAX_REASON: usize = 100;

/// What a plugin tells of a call that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Box<Error>,
    /// Whether the state can no longer be trusted.
    pub(super) is_broken: bool,
}

/// What a result says.
///
/// # Errors
/// The failure it tells of.
///
/// # Safety
/// Its texts are what the header says.
#[allow(clippy::result_large_err)] // rare, and taken apart at once
pub(super) unsafe fn result(result: WqResult) -> std::result::Result<(), Failure> {
    if result.status == OK {
        return Ok(());
    }
    // SAFETY: the caller's word.
    let (reason, message) = unsafe { (read::text("reason", result.reason), read::text("message", result.message)) };
    // A reason is a short word that reports count by: whatever is not, is no reason.
    let is_word = |reason: &&str| (1..=MAX_REASON).contains(&reason.len()) && !reason.contains(char::is_control);
    let reason = reason.ok().filter(is_word).unwrap_or("plugin.failed").to_owned();
    let message = message.map_or_else(|e| e.message, str::to_owned);
    let message = if message.is_empty() { "the plugin failed and gave no message".to_owned() } else { message };
    Err(Failure { error: Box::new(Error::stage(reason, message)), is_broken: result.status == BROKEN })
}

/// Takes the bytes of an output.
///
/// # Errors
/// As [`result`]; and if they are no bytes.
///
/// # Safety
/// They are what the header says, and stay for `'a`.
#[allow(clippy::result_large_err)] // rare, and taken apart at once
pub(super) unsafe fn output<'a>(out: &WqOutput) -> std::result::Result<&'a [u8], Failure> {
    // SAFETY: the caller's word.
    unsafe {
        result(out.result)?;
        read::bytes("bytes", out.bytes).map_err(|error| Failure { error: Box::new(error), is_broken: false })
    }
}

/// Takes what a plugin proposes into `changes`, which is empty.
///
/// # Errors
/// When it breaks the contract, as far as that can be seen without the document.
///
/// # Safety
/// Pointers are what the header says, and stay for the call.
pub(super) unsafe fn changes(from: &WqChanges, names: &mut LabelNames, changes: &mut Changes) -> Result<()> {
    // SAFETY: the caller's word, for every field.
    unsafe {
        let unknown = from.replaced & !REPLACEABLE;
        if unknown != 0 {
            return Err(contract("plugin.replaced", format!("`replaced` has bits that mean nothing: {unknown:#x}")));
        }
        let replaced = |layer| from.replaced & abi::layer_bit(layer) != 0;
        for (layer, count) in
            [(Layer::Tokens, from.n_tokens), (Layer::Words, from.n_words), (Layer::Sentences, from.n_sentences)]
        {
            if count > 0 && !replaced(layer) {
                let message = format!("there are {count} new {0}, but `replaced` does not name {0}", layer.name());
                return Err(contract("plugin.replaced", message));
            }
        }
        let mut label = |what: &str, id: u32| match names.has(LabelId(id)) {
            true => Ok(LabelId(id)),
            false => Err(contract("plugin.label", format!("{what}: no name has the id {id}"))),
        };
        if from.n_edits > 0 {
            let arena = read::text("edit_text", from.edit_text)?;
            for (n, edit) in read::items("edits", from.edits, from.n_edits)?.iter().enumerate() {
                let with = arena.get(edit.text_start as usize..edit.text_end as usize).ok_or_else(|| {
                    let (start, end) = (edit.text_start, edit.text_end);
                    contract(
                        "plugin.edit",
                        format!("edit {n}: {start}..{end} is no text of the {} bytes of `edit_text`", arena.len()),
                    )
                })?;
                let range = edit.start as usize..edit.end as usize;
                if edit.label == NONE {
                    changes.replace(range, with);
                } else {
                    let reason = (edit.reason != NONE).then(|| label("the reason of an edit", edit.reason));
                    changes.replace_labelled(
                        range,
                        with,
                        label("the label of an edit", edit.label)?,
                        reason.transpose()?,
                    );
                }
            }
        }
        if replaced(Layer::Tokens) {
            let tokens = read::items("tokens", from.tokens, from.n_tokens)?;
            if let Some(n) = tokens.iter().position(|t| usize::from(t.kind) >= TokenKind::ALL.len()) {
                return Err(contract("plugin.kind", format!("token {n}: {} is no kind of token", tokens[n].kind)));
            }
            let own = tokens.iter().map(|t| Token { start: t.start, end: t.end, kind: abi::token_kind(t.kind) });
            changes.tokens().extend(own);
        }
        if replaced(Layer::Words) {
            changes.words().extend_from_slice(read::items("words", from.words, from.n_words)?);
        }
        if replaced(Layer::Sentences) {
            changes.sentences().extend_from_slice(read::items("sentences", from.sentences, from.n_sentences)?);
        }
        if replaced(Layer::Spans) {
            changes.clear_spans();
        }
        let spans = read::items("spans", from.spans, from.n_spans)?;
        for span in spans {
            label("the label of a span", span.label.0)?;
            label("the source of a span", span.source.0)?;
        }
        changes.spans().extend_from_slice(spans);
        if from.n_columns > 0 {
            let forms = read::text("forms", from.forms)?;
            // Cells may overlap: what they stand for can be far more than what is there.
            let mut all = 0usize;
            for column in read::items("columns", from.columns, from.n_columns)? {
                let name = label("the name of a column", column.name)?;
                let layer = abi::column_layer(column.layer).ok_or_else(|| {
                    contract(
                        "plugin.column",
                        format!("a column stands beside tokens, words or spans, not beside {:#x}", column.layer),
                    )
                })?;
                let cells = read::items("cells", column.cells, column.n_cells)?;
                let mut writer = changes.column(layer, name);
                for (n, cell) in cells.iter().enumerate() {
                    if cell.start == NONE {
                        writer.push(None);
                        continue;
                    }
                    all += cell.len as usize;
                    if all > u32::MAX as usize {
                        return Err(contract("plugin.cell", "the values of all columns pass 4 GiB".to_owned()));
                    }
                    let range = cell.start as usize..cell.start as usize + cell.len as usize;
                    writer.push(Some(forms.get(range.clone()).ok_or_else(|| {
                        contract(
                            "plugin.cell",
                            format!("cell {n}: {range:?} is no text of the {} bytes of `forms`", forms.len()),
                        )
                    })?));
                }
            }
        }
        for field in read::items("meta", from.meta, from.n_meta)? {
            changes.meta(read::text("the key of a field", field.key)?, read::text("the value of a field", field.json)?);
        }
        for score in read::items("scores", from.scores, from.n_scores)? {
            changes.score(label("the name of a score", score.name.0)?, score.value);
        }
        if !from.lang.ptr.is_null() {
            changes.lang(read::text("lang", from.lang)?);
        }
        if !from.rebased.ptr.is_null() {
            changes.rebase(read::text("rebased", from.rebased)?.to_owned());
        }
        match from.verdict {
            abi::KEEP => {}
            abi::DROP => {
                let message = read::text("message", from.message)?;
                changes.drop_document(label("the reason of a drop", from.reason)?, message);
            }
            abi::DUPLICATE => changes.duplicate_of(read::text("message", from.message)?),
            found => return Err(contract("plugin.verdict", format!("{found} is no verdict"))),
        }
    }
    Ok(())
}

/// The layers that `replaced` may name.
const REPLACEABLE: u32 =
    1 << Layer::Tokens as u32 | 1 << Layer::Words as u32 | 1 << Layer::Sentences as u32 | 1 << Layer::Spans as u32;
