//! `warraq plan`: what a run would do, for people and for programs that draw.

use crate::check;
use crate::cli::PluginDirs;
use crate::{log, plugin, show};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::outline::{Outline, ascii, dot, mermaid};
use warraq_engine::plan::Overrides;
use warraq_engine::plugins::PluginOptions;

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The pipeline file.
    pipeline: PathBuf,
    /// Inputs in the place of those the sources name, as in `run`.
    inputs: Vec<PathBuf>,
    /// How to show it.
    #[arg(long, value_enum, default_value = "ascii")]
    format: PlanFormat,
    /// Set a key of the pipeline file, as in `run`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Lay a profile of the pipeline file over it, as in `run`.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Refuse plugins that `warraq.lock` does not name, or names with another hash.
    #[arg(long)]
    locked: bool,
    #[command(flatten)]
    dirs: PluginDirs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// Text in columns.
    Ascii,
    /// A flowchart for Mermaid.
    Mermaid,
    /// A graph for Graphviz.
    Dot,
    /// One JSON document (`warraq_plan: 1`).
    Json,
}

pub(crate) fn plan(registry: &Registry, args: &PlanArgs) -> Exit {
    // As in `check`, plugins work in a process of their own.
    let plugins = PluginOptions { locked: args.locked, apart: true, ..plugin::options(&args.dirs) };
    let overrides = Overrides { inputs: args.inputs.clone(), log: log::sink(false), plugins, ..Overrides::default() };
    let compiled = match check::compile(registry, &args.pipeline, &args.sets, args.profile.as_deref(), &overrides) {
        Ok(compiled) => compiled,
        Err(message) => {
            note!("error: {message}");
            return Exit::Config;
        }
    };
    check::show_all(&compiled.diagnostics, &compiled.files);
    let Some(plan) = &compiled.plan else { return Exit::Config };
    let outline = Outline::of(plan);
    show::print(&match args.format {
        PlanFormat::Ascii => ascii(&outline),
        PlanFormat::Mermaid => mermaid(&outline),
        PlanFormat::Dot => dot(&outline),
        PlanFormat::Json => format!("{:#}\n", outline.json()),
    })
}
