//! What can become of a worker process, and how it is told.

use super::Isolation;
use std::fmt;
use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;
use warraq_core::{Error, ErrorKind, OptionError};

/// Why a worker process has no answer.
#[cfg_attr(not(unix), allow(dead_code))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It could not be started, or not be brought to where it was.
    Start(String),
    /// It was killed by this signal.
    Signal(i32),
    /// It ended with this exit code.
    Exit(i32),
    /// It had no answer after this time.
    Timeout(Duration),
    /// It said what makes no sense.
    Protocol(String),
    /// It said that its state can no longer be trusted.
    Broken(String),
    /// What it was to be sent is too long. Nothing was sent.
    Size(String),
    /// The run has been cancelled.
    Cancelled,
}

impl Fault {
    /// Whether the process is gone, and that is its own doing.
    pub(super) fn is_death(&self) -> bool {
        !matches!(self, Fault::Size(_) | Fault::Cancelled)
    }

    /// The stable name that reports count by.
    fn reason(&self) -> &'static str {
        match self {
            Fault::Start(_) => "plugin.start",
            Fault::Signal(_) => "plugin.signal",
            Fault::Exit(_) => "plugin.exit",
            Fault::Timeout(_) => "plugin.timeout",
            Fault::Protocol(_) => "plugin.protocol",
            Fault::Broken(_) => "plugin.broken",
            Fault::Size(_) => "plugin.size",
            Fault::Cancelled => "plugin.cancelled",
        }
    }

    /// What happened, as the first half of a sentence.
    fn what(&self) -> String {
        match self {
            Fault::Start(why) => why.clone(),
            Fault::Signal(number) => format!("the worker process was killed by {}", signal(*number)),
            Fault::Exit(code) => format!("the worker process ended with exit code {code}"),
            Fault::Timeout(limit) => format!("the worker process had no answer after {} and was stopped", Span(*limit)),
            Fault::Protocol(what) => format!("the worker process broke the protocol ({what}) and was stopped"),
            Fault::Broken(what) => format!("the stage's state can no longer be trusted ({what}) and was built anew"),
            Fault::Size(what) => what.clone(),
            Fault::Cancelled => "the run was cancelled".into(),
        }
    }

    /// What to do about it.
    fn help(&self, isolation: &Isolation) -> String {
        let report = "this is a defect of the plugin: report it to its author, with the document";
        match (self, isolation.memory) {
            // Out of memory looks like this, in most languages.
            (Fault::Signal(SIGABRT | SIGKILL), Some(memory)) => {
                format!("{report}, unless it needs more than its {} of memory: then raise that limit", Size(memory))
            }
            (Fault::Signal(_) | Fault::Exit(_) | Fault::Broken(_), _) => report.into(),
            (Fault::Protocol(_), _) => "the plugin wrote over memory or descriptors that are not its own".into(),
            (Fault::Timeout(_), _) => "raise the time limit if it may take longer".into(),
            (Fault::Size(_), _) => "split the record".into(),
            (Fault::Start(_) | Fault::Cancelled, _) => String::new(),
        }
    }

    /// The failure of a document in whose middle it happened.
    pub(super) fn error(&self, isolation: &Isolation) -> Error {
        let kind = match self {
            Fault::Timeout(_) | Fault::Size(_) => ErrorKind::Limit,
            Fault::Protocol(_) => ErrorKind::Contract,
            _ => ErrorKind::Stage,
        };
        let place = match self {
            Fault::Signal(_) | Fault::Exit(_) => " in the middle of a document",
            _ => "",
        };
        let (what, help) = (self.what(), self.help(isolation));
        let help = if help.is_empty() { help } else { format!("; {help}") };
        Error::new(kind, self.reason(), format!("{what}{place}{help}"))
    }

    /// Counts it among the processes that did not end as they should.
    pub(super) fn count(&self, isolation: &Isolation) {
        if self.is_death() && !matches!(self, Fault::Start(_)) {
            isolation.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The journal's file failed.
impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Start(format!(
            "the journal that leads a new worker process to where the old one was cannot be read: {error}"
        ))
    }
}

/// Why no stage was built.
#[derive(Debug)]
pub(super) enum OpenError {
    /// The plugin refused its options.
    Refused(OptionError),
    /// The library is no plugin.
    NoPlugin { message: String, help: String },
    /// The process came to grief.
    Fault(Fault),
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        OpenError::Fault(fault)
    }
}

impl OpenError {
    /// For whoever wrote the stage's table.
    pub(super) fn option(self, isolation: &Isolation) -> OptionError {
        let (message, help) = match self {
            OpenError::Refused(error) => return error,
            OpenError::NoPlugin { message, help } => (message, help),
            OpenError::Fault(fault @ (Fault::Start(_) | Fault::Cancelled)) => (fault.what(), fault.help(isolation)),
            OpenError::Fault(fault) => {
                let help = fault.help(isolation).replace(", with the document", "");
                (format!("{}, while the stage was built", fault.what()), help)
            }
        };
        let error = OptionError::new("", message);
        if help.is_empty() { error } else { error.help(help) }
    }

    /// For whoever asked what the library is.
    pub(super) fn isolate(self, isolation: &Isolation) -> IsolateError {
        match self {
            OpenError::NoPlugin { message, help } => IsolateError::NotAPlugin { message, help },
            OpenError::Refused(error) => IsolateError::Worker { message: error.to_string(), help: String::new() },
            OpenError::Fault(fault) => {
                let help = fault.help(isolation).replace(", with the document", "");
                IsolateError::Worker { message: format!("{} over this library", fault.what()), help }
            }
        }
    }

    /// For the documents of a stage that can no longer be built.
    pub(super) fn message(&self) -> String {
        match self {
            OpenError::Refused(error) => format!("the stage, which was built before, now says: {error}"),
            OpenError::NoPlugin { message, .. } => message.clone(),
            OpenError::Fault(fault) => fault.what(),
        }
    }
}

/// Why a library could not be described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IsolateError {
    /// It is no plugin for this program.
    NotAPlugin {
        /// What is wrong.
        message: String,
        /// What to do about it; may be empty.
        help: String,
    },
    /// The worker process could not be started, or ended or hung over it.
    Worker {
        /// What happened.
        message: String,
        /// What to do about it; may be empty.
        help: String,
    },
}

impl IsolateError {
    /// What to do about it; may be empty.
    pub fn help(&self) -> &str {
        match self {
            IsolateError::NotAPlugin { help, .. } | IsolateError::Worker { help, .. } => help,
        }
    }
}

impl fmt::Display for IsolateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IsolateError::NotAPlugin { message, .. } | IsolateError::Worker { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for IsolateError {}

const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;

/// A signal by name and number.
fn signal(number: i32) -> String {
    let linux = cfg!(any(target_os = "linux", target_os = "android"));
    let name = match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        SIGABRT => "SIGABRT",
        7 if linux => "SIGBUS",
        10 if !linux => "SIGBUS",
        8 => "SIGFPE",
        SIGKILL => "SIGKILL",
        11 => "SIGSEGV",
        12 if !linux => "SIGSYS",
        31 if linux => "SIGSYS",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        _ => return format!("signal {number}"),
    };
    format!("{name} ({number})")
}

/// A time for a person.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_millis() {
            0 => write!(f, "{} s", self.0.as_secs()),
            _ if self.0.as_secs() > 0 => write!(f, "{:.1} s", self.0.as_secs_f64()),
            millis => write!(f, "{millis} ms"),
        }
    }
}

/// A number of bytes for a person.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        match UNITS.into_iter().find(|(unit, _)| self.0 >= *unit && self.0.is_multiple_of(*unit)) {
            Some((unit, name)) => write!(f, "{} {name}", self.0 / unit),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_signals_are_told_in_words() {
        assert_eq!(Span(Duration::from_secs(60)).to_string(), "60 s");
        assert_eq!(Span(Duration::from_millis(1500)).to_string(), "1.5 s");
        assert_eq!(Span(Duration::from_millis(50)).to_string(), "50 ms");
        assert_eq!(Size(4 << 30).to_string(), "4 GiB");
        assert_eq!(Size(1000).to_string(), "1000 bytes");
        assert_eq!((signal(11), signal(77)), ("SIGSEGV (11)".into(), "signal 77".into()));
    }
}
