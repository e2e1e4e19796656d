//! What has been seen so far, and in which document first: keys with ids, in memory up to a limit.

use super::Temp;
use super::ids::Ids;
use super::index::Index;
use super::key::Key;
use std::io;

/// Keys, each with the place of an id.
pub(super) struct Seen<K> {
    pub(super) index: Index<K>,
    pub(super) ids: Ids,
    /// Bytes in memory, at most, before it goes to disk.
    limit: usize,
    temp: Temp,
}

impl<K: Key> Seen<K> {
    pub(super) fn new(limit: usize, temp: Temp) -> Self {
        Seen { index: Index::new(), ids: Ids::default(), limit, temp }
    }

    /// Moves everything to disk if there is no room for `keys` more. Comes before any change, so that a full disk leaves
    /// nothing half remembered.
    pub(super) fn make_room(&mut self, keys: usize) -> io::Result<()> {
        // What stays in memory of what is on disk counts, but does not take all of the room: then every key would be a run.
        let room = self.limit.saturating_sub(self.index.resident()).max(self.limit / 4);
        if self.index.memory(keys) + self.ids.memory() > room {
            self.index.spill(&self.temp)?;
            self.ids.spill(&self.temp)?;
        }
        Ok(())
    }
}
