//! A finished run held against its report: the ledger's sums, and of every output the size, the checksum and the number of
//! documents in it.
//!
//! What the report says is believed nowhere that it can be counted again. Nothing is written.

use crate::compare::find_output;
use crate::config::DEFAULT_RECORD_LIMIT;
use crate::plan::{FileResources, REPORT};
use crate::run::{Expansion, Sum, Tap, decompressed};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warraq_core::{BuildContext, Framing, Labels, Registry};

/// How much is read at once, in bytes.
const BLOCK: usize = 256 << 10;

/// How a run ended, in a report, if its outputs were published.
const PUBLISHED: [&str; 3] = ["done", "over_budget", "unexpected"];

/// What was found of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// The report.
    pub report: String,
    /// The outputs that were looked at, in the order of the report, the rejects last.
    pub outputs: Vec<VerifiedOutput>,
    /// Outputs of which nothing can be known here: standard output, a format's own sink.
    pub elsewhere: Vec<String>,
    /// What is not as the report says, each in a sentence.
    pub problems: Vec<String>,
}

/// An output as it was found.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedOutput {
    /// Where it was found.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its documents; none in a format whose documents cannot be counted without decoding it.
    pub documents: Option<u64>,
}

/// Why a run cannot be verified: there is no report, or it is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoReport(pub String);

impl std::fmt::Display for NoReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoReport {}

/// Verifies a run by its folder or its report.
///
/// # Errors
/// If there is no report, or it cannot be read as one. An output that is missing or cannot be read is a problem of the run.
pub fn verify(path: &Path, registry: &Registry) -> Result<Verified, NoReport> {
    let path = if path.is_dir() { path.join(REPORT) } else { path.to_owned() };
    let failed = |why: String| NoReport(format!("{}: {why}", path.display()));
    let text = fs::read(&path).map_err(|e| failed(e.to_string()))?;
    let report: Value = serde_json::from_slice(&text).map_err(|e| failed(format!("not JSON: {e}")))?;
    if report["warraq_report"] != 1 {
        return Err(failed("no report of a run that this version can read".to_owned()));
    }
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    let mut check = Check {
        registry,
        folder,
        found: Verified {
            report: path.display().to_string(),
            outputs: Vec::new(),
            elsewhere: Vec::new(),
            problems: Vec::new(),
        },
    };
    let status = report["status"].as_str().unwrap_or("unknown");
    if !PUBLISHED.contains(&status) {
        check.problem(format!(
            "the run did not finish: its status is `{status}`, and what is there may be another run's"
        ));
        return Ok(check.found);
    }
    let ledger = check.ledger(&report);
    check.exports(&report, ledger.kept);
    check.rejects(&report, &ledger);
    check.saved(&report);
    Ok(check.found)
}

struct Check<'a> {
    registry: &'a Registry,
    folder: PathBuf,
    found: Verified,
}

/// The counts of a ledger.
struct Counts {
    kept: u64,
    not_kept: BTreeMap<&'static str, u64>,
}

/// The verdicts of documents that are not kept.
const VERDICTS: [&str; 3] = ["dropped", "duplicate", "failed"];

/// What a pass over an output found.
struct Counted {
    documents: Option<u64>,
    /// Of rejects: how many there are of each verdict.
    verdicts: BTreeMap<String, u64>,
}

impl Check<'_> {
    fn problem(&mut self, problem: String) {
        self.found.problems.push(problem);
    }

    fn number(&mut self, value: &Value, pointer: &str) -> u64 {
        let number = value.pointer(pointer).and_then(Value::as_u64);
        if number.is_none() {
            self.problem(format!("the report has no number at {pointer}"));
        }
        number.unwrap_or_default()
    }

    /// `read = kept + dropped + duplicate + failed`, and the causes of each verdict add up to it.
    fn ledger(&mut self, report: &Value) -> Counts {
        let [read, kept] = ["/ledger/read", "/ledger/kept"].map(|pointer| self.number(report, pointer));
        let not_kept: BTreeMap<&'static str, u64> =
            VERDICTS.map(|verdict| (verdict, self.number(report, &format!("/ledger/{verdict}")))).into();
        let sum = kept + not_kept.values().sum::<u64>();
        if read != sum {
            self.problem(format!("the ledger does not balance: {read} were read, {sum} have a verdict"));
        }
        for (verdict, count) in &not_kept {
            let causes =
                report["rejected"].as_array().into_iter().flatten().filter(|cause| cause["verdict"] == *verdict);
            let sum: u64 = causes.filter_map(|cause| cause["count"].as_u64()).sum();
            if sum != *count {
                self.problem(format!("the ledger does not balance: {count} {verdict}, their causes add up to {sum}"));
            }
        }
        Counts { kept, not_kept }
    }

    /// The entries of a list, which every report has.
    fn list<'a>(&mut self, report: &'a Value, key: &str) -> &'a [Value] {
        report[key].as_array().map_or_else(
            || {
                self.problem(format!("the report has no list `{key}`"));
                &[][..]
            },
            Vec::as_slice,
        )
    }

    fn exports(&mut self, report: &Value, kept: u64) {
        let stages = report["stages"].as_array().map(Vec::len);
        let exports = self.list(report, "exports");
        // A pipeline without an export is invalid.
        if exports.is_empty() && report["exports"].is_array() {
            self.problem("the report names no export".to_owned());
        }
        for export in exports {
            let format = export["format"].as_str().unwrap_or_default();
            let Some(path) = export["path"].as_str().filter(|path| *path != "-") else {
                self.found.elsewhere.push(export["path"].as_str().map_or(format, |_| "standard output").to_owned());
                continue;
            };
            let [reached, written, not_selected] =
                ["/reached", "/written", "/not_selected"].map(|pointer| self.number(export, pointer));
            // What is kept has come to all exports after the last stage.
            let is_last = stages.is_some() && export["after"].as_u64().map(|after| after as usize) == stages;
            if is_last && reached < kept {
                self.problem(format!("{path}: {kept} documents were kept, but only {reached} reached it"));
            }
            if reached != written + not_selected {
                self.problem(format!(
                    "{path}: {reached} documents reached it, but {written} were written and {not_selected} not selected"
                ));
            }
            self.output(path, export, (format, false), written);
        }
    }

    fn rejects(&mut self, report: &Value, ledger: &Counts) {
        let rejects = &report["rejects"];
        let Some(path) = rejects["path"].as_str() else {
            return self.problem("the report does not say where the rejects are".to_owned());
        };
        if path == "-" {
            return self.found.elsewhere.push("rejects on standard output".to_owned());
        }
        let documents = self.number(rejects, "/documents");
        let not_kept: u64 = ledger.not_kept.values().sum();
        if documents != not_kept {
            let kept = ledger.kept;
            self.problem(format!(
                "{path}: {documents} rejects, where {not_kept} documents beside the {kept} were not kept"
            ));
        }
        let Some(found) = self.output(path, rejects, ("jsonl", true), documents) else { return };
        for (verdict, count) in &ledger.not_kept {
            let there = found.verdicts.get(*verdict).copied().unwrap_or_default();
            if there != *count {
                self.problem(format!("{path}: {there} documents {verdict}, the report says {count}"));
            }
        }
    }

    /// What stages have learned is in files of their own making.
    fn saved(&mut self, report: &Value) {
        for saved in self.list(report, "saved") {
            match saved["path"].as_str() {
                Some(path) => drop(self.output(path, saved, ("", false), 0)),
                None => self.problem("the report names a saved file without a path".to_owned()),
            }
        }
    }

    /// Holds an output against what a report says about it.
    fn output(
        &mut self,
        named: &str,
        said: &Value,
        (format, are_rejects): (&str, bool),
        documents: u64,
    ) -> Option<Counted> {
        let path = match find_output(&self.folder, named) {
            Ok(path) => path,
            Err(why) => {
                self.problem(why);
                return None;
            }
        };
        let name = path.display().to_string();
        if !format.is_empty() && self.registry.format(format).is_none() && !format.contains('.') {
            self.problem(format!("{name}: the report says that it is `{format}`, which is no format"));
        }
        let (Some(bytes), Some(sha256)) = (said["bytes"].as_u64(), said["sha256"].as_str()) else {
            self.problem(format!("{name}: the report does not say its size and checksum"));
            return None;
        };
        let (there, sum) = match stored(&path) {
            Ok(found) => found,
            Err(e) => {
                self.problem(format!("{name}: {e}"));
                return None;
            }
        };
        if there != bytes {
            self.problem(format!("{name}: {there} bytes, the report says {bytes}"));
        } else if sum != sha256 {
            self.problem(format!("{name}: the SHA-256 is {sum}, the report says {sha256}"));
        }
        let is_own = (there, &*sum) == (bytes, sha256);
        let found = match self.read(&path, format, are_rejects, is_own) {
            Ok(found) => found,
            Err(e) => {
                self.problem(format!("{name}: {e}"));
                return None;
            }
        };
        if let Some(there) = found.documents.filter(|&there| there != documents) {
            self.problem(format!("{name}: {there} documents, the report says {documents}"));
        }
        self.found.outputs.push(VerifiedOutput { path: name, bytes: there, documents: found.documents });
        Some(found)
    }

    /// Counts the documents of an output. What the run did not write may be anything: it may not expand much, nor be one
    /// huge line.
    fn read(&self, path: &Path, format: &str, are_rejects: bool, is_own: bool) -> io::Result<Counted> {
        let framing = self.framing(format);
        let expansion = (!is_own).then_some(Expansion::DEFAULT);
        let plain = decompressed(Box::new(File::open(path)?), Some(path), self.registry.codecs(), expansion)?;
        let mut lines = BufReader::with_capacity(BLOCK, plain);
        let (mut documents, mut verdicts, mut line) = (0, BTreeMap::new(), Vec::new());
        let longest = if is_own { u64::MAX } else { DEFAULT_RECORD_LIMIT };
        while (&mut lines).take(longest).read_until(b'\n', &mut line)? > 0 {
            if line.len() as u64 == longest {
                let message = format!("a line has more than {longest} bytes, and the file is not what the run wrote");
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            match framing {
                Some(Framing::Lines) if !line.trim_ascii().is_empty() => {
                    documents += 1;
                    if let Some(verdict) = are_rejects.then(|| verdict(&line)).flatten() {
                        *verdicts.entry(verdict).or_default() += 1;
                    }
                }
                Some(Framing::Blocks(rule)) => documents += u64::from(line.starts_with(rule.marker.as_bytes())),
                _ => {}
            }
            line.clear();
        }
        let documents = matches!(framing, Some(Framing::Lines | Framing::Blocks(_))).then_some(documents);
        Ok(Counted { documents, verdicts })
    }

    /// How the records of a format are found, if it can be read.
    fn framing(&self, format: &str) -> Option<Framing> {
        let source = self.registry.format(format)?.source.as_ref()?;
        let (labels, mut files) = (Labels::new(), FileResources::new(Path::new("")));
        let built = (source.build)(json!({}), &mut BuildContext::new("source", &labels, &mut files));
        built.ok().map(|format| format.framing())
    }
}

/// The size of a file as it is stored, and its SHA-256.
fn stored(path: &Path) -> io::Result<(u64, String)> {
    let sum = Sum::default();
    let mut tap = Tap { inner: Box::new(File::open(path)?), sum: sum.clone(), progress: Arc::default() };
    io::copy(&mut tap, &mut io::sink())?;
    let (sha256, bytes) = sum.get();
    Ok((bytes, sha256))
}

/// The verdict of a reject.
fn verdict(line: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Reject {
        verdict: String,
    }
    serde_json::from_slice::<Reject>(line).ok().map(|reject| reject.verdict)
}
