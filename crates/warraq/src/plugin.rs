//! `warraq plugin …`: what a library offers, whether it keeps the contract, and which one a pipeline means.

use crate::check;
use crate::cli::{Overlay, PluginArgs, PluginCommand, PluginDirs, Plugins};
use crate::show;
use serde_json::{Value, json};
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
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
        PluginCommand::Lock { pipelines, overlay, dirs } => lock(pipelines, overlay, dirs),
    }
}

/// What the command line and the environment say about plugins.
pub(crate) fn options(plugins: &Plugins) -> PluginOptions {
    PluginOptions { locked: plugins.locked, directories: directories(&plugins.dirs), ..PluginOptions::default() }
}

/// The same, for commands that only look: whatever a plugin does while its stages are built, it does in a process of its own.
pub(crate) fn apart(plugins: &Plugins) -> PluginOptions {
    PluginOptions { apart: true, ..options(plugins) }
}

/// The same, where no lock is asked for.
pub(crate) fn anywhere(dirs: &PluginDirs) -> PluginOptions {
    options(&Plugins { locked: false, dirs: dirs.clone() })
}

/// Where plugins are looked for by name, in this order.
fn directories(dirs: &PluginDirs) -> Vec<PathBuf> {
    let variable = std::env::var_os(PLUGIN_PATH);
    let program = std::env::current_exe().ok();
    // Who writes `--plugin-dir here` means the folder as seen from here; a variable is set once and read everywhere.
    let given: Vec<PathBuf> =
        dirs.plugin_dir.iter().map(|dir| std::path::absolute(dir).unwrap_or(dir.clone())).collect();
    let (directories, refused) = plugins::directories(&given, variable.as_deref(), program.as_deref());
    for path in refused {
        let path = path.display();
        tracing::warn!(name: "plugin_path.refused", path = %path, "{PLUGIN_PATH}: {path} is not absolute and is not searched");
    }
    directories
}

/// The library that an argument means: a path, which has a separator in it, or a name in a plugin directory. A name is never
/// looked for in the current folder.
fn find(library: &str, dirs: &PluginDirs) -> Result<PathBuf, Exit> {
    let path = Path::new(library);
    let tried: Vec<PathBuf> = if library.contains(['/', '\\']) {
        let spelled = path.file_name().and_then(|name| name.to_str()).map(|name| path.with_file_name(file_name(name)));
        [Some(path.to_owned()), spelled].into_iter().flatten().collect()
    } else {
        directories(dirs).iter().map(|dir| dir.join(file_name(library))).collect()
    };
    if let Some(found) = tried.iter().find(|path| path.is_file()) {
        return Ok(std::path::absolute(found).unwrap_or(found.clone()));
    }
    let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
    note!("error: there is no plugin `{library}`");
    note!("help: looked for: {}; a path has a separator in it, as in `./{library}`", tried.join(", "));
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
pub(crate) fn worker(library: &Path, sha256: Option<&str>) -> Exit {
    let load = || match sha256 {
        Some(sha256) => plugins::load_expected(library, sha256),
        None => plugins::load(library),
    };
    let open = || load().map_err(|e| NotAPlugin { message: e.to_string(), help: e.help() });
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
    // Whatever a plugin says of itself is shown without its power over a terminal.
    let text: String = text.lines().map(|line| format!("{}\n", printable(line))).collect();
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

/// The longest that the suite may be silent, for one rule: a plugin that hangs is stopped then.
const SILENCE: Duration = Duration::from_secs(300);

/// Runs the suite in a process of its own, so that a plugin that crashes, hangs or exits ends that one and is found out.
fn check_apart(library: &str, options: &[String], dirs: &PluginDirs) -> Exit {
    let path = match find(library, dirs) {
        Ok(path) => path,
        Err(exit) => return exit,
    };
    let command = std::env::current_exe().map(Command::new);
    let child = command.and_then(|mut command| {
        command.args(["plugin", "check", "--here"]).arg(&path);
        for option in options {
            command.args(["--options", option]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
    });
    let mut child = match child {
        Ok(child) => child,
        Err(e) => {
            note!("error: no process can be started: {e}");
            return Exit::Io;
        }
    };
    let (lines, heard) = mpsc::channel();
    let stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let each = stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines().map_while(Result::ok));
        each.take_while(|line| lines.send(line.clone()).is_ok()).for_each(drop);
    });
    let (mut last, mut silent) = (String::new(), false);
    loop {
        match heard.recv_timeout(SILENCE) {
            Ok(line) => {
                show::print(&format!("{line}\n"));
                last = line;
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                silent = true;
                let _ = child.kill();
                break;
            }
        }
    }
    let status = child.wait();
    if !silent {
        let _ = reader.join();
    }
    // An exit code says nothing of its own: the plugin may have chosen it. The verdict is the suite's last word.
    let exit = status.as_ref().ok().and_then(std::process::ExitStatus::code).and_then(Exit::from_code);
    match exit {
        Some(exit) if !silent && (last.contains(VERDICT) || exit == Exit::Usage) => exit,
        _ => {
            let what = match (silent, status) {
                (true, _) => format!("was silent for {} s", SILENCE.as_secs()),
                (false, Ok(status)) => format!("ended the process of its check ({status})"),
                (false, Err(e)) => format!("ended the process of its check ({e})"),
            };
            note!("error: the plugin {what}, under the rule after the last one above");
            Exit::Differences
        }
    }
}

/// What the suite's last line has in it, whatever it found.
const VERDICT: &str = "the contract: ";

fn check_here(registry: &Registry, library: &str, options: &[String], dirs: &PluginDirs) -> Exit {
    if let Err(e) = isolate::follow_parent() {
        note!("warning: this process will not notice when the one that started it ends: {e}");
    }
    let path = match find(library, dirs) {
        Ok(path) => path,
        Err(exit) => return exit,
    };
    let plugin = match plugins::load(&path) {
        Ok(plugin) => plugin,
        Err(e) => {
            note!("error: the plugin {} cannot be used: {e}", path.display());
            note!("help: {}", e.help());
            show::print(&format!("{} does not keep {VERDICT}it cannot be loaded\n", path.display()));
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
    let verdict = if errors == 0 { "keeps" } else { "does not keep" };
    show::print(&format!(
        "{} {verdict} {VERDICT}{total} rules looked at, {errors} errors, {warnings} warnings\n",
        printable(&format!("{} {}", plugin.name, plugin.version))
    ));
    if errors == 0 { Exit::Done } else { Exit::Differences }
}

fn lock(pipelines: &[PathBuf], overlay: &Overlay, dirs: &PluginDirs) -> Exit {
    let found = anywhere(dirs);
    let mut exit = Exit::Done;
    let mut text = String::new();
    for file in &crate::check::pipelines(pipelines) {
        let (files, spec, mut diagnostics) = match check::read(file, overlay) {
            Ok(read) => read,
            Err(message) => {
                note!("error: {message}");
                exit = Exit::Config;
                continue;
            }
        };
        let base = file.parent().unwrap_or(Path::new(""));
        let locked = match &spec {
            Some(spec) if !diagnostics.has_errors() => plugins::lock(spec, base, &found, &mut diagnostics),
            _ => Ok(None),
        };
        check::show_all(&diagnostics, &files);
        match locked {
            Ok(Some((path, entries))) => {
                let line = format!("{}: {} plugins of {}", path.display(), entries.len(), file.display());
                let _ = writeln!(text, "{}", printable(&line));
                for entry in entries {
                    let line = format!("  {} {} ({}) sha256 {}", entry.name, entry.version, entry.plugin, entry.sha256);
                    let _ = writeln!(text, "{}", printable(&line));
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
