//! A page as blocks: stretches of text that no block element and no blank line divides.

use super::hints::Reason;
use super::tag::Tag;
use super::text::{self, Measure};
use super::tree::{Flags, NodeId, Tree};

/// A stretch of text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Its first text.
    pub(super) first: NodeId,
    /// Its last text.
    pub(super) last: NodeId,
    /// The innermost block element it stands in.
    pub(super) owner: NodeId,
    /// Characters that are not white space.
    pub(super) ink: u32,
    /// Those of them in links.
    pub(super) link_ink: u32,
    pub(super) commas: u32,
}

impl Block {
    /// The share of its text that is links, 0 to 1.
    pub(super) fn link_density(&self) -> f32 {
        self.link_ink as f32 / self.ink.max(1) as f32
    }

    /// Whether it is running text: long enough, and not made of links.
    pub(super) fn is_prose(&self) -> bool {
        self.ink >= 60 && self.link_density() < 0.33
    }
}

/// What is known of each node, by its place.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    /// Why its text goes.
    pub(super) reason: Vec<Option<Reason>>,
    /// The innermost block element it is or stands in.
    pub(super) owner: Vec<NodeId>,
    /// Whether it stands in a link.
    in_link: Vec<bool>,
    /// Of a text, its measures.
    measure: Vec<Measure>,
}

impl Nodes {
    /// Measures every text that a browser could show.
    pub(super) fn measure(&mut self, page: &str, tree: &Tree) {
        let Nodes { reason, owner, in_link, measure } = self;
        reason.clear();
        owner.clear();
        in_link.clear();
        measure.clear();
        for (id, node) in tree.nodes.iter().enumerate() {
            let up = node.parent as usize;
            let inherited = if id == 0 { None } else { reason[up] };
            reason.push(inherited.or_else(|| {
                if node.tag.is_never_text() {
                    Some(Reason::NoText)
                } else if node.flags.has(Flags::HIDDEN) {
                    Some(Reason::Hidden)
                } else {
                    None
                }
            }));
            owner.push(if node.tag.is_block() || id == 0 { id as NodeId } else { owner[up] });
            in_link.push(id > 0 && (in_link[up] || node.tag == Tag::A && node.flags.has(Flags::LINK)));
            let mut sum = Measure::default();
            if reason[id].is_none_or(|reason| reason == Reason::Hidden) {
                for chunk in tree.chunks(node) {
                    let Measure { ink, commas } = Measure::of(tree.text(page, chunk));
                    sum = Measure { ink: sum.ink + ink, commas: sum.commas + commas };
                }
            }
            measure.push(sum);
        }
    }

    /// The characters of a text that are not white space.
    pub(super) fn ink(&self, id: NodeId) -> u32 {
        self.measure[id as usize].ink
    }

    /// Hands the reason of each element down to what is in it.
    pub(super) fn inherit(&mut self, tree: &Tree) {
        for (id, node) in tree.nodes.iter().enumerate().skip(1) {
            if self.reason[id].is_none() {
                self.reason[id] = self.reason[node.parent as usize];
            }
        }
    }

    /// The blocks of the text that has no reason to go.
    pub(super) fn blocks(&self, tree: &Tree, out: &mut Vec<Block>) {
        out.clear();
        let (mut apart, mut breaks) = (true, 0);
        for (id, node) in tree.nodes.iter().enumerate() {
            if node.tag == Tag::Br {
                breaks += 1;
                apart |= breaks > 1;
            } else if node.tag.is_block() {
                apart = true;
            }
            let Measure { ink, commas } = self.measure[id];
            if ink == 0 || self.reason[id].is_some() {
                continue;
            }
            breaks = 0;
            let (owner, id32) = (self.owner[id], id as NodeId);
            let link_ink = if self.in_link[id] { ink } else { 0 };
            match out.last_mut().filter(|last| !apart && last.owner == owner) {
                Some(block) => {
                    block.last = id32;
                    block.ink += ink;
                    block.link_ink += link_ink;
                    block.commas += commas;
                }
                None => out.push(Block { first: id32, last: id32, owner, ink, link_ink, commas }),
            }
            apart = false;
        }
    }

    /// The text of a block, appended to `out`.
    pub(super) fn text(&self, page: &str, tree: &Tree, block: &Block, out: &mut String) {
        for id in block.first..=block.last {
            let node = tree.node(id);
            if self.reason[id as usize].is_none() {
                tree.chunks(node).iter().for_each(|chunk| out.push_str(tree.text(page, chunk)));
            }
            if node.tag == Tag::Br {
                out.push(' ');
            }
        }
    }

    /// Whether a block ends as sentences do.
    pub(super) fn ends_sentence(&self, page: &str, tree: &Tree, block: &Block) -> bool {
        let chunks = tree.chunks(tree.node(block.last));
        let mut inked = chunks.iter().rev().map(|chunk| tree.text(page, chunk)).filter(|part| !part.trim().is_empty());
        inked.next().is_some_and(text::ends_sentence)
    }
}

/// Sums over the blocks before each node: what a subtree holds is a difference of two.
#[derive(Debug, Default)]
pub(super) struct Sums {
    prose: Vec<u32>,
    ink: Vec<u32>,
    link_ink: Vec<u32>,
}

impl Sums {
    pub(super) fn of(&mut self, tree: &Tree, blocks: &[Block]) {
        let count = tree.nodes.len() + 1;
        for sums in [&mut self.prose, &mut self.ink, &mut self.link_ink] {
            sums.clear();
            sums.resize(count, 0);
        }
        for block in blocks {
            let at = block.first as usize + 1;
            self.ink[at] += block.ink;
            self.link_ink[at] += block.link_ink;
            if block.is_prose() {
                self.prose[at] += block.ink;
            }
        }
        for sums in [&mut self.prose, &mut self.ink, &mut self.link_ink] {
            for at in 1..count {
                sums[at] += sums[at - 1];
            }
        }
    }

    fn within(sums: &[u32], tree: &Tree, id: NodeId) -> u32 {
        sums[tree.node(id).end as usize] - sums[id as usize]
    }

    /// The characters of running text in a subtree.
    pub(super) fn prose(&self, tree: &Tree, id: NodeId) -> u32 {
        Self::within(&self.prose, tree, id)
    }

    /// The characters of text in a subtree.
    pub(super) fn ink(&self, tree: &Tree, id: NodeId) -> u32 {
        Self::within(&self.ink, tree, id)
    }

    /// The share of a subtree's text that is links.
    pub(super) fn link_density(&self, tree: &Tree, id: NodeId) -> f32 {
        Self::within(&self.link_ink, tree, id) as f32 / self.ink(tree, id).max(1) as f32
    }
}
