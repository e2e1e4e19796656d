//! From a pipeline file to something that can run: names are looked up, options checked, stages built, files found.
//!
//! `check` and `run` share this path, so what one accepts the other never refuses.

mod conditions;
mod deadline;
mod expect;
mod exports;
mod inputs;
mod layers;
mod limits;
mod memory;
mod outputs;
mod resources;
mod services;
mod settings;
mod shard;
mod sources;
mod surveys;
mod unused;

pub(crate) use conditions::Test;
pub(crate) use deadline::Deadline;
pub(crate) use inputs::by_extension;
pub use limits::Limits;
pub use outputs::Target;
pub(crate) use outputs::is_special;
pub use resources::UsedResource;
pub(crate) use resources::{FileResources, hex};

pub use services::LogSink;
pub(crate) use services::RunServices;
pub use shard::Shard;

use crate::config::{
    self, Budget, Condition, ExpectSpec, Isolation, Node, OnError, PipelineSpec, STAGE_KEYS, StageSpec, schema,
    suggest, to_json,
};
use crate::diagnostic::{Diagnostic, Diagnostics, OPTION, SECRET, SYNTAX, Span, UNKNOWN_FORMAT, UNKNOWN_STAGE};
use crate::plugins::{Catalog, PluginOptions, UsedPlugin};
use crate::secret::Secrets;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use warraq_core::{
    BuildContext, Built, BuiltExport, CodecDef, Labels, Layers, OptionError, Order, Registry, Services, SourceFormat,
    StageDef,
};

/// What the command line says over the pipeline file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Inputs in the place of the sources' paths.
    pub inputs: Vec<PathBuf>,
    /// The folder that all outputs move to.
    pub out: Option<PathBuf>,
    /// The number of threads.
    pub threads: Option<usize>,
    /// Bytes of input in flight.
    pub window: Option<u64>,
    /// Where the report goes.
    pub report: Option<PathBuf>,
    /// The part of the inputs that is read.
    pub shard: Option<Shard>,
    /// Who hears the messages of stages and formats.
    pub log: LogSink,
    /// How plugins are found and loaded.
    pub plugins: PluginOptions,
}

/// The name of the report where none is given.
pub const REPORT: &str = "report.json";

/// Where an input's bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Standard input.
    Standard,
    /// A file.
    File(PathBuf),
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name in ids, rejects and messages.
    pub name: String,
    /// Where it is.
    pub place: Place,
}

/// A source: a format and the inputs that are read with it.
pub struct Source {
    /// The format's name.
    pub format_name: Cow<'static, str>,
    /// The index of its `[[source]]` in the file, which may be read in several formats.
    pub index: usize,
    /// JSON Schema of its options.
    pub schema: Value,
    /// The format, with its options.
    pub format: Box<dyn SourceFormat>,
    /// What is read, in this order.
    pub inputs: Vec<Input>,
}

/// A stage in its place.
pub struct PlannedStage {
    /// Its name in this pipeline.
    pub name: String,
    /// The stage it is.
    pub use_name: String,
    /// Its options, as given, but for secrets.
    pub options: Value,
    /// JSON Schema of its options.
    pub schema: Value,
    /// The layers it reads, with these options.
    pub reads: Layers,
    /// The layers it may write.
    pub writes: Layers,
    /// The stage itself.
    pub built: Built,
    /// In which order it sees documents.
    pub order: Order,
    /// The alias of the plugin it comes from; none for a built-in stage.
    pub plugin: Option<String>,
    /// The longest that it may take for a document.
    pub timeout: Option<Duration>,
    /// Its worker process, if the file asks for one; that keeps the time, too.
    pub isolation: Option<Isolation>,
    /// What becomes of a document it fails on.
    pub on_error: OnError,
    pub(crate) when: Option<Test>,
}

impl PlannedStage {
    /// `when`: which documents it sees; `None` is all.
    pub fn condition(&self) -> Option<&Condition> {
        self.when.as_ref().map(|test| &test.condition)
    }
}

/// An export in its place.
pub struct Export {
    /// The format's name.
    pub format_name: Cow<'static, str>,
    /// JSON Schema of its options.
    pub schema: Value,
    /// The format, with its options.
    pub format: BuiltExport,
    /// Where it goes.
    pub target: Target,
    /// How it is compressed.
    pub codec: Option<CodecDef>,
    /// The number of stages a document has been through when it is taken; all of them by default.
    pub after: usize,
    pub(crate) filter: Option<Test>,
}

impl Export {
    /// `where`: which documents it takes; `None` is all.
    pub fn condition(&self) -> Option<&Condition> {
        self.filter.as_ref().map(|test| &test.condition)
    }
}

/// What a stage has learned, saved for other runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The stage's index.
    pub stage: usize,
    /// Where it goes.
    pub target: Target,
}

/// A pipeline, ready to run.
pub struct Plan {
    /// The pipeline's name.
    pub name: String,
    /// The pipeline file, as named by the caller.
    pub file: String,
    /// What is read, in this order.
    pub sources: Vec<Source>,
    /// What is done, in this order.
    pub stages: Vec<PlannedStage>,
    /// The stages' names, by index.
    pub stage_names: Vec<String>,
    /// What is written.
    pub exports: Vec<Export>,
    /// Where documents go that no export gets.
    pub rejects: Target,
    pub(crate) rejects_codec: Option<CodecDef>,
    /// What stages save once the run is complete, in the order of the stages.
    pub saves: Vec<Saved>,
    /// Where the report goes: beside the first export that is a file, where nothing else is said. Without one, into the
    /// current folder or, where no export has a path at all, into the pipeline file's.
    pub report: PathBuf,
    /// What must be true of a finished run.
    pub expect: Vec<ExpectSpec>,
    /// How many documents may fail.
    pub errors: Budget,
    /// What becomes of a record that cannot be read.
    pub on_error: OnError,
    /// The number of threads; at least 1.
    pub threads: usize,
    /// Bytes of input in flight.
    pub window: u64,
    /// The largest record, in bytes.
    pub record_limit: u64,
    /// The part of the inputs that is read; `None` is all.
    pub shard: Option<Shard>,
    /// How often a run takes a checkpoint; `None` is never.
    pub checkpoint: Option<Duration>,
    /// What the pipeline file says of anything that the bytes of the outputs depend on: what it is, and the SHA-256 of what is
    /// said.
    pub(crate) settings: Vec<(String, String)>,
    /// The other limits.
    pub limits: Limits,
    /// Files that stages were built with.
    pub resources: Vec<UsedResource>,
    /// The codecs by which inputs are recognised.
    pub codecs: Vec<CodecDef>,
    /// All names.
    pub labels: Labels,
    pub(crate) services: Arc<RunServices>,
    /// The plugins.
    pub plugins: Vec<UsedPlugin>,
    /// What nobody is to see: `***` stands for it in whatever is said or written about a run.
    pub secrets: Secrets,
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("name", &self.name).field("stages", &self.stage_names).finish_non_exhaustive()
    }
}

impl Plan {
    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.sources.iter().map(|s| s.inputs.len()).sum()
    }
}

/// `known formats: …`, for a help line.
fn known<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> String {
    format!("{what}: {}", names.collect::<Vec<_>>().join(", "))
}

/// A name that nothing has.
fn unknown<'a>(what: &str, name: &str, span: Span, names: impl Iterator<Item = &'a str> + Clone) -> Diagnostic {
    let code = if what == "stage" { UNKNOWN_STAGE } else { UNKNOWN_FORMAT };
    let error = Diagnostic::error(code, format!("there is no {what} `{name}`"));
    match suggest::nearest(name, names.clone()) {
        Some(near) => error.label(span, format!("did you mean `{near}`?")),
        None => error.label(span, format!("unknown {what}")).help(known(&format!("known {what}s"), names)),
    }
}

/// Makes a plan of a spec. All problems are reported; the plan is there when none of them is an error.
///
/// `file` is the pipeline file: relative paths start at its folder.
pub fn compile(
    spec: &PipelineSpec,
    file: &Path,
    registry: &Registry,
    overrides: &Overrides,
    diagnostics: &mut Diagnostics,
) -> Option<Plan> {
    let base = file.parent().unwrap_or(Path::new(""));
    let catalog = Catalog::load(spec, base, registry, &overrides.plugins, diagnostics);
    let mut compiler = Compiler {
        registry,
        catalog: &catalog,
        base,
        labels: Labels::new(),
        resources: FileResources::new(base),
        services: Arc::new(RunServices::new(overrides.log.clone(), spec.provenance.secrets().clone())),
        shard: overrides.shard,
        out: diagnostics,
    };
    let sources = compiler.sources(spec, overrides);
    let asked = if overrides.inputs.is_empty() { &spec.sources[..] } else { &[] };
    inputs::repeated(&sources, asked, compiler.out);
    let stages: Vec<_> = (0..spec.stages.len()).map(|index| compiler.stage(index, spec)).collect();
    compiler.layers(spec, &sources, &stages);
    let mut exports: Vec<_> = (0..spec.exports.len()).map(|index| compiler.export(index, spec)).collect();
    compiler.unused(spec, &sources, &stages, &exports);
    compiler.expectations(spec, &sources, &stages);
    compiler.surveys(spec, &sources, &stages);

    let mut rejects = match spec.rejects.as_ref().and_then(|r| r.path.as_ref()) {
        Some(path) => outputs::resolve(&compiler.filled(path), base),
        None => {
            let first = spec.exports.iter().find_map(|e| Some(Shard::fill(overrides.shard, &e.path.as_ref()?.value)));
            let name = Shard::beside(overrides.shard, "rejects", "jsonl");
            outputs::beside(first.map(|path| outputs::resolve(&path, base)).as_ref(), base, &name)
        }
    };
    let mut saves = compiler.saves(spec, &stages);
    if let Some(folder) = &overrides.out {
        let mut targets: Vec<&mut Target> = exports.iter_mut().flatten().map(|e| &mut e.target).collect();
        targets.extend(saves.iter_mut().map(|saved| &mut saved.target));
        targets.push(&mut rejects);
        outputs::relocate(&mut targets, folder);
    }
    let report = overrides.report.clone().unwrap_or_else(|| {
        let own_only = overrides.out.as_deref().unwrap_or(base);
        let name = overrides.shard.map_or(REPORT.into(), |_| Shard::beside(overrides.shard, "report", "json"));
        outputs::folder(exports.iter().flatten(), own_only).join(name)
    });

    let Compiler { labels, resources, services, out, .. } = compiler;
    let resources = resources.used();
    let exported =
        exports.iter().zip(&spec.exports).filter_map(|(export, spec)| match export.as_ref().map(|e| &e.target) {
            Some(Target::File(path)) => {
                Some(outputs::File { what: "the export", path, span: spec.path.as_ref().map(|path| path.span) })
            }
            _ => None,
        });
    let mut writes: Vec<outputs::File<'_>> = exported.collect();
    if let Target::File(path) = &rejects {
        let span = spec.rejects.as_ref().and_then(|r| r.path.as_ref()).map(|path| path.span);
        writes.push(outputs::File { what: "the rejects", path, span });
    }
    writes.extend(saves.iter().filter_map(|saved| match &saved.target {
        Target::File(path) => {
            let span = Some(spec.stages[saved.stage].use_name.span);
            Some(outputs::File { what: "what a stage saves", path, span })
        }
        _ => None,
    }));
    writes.push(outputs::File { what: "the report", path: &report, span: None });
    let inputs = sources.iter().flat_map(|s| &s.inputs).filter_map(|input| match &input.place {
        Place::File(path) => Some(outputs::File { what: "the input", path, span: None }),
        Place::Standard => None,
    });
    let mut reads: Vec<outputs::File<'_>> = inputs.collect();
    reads.extend(resources.iter().map(|r| outputs::File { what: "the resource", path: &r.path, span: None }));
    reads.push(outputs::File { what: "the pipeline file", path: file, span: None });
    let included: Vec<PathBuf> = spec.included.iter().map(|path| base.join(path)).collect();
    reads.extend(included.iter().map(|path| outputs::File { what: "the included file", path, span: None }));
    outputs::collisions(&writes, &reads, out);
    let threads = match overrides.threads.unwrap_or(spec.run.threads.value) {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let in_order = stages.iter().flatten().filter_map(|stage| match &stage.built {
        Built::InOrder(stage) => Some(stage.holds()),
        Built::Parallel(_) | Built::Batch(_) => None,
    });
    let needs = memory::Needs {
        threads: threads as u64,
        window: (overrides.window.map(|window| (window, None)))
            .or(spec.run.window.map(|window| (window.value, Some(window.span)))),
        default_window: WINDOW_PER_THREAD * threads as u64,
        record_limit: spec.run.record_limit.value,
        holds: &in_order.collect::<Vec<_>>(),
        resources: resources.iter().map(|resource| resource.bytes).sum(),
    };
    let division = match spec.run.limits.memory {
        Some(ceiling) => needs.divide(ceiling, out),
        None => needs.undivided(),
    };
    spec.provenance.settle(out);
    if out.has_errors() {
        return None;
    }
    services.set_index_memory(division.index);
    services.set_scratch(base, report.parent().unwrap_or(Path::new("")));
    let stages: Vec<PlannedStage> = stages.into_iter().flatten().collect();
    Some(Plan {
        name: spec.name.value.clone(),
        file: file.display().to_string(),
        stage_names: stages.iter().map(|s| s.name.clone()).collect(),
        stages,
        exports: exports.into_iter().flatten().collect(),
        sources,
        rejects_codec: outputs::codec(&rejects, registry),
        rejects,
        saves,
        report,
        expect: spec.expect.clone(),
        errors: spec.run.errors.value,
        on_error: spec.run.on_error.value,
        threads,
        window: division.window,
        record_limit: division.record_limit,
        limits: Limits::of(&spec.run.limits, division.record_limit < spec.run.record_limit.value),
        shard: overrides.shard,
        checkpoint: spec.run.checkpoint.value,
        settings: settings::settings(spec),
        resources,
        codecs: registry.codecs().to_vec(),
        labels,
        services,
        plugins: catalog.used(),
        secrets: spec.provenance.secrets().clone(),
    })
}

/// The default window per thread, in bytes of input: a few chunks, so that a slow one does not stall the others, and so
/// that their documents and output, some seven times as large, stay far below the memory of small machines.
const WINDOW_PER_THREAD: u64 = 4 << 20;

struct Compiler<'a> {
    registry: &'a Registry,
    catalog: &'a Catalog,
    base: &'a Path,
    labels: Labels,
    resources: FileResources<'a>,
    services: Arc<RunServices>,
    shard: Option<Shard>,
    out: &'a mut Diagnostics,
}

impl<'a> Compiler<'a> {
    /// What the stages save, from the pipeline file's folder.
    fn saves(&mut self, spec: &PipelineSpec, stages: &[Option<PlannedStage>]) -> Vec<Saved> {
        let path = |stage: &Option<PlannedStage>| match &stage.as_ref()?.built {
            Built::InOrder(stage) => stage.saves().map(str::to_owned),
            Built::Parallel(_) | Built::Batch(_) => None,
        };
        let paths = stages.iter().enumerate().filter_map(|(stage, planned)| Some((stage, path(planned)?)));
        paths
            .map(|(stage, path)| {
                let span = spec.stages[stage].use_name.span;
                if spec.provenance.secrets().hide(&path) != path {
                    let error = Diagnostic::error(SECRET, "the secret would be seen in the name of the file it saves");
                    self.out.push(error.at(span).help("a secret may not stand in paths"));
                }
                let path = self.filled_at(&path, span);
                Saved { stage, target: outputs::resolve(&path, self.base) }
            })
            .collect()
    }

    /// The definition of the stage at `index` of the file: built in, or a plugin's.
    fn definition(&self, index: usize, stage: &StageSpec) -> Option<&'a StageDef> {
        self.registry.stage(&stage.use_name.value).or_else(|| self.catalog.stage(index))
    }

    fn stage(&mut self, index: usize, spec: &PipelineSpec) -> Option<PlannedStage> {
        let stage = &spec.stages[index];
        let Some(definition) = self.definition(index, stage) else {
            let name = &stage.use_name.value;
            let family = name.split_once('.').map(|(family, _)| family);
            let refused = family.is_some_and(|family| spec.refused_plugins.iter().any(|alias| alias == family));
            if !refused && !self.catalog.has_family(name) {
                let built_in = self.registry.stages().iter().map(|s| s.info.name.as_ref());
                let names = built_in.clone().chain(self.catalog.names());
                let error = unknown("stage", name, stage.use_name.span, names);
                let is_known = |family: &str| built_in.clone().any(|name| name.split('.').next() == Some(family));
                let plugin = family.filter(|family| !error.helps.is_empty() && !is_known(family));
                let plugin =
                    plugin.map(|family| format!("the stages of a plugin need its table, `[plugins.{family}]`"));
                self.out.push(error.help_if(plugin));
            }
            return None;
        };
        let owner = format!("stage `{}`", stage.use_name.value);
        let built = self.build(
            &stage.options,
            &definition.info.schema,
            &owner,
            (&stage.name.value, STAGE_KEYS),
            &definition.build,
        )?;
        Some(PlannedStage {
            name: stage.name.value.clone(),
            use_name: stage.use_name.value.clone(),
            options: spec.provenance.secrets().hide_json(to_json(&stage.options)),
            schema: definition.info.schema.clone(),
            reads: built.reads().unwrap_or(definition.info.reads),
            writes: definition.info.writes,
            order: definition.info.order,
            plugin: self.catalog.family_of(&stage.use_name.value).map(str::to_owned),
            timeout: stage.timeout.map(|timeout| timeout.value),
            isolation: stage.isolation,
            built,
            on_error: stage.on_error.as_ref().map_or(spec.run.on_error.value, |o| o.value),
            when: stage.when.as_ref().map(|c| Test::new(c, &self.labels)),
        })
    }

    /// Checks options against their schema and, when that finds nothing, builds what they are for.
    fn build<T>(
        &mut self,
        options: &Node,
        schema: &Value,
        owner: &str,
        (name, keys): (&str, &[&str]),
        build: impl FnOnce(Value, &mut BuildContext<'_>) -> Result<T, OptionError>,
    ) -> Option<T> {
        let mut found = Diagnostics::new();
        schema::check_beside(options, schema, owner, keys, &mut found);
        let refused = found.has_errors();
        // A value or a key that is not TOML has been reported; what was made of it is wrong for no other reason.
        let start = |d: &Diagnostic| d.primary.as_ref().map(|(span, _)| (span.file, span.start));
        let broken: Vec<_> = self.out.iter().filter(|d| d.code == SYNTAX).map(start).collect();
        found.retain(|d| !broken.contains(&start(d)));
        self.out.append(found);
        if refused {
            return None;
        }
        let services = Arc::clone(&self.services) as Arc<dyn Services>;
        let mut cx = BuildContext { name, labels: &self.labels, resources: &mut self.resources, services };
        build(to_json(options), &mut cx)
            .map_err(|e| {
                let span = config::locate(options, &e.path);
                let what = if e.path.is_empty() { owner.to_owned() } else { format!("`{}` of {owner}", e.path) };
                let error = Diagnostic::error(OPTION, format!("{what}: {}", e.message)).label(span, "cannot be used");
                self.out.push(error.help_if(e.help));
            })
            .ok()
    }
}
