//! The checkpoints of one pass: when one is due, and where the pass stands between two chunks.

use super::folder::JOURNAL;
use super::{Account, Checkpoint, Checkpoints, Journal, JournalError, entries};
use crate::plan::Plan;
use crate::run::End;
use crate::run::chunk::{Chunk, Position, Start};
use crate::run::ledger::Ledger;
use crate::run::output::Output;
use crate::run::reader::InputRecord;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

/// What the coordinator keeps for checkpoints.
pub(in crate::run) struct Keeper<'a> {
    checkpoints: &'a mut Checkpoints,
    /// Where the chunks begin that have been read and not appended.
    starts: VecDeque<(u64, Position)>,
    /// The number of the chunk that is to be appended next.
    next: u64,
    /// The inputs that have been read to their ends.
    ended: Vec<InputRecord>,
    /// By stage: its journal and the length that it had when the last appended chunk had been decided about.
    journals: Vec<Option<(Journal, u64)>>,
    /// By export.
    marks: Vec<Vec<u8>>,
    /// Every how many chunks a checkpoint can be taken.
    every: u64,
    /// The chunk of the last checkpoint.
    stored: Option<u64>,
}

impl<'a> Keeper<'a> {
    /// For a pass that begins at `start`, or goes on there.
    pub(in crate::run) fn new(
        checkpoints: &'a mut Checkpoints,
        start: &Start,
        every: u64,
        saved: Option<&Checkpoint>,
    ) -> Self {
        let marks = saved.map_or(&checkpoints.common.marks, |saved| &saved.marks).clone();
        Keeper {
            starts: VecDeque::from([(start.chunk, start.at)]),
            next: start.chunk,
            ended: start.ended.clone(),
            journals: Vec::new(),
            marks,
            every,
            stored: None,
            checkpoints,
        }
    }

    /// Opens the journal of the stage at `index`, and shows `replay` what is in it.
    pub(in crate::run) fn journal(
        &mut self,
        index: usize,
        saved: Option<&Checkpoint>,
        replay: impl FnMut(&[u8]) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        self.journals.resize_with(self.journals.len().max(index + 1), || None);
        let Some(folder) = &self.checkpoints.folder else { return Ok(()) };
        let name = self.name(index);
        let path = folder.file(&name);
        let length = saved.map_or(0, |saved| saved.journal(&name));
        entries(&path, length, replay)?;
        self.journals[index] = Some((Journal::open(&path, length)?, length));
        Ok(())
    }

    fn name(&self, index: usize) -> String {
        format!("pass-{}-stage-{index}{JOURNAL}", self.checkpoints.common.pass)
    }

    /// The stage at `index` has decided about a document and must remember this.
    pub(in crate::run) fn remember(&mut self, index: usize, entry: &[u8]) -> io::Result<()> {
        match self.journals.get_mut(index) {
            Some(Some((journal, _))) if !entry.is_empty() => journal.append(&[entry]),
            _ => Ok(()),
        }
    }

    /// How long the journal of the stage at `index` is.
    pub(in crate::run) fn length(&self, index: usize) -> u64 {
        self.journals.get(index).and_then(Option::as_ref).map_or(0, |(journal, _)| journal.length())
    }

    /// A survey has been shown a document.
    pub(in crate::run) fn collected(&mut self, id: &str, key: &[u8]) -> io::Result<()> {
        self.checkpoints.collected(id, key)
    }

    /// A chunk has been read.
    pub(in crate::run) fn read(&mut self, chunk: &mut Chunk) {
        self.ended.append(&mut chunk.ended);
        // Where the first one begins was known before.
        let unknown = self.starts.back().map_or(self.next, |(number, _)| number + 1);
        if let Some(start) = chunk.start().filter(|_| chunk.number >= unknown) {
            self.starts.push_back((chunk.number, start));
        }
    }

    /// The inputs have been read; `next` is where reading would go on, with a chunk of that number.
    pub(in crate::run) fn read_all(&mut self, inputs: &[InputRecord], next: Option<Position>, chunk: u64) {
        self.ended = inputs.to_vec();
        self.starts.extend(next.map(|next| (chunk, next)));
    }

    /// A chunk has been appended, for which the stages' journals and the exports' writers stood at these places.
    pub(in crate::run) fn appended(&mut self, chunk: u64, lengths: &[(usize, u64)], marks: Vec<(usize, Vec<u8>)>) {
        self.next = chunk + 1;
        while self.starts.front().is_some_and(|(number, _)| *number < self.next) {
            self.starts.pop_front();
        }
        for &(index, length) in lengths {
            if let Some(Some((_, settled))) = self.journals.get_mut(index) {
                *settled = length;
            }
        }
        for (export, mark) in marks {
            self.marks[export] = mark;
        }
    }

    /// Takes a checkpoint if it is time for one, or, where it may be the `last`, at once. `outputs` are cut where the last
    /// appended chunk ends.
    pub(in crate::run) fn checkpoint(
        &mut self,
        plan: &Plan,
        ledger: &Ledger,
        outputs: &[Output],
        last: bool,
    ) -> Result<(), End> {
        let result = self.try_checkpoint(plan, ledger, outputs, last);
        result.map_err(|error| self.checkpoints.failed(&error))
    }

    fn try_checkpoint(&mut self, plan: &Plan, ledger: &Ledger, outputs: &[Output], last: bool) -> io::Result<()> {
        // Nothing has been done yet.
        let is_new = self.next == 0 && self.checkpoints.common.pass == 0;
        if self.checkpoints.folder.is_none()
            || is_new
            || self.stored == Some(self.next)
            || !self.next.is_multiple_of(self.every)
        {
            return if last { self.checkpoints.wait() } else { Ok(()) };
        }
        let is_busy = self.checkpoints.storing.as_ref().is_some_and(|storing| !storing.is_finished());
        let is_due = self.checkpoints.last.elapsed() >= self.checkpoints.interval;
        // With no interval every chunk is one after which the run can go on, whatever that takes.
        if !last && (!is_due || (is_busy && self.checkpoints.interval > Duration::ZERO)) {
            return Ok(());
        }
        let Some(&(_, at)) = self.starts.front().filter(|(number, _)| *number == self.next) else { return Ok(()) };
        let Some(ended) = self.ended.get(..at.input) else { return Ok(()) };
        let mut files = Vec::new();
        let mut journals = std::collections::BTreeMap::new();
        for index in 0..self.journals.len() {
            let name = self.name(index);
            if let Some((journal, settled)) = &mut self.journals[index] {
                files.push(journal.written()?);
                journals.insert(name, *settled);
            }
        }
        for (name, journal) in &mut self.checkpoints.surveys {
            files.push(journal.written()?);
            journals.insert(name.clone(), journal.length());
        }
        for output in outputs {
            files.extend(output.files()?);
        }
        let checkpoint = Checkpoint {
            start: Start { chunk: self.next, at, ended: ended.to_vec() },
            account: Account::of(ledger, plan),
            outputs: outputs.iter().map(Output::settled).collect(),
            marks: self.marks.clone(),
            journals,
            ..self.checkpoints.common.clone()
        };
        self.checkpoints.store(checkpoint, files)?;
        self.stored = Some(self.next);
        if last { self.checkpoints.wait() } else { Ok(()) }
    }
}
