//! `warraq run`: a pipeline file and its inputs in, outputs, a ledger and an exit code out.

use crate::check::{self, Compiled};
use crate::cli::{LogFormat, ResumeMode, RunArgs, RunFormat};
use crate::log;
use crate::observe::Watcher;
use crate::plugin;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::config::PipelineSpec;
use warraq_engine::diagnostic::formats::{self, Checked, Verdict};
use warraq_engine::diagnostic::{Diagnostic, Diagnostics, EXPECTATION, Files, PATH};
use warraq_engine::junit::{self, Case, CaseResult, Suite};
use warraq_engine::plan::{Overrides, Plan, REPORT};
use warraq_engine::run::{self, Cancel, End, Fate, Outcome, Resume};

pub(crate) fn run(registry: &Registry, args: &RunArgs) -> Exit {
    if args.log_format == LogFormat::Json && args.format == RunFormat::Github {
        tracing::error!(name: "usage", "`--format github` writes lines that are no JSON: leave out `--log-format json`");
        return Exit::Usage;
    }
    let overrides = Overrides {
        inputs: args.inputs.clone(),
        out: args.out.clone(),
        threads: args.threads,
        window: args.window,
        report: args.report.clone(),
        shard: args.shard,
        log: log::sink(),
        plugins: plugin::options(&args.plugins),
    };
    let mut compiled = match check::compile(registry, &args.pipeline, &args.overlay, &overrides) {
        Ok(compiled) => compiled,
        Err(message) => {
            let mut diagnostics = Diagnostics::new();
            diagnostics.push(Diagnostic::error(PATH, message.as_str()));
            match args.format {
                RunFormat::Human => tracing::error!(name: "pipeline.unreadable", "{message}"),
                RunFormat::Github => show(args, &diagnostics, &Files::new()),
            }
            report_invalid(args, &Compiled { files: Files::new(), diagnostics, spec: None, plan: None });
            return Exit::Config;
        }
    };
    if let Some(spec) = &compiled.spec {
        log::about(&spec.name.value);
    }
    show(args, &compiled.diagnostics, &compiled.files);
    let Some(plan) = compiled.plan.take().map(Arc::new) else {
        report_invalid(args, &compiled);
        return Exit::Config;
    };

    let cancel = Cancel::new();
    if let Err(e) = stop_on_signals(&cancel) {
        tracing::warn!(name: "signals.failed", "signals cannot be handled: {e}");
    }
    let mut watcher = Watcher::new(&plan, args);
    let mut outcome = run::run(&plan, &watcher.options(args.limit, resume(args)), &cancel, &mut watcher);
    watcher.rest();

    let mut exit = outcome.end.exit();
    // A run that another one kept out must not write over that one's report, nor one that did not begin over its own.
    let may_report = !matches!(outcome.end, End::Busy { .. } | End::Refused(_)) || args.report.is_some();
    let report = run::report(&plan, &outcome);
    if may_report && !write_report(&report, &plan.report) {
        // Until there is a report, the run can be continued, if only to write it.
        exit = if exit == Exit::Done { Exit::Io } else { exit };
    } else if let Err(e) = outcome.settle() {
        tracing::error!(name: "checkpoint.failed", "the last checkpoint cannot be removed: {e}");
        exit = if exit == Exit::Done { Exit::Io } else { exit };
    }
    if let Some(path) = &args.junit
        && !write_junit(&plan.name, outcome.cases(&plan), path)
        && exit == Exit::Done
    {
        exit = Exit::Io;
    }
    summarize(&plan, &outcome, args.quiet);
    if let Some(spec) = &compiled.spec {
        show(args, &missed(spec, &outcome, args.format), &compiled.files);
    }
    if let (Some(memory), Some(peak_bytes)) = (plan.limits.memory, report["timing"]["peak_memory_bytes"].as_u64())
        && peak_bytes > memory
    {
        tracing::warn!(
            name: "run.memory_exceeded", peak_bytes, memory,
            "the run has held {peak_bytes} bytes, more than `run.memory`, which is {memory}: set a smaller `run.window` and \
             `run.record_limit`"
        );
    }
    let (status, code, seconds) = (report["status"].as_str(), exit.code(), outcome.elapsed.as_secs_f64());
    tracing::info!(name: "run.ends", status, exit_code = code, seconds);
    watcher.end(&outcome, exit);
    exit
}

/// What the run is to go on from.
fn resume(args: &RunArgs) -> Resume {
    match args.resume {
        None => Resume::No,
        Some(ResumeMode::Same) => Resume::Yes,
        Some(ResumeMode::Force) => Resume::Force,
    }
}

/// Shows problems, as they were asked for. Standard output may be the corpus.
fn show(args: &RunArgs, diagnostics: &Diagnostics, files: &Files) {
    match args.format {
        RunFormat::Human if args.log_format == LogFormat::Json => tell(args, diagnostics, files),
        RunFormat::Human => check::show_all(diagnostics, files),
        RunFormat::Github if diagnostics.is_empty() => {}
        RunFormat::Github => {
            let name = args.pipeline.to_string_lossy().into_owned();
            let (diagnostics, files) = (diagnostics.clone(), files.clone());
            let commands = formats::github(&[Checked { name, verdict: Verdict::Ok, diagnostics, files }]);
            commands.lines().for_each(|command| note!("{command}"));
        }
    }
}

/// Shows problems as events, one each.
fn tell(args: &RunArgs, diagnostics: &Diagnostics, files: &Files) {
    let name = args.pipeline.to_string_lossy().into_owned();
    let (diagnostics, files) = (diagnostics.clone(), files.clone());
    let all = formats::json(&[Checked { name, verdict: Verdict::Ok, diagnostics, files }]);
    for problem in all["files"][0]["diagnostics"].as_array().into_iter().flatten() {
        let (text, number) = (|key: &str| problem[key].as_str(), |key: &str| problem[key].as_u64());
        let (code, title, file, message) = (text("code"), text("title"), text("file"), text("message").unwrap_or(""));
        let (line, column, end_line, end_column) =
            (number("line"), number("column"), number("end_line"), number("end_column"));
        let helps: Vec<&str> = problem["helps"].as_array().into_iter().flatten().filter_map(|h| h.as_str()).collect();
        let help = Some(helps.join("\n")).filter(|help| !help.is_empty());
        macro_rules! tell {
            ($level:ident) => {
                tracing::$level!(
                    name: "problem", code, title, file, line, column, end_line, end_column, help, "{message}"
                )
            };
        }
        match text("severity") {
            Some("warning") => tell!(warn),
            _ => tell!(error),
        }
    }
}

/// What is not as expected, each at its place in the pipeline file. That too many documents failed is said in words
/// elsewhere, but has a place as well.
fn missed(spec: &PipelineSpec, outcome: &Outcome, format: RunFormat) -> Diagnostics {
    let mut missed = Diagnostics::new();
    if outcome.end == End::OverBudget && format == RunFormat::Github {
        let (failed, read) = (outcome.ledger.count(Fate::Failed), outcome.ledger.read);
        let message = format!("{failed} of {read} documents failed, more than `run.errors` allows");
        missed.push(Diagnostic::error(EXPECTATION, message).at(spec.run.errors.span));
    }
    missed.extend(outcome.expectations.iter().filter_map(run::Expectation::missed));
    spec.provenance.settle(&mut missed);
    missed
}

fn write_junit(pipeline: &str, cases: Vec<Case>, path: &Path) -> bool {
    let written = junit::junit("warraq", &[Suite { name: pipeline.to_owned(), cases }])
        .and_then(|text| junit::write(&crate::secret::hide(&text), path).map_err(|e| e.to_string()));
    if let Err(why) = &written {
        tracing::error!(name: "junit.failed", "the test report {}: {why}", path.display());
    }
    written.is_ok()
}

/// SIGINT, SIGTERM and SIGHUP stop the run in an orderly way; the second one stops it at once. An output that grows past a
/// limit on files is an error like a full disk.
fn stop_on_signals(cancel: &Cancel) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use std::sync::atomic::AtomicBool;
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
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
        tracing::error!(name: "report.failed", "the report {}: {e}", path.display());
    }
    written.is_ok()
}

/// A file that cannot run leaves a report too, where it would have left one, and no test report of an earlier run.
fn report_invalid(args: &RunArgs, compiled: &Compiled) {
    if let Some(path) = &args.junit {
        let name = args.pipeline.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let problems: Vec<String> =
            compiled.diagnostics.sorted().into_iter().map(|d| d.one_line(&compiled.files)).collect();
        let result = CaseResult::Error(problems.join("\n"));
        write_junit(&name, vec![Case::new(run::RUN_CASE, result)], path);
    }
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
    if !quiet && !matches!(outcome.end, End::Nothing | End::Busy { .. } | End::Refused(_)) {
        let (pipeline, read, kept, blank) = (plan.name.as_str(), ledger.read, ledger.kept, ledger.blank);
        let [dropped, duplicate, failed] =
            [Fate::Dropped, Fate::Duplicate, Fate::Failed].map(|fate| ledger.count(fate));
        tracing::info!(
            name: "summary", pipeline, read, kept, dropped, duplicate, failed, blank,
            "{pipeline}: read {read} = kept {kept} + dropped {dropped} + duplicate {duplicate} + failed {failed}   \
             ({blank} blank lines skipped)"
        );
        for ((fate, stage, reason), count) in &ledger.rejected {
            let stage = stage.map(|index| plan.stage_names[usize::from(index)].as_str());
            let (verdict, at) = (fate.name(), stage.unwrap_or("source or export"));
            tracing::info!(
                name: "summary.rejected", verdict, stage, reason, count, "  {verdict:<9} {count:>8}  {at}: {reason}"
            );
        }
        for (export, count) in plan.exports.iter().zip(&ledger.exports) {
            let name = export.target.name();
            let ExportLine { written, not_selected } = ExportLine::of(count);
            let published = !outcome.outputs.is_empty();
            let line = match published {
                true => format!("  {name}: {written} written{not_selected}"),
                false => format!("  not published: {name}"),
            };
            let not_selected = count.not_selected;
            tracing::info!(name: "summary.export", output = name, published, written, not_selected, "{line}");
        }
        if ledger.read > ledger.kept && !outcome.outputs.is_empty() {
            let (output, count) = (plan.rejects.name(), ledger.read - ledger.kept);
            tracing::info!(name: "summary.rejects", output, count, "  {output}: {count} rejects");
        }
        if !outcome.expectations.is_empty() {
            let met = outcome.expectations.iter().filter(|expectation| expectation.met).count();
            let count = outcome.expectations.len();
            tracing::info!(name: "summary.expectations", met, count, "  {met} of {count} expectations met");
        }
    }
    if let Some(problem) = outcome.problem(plan) {
        tracing::error!(name: "run.failed", "{problem}");
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
