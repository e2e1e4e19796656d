//! What a decoder finds wrong with a record, before it knows which document fails for it.

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
}
