//! What a decoder finds wrong with a record, before it knows which document fails for it.

use std::borrow::Cow;
use warraq_core::{Error, ErrorKind};

/// What is wrong with a record, and where.
#[derive(Debug)]
pub(crate) struct Flaw {
    /// The reason, as it stands in rejects: `json.syntax`.
    pub(crate) reason: &'static str,
    /// The byte in the record's text.
    pub(crate) at: usize,
    /// What is wrong, in words.
    pub(crate) message: String,
}

impl Flaw {
    pub(crate) fn new(reason: &'static str, at: usize, message: impl Into<String>) -> Self {
        Flaw { reason, at, message: message.into() }
    }

    /// A layer that the document does not take, by the reason that the format has for that; a limit keeps its own.
    pub(crate) fn refused(error: Error, reason: &'static str, at: usize) -> Self {
        match error.reason {
            Cow::Borrowed(limit) if error.kind == ErrorKind::Limit => Self::new(limit, at, error.message),
            _ => Self::new(reason, at, error.message),
        }
    }

    /// Whether a limit was passed.
    pub(crate) fn is_limit(&self) -> bool {
        self.reason.starts_with("limit.")
    }

    /// The error of the document.
    pub(crate) fn error(self) -> Error {
        let kind = if self.is_limit() { ErrorKind::Limit } else { ErrorKind::Decode };
        Error::new(kind, self.reason, self.message)
    }
}
