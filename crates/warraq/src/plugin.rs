//! `warraq plugin …`: what a library offers, whether it keeps the contract, and which one a pipeline means.

use crate::check;
use crate::cli::{PluginArgs, PluginCommand, PluginDirs};
use crate::show;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::diagnostic::printable;
use warraq_engine::plugins::isolate;
use warraq_engine::plugins::{self, PLUGIN_PATH, PluginOptions, file_name};
use warraq_plugin::check::{CheckOptions, Finding, Severity, check as plugin_check};
use warraq_plugin::wire::{Description, NotAPlugin};

pub(crate) fn plugin(registry: &Registry, args: &PluginArgs) -> Exit {
    match &args.command {
        PluginCommand::Inspect { library, json, dirs } => inspect(library, *json, dirs),
        PluginCommand::Check { library, options, here: true, dirs } => check_here(registry, library, options, dirs),
        PluginCommand::Check { library, options, here: false, dirs } => check_apart(library, options, dirs),
        PluginCommand::Lock { pipelines, dirs } => lock(pipelines, dirs),
    }
}

/// What the command line and the environment say about plugins.
pub(crate) fn options(dirs: &PluginDirs) -> PluginOptions {
    let variable = std::env::var_os(PLUGIN_PATH);
    let program = std::env::current_exe().ok();
    // Who writes `--plugin-dir here` means the folder as seen from here; a variable is set once and read everywhere.
    let given: Vec<PathBuf> =
        dirs.plugin_dir.iter().map(|dir| std::path::absolute(dir).unwrap_or(dir.clone())).collect();
    let (directories, refused) = plugins::directories(&given, variable.as_deref(), program.as_deref());
    for path in refused {
        note!("warning: {PLUGIN_PATH}: {} is not absolute and is not searched", path.display());
    }
    PluginOptions { directories, ..PluginOptions::default() }
}

/// The library that an argument means: a path, or a name in a plugin directory.
fn find(library: &str, dirs: &PluginDirs) -> Result<PathBuf, Exit> {
    let path = Path::new(library);
    if path.is_file() {
        return Ok(std::path::absolute(path).unwrap_or(path.to_owned()));
    }
    let directories = options(dirs).directories;
    let mut tried: Vec<PathBuf> =
        path.file_name().and_then(|n| n.to_str()).map(|n| path.with_file_name(file_name(n))).into_iter().collect();
    if !library.contains(['/', '\\']) {
        tried = directories.iter().map(|dir| dir.join(file_name(library))).collect();
    }
    if let Some(found) = tried.iter().find(|path| path.is_file()) {
        return Ok(std::path::absolute(found).unwrap_or(found.clone()));
    }
    let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
    note!("error: there is no plugin `{library}`");
    note!("help: looked for: {}", tried.join(", "));
    Err(Exit::Config)
}

/// Has a worker process describe a library, so that nothing of it runs here.
fn describe(path: &Path) -> Result<Description, Exit> {
    plugins::describe(path, &PluginOptions::default()).map_err(|error| {
        note!("error: the plugin {} cannot be used: {error}", path.display());
        if !error.help().is_empty() {
            note!("help: {}", error.help());
        }
        Exit::Config
    })
}

/// What a worker process does until the one that started it has no more to ask.
pub(crate) fn worker(library: &Path) -> Exit {
    let open = || plugins::load(library).map_err(|e| NotAPlugin { message: e.to_string(), help: e.help() });
    match isolate::run_worker(open) {
        Ok(()) => Exit::Done,
        Err(e) => {
            note!("error: {e}");
            Exit::Usage
        }
    }
}

fn inspect(library: &str, as_json: bool, dirs: &PluginDirs) -> Exit {
    let described = find(library, dirs).and_then(|path| Ok((describe(&path)?, path)));
    let (described, path) = match described {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    let sha256 = match plugins::fingerprint(&path) {
        Ok((_, sha256)) => sha256,
        Err(e) => {
            note!("error: {}: {e}", path.display());
            return Exit::Io;
        }
    };
    if as_json {
        return show::print(&format!("{:#}\n", described_json(&described, &path, &sha256)));
    }
    let mut text = format!(
        "{} {} ({}), plugin ABI {}.{}, built with {}\n{}\nsha256 {sha256}\n",
        described.name,
        described.version,
        described.license,
        described.abi.0,
        described.abi.1,
        described.built_with,
        path.display(),
    );
    for stage in &described.stages {
        let _ = write!(text, "\n{}\n{}", "─".repeat(72), show::stage_info_page(&stage.info(""), &stage.kind));
    }
    show::print(&text)
}

fn described_json(described: &Description, path: &Path, sha256: &str) -> Value {
    let stages = described.stages.iter().map(|stage| {
        let info = stage.info("");
        let layers = |layers: warraq_core::Layers| layers.iter().map(|l| l.name()).collect::<Vec<_>>();
        json!({
            "name": stage.name, "kind": stage.kind, "summary": info.summary, "manual": info.manual,
            "reads": layers(info.reads), "writes": layers(info.writes), "order": info.order,
            "serial": stage.serial, "own_sink": stage.own_sink, "schema": info.schema, "examples": info.examples,
        })
    });
    json!({
        "path": path.display().to_string(), "sha256": sha256, "name": described.name, "version": described.version,
        "license": described.license, "abi": format!("{}.{}", described.abi.0, described.abi.1),
        "built_with": described.built_with, "stages": stages.collect::<Vec<_>>(),
    })
}

/// Runs the suite in a process of its own, so that a plugin that crashes ends that one and is found out.
fn check_apart(library: &str, options: &[String], dirs: &PluginDirs) -> Exit {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(e) => {
            note!("error: no process can be started: {e}");
            return Exit::Io;
        }
    };
    let mut command = std::process::Command::new(program);
    command.args(["plugin", "check", "--here", library]);
    for option in options {
        command.args(["--options", option]);
    }
    for dir in &dirs.plugin_dir {
        command.arg("--plugin-dir").arg(dir);
    }
    match command.status() {
        // The suite's own exit code; anything else comes from the plugin.
        Ok(status) => match status.code().and_then(Exit::from_code) {
            Some(exit) => exit,
            None => {
                note!(
                    "error: the plugin ended the process of its check ({status}), under the rule after the last one above"
                );
                Exit::Differences
            }
        },
        Err(e) => {
            note!("error: no process can be started: {e}");
            Exit::Io
        }
    }
}

fn check_here(registry: &Registry, library: &str, options: &[String], dirs: &PluginDirs) -> Exit {
    let path = match find(library, dirs) {
        Ok(path) => path,
        Err(exit) => return exit,
    };
    let plugin = match plugins::load(&path) {
        Ok(plugin) => plugin,
        Err(e) => {
            note!("error: the plugin {} cannot be used: {e}", path.display());
            note!("help: {}", e.help());
            return Exit::Differences;
        }
    };
    let toml = |text: &str| plugins::parse_toml(text);
    let mut check_options = CheckOptions::new(&toml, registry);
    for option in options {
        let Some((stage, text)) = option.split_once('=').filter(|(stage, _)| plugin.stage(stage).is_some()) else {
            note!("error: `--options {option}` does not begin with the name of a stage and `=`");
            return Exit::Usage;
        };
        match toml(text) {
            Ok(value) => drop(check_options.stages.insert(stage.to_owned(), value)),
            Err(e) => {
                note!("error: `--options` for {stage}: {e}");
                return Exit::Usage;
            }
        }
    }
    check_options.resources = Some(Arc::new(|| Box::new(plugins::resources(Path::new("")))));
    let (mut errors, mut warnings, mut total) = (0, 0, 0);
    plugin_check(&plugin, &check_options, &mut |finding: Finding| {
        errors += usize::from(finding.severity == Severity::Error);
        warnings += usize::from(finding.severity == Severity::Warning);
        total += 1;
        show::print(&format!("{}\n", printable(&finding.to_string())));
    });
    let verdict = if errors == 0 { "keeps the contract" } else { "does not keep the contract" };
    show::print(&format!(
        "{} {} {verdict}: {total} rules looked at, {errors} errors, {warnings} warnings\n",
        plugin.name, plugin.version
    ));
    if errors == 0 { Exit::Done } else { Exit::Differences }
}

fn lock(pipelines: &[PathBuf], dirs: &PluginDirs) -> Exit {
    let mut exit = Exit::Done;
    let mut text = String::new();
    for file in pipelines {
        let (files, spec, mut diagnostics) = match check::read(file, &[]) {
            Ok(read) => read,
            Err(message) => {
                note!("error: {message}");
                exit = Exit::Config;
                continue;
            }
        };
        let base = file.parent().unwrap_or(Path::new(""));
        let locked = match &spec {
            Some(spec) if !diagnostics.has_errors() => plugins::lock(spec, base, &options(dirs), &mut diagnostics),
            _ => Ok(None),
        };
        check::show_all(&diagnostics, &files);
        match locked {
            Ok(Some((path, entries))) => {
                let _ = writeln!(text, "{}: {} plugins of {}", path.display(), entries.len(), file.display());
                for entry in entries {
                    let _ =
                        writeln!(text, "  {} {} ({}) sha256 {}", entry.name, entry.version, entry.plugin, entry.sha256);
                }
            }
            Ok(None) => exit = Exit::Config,
            Err(e) => {
                note!("error: {}: {e}", plugins::Lock::path(base).display());
                exit = Exit::Io;
            }
        }
    }
    match show::print(&text) {
        Exit::Done => exit,
        failed => failed,
    }
}
