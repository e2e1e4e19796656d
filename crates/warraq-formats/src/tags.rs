//! Spans as tags of words, the way corpora of names have them: `B-LOC` where one begins, `I-LOC` where it goes on, `O` elsewhere.

use warraq_core::{LabelId, Span};

/// A tag other than `O`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    place: &'a str,
    /// The label.
    pub(crate) name: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads a tag: of `B I`, or of `S U E L`, which say of one word that it is all of a span or its end. None for all others.
    pub(crate) fn parse(tag: &'a str) -> Option<Self> {
        let (place, name) = tag.split_once('-')?;
        let is_tag = matches!(place, "B" | "I" | "S" | "U" | "E" | "L") && !name.is_empty();
        is_tag.then_some(Tag { place, name })
    }
}

/// The spans that the tags of words make, one word after the other.
#[derive(Debug, Default)]
pub(crate) struct Tags {
    spans: Vec<(u32, u32, LabelId)>,
    /// The last span goes on, if the next word says so.
    open: bool,
}

impl Tags {
    pub(crate) fn clear(&mut self) {
        self.spans.clear();
        self.open = false;
    }

    /// Nothing goes on after this.
    pub(crate) fn end(&mut self) {
        self.open = false;
    }

    /// Takes the tag of the word at these bytes. What goes on without a beginning begins.
    pub(crate) fn add(&mut self, tag: &Tag<'_>, label: LabelId, (start, end): (u32, u32)) {
        match self.spans.last_mut() {
            Some((_, last, same)) if self.open && *same == label && matches!(tag.place, "I" | "E" | "L") => {
                *last = end.max(*last);
            }
            _ => self.spans.push((start, end, label)),
        }
        self.open = !matches!(tag.place, "S" | "U" | "E" | "L");
    }

    /// All of them, found by `source`.
    pub(crate) fn all(&self, source: LabelId) -> impl Iterator<Item = Span> {
        self.spans.iter().map(move |&(start, end, label)| Span { start, end, label, score: f32::NAN, source })
    }
}
