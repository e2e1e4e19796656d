//! How progress is shown on standard error: a bar with rate and time left on a terminal, lines elsewhere
//! ([`crate::observe`]).

use crate::cli::{LogFormat, ProgressMode, RunArgs};
use crate::log;
use crate::observe::pass_name;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use warraq_engine::run::Progress;

/// In which way progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    /// Not at all.
    Nothing,
    /// In lines.
    Lines,
    /// As a bar.
    Bar,
}

impl Show {
    pub(crate) fn new(args: &RunArgs) -> Self {
        let may_bar = args.log_format == LogFormat::Human && std::io::stderr().is_terminal();
        match args.progress {
            _ if args.quiet => Show::Nothing,
            ProgressMode::None => Show::Nothing,
            ProgressMode::Auto if may_bar => Show::Bar,
            ProgressMode::Auto | ProgressMode::Plain => Show::Lines,
        }
    }
}

/// A bar, which is cleared when it is dropped.
pub(crate) struct Bar {
    bar: ProgressBar,
    pass: String,
}

impl Bar {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        let bar = bar.with_style(style(SPINNER));
        log::above(Some(bar.clone()));
        Bar { bar, pass: String::new() }
    }

    pub(crate) fn progress(&mut self, progress: &Progress) {
        let Bar { bar, pass } = self;
        if bar.length().is_none()
            && let Some(total) = progress.total
        {
            bar.set_length(total);
            bar.set_style(style(BAR));
        }
        bar.set_position(progress.bytes);
        bar.set_message(format!("{pass}{} documents, {} failed", progress.documents, progress.failed));
    }

    /// A pass begins.
    pub(crate) fn begins(&mut self, survey: Option<&str>) {
        self.pass = pass_name(survey);
        self.bar.reset();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        log::above(None);
        self.bar.finish_and_clear();
    }
}

const SPINNER: &str = "{spinner} {bytes} ({bytes_per_sec}) {msg}";
const BAR: &str = "{wide_bar} {percent}% {bytes}/{total_bytes} ({bytes_per_sec}, {eta} left) {msg}";

fn style(template: &str) -> ProgressStyle {
    // Both templates are constants of this file; a wrong one would still show progress.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
