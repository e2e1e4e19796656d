//! `warraq schema`: the JSON Schema of pipeline files, for editors and linters.

use crate::cli::{Overlay, PluginDirs};
use crate::{check, plugin, show};
use clap::Args;
use std::path::{Path, PathBuf};
use warraq_core::Registry;
use warraq_engine::diagnostic::Diagnostics;
use warraq_engine::{Exit, json_schema, plugins};

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// A pipeline file: the stages and exports of its plugins are described, too, under their aliases.
    pipeline: Option<PathBuf>,
    #[command(flatten)]
    overlay: Overlay,
    #[command(flatten)]
    dirs: PluginDirs,
}

pub(crate) fn schema(registry: &Registry, args: &SchemaArgs) -> Exit {
    let mut families = Vec::new();
    if let Some(file) = &args.pipeline {
        let (files, spec, found) = match check::read(file, &args.overlay) {
            Ok(read) => read,
            Err(message) => {
                note!("error: {message}");
                return Exit::Config;
            }
        };
        let Some(spec) = spec else {
            check::show_all(&found, &files);
            return Exit::Config;
        };
        // What else is wrong in the file is what the schema is asked for to show.
        let mut found = Diagnostics::new();
        let base = file.parent().unwrap_or(Path::new(""));
        families = plugins::describe_all(&spec, base, &plugin::anywhere(&args.dirs), &mut found);
        check::show_all(&found, &files);
        if found.has_errors() {
            return Exit::Config;
        }
    }
    show::print(&format!("{:#}\n", json_schema::pipeline(registry, &families)))
}
