//! Outputs: bytes are appended to a file with a temporary name, which gets its final one only when the run is complete.
//!
//! [`Output::append`] is called once per chunk, in input order, with whole compressed frames; so every length it returns is
//! a place at which the file can be cut and continued. A checkpoint will need no more than those lengths after a sync.

use crate::plan::{Target, hex, is_special, partial};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use warraq_core::CodecDef;

/// A finished output, for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputRecord {
    /// Its final path, or what stands for it.
    pub name: String,
    /// Bytes written.
    pub bytes: u64,
    /// The SHA-256 of those bytes.
    pub sha256: String,
}

/// Why an output failed.
#[derive(Debug)]
pub(super) enum OutputError {
    /// Another run holds it.
    Busy(PathBuf),
    /// It cannot be written.
    Io { name: String, error: io::Error },
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutputError::Busy(path) => write!(f, "another run is writing {}", path.display()),
            OutputError::Io { name, error } => write!(f, "output {name}: {error}"),
        }
    }
}

/// One output of a run. Dropped before it is published, it takes its temporary file with it.
pub(super) struct Output {
    target: Target,
    codec: Option<CodecDef>,
    sink: Sink,
    hash: Sha256,
    bytes: u64,
    /// A sync under way, and the length it was started at.
    syncing: Option<JoinHandle<io::Result<()>>>,
    synced: u64,
    published: bool,
}

/// How many bytes are written before the disk is asked to make them durable, while the run goes on: otherwise all of it
/// would wait for the end.
const SYNC_EVERY: u64 = 32 << 20;

enum Sink {
    Standard(io::Stdout),
    /// The open, locked file and its temporary path.
    File(File, PathBuf),
    /// A device or a pipe, which is written to as it stands: it must never be replaced by a file.
    Stream(File),
    /// The export writes to a sink of its own; there is nothing to be appended to.
    Own,
}

impl Output {
    /// Opens an output under its temporary name and claims it. Folders that are missing are made.
    pub(super) fn create(target: &Target, codec: Option<CodecDef>) -> Result<Self, OutputError> {
        let sink = match target {
            Target::Standard => Sink::Standard(io::stdout()),
            Target::Own(_) => Sink::Own,
            Target::File(path) => {
                let partial = partial(path);
                let fail = |error| OutputError::Io { name: target.name(), error };
                if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
                    fs::create_dir_all(folder).map_err(fail)?;
                }
                if is_special(path) {
                    let stream = OpenOptions::new().write(true).open(path).map_err(fail)?;
                    return Ok(Self::new(target, codec, Sink::Stream(stream)));
                }
                if path.is_dir() {
                    return Err(fail(io::Error::new(io::ErrorKind::IsADirectory, "a folder stands in its place")));
                }
                let file = claim(&partial).map_err(fail)?.ok_or_else(|| OutputError::Busy(path.clone()))?;
                uncache(path);
                Sink::File(file, partial)
            }
        };
        Ok(Self::new(target, codec, sink))
    }

    fn new(target: &Target, codec: Option<CodecDef>, sink: Sink) -> Self {
        let target = target.clone();
        Output { target, codec, sink, hash: Sha256::new(), bytes: 0, syncing: None, synced: 0, published: false }
    }

    /// Compresses bytes into a frame of their own, ready to be appended. Called on worker threads.
    pub(super) fn frame(codec: Option<CodecDef>, plain: &[u8], spare: &mut Vec<u8>) -> io::Result<()> {
        spare.clear();
        match codec {
            Some(codec) if !plain.is_empty() => codec.codec.compress(plain, spare),
            _ => {
                spare.extend_from_slice(plain);
                Ok(())
            }
        }
    }

    /// Appends whole frames. Returns the length of the output so far, in bytes.
    pub(super) fn append(&mut self, frames: &[u8]) -> Result<u64, OutputError> {
        let result = match &mut self.sink {
            Sink::Standard(stdout) => stdout.write_all(frames),
            Sink::File(file, _) | Sink::Stream(file) => file.write_all(frames),
            Sink::Own if frames.is_empty() => Ok(()),
            Sink::Own => Err(io::Error::other("it has a sink of its own, but handed bytes over")),
        };
        result.map_err(|error| OutputError::Io { name: self.target.name(), error })?;
        self.hash.update(frames);
        self.bytes += frames.len() as u64;
        if self.bytes - self.synced >= SYNC_EVERY && self.syncing.as_ref().is_none_or(JoinHandle::is_finished) {
            self.start_sync().map_err(|error| OutputError::Io { name: self.target.name(), error })?;
        }
        Ok(self.bytes)
    }

    /// Has what was written so far made durable beside the run.
    fn start_sync(&mut self) -> io::Result<()> {
        self.end_sync()?;
        if let Sink::File(file, _) = &self.sink {
            let file = file.try_clone()?;
            self.synced = self.bytes;
            self.syncing =
                Some(std::thread::Builder::new().name("warraq-sync".into()).spawn(move || file.sync_data())?);
        }
        Ok(())
    }

    /// Waits for the sync under way; its error is told only once by the system, so it must not be missed.
    fn end_sync(&mut self) -> io::Result<()> {
        match self.syncing.take() {
            Some(sync) => sync.join().unwrap_or_else(|_| Err(io::Error::other("the sync thread panicked"))),
            None => Ok(()),
        }
    }

    /// Writes what is left and makes it durable, still under the temporary name. An empty compressed output gets an empty
    /// frame, because a file of no bytes is not a compressed file.
    pub(super) fn complete(&mut self) -> Result<(), OutputError> {
        if let (Some(codec), 0) = (self.codec, self.bytes) {
            let mut frame = Vec::new();
            let result = codec.codec.compress(b"", &mut frame);
            result.map_err(|error| OutputError::Io { name: self.target.name(), error })?;
            self.append(&frame)?;
        }
        let result = self.end_sync().and_then(|()| match &mut self.sink {
            Sink::Standard(stdout) => stdout.flush(),
            Sink::File(file, _) => file.sync_all(),
            Sink::Stream(file) => file.flush(),
            Sink::Own => Ok(()),
        });
        result.map_err(|error| OutputError::Io { name: self.target.name(), error })
    }

    /// Gives the completed output its final name.
    pub(super) fn publish(mut self) -> Result<OutputRecord, OutputError> {
        let name = self.target.name();
        if let (Sink::File(_, partial), Target::File(path)) = (&self.sink, &self.target) {
            let fail = |error| OutputError::Io { name: name.clone(), error };
            fs::rename(partial, path).map_err(fail)?;
            self.published = true;
            // The new name is durable once its folder is.
            if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
                File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)?;
            }
        }
        let hash = std::mem::take(&mut self.hash);
        Ok(OutputRecord { name, bytes: self.bytes, sha256: hex(&hash.finalize()) })
    }
}

/// Appends what is written; for what belongs to no chunk.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.append(bytes) {
            Ok(_) => Ok(bytes.len()),
            Err(OutputError::Io { error, .. }) => Err(error),
            Err(error @ OutputError::Busy(_)) => Err(io::Error::other(error.to_string())),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let _ = self.end_sync();
        // The lock is still held: the file is this run's own.
        if let (Sink::File(_, partial), false) = (&self.sink, self.published) {
            let _ = fs::remove_file(partial);
        }
    }
}

/// Has the system forget its copy in memory of a file that is to be replaced; the file itself stays. The new one then takes
/// the memory of the old, and is not kept waiting for its name while that is freed.
#[cfg(target_os = "linux")]
fn uncache(path: &Path) {
    let Ok(old) = File::open(path) else { return };
    if old.metadata().is_ok_and(|old| old.is_file() && old.len() >= SYNC_EVERY) {
        // Nobody waits for this, and it matters to nobody whether it succeeds.
        let forget = move || rustix::fs::fadvise(&old, 0, None, rustix::fs::Advice::DontNeed);
        let _ = std::thread::Builder::new().name("warraq-uncache".into()).spawn(forget);
    }
}

/// Elsewhere there is no such advice.
#[cfg(not(target_os = "linux"))]
fn uncache(_: &Path) {}

/// Opens a temporary file and locks it, emptied of what a run that was killed left behind. None when another run holds it.
fn claim(partial: &Path) -> io::Result<Option<File>> {
    loop {
        let file = OpenOptions::new().create(true).append(true).open(partial)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Between opening and locking, the run that held it may have given this very file its final name.
        if is_still(&file, partial)? {
            file.set_len(0)?;
            return Ok(Some(file));
        }
    }
}

/// Whether `path` still leads to the open file.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let here = file.metadata()?;
    Ok(fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (here.dev(), here.ino())))
}

/// Elsewhere an open file cannot be renamed by others.
#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}
