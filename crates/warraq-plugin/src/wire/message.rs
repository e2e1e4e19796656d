//! The small messages: the greeting, what to create, and errors of either kind.

use super::frame::{Fields, Frame, Kind, WireError};
use std::borrow::Cow;
use warraq_core::{Error, ErrorKind, OptionError, Result};

/// The first bytes of a child, and the version of what it speaks. Parent and child are one program, so versions need only be
/// equal.
const GREETING: (u32, u32) = (u32::from_le_bytes(*b"WRQP"), 1);

/// Begins the first frame of a child.
pub fn put_hello(frame: &mut Frame) {
    frame.start(Kind::Hello);
    frame.u32(GREETING.0);
    frame.u32(GREETING.1);
    frame.text(env!("CARGO_PKG_VERSION"));
}

/// Judges the first frame of a child.
///
/// # Errors
/// When it speaks something else.
pub fn take_hello(fields: &mut Fields<'_>) -> std::result::Result<(), WireError> {
    if (fields.u32()?, fields.u32()?) != GREETING {
        return Err(WireError::new("it is not a worker of this version of the program"));
    }
    match fields.text()? {
        env!("CARGO_PKG_VERSION") => Ok(()),
        other => Err(WireError::new(format!("it is of version {other}, this is {}", env!("CARGO_PKG_VERSION")))),
    }
}

/// What stage to build.
#[derive(Clone, Copy, Debug)]
pub struct Create<'a> {
    /// Its name in the plugin.
    pub stage: &'a str,
    /// Its options: a JSON object.
    pub options: &'a str,
    /// Its name in the pipeline.
    pub name: &'a str,
}

impl<'a> Create<'a> {
    /// Puts it; names follow.
    pub fn put(&self, frame: &mut Frame) {
        frame.text(self.stage);
        frame.text(self.options);
        frame.text(self.name);
    }

    /// Takes it.
    ///
    /// # Errors
    /// When a text is cut off or not UTF-8.
    pub fn take(fields: &mut Fields<'a>) -> std::result::Result<Self, WireError> {
        Ok(Create { stage: fields.text()?, options: fields.text()?, name: fields.text()? })
    }
}

/// Puts an error about an option.
pub fn put_refusal(frame: &mut Frame, error: &OptionError) {
    frame.text(&error.path);
    frame.text(&error.message);
    frame.u8(error.help.is_some().into());
    frame.text(error.help.as_deref().unwrap_or_default());
}

/// Takes an error about an option.
///
/// # Errors
/// When a text is cut off or not UTF-8.
pub fn take_refusal(fields: &mut Fields<'_>) -> std::result::Result<OptionError, WireError> {
    let (path, message) = (fields.text()?.to_owned(), fields.text()?.to_owned());
    let (has_help, help) = (fields.u8()? != 0, fields.text()?);
    Ok(OptionError { path, message, help: has_help.then(|| help.to_owned()) })
}

/// The kinds of errors in the order of their numbers on the wire.
const KINDS: [ErrorKind; 5] =
    [ErrorKind::Stage, ErrorKind::Contract, ErrorKind::Limit, ErrorKind::Decode, ErrorKind::Encode];

/// Puts an error about a document. What lies underneath it goes into its message.
pub fn put_error(frame: &mut Frame, error: &Error) {
    let kind = KINDS.iter().position(|kind| *kind == error.kind).unwrap_or_default();
    frame.u8(kind as u8);
    frame.text(&error.reason);
    let mut message = Cow::Borrowed(error.message.as_str());
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        message.to_mut().push_str(&format!(": {source}"));
        next = source.source();
    }
    frame.text(&message);
    frame.u8(error.at.is_some().into());
    frame.u64(error.at.unwrap_or_default());
}

/// Takes an error about a document.
///
/// # Errors
/// When it is cut off, or of no kind.
pub fn take_error(fields: &mut Fields<'_>) -> std::result::Result<Error, WireError> {
    let number = usize::from(fields.u8()?);
    let kind = *KINDS.get(number).ok_or_else(|| WireError::new(format!("{number} is no kind of error")))?;
    let mut error = Error::new(kind, fields.text()?.to_owned(), fields.text()?);
    error.at = (fields.u8()? != 0).then_some(fields.u64()?);
    Ok(error)
}

/// Puts what came of something: an error, or what `put` puts.
pub fn put_result<T>(frame: &mut Frame, result: &Result<T>, put: impl FnOnce(&mut Frame, &T)) {
    frame.u8(result.is_err().into());
    match result {
        Ok(value) => put(frame, value),
        Err(error) => put_error(frame, error),
    }
}

/// Takes what came of something: an error, or what `take` takes.
///
/// # Errors
/// When it is cut off or malformed.
pub fn take_result<'a, T>(
    fields: &mut Fields<'a>,
    take: impl FnOnce(&mut Fields<'a>) -> std::result::Result<T, WireError>,
) -> std::result::Result<Result<T>, WireError> {
    match fields.u8()? {
        0 => take(fields).map(Ok),
        1 => take_error(fields).map(Err),
        other => Err(WireError::new(format!("{other} is neither a success nor a failure"))),
    }
}
