//! `warraq check`, and the way from a pipeline file to a plan that it shares with `run`.

use crate::cli::{CheckArgs, CheckFormat, Deny, Overlay};
use crate::{explain, plugin};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::config::{self, PipelineSpec, Surroundings};
use warraq_engine::diagnostic::formats::{self, Checked, Verdict};
use warraq_engine::diagnostic::{Diagnostic, Diagnostics, Files, PATH, Severity, printable, render};
use warraq_engine::plan::{self, Overrides, Plan};
use warraq_engine::plugins;

/// A pipeline file, read and compiled as far as it goes.
pub(crate) struct Compiled {
    pub(crate) files: Files,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) spec: Option<PipelineSpec>,
    pub(crate) plan: Option<Plan>,
}

/// What the name of a file of tests ends with: `NAME.test.toml` stands beside `NAME.toml`.
pub(crate) const TESTS: &str = ".test.toml";

/// The pipeline that a file of tests belongs to; any other file is one.
pub(crate) fn pipeline_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.strip_suffix(TESTS) {
        Some(stem) => path.with_file_name(format!("{stem}.toml")),
        None => path.to_owned(),
    }
}

/// The pipelines that these paths stand for, each once: a file of tests stands for its pipeline, with which it is read, so that
/// `pipelines/*.toml` may stand for a whole folder.
pub(crate) fn pipelines(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut pipelines = Vec::with_capacity(paths.len());
    for path in paths {
        let pipeline = pipeline_of(path);
        if pipeline == *path || !paths.contains(&pipeline) && !pipelines.contains(&pipeline) {
            pipelines.push(pipeline);
        }
    }
    pipelines
}

/// The text of a pipeline file, or the line at which it cannot be read, if it is one, and why.
fn text(file: &Path) -> Result<String, (Option<usize>, String)> {
    let bytes = fs::read(file).map_err(|e| (None, e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let line = 1 + e.as_bytes()[..valid].iter().filter(|&&b| b == b'\n').count();
        (Some(line), format!("byte {valid} is not UTF-8; pipeline files are UTF-8"))
    })
}

/// Reads a pipeline file, with the `--set` arguments and the `--profile`.
///
/// # Errors
/// A message when the file cannot be read at all.
pub(crate) fn read(file: &Path, overlay: &Overlay) -> Result<(Files, Option<PipelineSpec>, Diagnostics), String> {
    let main = text(file).map_err(|(line, why)| match line {
        Some(line) => format!("{}:{line}: {why}", file.display()),
        None => format!("{}: {why}", file.display()),
    })?;
    let included = |file: &Path| text(file).map_err(|(_, why)| why);
    let beside = crate::test::beside(file);
    let tests = match beside.is_file() {
        true => Some(text(&beside).map_err(|(_, why)| format!("{}: {why}", beside.display()))?),
        false => None,
    };
    let name = beside.to_string_lossy();
    let mut files = Files::new();
    let around = Surroundings {
        sets: &overlay.sets,
        profile: overlay.profile.as_deref(),
        env: &|name| std::env::var_os(name),
        read: &included,
        tests: tests.as_ref().map(|text| (&*name, text.as_str())),
    };
    let (spec, diagnostics) = config::load(&mut files, &file.to_string_lossy(), &main, &around);
    if let Some(spec) = &spec {
        crate::secret::keep(spec.provenance.secrets());
    }
    Ok((files, spec, diagnostics))
}

/// Reads and compiles a pipeline file.
///
/// # Errors
/// As [`read`].
pub(crate) fn compile(
    registry: &Registry,
    file: &Path,
    overlay: &Overlay,
    overrides: &Overrides,
) -> Result<Compiled, String> {
    let (files, spec, mut diagnostics) = read(file, overlay)?;
    let plan = spec.as_ref().and_then(|spec| plan::compile(spec, file, registry, overrides, &mut diagnostics));
    Ok(Compiled { files, diagnostics, spec, plan })
}

/// Shows diagnostics, on standard error.
pub(crate) fn show_all(diagnostics: &Diagnostics, files: &Files) {
    if !diagnostics.is_empty() {
        let color = crate::show::may_color(&std::io::stderr());
        // Rendered with its own escapes; what it quotes is made printable there.
        let text = render(diagnostics, files, color);
        let _ = writeln!(std::io::stderr(), "{}", crate::secret::hide(text.trim_end()));
    }
}

pub(crate) fn check(registry: &Registry, args: &CheckArgs) -> Exit {
    let is_human = args.format == CheckFormat::Human;
    let plugins = plugin::apart(&args.plugins);
    let overrides = Overrides { log: crate::log::sink(), plugins, ..Overrides::default() };
    let mut verdicts = String::new();
    let mut all = Vec::with_capacity(args.pipelines.len());
    for file in &pipelines(&args.pipelines) {
        let (mut checked, found) = check_file(registry, file, args, &overrides);
        let warnings = checked.count(Severity::Warning);
        if args.deny == Some(Deny::Warnings) && checked.verdict == Verdict::Ok && warnings > 0 {
            checked.verdict = Verdict::Denied;
        }
        if is_human {
            show_all(&checked.diagnostics, &checked.files);
            let verdict = match checked.verdict {
                Verdict::Ok => found,
                Verdict::Denied => Some(format!("denied ({warnings} warnings)")),
                Verdict::Invalid => found.map(|_| "invalid".to_owned()),
            };
            if let Some(verdict) = verdict {
                verdicts += &format!("{}: {verdict}\n", printable(&checked.name));
            }
        }
        all.push(checked);
    }
    let text = match args.format {
        CheckFormat::Human => {
            explain::hint(&all);
            verdicts
        }
        CheckFormat::Json => format!("{:#}\n", formats::json(&all)),
        CheckFormat::Github => formats::github(&all),
        CheckFormat::Sarif => format!("{:#}\n", formats::sarif(&all)),
    };
    match crate::show::print(&text) {
        Exit::Done if all.iter().all(|checked| checked.verdict == Verdict::Ok) => Exit::Done,
        Exit::Done => Exit::Config,
        failed => failed,
    }
}

/// Checks one file, and says in a few words what is in it; nothing of one that could not be read or, where only the lock is
/// asked for, does not agree with it.
fn check_file(registry: &Registry, file: &Path, args: &CheckArgs, overrides: &Overrides) -> (Checked, Option<String>) {
    let checked = |files, diagnostics, is_valid| Checked {
        name: file.to_string_lossy().into_owned(),
        verdict: if is_valid { Verdict::Ok } else { Verdict::Invalid },
        diagnostics,
        files,
    };
    let unreadable = |message: String| {
        let mut diagnostics = Diagnostics::new();
        // On a terminal it is a line like that of any other failure to read.
        match args.format {
            CheckFormat::Human => note!("error: {message}"),
            _ => diagnostics.push(Diagnostic::error(PATH, message)),
        }
        (checked(Files::new(), diagnostics, false), None)
    };
    if args.lock_only {
        let (files, spec, mut diagnostics) = match read(file, &args.overlay) {
            Ok(read) => read,
            Err(message) => return unreadable(message),
        };
        if let Some(spec) = &spec {
            plugins::check_lock(spec, file.parent().unwrap_or(Path::new("")), &overrides.plugins, &mut diagnostics);
        }
        let held = spec.filter(|_| !diagnostics.has_errors()).map(|spec| spec.plugins.len());
        let found = held.map(|held| format!("locked ({held} plugins)"));
        return (checked(files, diagnostics, found.is_some()), found);
    }
    match compile(registry, file, &args.overlay, overrides) {
        Ok(Compiled { files, diagnostics, plan, .. }) => {
            let found = plan.as_ref().map(|plan| {
                let (stages, exports, inputs) = (plan.stages.len(), plan.exports.len(), plan.inputs());
                format!("ok ({stages} stages, {exports} exports, {inputs} inputs)")
            });
            (checked(files, diagnostics, plan.is_some()), Some(found.unwrap_or_default()))
        }
        Err(message) => unreadable(message),
    }
}
