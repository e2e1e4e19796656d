//! Files that a stage needs, handed to it when it is built. The engine decides where they are and records what was read.

use crate::{Error, Labels};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

/// A file's contents.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The path as it should appear in messages.
    pub path: String,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

impl Resource {
    /// The contents as UTF-8, without a byte order mark.
    ///
    /// # Errors
    /// Where they are not UTF-8, naming line and byte.
    pub fn text(&self) -> Result<&str, ResourceError> {
        let text = std::str::from_utf8(&self.bytes).map_err(|e| {
            let line = 1 + self.bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
            ResourceError {
                path: self.path.clone(),
                message: format!("line {line}: byte {} is not UTF-8", e.valid_up_to()),
            }
        })?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }
}

/// Why a file could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceError {
    /// The path, as it was looked for.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for ResourceError {}

/// Where stages get files from.
pub trait Resources {
    /// The contents of `path`, resolved as paths in the pipeline file are.
    ///
    /// # Errors
    /// When there is no such file or it cannot be read.
    fn read(&mut self, path: &str) -> Result<Resource, ResourceError>;
}

/// Files in memory, for examples and tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryResources(BTreeMap<String, Arc<[u8]>>);

impl MemoryResources {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.0.insert(path.into(), contents.as_ref().into());
        self
    }
}

impl Resources for MemoryResources {
    fn read(&mut self, path: &str) -> Result<Resource, ResourceError> {
        match self.0.get(path) {
            Some(bytes) => Ok(Resource { path: path.into(), bytes: Arc::clone(bytes) }),
            None => Err(ResourceError { path: path.into(), message: "no such file".into() }),
        }
    }
}

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum LogLevel {
    /// Something went wrong that does not show in a document's fate.
    Error = 1,
    /// Something looks wrong.
    Warning = 2,
    /// Worth knowing.
    Info = 3,
    /// For whoever writes the stage.
    Debug = 4,
}

/// What the program that runs a stage does for it, at build time and later, from any thread.
pub trait Services: Send + Sync {
    /// Shows a message of the stage that has this name in the pipeline.
    fn log(&self, level: LogLevel, stage: &str, message: &str);

    /// Whether nobody wants the result of this call any more: the run is to end, or the time that a document may take is up.
    /// A stage that can take long for one document asks now and then, on the thread it was called on, and gives up with
    /// [`Services::still_wanted`]. It costs a few dozen nanoseconds.
    fn cancelled(&self) -> bool;

    /// As [`Services::cancelled`], for `?`.
    ///
    /// # Errors
    /// When it is so. What the document fails with in the end, the program knows better.
    fn still_wanted(&self) -> crate::Result<()> {
        if self.cancelled() { Err(Error::stage("cancelled", "nobody waits for the result any more")) } else { Ok(()) }
    }

    /// How many bytes the state of an in-order stage may hold that [asks for a share](crate::Holds::Share) of the run's
    /// memory; known once the whole plan is. `None` where nothing limits it but the stage.
    fn index_memory(&self) -> Option<usize> {
        None
    }

    /// An empty file for what does not fit in memory. It has no name and is gone when it is dropped, however the program
    /// ends. It is made in `folder`, a path as in the pipeline file, or else where the outputs go.
    ///
    /// # Errors
    /// When it cannot be made, or where this program has no such files.
    fn scratch(&self, folder: Option<&str>) -> io::Result<Box<dyn Scratch>> {
        let _ = folder;
        Err(io::Error::new(io::ErrorKind::Unsupported, "there are no temporary files here"))
    }
}

/// A file without a name, for one owner.
pub trait Scratch: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Scratch for T {}

/// Says nothing and never cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoServices;

impl Services for NoServices {
    fn log(&self, _: LogLevel, _: &str, _: &str) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// What a stage or format is built with.
pub struct BuildContext<'a> {
    /// The name it has in the pipeline.
    pub name: &'a str,
    /// The run's names.
    pub labels: &'a Labels,
    /// Files.
    pub resources: &'a mut dyn Resources,
    /// What the program does for the stage; may be kept.
    pub services: Arc<dyn Services>,
}

impl<'a> BuildContext<'a> {
    /// A context in which nobody listens to messages, for tests and examples.
    pub fn new(name: &'a str, labels: &'a Labels, resources: &'a mut dyn Resources) -> Self {
        BuildContext { name, labels, resources, services: Arc::new(NoServices) }
    }
}

impl fmt::Debug for BuildContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuildContext").field("name", &self.name).finish_non_exhaustive()
    }
}
