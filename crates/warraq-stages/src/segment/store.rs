//! Tokens and their analyses in a few blocks of memory: the tokens that a model knows, and those that a worker has analysed.

use super::features::Parts;
use crate::model::{ModelError, Reader, Writer, broken, hash_str};

/// A word of an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The byte of the token past the word's surface.
    pub(crate) end: u32,
    /// The word's form in [`Store::forms`], where it is not its surface.
    form: (u32, u32),
}

impl Piece {
    const AS_IT_STANDS: (u32, u32) = (u32::MAX, 0);

    /// The form, where it differs from the surface.
    #[inline]
    pub(crate) fn form(self, store: &Store) -> Option<&str> {
        (self.form != Self::AS_IT_STANDS)
            .then(|| &store.forms[self.form.0 as usize..(self.form.0 + self.form.1) as usize])
    }
}

/// One way to analyse a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Analysis {
    first: u32,
    count: u32,
    pub(super) score: f32,
    pub(super) parts: Parts,
}

/// Where the analyses of a token are in a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    first: u32,
    count: u16,
    /// Whether the store is a model's.
    pub(super) is_known: bool,
}

impl Place {
    /// The same place in a model's store.
    pub(super) fn known(self) -> Self {
        Place { is_known: true, ..self }
    }

    /// The token is one word as it stands.
    #[inline]
    pub(super) fn is_whole(self) -> bool {
        self.count == 0
    }
}

/// A token, in the place that its hash leads to. All that is needed of a token that is one word is here and in `tokens`.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    tag: u32,
    /// Where the token begins in `tokens`, and its length; 0 for a free slot.
    token: u32,
    len: u16,
    /// The number of its analyses; none for a token that is one word as it stands, which most are.
    count: u16,
    /// The first of them.
    first: u32,
}

/// The bits of a hash that do not say where its slot is.
fn tag_of(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// Tokens and their analyses.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// Open addressing.
    slots: Vec<Slot>,
    len: usize,
    /// The slot of the token begun last.
    last: usize,
    analyses: Vec<Analysis>,
    pieces: Vec<Piece>,
    tokens: String,
    forms: String,
}

impl Store {
    /// Where the analyses of the token with this hash, of [`hash_str`], are.
    #[inline]
    pub(super) fn find(&self, token: &str, hash: u64) -> Option<Place> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let slot = &self.slots[at];
            if slot.len == 0 {
                return None;
            }
            // Bytes are compared, as the store's own ranges need no look for boundaries.
            if slot.tag == tag_of(hash) && self.bytes(slot) == token.as_bytes() {
                return Some(Place { first: slot.first, count: slot.count, is_known: false });
            }
            at = (at + 1) & mask;
        }
    }

    /// The analyses at a place; none of a token that is one word as it stands.
    #[inline]
    pub(super) fn analyses(&self, place: Place) -> &[Analysis] {
        &self.analyses[place.first as usize..place.first as usize + usize::from(place.count)]
    }

    /// Where the analyses of the token begun last are.
    pub(super) fn last(&self) -> Place {
        let Slot { first, count, .. } = self.slots[self.last];
        Place { first, count, is_known: false }
    }

    #[inline]
    fn bytes(&self, slot: &Slot) -> &[u8] {
        &self.tokens.as_bytes()[slot.token as usize..slot.token as usize + usize::from(slot.len)]
    }

    /// The words of an analysis.
    #[inline]
    pub(super) fn pieces(&self, analysis: &Analysis) -> &[Piece] {
        &self.pieces[analysis.first as usize..(analysis.first + analysis.count) as usize]
    }

    /// Begins a token that is not here yet; its analyses follow. Without any, it is one word as it stands.
    ///
    /// # Panics
    /// If the token is longer than [`super::LONGEST_TOKEN`].
    pub(super) fn begin(&mut self, token: &str, hash: u64) {
        assert!(token.len() <= super::LONGEST_TOKEN, "longer tokens are not analysed");
        if self.slots.len() * 3 < 4 * (self.len + 1) {
            let double = vec![Slot::default(); (self.slots.len() * 2).max(64)];
            for slot in std::mem::replace(&mut self.slots, double).into_iter().filter(|slot| slot.len > 0) {
                let token = &self.tokens[slot.token as usize..slot.token as usize + usize::from(slot.len)];
                let free = self.free(hash_str(token));
                self.slots[free] = slot;
            }
        }
        self.len += 1;
        self.last = self.free(hash);
        self.slots[self.last] = Slot {
            tag: tag_of(hash),
            token: self.tokens.len() as u32,
            len: token.len() as u16,
            count: 0,
            first: self.analyses.len() as u32,
        };
        self.tokens.push_str(token);
    }

    /// The free slot nearest to where the hash leads.
    fn free(&self, hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at].len > 0 {
            at = (at + 1) & mask;
        }
        at
    }

    /// Begins an analysis of the token begun last; its words follow.
    pub(super) fn analysis(&mut self, score: f32, parts: Parts) {
        self.analyses.push(Analysis { first: self.pieces.len() as u32, count: 0, score, parts });
        self.slots[self.last].count += 1;
    }

    /// Adds a word, whose surface goes on to the byte `end` of `token`.
    pub(super) fn word(&mut self, token: &str, end: u32, form: impl Iterator<Item = char>) {
        let analysis = self.analyses.last_mut().expect("an analysis was begun");
        let start = match analysis.count {
            0 => 0,
            _ => self.pieces.last().map_or(0, |piece| piece.end),
        };
        analysis.count += 1;
        let at = self.forms.len();
        self.forms.extend(form);
        let form = if token.get(start as usize..end as usize) == Some(&self.forms[at..]) {
            self.forms.truncate(at);
            Piece::AS_IT_STANDS
        } else {
            (at as u32, (self.forms.len() - at) as u32)
        };
        self.pieces.push(Piece { end, form });
    }

    /// Adds an analysis of the token begun last from another store.
    pub(super) fn take_over(&mut self, token: &str, analysis: &Analysis, from: &Store) {
        self.analysis(analysis.score, analysis.parts);
        let mut start = 0;
        for piece in from.pieces(analysis) {
            let surface = &token[start..piece.end as usize];
            self.word(token, piece.end, piece.form(from).unwrap_or(surface).chars());
            start = piece.end as usize;
        }
    }

    /// The bytes of its strings and the number of its tokens, to keep it small by.
    pub(super) fn size(&self) -> usize {
        self.tokens.len() + self.forms.len() + 100 * self.len
    }

    /// Forgets everything and keeps the buffers.
    pub(super) fn clear(&mut self) {
        self.slots.fill(Slot::default());
        self.len = 0;
        self.analyses.clear();
        self.pieces.clear();
        self.tokens.clear();
        self.forms.clear();
    }

    /// Writes tokens and words, in the order they came; scores and parts are made anew when it is read.
    pub(super) fn write(&self, writer: &mut Writer) {
        let mut slots: Vec<Slot> = self.slots.iter().copied().filter(|slot| slot.len > 0).collect();
        slots.sort_by_key(|slot| slot.token);
        writer.list(&slots, |writer, slot| {
            writer.text(&self.tokens[slot.token as usize..slot.token as usize + usize::from(slot.len)]);
            writer.list(&self.analyses[slot.first as usize..][..usize::from(slot.count)], |writer, analysis| {
                writer.list(self.pieces(analysis), |writer, piece| {
                    writer.number(piece.end.into());
                    match piece.form(self) {
                        Some(form) => {
                            writer.number(1);
                            writer.text(form);
                        }
                        None => writer.number(0),
                    }
                });
            });
        });
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ModelError> {
        let mut store = Store::default();
        reader.list(|reader| {
            let token = reader.text()?;
            if token.is_empty() || token.len() > super::LONGEST_TOKEN || store.find(token, hash_str(token)).is_some() {
                return Err(broken());
            }
            store.begin(token, hash_str(token));
            let mut n = 0;
            reader.list(|reader| {
                store.analysis(0.0, Parts::of_known(token, n));
                n += 1;
                let mut at = 0;
                let words = reader.list(|reader| {
                    let end = reader.below(token.len() + 1)?;
                    let surface = token.get(at..end).ok_or_else(broken)?;
                    at = end;
                    let form = if reader.below(2)? == 1 { reader.text()? } else { surface };
                    store.word(token, end as u32, form.chars());
                    Ok(())
                })?;
                if words.is_empty() || at != token.len() { Err(broken()) } else { Ok(()) }
            })?;
            Ok(())
        })?;
        Ok(store)
    }
}
