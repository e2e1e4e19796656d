//! `warraq completions` and `warraq man`: what a shell and `man` need to know of the command line, made from it.

use crate::cli::Cli;
use crate::show;
use clap::{Args, CommandFactory};
use std::path::PathBuf;
use warraq_engine::Exit;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// Prints the completion script of a shell.
pub(crate) fn completions(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "warraq", &mut script);
    show::print(&String::from_utf8_lossy(&script))
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write the pages of all commands into this folder; without it, the page of the program itself is printed.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Prints or writes manual pages, in roff.
pub(crate) fn man(args: &ManArgs) -> Exit {
    // The pages of `help` would only say what the others say.
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        if let Err(e) = clap_mangen::Man::new(command).render(&mut page) {
            note!("error: {e}");
            return Exit::Io;
        }
        return show::print(&String::from_utf8_lossy(&page));
    };
    let written = std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(command, dir));
    match written {
        Ok(()) => Exit::Done,
        Err(e) => {
            note!("error: {}: {e}", dir.display());
            Exit::Io
        }
    }
}
