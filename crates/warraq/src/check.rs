//! `warraq check`, and the way from a pipeline file to a plan that it shares with `run`.

use crate::cli::CheckArgs;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::Path;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::config::{self, PipelineSpec};
use warraq_engine::diagnostic::{Diagnostics, Files, printable, render};
use warraq_engine::plan::{self, Overrides, Plan};

/// A pipeline file, read and compiled as far as it goes.
pub(crate) struct Compiled {
    pub(crate) files: Files,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) spec: Option<PipelineSpec>,
    pub(crate) plan: Option<Plan>,
}

/// Reads and compiles a pipeline file.
///
/// # Errors
/// A message when the file cannot be read at all.
pub(crate) fn compile(
    registry: &Registry,
    file: &Path,
    sets: &[String],
    overrides: &Overrides,
) -> Result<Compiled, String> {
    let bytes = fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let line = 1 + e.as_bytes()[..valid].iter().filter(|&&b| b == b'\n').count();
        format!("{}:{line}: byte {valid} is not UTF-8; pipeline files are UTF-8", file.display())
    })?;
    let mut files = Files::new();
    let (spec, mut diagnostics) = config::load(&mut files, &file.to_string_lossy(), &text, sets);
    let plan = spec.as_ref().and_then(|spec| plan::compile(spec, file, registry, overrides, &mut diagnostics));
    Ok(Compiled { files, diagnostics, spec, plan })
}

/// Shows what was found, on standard error.
pub(crate) fn show(compiled: &Compiled) {
    if !compiled.diagnostics.is_empty() {
        let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        // Rendered with its own escapes; what it quotes is made printable there.
        let _ = writeln!(std::io::stderr(), "{}", render(&compiled.diagnostics, &compiled.files, color).trim_end());
    }
}

pub(crate) fn check(registry: &Registry, args: &CheckArgs) -> Exit {
    let mut exit = Exit::Done;
    let mut verdicts = String::new();
    let overrides = Overrides { log: crate::log::sink(false), ..Overrides::default() };
    for file in &args.pipelines {
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
