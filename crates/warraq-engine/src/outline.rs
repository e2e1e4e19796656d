//! What a run would do, as data and in four forms: what `plan` shows. Nothing is read from the inputs but their sizes, and
//! nothing is written.

mod ascii;
mod graph;
#[cfg(test)]
mod tests;
mod words;

pub use ascii::ascii;
pub use graph::{dot, mermaid};

use crate::config::{Condition, OnError, Scalar};
use crate::diagnostic::{Files, Span};
use crate::plan::{Export, Place, Plan, PlannedStage, Source, Target};
use serde::Serialize;
use serde_json::{Map, Value, json};
use warraq_core::{Built, BuiltExport, Layers, Order};

/// The version of the JSON form. Keys are added, never changed.
const SCHEMA: u32 = 1;

/// A plan, as it is shown. Its JSON form is that of `warraq plan --format json`.
#[derive(Clone, Debug, Serialize)]
pub struct Outline {
    warraq_plan: u32,
    /// The pipeline's name.
    pub name: String,
    /// The pipeline file, as named by the caller.
    pub file: String,
    /// What is read, in this order.
    pub sources: Vec<SourceOutline>,
    /// What is done, in this order.
    pub stages: Vec<StageOutline>,
    /// What is written.
    pub exports: Vec<ExportOutline>,
    /// Where documents go that no export gets.
    pub rejects: String,
    /// Where the report goes.
    pub report: String,
    /// Files that stages are built with.
    pub resources: Vec<FileOutline>,
    /// The plugins.
    pub plugins: Vec<PluginOutline>,
    /// What must be true of the finished run: the subject and the comparison.
    pub expect: Vec<ExpectOutline>,
    /// How it runs.
    pub run: RunOutline,
}

/// A source.
#[derive(Clone, Debug, Serialize)]
pub struct SourceOutline {
    /// The format's name.
    pub format: String,
    /// The inputs, in the order in which they are read.
    pub inputs: Vec<InputOutline>,
    /// Bytes of all inputs as stored; none where one of them is a stream or not there.
    pub bytes: Option<u64>,
}

/// An input.
#[derive(Clone, Debug, Serialize)]
pub struct InputOutline {
    /// Its name in ids and messages.
    pub path: String,
    /// Its size as stored; none of a stream, or where there is no such file.
    pub bytes: Option<u64>,
}

/// A stage.
#[derive(Clone, Debug, Serialize)]
pub struct StageOutline {
    /// Its name in this pipeline.
    pub name: String,
    /// The stage it is.
    #[serde(rename = "use")]
    pub use_name: String,
    /// The layers it reads.
    pub reads: Vec<&'static str>,
    /// The layers it may write.
    pub writes: Vec<&'static str>,
    /// `parallel`, `in order` or `batch`.
    pub order: &'static str,
    /// Documents it takes at a time, of a batch stage.
    pub batch: Option<usize>,
    /// Whether it runs in a worker process.
    pub isolated: bool,
    /// The longest that it may take for a document, in milliseconds, if the file says; in a worker process, for a batch.
    pub timeout_ms: Option<u64>,
    /// The most memory the worker process may have, in bytes, if the file says.
    pub memory_bytes: Option<u64>,
    /// Which documents it sees, as in the pipeline file; none for all.
    pub when: Option<Value>,
    /// What becomes of a document it fails on.
    pub on_error: &'static str,
    /// Its options, as given.
    pub options: Value,
    #[serde(skip)]
    when_words: Option<String>,
}

/// An export.
#[derive(Clone, Debug, Serialize)]
pub struct ExportOutline {
    /// The format's name.
    pub format: String,
    /// Where it goes; none where the format has a sink of its own.
    pub path: Option<String>,
    /// The codec it is compressed with.
    pub codec: Option<&'static str>,
    /// The number of stages a document has been through when it is taken.
    pub after: usize,
    /// `parallel`, or `in order` where one writer takes all documents.
    pub order: &'static str,
    /// Which documents it takes, as in the pipeline file; none for all.
    #[serde(rename = "where")]
    pub filter: Option<Value>,
    #[serde(skip)]
    filter_words: Option<String>,
}

/// A file and its hash.
#[derive(Clone, Debug, Serialize)]
pub struct FileOutline {
    /// The path as the pipeline file gives it.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// A plugin.
#[derive(Clone, Debug, Serialize)]
pub struct PluginOutline {
    /// The family of its stages in this pipeline.
    pub alias: String,
    /// The file and the line, from 1, that name it: a fragment may have been written by somebody else.
    pub named: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where its library is.
    pub path: String,
    /// The library's size in bytes.
    pub bytes: u64,
    /// The library's SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// An expectation.
#[derive(Clone, Debug, Serialize)]
pub struct ExpectOutline {
    /// What is compared.
    pub key: String,
    /// The comparison.
    pub wanted: String,
}

/// How it runs.
#[derive(Clone, Debug, Serialize)]
pub struct RunOutline {
    /// Worker threads.
    pub threads: usize,
    /// Bytes of input in flight.
    pub window_bytes: u64,
    /// The largest record, in bytes.
    pub record_limit_bytes: u64,
    /// Bytes that may come out of each compressed byte of an input.
    pub expansion_limit: u64,
    /// The most tokens of a document.
    pub token_limit: usize,
    /// The most spans of a document.
    pub span_limit: usize,
    /// The memory ceiling, in bytes, if there is one.
    pub memory_bytes: Option<u64>,
    /// How many documents may fail: a count, or a percentage of those read.
    pub errors: String,
    /// What becomes of a record that cannot be read.
    pub on_error: &'static str,
}

impl Outline {
    /// What a plan would do; `files` are those that it was read from.
    pub fn of(plan: &Plan, files: &Files) -> Self {
        let place = |span: Span| format!("{}:{}", files.name(span.file), files.line_col(span.file, span.start).0);
        let expect = plan.expect.iter();
        Outline {
            warraq_plan: SCHEMA,
            name: plan.name.clone(),
            file: plan.file.clone(),
            sources: plan.sources.iter().map(source).collect(),
            stages: plan.stages.iter().map(stage).collect(),
            exports: plan.exports.iter().map(export).collect(),
            rejects: plan.rejects.name(),
            report: plan.report.display().to_string(),
            resources: (plan.resources.iter())
                .map(|r| FileOutline {
                    path: plan.secrets.hide(&r.name).into_owned(),
                    bytes: r.bytes,
                    sha256: r.sha256.clone(),
                })
                .collect(),
            plugins: (plan.plugins.iter())
                .map(|plugin| PluginOutline {
                    alias: plugin.alias.clone(),
                    named: place(plugin.named),
                    name: plugin.entry.name.clone(),
                    version: plugin.entry.version.clone(),
                    path: plugin.path.display().to_string(),
                    bytes: plugin.bytes,
                    sha256: plugin.sha256.clone(),
                })
                .collect(),
            expect: expect
                .map(|e| ExpectOutline { key: e.subject.to_string(), wanted: e.comparison.to_string() })
                .collect(),
            run: RunOutline {
                threads: plan.threads,
                window_bytes: plan.window,
                record_limit_bytes: plan.record_limit,
                expansion_limit: plan.limits.expansion,
                token_limit: plan.limits.document.tokens,
                span_limit: plan.limits.document.spans,
                memory_bytes: plan.limits.memory,
                errors: plan.errors.to_string(),
                on_error: on_error(plan.on_error),
            },
        }
    }

    /// The JSON form.
    pub fn json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

fn on_error(on_error: OnError) -> &'static str {
    OnError::ALL.iter().find(|(_, value)| *value == on_error).map_or("", |(word, _)| word)
}

fn source(source: &Source) -> SourceOutline {
    let inputs: Vec<InputOutline> = (source.inputs.iter())
        .map(|input| InputOutline {
            path: input.name.clone(),
            bytes: match &input.place {
                Place::Standard => None,
                Place::File(path) => path.metadata().ok().filter(std::fs::Metadata::is_file).map(|m| m.len()),
            },
        })
        .collect();
    SourceOutline {
        format: source.format_name.to_string(),
        bytes: inputs.iter().map(|input| input.bytes).sum(),
        inputs,
    }
}

fn names(layers: Layers) -> Vec<&'static str> {
    layers.iter().map(|layer| layer.name()).collect()
}

fn stage(stage: &PlannedStage) -> StageOutline {
    // `plan` builds the stages of all plugins in worker processes, where they take batches; what the run does, the file says.
    let is_batch = |built: &Built| match built {
        Built::Batch(built) if stage.isolation.is_some() || stage.plugin.is_none() => Some(built.batch()),
        _ => None,
    };
    let batch = is_batch(&stage.built);
    StageOutline {
        name: stage.name.clone(),
        use_name: stage.use_name.clone(),
        reads: names(stage.reads),
        writes: names(stage.writes),
        order: match (stage.order, batch) {
            (Order::InOrder, _) => "in order",
            (Order::Parallel, Some(_)) => "batch",
            (Order::Parallel, None) => "parallel",
        },
        batch,
        isolated: stage.isolation.is_some(),
        timeout_ms: stage.timeout.and_then(|timeout| u64::try_from(timeout.as_millis()).ok()),
        memory_bytes: stage.isolation.as_ref().and_then(|isolation| Some(isolation.memory?.value)),
        when: stage.condition().map(condition),
        on_error: on_error(stage.on_error),
        options: stage.options.clone(),
        when_words: stage.condition().map(words::condition),
    }
}

fn export(export: &Export) -> ExportOutline {
    ExportOutline {
        format: export.format_name.to_string(),
        path: (!matches!(export.target, Target::Own(_))).then(|| export.target.name()),
        codec: export.codec.map(|codec| codec.name),
        after: export.after,
        order: match export.format {
            BuiltExport::Encoded(_) => "parallel",
            BuiltExport::InOrder(_) => "in order",
        },
        filter: export.condition().map(condition),
        filter_words: export.condition().map(words::condition),
    }
}

/// A condition, as it stands in the pipeline file.
fn condition(condition: &Condition) -> Value {
    let Condition { lang, meta, label, score, .. } = condition;
    let texts =
        |texts: &[crate::config::Spanned<String>]| texts.iter().map(|text| text.value.as_str()).collect::<Value>();
    let mut map = Map::new();
    if !lang.is_empty() {
        map.insert("lang".into(), texts(lang));
    }
    if !meta.is_empty() {
        let fields = meta.iter().map(|(key, values)| {
            let values = values.iter().map(|value| match &value.value {
                Scalar::Str(text) => json!(text),
                Scalar::Int(number) => json!(number),
                Scalar::Float(number) => json!(number),
                Scalar::Bool(flag) => json!(flag),
            });
            (key.value.clone(), values.collect())
        });
        map.insert("meta".into(), Value::Object(fields.collect()));
    }
    if !label.is_empty() {
        map.insert("label".into(), texts(label));
    }
    if !score.is_empty() {
        let ranges = score.iter().map(|(name, range)| {
            let ends = [("min", range.min), ("max", range.max)];
            let ends = ends.into_iter().filter_map(|(end, bound)| Some((end.to_owned(), json!(bound?))));
            (name.value.clone(), Value::Object(ends.collect()))
        });
        map.insert("score".into(), Value::Object(ranges.collect()));
    }
    Value::Object(map)
}
