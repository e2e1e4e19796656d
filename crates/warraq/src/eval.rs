//! `warraq eval`: a model against documents that have the right answers.

use crate::show::print;
use crate::train::corpus;
use clap::Args;
use std::fs;
use std::path::PathBuf;
use warraq_core::{Labels, Registry};
use warraq_engine::Exit;
use warraq_engine::diagnostic::printable;
use warraq_stages::train::evaluate;

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// A model of `warraq train`.
    model: PathBuf,
    /// Documents with the right answers, in any format that can be read, by their extension.
    #[arg(required = true)]
    gold: Vec<PathBuf>,
}

pub(crate) fn eval(registry: &Registry, args: &EvalArgs) -> Exit {
    let model = match fs::read(&args.model) {
        Ok(model) => model,
        Err(e) => {
            note!("error: {}: {e}", args.model.display());
            return Exit::Io;
        }
    };
    let gold = match corpus(registry, &args.gold, &Labels::new()) {
        Ok(gold) => gold,
        Err(exit) => return exit,
    };
    let report = match evaluate(&model, &gold) {
        Ok(report) => report,
        Err(e) => {
            note!("error: {}: {e}", args.model.display());
            return Exit::Usage;
        }
    };
    if report.scores.iter().all(|(_, score)| score.gold == 0) {
        note!("error: the documents have nothing that a model of kind `{}` could be held against", report.kind);
        return Exit::Nothing;
    }
    let width = report.scores.iter().map(|(what, _)| what.chars().count()).max().unwrap_or_default();
    let lines: Vec<String> =
        report.scores.iter().map(|(what, score)| format!("{:<width$}  {score}\n", printable(what))).collect();
    print(&lines.concat())
}
