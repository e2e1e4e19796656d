//! What the command says on standard error while it works: events of this program and of the engine, for people or as
//! JSON.
//!
//! Keys and names of events are documented in `docs/observability.md`; within a version they are only added.

mod event;

use crate::cli::LogFormat;
use event::{Fields, json};
use indicatif::ProgressBar;
use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use warraq_core::LogLevel;
use warraq_engine::diagnostic::printable;
use warraq_engine::plan::LogSink;

/// The variable that says down to which level is shown: `error`, `warning`, `info` or `debug`.
const VARIABLE: &str = "WARRAQ_LOG";

/// The event of a stage's or a format's message, whose stage is shown before it.
const STAGE_MESSAGE: &str = "stage.message";

/// The bar that stands below the lines, where there is one. Its lock also keeps lines apart.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Shows events from now on. Called once, before anything is said.
pub(crate) fn init(format: LogFormat, quiet: bool) {
    let asked = std::env::var(VARIABLE).ok().and_then(|value| level(&value));
    let log = Log { format, asked, quiet };
    // It fails only where somebody has done so before.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log));
}

/// Lines are written above this bar, until it is taken away.
pub(crate) fn above(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Says what stages and formats have to say.
pub(crate) fn sink() -> LogSink {
    LogSink::new(|level, stage, message| {
        macro_rules! tell {
            ($level:ident) => {
                tracing::event!(name: STAGE_MESSAGE, Level::$level, stage, "{message}")
            };
        }
        match level {
            LogLevel::Error => tell!(ERROR),
            LogLevel::Warning => tell!(WARN),
            LogLevel::Info => tell!(INFO),
            LogLevel::Debug => tell!(DEBUG),
        }
    })
}

/// The level of this name.
fn level(name: &str) -> Option<Level> {
    [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG].into_iter().find(|&level| self::name(level) == name)
}

fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warning",
        Level::INFO => "info",
        _ => "debug",
    }
}

/// The pipeline of this process, once there is one.
static PIPELINE: OnceLock<String> = OnceLock::new();

/// From now on everything is about this pipeline, whichever thread says it.
pub(crate) fn about(pipeline: &str) {
    let _ = PIPELINE.set(pipeline.to_owned());
}

/// Writes events.
struct Log {
    format: LogFormat,
    asked: Option<Level>,
    quiet: bool,
}

impl Log {
    /// The level of least weight that is shown of what this target says.
    ///
    /// On a terminal, the course of a run is told by its progress; that the engine opens a file and closes it, is only told
    /// to those who ask.
    fn least(&self, target: &str) -> Level {
        let of_engine = target.starts_with("warraq_engine");
        match self.asked {
            Some(level) => level,
            None if self.quiet || (of_engine && self.format == LogFormat::Human) => Level::WARN,
            None => Level::INFO,
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Log {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        // Libraries have nothing to say here. Spans are few, and warnings stand in them as well.
        let ours = metadata.target().starts_with("warraq");
        ours && (metadata.is_span() || *metadata.level() <= self.least(metadata.target()))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.asked.unwrap_or(Level::INFO).max(Level::INFO)))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let (LogFormat::Json, Some(span)) = (self.format, context.span(id)) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let line = match self.format {
            LogFormat::Human => human(metadata, &fields),
            LogFormat::Json => {
                let scope = context.event_scope(event);
                for span in scope.into_iter().flatten() {
                    if let Some(outer) = span.extensions().get::<Fields>() {
                        fields.within(outer);
                    }
                }
                if let Some(pipeline) = PIPELINE.get() {
                    fields.complete("pipeline", pipeline.as_str());
                }
                let line = json(std::time::SystemTime::now(), name(*metadata.level()), metadata.name(), &fields);
                Some(crate::secret::hide(&line).into_owned())
            }
        };
        if let Some(line) = line {
            write(&line);
        }
    }
}

/// An event in words; none of one that has no message and is for machines alone.
fn human(metadata: &Metadata<'_>, fields: &Fields) -> Option<String> {
    let message = fields.message.as_deref()?;
    let level = name(*metadata.level());
    let line = match fields.get("stage").filter(|_| metadata.name() == STAGE_MESSAGE) {
        Some(stage) => format!("{level}: stage {}: {message}", stage.as_str().unwrap_or_default()),
        None if *metadata.level() == Level::INFO && !metadata.target().starts_with("warraq_engine") => {
            message.to_owned()
        }
        None => format!("{level}: {message}"),
    };
    // On one line, or a document's id could begin a line that looks like ours.
    Some(printable(&crate::secret::hide(&line)).into_owned())
}

/// Writes a line, as far as anyone can read it: that nobody does is no reason to fail.
fn write(line: &str) {
    let line = format!("{line}\n");
    let write = || {
        let _ = std::io::stderr().write_all(line.as_bytes());
    };
    match &*BAR.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_always_shown_and_the_rest_on_request() {
        let levels = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG];
        let (own, engine) = ("warraq::run", "warraq_engine::run");
        let cases: &[(LogFormat, bool, Option<&str>, &str, usize)] = &[
            (LogFormat::Human, false, None, own, 3),
            (LogFormat::Human, false, None, engine, 2),
            (LogFormat::Human, true, None, own, 2),
            (LogFormat::Json, false, None, engine, 3),
            (LogFormat::Json, true, None, engine, 2),
            (LogFormat::Human, true, Some("debug"), engine, 4),
            (LogFormat::Json, false, Some("error"), own, 1),
            (LogFormat::Json, false, Some("warning"), own, 2),
            (LogFormat::Human, false, Some("info"), engine, 3),
            (LogFormat::Human, false, Some("1"), engine, 2),
        ];
        for &(format, quiet, asked, target, shown) in cases {
            let log = Log { format, quiet, asked: asked.and_then(level) };
            let count = levels.iter().filter(|&&level| level <= log.least(target)).count();
            assert_eq!(count, shown, "{format:?} {quiet} {asked:?} {target}");
        }
    }
}
