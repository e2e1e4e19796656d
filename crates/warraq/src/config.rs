//! `warraq config`: a pipeline file as it is run, and where each of its values is from.

use crate::check;
use crate::cli::PluginDirs;
use crate::{log, plugin, show};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::config::resolved::resolve;
use warraq_engine::plan::Overrides;
use warraq_engine::plugins::PluginOptions;

/// Show a pipeline file as it is run: resolved, with where each value is from.
///
/// Includes, the profile, `--set` and variables are resolved, and the defaults of stages, formats and the runner are filled
/// in. Saved beside the pipeline file, what is printed as TOML runs the same. Values that come from the environment are
/// shown like all others: what must stay secret does not belong into a pipeline.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// The pipeline file.
    pipeline: PathBuf,
    /// Leave out what is as it would be by default.
    #[arg(long)]
    diff_defaults: bool,
    /// How to show it.
    #[arg(long, value_enum, default_value = "toml")]
    format: ConfigFormat,
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
enum ConfigFormat {
    /// A pipeline file, with a comment beside each value.
    Toml,
    /// One JSON document (`warraq_config: 1`).
    Json,
}

pub(crate) fn config(registry: &Registry, args: &ConfigArgs) -> Exit {
    // As in `check`, plugins work in a process of their own.
    let plugins = PluginOptions { locked: args.locked, apart: true, ..plugin::options(&args.dirs) };
    let overrides = Overrides { log: log::sink(false), plugins, ..Overrides::default() };
    let compiled = match check::compile(registry, &args.pipeline, &args.sets, args.profile.as_deref(), &overrides) {
        Ok(compiled) => compiled,
        Err(message) => {
            note!("error: {message}");
            return Exit::Config;
        }
    };
    check::show_all(&compiled.diagnostics, &compiled.files);
    let (Some(spec), Some(plan)) = (&compiled.spec, &compiled.plan) else { return Exit::Config };
    let mut resolved = resolve(spec, plan, &compiled.files);
    if args.diff_defaults {
        resolved = resolved.without_defaults();
    }
    show::print(&match args.format {
        ConfigFormat::Toml => resolved.toml(),
        ConfigFormat::Json => format!("{:#}\n", resolved.json()),
    })
}
