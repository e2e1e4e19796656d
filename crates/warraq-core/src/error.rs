//! Errors are values with context: what kind, which stage, which document, where in the record, what to say.

use std::borrow::Cow;
use std::fmt;

/// The result of anything that can fail for one document.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The record could not be read as a document.
    Decode,
    /// A stage gave up on the document.
    Stage,
    /// A stage proposed changes that break its contract: out of bounds, out of order, undeclared.
    Contract,
    /// A limit was passed.
    Limit,
    /// The document could not be written in the export's format.
    Encode,
}

impl ErrorKind {
    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Decode => "decode",
            ErrorKind::Stage => "stage",
            ErrorKind::Contract => "contract",
            ErrorKind::Limit => "limit",
            ErrorKind::Encode => "encode",
        }
    }
}

/// Why one document failed.
#[derive(Debug)]
pub struct Error {
    /// What kind of thing went wrong.
    pub kind: ErrorKind,
    /// A short, stable name of the cause, such as `json.syntax`: what reports count by.
    pub reason: Cow<'static, str>,
    /// What was wrong and what to do, for a person.
    pub message: String,
    /// The stage at fault, by its name in the pipeline; filled in by whoever runs the stage.
    pub stage: Option<Box<str>>,
    /// The document's id; filled in by whoever knows it.
    pub document: Option<Box<str>>,
    /// Where in the record, in bytes from its first.
    pub at: Option<u64>,
    /// The error underneath.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind, with its stable reason and its message.
    pub fn new(kind: ErrorKind, reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Error {
            kind,
            reason: reason.into(),
            message: message.into(),
            stage: None,
            document: None,
            at: None,
            source: None,
        }
    }

    /// A record that could not be read.
    pub fn decode(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Decode, reason, message)
    }

    /// A stage that gave up.
    pub fn stage(reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Stage, reason, message)
    }

    pub(crate) fn contract(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Contract, reason, message)
    }

    /// Adds the place, in bytes from the record's first.
    #[must_use]
    pub fn at(mut self, byte: u64) -> Self {
        self.at = Some(byte);
        self
    }

    /// Adds the stage's name.
    #[must_use]
    pub fn in_stage(mut self, name: impl Into<Box<str>>) -> Self {
        self.stage = Some(name.into());
        self
    }

    /// Adds the document's id.
    #[must_use]
    pub fn in_document(mut self, id: impl Into<Box<str>>) -> Self {
        self.document = Some(id.into());
        self
    }

    /// Adds the error underneath.
    #[must_use]
    pub fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(document) = &self.document {
            write!(f, "document {document:?}: ")?;
        }
        if let Some(stage) = &self.stage {
            write!(f, "stage {stage}: ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(at) = self.at {
            write!(f, " (byte {at} of the record)")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}

/// What the state of an in-order stage or the writer of an export unwinds with ([`std::panic::resume_unwind`]) when it can no
/// longer be trusted and nothing has panicked: the run ends with this message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

/// An option whose value cannot be used, found when a stage or format is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    /// Which option, as a path below the stage's table: `rules[2].pattern`; empty for the table itself.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it, when there is something better to say than the message.
    pub help: Option<String>,
}

impl OptionError {
    /// An error about the option at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        OptionError { path: path.into(), message: message.into(), help: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "`{}`: {}", self.path, self.message) }
    }
}

impl std::error::Error for OptionError {}
