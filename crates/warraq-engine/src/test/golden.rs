//! Golden files: the whole document as an export would write it, in the format that the file's name stands for.

use super::{Case, Failure, Line, compare};
use crate::config::Spanned;
use crate::plan::{FileResources, by_extension};
use serde_json::{Map, Value};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warraq_core::{BuildContext, BuiltExport, Document, EncodeContext, Services};

/// Compares the document with a golden file, or writes it. Returns the file that was written.
///
/// # Errors
/// When the file cannot be read or written, or its name does not stand for a format.
pub(super) fn compare(
    case: &Case<'_>,
    path: &Spanned<String>,
    doc: &Document,
    failures: &mut Vec<Failure>,
) -> Result<Option<PathBuf>, String> {
    let place = case.path(path);
    let found = encode(case, path, doc).map_err(|why| format!("the golden file {}: {why}", place.display()))?;
    let expected = match fs::read(&place) {
        Ok(bytes) => Some(bytes),
        Err(e) if e.kind() == ErrorKind::NotFound => None,
        Err(e) => return Err(format!("the golden file {} cannot be read: {e}", place.display())),
    };
    if expected.as_ref() == Some(&found) {
        return Ok(None);
    }
    if case.bless {
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&place, &found))
            .map_err(|e| format!("the golden file {} cannot be written: {e}", place.display()))?;
        return Ok(Some(place));
    }
    let (why, diff) = match expected {
        Some(expected) => ("not what the golden file holds", compare::text(&readable(&expected), &readable(&found))),
        None => ("there is no golden file yet", vec![Line::new('=', "`warraq test --bless` writes it")]),
    };
    let why = format!("{why}: {}", place.display());
    failures.push(Failure { layer: "golden".to_owned(), stage: None, why, diff });
    Ok(None)
}

/// The document as an export without options writes it.
fn encode(case: &Case<'_>, path: &str, doc: &Document) -> Result<Vec<u8>, String> {
    let format = by_extension(path, case.registry).ok_or("its name does not say which format it is; try `.jsonl`")?;
    let export = format.export.as_ref().ok_or_else(|| format!("format `{}` cannot be written", format.name))?;
    let mut resources = FileResources::new(Path::new(""));
    let services = Arc::clone(&case.plan.services) as Arc<dyn Services>;
    let mut cx = BuildContext { name: &format.name, labels: &case.plan.labels, resources: &mut resources, services };
    let built = (export.build)(Value::Object(Map::new()), &mut cx).map_err(|e| e.to_string())?;
    let BuiltExport::Encoded(built) = built else {
        return Err(format!("format `{}` does not write single documents", format.name));
    };
    let mut labels = case.plan.labels.names();
    let mut cx = EncodeContext { labels: &mut labels, stages: &case.plan.stage_names };
    let mut bytes = Vec::new();
    built.encoder().encode(doc, &mut cx, &mut bytes).map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// A JSON value on many lines, which a diff can tell apart; anything else as it is.
fn readable(bytes: &[u8]) -> String {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => format!("{value:#}\n"),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
