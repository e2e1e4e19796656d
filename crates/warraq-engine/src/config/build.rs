//! From the tree to the [`PipelineSpec`]: the grammar of the pipeline file, table by table.
//!
//! Nothing here stops at an error. What is wrong is reported and replaced by its default or left out, and the rest is
//! read on.

use super::condition::condition;
use super::expect::expect;
use super::fields::{Fields, malformed, missing_key, missing_or_misspelt, strings};
use super::limits::LimitsSpec;
use super::node::{Kind, Node, Table, type_error};
use super::plugins;
use super::provenance::Provenance;
use super::spec::{
    Budget, DEFAULT_CHECKPOINT, DEFAULT_RECORD_LIMIT, ExportSpec, MAX_THREADS, OnError, PipelineSpec, RejectsSpec,
    RunSpec, SourceSpec, Spanned, StageSpec,
};
use super::suggest;
use super::test_table::{self, Pipeline};
use super::units::{BUDGET_FORM, OFF, budget, duration};
use crate::diagnostic::{
    DUPLICATE_PATH, DUPLICATE_STAGE, Diagnostic, Diagnostics, FileId, GRAMMAR_VERSION, INCOMPLETE, MALFORMED,
    NO_SUCH_STAGE, OUT_OF_RANGE, Span,
};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// The grammar this version reads.
pub const GRAMMAR: i64 = 1;

/// The runner's own keys of a `[[source]]`; the others are the format's.
pub const SOURCE_KEYS: &[&str] = &["use", "paths"];
/// The runner's own keys of a `[[stage]]`; the others are the stage's.
pub const STAGE_KEYS: &[&str] = &["use", "name", "when", "run"];
/// The runner's own keys of an `[[export]]`; the others are the format's.
pub const EXPORT_KEYS: &[&str] = &["use", "path", "where", "after"];

pub(crate) const ROOT_KEYS: &[&str] = &[
    "warraq", "include", "name", "vars", "run", "plugins", "source", "stage", "export", "rejects", "test", "expect",
    "profile",
];
pub(crate) const RUN_KEYS: &[&str] = &[
    "threads",
    "errors",
    "on_error",
    "window",
    "record_limit",
    "checkpoint",
    "expansion_limit",
    "token_limit",
    "span_limit",
    "timeout",
    "memory",
    "plugin_dirs",
];
pub(crate) const STAGE_RUN_KEYS: &[&str] = &["on_error", "isolate", "timeout", "memory"];
pub(crate) const REJECTS_KEYS: &[&str] = &["path"];

/// How often a run takes a checkpoint: a time, or `off`.
fn checkpoint(node: &Node, label: &str, out: &mut Diagnostics) -> Option<Spanned<Option<Duration>>> {
    const FORM: &str = "a time such as \"30s\" or \"2min\", or \"off\"";
    let Some(text) = node.as_str() else {
        out.push(type_error(node, FORM, label));
        return None;
    };
    let value = if text.trim() == OFF { Some(None) } else { duration(text).map(Some) };
    if value.is_none() {
        out.push(malformed(node, text, FORM, label));
    }
    value.map(|value| Spanned::new(value, node.span))
}

/// Reads the root table. `None` only if the file is written in another grammar: then nothing in it can be judged.
pub(super) fn build(root: &Node, file: FileId, default_name: &str, out: &mut Diagnostics) -> Option<PipelineSpec> {
    let start = Span::new(file, 0, 0);
    let fields = Fields::of(root, "the pipeline file", out)?;
    if !grammar(&fields, out) {
        return None;
    }
    fields.check_keys(ROOT_KEYS, out);

    let name = fields.string("name", out);
    let run = run(&fields, start, out);
    let (plugins, refused_plugins) = plugins::plugins(&fields, out);
    let sources = tables(&fields, "source", out);
    let sources = sources.iter().filter_map(|node| source(node, out));
    let sources: Vec<_> = sources.collect();
    let mut stages = stages(&fields, out);
    stages.iter_mut().for_each(|stage| stage.timeout = stage.timeout.or(run.limits.timeout));
    let exports = tables(&fields, "export", out);
    let exports = exports.iter().filter_map(|node| export(node, out));
    let exports: Vec<_> = exports.collect();
    let rejects = fields.get("rejects").and_then(|node| rejects(node, out));
    branches(&exports, &fields, &stages, out);
    output_paths(&exports, rejects.as_ref(), out);
    let pipeline = Pipeline { stages: stage_names(&fields, &stages), sources: sources.len() };
    let tests = test_table::tests(&tables(&fields, "test", out), &pipeline, out);
    let expect = expect(&fields, &stages, out);

    Some(PipelineSpec {
        file,
        name: name.unwrap_or_else(|| Spanned::new(default_name.to_owned(), start)),
        run,
        plugins,
        refused_plugins,
        sources,
        stages,
        exports,
        rejects,
        expect,
        tests,
        included: Vec::new(),
        root: Node::new(Kind::Table(Table::new()), start),
        provenance: Provenance::default(),
    })
}

/// Whether the file says that it is written in a grammar of which nothing is known here.
pub(super) fn is_foreign(root: &Node) -> bool {
    let version = root.as_table().and_then(|table| table.get("warraq"));
    version.is_some_and(|version| matches!(version.kind, Kind::Int(version) if version != GRAMMAR))
}

/// Whether the file is written in the grammar that is read here; a file that does not say so is taken to be.
fn grammar(fields: &Fields<'_>, out: &mut Diagnostics) -> bool {
    let Some(node) = fields.get("warraq") else {
        out.push(
            missing_key("warraq", &fields.owner, fields.span)
                .help(format!("begin the file with `warraq = {GRAMMAR}`, the version of its grammar")),
        );
        return true;
    };
    match node.expect_int("the version of the grammar", out) {
        Some(version) if version != GRAMMAR => {
            let message = format!("grammar version {version} is not known: this program reads version {GRAMMAR}");
            out.push(Diagnostic::error(GRAMMAR_VERSION, message).at(node.span));
            false
        }
        _ => true,
    }
}

fn run(root: &Fields<'_>, start: Span, out: &mut Diagnostics) -> RunSpec {
    let empty = Table::new();
    let fields = (root.get("run")).and_then(|node| Fields::of(node, "`[run]`", out)).unwrap_or(Fields {
        table: &empty,
        span: start,
        owner: "`[run]`".to_owned(),
    });
    fields.check_keys(RUN_KEYS, out);
    let threads = fields.get("threads").and_then(|node| {
        let number = node.expect_int(&fields.label("threads"), out)?;
        let Some(threads) = usize::try_from(number).ok().filter(|&threads| threads <= MAX_THREADS) else {
            out.push(
                Diagnostic::error(OUT_OF_RANGE, format!("{number} threads are not possible"))
                    .label(node.span, fields.label("threads"))
                    .help(format!("at most {MAX_THREADS}; 0 is one thread per core")),
            );
            return None;
        };
        Some(Spanned::new(threads, node.span))
    });
    let errors = fields.get("errors").and_then(|node| failures(node, &fields, out));
    let default = fields.span;
    RunSpec {
        threads: threads.unwrap_or(Spanned::new(0, default)),
        errors: errors.unwrap_or(Spanned::new(Budget::Count(0), default)),
        on_error: (fields.choice("on_error", &OnError::ALL, out)).unwrap_or(Spanned::new(OnError::default(), default)),
        plugin_dirs: (fields.get("plugin_dirs"))
            .map(|node| strings(node, &fields.label("plugin_dirs"), out))
            .unwrap_or_default(),
        window: fields.byte_size("window", out),
        checkpoint: (fields.get("checkpoint").and_then(|node| checkpoint(node, &fields.label("checkpoint"), out)))
            .unwrap_or(Spanned::new(Some(DEFAULT_CHECKPOINT), default)),
        record_limit: (fields.byte_size("record_limit", out)).unwrap_or(Spanned::new(DEFAULT_RECORD_LIMIT, default)),
        limits: LimitsSpec::read(&fields, out),
    }
}

fn failures(node: &Node, fields: &Fields<'_>, out: &mut Diagnostics) -> Option<Spanned<Budget>> {
    let label = fields.label("errors");
    let value = match &node.kind {
        Kind::Int(count) => u64::try_from(*count).ok().map(Budget::Count),
        Kind::Str(text) => budget(text),
        _ => {
            out.push(type_error(node, BUDGET_FORM, &label));
            return None;
        }
    };
    if value.is_none() {
        let text = match &node.kind {
            Kind::Str(text) => text.clone(),
            Kind::Int(count) => count.to_string(),
            _ => String::new(),
        };
        out.push(malformed(node, &text, BUDGET_FORM, &label));
    }
    value.map(|value| Spanned::new(value, node.span))
}

/// The `[[key]]` tables; one `[key]` alone is a frequent slip and gets its own advice.
fn tables<'a>(root: &Fields<'a>, key: &str, out: &mut Diagnostics) -> Vec<&'a Node> {
    let nodes = match root.get(key).map(|node| (node, node.as_array())) {
        Some((_, Some(items))) => items.iter().collect(),
        Some((node, None)) => {
            let error = type_error(node, "an array of tables", &root.label(key));
            out.push(error.help(format!("each {key} is a table of its own: `[[{key}]]`")));
            // Its content can still be looked at.
            return node.as_table().map(|_| node).into_iter().collect();
        }
        None => Vec::new(),
    };
    let incomplete = match key {
        "source" => Some("the pipeline reads nothing: it has no `[[source]]`"),
        "export" => Some("the pipeline writes nothing: it has no `[[export]]`"),
        _ => None,
    };
    if let (Some(message), true) = (incomplete, nodes.is_empty()) {
        out.push(Diagnostic::error(INCOMPLETE, message).at(root.span));
    }
    nodes
}

/// The keys that the runner does not own, as a table at the header's place.
fn options(fields: &Fields<'_>, runner: &[&str]) -> Node {
    Node::new(Kind::Table(fields.table.without(runner)), fields.span)
}

fn source(node: &Node, out: &mut Diagnostics) -> Option<SourceSpec> {
    let fields = Fields::of(node, "`[[source]]`", out)?;
    let paths = fields.required("paths", SOURCE_KEYS, out);
    let paths = paths.map(|node| strings(node, &fields.label("paths"), out));
    Some(SourceSpec {
        span: node.span,
        use_name: fields.string("use", out),
        paths: paths.unwrap_or_default(),
        options: options(&fields, SOURCE_KEYS),
    })
}

fn stages(root: &Fields<'_>, out: &mut Diagnostics) -> Vec<StageSpec> {
    let mut stages: Vec<StageSpec> = Vec::new();
    let mut names: HashMap<String, Span> = HashMap::new();
    for node in tables(root, "stage", out) {
        let Some(fields) = Fields::of(node, "`[[stage]]`", out) else {
            continue;
        };
        let Some(stage) = stage(fields, out) else {
            continue;
        };
        match names.get(&stage.name.value) {
            None => {
                names.insert(stage.name.value.clone(), stage.name.span);
            }
            Some(first) => {
                let message = format!("two stages are named `{}`", stage.name);
                let by_default = stage.name.span == stage.use_name.span;
                let help = by_default.then(|| "a stage is named after its `use`; give this one a `name`".to_owned());
                out.push(
                    Diagnostic::error(DUPLICATE_STAGE, message)
                        .label(stage.name.span, "the second")
                        .also(*first, "the first")
                        .help_if(help),
                );
            }
        }
        stages.push(stage);
    }
    stages
}

fn stage(mut fields: Fields<'_>, out: &mut Diagnostics) -> Option<StageSpec> {
    fields.required("use", STAGE_KEYS, out);
    let use_name = fields.string("use", out);
    let given_name = fields.string("name", out);
    let name = given_name.or_else(|| use_name.clone());
    if let Some(name) = &name {
        fields.owner = format!("stage `{name}`");
        // `--set stage.0.…` and reports address stages by number too.
        if name.bytes().all(|b| b.is_ascii_digit()) {
            let error = Diagnostic::error(MALFORMED, "a stage's name cannot be a number");
            out.push(error.label(name.span, fields.label("name")));
        }
    }
    let when = fields.get("when");
    let when = when.and_then(|node| condition(node, &fields.label("when"), out));
    let run = fields.get("run");
    let run = run.and_then(|node| Fields::of(node, &fields.label("run"), out));
    let (mut on_error, mut timeout, mut isolation) = (None, None, None);
    if let Some(run) = run {
        run.check_keys(STAGE_RUN_KEYS, out);
        on_error = run.choice("on_error", &OnError::ALL, out);
        timeout = run.get("timeout").and_then(|node| plugins::time(node, &run.label("timeout"), out));
        isolation = plugins::isolation(&run, out);
    }
    Some(StageSpec {
        span: fields.span,
        use_name: use_name?,
        name: name?,
        when,
        on_error,
        timeout,
        isolation,
        options: options(&fields, STAGE_KEYS),
    })
}

fn export(node: &Node, out: &mut Diagnostics) -> Option<ExportSpec> {
    let fields = Fields::of(node, "`[[export]]`", out)?;
    // A format may have a sink of its own and take no path; which format it is, only the plan knows.
    if fields.get("use").is_none() {
        fields.required("path", EXPORT_KEYS, out);
    }
    let path = fields.string("path", out);
    let is_wrong = path.is_none() && (fields.get("path").is_some() || fields.get("use").is_none());
    let path = path.or_else(|| is_wrong.then(|| Spanned::new(String::new(), node.span)));
    let filter = fields.get("where");
    Some(ExportSpec {
        span: node.span,
        use_name: fields.string("use", out),
        path,
        filter: filter.and_then(|node| condition(node, &fields.label("where"), out)),
        after: fields.string("after", out),
        options: options(&fields, EXPORT_KEYS),
    })
}

impl ExportSpec {
    /// The error that it has no path, where its format asks for one.
    pub(crate) fn missing_path(&self) -> Diagnostic {
        let empty = Table::default();
        let others = self.options.as_table().unwrap_or(&empty);
        missing_or_misspelt("path", "`[[export]]`", self.span, others, EXPORT_KEYS)
    }
}

fn rejects(node: &Node, out: &mut Diagnostics) -> Option<RejectsSpec> {
    let fields = Fields::of(node, "`[rejects]`", out)?;
    fields.check_keys(REJECTS_KEYS, out);
    Some(RejectsSpec { span: node.span, path: fields.string("path", out) })
}

/// The names that stages can be referred to by, in order. Those of stages that were left out for another error follow.
fn stage_names<'a>(root: &Fields<'a>, stages: &'a [StageSpec]) -> Vec<&'a str> {
    let written = root.get("stage").and_then(Node::as_array).unwrap_or(&[]);
    let written = written.iter().filter_map(|node| node.as_table()?.get("name")?.as_str());
    stages.iter().map(|stage| stage.name.as_str()).chain(written).collect()
}

/// Checks that each `after` names a stage.
fn branches(exports: &[ExportSpec], root: &Fields<'_>, stages: &[StageSpec], out: &mut Diagnostics) {
    let names = stage_names(root, stages);
    for after in exports.iter().filter_map(|export| export.after.as_ref()) {
        if !names.contains(&after.as_str()) {
            let mut listed = names.clone();
            listed.dedup();
            let error = Diagnostic::error(NO_SUCH_STAGE, format!("no stage is named `{after}`"));
            let help = suggest::help(after, listed, "stages");
            out.push(error.label(after.span, "`after` of `[[export]]`").help_if(help));
        }
    }
}

/// Checks that no two outputs share a path, however it is spelt.
fn output_paths(exports: &[ExportSpec], rejects: Option<&RejectsSpec>, out: &mut Diagnostics) {
    let paths = exports.iter().filter_map(|export| export.path.as_ref());
    let paths = paths.chain(rejects.and_then(|rejects| rejects.path.as_ref()));
    let mut seen: HashMap<PathBuf, Span> = HashMap::new();
    for path in paths.filter(|path| !path.is_empty()) {
        let plain: PathBuf = Path::new(path.as_str()).components().filter(|part| *part != Component::CurDir).collect();
        let Some(first) = seen.get(&plain) else {
            seen.insert(plain, path.span);
            continue;
        };
        let message = match path.as_str() {
            "-" => "two outputs go to standard output".to_owned(),
            path => format!("two outputs have the path `{path}`"),
        };
        out.push(Diagnostic::error(DUPLICATE_PATH, message).label(path.span, "the second").also(*first, "the first"));
    }
}
