//! The way back: a run map that leads any offset of the edited text to the source text.
//!
//! One [`Run`] per edit says which bytes of the text stand for which bytes of the source; between runs both texts are equal
//! and only shifted. Runs of later edits that overlap earlier ones are merged into one run that covers both.

use crate::Edit;

/// A stretch of text that replaces a stretch of source. All numbers are byte offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Run {
    /// First byte in the text.
    pub text_start: u32,
    /// Byte past the end in the text; equal to `text_start` for a deletion.
    pub text_end: u32,
    /// First byte in the source.
    pub source_start: u32,
    /// Byte past the end in the source; equal to `source_start` for an insertion.
    pub source_end: u32,
}

/// Leads ranges of a document's text back to its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    runs: Vec<Run>,
    spare: Vec<Run>,
}

impl SourceMap {
    /// The map of a text nobody has edited.
    pub fn new() -> Self {
        Self::default()
    }

    /// The runs in order; empty when the text is its own source.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Forgets all runs and keeps the buffers.
    pub fn clear(&mut self) {
        self.runs.clear();
    }

    /// Takes runs that another map had.
    pub(crate) fn restore(&mut self, runs: &[Run]) {
        self.runs.clear();
        self.runs.extend_from_slice(runs);
    }

    /// Adds edits made to the text this map is of.
    pub(crate) fn extend(&mut self, edits: &[Edit]) {
        self.spare.clear();
        merge(&self.runs, edits, &mut self.spare);
        std::mem::swap(&mut self.runs, &mut self.spare);
    }

    /// The source range (bytes) that the text range `start..end` (bytes) came from.
    ///
    /// A range that begins or ends inside replaced text grows to the whole source of that replacement. What was deleted
    /// just before or just after the range is not part of it. The result is never reversed; it is empty for text that
    /// was inserted.
    pub fn range(&self, start: u32, end: u32) -> (u32, u32) {
        self.cursor().range(start, end)
    }

    /// A cursor for many ranges: cheapest when they come in order.
    pub fn cursor(&self) -> SourceCursor<'_> {
        SourceCursor { runs: &self.runs, at: 0 }
    }
}

/// Leads many ranges back to the source; see [`SourceMap::range`]. Ranges in order cost one pass in all.
#[derive(Clone, Debug)]
pub struct SourceCursor<'a> {
    runs: &'a [Run],
    /// Every run before this begins before the range that was asked for last.
    at: usize,
}

impl SourceCursor<'_> {
    /// The source range (bytes) of the text range `start..end` (bytes).
    pub fn range(&mut self, start: u32, end: u32) -> (u32, u32) {
        if self.runs.is_empty() {
            return (start, end);
        }
        self.seek(|run| run.text_start <= start);
        let from = match self.before() {
            None => start,
            Some(run) if start < run.text_end => run.source_start,
            Some(run) => run.source_end + (start - run.text_end),
        };
        self.seek(|run| run.text_start < end);
        let to = match self.before() {
            None => end,
            Some(run) if end <= run.text_end => run.source_end,
            Some(run) => run.source_end + (end - run.text_end),
        };
        (from, to.max(from))
    }

    fn before(&self) -> Option<&Run> {
        self.at.checked_sub(1).map(|last| &self.runs[last])
    }

    /// Moves to the first run for which `is_before` is false, a step at a time where the way is short.
    fn seek(&mut self, is_before: impl Fn(&Run) -> bool) {
        for _ in 0..8 {
            match self.runs.get(self.at) {
                Some(run) if is_before(run) => self.at += 1,
                _ if self.at > 0 && !is_before(&self.runs[self.at - 1]) => self.at -= 1,
                _ => return,
            }
        }
        self.at = self.runs.partition_point(is_before);
    }
}

/// Appends to `out` the runs of the text that results when `edits` are made to the text of `runs`.
///
/// Both inputs are in order and free of overlaps. Where an edit and a run share bytes, or one lies strictly inside the
/// other, they become one run; where they only touch they stay apart, and at one and the same place a deletion already
/// made comes before a new insertion.
pub(crate) fn merge(runs: &[Run], edits: &[Edit], out: &mut Vec<Run>) {
    let (mut runs, mut edits) = (runs.iter().peekable(), edits.iter().peekable());
    // What to add to an offset of the middle text to get one of the source, and of the new text.
    let (mut to_source, mut to_text) = (0i64, 0i64);
    let shift = |n: u32, by: i64| (i64::from(n) + by) as u32;
    loop {
        let run_first = match (runs.peek(), edits.peek()) {
            (None, None) => return,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(run), Some(edit)) if run.text_end <= edit.start => true,
            (Some(run), Some(edit)) if edit.end <= run.text_start => false,
            (Some(_), Some(_)) => {
                // They overlap: one run covers both and whatever else they reach.
                let start = runs.peek().map_or(0, |r| r.text_start).min(edits.peek().map_or(0, |e| e.start));
                let mut end = start;
                let (source_start, text_start) = (shift(start, to_source), shift(start, to_text));
                loop {
                    // The first of each is taken even where it is empty; after that, sharing bytes decides.
                    if let Some(run) = runs.next_if(|r| r.text_start < end || (end == start && r.text_start == start)) {
                        end = end.max(run.text_end);
                        to_source = i64::from(run.source_end) - i64::from(run.text_end);
                    } else if let Some(edit) = edits.next_if(|e| e.start < end || (end == start && e.start == start)) {
                        end = end.max(edit.end);
                        to_text += edit.growth();
                    } else {
                        break;
                    }
                }
                let (source_end, text_end) = (shift(end, to_source), shift(end, to_text));
                out.push(Run { text_start, text_end, source_start, source_end });
                continue;
            }
        };
        if run_first {
            let Some(run) = runs.next() else { return };
            out.push(Run {
                text_start: shift(run.text_start, to_text),
                text_end: shift(run.text_end, to_text),
                ..*run
            });
            to_source = i64::from(run.source_end) - i64::from(run.text_end);
        } else {
            let Some(edit) = edits.next() else { return };
            let text_start = shift(edit.start, to_text);
            to_text += edit.growth();
            out.push(Run {
                text_start,
                text_end: shift(edit.end, to_text),
                source_start: shift(edit.start, to_source),
                source_end: shift(edit.end, to_source),
            });
        }
    }
}
