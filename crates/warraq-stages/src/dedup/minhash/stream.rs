//! One pass: a document is compared with those before it.

use super::{Shared, Signer, band_key};
use crate::dedup::saved;
use crate::dedup::seen::Seen;
use crate::dedup::{bad_journal, disk};
use std::io::{self, Write};
use std::sync::Arc;
use warraq_core::{Changes, DocView, Holds, InOrderStage, Layers, Preparer, Result, StageState};

pub(super) struct Stream(pub(super) Arc<Shared>);

impl InOrderStage for Stream {
    fn reads(&self) -> Option<Layers> {
        Some(super::READS)
    }

    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(Bands::new(&self.0))
    }

    fn state(&self) -> Box<dyn StageState> {
        Box::new(State::new(&self.0))
    }

    fn holds(&self) -> Holds {
        self.0.memory.holds()
    }

    fn saves(&self) -> Option<&str> {
        self.0.save.as_deref()
    }
}

/// The parallel half: the keys of all bands.
pub(super) struct Bands {
    signer: Signer,
    rows: Vec<u8>,
}

impl Bands {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Bands { signer: Signer::new(shared), rows: Vec::new() }
    }
}

impl Preparer for Bands {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        let rows = self.signer.shared.rows;
        let Some(signature) = self.signer.sign(doc) else { return Ok(()) };
        for (band, numbers) in signature.chunks_exact(rows).enumerate() {
            self.rows.clear();
            numbers.iter().for_each(|number| self.rows.extend_from_slice(&number.to_be_bytes()));
            key.extend_from_slice(&band_key(band, &self.rows).to_le_bytes());
        }
        Ok(())
    }
}

/// The keys of the document at hand.
fn keys(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes))
}

/// What has been seen.
///
/// A journal entry is the place of the id that the document's bands stand for, or all ones and a new id with its length, and
/// then the keys that were new.
pub(super) struct State {
    shared: Arc<Shared>,
    seen: Seen<u64>,
    new: Vec<u64>,
}

/// In the journal: the id is a new one.
const NEW: u64 = u64::MAX;

impl State {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        let seen = Seen::new(shared.memory.limit(), shared.temp.clone());
        State { shared: Arc::clone(shared), seen, new: Vec::new() }
    }

    fn remember(&mut self, place: u64) {
        self.new.iter().for_each(|&key| self.seen.index.insert(key, place));
    }
}

impl StageState for State {
    fn decide(&mut self, doc: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        self.seen.make_room(self.shared.bands).map_err(disk)?;
        let (mut matched, mut earlier, mut first) = (0u32, None, None);
        self.new.clear();
        for key in keys(key) {
            let old = if self.shared.against.is_empty() { None } else { self.shared.against.get(key).map_err(disk)? };
            // Of several that match, the one that was kept first: its place in the log of ids is the least.
            let place = self.seen.index.get(key).map_err(disk)?;
            matched += u32::from(old.is_some() || place.is_some());
            earlier = earlier.or(old);
            first = match (first, place) {
                (Some(first), Some(place)) => Some(u64::min(first, place)),
                (first, place) => first.or(place),
            };
            if place.is_none() && !self.new.contains(&key) {
                self.new.push(key);
            }
        }
        out.score(self.shared.matched, f64::from(matched));
        if let Some(id) = &earlier {
            out.duplicate_of(id);
        } else if let Some(place) = first {
            out.duplicate_of(&self.seen.ids.get(place).map_err(disk)?);
        }
        if self.new.is_empty() {
            return Ok(());
        }
        let place = match first {
            Some(place) => {
                journal.extend_from_slice(&place.to_le_bytes());
                place
            }
            None => {
                let id = earlier.as_deref().unwrap_or(doc.id);
                journal.extend_from_slice(&NEW.to_le_bytes());
                journal.extend_from_slice(&(id.len() as u32).to_le_bytes());
                journal.extend_from_slice(id.as_bytes());
                self.seen.ids.push(id)
            }
        };
        self.new.iter().for_each(|key| journal.extend_from_slice(&key.to_le_bytes()));
        self.remember(place);
        Ok(())
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        let (place, mut rest) = journal.split_first_chunk().ok_or_else(bad_journal)?;
        let mut place = u64::from_le_bytes(*place);
        self.seen.make_room(self.shared.bands).map_err(disk)?;
        if place == NEW {
            let (length, after) = rest.split_first_chunk().ok_or_else(bad_journal)?;
            let (id, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(bad_journal)?;
            place = self.seen.ids.push(std::str::from_utf8(id).map_err(|_| bad_journal())?);
            rest = after;
        }
        self.new.clear();
        self.new.extend(keys(rest));
        self.remember(place);
        Ok(())
    }

    fn save(&mut self, out: &mut dyn Write) -> io::Result<()> {
        saved::save(&mut self.seen, &self.shared.header, out)
    }
}
