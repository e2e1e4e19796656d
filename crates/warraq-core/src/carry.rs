//! How layers survive edits (`ARCHITECTURE.md`, "Layers and edits").
//!
//! A *span* that overlaps an edit grows to the replacement. *Tokens and sentences* stay a partition: of the items that
//! overlap an edit, the leftmost takes the replacement. An insertion at a boundary belongs to neither neighbour. An item
//! with nothing left goes.

use crate::{Edit, Sentence, Token};

/// An item of a layer with a place in the text.
pub(crate) trait Placed: Copy {
    fn start(&self) -> u32;
    fn end(&self) -> u32;
    fn place(&mut self, start: u32, end: u32);
}

macro_rules! placed {
    ($($item:ty),*) => {$(
        impl Placed for $item {
            fn start(&self) -> u32 {
                self.start
            }
            fn end(&self) -> u32 {
                self.end
            }
            fn place(&mut self, start: u32, end: u32) {
                (self.start, self.end) = (start, end);
            }
        }
    )*};
}
placed!(Token, Sentence, crate::Span);

/// Edits with the growth that all edits before them add up to, so that any offset can be carried over.
#[derive(Debug, Default)]
pub(crate) struct Carry {
    /// Growth of the text, in bytes, by the edits before this one; one more entry than there are edits.
    growth: Vec<i64>,
}

impl Carry {
    pub(crate) fn prepare(&mut self, edits: &[Edit]) {
        self.growth.clear();
        let mut sum = 0;
        self.growth.push(0);
        self.growth.extend(edits.iter().map(|edit| {
            sum += edit.growth();
            sum
        }));
    }

    fn moved(&self, offset: u32, edits_before: usize) -> u32 {
        (i64::from(offset) + self.growth[edits_before]) as u32
    }

    /// Where the replacement of edit `n` begins in the new text.
    fn replaced_start(&self, edits: &[Edit], n: usize) -> u32 {
        self.moved(edits[n].start, n)
    }

    /// Where the replacement of edit `n` ends in the new text.
    fn replaced_end(&self, edits: &[Edit], n: usize) -> u32 {
        self.moved(edits[n].end, n + 1)
    }

    /// The new end of an item that ended at `end`; `before` is the number of edits that begin before it.
    fn end(&self, edits: &[Edit], end: u32, before: usize) -> u32 {
        match before.checked_sub(1) {
            Some(n) if end <= edits[n].end => self.replaced_end(edits, n),
            _ => self.moved(end, before),
        }
    }

    /// Carries a layer of sorted, disjoint items over the edits. `kept(old, new, touched)` is called for every item that
    /// stays, with its old and new index and whether an edit changed its text.
    pub(crate) fn partition<T: Placed>(
        &self,
        edits: &[Edit],
        items: &mut Vec<T>,
        mut kept: impl FnMut(usize, usize, bool),
    ) {
        // Edits that begin at or before the item's start; edits that begin before its end.
        let (mut to_start, mut to_end) = (0, 0);
        let mut previous_end = 0;
        let mut new = 0;
        for old in 0..items.len() {
            let mut item = items[old];
            let (start, end) = (item.start(), item.end());
            while to_start < edits.len() && edits[to_start].start <= start {
                to_start += 1;
            }
            to_end = to_end.max(to_start);
            while to_end < edits.len() && edits[to_end].start < end {
                to_end += 1;
            }
            let (new_start, overlaps_left) = match to_start.checked_sub(1) {
                Some(n) if start < edits[n].end => {
                    let taken = previous_end > edits[n].start;
                    let at = if taken { self.replaced_end(edits, n) } else { self.replaced_start(edits, n) };
                    (at, true)
                }
                _ => (self.moved(start, to_start), false),
            };
            let new_end = self.end(edits, end, to_end);
            previous_end = end;
            if new_start < new_end {
                let touched = overlaps_left || to_end > to_start;
                item.place(new_start, new_end);
                items[new] = item;
                kept(old, new, touched);
                new += 1;
            }
        }
        items.truncate(new);
    }

    /// A range of the text after the edits, grown to the replacement where it overlaps one. Empty where nothing of it is left.
    pub(crate) fn range(&self, edits: &[Edit], start: u32, end: u32) -> (u32, u32) {
        let to_start = edits.partition_point(|e| e.start <= start);
        let to_end = edits.partition_point(|e| e.start < end);
        let new_start = match to_start.checked_sub(1) {
            Some(n) if start < edits[n].end => self.replaced_start(edits, n),
            _ => self.moved(start, to_start),
        };
        (new_start, self.end(edits, end, to_end).max(new_start))
    }

    /// Carries items that may overlap and come in any order. `kept` hears of each whether it stays.
    pub(crate) fn spans<T: Placed>(&self, edits: &[Edit], items: &mut Vec<T>, mut kept: impl FnMut(bool)) {
        items.retain_mut(|item| {
            let (start, end) = self.range(edits, item.start(), item.end());
            item.place(start, end);
            kept(start < end);
            start < end
        });
    }
}
