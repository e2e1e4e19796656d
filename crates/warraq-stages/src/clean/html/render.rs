//! From the decisions about a page to the text: which bytes stay, and what stands between them.

use super::blocks::Nodes;
use super::hints::Reason;
use super::tag::Tag;
use super::tree::{NodeId, Tree};

/// What becomes of some bytes of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut<'a> {
    /// Tags, comments and white space: they become what stands between two texts.
    Markup(&'static str),
    /// Text that goes, for this reason, with the tags around it.
    Text(Reason, &'static str),
    /// A character reference and what it stands for.
    Reference(&'a str),
    /// White space that a browser shows as one space.
    Space,
}

/// What stands between two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    Nothing,
    Space,
    Cell,
    Line,
    Paragraph,
}

impl Gap {
    fn text(self) -> &'static str {
        match self {
            Gap::Nothing => "",
            Gap::Space => " ",
            Gap::Cell => "\t",
            Gap::Line => "\n",
            Gap::Paragraph => "\n\n",
        }
    }
}

/// The gap that an element makes at its start and its end.
fn gap_of(tag: Tag) -> Gap {
    match tag {
        Tag::Td | Tag::Th => Gap::Cell,
        Tag::Li | Tag::Tr | Tag::Dd | Tag::Dt | Tag::Br => Gap::Line,
        Tag::Tbody | Tag::Thead | Tag::Tfoot => Gap::Line,
        _ if tag.is_block() => Gap::Paragraph,
        _ => Gap::Nothing,
    }
}

/// Hands on, in the order of the page, which bytes are cut and what becomes of them; all other bytes stay.
pub(super) fn cuts(page: &str, tree: &Tree, nodes: &Nodes, cut: &mut dyn FnMut(std::ops::Range<usize>, Cut<'_>)) {
    let mut state = Writer { page, cut, at: 0, gap: Gap::Nothing, breaks: 0, begun: false, lost: None };
    // Elements that are open: where they end, and the gap they make there.
    let mut open: Vec<(NodeId, Gap)> = Vec::new();
    let mut verbatim = 0u32;
    let mut verbatim_ends: Vec<NodeId> = Vec::new();
    for (id, node) in tree.nodes.iter().enumerate() {
        let id = id as NodeId;
        while let Some(&(end, gap)) = open.last().filter(|(end, _)| *end <= id) {
            open.pop();
            state.meet(gap);
            if verbatim_ends.last() == Some(&end) && verbatim > 0 {
                verbatim_ends.pop();
                verbatim -= 1;
            }
        }
        if node.tag == Tag::Text {
            match nodes.reason[id as usize] {
                Some(reason) => {
                    if nodes.ink(id) > 0 || reason == Reason::NoText {
                        state.lost = state.lost.or(Some(reason));
                    }
                }
                // Nothing but no-break spaces: it fills empty paragraphs.
                None if nodes.ink(id) == 0 && verbatim == 0 => state.meet(Gap::Space),
                None => {
                    for chunk in tree.chunks(node) {
                        let is_decoded = chunk.decoded.0 < chunk.decoded.1;
                        let range = chunk.start as usize..chunk.end as usize;
                        if is_decoded {
                            state.reference(range, tree.text(page, chunk), verbatim > 0);
                        } else {
                            state.text(range, verbatim > 0);
                        }
                    }
                }
            }
            continue;
        }
        let gap = gap_of(node.tag);
        if node.tag == Tag::Br {
            state.line_break();
        } else {
            state.meet(gap);
        }
        if node.end > id + 1 && gap != Gap::Nothing {
            open.push((node.end, gap));
            if node.tag == Tag::Pre {
                verbatim += 1;
                verbatim_ends.push(node.end);
            }
        }
    }
    if tree.is_cut {
        state.lost = Some(Reason::TooLarge);
    }
    state.finish();
}

struct Writer<'a, 'c> {
    page: &'a str,
    cut: &'c mut dyn FnMut(std::ops::Range<usize>, Cut<'_>),
    /// The byte up to which all is settled.
    at: usize,
    /// The gap before the next text.
    gap: Gap,
    breaks: u32,
    /// Whether there has been text.
    begun: bool,
    /// Why text since the last that stayed goes.
    lost: Option<Reason>,
}

impl Writer<'_, '_> {
    fn meet(&mut self, gap: Gap) {
        if gap > Gap::Nothing {
            // A cell beside a cell is on the same line; a cell beside anything else is not.
            self.gap = self.gap.max(gap);
        }
    }

    fn line_break(&mut self) {
        self.breaks += 1;
        self.meet(if self.breaks > 1 { Gap::Paragraph } else { Gap::Line });
    }

    /// Cuts what is between the last text and `start`, and puts the gap there.
    fn bridge(&mut self, start: usize) {
        let gap = if self.begun { self.gap.text() } else { "" };
        let lost = self.lost.take();
        if start > self.at {
            let what = match lost {
                Some(reason) => Cut::Text(reason, gap),
                None => Cut::Markup(gap),
            };
            (self.cut)(self.at..start, what);
        }
        self.at = start;
        self.gap = Gap::Nothing;
        self.breaks = 0;
        self.begun = true;
    }

    fn text(&mut self, range: std::ops::Range<usize>, verbatim: bool) {
        let text = &self.page[range.clone()];
        if verbatim {
            if !text.is_empty() {
                self.bridge(range.start);
                self.at = range.end;
            }
            return;
        }
        let is_space = |c: char| matches!(c, ' ' | '\n' | '\t' | '\r' | '\u{c}');
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let ink = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
            if ink > 0 {
                self.meet(Gap::Space);
                at += ink;
                continue;
            }
            let length = rest.find(is_space).unwrap_or(rest.len());
            let start = range.start + at;
            let between = &self.page[self.at..start];
            if self.begun && self.gap == Gap::Space && self.lost.is_none() && between.chars().all(is_space) {
                // A space within a text.
                if between != " " {
                    (self.cut)(self.at..start, Cut::Space);
                }
                self.at = start;
                self.gap = Gap::Nothing;
                self.breaks = 0;
            } else if self.at < start || !self.begun {
                self.bridge(start);
            } else {
                self.gap = Gap::Nothing;
                self.breaks = 0;
            }
            at += length;
            self.at = range.start + at;
        }
    }

    fn reference(&mut self, range: std::ops::Range<usize>, decoded: &str, verbatim: bool) {
        if !verbatim && decoded.chars().all(|c| matches!(c, ' ' | '\n' | '\t' | '\r' | '\u{c}')) {
            self.meet(Gap::Space);
            return;
        }
        if self.at < range.start || !self.begun {
            self.bridge(range.start);
        }
        (self.gap, self.breaks) = (Gap::Nothing, 0);
        (self.cut)(range.clone(), Cut::Reference(decoded));
        self.at = range.end;
    }

    fn finish(&mut self) {
        self.gap = Gap::Nothing;
        let end = self.page.len();
        if self.at < end {
            self.begun = false;
            self.bridge(end);
        }
    }
}
