//! The arguments of `warraq new`, and what it prints.

use super::{Lang, new_plugin, next_steps};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use warraq_engine::Exit;

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    #[command(subcommand)]
    what: NewCommand,
}

#[derive(Debug, Subcommand)]
enum NewCommand {
    /// A plugin: a folder with a small but real stage, its tests and a sample pipeline.
    Plugin(NewPluginArgs),
}

#[derive(Debug, Args)]
struct NewPluginArgs {
    /// Its name: lower-case letters, digits and hyphens. The folder has this name, and the stages of the plugin this family.
    name: String,
    /// What to write it in.
    #[arg(long, value_enum)]
    lang: Lang,
    /// The folder to make it in.
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    dir: PathBuf,
    /// A checkout of Warraq, for the Rust SDK; by default one is looked for above the current folder and this program.
    #[arg(long, value_name = "PATH")]
    sdk: Option<PathBuf>,
}

/// `warraq new`.
pub(crate) fn run(args: &NewArgs) -> Exit {
    let NewCommand::Plugin(args) = &args.what;
    let project = match args.dir.as_os_str() == "." {
        true => PathBuf::from(&args.name),
        false => args.dir.join(&args.name),
    };
    match new_plugin(&args.name, args.lang, &args.dir, args.sdk.as_deref()) {
        Ok(written) => {
            let program = std::env::args_os().next().map(|arg| arg.to_string_lossy().into_owned());
            let [build, sample] = next_steps(&project, args.lang, program.as_deref().unwrap_or("warraq"));
            let (files, folder) = (written.len(), project.display());
            crate::show::print(&format!(
                "{folder}: {files} files\n\nbuild and test it:\n  {build}\n\nrun its sample pipeline:\n  {sample}\n"
            ))
        }
        Err(message) => {
            note!("error: {message}");
            Exit::Usage
        }
    }
}
