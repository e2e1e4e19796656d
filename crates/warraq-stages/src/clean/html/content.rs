//! Which texts of a page are its article.
//!
//! In the tradition of Readability and trafilatura: what says of itself that it is furniture goes first (elements, roles,
//! classes), unless most of the running text is in it; then paragraphs give points to what holds them, and the best holder is
//! the article; then what is left in it of link lists and captions goes, block by block. Where the page gives its text to
//! search engines (`articleBody` of JSON-LD), that says which blocks are meant.

use super::blocks::{Block, Nodes, Sums};
use super::head::Head;
use super::hints::{self, Reason};
use super::tag::Tag;
use super::text;
use super::tree::{Flags, Node, NodeId, Tree};
use memchr::memmem;

/// Reusable room for the search.
#[derive(Debug, Default)]
pub(super) struct Finder {
    pub(super) nodes: Nodes,
    blocks: Vec<Block>,
    sums: Sums,
    scores: Vec<f32>,
    in_content: Vec<bool>,
    /// For each block, whether JSON-LD has it.
    given: Vec<bool>,
    keep: Vec<Option<Reason>>,
    buffer: String,
    letters: String,
}

/// What of the article stays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keep {
    pub(super) headings: bool,
    pub(super) lists: bool,
    pub(super) quotes: bool,
    pub(super) tables: bool,
    pub(super) captions: bool,
    pub(super) title: bool,
}

impl Finder {
    /// Decides on every text of the page: afterwards `nodes.reason` says why it goes, or nothing where it stays.
    pub(super) fn find(&mut self, page: &str, tree: &Tree, head: &Head, keep: Keep) {
        self.nodes.measure(page, tree);
        self.nodes.blocks(tree, &mut self.blocks);
        self.sums.of(tree, &self.blocks);
        self.given_blocks(page, tree, head);
        self.prune(tree, keep);
        self.nodes.blocks(tree, &mut self.blocks);
        self.sums.of(tree, &self.blocks);
        self.choose(tree);
        self.clean(page, tree, head, keep);
    }

    /// Marks the texts that JSON-LD gives as the article's.
    fn given_blocks(&mut self, page: &str, tree: &Tree, head: &Head) {
        self.given.clear();
        self.given.resize(tree.nodes.len(), false);
        if head.body.is_empty() {
            return;
        }
        self.letters.clear();
        text::push_letters(&head.body, &mut self.letters);
        let mut letters = String::new();
        let mut found = 0;
        for block in self.blocks.iter().filter(|block| block.ink >= 20) {
            self.buffer.clear();
            letters.clear();
            self.nodes.text(page, tree, block, &mut self.buffer);
            text::push_letters(&self.buffer, &mut letters);
            if !letters.is_empty() && memmem::find(self.letters.as_bytes(), letters.as_bytes()).is_some() {
                self.given[block.first as usize] = true;
                found += letters.len();
            }
        }
        // Where most of it is not on the page, it is something else.
        if found * 10 < self.letters.len() * 6 {
            self.given.fill(false);
        }
    }

    /// Elements that say of themselves that they are not the article.
    fn prune(&mut self, tree: &Tree, keep: Keep) {
        let all = self.sums.prose(tree, 0).max(1);
        let mut given = vec![0u32; tree.nodes.len() + 1];
        for (id, &is_given) in self.given.iter().enumerate() {
            given[id + 1] = given[id] + u32::from(is_given);
        }
        let count = |is: &dyn Fn(&Node) -> bool| {
            let mut sums = vec![0u32; tree.nodes.len() + 1];
            for (id, node) in tree.nodes.iter().enumerate() {
                sums[id + 1] = sums[id] + u32::from(is(node));
            }
            sums
        };
        let marked = count(&|node| node.flags.has(Flags::BODY) || node.tag == Tag::Main);
        let headings = count(&|node| node.tag == Tag::H1);
        let texts = count(&|node| matches!(node.tag, Tag::Table | Tag::Blockquote | Tag::Pre));
        for (id, node) in tree.nodes.iter().enumerate().skip(1) {
            if node.tag == Tag::Text || self.nodes.reason[id].is_some() {
                continue;
            }
            if self.nodes.reason[node.parent as usize].is_some() {
                self.nodes.reason[id] = self.nodes.reason[node.parent as usize];
                continue;
            }
            let end = node.end as usize;
            if given[end] > given[id] {
                continue;
            }
            let share = self.sums.prose(tree, id as NodeId) as f32 / all as f32;
            let has = |sums: &[u32]| sums[end] > sums[id];
            let by_tag = match node.tag {
                Tag::Nav | Tag::Menu => Some(Reason::Navigation),
                Tag::Aside | Tag::AmpSidebar => Some(Reason::Aside),
                Tag::Header | Tag::Footer => Some(Reason::PageFrame),
                Tag::Search | Tag::AmpAd | Tag::AmpConsent | Tag::AmpEmbed => Some(Reason::Advert),
                Tag::Figcaption if !keep.captions => Some(Reason::Caption),
                // Some editors put tables and quotes into figures.
                Tag::Figure if !keep.captions && !has(&texts) => Some(Reason::Caption),
                Tag::Address => Some(Reason::Byline),
                _ => None,
            };
            let found = by_tag
                .or_else(|| node.flags.has(Flags::FURNITURE).then_some(Reason::Navigation))
                .or_else(|| (node.flags.has(Flags::BYLINE)).then_some(Reason::Byline))
                .or_else(|| {
                    let hint = tree.hint(node);
                    let holds_article = has(&marked) || share > 0.15 && has(&headings);
                    hints::furniture(hint)
                        .filter(|_| !holds_article && !hints::is_body(hint) && !self.is_in_sentence(tree, id as NodeId))
                });
            let Some(reason) = found else { continue };
            if reason == Reason::Caption && keep.captions {
                continue;
            }
            // How much of the running text may go with it: what says that it is beside the article, and holds it, is wrong.
            let most = match reason {
                Reason::Comments => 0.95,
                Reason::Share => 0.0,
                Reason::Byline | Reason::Caption => 0.25,
                _ => 0.4,
            };
            if share <= most {
                self.nodes.reason[id] = Some(reason);
            }
        }
        self.nodes.inherit(tree);
    }

    /// Whether the element is a word or some within running text: a name, a date.
    fn is_in_sentence(&self, tree: &Tree, id: NodeId) -> bool {
        let node = tree.node(id);
        if node.tag.is_block() {
            return false;
        }
        let after = self.blocks.partition_point(|block| block.first < node.end);
        let Some(block) = self.blocks[..after].last().filter(|block| block.last >= id && block.is_prose()) else {
            return false;
        };
        let ink: u32 = (id.max(block.first)..node.end.min(block.last + 1)).map(|id| self.nodes.ink(id)).sum();
        ink * 2 < block.ink
    }

    /// The block element around another.
    fn holder(&self, tree: &Tree, id: NodeId) -> NodeId {
        self.nodes.owner[tree.node(id).parent as usize]
    }

    /// Finds the part of the page that holds the article.
    fn choose(&mut self, tree: &Tree) {
        let all = self.sums.prose(tree, 0);
        self.in_content.clear();
        self.in_content.resize(tree.nodes.len(), false);
        let marked = (1..tree.nodes.len() as NodeId)
            .filter(|&id| tree.node(id).flags.has(Flags::BODY) && self.nodes.reason[id as usize].is_none())
            .map(|id| (self.sums.prose(tree, id), id))
            .filter(|&(prose, _)| prose >= 200 && prose * 5 >= all)
            .max_by_key(|&(prose, id)| (prose, std::cmp::Reverse(id)));
        let top = match marked {
            Some((_, id)) => id,
            None => self.best(tree),
        };
        let node = tree.node(top);
        self.in_content[top as usize..node.end as usize].fill(true);
        if marked.is_none() && top > 0 {
            self.join_siblings(tree, top);
        } else if marked.is_some() {
            // Some systems mark each part of the text.
            for (id, other) in tree.nodes.iter().enumerate() {
                if other.flags.has(Flags::BODY) && other.parent == node.parent {
                    self.in_content[id..other.end as usize].fill(true);
                }
            }
        }
        for block in &self.blocks {
            if self.given[block.first as usize] {
                self.in_content[block.first as usize..=block.last as usize].fill(true);
            }
        }
    }

    /// The element with the most points of the paragraphs in it.
    fn best(&mut self, tree: &Tree) -> NodeId {
        self.scores.clear();
        self.scores.resize(tree.nodes.len(), 0.0);
        for block in &self.blocks {
            let density = block.link_density();
            if block.ink < 25 || density > 0.5 || tree.node(block.owner).tag.is_heading() {
                continue;
            }
            let mut points =
                (1.0 + block.commas.min(10) as f32 + (block.ink as f32 / 100.0).min(3.0)) * (1.0 - density);
            if self.given[block.first as usize] {
                points *= 3.0;
            }
            let owner = tree.node(block.owner);
            let mut holder = if owner.tag.is_paragraph() { self.holder(tree, block.owner) } else { block.owner };
            for share in [1.0, 0.5, 0.17, 0.11, 0.08] {
                self.scores[holder as usize] += points * share;
                if holder == 0 {
                    break;
                }
                holder = self.holder(tree, holder);
            }
        }
        let (mut best, mut most) = (0, 0.0);
        for (id, node) in tree.nodes.iter().enumerate() {
            if self.scores[id] == 0.0 || self.nodes.reason[id].is_some() {
                continue;
            }
            let mut score = self.scores[id] * (1.0 - self.sums.link_density(tree, id as NodeId));
            score *= match node.tag {
                Tag::Article => 1.3,
                Tag::Main => 1.1,
                Tag::Root => 0.7,
                Tag::Ul | Tag::Ol | Tag::Dl | Tag::Table | Tag::Tr => 0.7,
                _ => 1.0,
            };
            if hints::is_body(tree.hint(node)) {
                score *= 1.5;
            }
            self.scores[id] = score;
            if score > most {
                (best, most) = (id as NodeId, score);
            }
        }
        // An element around it that holds much more of the running text, and hardly other text, holds the article.
        let mut up = best;
        while up != 0 {
            up = self.holder(tree, up);
            let (inner, outer) = (self.sums.prose(tree, best), self.sums.prose(tree, up));
            let other = self.sums.ink(tree, up) - outer;
            if outer as f32 > inner as f32 * (if up == 0 { 3.0 } else { 1.3 })
                && other * 4 < outer
                && self.sums.link_density(tree, up) < 0.25
            {
                best = up;
            }
        }
        best
    }

    /// Takes in what stands beside the article and reads like it: a lead, a part after an advertisement.
    fn join_siblings(&mut self, tree: &Tree, top: NodeId) {
        let parent = tree.node(top).parent;
        let threshold = (self.scores.get(top as usize).copied().unwrap_or(0.0) * 0.2).max(10.0);
        let mut id = parent + 1;
        while id < tree.node(parent).end {
            let node = tree.node(id);
            if id != top && self.nodes.reason[id as usize].is_none() {
                let ink = self.sums.ink(tree, id);
                let density = self.sums.link_density(tree, id);
                let is_paragraph = node.tag == Tag::P && (ink > 80 && density < 0.25);
                if is_paragraph || self.scores[id as usize] >= threshold && density < 0.25 {
                    self.in_content[id as usize..node.end as usize].fill(true);
                }
            }
            id = node.end;
        }
    }

    /// Decides block by block.
    fn clean(&mut self, page: &str, tree: &Tree, head: &Head, keep: Keep) {
        let mut title = String::new();
        text::push_letters(head.title(), &mut title);
        self.keep.clear();
        let first_heading = tree.nodes.iter().position(|node| node.tag == Tag::H1).map(|id| id as NodeId);
        for block in &self.blocks {
            let owner = tree.node(block.owner);
            let density = block.link_density();
            let within = |tags: &[Tag]| {
                let mut id = block.owner;
                loop {
                    if tags.contains(&tree.node(id).tag) {
                        return true;
                    }
                    if id == 0 {
                        return false;
                    }
                    id = tree.node(id).parent;
                }
            };
            let reason = if !self.in_content[block.first as usize] {
                Some(Reason::Outside)
            } else if self.given[block.first as usize] {
                None
            } else if Some(block.owner) == first_heading && !keep.title {
                Some(Reason::Title)
            } else if block.first == block.last && tree.node(tree.node(block.first).parent).tag == Tag::Time {
                Some(Reason::Byline)
            } else if block.ink < 200 && density > 0.7 || density > 0.9 {
                Some(Reason::Links)
            } else if owner.tag.is_heading() && !keep.headings
                || !keep.lists && within(&[Tag::Li])
                || !keep.quotes && within(&[Tag::Blockquote])
                || !keep.tables && within(&[Tag::Table])
            {
                Some(Reason::Option)
            } else {
                None
            };
            let reason = reason.or_else(|| {
                if keep.title || title.is_empty() || block.ink > 400 || self.given[block.first as usize] {
                    return None;
                }
                self.buffer.clear();
                self.letters.clear();
                self.nodes.text(page, tree, block, &mut self.buffer);
                text::push_letters(&self.buffer, &mut self.letters);
                (self.letters == title).then_some(Reason::Title)
            });
            self.keep.push(reason);
        }
        self.settle_edges(page, tree, first_heading.filter(|_| keep.title));
        for (block, reason) in self.blocks.iter().zip(&self.keep) {
            for id in block.first..=block.last {
                let known = &mut self.nodes.reason[id as usize];
                if known.is_none() {
                    *known = *reason;
                }
            }
        }
    }

    /// Short pieces at the ends of the article, and headings over nothing, are not of it; except for `title`.
    fn settle_edges(&mut self, page: &str, tree: &Tree, title: Option<NodeId>) {
        let kept: Vec<usize> = (0..self.blocks.len()).filter(|&n| self.keep[n].is_none()).collect();
        let is_text = |n: usize| {
            let block = &self.blocks[n];
            self.given[block.first as usize]
                || block.ink >= 60 && block.link_density() < 0.5
                || block.ink >= 20 && self.nodes.ends_sentence(page, tree, block)
        };
        let Some(first) = kept.iter().position(|&n| is_text(n) && !tree.node(self.blocks[n].owner).tag.is_heading())
        else {
            return;
        };
        let last = kept.iter().rposition(|&n| is_text(n)).unwrap_or(first);
        // The heading of the first section stays where the others have headings like it.
        let heading = |at: usize| Some(tree.node(self.blocks[kept[at]].owner).tag).filter(|tag| tag.is_heading());
        let opens =
            first > 0 && heading(first - 1).is_some_and(|tag| (first..=last).any(|at| heading(at) == Some(tag)));
        let first = if opens { first - 1 } else { first };
        let mut edges: Vec<usize> = kept[..first].iter().chain(&kept[last + 1..]).copied().collect();
        // A heading over another one or over the end.
        let mut below = false;
        for &n in kept[first..=last].iter().rev() {
            if tree.node(self.blocks[n].owner).tag.is_heading() {
                if !below {
                    edges.push(n);
                }
                below = false;
            } else {
                below = true;
            }
        }
        for n in edges.into_iter().filter(|&n| Some(self.blocks[n].owner) != title) {
            self.keep[n] = Some(Reason::Outside);
        }
    }
}
