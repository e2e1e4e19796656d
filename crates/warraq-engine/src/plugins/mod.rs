//! Plugins of a pipeline: found, held against the lock, loaded or described by a worker process, and offered to the plan as
//! definitions that it cannot tell from built-in ones.

pub mod isolate;
mod load;
mod lock;
mod search;

pub use load::{LoadError, load, load_expected};
pub use lock::{LOCK, Lock, LockError, LockedPlugin, LockedStage, fingerprint, schema_hash};
pub use search::{PLUGIN_PATH, directories, file_name, find};

use crate::config::{ExportSpec, PipelineSpec, PluginPlace, PluginSpec, StageSpec, suggest};
use crate::diagnostic::{
    Diagnostic, Diagnostics, ISOLATION, PLUGIN_ALIAS, PLUGIN_LOCK, PLUGIN_MISSING, PLUGIN_REFUSED, PLUGIN_UNUSED, Span,
    UNKNOWN_FORMAT, UNKNOWN_STAGE,
};
use crate::plan::FileResources;
use isolate::{IsolateError, Isolation, WorkerCommand};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warraq_core::{FormatDef, Registry, Resource, ResourceError, Resources, StageDef};
use warraq_plugin::wire::Description;

/// How plugins are to be loaded.
#[derive(Clone, Debug, Default)]
pub struct PluginOptions {
    /// The plugin directories, absolute, in the order they are searched.
    pub directories: Vec<PathBuf>,
    /// Whether a plugin that the lock does not name is refused.
    pub locked: bool,
    /// Whether all of them run in worker processes, so that nothing of theirs can harm this one: for `check`.
    pub apart: bool,
    /// The program that is started as a worker process; this one where none is given. It must call
    /// [`isolate::run_worker`] for the subcommand [`isolate::WORKER_COMMAND`].
    pub worker: Option<PathBuf>,
}

/// A plugin that a plan uses, for the report and the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedPlugin {
    /// The family of its stages in this pipeline.
    pub alias: String,
    /// Where it is named: in the pipeline file, or in one that it includes.
    pub named: Span,
    /// Where its library is.
    pub path: PathBuf,
    /// The library's size in bytes.
    pub bytes: u64,
    /// The SHA-256 of the library, in lower-case hexadecimal.
    pub sha256: String,
    /// What the lock should say of it.
    pub entry: LockedPlugin,
}

/// What the plugins of a pipeline offer it.
#[derive(Default)]
pub(crate) struct Catalog {
    families: Vec<Family>,
    /// By the index of the stage in the file.
    stages: Vec<Option<StageDef>>,
    /// By the index of the export in the file.
    exports: Vec<Option<FormatDef>>,
}

/// One alias. Without `used`, it could not be loaded, and the reason is told.
struct Family {
    alias: String,
    used: Option<UsedPlugin>,
    /// All its stages and exports, with their families.
    names: Vec<String>,
}

impl Catalog {
    /// Finds and loads the plugins of a pipeline. What is wrong with one is reported where the file names it.
    pub(crate) fn load(
        spec: &PipelineSpec,
        base: &Path,
        registry: &Registry,
        options: &PluginOptions,
        out: &mut Diagnostics,
    ) -> Self {
        let mut catalog = Catalog {
            families: Vec::new(),
            stages: spec.stages.iter().map(|_| None).collect(),
            exports: spec.exports.iter().map(|_| None).collect(),
        };
        let Ok(lock) = read_lock(spec, base, out) else {
            // What was meant cannot be known: nothing is loaded.
            let failed =
                |plugin: &PluginSpec| Family { alias: plugin.alias.value.clone(), used: None, names: Vec::new() };
            catalog.families = spec.plugins.iter().map(failed).collect();
            return catalog;
        };
        let options = &with_folders(spec, base, options);
        let loader = Loader { base, options, lock: lock.as_ref() };
        for plugin in &spec.plugins {
            let family = catalog.family(spec, plugin, &loader, registry, out);
            catalog.families.push(family);
        }
        for stage in spec.stages.iter().filter(|s| !catalog.has_family(&s.use_name.value)) {
            if let Some(isolation) = &stage.isolation {
                let message = format!("stage `{}` is not one of a plugin: it runs in this process", stage.name);
                out.push(Diagnostic::error(ISOLATION, message).label(isolation.span, "only for stages of plugins"));
            }
        }
        catalog
    }

    /// One plugin: its definitions for the stages and exports that use it.
    fn family(
        &mut self,
        spec: &PipelineSpec,
        plugin: &PluginSpec,
        loader: &Loader<'_>,
        registry: &Registry,
        out: &mut Diagnostics,
    ) -> Family {
        let alias = &plugin.alias.value;
        let mut family = Family { alias: alias.clone(), used: None, names: Vec::new() };
        let is_taken = |name: &str| name.split('.').next() == Some(alias);
        let stages = registry.stages().iter().map(|s| s.info.name.as_ref());
        if stages.chain(registry.formats().iter().map(|f| f.name.as_ref())).any(is_taken) {
            let message = format!("`{alias}` is a family of built-in stages or formats");
            let error = Diagnostic::error(PLUGIN_ALIAS, message).label(plugin.alias.span, "give it another alias");
            out.push(error);
            return family;
        }
        let uses = |name: &str| name.split('.').next() == Some(alias);
        let stages: Vec<(usize, &StageSpec)> =
            spec.stages.iter().enumerate().filter(|(_, s)| uses(&s.use_name.value)).collect();
        let exports: Vec<(usize, &ExportSpec)> = (spec.exports.iter().enumerate())
            .filter(|(_, e)| e.use_name.as_ref().is_some_and(|name| uses(&name.value)))
            .collect();
        if stages.is_empty() && exports.is_empty() {
            let message = format!("no stage and no export of this pipeline uses the plugin `{alias}`");
            out.push(Diagnostic::warning(PLUGIN_UNUSED, message).at(plugin.alias.span));
        }
        let Some((path, bytes, sha256)) = loader.find(plugin, out) else { return family };
        let apart = |stage: &StageSpec| loader.options.apart || stage.isolation.is_some();
        let inside = !loader.options.apart && (!exports.is_empty() || stages.iter().any(|(_, s)| !apart(s)));
        let refuse = |out: &mut Diagnostics, why: &dyn std::fmt::Display, help: String| {
            let help = Some(help).filter(|help| !help.is_empty());
            let message = format!("the plugin {} cannot be used: {why}", path.display());
            let error = Diagnostic::error(PLUGIN_REFUSED, message).label(plugin.place.text().span, "named here");
            out.push(error.help_if(help));
        };

        // What runs in this process is loaded into it; of everything else, a worker process tells.
        let hash = &sha256.clone();
        let loaded = match inside.then(|| load_expected(&path, hash)).transpose() {
            Ok(loaded) => loaded,
            Err(error) => {
                refuse(out, &error, error.help());
                return family;
            }
        };
        let described = match &loaded {
            Some(loaded) => Ok(Description::of(loaded)),
            None => loader.describe(&path, &sha256),
        };
        let described = match described {
            Ok(described) => described,
            Err(error) => {
                refuse(out, &error, error.help().to_owned());
                return family;
            }
        };
        let entry = entry_of(plugin, &path, &sha256, &described);
        family.names = entry.stages.iter().map(|s| format!("{alias}.{}", s.name)).collect();
        loader.hold(plugin, &entry, out);
        let (alias_name, named) = (alias.clone(), plugin.place.text().span);
        family.used = Some(UsedPlugin { alias: alias_name, named, path: path.clone(), bytes, sha256, entry });

        for (index, stage) in stages {
            let name = stage.use_name.value.split_once('.').map_or("", |(_, name)| name);
            let definition = match &loaded {
                Some(loaded) if !apart(stage) => {
                    loaded.stage(name).filter(|s| !s.is_export()).map(|s| s.definition(alias))
                }
                _ => described.stage(name).filter(|s| !s.is_export()).and_then(|described| {
                    let isolation = loader.isolation(&path, hash, Some(stage)).ok()?;
                    Some(isolate::definition(&Arc::new(isolation), described, alias))
                }),
            };
            if definition.is_none() {
                let error = match described.stage(name).is_some() {
                    true => {
                        let message = format!("`{}` is an export", stage.use_name.value);
                        Diagnostic::error(UNKNOWN_STAGE, message).help("exports are used in `[[export]]`")
                    }
                    false => unknown(UNKNOWN_STAGE, "stage", &stage.use_name.value, &family.names),
                };
                out.push(error.at(stage.use_name.span));
            }
            self.stages[index] = definition;
        }
        for (index, export) in exports {
            let Some(use_name) = &export.use_name else { continue };
            let name = use_name.value.split_once('.').map_or("", |(_, name)| name);
            let definition = match &loaded {
                Some(loaded) => loaded.stage(name).filter(|s| s.is_export()).map(|s| s.format(alias)),
                None => described.stage(name).filter(|s| s.is_export()).and_then(|described| {
                    let isolation = loader.isolation(&path, hash, None).ok()?;
                    Some(isolate::checked_export(&Arc::new(isolation), described, alias))
                }),
            };
            if definition.is_none() {
                out.push(unknown(UNKNOWN_FORMAT, "export", &use_name.value, &family.names).at(use_name.span));
            }
            self.exports[index] = definition;
        }
        family
    }

    /// The definition for the stage at `index` of the file, if it is one of a plugin.
    pub(crate) fn stage(&self, index: usize) -> Option<&StageDef> {
        self.stages.get(index)?.as_ref()
    }

    /// The definition for the export at `index` of the file, if it is one of a plugin.
    pub(crate) fn export(&self, index: usize) -> Option<&FormatDef> {
        self.exports.get(index)?.as_ref()
    }

    /// Whether the family of this name is a plugin's: whatever is wrong with the name is then told.
    pub(crate) fn has_family(&self, use_name: &str) -> bool {
        self.family_of(use_name).is_some()
    }

    /// The alias of the plugin whose family this name has, if it is a plugin's.
    pub(crate) fn family_of(&self, use_name: &str) -> Option<&str> {
        let family = use_name.split('.').next();
        self.families.iter().map(|f| f.alias.as_str()).find(|alias| family == Some(*alias))
    }

    /// The names of all stages and exports of plugins.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.families.iter().flat_map(|f| &f.names).map(String::as_str)
    }

    /// The plugins that could be loaded.
    pub(crate) fn used(self) -> Vec<UsedPlugin> {
        self.families.into_iter().filter_map(|f| f.used).collect()
    }
}

/// Has a worker process say what a library is, so that nothing of it runs in this one.
///
/// # Errors
/// When the library is no plugin, or the process ends or hangs over it.
pub fn describe(path: &Path, options: &PluginOptions) -> Result<Description, IsolateError> {
    let (_, sha256) = fingerprint(path)
        .map_err(|e| IsolateError::NotAPlugin { message: format!("it cannot be read: {e}"), help: String::new() })?;
    Loader { base: Path::new(""), options, lock: None }.describe(path, &sha256)
}

/// Reads options that were written in TOML outside a pipeline file.
///
/// # Errors
/// Where they are not TOML.
pub fn parse_toml(text: &str) -> Result<serde_json::Value, String> {
    toml::from_str(text).map_err(|e| e.to_string().trim_end().to_owned())
}

/// The files below a folder, for stages that are built outside a pipeline.
pub fn resources(base: &Path) -> impl Resources + use<> {
    struct Files(PathBuf);
    impl Resources for Files {
        fn read(&mut self, path: &str) -> Result<Resource, ResourceError> {
            FileResources::new(&self.0).read(path)
        }
    }
    Files(base.to_owned())
}

/// Locks the plugins of a pipeline: each is found, described by a worker process, and put into the lock of the folder `base`.
/// Entries of other pipelines stay. Returns the lock's path and the entries of this pipeline.
///
/// # Errors
/// When the lock cannot be read or written: one that this program cannot read may hold what others need, and is not replaced.
/// What is wrong with a plugin is reported, and nothing is then written.
pub fn lock(
    spec: &PipelineSpec,
    base: &Path,
    options: &PluginOptions,
    out: &mut Diagnostics,
) -> Result<Option<(PathBuf, Vec<LockedPlugin>)>, LockError> {
    let options = &with_folders(spec, base, options);
    let loader = Loader { base, options, lock: None };
    let mut entries = Vec::new();
    for plugin in &spec.plugins {
        let Some((path, _, sha256)) = loader.find(plugin, out) else { continue };
        match loader.describe(&path, &sha256) {
            Ok(described) => entries.push(entry_of(plugin, &path, &sha256, &described)),
            Err(error) => out.push(refused(plugin, &path, &error)),
        }
    }
    if out.has_errors() {
        return Ok(None);
    }
    let mut lock = Lock::read(base)?.unwrap_or_default();
    entries.iter().cloned().for_each(|entry| lock.put(entry));
    Ok(Some((lock.write(base)?, entries)))
}

/// A family of stages and exports that a pipeline gets from a plugin.
#[derive(Clone, Debug)]
pub struct PluginFamily {
    /// The alias: the first part of `use`.
    pub alias: String,
    /// What the plugin says of itself.
    pub description: Description,
}

/// What the plugins of a pipeline say of themselves, each told by a worker process. What is wrong with one is
/// reported.
pub fn describe_all(
    spec: &PipelineSpec,
    base: &Path,
    options: &PluginOptions,
    out: &mut Diagnostics,
) -> Vec<PluginFamily> {
    let Ok(lock) = read_lock(spec, base, out) else { return Vec::new() };
    let options = &with_folders(spec, base, options);
    let loader = Loader { base, options, lock: lock.as_ref() };
    let described = spec.plugins.iter().filter_map(|plugin| {
        let (path, _, sha256) = loader.find(plugin, out)?;
        match loader.describe(&path, &sha256) {
            Ok(description) => Some(PluginFamily { alias: plugin.alias.value.clone(), description }),
            Err(error) => {
                out.push(refused(plugin, &path, &error));
                None
            }
        }
    });
    described.collect()
}

/// The error that a worker process could not tell what a library is.
fn refused(plugin: &PluginSpec, path: &Path, error: &IsolateError) -> Diagnostic {
    let message = format!("the plugin {} cannot be used: {error}", path.display());
    let found = Diagnostic::error(PLUGIN_REFUSED, message).label(plugin.place.text().span, "named here");
    found.help_if(Some(error.help().to_owned()).filter(|help| !help.is_empty()))
}

/// Holds the plugins of a pipeline against the lock by their hashes alone: nothing of them is loaded.
pub fn check_lock(spec: &PipelineSpec, base: &Path, options: &PluginOptions, out: &mut Diagnostics) {
    let options = PluginOptions { locked: true, ..with_folders(spec, base, options) };
    let Ok(lock) = read_lock(spec, base, out) else { return };
    let loader = Loader { base, options: &options, lock: lock.as_ref() };
    for plugin in &spec.plugins {
        loader.find(plugin, out);
    }
}

/// The plugin directories of the pipeline file come first; they are relative to it, whatever the current folder is.
fn with_folders(spec: &PipelineSpec, base: &Path, options: &PluginOptions) -> PluginOptions {
    let own = spec.run.plugin_dirs.iter().map(|dir| base.join(&dir.value));
    let own = own.map(|dir| std::path::absolute(&dir).unwrap_or(dir));
    let directories = own.chain(options.directories.iter().cloned()).collect();
    PluginOptions { directories, ..options.clone() }
}

/// The lock, or an error that has been reported.
fn read_lock(spec: &PipelineSpec, base: &Path, out: &mut Diagnostics) -> Result<Option<Lock>, ()> {
    if spec.plugins.is_empty() {
        return Ok(None);
    }
    Lock::read(base).map_err(|error| {
        let message = format!("the lock {} cannot be used: {error}", Lock::path(base).display());
        let help = "mend it, or remove it and write it anew with `warraq plugin lock`";
        out.push(Diagnostic::error(PLUGIN_LOCK, message).help(help));
    })
}

fn unknown(code: &'static str, what: &str, name: &str, names: &[String]) -> Diagnostic {
    let error = Diagnostic::error(code, format!("the plugin has no {what} `{name}`"));
    error.help_if(suggest::help(name, names.iter().map(String::as_str), "its stages and exports"))
}

/// What the lock should say of a plugin.
fn entry_of(plugin: &PluginSpec, path: &Path, sha256: &str, described: &Description) -> LockedPlugin {
    LockedPlugin {
        plugin: plugin.place.text().value.clone(),
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        sha256: sha256.to_owned(),
        abi: format!("{}.{}", described.abi.0, described.abi.1),
        name: described.name.clone(),
        version: described.version.clone(),
        license: described.license.clone(),
        stages: (described.stages.iter())
            .map(|s| LockedStage { name: s.name.clone(), schema: schema_hash(&s.schema) })
            .collect(),
    }
}

/// What all plugins of a pipeline are loaded with.
struct Loader<'a> {
    base: &'a Path,
    options: &'a PluginOptions,
    lock: Option<&'a Lock>,
}

impl Loader<'_> {
    /// The worker process for a library of this hash, with the limits of a stage.
    fn isolation(&self, path: &Path, sha256: &str, stage: Option<&StageSpec>) -> std::io::Result<Isolation> {
        let program = match &self.options.worker {
            Some(program) => program.clone(),
            None => std::env::current_exe()?,
        };
        let command = WorkerCommand::new(program, path, Some(sha256));
        let mut isolation = Isolation::new(command);
        if let Some((stage, limits)) = stage.and_then(|stage| Some((stage, stage.isolation?))) {
            isolation.timeout = stage.timeout.map(|t| t.value).or(isolation.timeout);
            isolation.memory = limits.memory.map(|m| m.value).or(isolation.memory);
        }
        Ok(isolation)
    }

    fn describe(&self, path: &Path, sha256: &str) -> Result<Description, IsolateError> {
        let isolation = self.isolation(path, sha256, None).map_err(|e| IsolateError::Worker {
            message: format!("no worker process can be started: {e}"),
            help: String::new(),
        })?;
        isolate::describe(&isolation)
    }

    /// Finds a plugin's library and holds it against the lock, before anything of it is loaded.
    fn find(&self, plugin: &PluginSpec, out: &mut Diagnostics) -> Option<(PathBuf, u64, String)> {
        let text = plugin.place.text();
        let path = match find(&plugin.place, self.base, &self.options.directories) {
            Ok(path) => path,
            Err(tried) => {
                let message = format!("the plugin `{text}` cannot be found");
                let mut error = Diagnostic::error(PLUGIN_MISSING, message).label(text.span, "no such library");
                let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
                if !tried.is_empty() {
                    error = error.help(format!("looked for: {}", tried.join(", ")));
                }
                out.push(match plugin.place {
                    PluginPlace::Path(_) => {
                        error.help("a path leads from the pipeline file's folder; build the plugin first")
                    }
                    PluginPlace::Name(_) => error.help(format!(
                        "name its folder with `--plugin-dir DIR` or in {PLUGIN_PATH}, or give its `path`"
                    )),
                });
                return None;
            }
        };
        let (bytes, sha256) = match fingerprint(&path) {
            Ok(fingerprint) => fingerprint,
            Err(e) => {
                let message = format!("the plugin {} cannot be read: {e}", path.display());
                out.push(Diagnostic::error(PLUGIN_REFUSED, message).label(text.span, "named here"));
                return None;
            }
        };
        let locked = self.lock.and_then(|lock| lock.find(&plugin.place, &path));
        match locked {
            Some(locked) if locked.sha256 != sha256 => {
                let message = format!("the plugin {} is not the one that was locked", path.display());
                let error = match self.options.locked {
                    true => Diagnostic::error(PLUGIN_LOCK, message),
                    false => Diagnostic::warning(PLUGIN_LOCK, message),
                };
                let hashes = format!("locked: sha256 {}; found: sha256 {sha256}", locked.sha256);
                let error = error.label(text.span, "named here").help(hashes);
                out.push(error.help("`warraq plugin lock` accepts the new one"));
                // Nothing that was not meant is loaded.
                return (!self.options.locked).then_some((path, bytes, sha256));
            }
            None if self.options.locked => {
                let message = format!("the lock does not name the plugin {}", path.display());
                let error = Diagnostic::error(PLUGIN_LOCK, message).label(text.span, "named here");
                out.push(error.help(format!("`warraq plugin lock` adds it to {}", Lock::path(self.base).display())));
                return None;
            }
            _ => {}
        }
        Some((path, bytes, sha256))
    }

    /// Holds what a plugin says of itself against the lock: the hash has been found right, so this shows a lock that was edited.
    fn hold(&self, plugin: &PluginSpec, entry: &LockedPlugin, out: &mut Diagnostics) {
        let locked =
            self.lock.and_then(|lock| lock.plugins.iter().find(|p| p.plugin == entry.plugin && p.file == entry.file));
        if let Some(locked) = locked.filter(|locked| self.options.locked && *locked != entry) {
            let message = format!(
                "the lock says other things of the plugin `{}` than it does itself: {} {} (ABI {}) against {} {} (ABI {})",
                entry.plugin, locked.name, locked.version, locked.abi, entry.name, entry.version, entry.abi
            );
            let error = Diagnostic::error(PLUGIN_LOCK, message).label(plugin.place.text().span, "named here");
            out.push(error.help("versions, stages and schemas must agree; `warraq plugin lock` writes them anew"));
        }
    }
}
