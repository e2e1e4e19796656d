//! Exit codes: one enum and one table, so that a CI job can tell what happened without reading a word.

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All done.
    Done = 0,
    /// A test failed, or a comparison found differences.
    Differences = 1,
    /// The command line is wrong.
    Usage = 2,
    /// No input matched.
    Nothing = 4,
    /// Done, but more documents failed than the budget allows, or an expectation was missed.
    OverBudget = 5,
    /// An input or an output failed.
    Io = 74,
    /// Another run holds the output.
    Busy = 75,
    /// The pipeline file is invalid.
    Config = 78,
    /// Interrupted (SIGINT).
    Interrupted = 130,
    /// Terminated (SIGTERM).
    Terminated = 143,
}

impl Exit {
    /// All codes with what they mean, in ascending order.
    pub const TABLE: &[(Exit, &str)] = &[
        (Exit::Done, "done"),
        (Exit::Differences, "a test failed, or differences were found"),
        (Exit::Usage, "the command line is wrong"),
        (Exit::Nothing, "no input matched"),
        (Exit::OverBudget, "done, but more documents failed than the budget allows, or an expectation was missed"),
        (Exit::Io, "an input or an output failed"),
        (Exit::Busy, "another run holds the output, or a run cannot be resumed"),
        (Exit::Config, "the pipeline file is invalid"),
        (Exit::Interrupted, "interrupted"),
        (Exit::Terminated, "terminated"),
    ];

    /// The end that this number stands for, if any: for a command that runs another one of this program.
    pub fn from_code(code: i32) -> Option<Exit> {
        Self::TABLE.iter().map(|(exit, _)| *exit).find(|exit| i32::from(exit.code()) == code)
    }

    /// The number the process ends with.
    pub fn code(self) -> u8 {
        self as u8
    }
}
