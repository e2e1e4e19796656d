//! The folder beside the rejects in which a run keeps what it needs to be continued, and who holds it.

use super::Checkpoint;
use crate::plan::hex;
use crate::run::output::claim;
use crate::temporary;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The file in it that a run locks and signs.
const OWNER: &str = "owner";
/// The last checkpoint.
const CHECKPOINT: &str = "checkpoint.json";
/// What the names of journals end in.
pub(super) const JOURNAL: &str = ".journal";

/// Why a folder cannot be had.
pub(in crate::run) enum ClaimError {
    /// Another run holds it: which, where that can be told.
    Busy(Option<String>),
    Io(io::Error),
}

/// A folder that this run holds. It goes when it is dropped, unless it has a checkpoint.
#[derive(Debug)]
pub(in crate::run) struct Folder {
    path: PathBuf,
    /// Locked.
    _owner: File,
    /// Whether there is a checkpoint that the run, should it end here, can be continued from.
    kept: AtomicBool,
}

impl Folder {
    /// Claims the folder at `path`; it is made if it is missing.
    pub(super) fn claim(path: &Path) -> Result<Self, ClaimError> {
        let owner = path.join(OWNER);
        let file = loop {
            fs::create_dir_all(path).map_err(ClaimError::Io)?;
            if path.is_symlink() {
                return Err(ClaimError::Io(io::Error::other("it is a link, which is not followed")));
            }
            match claim(&owner) {
                Ok(Some(file)) => break file,
                Ok(None) => {
                    let text = fs::read_to_string(&owner).unwrap_or_default();
                    return Err(ClaimError::Busy(Some(text).filter(|text| !text.is_empty())));
                }
                // The run that held it has just taken it away.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(ClaimError::Io(e)),
            }
        };
        sign(&file).map_err(ClaimError::Io)?;
        Ok(Folder { path: path.into(), kept: AtomicBool::new(path.join(CHECKPOINT).exists()), _owner: file })
    }

    /// The path of a file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Its own path.
    pub(in crate::run) fn path(&self) -> &Path {
        &self.path
    }

    /// The checkpoint in it, if there is one.
    ///
    /// # Errors
    /// When it cannot be read or is none, with what to do about it.
    pub(super) fn load(&self) -> Result<Option<Checkpoint>, String> {
        let path = self.file(CHECKPOINT);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(format!("{}: {e}", path.display())),
        };
        // The checkpoint, a line feed, and the SHA-256 of what is before it.
        let parts = memchr::memrchr(b'\n', &bytes).map(|end| (&bytes[..end], &bytes[end + 1..]));
        let whole = parts.filter(|(json, sum)| hex(&Sha256::digest(json)).as_bytes() == *sum);
        let Some((json, _)) = whole else { return Err(format!("{} is damaged", path.display())) };
        let version = serde_json::from_slice::<serde_json::Value>(json).ok();
        let version = version.and_then(|value| value.get("warraq_checkpoint").cloned());
        if version != Some(json!(super::VERSION)) {
            return Err(format!("{} is not a checkpoint of this version of the program", path.display()));
        }
        serde_json::from_slice(json).map(Some).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Writes a checkpoint in the place of the one before. Whatever it names must be durable by now; it is itself when this
    /// returns.
    pub(super) fn store(&self, checkpoint: &Checkpoint) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(checkpoint).map_err(io::Error::other)?;
        let sum = hex(&Sha256::digest(&bytes));
        bytes.push(b'\n');
        bytes.extend_from_slice(sum.as_bytes());
        temporary::store(&self.file(CHECKPOINT), &bytes)?;
        self.kept.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Whether the run can be continued from a checkpoint in it.
    pub(in crate::run) fn is_kept(&self) -> bool {
        self.kept.load(Ordering::SeqCst)
    }

    /// Gives up what an earlier run, or this one, could have been continued from.
    pub(in crate::run) fn forget(&self) -> io::Result<()> {
        self.kept.store(false, Ordering::SeqCst);
        match fs::remove_file(self.file(CHECKPOINT)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

/// Says who holds it, in the file that is locked.
fn sign(mut file: &File) -> io::Result<()> {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).map_or(String::new(), |host| format!(" on {host}"));
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    file.set_len(0)?;
    file.write_all(format!("process {}{host}, since {since} (Unix time)", std::process::id()).as_bytes())
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_kept() {
            return;
        }
        // The lock is still held. What else is in the folder is somebody's, and then the folder stays.
        let own = |name: &str| name == OWNER || name.starts_with(CHECKPOINT) || name.ends_with(JOURNAL);
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_str().is_some_and(own)) {
            let _ = fs::remove_file(entry.path());
        }
        let _ = fs::remove_dir(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_its_own_stays() {
        let outside = tempfile::tempdir().unwrap();
        let path = outside.path().join("rejects.jsonl.checkpoint");
        let claimed = || Folder::claim(&path).ok().unwrap();
        let folder = claimed();
        for name in ["pass-0-stage-1.journal", "survey-0.journal", "checkpoint.json.partial"] {
            fs::write(folder.file(name), "").unwrap();
        }
        drop(folder);
        assert!(!path.exists());
        let folder = claimed();
        fs::write(folder.file("notes.txt"), "").unwrap();
        drop(folder);
        let left: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["notes.txt"]);
    }
}
