//! The edits that leave the lines which are kept, joined by line feeds, and put everything else on record.

use crate::filter::python::{self, is_space};
use std::ops::Range;
use warraq_core::{Changes, LabelId};

/// A line, and what becomes of it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Where it is, with its line end.
    pub(super) at: python::Line,
    /// Where it is without the white space around it.
    pub(super) content: Range<usize>,
    /// Its citations, as places in the list of all.
    pub(super) citations: Range<usize>,
    /// Under which label it goes; `None` if it is kept.
    pub(super) removed: Option<LabelId>,
}

/// What else is removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels {
    pub(super) citation: LabelId,
    pub(super) white_space: LabelId,
}

/// The first and the end of what is left, once the whole is trimmed; empty at the end of the text if nothing is.
fn extent(text: &str, lines: &[Line], citations: &[Range<usize>]) -> Range<usize> {
    let mut extent: Option<Range<usize>> = None;
    for line in lines.iter().filter(|line| line.removed.is_none()) {
        for piece in pieces(line, citations) {
            let kept = &text[piece.clone()];
            let trimmed = kept.trim_start_matches(is_space);
            if trimmed.is_empty() {
                continue;
            }
            let start = piece.end - trimmed.len();
            let end = start + trimmed.trim_end_matches(is_space).len();
            extent = Some(extent.map_or(start, |before| before.start)..end);
        }
    }
    extent.unwrap_or(text.len()..text.len())
}

/// What is left of a line between its citations.
fn pieces<'a>(line: &'a Line, citations: &'a [Range<usize>]) -> impl Iterator<Item = Range<usize>> + 'a {
    let citations = &citations[line.citations.clone()];
    let starts = std::iter::once(line.content.start).chain(citations.iter().map(|citation| citation.end));
    let ends = citations.iter().map(|citation| citation.start).chain(std::iter::once(line.content.end));
    starts.zip(ends).map(|(start, end)| start..end)
}

/// Proposes the edits, in the order of the text.
pub(super) fn write(text: &str, lines: &[Line], citations: &[Range<usize>], labels: Labels, out: &mut Changes) {
    let extent = extent(text, lines, citations);
    for line in lines {
        let (at, content) = (line.at, &line.content);
        if let Some(label) = line.removed {
            cut(out, at.start..at.next, label);
            continue;
        }
        cut(out, at.start..content.start, labels.white_space);
        let mut citation = citations[line.citations.clone()].iter();
        for piece in pieces(line, citations) {
            let inside = piece.start.max(extent.start).min(piece.end)..piece.end.min(extent.end).max(piece.start);
            if inside.is_empty() {
                cut(out, piece, labels.white_space);
            } else {
                cut(out, piece.start..inside.start, labels.white_space);
                cut(out, inside.end..piece.end, labels.white_space);
            }
            if let Some(citation) = citation.next() {
                cut(out, citation.clone(), labels.citation);
            }
        }
        let tail = content.end..at.next;
        let is_joined = extent.start < at.next && extent.end > at.next;
        if !is_joined {
            cut(out, tail, labels.white_space);
        } else if &text[tail.clone()] != "\n" {
            out.replace_labelled(tail, "\n", labels.white_space, None);
        }
    }
}

fn cut(out: &mut Changes, range: Range<usize>, label: LabelId) {
    if !range.is_empty() {
        out.remove(range, label);
    }
}
