//! Outputs: bytes are appended to a file with a temporary name, which gets its final one only when the run is complete.
//!
//! [`Output::append`] is called once per chunk, in input order, with whole compressed frames; so every length it returns is
//! a place at which the file can be cut and continued. A checkpoint will need no more than those lengths after a sync.

use crate::plan::{Target, hex};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use warraq_core::CodecDef;

/// What the temporary name of an output ends in.
const PARTIAL: &str = ".partial";

/// A finished output, for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputRecord {
    /// Its final path.
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

/// One output of a run. Dropped before it is published, it takes its temporary file with it.
pub(super) struct Output {
    target: Target,
    codec: Option<CodecDef>,
    sink: Sink,
    hash: Sha256,
    bytes: u64,
    published: bool,
}

enum Sink {
    Standard(io::Stdout),
    /// The open, locked file and its temporary path.
    File(File, PathBuf),
}

impl Output {
    /// Opens an output under its temporary name and claims it. Folders that are missing are made.
    pub(super) fn create(target: &Target, codec: Option<CodecDef>) -> Result<Self, OutputError> {
        let sink = match target {
            Target::Standard => Sink::Standard(io::stdout()),
            Target::File(path) => {
                let mut partial = path.clone().into_os_string();
                partial.push(PARTIAL);
                let partial = PathBuf::from(partial);
                let open = || {
                    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
                        fs::create_dir_all(folder)?;
                    }
                    if path.is_dir() {
                        return Err(io::Error::new(io::ErrorKind::IsADirectory, "a folder stands in its place"));
                    }
                    OpenOptions::new().create(true).append(true).open(&partial)
                };
                let fail = |error| OutputError::Io { name: target.name(), error };
                let file = loop {
                    let file = open().map_err(fail)?;
                    match file.try_lock() {
                        // A run that ended in between has renamed this very file: what it published must not be touched.
                        Ok(()) if is_still_at(&file, &partial) => break file,
                        Ok(()) => {}
                        Err(TryLockError::WouldBlock) => return Err(OutputError::Busy(path.clone())),
                        Err(TryLockError::Error(error)) => return Err(fail(error)),
                    }
                };
                // What a run that was killed left behind.
                file.set_len(0).map_err(fail)?;
                Sink::File(file, partial)
            }
        };
        Ok(Output { target: target.clone(), codec, sink, hash: Sha256::new(), bytes: 0, published: false })
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
            Sink::File(file, _) => file.write_all(frames),
        };
        result.map_err(|error| OutputError::Io { name: self.target.name(), error })?;
        self.hash.update(frames);
        self.bytes += frames.len() as u64;
        Ok(self.bytes)
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
        let result = match &mut self.sink {
            Sink::Standard(stdout) => stdout.flush(),
            Sink::File(file, _) => file.sync_all(),
        };
        result.map_err(|error| OutputError::Io { name: self.target.name(), error })
    }

    /// Gives the completed output its final name.
    pub(super) fn publish(mut self) -> Result<OutputRecord, OutputError> {
        let name = self.target.name();
        if let (Sink::File(_, partial), Target::File(path)) = (&self.sink, &self.target) {
            let rename = || {
                fs::rename(partial, path)?;
                // The new name is durable once its folder is.
                let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
                folder.map_or(Ok(()), |folder| File::open(folder)?.sync_all())
            };
            rename().map_err(|error| OutputError::Io { name: name.clone(), error })?;
        }
        self.published = true;
        let hash = std::mem::take(&mut self.hash);
        Ok(OutputRecord { name, bytes: self.bytes, sha256: hex(&hash.finalize()) })
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // The lock is still held: the file is this run's own.
        if let (Sink::File(_, partial), false) = (&self.sink, self.published) {
            let _ = fs::remove_file(partial);
        }
    }
}

/// Whether an open file is the one that stands under this path.
#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |m: fs::Metadata| (m.dev(), m.ino());
    matches!((file.metadata().map(id), fs::metadata(path).map(id)), (Ok(a), Ok(b)) if a == b)
}

/// An open file cannot be renamed or removed on this system.
#[cfg(not(unix))]
fn is_still_at(_: &File, _: &Path) -> bool {
    true
}
