//! The folder of a run: its report says which exports there are and where the rejects went.

use super::Unreadable;
use crate::plan::REPORT;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The format whose exports can be compared.
const FORMAT: &str = "jsonl";

/// What a run has written that can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its exports in JSON Lines, in the order of the report.
    pub exports: Vec<PathBuf>,
    /// Its rejects.
    pub rejects: Option<PathBuf>,
    /// Its other exports, by path or format.
    pub others: Vec<String>,
}

/// Whether a path is the folder of a run.
#[must_use]
pub fn is_run(path: &Path) -> bool {
    path.is_dir() && path.join(REPORT).is_file()
}

impl Run {
    /// Reads the report in a folder. Its outputs are looked for in the folder first, which may have been moved since.
    ///
    /// # Errors
    /// If there is no report, or it says nothing of exports, or one of them is not there.
    pub fn read(folder: &Path) -> Result<Self, Unreadable> {
        let path = folder.join(REPORT);
        let failed = |message: String| Unreadable(format!("{}: {message}", path.display()));
        let text = fs::read(&path).map_err(|e| failed(e.to_string()))?;
        let report: Value = serde_json::from_slice(&text).map_err(|e| failed(format!("not JSON: {e}")))?;
        if report.get("warraq_report").is_none() {
            return Err(failed("no report of a run".into()));
        }
        let Some(exports) = report.get("exports").and_then(Value::as_array) else {
            let status = report.get("status").and_then(Value::as_str).unwrap_or("unknown");
            return Err(failed(format!("the run has no exports; its status is `{status}`")));
        };
        let mut run = Run::default();
        for export in exports {
            let (named, format) = (export["path"].as_str(), export["format"].as_str().unwrap_or_default());
            match named {
                Some(named) if format == FORMAT => run.exports.push(find_output(folder, named).map_err(failed)?),
                _ => run.others.push(named.unwrap_or(format).to_owned()),
            }
        }
        if let Some(named) = report.pointer("/rejects/path").and_then(Value::as_str) {
            run.rejects = Some(find_output(folder, named).map_err(failed)?);
        }
        Ok(run)
    }
}

/// Pairs the exports of two runs: by the file's name, or the only ones there are. What is left has no partner.
#[must_use]
pub fn pairs(a: &Run, b: &Run) -> (Vec<(PathBuf, PathBuf)>, Vec<PathBuf>) {
    if let ([a], [b]) = (&*a.exports, &*b.exports) {
        return (vec![(a.clone(), b.clone())], Vec::new());
    }
    let stem = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.split_once('.').map_or(name.clone(), |(stem, _)| stem.to_owned())
    };
    let mut left = b.exports.clone();
    let (mut pairs, mut alone) = (Vec::new(), Vec::new());
    for path in &a.exports {
        match left.iter().position(|other| stem(other) == stem(path)) {
            Some(at) => pairs.push((path.clone(), left.remove(at))),
            None => alone.push(path.clone()),
        }
    }
    alone.extend(left);
    (pairs, alone)
}

/// A file of a report: below its folder by the longest part of its name that is there, or where the report says.
pub(crate) fn find_output(folder: &Path, named: &str) -> Result<PathBuf, String> {
    let path = Path::new(named);
    let parts: Vec<_> = path.components().collect();
    let below = (0..parts.len()).map(|from| folder.join(parts[from..].iter().collect::<PathBuf>()));
    let mut below = below.filter(|candidate| candidate.starts_with(folder) && candidate.is_file());
    match below.next() {
        Some(found) => Ok(found),
        None if path.is_file() => Ok(path.into()),
        None => Err(format!("the output {named} is not there")),
    }
}
