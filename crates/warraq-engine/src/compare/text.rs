//! Two texts as edits: what of the first is gone, and what stands there in the second.

use serde::Serialize;
use similar::Algorithm;
use similar::algorithms::{DiffHook, diff_slices};
use std::convert::Infallible;
use std::ops::Range;
use warraq_core::{OffsetCursor, OffsetUnit};

/// Most words of a text, without those it shares with the other at both ends, that are compared one by one. Comparing takes
/// time by the product of words and differences; beyond this, the whole stretch counts as one edit.
const MAX_ITEMS: usize = 20_000;

/// A range of a text in bytes and in code points, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// In bytes of UTF-8.
    pub bytes: [usize; 2],
    /// In Unicode code points.
    pub chars: [usize; 2],
}

impl Place {
    /// A range of bytes, counted by a cursor of its text in code points.
    pub(crate) fn new(range: Range<usize>, chars: &mut OffsetCursor<'_>) -> Self {
        let (start, end) = (chars.at_byte(range.start), chars.at_byte(range.end));
        Place { bytes: [range.start, range.end], chars: [start, end] }
    }
}

/// A stretch of a text and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextEdit {
    /// Where it is, in the text before.
    #[serde(flatten)]
    pub place: Place,
    /// What goes; empty for an insertion.
    pub removed: String,
    /// What comes; empty for a deletion.
    pub inserted: String,
    /// What the removal is recorded as, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why, where the label alone does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The edits that lead from one text to another, in whole words.
#[must_use]
pub fn text_edits(old: &str, new: &str) -> Vec<TextEdit> {
    let (old_words, new_words) = (words(old), words(new));
    let text = |words: &[Range<usize>], at: &Range<usize>, all: &str| {
        let range = bytes(words, at, all.len());
        (range.clone(), all[range].to_owned())
    };
    let mut chars = OffsetCursor::new(old, OffsetUnit::Char);
    changes(&slices(&old_words, old), &slices(&new_words, new))
        .into_iter()
        .map(|(gone, come)| {
            let (range, removed) = text(&old_words, &gone, old);
            let inserted = text(&new_words, &come, new).1;
            TextEdit { place: Place::new(range, &mut chars), removed, inserted, label: None, reason: None }
        })
        .collect()
}

/// The stretches in which two sequences differ: ranges of the first and of the second. The result depends on nothing else,
/// not on the time it takes either.
pub(crate) fn changes<T: Ord + std::hash::Hash>(old: &[T], new: &[T]) -> Vec<(Range<usize>, Range<usize>)> {
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let after = old[before..].iter().rev().zip(new[before..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[before..old.len() - after], &new[before..new.len() - after]);
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    if old.len().max(new.len()) > MAX_ITEMS {
        return vec![(before..before + old.len(), before..before + new.len())];
    }
    let mut equal = Equal(Vec::new());
    let Ok(()) = diff_slices(Algorithm::Myers, &mut equal, old, new);
    let mut changes = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for (old_start, new_start, len) in equal.0.into_iter().chain([(old.len(), new.len(), 0)]) {
        if old_at < old_start || new_at < new_start {
            changes.push((before + old_at..before + old_start, before + new_at..before + new_start));
        }
        (old_at, new_at) = (old_start + len, new_start + len);
    }
    changes
}

/// Stretches that two sequences share: where each begins in both, and how long it is. What lies between them differs.
struct Equal(Vec<(usize, usize, usize)>);

impl DiffHook for Equal {
    type Error = Infallible;

    fn equal(&mut self, old: usize, new: usize, len: usize) -> Result<(), Infallible> {
        self.0.push((old, new, len));
        Ok(())
    }
}

fn slices<'a>(words: &[Range<usize>], text: &'a str) -> Vec<&'a str> {
    words.iter().map(|range| &text[range.clone()]).collect()
}

/// The bytes of a range of words, which follow each other without a gap.
fn bytes(words: &[Range<usize>], at: &Range<usize>, end: usize) -> Range<usize> {
    let start = |n: usize| words.get(n).map_or(end, |word| word.start);
    start(at.start)..start(at.end)
}

/// A text cut where white space begins or ends.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match words.last_mut() {
            Some(word) if last == Some(c.is_whitespace()) => word.end = end,
            _ => words.push(at..end),
        }
        last = Some(c.is_whitespace());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edits_are_whole_words_with_their_places() {
        let edits = text_edits("قال محمـــد هنا", "قال محمد هنا الآن");
        let shown: Vec<_> = edits.iter().map(|e| (e.place.chars, e.removed.as_str(), e.inserted.as_str())).collect();
        assert_eq!(shown, [([4, 11], "محمـــد", "محمد"), ([15, 15], "", " الآن")]);
    }

    #[test]
    fn edits_of_texts_that_share_little_stay_in_order() {
        let edits = text_edits(" ab\na ba   ", "\nb\na  a  a");
        assert!(edits.is_sorted_by(|a, b| a.place.bytes[1] <= b.place.bytes[0]), "{edits:?}");
    }

    #[test]
    fn texts_too_long_to_compare_are_one_edit() {
        let (old, new) = ("a ".repeat(MAX_ITEMS), "b ".repeat(MAX_ITEMS));
        assert_eq!(text_edits(&old, &new).len(), 1);
    }

    proptest! {
        #[test]
        fn edits_turn_the_one_text_into_the_other(old in "[ab \n]{0,40}", new in "[ab \n]{0,40}") {
            let (mut result, mut at) = (String::new(), 0);
            for edit in text_edits(&old, &new) {
                let [start, end] = edit.place.bytes;
                prop_assert_eq!(&old[start..end], edit.removed.as_str());
                result += &old[at..start];
                result += &edit.inserted;
                at = end;
            }
            result += &old[at..];
            prop_assert_eq!(result, new);
        }
    }
}
