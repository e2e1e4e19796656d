//! Names that occur many times (span labels, drop reasons, score and column names) are stored once and passed as ids.
//!
//! Stages intern the names they use when they are built. The order in which ids were given out never reaches an output:
//! formats always write names.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, RwLock, RwLockReadGuard};

/// The reason of removals whose text must not leave the program: exports write such an entry without its text.
pub const REDACTED: &str = "redacted";

/// An interned name. Ids are only meaningful with the [`Labels`] that gave them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct LabelId(pub u32);

/// Where names are kept: ids count from 0 without a gap, and a name never goes away.
///
/// One run has one table. It is in memory unless the stage is a plugin, which asks the program that loaded it.
pub trait LabelTable: Send + Sync + fmt::Debug {
    /// The id of `name`, given out now if it is new.
    fn intern(&self, name: &str) -> LabelId;

    /// The id of `name`, if it has one.
    fn get(&self, name: &str) -> Option<LabelId>;

    /// The name behind `id`, if this table gave it out.
    fn name(&self, id: LabelId) -> Option<Arc<str>>;

    /// How many names there are.
    fn len(&self) -> usize;

    /// Whether there is no name yet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the names with the ids from `from` on.
    fn names_from(&self, from: usize, out: &mut Vec<Arc<str>>);
}

#[derive(Debug, Default)]
struct Inner {
    ids: HashMap<Arc<str>, LabelId>,
    names: Vec<Arc<str>>,
}

/// The table in memory.
#[derive(Debug, Default)]
struct MemoryTable(RwLock<Inner>);

impl MemoryTable {
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(|e| e.into_inner())
    }
}

impl LabelTable for MemoryTable {
    fn intern(&self, name: &str) -> LabelId {
        if let Some(id) = self.get(name) {
            return id;
        }
        let mut inner = self.0.write().unwrap_or_else(|e| e.into_inner());
        if let Some(&id) = inner.ids.get(name) {
            return id;
        }
        let id = LabelId(u32::try_from(inner.names.len()).expect("fewer than 2^32 distinct names"));
        let name: Arc<str> = name.into();
        inner.names.push(Arc::clone(&name));
        inner.ids.insert(name, id);
        id
    }

    fn get(&self, name: &str) -> Option<LabelId> {
        self.read().ids.get(name).copied()
    }

    fn name(&self, id: LabelId) -> Option<Arc<str>> {
        self.read().names.get(id.0 as usize).cloned()
    }

    fn len(&self) -> usize {
        self.read().names.len()
    }

    fn names_from(&self, from: usize, out: &mut Vec<Arc<str>>) {
        out.extend_from_slice(self.read().names.get(from..).unwrap_or_default());
    }
}

/// The names of one run, shared by all its stages and formats. Cloning is cheap and shares the table.
#[derive(Clone, Debug)]
pub struct Labels(Arc<dyn LabelTable>);

impl Default for Labels {
    fn default() -> Self {
        Self::with_table(Arc::new(MemoryTable::default()))
    }
}

impl Labels {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names that are kept elsewhere.
    pub fn with_table(table: Arc<dyn LabelTable>) -> Self {
        Labels(table)
    }

    /// The id of `name`, given out now if it is new.
    pub fn intern(&self, name: &str) -> LabelId {
        self.0.intern(name)
    }

    /// The id of `name`, if it has one.
    pub fn get(&self, name: &str) -> Option<LabelId> {
        self.0.get(name)
    }

    /// The name behind `id`.
    ///
    /// # Panics
    /// If `id` was not given out by this table.
    pub fn name(&self, id: LabelId) -> Arc<str> {
        self.0.name(id).expect("ids come from this table")
    }

    /// The name behind `id`, if this table gave it out.
    pub fn try_name(&self, id: LabelId) -> Option<Arc<str>> {
        self.0.name(id)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no name yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A view for one worker that reads names without taking the lock.
    pub fn names(&self) -> LabelNames {
        LabelNames { labels: self.clone(), seen: Vec::new() }
    }
}

/// One worker's copy of the names: reading takes no lock, the copy is topped up when an id is new to it.
#[derive(Clone, Debug)]
pub struct LabelNames {
    labels: Labels,
    seen: Vec<Arc<str>>,
}

impl LabelNames {
    /// The name behind `id`.
    ///
    /// # Panics
    /// If `id` was not given out by the table this view was made from.
    pub fn get(&mut self, id: LabelId) -> &str {
        let at = id.0 as usize;
        if at >= self.seen.len() {
            self.labels.0.names_from(self.seen.len(), &mut self.seen);
        }
        &self.seen[at]
    }

    /// Whether `id` was given out by the table.
    pub fn has(&mut self, id: LabelId) -> bool {
        let at = id.0 as usize;
        if at >= self.seen.len() {
            self.labels.0.names_from(self.seen.len(), &mut self.seen);
        }
        at < self.seen.len()
    }

    /// All names given out so far, by id.
    pub fn all(&mut self) -> &[Arc<str>] {
        self.labels.0.names_from(self.seen.len(), &mut self.seen);
        &self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_id_and_views_see_later_names() {
        let labels = Labels::new();
        let loc = labels.intern("LOC");
        let mut names = labels.names();
        assert_eq!(names.get(loc), "LOC");
        let org = labels.intern("ORG");
        assert_ne!(loc, org);
        assert_eq!(labels.intern("LOC"), loc);
        assert_eq!(names.get(org), "ORG");
        assert_eq!((labels.get("PER"), labels.len()), (None, 2));
    }
}
