//! Several passes over one text, each over what the one before has made of it, as one list of edits.

use warraq_core::{Changes, EditList, LabelId, Result};

/// The passes so far.
#[derive(Default)]
pub(crate) struct Rounds {
    /// What all of them do to the document's text.
    all: EditList,
    /// What one does to the result.
    next: EditList,
    /// The result so far, once there is one.
    text: String,
    spare: String,
    edited: bool,
}

impl Rounds {
    /// Begins with another document.
    pub(crate) fn begin(&mut self) {
        self.all.clear();
        self.edited = false;
    }

    /// Has `find` look for edits in the result so far, and carries them out. Says whether there were any.
    ///
    /// # Errors
    /// If the edits do not fit the text.
    pub(crate) fn round(&mut self, source: &str, find: impl FnOnce(&str, &mut EditList)) -> Result<bool> {
        self.next.clear();
        let text = if self.edited { &self.text } else { source };
        find(text, &mut self.next);
        if self.next.is_empty() {
            return Ok(false);
        }
        self.next.check(text)?;
        self.next.rewrite(text, &mut self.spare);
        std::mem::swap(&mut self.text, &mut self.spare);
        if self.edited {
            self.all = compose(&self.all, &self.next, source)?;
        } else {
            std::mem::swap(&mut self.all, &mut self.next);
            self.edited = true;
        }
        Ok(true)
    }

    /// Proposes all edits. Those with a label go on record under it, and what is deleted without one under `deleted`.
    pub(crate) fn finish(&self, source: &str, deleted: LabelId, out: &mut Changes) {
        for edit in self.all.edits() {
            let range = edit.start as usize..edit.end as usize;
            let with = self.all.replacement(edit);
            // Two rounds may have undone each other.
            if source[range.clone()] == *with {
                continue;
            }
            match edit.label.or(with.is_empty().then_some(deleted)) {
                Some(label) => out.replace_labelled(range, with, label, None),
                None => out.replace(range, with),
            }
        }
    }
}

/// The list that does what `first` and then `next` do, with labels: that of the first edit that has become part of it.
fn compose(first: &EditList, next: &EditList, text: &str) -> Result<EditList> {
    let plain = first.compose(next, text)?;
    let mut composed = EditList::new();
    let (mut firsts, mut nexts) = (first.edits().iter().peekable(), next.edits().iter().peekable());
    // By how much the edits of `first` so far have made the text longer that `next` was made for.
    let mut growth = 0i64;
    let mut edits = plain.edits().iter().peekable();
    while let Some(edit) = edits.next() {
        let follows = edits.peek().is_some_and(|following| following.start == edit.end);
        let middle_start = i64::from(edit.start) + growth;
        let mut label = None;
        // An insertion takes nothing out, so its label says nothing. At the end it belongs to what follows there.
        while let Some(old) = firsts.next_if(|old| old.end <= edit.end && !(follows && old.start == edit.end)) {
            growth += i64::from(old.text_end - old.text_start) - i64::from(old.end - old.start);
            label = label.or(old.label.filter(|_| old.start < old.end));
        }
        let middle_end = i64::from(edit.end) + growth;
        while let Some(new) = nexts.next_if(|new| i64::from(new.end) <= middle_end) {
            label = label.or(new.label.filter(|_| new.start < new.end && i64::from(new.start) >= middle_start));
        }
        composed.push(edit.start as usize..edit.end as usize, plain.replacement(edit), label, None);
    }
    Ok(composed)
}
