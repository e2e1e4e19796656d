//! Files that stages ask for while they are built: found from the pipeline file's folder, read once, put on record.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use warraq_core::{Resource, ResourceError, Resources};

/// A file that a stage was built with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedResource {
    /// The path as the pipeline file gives it.
    pub name: String,
    /// Where it was found.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// Reads resources from the file system.
pub(crate) struct FileResources<'a> {
    base: &'a Path,
    read: BTreeMap<String, (UsedResource, Arc<[u8]>)>,
}

impl<'a> FileResources<'a> {
    /// Relative paths start at `base`.
    pub(crate) fn new(base: &'a Path) -> Self {
        FileResources { base, read: BTreeMap::new() }
    }

    /// What was read, by name.
    pub(super) fn used(self) -> Vec<UsedResource> {
        self.read.into_values().map(|(used, _)| used).collect()
    }
}

impl Resources for FileResources<'_> {
    fn read(&mut self, name: &str) -> Result<Resource, ResourceError> {
        if let Some((_, bytes)) = self.read.get(name) {
            return Ok(Resource { path: name.into(), bytes: Arc::clone(bytes) });
        }
        let path = self.base.join(name);
        let bytes: Arc<[u8]> = fs::read(&path)
            .map_err(|e| ResourceError { path: path.display().to_string(), message: e.to_string() })?
            .into();
        let used =
            UsedResource { name: name.into(), path, bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(&bytes)) };
        self.read.insert(name.into(), (used, Arc::clone(&bytes)));
        Ok(Resource { path: name.into(), bytes })
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
