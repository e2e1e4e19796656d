//! `warraq verify`: finished runs against their reports.

use crate::show;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::diagnostic::printable;
use warraq_engine::verify::{Verified, verify as look};

/// Counts and hashes the outputs of finished runs again, and holds them against the reports of these runs.
///
/// Of each output the size, the SHA-256 and the number of documents must be as the report says, of the rejects the number of
/// each verdict, and the ledger must balance. Outputs are looked for beside the report first, so a folder may have been moved.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The folders of runs, or their reports.
    #[arg(required = true, value_name = "OUT")]
    runs: Vec<PathBuf>,
    /// As JSON (`warraq_verify: 1`).
    #[arg(long)]
    json: bool,
}

pub(crate) fn verify(registry: &Registry, args: &VerifyArgs) -> Exit {
    let mut exit = Exit::Done;
    let mut all = Vec::with_capacity(args.runs.len());
    for run in &args.runs {
        match look(run, registry) {
            Ok(verified) => all.push(verified),
            Err(why) => {
                note!("error: {why}");
                exit = Exit::Io;
            }
        }
    }
    if exit == Exit::Done && all.iter().any(|verified| !verified.problems.is_empty()) {
        exit = Exit::Differences;
    }
    let text = match args.json {
        true => format!("{:#}\n", json!({ "warraq_verify": 1, "runs": all })),
        false => all.iter().map(page).collect(),
    };
    match show::print(&text) {
        Exit::Done => exit,
        failed => failed,
    }
}

/// What was found of a run, a line for each output and each problem.
fn page(run: &Verified) -> String {
    let verdict = if run.problems.is_empty() { "ok" } else { "NOT as reported" };
    let mut lines = vec![format!("{}: {verdict}", run.report)];
    for output in &run.outputs {
        let documents = output.documents.map_or(String::new(), |documents| format!("{documents} documents, "));
        lines.push(format!("  {}: {documents}{} bytes", output.path, output.bytes));
    }
    lines.extend(run.elsewhere.iter().map(|name| format!("  {name}: cannot be looked at")));
    lines.extend(run.problems.iter().map(|problem| format!("  problem: {problem}")));
    lines.iter().map(|line| format!("{}\n", printable(line))).collect()
}
