//! `check --format json`: one document with every file, also those without a problem.
//!
//! Its version is `warraq_check`; within a version keys are only added.

use super::{Checked, Region};
use crate::diagnostic::{Diagnostic, Severity, Span, title};
use serde_json::{Value, json};

/// The version of the document.
pub const VERSION: u64 = 1;

/// The document of all files that were checked, in the order of the command line.
#[must_use]
pub fn json(checked: &[Checked]) -> Value {
    let files: Vec<Value> = checked.iter().map(file).collect();
    json!({ "warraq_check": VERSION, "files": files })
}

fn file(checked: &Checked) -> Value {
    let diagnostics: Vec<Value> = checked.diagnostics.sorted().into_iter().map(|d| diagnostic(checked, d)).collect();
    json!({
        "file": checked.name,
        "verdict": checked.verdict.as_str(),
        "errors": checked.count(Severity::Error),
        "warnings": checked.count(Severity::Warning),
        "diagnostics": diagnostics,
    })
}

fn diagnostic(checked: &Checked, diagnostic: &Diagnostic) -> Value {
    // What has no place belongs to the pipeline file as a whole.
    let region = diagnostic.primary.as_ref().map(|(span, _)| checked.region(*span));
    let primary = diagnostic.primary.iter().map(|(span, text)| label(checked, *span, text, true));
    let others = diagnostic.secondary.iter().map(|(span, text)| label(checked, *span, text, false));
    let mut value = json!({
        "code": diagnostic.code,
        "title": title(diagnostic.code),
        "severity": diagnostic.severity.as_str(),
        "message": diagnostic.message,
        "labels": primary.chain(others).collect::<Vec<_>>(),
        "helps": diagnostic.helps,
    });
    match region {
        Some(region) => place(region, &mut value),
        None => value["file"] = checked.name.as_str().into(),
    }
    value
}

fn label(checked: &Checked, span: Span, text: &str, primary: bool) -> Value {
    let mut value = json!({ "primary": primary, "text": text });
    place(checked.region(span), &mut value);
    value
}

fn place(region: Region<'_>, value: &mut Value) {
    value["file"] = region.file.into();
    value["line"] = region.start.0.into();
    value["column"] = region.start.1.into();
    value["end_line"] = region.end.0.into();
    value["end_column"] = region.end.1.into();
    value["bytes"] = json!([region.bytes.0, region.bytes.1]);
}
