//! Splitting Arabic tokens into syntactic words by a model that `warraq train segmenter` learned from a treebank.
//!
//! Most tokens of a text were in the training data, and a lookup answers for them. For the others, and for those that were
//! analysed in several ways, candidates are made (`candidates.rs`: proclitics and enclitics off, what is left rewritten as the
//! treebank writes it) and scored by a linear model (`features.rs`); a worker remembers what it found out. Only where the
//! token alone does not decide are its neighbours looked at.

mod align;
mod candidates;
mod features;
mod lexicon;
mod recent;
mod rules;
mod splitter;
mod store;
mod train;

pub(crate) use rules::Rules;
pub(crate) use splitter::{Analyser, Splitter};
pub(crate) use store::Store;
pub(crate) use train::train;

use crate::arabic::{TATWEEL, is_letter, is_tashkeel};
use crate::model::{ModelError, Reader, Weights, Writer};
use candidates::Inventory;
use lexicon::Lexicon;
use warraq_core::TokenKind;

/// The most letters that a token to be split may have; no word of any dictionary has as many.
const LONGEST: usize = 40;

/// The most bytes that it may have, marks included.
const LONGEST_TOKEN: usize = 400;

/// A trained segmenter.
#[derive(Debug)]
pub(crate) struct Model {
    inventory: Inventory,
    lexicon: Lexicon,
    /// Tokens of the training data with the ways in which they were analysed there.
    known: Store,
    weights: Weights,
    /// How far the score of a candidate may be below the best one's for the neighbours to change the order.
    margin: f32,
}

impl Model {
    /// Reads what [`Model::write`] wrote.
    ///
    /// # Errors
    /// When the bytes are not that.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader(bytes);
        let inventory = Inventory::read(&mut reader)?;
        let lexicon = Lexicon::read(&mut reader)?;
        let known = Store::read(&mut reader)?;
        let weights = Weights::read(&mut reader)?;
        let margin = reader.float()?;
        reader.end()?;
        Ok(Model { inventory, lexicon, known, weights, margin })
    }

    fn write(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.inventory.write(&mut writer);
        self.lexicon.write(&mut writer);
        self.known.write(&mut writer);
        self.weights.write(&mut writer);
        writer.float(self.margin);
        writer.0
    }
}

/// Whether a token of this kind and text may consist of several words.
#[inline]
pub(crate) fn is_divisible(kind: TokenKind, token: &str) -> bool {
    // The first byte of a letter of the Arabic blocks; most tokens are decided by it.
    let starts_arabic = |byte: u8| matches!(byte, 0xd8..=0xdb | 0xdd | 0xe0 | 0xef);
    kind == TokenKind::Word
        && token.len() <= LONGEST_TOKEN
        && token.bytes().any(starts_arabic)
        && token.chars().any(is_letter)
}

/// A token's characters without vowel signs and tatweel, and the byte where each begins.
#[derive(Debug, Default)]
struct Letters {
    chars: Vec<char>,
    starts: Vec<u32>,
}

impl Letters {
    fn of(token: &str, keep_marks: bool) -> Self {
        let mut letters = Letters::default();
        letters.set(token, keep_marks);
        letters
    }

    fn set(&mut self, token: &str, keep_marks: bool) {
        self.chars.clear();
        self.starts.clear();
        for (at, c) in token.char_indices() {
            if keep_marks || !is_mark(c) {
                self.chars.push(c);
                self.starts.push(at as u32);
            }
        }
    }

    /// The byte of the token where the character `at` begins. Marks belong to the letter before them, and the first
    /// character begins with the token.
    fn byte(&self, at: usize, token: &str) -> u32 {
        if at == 0 { 0 } else { self.starts.get(at).copied().unwrap_or(token.len() as u32) }
    }
}

fn is_mark(c: char) -> bool {
    c == TATWEEL || is_tashkeel(c)
}
