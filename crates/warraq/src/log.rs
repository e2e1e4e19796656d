//! Messages of stages and formats, on standard error.

use warraq_core::LogLevel;
use warraq_engine::plan::LogSink;

/// The variable that, set to `debug`, shows what is meant for the authors of stages.
const VARIABLE: &str = "WARRAQ_LOG";

/// Shows messages from `Info` up, or only those that say that something is wrong.
pub(crate) fn sink(quiet: bool) -> LogSink {
    let debug = std::env::var_os(VARIABLE).is_some_and(|value| value == "debug");
    let least = least(quiet, debug);
    LogSink::new(move |level, stage, message| {
        if level <= least {
            note!("{}: stage {stage}: {message}", name(level));
        }
    })
}

/// The level of least weight that is shown.
fn least(quiet: bool, debug: bool) -> LogLevel {
    match (quiet, debug) {
        (_, true) => LogLevel::Debug,
        (true, false) => LogLevel::Warning,
        (false, false) => LogLevel::Info,
    }
}

fn name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warning => "warning",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_always_shown_and_the_rest_on_request() {
        use LogLevel::{Debug, Error, Info, Warning};
        let shown = |quiet, debug| [Error, Warning, Info, Debug].map(|level| level <= least(quiet, debug));
        assert_eq!(shown(true, false), [true, true, false, false]);
        assert_eq!(shown(false, false), [true, true, true, false]);
        assert_eq!(shown(false, true), [true; 4]);
    }
}
