//! What is wrong and where: the one form in which every problem of a pipeline file reaches the user.
//!
//! Checks push [`Diagnostic`]s and go on, so that one run of `check` reports everything. How they look on a terminal is
//! decided in [`render`] alone; what programs read is made in [`formats`]. [`explain`] has the long text of each code.

mod codes;
pub mod explain;
mod files;
pub mod formats;
mod render;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use codes::*;
pub use files::{FileId, Files, Span};
pub use render::{printable, quoted, render, revealed};

/// Whether a problem stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is accepted; somebody should look.
    Warning,
}

impl Severity {
    /// The word shown before the code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One problem. Texts are plain: whatever they quote from a user is made [`printable`] when they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The code, one of [`CODES`].
    pub code: &'static str,
    /// Whether it stops the run.
    pub severity: Severity,
    /// What is wrong, in one line that makes sense without the source.
    pub message: String,
    /// Where it is, and what to say at the caret (may be empty).
    pub primary: Option<(Span, String)>,
    /// Other places that belong to it, each with its label.
    pub secondary: Vec<(Span, String)>,
    /// What to do about it.
    pub helps: Vec<String>,
}

impl Diagnostic {
    /// An error; `code` is one of the constants of this module.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message.into())
    }

    /// A warning; `code` is one of the constants of this module.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message.into())
    }

    fn new(code: &'static str, severity: Severity, message: String) -> Self {
        Self { code, severity, message, primary: None, secondary: Vec::new(), helps: Vec::new() }
    }

    /// Sets the place, without a label.
    #[must_use]
    pub fn at(self, span: Span) -> Self {
        self.label(span, "")
    }

    /// Sets the place and what to say at the caret.
    #[must_use]
    pub fn label(mut self, span: Span, label: impl Into<String>) -> Self {
        self.primary = Some((span, label.into()));
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.secondary.push((span, label.into()));
        self
    }

    /// Adds a line of advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// Adds a line of advice if there is one.
    #[must_use]
    pub fn help_if(self, help: Option<String>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// All of its texts.
    pub(crate) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let labels = self.primary.iter_mut().chain(&mut self.secondary).map(|(_, label)| label);
        std::iter::once(&mut self.message).chain(labels).chain(&mut self.helps)
    }

    /// `path:line:col: error[WQ001]: message`, in one line whatever the texts contain.
    #[must_use]
    pub fn one_line(&self, files: &Files) -> String {
        let place = self.primary.as_ref().map_or(String::new(), |(span, _)| {
            let (line, col) = files.line_col(span.file, span.start);
            format!("{}:{line}:{col}: ", printable(files.name(span.file)))
        });
        let message = printable(&self.message);
        format!("{place}{}[{}]: {message}", self.severity.as_str(), self.code)
    }
}

/// Collects problems while the work goes on.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
}

impl Diagnostics {
    /// An empty collector.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a problem.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.items.push(diagnostic);
    }

    /// Takes over all problems of another collector.
    pub fn append(&mut self, other: Diagnostics) {
        self.items.extend(other.items);
    }

    /// Whether one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|d| d.severity == Severity::Error)
    }

    /// Number of problems, warnings included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no problem.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The problems in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.items.iter()
    }

    /// The problems by file and position, those without a place last.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<_> = self.items.iter().collect();
        sorted.sort_by_key(|d| {
            let place = d.primary.as_ref().map(|(span, _)| *span);
            (place.is_none(), place)
        });
        sorted
    }

    /// Keeps the problems that `keep` accepts.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.items.retain(keep);
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, iter: T) {
        self.items.extend(iter);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
