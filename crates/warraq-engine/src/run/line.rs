//! What the coordinator does with jobs that have been through a leg: input order, decisions, in-order exports, appending.

use super::checkpoint::{Checkpoint, Keeper};
use super::chunk::{Chunk, Position};
use super::ledger::{Fate, Ledger};
use super::output::Output;
use super::reader::InputRecord;
use super::survey::{collect, failed_survey};
use super::turnstile::{Deciders, Turnstile};
use super::watch::{State, Work};
use super::window::Window;
use super::work::{Job, Leg, Run};
use super::writers::Writers;
use super::{End, Observer, Progress, failed_output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use warraq_core::Survey;

/// The state of the coordinator.
pub(super) struct Line<'a> {
    legs: &'a [Leg],
    run: &'a Run<'a>,
    turnstiles: Vec<Turnstile>,
    deciders: Deciders,
    writers: Writers,
    outputs: &'a mut [Output],
    /// What takes in the documents, in a pass that is a survey.
    survey: Option<Box<dyn Survey>>,
    keeper: Keeper<'a>,
    pub(super) progress: Progress,
    /// Why the run is to end early.
    pub(super) stop: Option<End>,
}

impl<'a> Line<'a> {
    /// A line that ends at the outputs, and goes on from `saved`, if there is such.
    ///
    /// # Errors
    /// When the states of in-order stages cannot be led back to where they were.
    pub(super) fn new(
        run: &'a Run<'a>,
        legs: &'a [Leg],
        (outputs, writers): (&'a mut [Output], Writers),
        mut keeper: Keeper<'a>,
        saved: Option<&Checkpoint>,
    ) -> Result<Self, End> {
        let deciders = Deciders::new(run, &mut keeper, saved)?;
        let first = saved.map_or(0, |saved| saved.start.chunk);
        Ok(Line {
            legs,
            run,
            turnstiles: legs.iter().map(|_| Turnstile::from(first)).collect(),
            deciders,
            writers,
            outputs,
            survey: None,
            keeper,
            progress: Progress::default(),
            stop: None,
        })
    }

    /// A line that ends at a survey.
    ///
    /// # Errors
    /// As [`Line::new`].
    pub(super) fn surveying(
        run: &'a Run<'a>,
        legs: &'a [Leg],
        survey: Box<dyn Survey>,
        keeper: Keeper<'a>,
        saved: Option<&Checkpoint>,
    ) -> Result<Self, End> {
        let nothing = (&mut [][..], Writers::none(run.plan));
        Ok(Line { survey: Some(survey), ..Self::new(run, legs, nothing, keeper, saved)? })
    }

    /// A chunk has been read.
    pub(super) fn read(&mut self, chunk: &mut Chunk) {
        self.keeper.read(chunk);
    }

    /// The inputs have been read; `next` is where reading would go on, with a chunk of that number.
    pub(super) fn read_all(&mut self, inputs: &[InputRecord], next: Option<Position>, chunk: u64) {
        self.keeper.read_all(inputs, next, chunk);
    }

    /// Takes a checkpoint if it is time for one, or the last one if the run is to end.
    pub(super) fn checkpoint(&mut self, ledger: &Ledger, last: bool) {
        let taken = self.keeper.checkpoint(self.run.plan, ledger, self.outputs, last);
        if let Err(end) = taken {
            self.stop.get_or_insert(end);
        }
    }

    /// Why the run ended early, if it did; otherwise the writers, to be ended, and the states.
    pub(super) fn end(self) -> Result<(Writers, Deciders), End> {
        self.stop.map_or(Ok((self.writers, self.deciders)), Err)
    }

    /// Why the run ended early, if it did; otherwise the survey, to be ended.
    pub(super) fn end_survey(self) -> Result<Box<dyn Survey>, End> {
        match (self.stop, self.survey) {
            (Some(end), _) => Err(end),
            (None, Some(survey)) => Ok(survey),
            (None, None) => Err(End::Io("a survey without a survey, which is a defect of this program".into())),
        }
    }

    /// A job has been through a leg: passes on whatever is now in order. Returns how many jobs were appended, and those that
    /// go on to the next leg.
    pub(super) fn arrive(&mut self, leg: usize, job: Job, window: &Window, ledger: &mut Ledger) -> (u64, Vec<Job>) {
        let (mut closed, mut again) = (0, Vec::new());
        let Leg { decides, exports, last, survey, .. } = &self.legs[leg];
        self.turnstiles[leg].arrive(job);
        while let Some(mut job) = self.turnstiles[leg].pass() {
            if *last {
                closed += 1;
                window.release(job.weight);
                self.at_work(Work::Append);
                self.append(job, ledger);
            } else if *survey {
                closed += 1;
                window.release(job.weight);
                self.at_work(Work::Collect);
                self.collect(job, ledger);
            } else {
                // A document goes to the exports as the decision leaves it, and only if it still goes on.
                if let Some(index) = *decides {
                    self.deciders.decide(self.run, &mut job, index, &mut self.keeper);
                }
                self.at_work(Work::Write);
                self.writers.take(self.run, &mut job, exports);
                again.push(job);
            }
        }
        self.run.watch.board.idle(self.run.watch.board.coordinator());
        (closed, again)
    }

    fn at_work(&self, work: Work) {
        let board = &self.run.watch.board;
        board.set(board.coordinator(), work, None, Instant::now());
    }

    fn append(&mut self, job: Job, ledger: &mut Ledger) {
        if let Some(why) = job.abort {
            self.stop.get_or_insert(End::Aborted(why));
        }
        if let Some(why) = job.broken {
            self.stop.get_or_insert(End::Io(why));
        }
        if self.stop.is_some() {
            return;
        }
        if job.chunk.is_cut_short {
            // A run that goes on will read more of it.
            self.checkpoint(ledger, true);
        }
        let bytes = job.outputs.iter().chain([&job.rejects]);
        for (output, bytes) in self.outputs.iter_mut().zip(bytes) {
            if let Err(error) = output.append(bytes) {
                self.stop.get_or_insert(failed_output(error));
                return;
            }
        }
        job.outputs.into_iter().chain([job.rejects]).for_each(|buffer| self.run.outputs.give(buffer));
        ledger.add(job.ledger);
        self.outputs.iter_mut().for_each(Output::settle);
        self.keeper.appended(job.chunk.number, &job.journals, job.marks);
        self.progress.documents = ledger.read;
        self.progress.kept = ledger.kept;
        self.progress.failed = ledger.count(Fate::Failed);
    }

    /// Shows the documents of a job to the survey.
    fn collect(&mut self, mut job: Job, ledger: &mut Ledger) {
        if let Some(why) = job.abort.take() {
            self.stop.get_or_insert(End::Aborted(why));
        }
        if let Some(why) = job.broken.take() {
            self.stop.get_or_insert(End::Io(why));
        }
        if job.chunk.is_cut_short {
            self.checkpoint(ledger, true);
        }
        let (Some(survey), None, Some(index)) = (&mut self.survey, &self.stop, self.run.survey) else { return };
        for item in &job.items {
            let Some(key) = &item.key else { continue };
            if let Err(error) = collect(&mut **survey, item.doc.id(), key) {
                self.stop.get_or_insert(failed_survey(self.run.plan, index, &error));
                return;
            }
            if let Err(error) = self.keeper.collected(item.doc.id(), key) {
                self.stop.get_or_insert(End::Io(format!("the journal of the survey: {error}")));
                return;
            }
            // The account of a survey is only its number of documents.
            ledger.kept += 1;
        }
        ledger.read += job.ledger.read;
        self.keeper.appended(job.chunk.number, &job.journals, Vec::new());
        self.progress.documents = ledger.read;
        self.run.inputs.give(job.chunk.data);
        job.outputs.into_iter().chain([job.rejects]).for_each(|buffer| self.run.outputs.give(buffer));
    }

    /// Drops the jobs that wait at turnstiles, once the run is to end; returns how many.
    pub(super) fn give_up(&mut self, window: &Window) -> u64 {
        let jobs = self.turnstiles.iter_mut().flat_map(Turnstile::drain);
        jobs.map(|job| window.release(job.weight)).count() as u64
    }

    /// Shows the observer how far the pass is, with its window, its account and its number of open chunks.
    pub(super) fn report(
        &mut self,
        bytes: &AtomicU64,
        (window, ledger, chunks): (&Window, &Ledger, u64),
        observer: &mut dyn Observer,
    ) {
        self.progress.bytes = bytes.load(Ordering::Relaxed);
        observer.progress(&self.progress);
        observer.state(&State {
            plan: self.run.plan,
            progress: &self.progress,
            ledger,
            survey: self.run.survey,
            chunks,
            window,
            turnstiles: &self.turnstiles,
            legs: self.legs,
            outputs: self.outputs,
        });
    }
}
