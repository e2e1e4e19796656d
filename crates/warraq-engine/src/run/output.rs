//! Outputs: bytes are appended to a file with a temporary name, which gets its final one only when the run is complete.
//!
//! [`Output::append`] is called once per chunk, in input order, with whole compressed frames; so every length it returns is
//! a place at which the file can be cut and continued. A checkpoint needs no more than those lengths after a sync.

use super::checkpoint::Folder;
use crate::plan::{Target, hex, is_special};
use crate::temporary::{self, partial};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
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

/// How far an output is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    /// Its length in bytes.
    pub(super) bytes: u64,
    /// The SHA-256 of those bytes.
    sha256: String,
}

/// Why an output failed.
#[derive(Debug)]
pub(super) enum OutputError {
    /// Another run holds it.
    Busy(PathBuf),
    /// It is not what a checkpoint says it was.
    Changed(String),
    /// It cannot be written.
    Io { name: String, error: io::Error },
}

impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutputError::Busy(path) => write!(f, "another run is writing {}", path.display()),
            OutputError::Changed(what) => f.write_str(what),
            OutputError::Io { name, error } => write!(f, "output {name}: {error}"),
        }
    }
}

/// One output of a run. Dropped before it is published, it takes its temporary file with it, unless the run can be continued.
pub(super) struct Output {
    target: Target,
    codec: Option<CodecDef>,
    sink: Sink,
    hash: Sha256,
    bytes: u64,
    /// The hash and the length where the last chunk that all outputs have ends.
    settled: (Sha256, u64),
    /// Where checkpoints of the run are.
    folder: Option<Arc<Folder>>,
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
    /// Opens an output under its temporary name and claims it. Folders that are missing are made. Of what a run that was
    /// stopped has left, as much as `from` says is kept.
    pub(super) fn create(
        target: &Target,
        codec: Option<CodecDef>,
        folder: Option<&Arc<Folder>>,
        from: Option<&Written>,
    ) -> Result<Self, OutputError> {
        let mut so_far = (Sha256::new(), 0);
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
                    return Ok(Self::new(target, codec, Sink::Stream(stream), None, so_far));
                }
                if path.is_dir() {
                    return Err(fail(io::Error::new(io::ErrorKind::IsADirectory, "a folder stands in its place")));
                }
                let file = claim(&partial).map_err(fail)?.ok_or_else(|| OutputError::Busy(path.clone()))?;
                if let Some(from) = from {
                    so_far = (kept(&partial, from)?, from.bytes);
                }
                file.set_len(so_far.1).map_err(fail)?;
                uncache(path);
                Sink::File(file, partial)
            }
        };
        Ok(Self::new(target, codec, sink, folder, so_far))
    }

    fn new(
        target: &Target,
        codec: Option<CodecDef>,
        sink: Sink,
        folder: Option<&Arc<Folder>>,
        so_far: (Sha256, u64),
    ) -> Self {
        Output {
            target: target.clone(),
            codec,
            sink,
            hash: so_far.0.clone(),
            bytes: so_far.1,
            synced: so_far.1,
            settled: so_far,
            folder: folder.cloned(),
            syncing: None,
            published: false,
        }
    }

    /// All outputs have the same chunks now.
    pub(super) fn settle(&mut self) {
        self.settled = (self.hash.clone(), self.bytes);
    }

    /// How far it is, with all that was written to it.
    pub(super) fn written(&mut self) -> Written {
        self.settle();
        self.settled()
    }

    /// How far it was when it was settled.
    pub(super) fn settled(&self) -> Written {
        let (hash, bytes) = &self.settled;
        Written { bytes: *bytes, sha256: hex(&hash.clone().finalize()) }
    }

    /// What has to be durable for it to be there after a crash of the machine: the file and the folder that it is in.
    pub(super) fn files(&self) -> io::Result<Vec<File>> {
        match &self.sink {
            Sink::File(file, partial) => Ok(vec![file.try_clone()?, File::open(temporary::folder(partial))?]),
            Sink::Standard(_) | Sink::Stream(_) | Sink::Own => Ok(Vec::new()),
        }
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

    /// Its name and the bytes it has so far.
    pub(super) fn so_far(&self) -> (String, u64) {
        (self.target.name(), self.bytes)
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
        if let (Sink::File(..), Target::File(path)) = (&self.sink, &self.target) {
            temporary::publish(path).map_err(|error| OutputError::Io { name: name.clone(), error })?;
            self.published = true;
        }
        let hash = std::mem::take(&mut self.hash);
        Ok(OutputRecord { name, bytes: self.bytes, sha256: hex(&hash.finalize()) })
    }
}

/// Gives an output of a complete run its final name, unless it has got it already before that run was killed.
pub(super) fn publish_complete(target: &Target, written: &Written) -> Result<OutputRecord, OutputError> {
    let name = target.name();
    if let Target::File(path) = target {
        let partial = partial(path);
        if let Ok(there) = partial.metadata() {
            kept(&partial, written)?;
            if there.len() > written.bytes {
                let (partial, bytes) = (partial.display(), there.len());
                return Err(OutputError::Changed(format!(
                    "the output {partial} has {bytes} bytes, more than the {} it had",
                    written.bytes
                )));
            }
            temporary::publish(path).map_err(|error| OutputError::Io { name: name.clone(), error })?;
        } else {
            kept(path, written)?;
        }
    }
    Ok(OutputRecord { name, bytes: written.bytes, sha256: written.sha256.clone() })
}

/// The hash over the part of a file that `written` describes, which must be there and be what it was.
fn kept(path: &Path, written: &Written) -> Result<Sha256, OutputError> {
    let mut hash = Sha256::new();
    let mut read = || -> io::Result<u64> {
        let (mut file, mut buffer, mut bytes) = (File::open(path)?.take(written.bytes), vec![0; 1 << 20], 0);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(bytes),
                n => {
                    hash.update(&buffer[..n]);
                    bytes += n as u64;
                }
            }
        }
    };
    let why = match read() {
        Ok(bytes) if bytes < written.bytes => format!("has {bytes} bytes, fewer than the {} it had", written.bytes),
        Ok(_) if hex(&hash.clone().finalize()) != written.sha256 => "is not what the run had written".into(),
        Ok(_) => return Ok(hash),
        Err(error) => format!("cannot be read: {error}"),
    };
    Err(OutputError::Changed(format!("the output {} {why}", path.display())))
}

/// Appends what is written; for what belongs to no chunk.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.append(bytes) {
            Ok(_) => Ok(bytes.len()),
            Err(OutputError::Io { error, .. }) => Err(error),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let _ = self.end_sync();
        let is_kept = self.published || self.folder.as_ref().is_some_and(|folder| folder.is_kept());
        // The lock is still held: the file is this run's own.
        if let (Sink::File(_, partial), false) = (&self.sink, is_kept) {
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

/// Opens a temporary file, as a run that was killed may have left it, and locks it. None when another run holds it. A link
/// in its place is not followed: it would lead to a file that is not this run's.
pub(super) fn claim(partial: &Path) -> io::Result<Option<File>> {
    loop {
        let file = temporary::open(partial)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Between opening and locking, the run that held it may have given this very file its final name.
        if is_still(&file, partial)? {
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
