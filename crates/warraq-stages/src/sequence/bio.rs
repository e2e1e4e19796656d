//! Entities as labels of words: `B-LOC` where one begins, `I-LOC` where it goes on, `O` where there is none.

use super::{Hint, Unit};
use crate::train::{Forms, words_of_tokens};
use std::ops::Range;
use warraq_core::{DocView, LabelId, Layer, Span};

/// What a label says of entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bio<T> {
    Outside,
    Begin(T),
    Inside(T),
}

impl<'a> Bio<&'a str> {
    /// Reads a label; one of no such kind is outside.
    pub(crate) fn parse(label: &'a str) -> Self {
        match label.split_once('-') {
            Some(("B", name)) => Bio::Begin(name),
            Some(("I", name)) => Bio::Inside(name),
            _ => Bio::Outside,
        }
    }
}

/// Calls `found` at each entity of a sequence of labels, with its places. What goes on without a beginning begins.
pub(crate) fn entities<T: Copy + PartialEq>(
    labels: impl Iterator<Item = Bio<T>>,
    mut found: impl FnMut(Range<usize>, T),
) {
    let mut open: Option<(usize, T)> = None;
    let mut len = 0;
    for (n, label) in labels.enumerate() {
        len = n + 1;
        if let (Bio::Inside(name), Some((_, known))) = (label, open)
            && name == known
        {
            continue;
        }
        if let Some((start, name)) = open.take() {
            found(start..n, name);
        }
        if let Bio::Begin(name) | Bio::Inside(name) = label {
            open = Some((n, name));
        }
    }
    if let Some((start, name)) = open {
        found(start..len, name);
    }
}

/// For each unit, the span it is part of and whether it is the first there. Of spans that overlap, the earlier and then the
/// longer counts.
pub(crate) fn cover<'a>(forms: &Forms<'_>, spans: impl Iterator<Item = &'a Span>) -> Vec<Option<(LabelId, bool)>> {
    let mut spans: Vec<&Span> = spans.collect();
    spans.sort_by_key(|span| (span.start, u32::MAX - span.end));
    let mut out = vec![None; forms.len()];
    let mut next = 0;
    for span in spans {
        while next < forms.len() && forms.range(next).0 < span.start {
            next += 1;
        }
        let mut first = true;
        let mut at = next;
        while at < forms.len() && forms.range(at).0 < span.end {
            let (start, end) = forms.range(at);
            if out[at].is_some() {
                break;
            }
            if start < end {
                out[at] = Some((span.label, first));
                first = false;
            }
            at += 1;
        }
    }
    out
}

/// The units of a document, with the hints of the spans whose source is `hints`.
pub(super) fn units(
    doc: &DocView<'_>,
    forms: &Forms<'_>,
    hints: Option<LabelId>,
    name: &mut dyn FnMut(LabelId) -> Hint,
    out: &mut Vec<Unit>,
) {
    out.clear();
    let covered = match hints {
        Some(source) => cover(forms, doc.spans.iter().filter(|span| span.source == source)),
        None => Vec::new(),
    };
    let mut hint = |n: usize| match covered.get(n) {
        Some(Some((label, first))) => name(*label).at(*first),
        _ => Hint::default(),
    };
    if forms.layer == Layer::Tokens {
        out.extend((0..forms.len()).map(|n| Unit::new(forms.get(n), (true, true), hint(n))));
        return;
    }
    for words in words_of_tokens(doc.tokens.len(), doc.words) {
        let ends = words.clone();
        out.extend(words.map(|n| Unit::new(forms.get(n), (n == ends.start, n + 1 == ends.end), hint(n))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_entities() {
        for (labels, expected) in [
            ("O O", vec![]),
            ("B-LOC I-LOC O B-ORG", vec![(0..2, "LOC"), (3..4, "ORG")]),
            ("B-LOC B-LOC", vec![(0..1, "LOC"), (1..2, "LOC")]),
            ("I-LOC I-ORG I-ORG", vec![(0..1, "LOC"), (1..3, "ORG")]),
            ("O I-PER", vec![(1..2, "PER")]),
            ("NOUN B", vec![]),
        ] {
            let mut found = Vec::new();
            entities(labels.split(' ').map(Bio::parse), |places, name| found.push((places, name)));
            assert_eq!(found, expected, "{labels}");
        }
    }
}
