//! `warraq config`: a pipeline file as it is run, and where each of its values is from.

use crate::check;
use crate::cli::{Overlay, Plugins};
use crate::{log, plugin, show};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use warraq_core::Registry;
use warraq_engine::Exit;
use warraq_engine::config::resolved::resolve;
use warraq_engine::plan::Overrides;

/// Show a pipeline file as it is run: resolved, with where each value is from.
///
/// Includes, the profile, `--set` and variables are resolved, and the defaults of stages, formats and the runner are filled
/// in. Saved beside the pipeline file, what is printed as TOML runs the same. Values that come from the environment are
/// shown like all others; for those of variables with `secret = true`, `***` is shown.
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
    #[command(flatten)]
    overlay: Overlay,
    #[command(flatten)]
    plugins: Plugins,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ConfigFormat {
    /// A pipeline file, with a comment beside each value.
    Toml,
    /// One JSON document (`warraq_config: 1`).
    Json,
}

pub(crate) fn config(registry: &Registry, args: &ConfigArgs) -> Exit {
    let overrides = Overrides { log: log::sink(), plugins: plugin::apart(&args.plugins), ..Overrides::default() };
    let compiled = match check::compile(registry, &args.pipeline, &args.overlay, &overrides) {
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
