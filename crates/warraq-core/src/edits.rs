//! Edits to a text: an ordered list of ranges and what stands there instead.

use crate::source_map::{Run, merge};
use crate::{Error, LabelId, Result};
use std::ops::Range;

/// One edit: the bytes `start..end` of a text become another text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Edit {
    /// First byte replaced.
    pub start: u32,
    /// Byte past the last replaced; equal to `start` for an insertion.
    pub end: u32,
    /// First byte of the replacement in the list's arena.
    pub text_start: u32,
    /// Byte past the end of the replacement; equal to `text_start` for a deletion.
    pub text_end: u32,
    /// What was removed: an edit with a label goes on record.
    pub label: Option<LabelId>,
    /// Why, where the label alone does not say.
    pub reason: Option<LabelId>,
}

impl Edit {
    /// By how much the text grows, in bytes.
    pub(crate) fn growth(&self) -> i64 {
        i64::from(self.text_end - self.text_start) - i64::from(self.end - self.start)
    }
}

/// Edits in the order of the text, which do not overlap. Insertions at one place apply in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditList {
    pub(crate) edits: Vec<Edit>,
    pub(crate) arena: String,
}

/// Offsets past 4 GiB saturate, which no text reaches: [`EditList::check`] then refuses the edit as out of bounds.
pub(crate) fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl EditList {
    /// No edits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all edits and keeps the buffers.
    pub fn clear(&mut self) {
        self.edits.clear();
        self.arena.clear();
    }

    /// The edits in order.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// What stands in the place of an edit of this list.
    pub fn replacement(&self, edit: &Edit) -> &str {
        &self.arena[edit.text_start as usize..edit.text_end as usize]
    }

    /// What the replacements of all edits are slices of.
    pub fn arena(&self) -> &str {
        &self.arena
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Appends an edit. Ranges are in bytes and must come in the order of the text; [`EditList::check`] says if not.
    pub fn push(&mut self, range: Range<usize>, with: &str, label: Option<LabelId>, reason: Option<LabelId>) {
        let text_start = offset(self.arena.len());
        self.arena.push_str(with);
        let text_end = offset(self.arena.len());
        self.edits.push(Edit {
            start: offset(range.start),
            end: offset(range.end),
            text_start,
            text_end,
            label,
            reason,
        });
    }

    /// Whether the edits are in bounds of `text`, in order, apart from each other and on char boundaries.
    pub fn check(&self, text: &str) -> Result<()> {
        let mut last = 0;
        let mut length = text.len() as i64;
        for (n, edit) in self.edits.iter().enumerate() {
            let (start, end) = (edit.start as usize, edit.end as usize);
            if start > end || end > text.len() {
                return Err(Error::contract(
                    "edit.bounds",
                    format!("edit {n} covers bytes {start}..{end} of a text of {} bytes", text.len()),
                ));
            }
            if edit.start < last {
                return Err(Error::contract(
                    "edit.order",
                    format!("edit {n} at {start}..{end} begins before byte {last}, the end of the edit before it"),
                ));
            }
            if !text.is_char_boundary(start) || !text.is_char_boundary(end) {
                return Err(Error::contract(
                    "edit.boundary",
                    format!("edit {n} at {start}..{end} cuts a character in two"),
                ));
            }
            last = edit.end;
            length += edit.growth();
        }
        // Past 4 GiB of replacements, edits cannot say where theirs is.
        length = length.max(self.arena.len() as i64);
        if length > crate::MAX_TEXT as i64 {
            return Err(Error::contract(
                "text.length",
                format!("the edited text would have {length} bytes; 4 GiB is the most"),
            ));
        }
        Ok(())
    }

    /// Writes the edited `text` into `out`, which is cleared first. The list must have passed [`EditList::check`].
    pub fn rewrite(&self, text: &str, out: &mut String) {
        out.clear();
        out.reserve(text.len());
        let mut last = 0;
        for edit in &self.edits {
            out.push_str(&text[last..edit.start as usize]);
            out.push_str(self.replacement(edit));
            last = edit.end as usize;
        }
        out.push_str(&text[last..]);
    }

    /// The one list that does to `text` what this list and then `next` would do, with the same source map. Labels are not
    /// carried over: what was removed has already gone on record, edit by edit.
    ///
    /// # Errors
    /// If either list does not fit its text.
    pub fn compose(&self, next: &EditList, text: &str) -> Result<EditList> {
        let (mut middle, mut last) = (String::new(), String::new());
        self.check(text)?;
        self.rewrite(text, &mut middle);
        next.check(&middle)?;
        next.rewrite(&middle, &mut last);
        let (mut first, mut runs) = (Vec::new(), Vec::new());
        merge(&[], &self.edits, &mut first);
        merge(&first, &next.edits, &mut runs);
        let mut composed = EditList::new();
        for Run { text_start, text_end, source_start, source_end } in runs {
            let with = &last[text_start as usize..text_end as usize];
            composed.push(source_start as usize..source_end as usize, with, None, None);
        }
        Ok(composed)
    }
}
