//! `warraq test`: which tests there are on the command line, and what became of them.

use crate::check::{self, Compiled, TESTS, pipeline_of};
use crate::cli::{Overlay, Plugins, threads};
use crate::{log, plugin, show};
use clap::{Args, ValueEnum};
use std::collections::BTreeSet;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::config::{Node, read};
use warraq_engine::diagnostic::{Diagnostics, Files, NO_INPUT};
use warraq_engine::junit;
use warraq_engine::plan::Overrides;
use warraq_engine::test::{self, Suite, TestOptions};

/// Where pipelines are looked for when no path is given.
const FOLDER: &str = "pipelines";

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Pipeline files, files of tests (`NAME.test.toml`), or folders of pipeline files; `pipelines`, or else the current
    /// folder, by default.
    pub(crate) paths: Vec<PathBuf>,
    /// Run only tests with this in their names.
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) overlay: Overlay,
    /// Write what became of the tests as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write the golden files anew, of tests that are as expected otherwise.
    #[arg(long)]
    pub(crate) bless: bool,
    /// How to report, on standard output.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: TestFormat,
    /// Number of threads; 0 for one per core.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = threads)]
    pub(crate) threads: usize,
    #[command(flatten)]
    pub(crate) plugins: Plugins,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// A line per test, with a diff for each that failed.
    Human,
    /// One JSON document (`warraq_test: 1`).
    Json,
    /// Annotations of GitHub's workflows.
    Github,
}

pub(crate) fn test(registry: &Registry, args: &TestArgs) -> Exit {
    let files = match pipelines(&args.paths) {
        Ok(files) => files,
        Err(why) => {
            note!("error: {why}");
            return Exit::Io;
        }
    };
    let mut suites = Vec::with_capacity(files.len());
    for file in &files {
        suites.push(suite(registry, file, args));
    }

    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let text = match args.format {
        TestFormat::Human => test::human(&suites, color),
        TestFormat::Json => format!("{:#}\n", test::json(&suites)),
        TestFormat::Github => test::github(&suites),
    };
    let mut exit = show::print(&text);
    if let Some(path) = &args.junit {
        let written = test::junit(&suites)
            .and_then(|xml| junit::write(&crate::secret::hide(&xml), path).map_err(|e| e.to_string()));
        if let Err(why) = written {
            note!("error: {}: {why}", path.display());
            exit = Exit::Io;
        }
    }
    let counts: Vec<_> = suites.iter().map(Suite::counts).collect();
    match exit {
        _ if suites.iter().any(|suite| suite.invalid.is_some()) => Exit::Config,
        Exit::Done if counts.iter().any(|(_, _, errors)| *errors > 0) => Exit::Io,
        Exit::Done if counts.iter().any(|(_, failed, _)| *failed > 0) => Exit::Differences,
        Exit::Done if suites.iter().all(|suite| suite.tests.is_empty()) => {
            note!("error: no test found");
            Exit::Nothing
        }
        exit => exit,
    }
}

/// The tests of one pipeline file; what is wrong with the file goes to standard error.
fn suite(registry: &Registry, file: &Path, args: &TestArgs) -> Suite {
    let name = file.to_string_lossy().into_owned();
    let invalid = |why: String| Suite { file: name.clone(), invalid: Some(why), tests: Vec::new() };
    let overrides = Overrides { log: log::sink(), plugins: plugin::options(&args.plugins), ..Overrides::default() };
    let compiled = check::compile(registry, file, &args.overlay, &overrides);
    let Compiled { files, mut diagnostics, spec, plan } = match compiled {
        Ok(compiled) => compiled,
        Err(why) => {
            note!("error: {why}");
            return invalid(why);
        }
    };
    // Tests bring their documents along.
    diagnostics.retain(|d| d.code != NO_INPUT);
    check::show_all(&diagnostics, &files);
    let (Some(plan), Some(spec)) = (plan, spec) else {
        return invalid(format!("`warraq check {name}` says what is wrong"));
    };
    let options = TestOptions { filter: args.filter.clone(), bless: args.bless, threads: args.threads };
    match test::run(&plan, &spec, &files, registry, &options) {
        Ok(tests) => Suite { file: name, invalid: None, tests },
        Err(why) => invalid(why),
    }
}

/// The file of tests beside a pipeline file.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}{TESTS}"))
}

/// The pipeline files that the arguments stand for, in their order, each once.
fn pipelines(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let default = [PathBuf::from(if Path::new(FOLDER).is_dir() { FOLDER } else { "." })];
    let paths = if paths.is_empty() { &default[..] } else { paths };
    let (mut seen, mut files) = (BTreeSet::new(), Vec::new());
    for path in paths {
        let found = match path.is_dir() {
            true => folder(path)?,
            false => vec![pipeline_of(path)],
        };
        files.extend(found.into_iter().filter(|file| seen.insert(file.clone())));
    }
    Ok(files)
}

/// The pipeline files directly in a folder, sorted by name.
fn folder(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let cannot = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let name = entry.map_err(cannot)?.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".toml") && !text.ends_with(TESTS) {
            files.push(if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) });
        }
    }
    files.retain(|file| is_pipeline(file));
    files.sort();
    Ok(files)
}

/// Whether a file says that it is a pipeline, and not a fragment of one or another program's.
fn is_pipeline(file: &Path) -> bool {
    let Ok(text) = fs::read_to_string(file) else { return false };
    let mut files = Files::new();
    let id = files.add(file.to_string_lossy(), text);
    let root: Node = read::read(&files, id, &mut Diagnostics::new());
    let has = |key: &str| root.as_table().is_some_and(|table| table.get(key).is_some());
    has("warraq") && (has("source") || has("include"))
}
