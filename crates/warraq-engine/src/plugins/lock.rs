//! `warraq.lock`: which plugin was meant, by the hash of its library. It lies beside the pipeline file and serves all pipelines
//! there.
//!
//! A hash proves identity, not safety: it says that this is the library somebody looked at, not that it does no harm.

use crate::config::PluginPlace;
use crate::plan::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The file's name.
pub const LOCK: &str = "warraq.lock";

/// The version of the file's form.
const VERSION: u32 = 1;

/// The lock of a folder's pipelines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    version: u32,
    /// The plugins, by what the pipelines call them and by file.
    #[serde(default, rename = "plugin")]
    pub plugins: Vec<LockedPlugin>,
}

/// One plugin of a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedPlugin {
    /// The `name` or `path` of the pipeline file.
    pub plugin: String,
    /// The library's file name, which differs between systems.
    pub file: String,
    /// The SHA-256 of the library, in lower-case hexadecimal.
    pub sha256: String,
    /// The version of the plugin ABI it was compiled against.
    pub abi: String,
    /// Its name, as it gives it itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence.
    pub license: String,
    /// Its stages and exports.
    #[serde(default, rename = "stage")]
    pub stages: Vec<LockedStage>,
}

/// One stage of a locked plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedStage {
    /// Its name, without a family.
    pub name: String,
    /// The SHA-256 of the JSON Schema of its options.
    pub schema: String,
}

impl Default for Lock {
    fn default() -> Self {
        Lock { version: VERSION, plugins: Vec::new() }
    }
}

/// Why a lock cannot be used.
#[derive(Debug)]
pub enum LockError {
    /// It cannot be read or written.
    Io(io::Error),
    /// It is not such a file.
    Form(String),
}

impl std::fmt::Display for LockError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LockError::Io(e) => e.fmt(f),
            LockError::Form(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for LockError {}

impl Lock {
    /// The lock's path for a pipeline file in the folder `base`.
    pub fn path(base: &Path) -> PathBuf {
        base.join(LOCK)
    }

    /// The lock of a folder, if there is one.
    ///
    /// # Errors
    /// If there is one that cannot be read.
    pub fn read(base: &Path) -> Result<Option<Lock>, LockError> {
        let text = match fs::read_to_string(Self::path(base)) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(LockError::Io(e)),
        };
        let lock: Lock = toml::from_str(&text).map_err(|e| {
            let before = e.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            LockError::Form(format!("line {}: {}", 1 + before.matches('\n').count(), e.message()))
        })?;
        match lock.version {
            VERSION => Ok(Some(lock)),
            other => {
                Err(LockError::Form(format!("version {other} of its form is not known: this program reads {VERSION}")))
            }
        }
    }

    /// Writes the lock of a folder, replacing the one before it in one step. Returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, base: &Path) -> Result<PathBuf, LockError> {
        let body = toml::to_string(self).map_err(|e| LockError::Form(e.to_string()))?;
        let text =
            format!("# Written by `warraq plugin lock`: which plugins the pipelines of this folder mean.\n{body}");
        let path = Self::path(base);
        crate::temporary::store(&path, text.as_bytes()).map_err(LockError::Io)?;
        Ok(path)
    }

    /// The entry of a plugin.
    pub fn find(&self, place: &PluginPlace, file: &Path) -> Option<&LockedPlugin> {
        let file = file.file_name().unwrap_or_default().to_string_lossy();
        self.plugins.iter().find(|p| p.plugin == place.text().value && p.file == file)
    }

    /// Puts an entry in the place of the one for the same plugin and file, or in order.
    pub fn put(&mut self, entry: LockedPlugin) {
        // A lock that was merged or edited may have lost its order, or have two entries for one library.
        self.plugins.retain(|p| (&p.plugin, &p.file) != (&entry.plugin, &entry.file));
        self.plugins.push(entry);
        self.plugins.sort_by(|a, b| (&a.plugin, &a.file).cmp(&(&b.plugin, &b.file)));
    }
}

/// The size in bytes and the SHA-256 of a file, in lower-case hexadecimal.
///
/// # Errors
/// If it cannot be read.
pub fn fingerprint(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut hash, mut bytes) = (fs::File::open(path)?, Sha256::new(), 0);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((bytes, hex(&hash.finalize()))),
            n => {
                bytes += n as u64;
                hash.update(&buffer[..n]);
            }
        }
    }
}

/// The SHA-256 of a schema, of its JSON without white space and with keys in order.
pub fn schema_hash(schema: &serde_json::Value) -> String {
    hex(&Sha256::digest(schema.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(plugin: &str, sha256: &str) -> LockedPlugin {
        LockedPlugin {
            plugin: plugin.into(),
            file: "libx.so".into(),
            sha256: sha256.into(),
            abi: "1.0".into(),
            name: "x".into(),
            version: "1.2.3".into(),
            license: "MIT".into(),
            stages: vec![LockedStage { name: "a".into(), schema: "00".into() }],
        }
    }

    #[test]
    fn a_lock_is_read_as_it_was_written_and_keeps_its_order() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), None);
        let mut lock = Lock::default();
        for plugin in ["b", "a", "c", "a"] {
            lock.put(entry(plugin, "11"));
        }
        assert_eq!(lock.plugins.iter().map(|p| p.plugin.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        lock.write(folder.path()).unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), Some(lock));
    }

    #[test]
    fn an_entry_takes_the_place_of_all_others_for_its_library() {
        let mut lock = Lock { version: VERSION, plugins: vec![entry("b", "1"), entry("a", "2"), entry("b", "3")] };
        lock.put(entry("b", "4"));
        let hashes: Vec<_> = lock.plugins.iter().map(|p| (p.plugin.as_str(), p.sha256.as_str())).collect();
        assert_eq!(hashes, [("a", "2"), ("b", "4")]);
    }

    #[test]
    fn another_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (text, part) in [("version = 2\n", "version 2"), ("version = 1\nplugins = 3\n", "plugins"), ("x", "")] {
            fs::write(Lock::path(folder.path()), text).unwrap();
            let error = Lock::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
