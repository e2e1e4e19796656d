//! `check --format sarif`: SARIF 2.1.0 (OASIS), which code scanning services read.

use super::{Checked, Region, Verdict};
use crate::diagnostic::explain::explain;
use crate::diagnostic::{CODES, Diagnostic, Severity};
use serde_json::{Value, json};
use std::fmt::Write;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log: one run, a rule per code, a result per problem, an artifact per file.
#[must_use]
pub fn sarif(checked: &[Checked]) -> Value {
    let results: Vec<Value> = checked
        .iter()
        .flat_map(|file| file.diagnostics.sorted().into_iter().map(move |diagnostic| result(file, diagnostic)))
        .collect();
    let artifacts: Vec<Value> = checked.iter().map(|file| json!({ "location": { "uri": uri(&file.name) } })).collect();
    let all_can_run = checked.iter().all(|file| file.verdict == Verdict::Ok);
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "warraq",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": CODES.iter().map(|(code, title)| rule(code, title)).collect::<Vec<_>>(),
            } },
            // The check itself went well, whatever it found; what it found decides the exit code.
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": if all_can_run { 0 } else { 78 },
            }],
            "columnKind": "unicodeCodePoints",
            "artifacts": artifacts,
            "results": results,
        }],
    })
}

fn rule(code: &str, title: &str) -> Value {
    let mut rule = json!({ "id": code, "shortDescription": { "text": title } });
    if let Some(explanation) = explain(code) {
        rule["help"] = json!({ "text": explanation.page(), "markdown": explanation.text });
    }
    rule
}

fn result(checked: &Checked, diagnostic: &Diagnostic) -> Value {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let location = match checked.place(diagnostic) {
        Some(region) => physical(region),
        None => json!({ "artifactLocation": { "uri": uri(&checked.name) } }),
    };
    let mut result = json!({
        "ruleId": diagnostic.code,
        "level": level,
        "message": { "text": checked.whole_message(diagnostic) },
        "locations": [{ "physicalLocation": location }],
    });
    if let Some(index) = CODES.iter().position(|(code, _)| *code == diagnostic.code) {
        result["ruleIndex"] = index.into();
    }
    let others = diagnostic.secondary.iter().map(|(span, text)| (checked.region(*span), text));
    let related: Vec<Value> = others
        .filter(|(region, _)| !region.is_argument())
        .enumerate()
        .map(|(id, (region, text))| {
            let mut location = json!({ "id": id, "physicalLocation": physical(region) });
            if !text.is_empty() {
                location["message"] = json!({ "text": text });
            }
            location
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

fn physical(region: Region<'_>) -> Value {
    json!({
        "artifactLocation": { "uri": uri(region.file) },
        "region": {
            "startLine": region.start.0,
            "startColumn": region.start.1,
            "endLine": region.end.0,
            "endColumn": region.end.1,
        },
    })
}

/// A path as a URI reference: relative as it is, absolute as `file://`, and whatever a URI cannot hold in percents.
fn uri(path: &str) -> String {
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            byte => {
                // Writing to a String cannot fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}
