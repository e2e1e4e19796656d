//! `warraq check`, and the way from a pipeline file to a plan that it shares with `run`.

use crate::cli::CheckArgs;
use crate::plugin;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::Path;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::config::{self, PipelineSpec};
use warraq_engine::diagnostic::{Diagnostics, Files, printable, render};
use warraq_engine::plan::{self, Overrides, Plan};
use warraq_engine::plugins::{self, PluginOptions};

/// A pipeline file, read and compiled as far as it goes.
pub(crate) struct Compiled {
    pub(crate) files: Files,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) spec: Option<PipelineSpec>,
    pub(crate) plan: Option<Plan>,
}

/// Reads a pipeline file.
///
/// # Errors
/// A message when the file cannot be read at all.
pub(crate) fn read(file: &Path, sets: &[String]) -> Result<(Files, Option<PipelineSpec>, Diagnostics), String> {
    let bytes = fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let line = 1 + e.as_bytes()[..valid].iter().filter(|&&b| b == b'\n').count();
        format!("{}:{line}: byte {valid} is not UTF-8; pipeline files are UTF-8", file.display())
    })?;
    let mut files = Files::new();
    let (spec, diagnostics) = config::load(&mut files, &file.to_string_lossy(), &text, sets);
    Ok((files, spec, diagnostics))
}

/// Reads and compiles a pipeline file.
///
/// # Errors
/// As [`read`].
pub(crate) fn compile(
    registry: &Registry,
    file: &Path,
    sets: &[String],
    overrides: &Overrides,
) -> Result<Compiled, String> {
    let (files, spec, mut diagnostics) = read(file, sets)?;
    let plan = spec.as_ref().and_then(|spec| plan::compile(spec, file, registry, overrides, &mut diagnostics));
    Ok(Compiled { files, diagnostics, spec, plan })
}

/// Shows what was found, on standard error.
pub(crate) fn show(compiled: &Compiled) {
    show_all(&compiled.diagnostics, &compiled.files);
}

/// Shows diagnostics, on standard error.
pub(crate) fn show_all(diagnostics: &Diagnostics, files: &Files) {
    if !diagnostics.is_empty() {
        let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        // Rendered with its own escapes; what it quotes is made printable there.
        let _ = writeln!(std::io::stderr(), "{}", render(diagnostics, files, color).trim_end());
    }
}

pub(crate) fn check(registry: &Registry, args: &CheckArgs) -> Exit {
    let mut exit = Exit::Done;
    let mut verdicts = String::new();
    // Whatever a plugin does while its stages are built, it does in a process of its own.
    let plugins = PluginOptions { locked: args.locked, apart: true, ..plugin::options(&args.dirs) };
    let overrides = Overrides { log: crate::log::sink(false), plugins, ..Overrides::default() };
    for file in &args.pipelines {
        if args.lock_only {
            match hold_against_lock(file, args, &overrides.plugins) {
                Ok(held) => verdicts += &format!("{}: locked ({held} plugins)\n", printable(&file.to_string_lossy())),
                Err(()) => exit = Exit::Config,
            }
            continue;
        }
        match compile(registry, file, &args.sets, &overrides) {
            Ok(compiled) => {
                show(&compiled);
                let name = file.to_string_lossy();
                let name = printable(&name);
                match &compiled.plan {
                    Some(plan) => {
                        let (stages, exports, inputs) = (plan.stages.len(), plan.exports.len(), plan.inputs());
                        verdicts += &format!("{name}: ok ({stages} stages, {exports} exports, {inputs} inputs)\n");
                    }
                    None => {
                        verdicts += &format!("{name}: invalid\n");
                        exit = Exit::Config;
                    }
                }
            }
            Err(message) => {
                note!("error: {message}");
                exit = Exit::Config;
            }
        }
    }
    match crate::show::print(&verdicts) {
        Exit::Done => exit,
        failed => failed,
    }
}

/// Holds a pipeline's plugins against the lock by their hashes alone, and says how many there are.
fn hold_against_lock(file: &Path, args: &CheckArgs, options: &PluginOptions) -> Result<usize, ()> {
    let (files, spec, mut diagnostics) = read(file, &args.sets).map_err(|message| note!("error: {message}"))?;
    if let Some(spec) = &spec {
        plugins::check_lock(spec, file.parent().unwrap_or(Path::new("")), options, &mut diagnostics);
    }
    show_all(&diagnostics, &files);
    match spec {
        Some(spec) if !diagnostics.has_errors() => Ok(spec.plugins.len()),
        _ => Err(()),
    }
}
