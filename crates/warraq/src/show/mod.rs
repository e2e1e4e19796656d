//! `warraq list` and `warraq describe`: the registry, for people. A page is made once, as data ([`page`]), and written out
//! for the terminal or as Markdown.

mod example;
mod markdown;
mod options;
mod page;
mod terminal;

use clap::{Args, ValueEnum};
use page::Page;
use std::fmt::Write;
use std::io::IsTerminal;
use warraq_core::{Registry, StageInfo};
use warraq_engine::Exit;
use warraq_engine::config::suggest;

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// What to list; everything by default.
    #[arg(value_enum)]
    what: Option<What>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Stages.
    Stages,
    /// Source and export formats.
    Formats,
}

#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// The name of a stage, such as `clean.arabic`, or of a format, such as `jsonl`.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    name: Option<String>,
    /// All stages and formats.
    #[arg(long)]
    all: bool,
    /// As Markdown.
    #[arg(long)]
    markdown: bool,
}

pub(crate) fn list(registry: &Registry, args: &ListArgs) -> Exit {
    let mut text = String::new();
    if args.what != Some(What::Formats) {
        text += "Stages\n";
        for stage in registry.stages() {
            let _ = writeln!(text, "  {:<20} {}", stage.info.name, stage.info.summary);
        }
    }
    if args.what != Some(What::Stages) {
        text += "Formats\n";
        for format in registry.formats() {
            let ways = match (&format.source, &format.export) {
                (Some(_), Some(_)) => "source, export",
                (Some(_), None) => "source",
                _ => "export",
            };
            let _ = writeln!(text, "  {:<20} {} ({ways})", format.name, format.summary);
        }
        let codecs: Vec<_> =
            registry.codecs().iter().map(|c| format!("{} (.{})", c.name, c.extensions.join(", ."))).collect();
        let _ = writeln!(text, "Compression, by extension or first bytes: {}", codecs.join(", "));
    }
    print(&text)
}

pub(crate) fn describe(registry: &Registry, args: &DescribeArgs) -> Exit {
    let stages = || registry.stages().iter().map(|stage| Page::of_stage(&stage.info, ""));
    let formats = || registry.formats().iter().map(Page::of_format);
    let Some(name) = &args.name else {
        let (stages, formats): (Vec<_>, Vec<_>) = (stages().collect(), formats().collect());
        return print(&match args.markdown {
            true => markdown::manual(&stages, &formats),
            false => stages.iter().chain(&formats).map(terminal::page).collect::<Vec<_>>().join("\n\n"),
        });
    };
    if let Some(page) = stages().chain(formats()).find(|page| page.name == *name) {
        return print(&match args.markdown {
            true => markdown::page(&page),
            false => terminal::page(&page),
        });
    }
    let names = registry
        .stages()
        .iter()
        .map(|s| s.info.name.as_ref())
        .chain(registry.formats().iter().map(|f| f.name.as_ref()));
    note!("error: there is no stage or format `{name}`");
    match suggest::nearest(name, names) {
        Some(near) => note!("help: did you mean `{near}`?"),
        None => note!("help: `warraq list` shows them all"),
    }
    Exit::Usage
}

/// The manual page of a stage, for the terminal; `kind` is empty for a built-in one.
pub(crate) fn stage_info_page(info: &StageInfo, kind: &str) -> String {
    terminal::page(&Page::of_stage(info, kind))
}

/// Prints to standard output; a reader that has seen enough (`| head`) is no error.
pub(crate) fn print(text: &str) -> Exit {
    use std::io::Write;
    match std::io::stdout().write_all(crate::secret::hide(text).as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Exit::Io,
        _ => Exit::Done,
    }
}

/// Whether what goes to a stream may be coloured: on a terminal, unless `NO_COLOR` says otherwise.
pub(crate) fn may_color(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}
