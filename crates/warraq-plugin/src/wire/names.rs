//! Names across the pipe: each crosses once, when its id is first needed on the other side.

use super::frame::{Fields, Frame, WireError};
use warraq_core::{LabelId, LabelNames, Labels};

/// Which of this side's names the other side has been sent.
#[derive(Debug)]
pub struct NamesOut {
    names: LabelNames,
    sent: usize,
}

impl NamesOut {
    /// None of these.
    pub fn new(labels: &Labels) -> Self {
        NamesOut { names: labels.names(), sent: 0 }
    }

    /// Puts those that have been given out since the last time. If the frame is not sent after all, they must be
    /// [taken back](NamesOut::unsend).
    pub fn put(&mut self, frame: &mut Frame) {
        let all = self.names.all();
        frame.count(all.len() - self.sent);
        all[self.sent..].iter().for_each(|name| frame.text(name));
        self.sent = all.len();
    }

    /// How many have been sent.
    pub fn sent(&self) -> usize {
        self.sent
    }

    /// Goes back to where [`NamesOut::sent`] was `sent`.
    pub fn unsend(&mut self, sent: usize) {
        self.sent = sent.min(self.sent);
    }
}

/// The other side's ids as this side's.
#[derive(Debug, Default)]
pub struct NamesIn {
    ids: Vec<LabelId>,
}

impl NamesIn {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the names that are new, and gives each an id of `labels`.
    ///
    /// # Errors
    /// When a name is cut off or not UTF-8.
    pub fn take(&mut self, fields: &mut Fields<'_>, labels: &Labels) -> Result<(), WireError> {
        for _ in 0..fields.count(4)? {
            self.ids.push(labels.intern(fields.text()?));
        }
        Ok(())
    }

    /// This side's id for `id` of the other's.
    ///
    /// # Errors
    /// When no name came with that id.
    pub fn get(&self, id: u32) -> Result<LabelId, WireError> {
        self.ids.get(id as usize).copied().ok_or_else(|| WireError::new(format!("no name has the id {id}")))
    }
}
