//! `warraq plan`: what a run would do, for people and for programs that draw.

use crate::check;
use crate::cli::{Overlay, Plugins, threads};
use crate::{log, plugin, show};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::outline::{Outline, ascii, dot, mermaid};
use warraq_engine::plan::Overrides;

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The pipeline file.
    pipeline: PathBuf,
    /// Inputs in the place of those the sources name, as in `run`.
    inputs: Vec<PathBuf>,
    /// Move all outputs to this folder, as in `run`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Number of worker threads, as in `run`.
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<usize>,
    /// How to show it.
    #[arg(long, value_enum, default_value = "ascii")]
    format: PlanFormat,
    #[command(flatten)]
    overlay: Overlay,
    #[command(flatten)]
    plugins: Plugins,
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
    let overrides = Overrides {
        inputs: args.inputs.clone(),
        out: args.out.clone(),
        threads: args.threads,
        log: log::sink(),
        plugins: plugin::apart(&args.plugins),
        ..Overrides::default()
    };
    let compiled = match check::compile(registry, &args.pipeline, &args.overlay, &overrides) {
        Ok(compiled) => compiled,
        Err(message) => {
            note!("error: {message}");
            return Exit::Config;
        }
    };
    check::show_all(&compiled.diagnostics, &compiled.files);
    let Some(plan) = &compiled.plan else { return Exit::Config };
    let outline = Outline::of(plan, &compiled.files);
    show::print(&match args.format {
        PlanFormat::Ascii => ascii(&outline),
        PlanFormat::Mermaid => mermaid(&outline),
        PlanFormat::Dot => dot(&outline),
        PlanFormat::Json => format!("{:#}\n", outline.json()),
    })
}
