//! A page as a flat tree: nodes in the order of the page, each with the end of its subtree, so that every walk is a loop over
//! a slice. No walk recurses, whatever a page nests.

use super::tag::Tag;

/// The place of a node in [`Tree::nodes`].
pub(super) type NodeId = u32;

/// The deepest nesting that is kept apart. Browsers stop at 512, too; what is nested deeper belongs to the element there.
pub(super) const MAX_DEPTH: usize = 512;

/// The most nodes of a page. News pages have some thousands; at this number the reading stops.
pub(super) const MAX_NODES: usize = 1 << 20;

/// What an element's attributes say, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    /// The page does not show it: `hidden`, `display: none`.
    pub(super) const HIDDEN: Flags = Flags(1);
    /// `itemprop="articleBody"` and the like: the page says that this is the text.
    pub(super) const BODY: Flags = Flags(2);
    /// `role` of navigation, complementary and so on: the page says that this is not the text.
    pub(super) const FURNITURE: Flags = Flags(4);
    /// `itemprop` of a byline: author, datePublished, publisher.
    pub(super) const BYLINE: Flags = Flags(16);
    /// A link with a target.
    pub(super) const LINK: Flags = Flags(32);

    pub(super) fn has(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn add(&mut self, other: Flags) {
        self.0 |= other.0;
    }
}

/// An element or a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) tag: Tag,
    pub(super) flags: Flags,
    /// The element it stands in; the root is its own.
    pub(super) parent: NodeId,
    /// The node after its last descendant.
    pub(super) end: NodeId,
    /// Of an element, its hint in [`Tree::hints`]; of a text, its chunks.
    pub(super) from: u32,
    pub(super) to: u32,
}

/// A stretch of text between two tags, or a part of it: verbatim, or what character references stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    /// The bytes of the page.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Where they stand for something else: the range of it in [`Tree::decoded`]. Empty: they are the text.
    pub(super) decoded: (u32, u32),
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) chunks: Vec<Chunk>,
    /// What character references stand for.
    pub(super) decoded: String,
    /// Classes and ids of elements, normalised ([`super::hints`]).
    pub(super) hints: String,
    /// Whether an element of HTML has been met.
    pub(super) is_html: bool,
    /// Whether the page has more than [`MAX_NODES`], so that text at its end is not here.
    pub(super) is_cut: bool,
}

impl Tree {
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.chunks.clear();
        self.decoded.clear();
        self.hints.clear();
        self.is_html = false;
        self.is_cut = false;
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// Classes and id of an element, normalised.
    pub(super) fn hint(&self, node: &Node) -> &str {
        if node.tag == Tag::Text { "" } else { &self.hints[node.from as usize..node.to as usize] }
    }

    /// The chunks of a text; none of an element.
    pub(super) fn chunks(&self, node: &Node) -> &[Chunk] {
        if node.tag == Tag::Text { &self.chunks[node.from as usize..node.to as usize] } else { &[] }
    }

    /// What a chunk of `page` reads.
    pub(super) fn text<'a>(&'a self, page: &'a str, chunk: &Chunk) -> &'a str {
        let (from, to) = chunk.decoded;
        if from < to {
            &self.decoded[from as usize..to as usize]
        } else {
            &page[chunk.start as usize..chunk.end as usize]
        }
    }

    /// The text of a subtree, appended to `out` up to about `limit` bytes.
    pub(super) fn collect(&self, page: &str, id: NodeId, limit: usize, out: &mut String) {
        for node in &self.nodes[id as usize..self.node(id).end as usize] {
            if out.len() >= limit {
                break;
            }
            if node.tag == Tag::Text {
                self.chunks(node).iter().for_each(|chunk| out.push_str(self.text(page, chunk)));
            } else if node.tag.is_block() || node.tag == Tag::Br {
                out.push(' ');
            }
        }
    }
}
