//! Progress on standard error: a bar with rate and time left on a terminal, a plain line now and then elsewhere.

use crate::cli::ProgressMode;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};
use warraq_engine::diagnostic::printable;
use warraq_engine::run::{Observer, Progress};

/// How often a plain line is printed.
const INTERVAL: Duration = Duration::from_secs(5);

/// Shows progress in one of three ways.
pub(crate) enum Display {
    /// Nothing.
    None,
    /// A line every [`INTERVAL`].
    Plain { started: Instant, last: Instant, pass: String },
    /// A bar.
    Bar { bar: ProgressBar, pass: String },
}

impl Display {
    pub(crate) fn new(mode: ProgressMode, quiet: bool) -> Self {
        let now = Instant::now();
        match mode {
            _ if quiet => Display::None,
            ProgressMode::None => Display::None,
            ProgressMode::Auto if std::io::stderr().is_terminal() => {
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
                Display::Bar { bar: bar.with_style(style(SPINNER)), pass: String::new() }
            }
            ProgressMode::Auto | ProgressMode::Plain => Display::Plain { started: now, last: now, pass: String::new() },
        }
    }

    /// Clears the bar.
    pub(crate) fn finish(&self) {
        if let Display::Bar { bar, .. } = self {
            bar.finish_and_clear();
        }
    }
}

const SPINNER: &str = "{spinner} {bytes} ({bytes_per_sec}) {msg}";
const BAR: &str = "{wide_bar} {percent}% {bytes}/{total_bytes} ({bytes_per_sec}, {eta} left) {msg}";

fn style(template: &str) -> ProgressStyle {
    // Both templates are constants of this file; a wrong one would still show progress.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Observer for Display {
    fn progress(&mut self, progress: &Progress) {
        match self {
            Display::None => {}
            Display::Bar { bar, pass } => {
                if bar.length().is_none()
                    && let Some(total) = progress.total
                {
                    bar.set_length(total);
                    bar.set_style(style(BAR));
                }
                bar.set_position(progress.bytes);
                bar.set_message(format!("{pass}{} documents, {} failed", progress.documents, progress.failed));
            }
            Display::Plain { started, last, pass } => {
                if last.elapsed() >= INTERVAL {
                    *last = Instant::now();
                    note!("{pass}{}", plain(progress, started.elapsed()));
                }
            }
        }
    }

    fn says(&mut self, message: &str) {
        match self {
            Display::None => {}
            Display::Plain { .. } => note!("note: {}", printable(message)),
            Display::Bar { bar, .. } => bar.suspend(|| note!("note: {}", printable(message))),
        }
    }

    fn begins(&mut self, survey: Option<&str>) {
        match self {
            Display::None => {}
            Display::Bar { pass, bar } => {
                *pass = pass_name(survey);
                bar.reset();
            }
            Display::Plain { pass, started, .. } => {
                *pass = pass_name(survey);
                *started = Instant::now();
            }
        }
    }
}

/// What stands before the progress of a pass: nothing, where it is the run itself.
fn pass_name(survey: Option<&str>) -> String {
    survey.map_or(String::new(), |stage| format!("survey for {}: ", printable(stage)))
}

/// One line of progress.
fn plain(progress: &Progress, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(1e-3);
    let rate = progress.bytes as f64 / 1e6 / seconds;
    let share = match progress.total {
        Some(total) if progress.bytes > 0 && total > 0 => {
            let left = seconds * total.saturating_sub(progress.bytes) as f64 / progress.bytes as f64;
            format!(" {:.0}% ({left:.0} s left)", 100.0 * progress.bytes as f64 / total as f64)
        }
        _ => String::new(),
    };
    format!(
        "{:.0} s: read {:.1} MB{share}, {rate:.1} MB/s, {} documents, {} failed",
        seconds,
        progress.bytes as f64 / 1e6,
        progress.documents,
        progress.failed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_says_how_far_and_how_long() {
        let progress = Progress { bytes: 25_000_000, total: Some(100_000_000), documents: 1200, kept: 1190, failed: 2 };
        let line = plain(&progress, Duration::from_secs(10));
        assert_eq!(line, "10 s: read 25.0 MB 25% (30 s left), 2.5 MB/s, 1200 documents, 2 failed");
        let stream = plain(&Progress { total: None, ..progress }, Duration::from_secs(10));
        assert_eq!(stream, "10 s: read 25.0 MB, 2.5 MB/s, 1200 documents, 2 failed");
    }
}
