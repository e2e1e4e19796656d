//! Why a library that was loaded is no plugin for this program.

use crate::abi::{ABI_MAJOR, ABI_MINOR, MAGIC};
use std::fmt;

/// What is wrong with a plugin's descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// The symbol leads nowhere.
    Null,
    /// The symbol is something else.
    Magic {
        /// The first four bytes found, as a little-endian number.
        found: u32,
    },
    /// Another major version of the ABI.
    Major {
        /// The plugin's.
        found: u16,
        /// Its minor version.
        minor: u16,
    },
    /// The plugin needs a newer host.
    HostMinor {
        /// The lowest minor version it runs with.
        needed: u16,
    },
    /// A struct is shorter than in ABI 1.0, or its size cannot be a stride.
    Short {
        /// The struct.
        what: &'static str,
        /// Its size as stated, in bytes.
        found: usize,
        /// Its size in ABI 1.0, in bytes.
        least: usize,
    },
    /// A text is missing or not UTF-8.
    Text {
        /// Whose.
        owner: String,
        /// Which.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A stage's name is malformed.
    Name {
        /// The name.
        stage: String,
    },
    /// A stage's option schema cannot be used.
    Schema {
        /// The stage.
        stage: String,
        /// What is wrong with it.
        why: String,
    },
    /// A number is none of those that mean something.
    Number {
        /// The stage.
        stage: String,
        /// The field.
        what: &'static str,
        /// The number.
        found: u32,
    },
    /// It claims a sink of its own, which only an in-order export can have.
    Sink {
        /// The stage.
        stage: String,
    },
    /// A function is missing.
    Function {
        /// The stage; empty for the plugin itself.
        stage: String,
        /// The function.
        missing: &'static str,
    },
    /// Two stages have one name.
    Duplicate {
        /// The name.
        stage: String,
    },
    /// There is no stage.
    Empty,
    /// A pointer or a count cannot be right.
    Data(String),
}

impl ImportError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            ImportError::Major { found, .. } if *found > ABI_MAJOR => {
                "use a newer Warraq, or a build of the plugin for this one".into()
            }
            ImportError::Major { .. } => "rebuild the plugin against this version's header or SDK".into(),
            ImportError::HostMinor { .. } => "use a newer Warraq, or an older version of the plugin".into(),
            ImportError::Null | ImportError::Magic { .. } => {
                "it exports the symbol of a Warraq plugin, but is none: check which library this is".into()
            }
            ImportError::Empty => {
                "the list of stages is empty; a panic while it is made empties it too: the plugin's own tests will show it"
                    .into()
            }
            _ => "this is a defect of the plugin: its author can find it with `warraq plugin check`".into(),
        }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImportError::Null => write!(f, "the symbol of the descriptor leads nowhere"),
            ImportError::Magic { found } => {
                write!(f, "the descriptor begins with {found:#010x}, where a plugin has {MAGIC:#010x}")
            }
            ImportError::Major { found, minor } => {
                write!(f, "it was built for plugin ABI {found}.{minor}; this program has ABI {ABI_MAJOR}.{ABI_MINOR}")
            }
            ImportError::HostMinor { needed } => write!(
                f,
                "it needs plugin ABI {ABI_MAJOR}.{needed} or later; this program has ABI {ABI_MAJOR}.{ABI_MINOR}"
            ),
            ImportError::Short { what, found, least } => {
                write!(f, "its `{what}` has {found} bytes; ABI {ABI_MAJOR}.0 has {least}, in steps of 8")
            }
            ImportError::Text { owner, what, why } => write!(f, "{owner}: `{what}` {why}"),
            ImportError::Name { stage } => write!(
                f,
                "`{stage}` is no stage name: it takes lower-case letters, digits, hyphens and underscores, a letter first"
            ),
            ImportError::Schema { stage, why } => write!(f, "stage `{stage}`: the schema of its options {why}"),
            ImportError::Number { stage, what, found } => {
                write!(f, "stage `{stage}`: {found} is no `{what}` that this program knows")
            }
            ImportError::Sink { stage } => {
                write!(f, "stage `{stage}`: only an in-order export can have a sink of its own")
            }
            ImportError::Function { stage, missing } if stage.is_empty() => {
                write!(f, "the function `{missing}` is missing")
            }
            ImportError::Function { stage, missing } => {
                write!(f, "stage `{stage}`: the function `{missing}` is missing")
            }
            ImportError::Duplicate { stage } => write!(f, "two of its stages are named `{stage}`"),
            ImportError::Empty => write!(f, "it has no stages"),
            ImportError::Data(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for ImportError {}
