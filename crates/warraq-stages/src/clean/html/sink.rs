//! From the tokens of a page to its tree. The tokenizer (html5gum) says where each token stands, which is what keeps the way
//! back to the page; the tree is built by the few rules that real pages need: void elements, implied end tags, scopes.

use super::attributes::{self, Element};
use super::head::Head;
use super::hints;
use super::reader::PageReader;
use super::tag::Tag;
use super::tree::{Chunk, Flags, MAX_DEPTH, MAX_NODES, Node, NodeId, Tree};
use html5gum::{Emitter, Error, State, Tokenizer, naive_next_state};
use std::convert::Infallible;

/// The longest attribute value that is kept: URLs, titles and classes are shorter.
const MAX_VALUE: usize = 4096;
/// The most chunks of text of a page: a character reference makes two.
const MAX_CHUNKS: usize = 1 << 21;
/// The longest name of an element or attribute that is told apart.
const MAX_NAME: usize = 32;

/// Reads a page into `tree`, and what its head says into `head`. Both are cleared first.
pub(super) fn read(page: &str, tree: &mut Tree, head: &mut Head) {
    tree.clear();
    head.clear();
    let root = Node { tag: Tag::Root, flags: Flags::default(), parent: 0, end: 0, from: 0, to: 0 };
    tree.nodes.push(root);
    let sink = Sink {
        page,
        tree,
        head,
        open: vec![0],
        counts: [0; Tag::COUNT],
        at: 0,
        text_end: 0,
        name: Vec::new(),
        is_end: false,
        self_closing: false,
        attribute: Vec::new(),
        value: Vec::new(),
        element: Element::default(),
        last_start: Vec::new(),
        title: None,
    };
    // A reader of a slice has no errors.
    let Ok(()) = Tokenizer::new_with_emitter(PageReader::new(page), sink).finish();
    let last = tree.nodes.len() as NodeId;
    for node in &mut tree.nodes {
        if node.end == 0 {
            node.end = last;
        }
    }
}

struct Sink<'a> {
    page: &'a str,
    tree: &'a mut Tree,
    head: &'a mut Head,
    /// The open elements, from the root.
    open: Vec<NodeId>,
    /// How many of each are open.
    counts: [u32; Tag::COUNT],
    /// The byte of the page up to which the tokenizer has read.
    at: usize,
    /// Where the text read last ends.
    text_end: usize,
    name: Vec<u8>,
    is_end: bool,
    self_closing: bool,
    attribute: Vec<u8>,
    value: Vec<u8>,
    element: Element,
    last_start: Vec<u8>,
    /// The page's `title`, while it is open.
    title: Option<NodeId>,
}

fn push_capped(buffer: &mut Vec<u8>, bytes: &[u8], most: usize) {
    let room = most.saturating_sub(buffer.len());
    buffer.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

impl Sink<'_> {
    fn top(&self) -> NodeId {
        // The root is never closed.
        self.open.last().copied().unwrap_or(0)
    }

    fn tag(&self, id: NodeId) -> Tag {
        self.tree.node(id).tag
    }

    fn push(&mut self, tag: Tag, flags: Flags, from: usize, to: usize) -> NodeId {
        let id = self.tree.nodes.len() as NodeId;
        let parent = self.top();
        self.tree.nodes.push(Node { tag, flags, parent, end: id + 1, from: from as u32, to: to as u32 });
        id
    }

    fn pop(&mut self) {
        if self.open.len() > 1
            && let Some(id) = self.open.pop()
        {
            let tag = self.tag(id);
            self.counts[tag as usize] -= 1;
            self.tree.nodes[id as usize].end = self.tree.nodes.len() as NodeId;
        }
    }

    /// Closes the innermost of `wanted`, unless one of `stop` or a scope is met before it.
    fn close(&mut self, wanted: &[Tag], stop: &[Tag]) {
        if wanted.iter().all(|&tag| self.counts[tag as usize] == 0) {
            return;
        }
        for at in (1..self.open.len()).rev() {
            let tag = self.tag(self.open[at]);
            if wanted.contains(&tag) {
                while self.open.len() > at {
                    self.pop();
                }
                return;
            }
            if tag.is_scope() || stop.contains(&tag) {
                return;
            }
        }
    }

    fn start(&mut self) {
        let tag = Tag::named(&self.name);
        if tag != Tag::Unknown {
            self.tree.is_html = true;
        }
        self.note_head(tag);
        if matches!(tag, Tag::Html | Tag::Head | Tag::Body) || self.tree.nodes.len() >= MAX_NODES {
            return;
        }
        if tag.ends_paragraph() {
            self.close(&[Tag::P], &[]);
        }
        if let Some((wanted, stop)) = tag.closes() {
            self.close(wanted, stop);
        }
        let from = self.tree.hints.len();
        self.tree.hints.push_str(&self.element.hint);
        let id = self.push(tag, self.element.flags, from, self.tree.hints.len());
        let is_foreign =
            self.self_closing && (self.counts[Tag::Svg as usize] > 0 || self.counts[Tag::Math as usize] > 0);
        if !tag.is_void() && !is_foreign && self.open.len() < MAX_DEPTH {
            self.open.push(id);
            self.counts[tag as usize] += 1;
            self.tree.nodes[id as usize].end = 0;
        }
        if tag == Tag::Title && self.counts[Tag::Svg as usize] == 0 && !self.head.has_title() {
            self.title = Some(id);
        }
    }

    /// Notes what an element says about the page.
    fn note_head(&mut self, tag: Tag) {
        let element = &self.element;
        match tag {
            Tag::Html => self.head.set_language(&element.lang),
            Tag::Meta => {
                let key = [&element.property, &element.name, &element.itemprop].into_iter().find(|key| !key.is_empty());
                if let Some(key) = key {
                    self.head.meta(key, &element.content);
                }
            }
            Tag::Link => self.head.link(&element.rel, &element.href),
            Tag::Time => {
                let in_article = self.counts[Tag::Article as usize] + self.counts[Tag::Main as usize] > 0;
                self.head.time(&element.date, &element.itemprop, in_article);
            }
            _ => {
                let date = if element.date.is_empty() { &element.content } else { &element.date };
                self.head.property(&element.itemprop, date);
            }
        }
    }

    fn end(&mut self) {
        let tag = Tag::named(&self.name);
        match tag {
            Tag::Html | Tag::Head | Tag::Body => {}
            // An end tag of a break is a break, in browsers.
            Tag::Br => {
                self.push(Tag::Br, Flags::default(), 0, 0);
            }
            Tag::Title => {
                self.close(&[tag], &[]);
                self.finish_title();
            }
            _ if tag.is_heading() => {
                self.close(&[Tag::H1, Tag::H2, Tag::H3, Tag::H4, Tag::H5, Tag::H6], &[]);
            }
            Tag::Table | Tag::Tr | Tag::Tbody | Tag::Thead | Tag::Tfoot | Tag::Td | Tag::Th | Tag::Caption => {
                self.close_table(tag);
            }
            _ if tag.is_block() || tag.is_scope() || tag.is_never_text() => self.close(&[tag], &[]),
            _ => self.close_inline(tag),
        }
    }

    fn finish_title(&mut self) {
        let Some(id) = self.title.take() else { return };
        let mut title = String::new();
        self.tree.collect(self.page, id, MAX_VALUE, &mut title);
        self.head.set_title(&title);
    }

    /// Ends of parts of a table cross the cells in it, but not another table.
    fn close_table(&mut self, tag: Tag) {
        if self.counts[tag as usize] == 0 {
            return;
        }
        for at in (1..self.open.len()).rev() {
            let found = self.tag(self.open[at]);
            if found == tag {
                while self.open.len() > at {
                    self.pop();
                }
                return;
            }
            if found == Tag::Table {
                return;
            }
        }
    }

    /// The end of an inline element closes nothing past a block.
    fn close_inline(&mut self, tag: Tag) {
        if self.counts[tag as usize] == 0 {
            return;
        }
        for at in (1..self.open.len()).rev() {
            let found = self.tag(self.open[at]);
            if found == tag {
                while self.open.len() > at {
                    self.pop();
                }
                return;
            }
            if found.is_block() && tag != Tag::Unknown || found.is_scope() {
                return;
            }
        }
    }

    fn attribute(&mut self) {
        self.element.attribute(&self.attribute, &self.value);
        self.attribute.clear();
        self.value.clear();
    }
}

impl Emitter for Sink<'_> {
    type Token = Infallible;

    fn move_position(&mut self, offset: isize) {
        self.at = self.at.saturating_add_signed(offset);
    }

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.last_start.clear();
        self.last_start.extend_from_slice(name.unwrap_or_default());
    }

    fn emit_eof(&mut self) {
        // A title without an end has taken the page: it is none.
        self.title = None;
    }

    fn emit_error(&mut self, _: Error) {}

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn emit_string(&mut self, text: &[u8]) {
        let end = self.at.min(self.page.len()).max(self.text_end);
        let start = end.saturating_sub(text.len());
        let is_verbatim = start >= self.text_end && self.page.as_bytes()[start..end] == *text;
        // The tokenizer may hand on a character byte by byte; a chunk has it once it is whole.
        let (start, stop) = if is_verbatim {
            (self.page.floor_char_boundary(start), self.page.floor_char_boundary(end))
        } else {
            (self.page.floor_char_boundary(self.text_end), end)
        };
        self.text_end = end;
        if text.is_empty() || start > stop || is_verbatim && start == stop || !self.page.is_char_boundary(stop) {
            return;
        }
        if self.tree.nodes.len() >= MAX_NODES || self.tree.chunks.len() >= MAX_CHUNKS {
            self.tree.is_cut = true;
            return;
        }
        let decoded = if is_verbatim {
            (0, 0)
        } else {
            let from = self.tree.decoded.len();
            self.tree.decoded.push_str(&String::from_utf8_lossy(text));
            (from as u32, self.tree.decoded.len() as u32)
        };
        let chunk = Chunk { start: start as u32, end: stop as u32, decoded };
        let chunks = self.tree.chunks.len();
        let last = self.tree.nodes.len() - 1;
        let node = &mut self.tree.nodes[last];
        if node.tag == Tag::Text && node.to as usize == chunks && node.parent == self.open.last().copied().unwrap_or(0)
        {
            let before = &mut self.tree.chunks[chunks - 1];
            if is_verbatim && before.decoded.0 == before.decoded.1 && before.end == chunk.start {
                before.end = chunk.end;
                return;
            }
            node.to += 1;
            self.tree.chunks.push(chunk);
        } else {
            self.tree.chunks.push(chunk);
            self.push(Tag::Text, Flags::default(), chunks, chunks + 1);
        }
    }

    fn init_start_tag(&mut self) {
        self.name.clear();
        self.element.clear();
        self.attribute.clear();
        self.value.clear();
        (self.is_end, self.self_closing) = (false, false);
    }

    fn init_end_tag(&mut self) {
        self.init_start_tag();
        self.is_end = true;
    }

    fn init_comment(&mut self) {}

    fn emit_current_tag(&mut self) -> Option<State> {
        if !self.attribute.is_empty() {
            self.attribute();
        }
        if self.is_end {
            self.end();
            self.last_start.clear();
        } else {
            self.start();
            self.last_start.clear();
            self.last_start.extend_from_slice(&self.name);
        }
        self.text_end = self.at;
        let next = if self.is_end { None } else { naive_next_state(&self.name) };
        if self.name == b"script" && !self.is_end && hints::is_json_ld(&self.element.kind) {
            self.head.json_ld(self.tree.nodes.len() as NodeId - 1);
        }
        next
    }

    fn emit_current_comment(&mut self) {
        self.text_end = self.at;
    }

    fn emit_current_doctype(&mut self) {
        self.tree.is_html = true;
        self.text_end = self.at;
    }

    fn set_self_closing(&mut self) {
        self.self_closing = true;
    }

    fn set_force_quirks(&mut self) {}

    fn push_tag_name(&mut self, name: &[u8]) {
        push_capped(&mut self.name, name, MAX_NAME);
    }

    fn push_comment(&mut self, _: &[u8]) {}

    fn push_doctype_name(&mut self, _: &[u8]) {}

    fn init_doctype(&mut self) {}

    fn init_attribute(&mut self) {
        if !self.attribute.is_empty() {
            self.attribute();
        }
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        push_capped(&mut self.attribute, name, MAX_NAME);
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        if attributes::is_wanted(&self.attribute) {
            push_capped(&mut self.value, value, MAX_VALUE);
        }
    }

    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end && !self.last_start.is_empty() && self.last_start == self.name
    }
}
