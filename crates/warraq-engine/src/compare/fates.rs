//! What became of the documents that are in no export, from the rejects of a run.

use super::Unreadable;
use super::corpus::Corpus;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;
use warraq_core::CodecDef;

/// What a run decided about a document that it did not keep.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Decided {
    /// `dropped`, `duplicate` or `failed`.
    pub verdict: String,
    /// The stage that decided; none where the record could not be read or written.
    pub stage: Option<String>,
    /// The stable name of the cause.
    pub reason: String,
    /// The id of the document that was kept, of a duplicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_id: Option<String>,
}

/// The rejects of a run by id, in their order. Of several with one id, the first counts.
#[derive(Debug, Default)]
pub struct Fates {
    fates: Vec<(Box<str>, Decided)>,
    by_id: HashMap<Box<str>, usize>,
}

impl Fates {
    /// Reads the rejects of a run. Of each, its id and what was decided are held, not the record.
    ///
    /// # Errors
    /// If the file cannot be read, or a line of it is no reject.
    pub fn read(path: &Path, codecs: &[CodecDef]) -> Result<Self, Unreadable> {
        let mut fates = Fates::default();
        Corpus::open(path, codecs)?.scan(&mut |_, line| {
            let id: Box<str> = Corpus::id(line)?.into();
            let decided: Decided = serde_json::from_slice(line).map_err(|e| format!("no reject of a run: {e}"))?;
            if !fates.by_id.contains_key(&id) {
                fates.by_id.insert(id.clone(), fates.fates.len());
                fates.fates.push((id, decided));
            }
            Ok(())
        })?;
        Ok(fates)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Decided> {
        self.by_id.get(id).map(|&at| &self.fates[at].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Decided)> {
        self.fates.iter().map(|(id, decided)| (&**id, decided))
    }
}
