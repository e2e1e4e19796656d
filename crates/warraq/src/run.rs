//! `warraq run`: a pipeline file and its inputs in, outputs, a ledger and an exit code out.

use crate::check::{self, Compiled};
use crate::cli::RunArgs;
use crate::log;
use crate::plugin;
use crate::progress::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::diagnostic::{Diagnostic, Diagnostics, Files, PATH};
use warraq_engine::plan::{Overrides, Plan, REPORT};
use warraq_engine::plugins::PluginOptions;
use warraq_engine::run::{self, Cancel, End, Fate, Outcome, RunOptions};

pub(crate) fn run(registry: &Registry, args: &RunArgs) -> Exit {
    let overrides = Overrides {
        inputs: args.inputs.clone(),
        out: args.out.clone(),
        threads: args.threads,
        window: args.window,
        report: args.report.clone(),
        log: log::sink(args.quiet),
        plugins: PluginOptions { locked: args.locked, ..plugin::options(&args.dirs) },
    };
    let mut compiled = match check::compile(registry, &args.pipeline, &args.sets, args.profile.as_deref(), &overrides) {
        Ok(compiled) => compiled,
        Err(message) => {
            note!("error: {message}");
            let mut diagnostics = Diagnostics::new();
            diagnostics.push(Diagnostic::error(PATH, message));
            report_invalid(args, &Compiled { files: Files::new(), diagnostics, spec: None, plan: None });
            return Exit::Config;
        }
    };
    check::show(&compiled);
    let Some(plan) = compiled.plan.take().map(Arc::new) else {
        report_invalid(args, &compiled);
        return Exit::Config;
    };

    let cancel = Cancel::new();
    if let Err(e) = stop_on_signals(&cancel) {
        note!("warning: signals cannot be handled: {e}");
    }
    let mut display = Display::new(args.progress, args.quiet);
    let outcome = run::run(&plan, &RunOptions { limit: args.limit }, &cancel, &mut display);
    display.finish();

    let mut exit = outcome.end.exit();
    // A run that another one kept out must not write over that one's report.
    let may_report = !matches!(outcome.end, End::Busy(_)) || args.report.is_some();
    if may_report && !write_report(&run::report(&plan, &outcome), &plan.report) && exit == Exit::Done {
        exit = Exit::Io;
    }
    summarize(&plan, &outcome, args.quiet);
    exit
}

/// SIGINT, SIGTERM and SIGHUP stop the run in an orderly way; the second one stops it at once.
fn stop_on_signals(cancel: &Cancel) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::sync::atomic::AtomicBool;
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&again))?;
        signal_hook::flag::register(signal, Arc::clone(&again))?;
        signal_hook::flag::register_usize(signal, cancel.flag(), signal as usize)?;
    }
    Ok(())
}

fn write_report(report: &serde_json::Value, path: &Path) -> bool {
    let written = run::write_report(report, path);
    if let Err(e) = &written {
        note!("error: the report {}: {e}", path.display());
    }
    written.is_ok()
}

/// A file that cannot run leaves a report too, where it would have left one.
fn report_invalid(args: &RunArgs, compiled: &Compiled) {
    let path = args.report.clone().or_else(|| {
        let spec = compiled.spec.as_ref()?;
        let exports = &spec.exports;
        let paths = exports.iter().filter_map(|export| export.path.as_ref());
        // A path with a variable that has no value must not become a folder of that name.
        let beside = paths.filter(|path| !spec.provenance.is_unknown(path.span)).map(|path| path.value.as_str()).next();
        let folder = match (&args.out, beside) {
            _ if exports.is_empty() => return None,
            (Some(out), _) => out.clone(),
            (None, Some("")) => return None,
            (None, Some("-")) => PathBuf::new(),
            (None, Some(export)) => args.pipeline.parent()?.join(Path::new(export).parent()?),
            (None, None) => args.pipeline.parent()?.into(),
        };
        Some(folder.join(REPORT))
    });
    if let Some(path) = path {
        let report = run::invalid_report(&args.pipeline.to_string_lossy(), &compiled.diagnostics, &compiled.files);
        write_report(&report, &path);
    }
}

/// The ledger and how it ended, on standard error.
fn summarize(plan: &Plan, outcome: &Outcome, quiet: bool) {
    let ledger = &outcome.ledger;
    if !quiet && !matches!(outcome.end, End::Nothing | End::Busy(_)) {
        note!(
            "{}: read {} = kept {} + dropped {} + duplicate {} + failed {}   ({} blank lines skipped)",
            plan.name,
            ledger.read,
            ledger.kept,
            ledger.count(Fate::Dropped),
            ledger.count(Fate::Duplicate),
            ledger.count(Fate::Failed),
            ledger.blank,
        );
        for ((fate, stage, reason), count) in &ledger.rejected {
            let stage = stage.map_or("source", |index| plan.stage_names[usize::from(index)].as_str());
            note!("  {:<9} {count:>8}  {stage}: {reason}", fate.name());
        }
        for (export, count) in plan.exports.iter().zip(&ledger.exports) {
            let name = export.target.name();
            let ExportLine { written, not_selected } = ExportLine::of(count);
            if outcome.outputs.is_empty() {
                note!("  not published: {name}");
            } else {
                note!("  {name}: {written} written{not_selected}");
            }
        }
        if ledger.read > ledger.kept && !outcome.outputs.is_empty() {
            note!("  {}: {} rejects", plan.rejects.name(), ledger.read - ledger.kept);
        }
    }
    match &outcome.end {
        End::Done => {}
        End::OverBudget => note!(
            "error: {} of {} documents failed, more than `run.errors` allows; {} says why",
            ledger.count(Fate::Failed),
            ledger.read,
            plan.rejects.name()
        ),
        End::Aborted(why) => note!("error: stopped: {why}; no output was published"),
        End::Nothing => note!("error: no input matched; nothing was read or written"),
        End::Interrupted(_) => note!("error: interrupted; no output was published"),
        End::Io(why) => note!("error: {why}; no output was published"),
        End::Busy(path) => note!("error: another run is writing {}; nothing was done", path.display()),
    }
}

struct ExportLine {
    written: u64,
    not_selected: String,
}

impl ExportLine {
    fn of(count: &run::ExportCount) -> Self {
        let not_selected = match count.not_selected {
            0 => String::new(),
            n => format!(", {n} not selected"),
        };
        ExportLine { written: count.written, not_selected }
    }
}
