//! An in-order stage in worker processes: keys are made in as many as there are threads, decisions in one.

use super::desk::{Desk, Recipe};
use super::error::Fault;
use super::journal::Journal;
use super::link::{Decision, Link};
use std::sync::{Arc, Mutex};
use warraq_core::{Changes, DocView, InOrderStage, Layers, LogLevel, Preparer, Result, StageState};

pub(super) fn stage(recipe: Arc<Recipe>, reads: Option<Layers>, serial: bool) -> Box<dyn InOrderStage> {
    let shared = serial.then(|| Arc::new(Mutex::new(Desk::new(&recipe))));
    Box::new(IsolatedStage { recipe, reads, shared })
}

struct IsolatedStage {
    recipe: Arc<Recipe>,
    reads: Option<Layers>,
    /// The one preparer of a serial stage.
    shared: Option<Arc<Mutex<Desk>>>,
}

impl InOrderStage for IsolatedStage {
    fn reads(&self) -> Option<Layers> {
        self.reads
    }

    fn preparer(&self) -> Box<dyn Preparer> {
        match &self.shared {
            Some(desk) => Box::new(SharedPreparer(Arc::clone(desk))),
            None => Box::new(IsolatedPreparer(Desk::new(&self.recipe))),
        }
    }

    fn state(&self) -> Box<dyn StageState> {
        let (desk, journal) = (Desk::new(&self.recipe), Journal::new());
        Box::new(IsolatedState { desk, journal, entry: Vec::new() })
    }
}

struct IsolatedPreparer(Desk);

impl Preparer for IsolatedPreparer {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        self.0.prepare(doc, key)
    }
}

/// A preparer that all threads share, one at a time.
struct SharedPreparer(Arc<Mutex<Desk>>);

impl Preparer for SharedPreparer {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).prepare(doc, key)
    }
}

/// The ordered half: the plugin's state in a child, and its journal here.
struct IsolatedState {
    desk: Desk,
    journal: Journal,
    entry: Vec<u8>,
}

impl IsolatedState {
    /// The child, brought to where the last one was.
    fn link(&mut self) -> Result<&mut Link> {
        let journal = &mut self.journal;
        self.desk.link(&mut |recipe, link| {
            let refused = |what: &str, e: warraq_core::Error| Err(Fault::Start(format!("{what}: {}", e.message)));
            if let Err(e) = link.state(&recipe.start_patience())? {
                return refused("the stage's state could not be made", e);
            }
            journal.replay(|count, entries| match link.replay(count, entries, &recipe.start_patience())? {
                Ok(()) => Ok(()),
                Err(e) => refused("the stage's journal could not be replayed", e),
            })
        })
    }

    fn remember(&mut self) {
        if let Err(e) = self.journal.push(&self.entry) {
            // It is remembered all the same, in memory.
            let recipe = self.desk.recipe();
            recipe.services.log(LogLevel::Warning, &recipe.name, &format!("its journal is kept in memory: {e}"));
        }
    }
}

impl StageState for IsolatedState {
    fn decide(&mut self, doc: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        let recipe = Arc::clone(self.desk.recipe());
        let mut entry = std::mem::take(&mut self.entry);
        entry.clear();
        let decided = self.link()?.decide(doc, key, out, &mut entry, &recipe.patience());
        self.entry = entry;
        let decided = match decided {
            Ok(Decision::Made(result)) => Ok(result),
            Ok(Decision::Broken(fault)) | Err(fault) => Err(fault),
        };
        let result = self.desk.outcome(decided).and_then(|result| result);
        // A decision that the host refuses has been made all the same: the plugin remembers it, and so must the journal. One that
        // the plugin itself failed at has no entry.
        if result.is_ok() || !self.entry.is_empty() {
            self.remember();
            journal.extend_from_slice(&self.entry);
        }
        if result.is_err() {
            out.clear();
        }
        result
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        let recipe = Arc::clone(self.desk.recipe());
        let framed = Journal::framed(journal);
        let replayed = self.link()?.replay(1, &framed, &recipe.start_patience());
        self.desk.outcome(replayed).and_then(|result| result)?;
        self.entry.clear();
        self.entry.extend_from_slice(journal);
        self.remember();
        Ok(())
    }
}
