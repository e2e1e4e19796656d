//! Where values are from that do not stand where they are used, so that an error about one shows both places.

use crate::diagnostic::{
    Diagnostic, Diagnostics, ENVIRONMENT, INCOMPLETE, MISSING_LAYER, NO_SUCH_STAGE, OVERRIDE_TARGET, PROFILE_TARGET,
    REFERENCE, SECRET, Span, UNKNOWN_PROFILE, UNKNOWN_VARIABLE, UNUSED_VARIABLE,
};
use crate::secret::Secrets;
use std::collections::{BTreeMap, HashSet};

/// What is said about a value itself stays, even if the value could not be made.
const OWN: &[&str] = &[REFERENCE, UNKNOWN_VARIABLE, ENVIRONMENT, SECRET];

/// What may only be missing because a file that is included could not be read.
const ELSEWHERE: &[&str] = &[
    INCOMPLETE,
    NO_SUCH_STAGE,
    OVERRIDE_TARGET,
    PROFILE_TARGET,
    UNKNOWN_PROFILE,
    UNKNOWN_VARIABLE,
    UNUSED_VARIABLE,
    MISSING_LAYER,
];

/// A variable whose value a string was filled in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where its value stands, or the name of the environment variable that it is from.
    pub span: Span,
    /// Its name.
    pub variable: String,
    /// The environment variable that the value is from.
    pub env: Option<String>,
    /// Whether nobody is to see the value.
    pub secret: bool,
}

impl Origin {
    /// What to say at its place, beside an error in something made from it.
    pub(super) fn label(&self) -> String {
        match &self.env {
            Some(variable) => format!("from the environment variable `{variable}`"),
            None => "its value comes from here".to_owned(),
        }
    }
}

/// Strings of the pipeline file that were filled in, and what is not there to be judged.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    /// By the string; `None` where it could not be filled in.
    strings: BTreeMap<Span, Option<Vec<Origin>>>,
    /// The profile that was asked for, and every place in it.
    profile: Option<(String, HashSet<Span>)>,
    /// Whether parts of the file could not be read.
    incomplete: bool,
    /// What strings were filled in with that nobody is to see.
    secrets: Secrets,
}

impl Provenance {
    /// Notes where the string at `span` has its value from.
    pub(super) fn note(&mut self, span: Span, origins: Vec<Origin>) {
        self.strings.insert(span, Some(origins));
    }

    /// Notes that the string at `span` could not be filled in, which has been reported.
    pub(super) fn fail(&mut self, span: Span) {
        self.strings.insert(span, None);
    }

    /// Notes which profile is laid over the file, and every place in it.
    pub(super) fn set_profile(&mut self, name: &str, places: HashSet<Span>) {
        self.profile = Some((name.to_owned(), places));
    }

    /// The name of the profile in which this is written.
    pub(super) fn profile(&self, span: Span) -> Option<&str> {
        let (name, places) = self.profile.as_ref()?;
        places.contains(&span).then_some(name)
    }

    /// The variables that the string at `span` was filled in with.
    pub(super) fn origins(&self, span: Span) -> &[Origin] {
        self.strings.get(&span).and_then(Option::as_deref).unwrap_or_default()
    }

    /// Notes a value that nobody is to see.
    pub(super) fn hide(&mut self, secret: &str) {
        self.secrets.add(secret);
    }

    /// The values that nobody is to see.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Notes that parts of the file could not be read, which has been reported.
    pub(super) fn set_incomplete(&mut self) {
        self.incomplete = true;
    }

    /// Whether the string at `span` could not be filled in, so that its text means nothing.
    #[must_use]
    pub fn is_unknown(&self, span: Span) -> bool {
        matches!(self.strings.get(&span), Some(None))
    }

    /// Shows beside each problem of a value that was filled in where that value is from, drops what only follows from a
    /// value or file that has been reported, and hides the secrets. To be called whenever problems of the spec have been added.
    pub fn settle(&self, found: &mut Diagnostics) {
        if self.strings.is_empty() && !self.incomplete {
            return;
        }
        let settled: Vec<Diagnostic> = std::mem::take(found).into_iter().filter_map(|d| self.one(d)).collect();
        found.extend(settled.into_iter().map(|mut diagnostic| {
            if !self.secrets.is_empty() {
                diagnostic.texts_mut().for_each(|text| *text = self.secrets.hide(text).into_owned());
            }
            diagnostic
        }));
    }

    fn one(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        if self.incomplete && ELSEWHERE.contains(&diagnostic.code) {
            return None;
        }
        let Some((span, _)) = diagnostic.primary else {
            return Some(diagnostic);
        };
        if OWN.contains(&diagnostic.code) {
            return Some(diagnostic);
        }
        // Strings do not overlap: the last one that begins at or before the place is the only one that can hold it.
        let upto = Span::new(span.file, span.start, usize::MAX);
        let string = self.strings.range(..=upto).next_back();
        let string = string.filter(|(string, _)| string.file == span.file && span.end <= string.end);
        match string {
            Some((_, None)) => None,
            Some((_, Some(origins))) => {
                let is_secret = origins.iter().any(|origin| origin.secret);
                if is_secret {
                    diagnostic.texts_mut().for_each(|text| *text = self.secrets.hide_parts(text));
                }
                for origin in origins {
                    let origin = (origin.span, origin.label());
                    if !diagnostic.secondary.contains(&origin) {
                        diagnostic.secondary.push(origin);
                    }
                }
                Some(diagnostic)
            }
            None => Some(diagnostic),
        }
    }
}
