//! `warraq trace`: one document through a pipeline, and for each stage what it changed.

use crate::check;
use crate::cli::{Overlay, Plugins};
use crate::difference::{Page, counted};
use crate::{log, plugin, show};
use clap::Args;
use serde::Serialize;
use serde_json::json;
use std::io::Read;
use std::path::PathBuf;
use warraq_core::{Document, Error, Registry};
use warraq_engine::Exit;
use warraq_engine::config::suggest;
use warraq_engine::diagnostic::{NO_INPUT, quoted, revealed};
use warraq_engine::plan::{Overrides, Plan};
use warraq_engine::probe::{self, Failure, Outcome, Probe, Reached, Step, Takes, Trace};
use warraq_engine::run::{Origin, Search, Wanted, find};

#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// The pipeline file.
    pipeline: PathBuf,
    /// Inputs to look for the document in, in the place of those the sources name; `-` is standard input. As in `run`.
    inputs: Vec<PathBuf>,
    /// The id of the document; without it, the first one is shown.
    #[arg(long)]
    id: Option<String>,
    /// A text to run in the place of a document of the inputs; `-` reads it from standard input.
    #[arg(long, conflicts_with_all = ["id", "inputs"])]
    text: Option<String>,
    /// Take the documents before it through the stages first, so that stages which work in order know them.
    #[arg(long, requires = "id")]
    with_before: bool,
    /// Show this stage alone; may be given several times.
    #[arg(long = "stage", value_name = "NAME")]
    stages: Vec<String>,
    /// Show every change, however many there are.
    #[arg(long, conflicts_with = "json")]
    full: bool,
    /// As JSON (`warraq_trace: 1`), always in full.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    overlay: Overlay,
    #[command(flatten)]
    plugins: Plugins,
}

/// The name of a text that is given, in the place of an id.
const TEXT: &str = "text";

/// A document to be traced.
struct Subject {
    doc: Document,
    failed: Option<Error>,
    /// None of a text that was given.
    origin: Option<Origin>,
}

/// What is written as JSON.
#[derive(Serialize)]
struct Output<'a> {
    warraq_trace: u32,
    pipeline: serde_json::Value,
    document: serde_json::Value,
    #[serde(flatten)]
    trace: &'a Trace,
}

pub(crate) fn trace(registry: &Registry, args: &TraceArgs) -> Exit {
    let overrides = Overrides {
        inputs: args.inputs.clone(),
        log: log::sink(),
        plugins: plugin::options(&args.plugins),
        ..Overrides::default()
    };
    let mut compiled = match check::compile(registry, &args.pipeline, &args.overlay, &overrides) {
        Ok(compiled) => compiled,
        Err(message) => {
            note!("error: {message}");
            return Exit::Config;
        }
    };
    // Where a text is given, no input is read.
    compiled.diagnostics.retain(|problem| args.text.is_none() || problem.code != NO_INPUT);
    check::show_all(&compiled.diagnostics, &compiled.files);
    let Some(plan) = &compiled.plan else { return Exit::Config };
    let names = || plan.stage_names.iter().map(String::as_str);
    if let Some(unknown) = args.stages.iter().find(|name| !names().any(|known| known == **name)) {
        note!("error: the pipeline has no stage `{unknown}`");
        if let Some(help) = suggest::help(unknown, names(), "stages") {
            note!("help: {help}");
        }
        return Exit::Usage;
    }
    // Panics of stages on a thread of this name belong to the document; they are shown with it, and nowhere else.
    let worker = std::thread::Builder::new().name("warraq-worker-trace".into());
    std::thread::scope(|scope| match worker.spawn_scoped(scope, || trace_one(plan, args)) {
        Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        Err(e) => {
            note!("error: a thread cannot be started: {e}");
            Exit::Io
        }
    })
}

fn trace_one(plan: &Plan, args: &TraceArgs) -> Exit {
    let mut probe = Probe::new(plan);
    let mut subject = match subject(plan, args, &mut probe) {
        Ok(subject) => subject,
        Err(exit) => return exit,
    };
    let mut trace = probe::trace(&mut probe, &mut subject.doc, subject.failed.as_ref());
    if !args.stages.is_empty() {
        trace.steps.retain(|step| args.stages.contains(&step.stage));
    }
    let text = if args.json {
        let output = Output {
            warraq_trace: 1,
            pipeline: json!({ "name": plan.name, "file": plan.file }),
            document: json!({
                "id": subject.doc.id(), "origin": subject.origin, "with_before": args.with_before,
            }),
            trace: &trace,
        };
        match serde_json::to_string_pretty(&output) {
            Ok(text) => text + "\n",
            Err(e) => {
                note!("error: {e}");
                return Exit::Io;
            }
        }
    } else {
        page(plan, args, &subject, &trace)
    };
    show::print(&text)
}

/// The document that is meant.
fn subject(plan: &Plan, args: &TraceArgs, probe: &mut Probe<'_>) -> Result<Subject, Exit> {
    let given = |text: &str| Subject { doc: Document::with_text(TEXT, text), failed: None, origin: None };
    match args.text.as_deref() {
        Some("-") => return Ok(given(&standard_input(plan.record_limit)?)),
        Some(text) => return Ok(given(text)),
        None => {}
    }
    let wanted = args.id.as_deref().map_or(Wanted::First, Wanted::Id);
    let stages = plan.stages.len();
    let mut before = |doc: &mut Document| {
        if args.with_before {
            probe.run(doc, 0..stages, &mut ());
        }
    };
    match find(plan, wanted, &mut before) {
        Ok(Search::Found(found)) => Ok(Subject { doc: found.doc, failed: found.failed, origin: Some(found.origin) }),
        Ok(Search::Missing { documents: 0, .. }) => {
            note!("error: no input matched; there is no document to trace");
            Err(Exit::Nothing)
        }
        Ok(Search::Missing { documents, ids }) => {
            let id = args.id.as_deref().unwrap_or_default();
            note!("error: none of {} has the id {}", counted(documents as usize, "document"), quoted(id));
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            match suggest::nearest(id, ids.iter().copied()) {
                Some(near) => note!("help: did you mean {}?", quoted(near)),
                None => note!("help: ids look like {}", quoted(ids.first().unwrap_or(&""))),
            }
            Err(Exit::Nothing)
        }
        Err(message) => {
            note!("error: input {message}");
            Err(Exit::Io)
        }
    }
}

/// The text on standard input.
fn standard_input(limit: u64) -> Result<String, Exit> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(limit.saturating_add(1)).read_to_end(&mut bytes);
    let text = match read {
        Err(e) => Err(e.to_string()),
        Ok(_) if bytes.len() as u64 > limit => Err(format!("more than {limit} bytes, the `run.record_limit`")),
        Ok(_) => {
            let text = String::from_utf8(bytes);
            text.map_err(|e| format!("byte {} is not UTF-8", e.utf8_error().valid_up_to()))
        }
    };
    match text {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(why) => {
            note!("error: standard input: {why}");
            Err(Exit::Io)
        }
    }
}

/// The trace, for people.
fn page(plan: &Plan, args: &TraceArgs, subject: &Subject, trace: &Trace) -> String {
    let mut page = Page::new(args.full);
    let id = page.quoted(subject.doc.id());
    match &subject.origin {
        None => page.title("the text given"),
        Some(Origin { path, record, line, byte, earlier }) => {
            page.title(format!("document {id}"));
            let line = line.map_or(String::new(), |line| format!("line {line}, "));
            page.line(1, format!("{}: record {record}, {line}byte {byte}", revealed(path)));
            match args.id {
                None => page.aside(1, "the first document; --id chooses another"),
                Some(_) => page.aside(1, format!("{} before it", counted(*earlier as usize, "document"))),
            }
        }
    }
    if let Some(failure) = &trace.undecoded {
        failed(&mut page, "the record cannot be read", failure);
    }
    for step in &trace.steps {
        show_step(&mut page, args, subject, step);
    }
    show_end(&mut page, plan, trace);
    page.into_text()
}

fn show_step(page: &mut Page, args: &TraceArgs, subject: &Subject, step: &Step) {
    let name = match step.stage == step.use_name {
        true => revealed(&step.stage).into_owned(),
        false => format!("{} ({})", revealed(&step.stage), revealed(&step.use_name)),
    };
    page.line(0, "");
    page.title(name);
    let earlier = subject.origin.as_ref().map_or(0, |origin| origin.earlier);
    if step.takes == Takes::InOrder && earlier > 0 && step.did != Outcome::NotReached {
        let earlier = counted(earlier as usize, "document");
        match args.with_before {
            true => page.aside(1, format!("in order: it was shown the {earlier} before this one")),
            false => page.aside(1, format!("in order: it knows nothing of the {earlier} before; see --with-before")),
        }
    }
    match (step.did, &step.failure) {
        (Outcome::NotReached, _) => page.aside(1, "not reached"),
        (Outcome::NotApplied, _) => page.aside(1, "not applied: its `when` does not hold"),
        (Outcome::Skipped, Some(failure)) => {
            failed(page, "it failed and was skipped, as its `on_error` says", failure);
        }
        (Outcome::Failed, Some(failure)) => failed(page, "it failed, and the document with it", failure),
        _ if step.changed_nothing() => page.aside(1, "nothing changed"),
        _ => {}
    }
    if step.rebased {
        page.line(1, "the source is now this stage's own output; source offsets count from here");
    }
    page.edits(&step.text, &step.edits);
    page.layers(&step.layers);
    page.fields(&step.fields);
    if let Some(decision) = &step.decision {
        let what = match &decision.kept_id {
            Some(kept) => format!("duplicate of {}", page.quoted(kept)),
            None => reasoned(decision.verdict, &decision.reason, &decision.message),
        };
        page.line(1, what);
    }
}

/// `dropped: reason: message`
fn reasoned(what: &str, reason: &str, message: &str) -> String {
    let message = if message.is_empty() { String::new() } else { format!(": {}", revealed(message)) };
    format!("{what}: {}{message}", revealed(reason))
}

fn failed(page: &mut Page, what: &str, failure: &Failure) {
    let at = failure.at.map_or(String::new(), |at| format!(" (byte {at} of the record)"));
    page.line(1, format!("{}{at}", reasoned(what, &failure.reason, &failure.message)));
    if failure.ends_run {
        page.line(1, "a run would end here: `on_error` is `abort`");
    }
}

fn show_end(page: &mut Page, plan: &Plan, trace: &Trace) {
    page.line(0, "");
    let end = &trace.end;
    let by = end.stage.as_ref().map_or(String::new(), |stage| format!(" by {}", revealed(stage)));
    let why = end.reason.as_ref().map_or(String::new(), |reason| format!(": {}", revealed(reason)));
    page.title(format!("{}{by}{why}", end.verdict));
    for export in &trace.exports {
        let what = match export.outcome {
            Reached::Takes => "takes it",
            Reached::NotSelected => "does not take it: its `where` does not hold",
            Reached::Failed => "cannot write it",
            Reached::NotReached => "is not reached",
        };
        let after = match export.after.as_deref() {
            None => String::new(),
            Some("") => " (before the first stage)".into(),
            Some(stage) => format!(" (after {})", revealed(stage)),
        };
        page.line(1, format!("{}{after} {what}", revealed(&export.path)));
        if let Some(failure) = &export.failure {
            page.line(2, reasoned("failed", &failure.reason, &failure.message));
        }
    }
    if end.verdict != "kept" {
        page.line(1, format!("{} gets it", revealed(&plan.rejects.name())));
    }
}
