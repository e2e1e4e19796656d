//! Names that occur many times (span labels, drop reasons, score and column names) are stored once and passed as ids.
//!
//! Stages intern the names they use when they are built. The order in which ids were given out never reaches an output:
//! formats always write names.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// An interned name. Ids are only meaningful with the [`Labels`] that gave them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct LabelId(pub u32);

#[derive(Debug, Default)]
struct Inner {
    ids: HashMap<Arc<str>, LabelId>,
    names: Vec<Arc<str>>,
}

/// The names of one run, shared by all its stages and formats. Cloning is cheap and shares the table.
#[derive(Clone, Debug, Default)]
pub struct Labels(Arc<RwLock<Inner>>);

impl Labels {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of `name`, given out now if it is new.
    pub fn intern(&self, name: &str) -> LabelId {
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

    /// The id of `name`, if it has one.
    pub fn get(&self, name: &str) -> Option<LabelId> {
        self.0.read().unwrap_or_else(|e| e.into_inner()).ids.get(name).copied()
    }

    /// The name behind `id`.
    ///
    /// # Panics
    /// If `id` was not given out by this table.
    pub fn name(&self, id: LabelId) -> Arc<str> {
        Arc::clone(&self.0.read().unwrap_or_else(|e| e.into_inner()).names[id.0 as usize])
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.read().unwrap_or_else(|e| e.into_inner()).names.len()
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
            let inner = self.labels.0.read().unwrap_or_else(|e| e.into_inner());
            self.seen.extend_from_slice(&inner.names[self.seen.len()..]);
        }
        &self.seen[at]
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
