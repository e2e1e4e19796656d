//! Giving up in time: a loop whose time can grow faster than the text asks now and then whether anybody still waits for it.
//!
//! Such are all loops over the matches of a pattern of a user's: each search takes time linear in what is left of the text, so
//! that all of them take its square where a pattern looks far ahead for what is not there.

use std::sync::Arc;
use warraq_core::{BuildContext, Result, Services};

/// How many turns of a loop pass between two questions.
const TURNS: u32 = 16;

/// Asks for one worker.
#[derive(Clone)]
pub(crate) struct Patience {
    services: Arc<dyn Services>,
    turns: u32,
}

impl Patience {
    pub(crate) fn new(cx: &BuildContext<'_>) -> Self {
        Patience { services: Arc::clone(&cx.services), turns: 0 }
    }

    /// A turn of the loop.
    ///
    /// # Errors
    /// When nobody waits any more.
    pub(crate) fn turn(&mut self) -> Result<()> {
        self.turns = self.turns.wrapping_add(1);
        if self.turns.is_multiple_of(TURNS) { self.services.still_wanted() } else { Ok(()) }
    }
}
