//! Problems for programs: JSON, the annotations of GitHub's workflows, and SARIF, all from the same [`Diagnostic`]s.
//!
//! Lines and columns count from 1, columns in code points; an end is where the next character would be.

pub(crate) mod github;
mod json;
mod sarif;
#[cfg(test)]
mod tests;

pub use github::github;
pub use json::{VERSION, json};
pub use sarif::sarif;

use super::{Diagnostic, Diagnostics, Files, Severity, Span};

/// What became of one pipeline file.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The pipeline file, as named on the command line.
    pub name: String,
    /// Whether it can run.
    pub verdict: Verdict,
    /// What was found in it.
    pub diagnostics: Diagnostics,
    /// The texts that the problems point into.
    pub files: Files,
}

/// Whether a pipeline file can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It can.
    Ok,
    /// It could, but its warnings are not allowed.
    Denied,
    /// It cannot.
    Invalid,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Invalid => "invalid",
        }
    }
}

impl Checked {
    /// The number of problems of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count()
    }

    /// The place of a problem; `None` where it has none, or none in a file.
    fn place(&self, diagnostic: &Diagnostic) -> Option<Region<'_>> {
        let (span, _) = diagnostic.primary.as_ref()?;
        Some(self.region(*span)).filter(|region| !region.is_argument())
    }

    fn region(&self, span: Span) -> Region<'_> {
        let span = self.files.clamp(span);
        Region {
            file: self.files.name(span.file),
            start: self.files.line_col(span.file, span.start),
            end: self.files.line_col(span.file, span.end),
            bytes: (span.start, span.end),
        }
    }

    /// The message, the label and the advice, one under the other, for whoever shows no source beside them.
    fn whole_message(&self, diagnostic: &Diagnostic) -> String {
        let mut text = diagnostic.message.clone();
        if let Some((span, label)) = &diagnostic.primary {
            let region = self.region(*span);
            if region.is_argument() {
                text.push_str(&format!("\nin: {} {}", region.file, self.files.text(span.file)));
            }
            if !label.is_empty() {
                text.push_str(&format!("\nhere: {label}"));
            }
        }
        for help in &diagnostic.helps {
            text.push_str(&format!("\nhelp: {help}"));
        }
        text
    }
}

/// A span, as editors count.
#[derive(Clone, Copy, Debug)]
struct Region<'a> {
    file: &'a str,
    start: (usize, usize),
    end: (usize, usize),
    bytes: (usize, usize),
}

impl Region<'_> {
    /// Whether the text is an argument of the command line (`--set`) and no file.
    fn is_argument(&self) -> bool {
        self.file.starts_with("--")
    }
}
