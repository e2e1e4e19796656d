//! How far a run is, as the coordinator shows it to the observer: references to what it has, so that looking costs only
//! those who look.

use crate::plan::Plan;
use crate::run::output::Output;
use crate::run::turnstile::Turnstile;
use crate::run::window::Window;
use crate::run::work::Leg;
use crate::run::{Ledger, Progress};

/// How far a pass is.
pub struct State<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Bytes and documents.
    pub progress: &'a Progress,
    /// The account of what was appended; of a survey, only how many documents were read.
    pub ledger: &'a Ledger,
    /// The index of the stage that this pass is a survey for; none in the run itself.
    pub survey: Option<usize>,
    /// Chunks that have been started and not yet appended.
    pub chunks: u64,
    pub(in crate::run) window: &'a Window,
    pub(in crate::run) turnstiles: &'a [Turnstile],
    pub(in crate::run) legs: &'a [Leg],
    pub(in crate::run) outputs: &'a [Output],
}

/// The chunks before a turnstile, which wait for one that comes before them in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What is behind it: the stage that decides there, or `export`, `survey` or `append`.
    pub turnstile: String,
    /// How many wait.
    pub chunks: u64,
}

impl State<'_> {
    /// Bytes of input between the reader and the appended output.
    pub fn window_bytes(&self) -> u64 {
        self.window.in_flight()
    }

    /// How many chunks wait at each turnstile.
    pub fn waiting(&self) -> impl Iterator<Item = Waiting> {
        self.legs.iter().zip(self.turnstiles).map(|(leg, turnstile)| {
            let what = match leg.decides {
                Some(index) => &self.plan.stage_names[index],
                None if leg.last => "append",
                None if leg.survey => "survey",
                None => "export",
            };
            Waiting { turnstile: what.to_owned(), chunks: turnstile.len() as u64 }
        })
    }

    /// The outputs and the bytes they have so far: the exports, then the rejects, then what stages save. None in a survey.
    pub fn outputs(&self) -> impl Iterator<Item = (String, u64)> {
        self.outputs.iter().map(Output::so_far)
    }
}
