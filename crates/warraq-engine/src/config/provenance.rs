//! Where values are from that do not stand where they are used, so that an error about one shows both places.

use crate::diagnostic::{
    Diagnostic, Diagnostics, ENVIRONMENT, INCOMPLETE, MISSING_LAYER, NO_SUCH_STAGE, OVERRIDE_TARGET, PROFILE_TARGET,
    REFERENCE, Span, UNKNOWN_PROFILE, UNKNOWN_VARIABLE, UNUSED_VARIABLE,
};
use std::collections::BTreeMap;

/// What is said about a value itself stays, even if the value could not be made.
const OWN: &[&str] = &[REFERENCE, UNKNOWN_VARIABLE, ENVIRONMENT];

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

/// Strings of the pipeline file that were filled in, and what is not there to be judged.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    /// By the string; `None` where it could not be filled in.
    strings: BTreeMap<Span, Option<Vec<(Span, String)>>>,
    /// Whether parts of the file could not be read.
    incomplete: bool,
}

impl Provenance {
    /// Notes where the string at `span` has its value from.
    pub(super) fn note(&mut self, span: Span, origins: Vec<(Span, String)>) {
        self.strings.insert(span, Some(origins));
    }

    /// Notes that the string at `span` could not be filled in, which has been reported.
    pub(super) fn fail(&mut self, span: Span) {
        self.strings.insert(span, None);
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

    /// Shows beside each problem of a value that was filled in where that value is from, and drops what only follows from
    /// a value or file that has been reported. To be called whenever problems of the spec have been added.
    pub fn settle(&self, found: &mut Diagnostics) {
        if self.strings.is_empty() && !self.incomplete {
            return;
        }
        let settled: Vec<Diagnostic> = std::mem::take(found).into_iter().filter_map(|d| self.one(d)).collect();
        found.extend(settled);
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
                for origin in origins {
                    if !diagnostic.secondary.contains(origin) {
                        diagnostic.secondary.push(origin.clone());
                    }
                }
                Some(diagnostic)
            }
            None => Some(diagnostic),
        }
    }
}
