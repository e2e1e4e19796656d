//! The lines of a text, and how whole lines are taken out of it: what the stages that judge text line by line share.

use memchr::memchr;
use std::ops::Range;
use warraq_core::{Changes, LabelId};

/// The lines of `text` that hold more than white space, as byte ranges without their line ends.
pub(crate) fn lines(text: &str, out: &mut Vec<Range<usize>>) {
    out.clear();
    let mut start = 0;
    while start < text.len() {
        let end = memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |at| start + at);
        if !text[start..end].trim_start().is_empty() {
            let carriage_return = end < text.len() && text[..end].ends_with('\r');
            out.push(start..end - usize::from(carriage_return));
        }
        start = end + 1;
    }
}

/// Takes out the lines for which `gone` has a label and, if it likes, a reason. `lines` are those of [`lines`].
///
/// A line goes with the white space on one of its sides, the shorter, so that paragraphs stay as far apart as they were; the
/// rest of the text is not touched, but for `part`, a part of a line that stays.
pub(crate) fn remove(
    text: &str,
    lines: &[Range<usize>],
    gone: impl Fn(usize) -> Option<(LabelId, Option<LabelId>)>,
    mut part: Option<(Range<usize>, LabelId)>,
    out: &mut Changes,
) {
    let breaks = |gap: Range<usize>| memchr::memchr_iter(b'\n', &text.as_bytes()[gap]).count();
    let mut at = 0;
    while at < lines.len() {
        if gone(at).is_none() {
            at += 1;
            continue;
        }
        let first = at;
        while at < lines.len() && gone(at).is_some() {
            at += 1;
        }
        // Whether each line goes with what is before it, rather than with what follows.
        let before = match (first.checked_sub(1), lines.get(at)) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(kept), Some(next)) => {
                breaks(lines[kept].end..lines[first].start) < breaks(lines[at - 1].end..next.start)
            }
        };
        for n in first..at {
            let range = if before {
                lines[n - 1].end..lines[n].end
            } else {
                lines[n].start..lines.get(n + 1).map_or(lines[n].end, |next| next.start)
            };
            if let Some((part, label)) = part.take_if(|(part, _)| part.start < range.start) {
                out.remove(part, label);
            }
            if let Some((label, reason)) = gone(n) {
                out.replace_labelled(range, "", label, reason);
            }
        }
    }
    if let Some((part, label)) = part {
        out.remove(part, label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use warraq_core::{Document, Labels, Layer, Layers};

    /// What is left of a text whose lines that begin with `x` are taken out.
    fn without_x(text: &str) -> String {
        let label = Labels::new().intern("x");
        let (mut all, mut changes) = (Vec::new(), Changes::new());
        lines(text, &mut all);
        remove(text, &all, |n| text[all[n].clone()].starts_with('x').then_some((label, None)), None, &mut changes);
        let mut doc = Document::with_text("test", text);
        doc.apply(&mut changes, 0, Layers::of(&[Layer::Text])).expect("edits are in order");
        doc.text().to_owned()
    }

    #[test]
    fn paragraphs_stay_as_far_apart_as_they_were() {
        for (text, expected) in [
            ("", ""),
            ("a\nb", "a\nb"),
            ("x", ""),
            ("x\nx2\n\nx3", ""),
            ("a\nx\nb", "a\nb"),
            ("a\n\nx\n\nb", "a\n\nb"),
            ("a\nx\n\nb", "a\n\nb"),
            ("a\n\nx\nb", "a\n\nb"),
            ("x\n\na", "a"),
            ("a\n\nx", "a"),
            ("a\nx\n", "a\n"),
            ("a\nx1\nx2\nb\nx3\nx4", "a\nb"),
            ("\n a \r\nx\r\n b ", "\n a \r\n b "),
        ] {
            assert_eq!(without_x(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn all_other_lines_stay(text in "(a|x| |\r\n|\n){0,16}") {
            let kept = |text: &str| -> Vec<String> {
                let mut all = Vec::new();
                lines(text, &mut all);
                all.into_iter().map(|line| text[line].to_owned()).filter(|line| !line.starts_with('x')).collect()
            };
            prop_assert_eq!(kept(&without_x(&text)), kept(&text));
        }
    }
}
