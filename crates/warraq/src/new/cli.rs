//! The arguments of `warraq new`, and what it prints.

use super::pipeline::{Language, Source, new_pipeline};
use super::{Lang, new_plugin, next_steps, shell_word};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use warraq_engine::Exit;

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    #[command(subcommand)]
    what: NewCommand,
}

#[derive(Debug, Subcommand)]
enum NewCommand {
    /// A pipeline: a folder with a commented pipeline file and a sample to run it on.
    Pipeline(NewPipelineArgs),
    /// A plugin: a folder with a small but real stage, its tests and a sample pipeline.
    Plugin(NewPluginArgs),
}

#[derive(Debug, Args)]
struct NewPipelineArgs {
    /// Its name: letters, digits, hyphens and underscores. The folder has this name.
    name: String,
    /// The language of the texts.
    #[arg(long, value_enum, default_value = "ar")]
    lang: Language,
    /// What it reads.
    #[arg(long, value_enum, default_value = "jsonl")]
    source: Source,
    /// The folder to make it in.
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    dir: PathBuf,
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
    let program = std::env::args_os().next().map(|arg| arg.to_string_lossy().into_owned());
    let program = program.as_deref().unwrap_or("warraq");
    let made = match &args.what {
        NewCommand::Pipeline(args) => new_pipeline(&args.name, args.lang, args.source, &args.dir).map(|written| {
            let project = project(&args.dir, &args.name);
            let file = shell_word(&project.join("pipeline.toml").to_string_lossy());
            let program = shell_word(program);
            let (files, folder) = (written.len(), project.display());
            format!(
                "{folder}: {files} files\n\ncheck, test and run it:\n  {program} check {file}\n  {program} test {file}\n  \
                 {program} run {file}\n"
            )
        }),
        NewCommand::Plugin(args) => new_plugin(&args.name, args.lang, &args.dir, args.sdk.as_deref()).map(|written| {
            let project = project(&args.dir, &args.name);
            let [build, sample] = next_steps(&project, args.lang, program);
            let (files, folder) = (written.len(), project.display());
            format!(
                "{folder}: {files} files\n\nbuild and test it:\n  {build}\n\nrun its sample pipeline:\n  {sample}\n"
            )
        }),
    };
    match made {
        Ok(text) => crate::show::print(&text),
        Err(message) => {
            note!("error: {message}");
            Exit::Usage
        }
    }
}

/// The folder that is made, as the user would write it.
fn project(dir: &Path, name: &str) -> PathBuf {
    if dir.as_os_str() == "." { PathBuf::from(name) } else { dir.join(name) }
}
