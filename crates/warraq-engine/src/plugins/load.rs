//! The loader: the only place that uses libloading, and the only `unsafe` outside `warraq-plugin`.
//!
//! Loading runs code: a library's constructors run before its descriptor can be looked at. Whoever names a plugin in a pipeline
//! file trusts it; a lock makes sure that it is the one that was meant.

#![allow(unsafe_code)]

use std::fmt;
use std::path::Path;
use warraq_plugin::abi::{SYMBOL, WqPlugin};
use warraq_plugin::import::{ImportError, Plugin};

/// Why a library is no plugin.
#[derive(Debug)]
pub enum LoadError {
    /// It cannot be read.
    Read(std::io::Error),
    /// It is not the file that was looked at before.
    Changed {
        /// The SHA-256 it had.
        expected: String,
        /// The SHA-256 it has.
        found: String,
    },
    /// The system could not load it.
    Library(libloading::Error),
    /// It does not export the symbol.
    Symbol(libloading::Error),
    /// It does, and what is there cannot be used.
    Import(ImportError),
}

impl LoadError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            LoadError::Read(_) => "it was there a moment ago".into(),
            LoadError::Changed { .. } => {
                "leave libraries alone while they are in use; build elsewhere and run again".into()
            }
            LoadError::Library(_) => {
                "a plugin is a shared library built for this system; its own dependencies must be found as well".into()
            }
            LoadError::Symbol(_) => format!(
                "the library is no Warraq plugin, or hides its symbol: a plugin exports `{SYMBOL}` (see docs/plugins.md)"
            ),
            LoadError::Import(error) => error.help(),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The loader's own message says only which call failed; the reason is underneath.
        let with_cause = |f: &mut fmt::Formatter<'_>, what: &str, error: &libloading::Error| {
            match std::error::Error::source(error) {
                Some(cause) => write!(f, "{what}: {cause}"),
                None => write!(f, "{what}: {error}"),
            }
        };
        match self {
            LoadError::Read(error) => write!(f, "it cannot be read: {error}"),
            LoadError::Changed { expected, found } => {
                write!(f, "it was replaced after the run had begun: sha256 {expected} then, {found} now")
            }
            LoadError::Library(error) => with_cause(f, "it cannot be loaded", error),
            LoadError::Symbol(error) => with_cause(f, &format!("it has no symbol `{SYMBOL}`"), error),
            LoadError::Import(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

/// Loads a library and judges its descriptor. It is never unloaded: documents, labels and threads may still lead into it.
///
/// # Errors
/// Why it is no plugin for this program.
pub fn load(path: &Path) -> Result<Plugin, LoadError> {
    let library = open(path).map_err(LoadError::Library)?;
    // SAFETY: a symbol's value is its address, and only that is taken here; `Plugin::open` reads magic and size before it takes
    // what is there for anything.
    let descriptor = unsafe { library.get::<*const WqPlugin>(SYMBOL) }.map(|symbol| *symbol);
    let descriptor = descriptor.map_err(LoadError::Symbol)?;
    std::mem::forget(library);
    // SAFETY: the symbol of a library that stays loaded from here on.
    unsafe { Plugin::open(descriptor) }.map_err(LoadError::Import)
}

/// Loads a library if it is still the one with this SHA-256: for processes that are started after the first one has looked at
/// it. Between the look and the loading there is a moment in which whoever may write the file can still replace it.
///
/// # Errors
/// As [`load`]; and if it is another file.
pub fn load_expected(path: &Path, expected: &str) -> Result<Plugin, LoadError> {
    let (_, found) = super::fingerprint(path).map_err(LoadError::Read)?;
    if found != expected {
        return Err(LoadError::Changed { expected: expected.to_owned(), found });
    }
    load(path)
}

/// All symbols resolved at once, so that a missing one is an error here and not a crash later; none of them visible to other
/// libraries.
#[cfg(unix)]
fn open(path: &Path) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: the pipeline file names this library, and whoever wrote it trusts its constructors.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map(Into::into)
}

#[cfg(not(unix))]
fn open(path: &Path) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: the pipeline file names this library, and whoever wrote it trusts its initialisation.
    unsafe { libloading::Library::new(path) }
}
