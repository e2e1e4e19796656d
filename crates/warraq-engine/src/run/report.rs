//! `report.json`: the account of a run for machines. What depends on the clock or the machine stands apart, under `timing`.

use super::work::reasons;
use super::{Corpus, End, Expectation, Fate, Outcome};
use crate::diagnostic::{Diagnostics, Files};
use crate::exit::Exit;
use crate::metrics::memory;
use crate::plan::{Plan, Target};
use crate::temporary;
use serde_json::{Value, json};
use std::io;
use std::path::Path;

/// The version of the report's schema. Keys are added, never changed.
const SCHEMA: u32 = 1;

fn head(status: &str, exit: Exit) -> serde_json::Map<String, Value> {
    let mut map = serde_json::Map::new();
    map.insert("warraq_report".into(), SCHEMA.into());
    map.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    map.insert("status".into(), status.into());
    map.insert("exit_code".into(), exit.code().into());
    map
}

/// The report of a run.
pub fn report(plan: &Plan, outcome: &Outcome) -> Value {
    let (status, message) = match &outcome.end {
        End::Done => ("done", None),
        End::OverBudget => ("over_budget", None),
        End::Unexpected => ("unexpected", None),
        End::Aborted(why) => ("aborted", Some(why.clone())),
        End::Nothing => ("nothing", None),
        End::Interrupted(signal) => ("interrupted", Some(format!("signal {signal}"))),
        End::Io(why) => ("failed", Some(why.clone())),
        End::Busy { .. } => ("busy", outcome.problem(plan)),
        End::Refused(why) => ("refused", Some(why.clone())),
    };
    let ledger = &outcome.ledger;
    let mut map = head(status, outcome.end.exit());
    map.insert("message".into(), message.into());
    map.insert("pipeline".into(), json!({ "name": plan.name, "file": plan.file }));
    map.insert(
        "ledger".into(),
        json!({
            "read": ledger.read,
            "kept": ledger.kept,
            "dropped": ledger.count(Fate::Dropped),
            "duplicate": ledger.count(Fate::Duplicate),
            "failed": ledger.count(Fate::Failed),
            "blank": ledger.blank,
        }),
    );
    let rejected = reasons(plan, ledger).into_iter().map(|((fate, stage, reason), count)| {
        let stage = if stage.is_empty() { Value::Null } else { stage.into() };
        json!({ "verdict": fate.name(), "stage": stage, "reason": reason, "count": count })
    });
    map.insert("rejected".into(), rejected.collect());
    map.insert("corpus".into(), corpus(plan, &ledger.corpus));
    map.insert("expectations".into(), outcome.expectations.iter().map(Expectation::report).collect());
    let stages = plan.stages.iter().zip(&ledger.stages).map(|(stage, count)| {
        json!({
            "name": stage.name, "use": stage.use_name, "options": stage.options,
            "documents": count.documents, "not_applied": count.not_applied, "skipped": count.skipped,
        })
    });
    map.insert("stages".into(), stages.collect());
    let formats = plan.sources.iter().flat_map(|s| s.inputs.iter().map(|_| &s.format_name));
    let inputs = outcome.inputs.iter().zip(formats).map(
        |(input, format)| json!({ "path": input.name, "format": format, "bytes": input.bytes, "sha256": input.sha256 }),
    );
    map.insert("inputs".into(), inputs.collect());
    let exports = plan.exports.iter().zip(&ledger.exports).enumerate().map(|(n, (export, count))| {
        // Of a sink of its own only the format knows the place and the bytes.
        let has_path = !matches!(export.target, Target::Own(_));
        let output = outcome.outputs.get(n).filter(|_| has_path);
        json!({
            "path": has_path.then(|| export.target.name()), "format": export.format_name, "after": export.after,
            "reached": count.reached, "written": count.written, "not_selected": count.not_selected,
            "bytes": output.map(|o| o.bytes), "sha256": output.map(|o| &o.sha256),
        })
    });
    map.insert("exports".into(), exports.collect());
    let output = outcome.outputs.get(plan.exports.len());
    map.insert(
        "rejects".into(),
        json!({
            "path": plan.rejects.name(), "documents": ledger.read - ledger.kept,
            "bytes": output.map(|o| o.bytes), "sha256": output.map(|o| &o.sha256),
        }),
    );
    let surveys = outcome.surveys.iter();
    let surveys = surveys.map(|s| json!({ "stage": s.stage, "read": s.read, "documents": s.documents }));
    map.insert("surveys".into(), surveys.collect());
    let saved = plan.saves.iter().enumerate().map(|(n, saved)| {
        let output = outcome.outputs.get(plan.exports.len() + 1 + n);
        json!({
            "stage": plan.stage_names[saved.stage], "path": saved.target.name(),
            "bytes": output.map(|o| o.bytes), "sha256": output.map(|o| &o.sha256),
        })
    });
    map.insert("saved".into(), saved.collect());
    let resources = plan.resources.iter().map(|r| json!({ "path": r.name, "bytes": r.bytes, "sha256": r.sha256 }));
    map.insert("resources".into(), resources.collect());
    let plugins = plan.plugins.iter().map(|plugin| {
        json!({
            "alias": plugin.alias, "path": plugin.path.display().to_string(), "bytes": plugin.bytes,
            "sha256": plugin.sha256, "name": plugin.entry.name, "version": plugin.entry.version,
            "abi": plugin.entry.abi,
        })
    });
    map.insert("plugins".into(), plugins.collect());
    let times = plan.stages.iter().zip(&ledger.stages);
    let times: serde_json::Map<String, Value> =
        times.map(|(stage, count)| (stage.name.clone(), count.time.as_secs_f64().into())).collect();
    map.insert(
        "timing".into(),
        json!({
            "seconds": outcome.elapsed.as_secs_f64(), "resumed": outcome.resumed, "threads": plan.threads, "window_bytes": plan.window,
            "survey_seconds": outcome.surveys.iter().map(|s| s.elapsed.as_secs_f64()).collect::<Vec<_>>(),
            "stage_seconds": times, "peak_memory_bytes": memory().peak,
        }),
    );
    plan.secrets.hide_json(Value::Object(map))
}

/// What the kept documents are like, by name in the order of names.
fn corpus(plan: &Plan, corpus: &Corpus) -> Value {
    let labels = corpus.labels(&plan.labels).into_iter();
    let labels: serde_json::Map<String, Value> =
        labels.map(|(name, count)| (name, json!({ "spans": count.spans, "documents": count.documents }))).collect();
    json!({ "tokens": corpus.tokens, "languages": corpus.languages, "labels": labels })
}

/// The report of a pipeline file that cannot run.
pub fn invalid_report(file: &str, diagnostics: &Diagnostics, files: &Files) -> Value {
    let mut map = head("invalid", Exit::Config);
    map.insert("pipeline".into(), json!({ "file": file }));
    map.insert("problems".into(), diagnostics.sorted().into_iter().map(|d| Value::from(d.one_line(files))).collect());
    Value::Object(map)
}

/// Writes a report, replacing the one before it in one step.
///
/// # Errors
/// If the file cannot be written.
/// Nothing but a report is replaced: what else stands there is not this function's to destroy.
pub fn write_report(report: &Value, path: &Path) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
    text.push('\n');
    let is_report =
        |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).is_ok_and(|report| report.get("warraq_report").is_some());
    temporary::store_own(path, text.as_bytes(), "is no report", is_report)
}
