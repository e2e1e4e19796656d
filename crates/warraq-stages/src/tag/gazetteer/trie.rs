//! A set of strings as a double array: one look at memory for each character of a walk.

use std::collections::{HashMap, VecDeque};

/// Where a walk stands. It stays small: the cell it came to, and where that cell's children begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    cell: u32,
    base: u32,
}

/// A cell of the array. The child of `cell` for a symbol is at `base + symbol`, if the cell there has it for a parent.
#[derive(Clone, Copy, Debug)]
struct Cell {
    parent: u32,
    base: u32,
}

const NONE: u32 = u32::MAX;
const FREE: Cell = Cell { parent: NONE, base: 0 };

/// The strings, each known by its position in the list they were given in.
#[derive(Debug)]
pub(super) struct Trie {
    cells: Vec<Cell>,
    /// The string that ends in a cell.
    ends: Vec<u32>,
    /// Characters are numbered from 1, by their first occurrence. Those of the two-byte range have a table.
    symbols: HashMap<char, u32>,
    low_symbols: Box<[u32; 0x800]>,
}

impl Trie {
    /// The symbol of a character that is in no string: no node has a child for it.
    pub(super) const NO_SYMBOL: u32 = u32::MAX / 2;

    pub(super) fn new(strings: &[String]) -> Self {
        let mut symbols = HashMap::new();
        let mut sorted: Vec<(Vec<u32>, u32)> = Vec::with_capacity(strings.len());
        for (n, string) in strings.iter().enumerate() {
            let coded = string.chars().map(|c| {
                let next = symbols.len() as u32 + 1;
                *symbols.entry(c).or_insert(next)
            });
            sorted.push((coded.collect(), n as u32));
        }
        sorted.sort_unstable();

        let mut trie =
            Trie { cells: vec![FREE], ends: vec![NONE], symbols, low_symbols: Box::new([Self::NO_SYMBOL; 0x800]) };
        for (&c, &symbol) in &trie.symbols {
            if let Some(low) = trie.low_symbols.get_mut(c as usize) {
                *low = symbol;
            }
        }
        let mut first_free = 1;
        // Breadth first: the cells that every walk visits lie together. A node is a range of strings that share a prefix.
        let mut nodes = VecDeque::from([(0_u32, 0..sorted.len(), 0)]);
        let mut children: Vec<(u32, std::ops::Range<usize>)> = Vec::new();
        while let Some((cell, range, depth)) = nodes.pop_front() {
            children.clear();
            for n in range {
                match sorted[n].0.get(depth) {
                    None => trie.ends[cell as usize] = sorted[n].1,
                    Some(&symbol) => match children.last_mut() {
                        Some((last, range)) if *last == symbol => range.end = n + 1,
                        _ => children.push((symbol, n..n + 1)),
                    },
                }
            }
            if children.is_empty() {
                continue;
            }
            let base = trie.place(&children, &mut first_free);
            trie.cells[cell as usize].base = base;
            for (symbol, range) in children.drain(..) {
                let child = base + symbol;
                trie.cells[child as usize].parent = cell;
                nodes.push_back((child, range, depth + 1));
            }
        }
        trie
    }

    /// The least base at which all children find a free cell.
    fn place(&mut self, children: &[(u32, std::ops::Range<usize>)], first_free: &mut usize) -> u32 {
        while self.cells.get(*first_free).is_some_and(|cell| cell.parent != NONE) {
            *first_free += 1;
        }
        let (least, greatest) = (children[0].0 as usize, children[children.len() - 1].0 as usize);
        let mut base = first_free.saturating_sub(least);
        let taken = |at: usize| self.cells.get(at).is_some_and(|cell| at == 0 || cell.parent != NONE);
        while children.iter().any(|(symbol, _)| taken(base + *symbol as usize)) {
            base += 1;
        }
        if self.cells.len() <= base + greatest {
            self.cells.resize(base + greatest + 1, FREE);
            self.ends.resize(base + greatest + 1, NONE);
        }
        base as u32
    }

    /// The node before the first character.
    pub(super) fn root(&self) -> Node {
        Node { cell: 0, base: self.cells[0].base }
    }

    pub(super) fn symbol(&self, c: char) -> u32 {
        let known = self.low_symbols.get(c as usize).or_else(|| self.symbols.get(&c));
        known.copied().unwrap_or(Self::NO_SYMBOL)
    }

    /// The node one character further; `None` if no string goes on like that.
    #[inline(always)]
    pub(super) fn step(&self, node: Node, symbol: u32) -> Option<Node> {
        let at = node.base + symbol;
        let cell = self.cells.get(at as usize)?;
        (cell.parent == node.cell).then_some(Node { cell: at, base: cell.base })
    }

    /// The string that ends here.
    #[inline]
    pub(super) fn end(&self, node: Node) -> Option<usize> {
        let end = self.ends[node.cell as usize];
        (end != NONE).then_some(end as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn find(trie: &Trie, text: &str) -> Option<usize> {
        text.chars().try_fold(trie.root(), |node, c| trie.step(node, trie.symbol(c))).and_then(|node| trie.end(node))
    }

    proptest! {
        #[test]
        fn it_holds_the_strings_and_no_others(
            strings in proptest::collection::btree_set("[a-dء-ي一-三]{1,5}", 0..60),
            others in proptest::collection::vec("[a-eء-ي一-四]{0,6}", 60),
        ) {
            let listed: Vec<String> = strings.iter().cloned().collect();
            let trie = Trie::new(&listed);
            let all: BTreeSet<&String> = strings.iter().chain(&others).collect();
            for text in all {
                prop_assert_eq!(find(&trie, text), listed.iter().position(|known| known == text), "{}", text);
            }
        }
    }
}
