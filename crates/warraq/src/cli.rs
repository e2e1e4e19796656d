//! The command line, as clap reads it: what is said here is what `--help` shows.

use crate::observe::Endpoint;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;
use warraq_engine::Exit;
use warraq_engine::config::MAX_THREADS;
use warraq_engine::plan::Shard;
use warraq_engine::plugins::isolate::WORKER_COMMAND;

/// Turns raw multilingual text into a clean, annotated corpus, as a pipeline file says.
#[derive(Debug, Parser)]
#[command(name = "warraq", version, max_term_width = 100, after_help = exit_codes())]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a pipeline.
    Run(RunArgs),
    /// Check pipeline files, and report every problem at once.
    Check(CheckArgs),
    /// Run one document, and show for each stage what it changed.
    Trace(crate::trace::TraceArgs),
    /// Compare two exports of one corpus, document by document.
    Diff(crate::diff::DiffArgs),
    /// Hold finished runs against their reports: counts, checksums and the ledger.
    Verify(crate::verify::VerifyArgs),
    /// Show what a run would do; nothing is run and nothing is written.
    Plan(crate::plan::PlanArgs),
    /// Show a pipeline file as it is run: resolved, with where each value is from.
    Config(crate::config::ConfigArgs),
    /// Run the tests of pipeline files.
    Test(crate::test::TestArgs),
    /// Explain a code of `check`, such as WQ012; all codes without one.
    Explain(ExplainArgs),
    /// List stages and formats.
    List(crate::show::ListArgs),
    /// Show the manual of a stage or a format.
    Describe(crate::show::DescribeArgs),
    /// Look at plugins, hold them to the contract, and lock them.
    Plugin(PluginArgs),
    /// Train a model on annotated documents.
    Train(crate::train::TrainArgs),
    /// Measure a model on documents that have the right answers.
    Eval(crate::eval::EvalArgs),
    /// Start something new.
    New(crate::new::NewArgs),
    /// Print the JSON Schema of pipeline files, for editors and linters.
    Schema(crate::schema::SchemaArgs),
    /// Print the completion script of a shell.
    Completions(crate::shell::CompletionsArgs),
    /// Print the manual page, or write those of all commands.
    Man(crate::shell::ManArgs),
    /// What a worker process runs: the plugin in a library, for the process that started it.
    #[command(name = WORKER_COMMAND, hide = true)]
    PluginWorker {
        /// The library.
        library: PathBuf,
        /// The SHA-256 it must have.
        sha256: Option<String>,
    },
}

/// What is laid over a pipeline file when it is read.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Overlay {
    /// Set a key of the pipeline file, such as `run.threads=2` or `stage.clean.arabic.tashkeel=strip`; may be given several
    /// times.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Lay a profile of the pipeline file over it: `[profile.NAME]`.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

/// Where plugins are looked for by name.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PluginDirs {
    /// Look for plugins here, before the folders of `WARRAQ_PLUGIN_PATH` and the program's own; may be given several times.
    #[arg(long, value_name = "DIR")]
    pub(crate) plugin_dir: Vec<PathBuf>,
}

/// Which plugins a pipeline file may have.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Plugins {
    /// Refuse plugins that `warraq.lock` does not name, or names with another hash.
    #[arg(long)]
    pub(crate) locked: bool,
    #[command(flatten)]
    pub(crate) dirs: PluginDirs,
}

#[derive(Debug, Args)]
pub(crate) struct PluginArgs {
    #[command(subcommand)]
    pub(crate) command: PluginCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Show what a plugin offers: its stages, their options, layers and examples.
    Inspect {
        /// The path of a library (with a separator: `./libx.so`), or the name of a plugin in a plugin directory.
        library: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        dirs: PluginDirs,
    },
    /// Hold a plugin to the contract: odd texts, batches, threads, options, memory.
    Check {
        /// The path of a library (with a separator: `./libx.so`), or the name of a plugin in a plugin directory.
        library: String,
        /// Options for a stage that needs some, as TOML: `stem=variant="light10"`.
        #[arg(long = "options", value_name = "STAGE=TOML")]
        options: Vec<String>,
        /// Load it into this process, where a crash of the plugin ends the command.
        #[arg(long, hide = true)]
        here: bool,
        #[command(flatten)]
        dirs: PluginDirs,
    },
    /// Write `warraq.lock`: which plugins these pipelines mean, by the hashes of their libraries.
    Lock {
        /// The pipeline files.
        #[arg(required = true)]
        pipelines: Vec<PathBuf>,
        #[command(flatten)]
        overlay: Overlay,
        #[command(flatten)]
        dirs: PluginDirs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The pipeline file.
    pub(crate) pipeline: PathBuf,
    /// Inputs to read in the place of those the sources name; `-` is standard input. Each goes to the pipeline's only source,
    /// or to the first one of its format.
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) overlay: Overlay,
    /// Move all outputs to this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Number of worker threads; 0 for one per core.
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<usize>,
    /// Input held in memory at a time, such as `16MiB`.
    #[arg(long, value_name = "SIZE", value_parser = byte_size)]
    pub(crate) window: Option<u64>,
    /// Stop after so many documents. `[expect]` holds for those that were read.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Read one of so many contiguous parts of the inputs, such as `0/4`. Output paths then need `{shard}`; one after the other,
    /// the outputs of all shards are those of one run.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Go on where a run of the same pipeline over the same inputs was stopped or killed; without its checkpoint, start from the
    /// beginning. `force` also takes another version of this program, and inputs that are as long as they were but bear
    /// another time.
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "same")]
    pub(crate) resume: Option<ResumeMode>,
    /// How to show progress.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) progress: ProgressMode,
    /// Say that the run goes on, and what it waits for, when nothing has moved for so long, such as `30s`. Only where progress
    /// is shown in lines.
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    pub(crate) heartbeat: Duration,
    /// Say nothing but warnings and errors.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// How to say all of this on standard error. `WARRAQ_LOG=error|warning|info|debug` says how much.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) log_format: LogFormat,
    /// Log documents that a single stage takes longer for, such as `2s`; `off` for none.
    #[arg(long, value_name = "TIME", value_parser = Slow::parse, default_value = "10s")]
    pub(crate) slow: Slow,
    /// Write metrics to this file every few seconds and at the end, as text for Prometheus.
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
    /// Send metrics to this collector every ten seconds and at the end, by OTLP over HTTP, such as `http://localhost:4318`.
    #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
    pub(crate) otlp: Option<Endpoint>,
    /// Where to write the report; `report.json` beside the first export by default.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// How to report problems of the pipeline file and missed expectations, on standard error.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: RunFormat,
    /// Where to write the expectations as test cases, as JUnit XML.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) plugins: Plugins,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResumeMode {
    /// Only if nothing has changed.
    Same,
    /// Also after changes that need not matter.
    Force,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunFormat {
    /// With their lines.
    Human,
    /// Annotations of GitHub's workflows.
    Github,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The pipeline files.
    #[arg(required = true)]
    pub(crate) pipelines: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) overlay: Overlay,
    /// Only hold the plugins against `warraq.lock`, by their hashes: none of them is loaded.
    #[arg(long)]
    pub(crate) lock_only: bool,
    /// How to report problems. All formats but `human` go to standard output, with nothing else there.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: CheckFormat,
    /// What else makes a file invalid.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) deny: Option<Deny>,
    #[command(flatten)]
    pub(crate) plugins: Plugins,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Problems with their lines on standard error, a verdict per file on standard output.
    Human,
    /// One JSON document (`warraq_check: 1`).
    Json,
    /// Annotations of GitHub's workflows.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Warnings.
    Warnings,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code, as it stands in brackets after `error` or `warning`.
    pub(crate) code: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    /// A bar on a terminal, plain lines elsewhere.
    Auto,
    /// A line every few seconds.
    Plain,
    /// Nothing.
    None,
}

/// How what is said looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// In words.
    Human,
    /// One JSON object a line.
    Json,
}

/// From when on a document is slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slow(pub(crate) Option<Duration>);

impl Slow {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Slow(None));
        }
        time(text).map(|time| Slow(Some(time))).map_err(|why| format!("{why}, or `off`"))
    }
}

fn time(text: &str) -> Result<Duration, String> {
    let time = warraq_engine::config::units::duration(text).filter(|time| !time.is_zero());
    time.ok_or_else(|| "expected a time such as `500ms`, `5s` or `2min`".into())
}

fn byte_size(text: &str) -> Result<u64, String> {
    let size = warraq_engine::config::units::byte_size(text).filter(|&size| size > 0);
    size.ok_or_else(|| "expected a size such as `16MiB` or `500000`".into())
}

pub(crate) fn threads(text: &str) -> Result<usize, String> {
    let threads = text.parse().ok().filter(|&threads| threads <= MAX_THREADS);
    threads.ok_or_else(|| format!("expected a number from 0 to {MAX_THREADS}"))
}

fn exit_codes() -> String {
    let lines = Exit::TABLE.iter().map(|(exit, what)| format!("  {:>3}  {what}", exit.code()));
    format!("Exit codes:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
