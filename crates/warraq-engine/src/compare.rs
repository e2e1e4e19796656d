//! Two exports of one corpus, document by document: what was added, lost or changed between two runs.
//!
//! Documents are matched by `id`. Neither export is held: of each document of the first, an index keeps where its record is
//! (about 80 bytes a document), the second is streamed past it, and most records turn out equal byte by byte. Those that
//! differ are noted with the names of what differs, and read again when they are shown. An export that is compressed or a
//! pipe is first written, decompressed, to an unnamed temporary file, so that its records can be found again.

mod change;
mod corpus;
mod fates;
mod record;
mod runs;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use change::field_change;
pub use change::{FieldChange, Item, ItemChange, LayerChange};
pub use fates::{Decided, Fates};
pub use record::{Details, LAYERS};
pub(crate) use runs::find_output;
pub use runs::{Run, is_run, pairs};
pub use text::{Place, TextEdit, text_edits};

use corpus::{Corpus, Entry, NONE, SAME};
use record::{NameIds, Names};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use warraq_core::{CodecDef, OffsetUnit};

/// Why two exports cannot be compared: the file, the line where there is one, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

/// How exports are compared.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names of what is not compared: layers and other keys of a record.
    pub ignore: BTreeSet<String>,
    /// What the offsets of both exports count.
    pub offsets: OffsetUnit,
}

/// How many documents there are of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Documents of the first export.
    pub a: u64,
    /// Documents of the second export.
    pub b: u64,
    /// Documents of both that are the same.
    pub same: u64,
    /// Documents of both that differ.
    pub changed: u64,
    /// Documents of the first alone, of which nothing else is known.
    pub lost: u64,
    /// Documents of the second alone, of which nothing else is known.
    pub added: u64,
    /// Documents with another verdict: kept in one run and not in the other, or not kept for different reasons.
    pub verdict: u64,
    /// Changed documents by what differs in them.
    pub layers: BTreeMap<String, u64>,
    /// Documents by the stages that are known to differ: by `source` of spans, `stage` of what was removed, and `stage` of
    /// rejects.
    pub stages: BTreeMap<String, u64>,
}

impl Counts {
    /// Whether there is no difference.
    #[must_use]
    pub fn are_same(&self) -> bool {
        self.changed + self.lost + self.added + self.verdict == 0
    }
}

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is in both exports and differs.
    Changed,
    /// It is in the first export alone.
    Lost,
    /// It is in the second export alone.
    Added,
    /// It was kept in one run and not in the other, or was not kept for different reasons.
    Verdict,
}

/// A document in which two runs differ.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentChange {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub kind: Kind,
    /// Its line in the first export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a_line: Option<u32>,
    /// Its line in the second export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b_line: Option<u32>,
    /// What differs, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// The stages that are known to differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
    /// What the first run decided; none means that it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a_verdict: Option<Decided>,
    /// What the second run decided; none means that it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b_verdict: Option<Decided>,
    /// The differences themselves, of documents shown in detail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

impl DocumentChange {
    fn new(id: String, kind: Kind) -> Self {
        DocumentChange {
            id,
            kind,
            a_line: None,
            b_line: None,
            layers: Vec::new(),
            stages: Vec::new(),
            a_verdict: None,
            b_verdict: None,
            details: None,
        }
    }
}

/// A pair of records that differ: its partner in the second export, and the names of what differs.
struct Changed {
    b: Entry,
    layers: NameIds,
    stages: NameIds,
}

/// Two exports, compared.
pub struct Comparison {
    a: Corpus,
    b: Corpus,
    a_fates: Fates,
    b_fates: Fates,
    options: Options,
    changed: Vec<Changed>,
    /// Records of the second export that the first does not have.
    added: Vec<Entry>,
    layer_names: Names,
    stage_names: Names,
    /// Keys that were left out of records; none where no record had to be looked into.
    ignored: Option<BTreeSet<String>>,
    /// How many documents there are of each kind.
    pub counts: Counts,
    /// What somebody should know about the comparison itself.
    pub warnings: Vec<String>,
}

impl std::fmt::Debug for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Comparison").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// Compares two exports in JSON Lines, with what is known of the documents that are not in them.
///
/// # Errors
/// If one of the exports cannot be read, or a line of it is no record with an `id`.
pub fn compare(
    (a, a_fates): (&Path, Fates),
    (b, b_fates): (&Path, Fates),
    options: Options,
    codecs: &[CodecDef],
) -> Result<Comparison, Unreadable> {
    let mut comparison = Comparison {
        a: Corpus::open(a, codecs)?,
        b: Corpus::open(b, codecs)?,
        a_fates,
        b_fates,
        options,
        changed: Vec::new(),
        added: Vec::new(),
        layer_names: Names::default(),
        stage_names: Names::default(),
        ignored: None,
        counts: Counts::default(),
        warnings: Vec::new(),
    };
    comparison.a.index()?;
    comparison.match_up()?;
    comparison.count()?;
    Ok(comparison)
}

impl Comparison {
    /// Streams the second export past the index of the first.
    fn match_up(&mut self) -> Result<(), Unreadable> {
        let Comparison { a, b, options, changed, added, layer_names, stage_names, ignored, counts, .. } = self;
        let (mut held, mut new, mut repeated) = (Vec::new(), HashSet::new(), 0);
        b.scan(&mut |entry, line| {
            // Runs keep the order of their input, so the next record is most often the same one.
            let expected = match a.expected(entry.len) {
                Some(next) => {
                    a.read(a.entries[next], &mut held)?;
                    (held == line).then_some(next)
                }
                None => None,
            };
            if let Some(at) = expected {
                // It keeps its place under its id: as no id repeats, only a repeated one of the second export finds it there.
                a.matched(at, None, SAME);
                counts.same += 1;
                return Ok(());
            }
            let id = Corpus::id(line)?;
            let key = a.key(&id);
            let Some(at) = a.take(key) else {
                repeated += u64::from(a.knows(key) || !new.insert(key));
                added.push(entry);
                return Ok(());
            };
            a.read(a.entries[at], &mut held)?;
            let (layers, stages) = match held == line {
                true => Default::default(),
                false => record::differing(
                    &held,
                    line,
                    options,
                    (&mut *layer_names, &mut *stage_names, ignored.get_or_insert_default()),
                )?,
            };
            if layers.is_empty() {
                a.matched(at, Some(key), SAME);
                counts.same += 1;
            } else {
                a.matched(at, Some(key), corpus::number(changed.len())?);
                changed.push(Changed { b: entry, layers, stages });
            }
            Ok(())
        })?;
        (counts.a, counts.b) = (a.entries.len() as u64, b.documents);
        for (name, repeated) in [(&a.name, a.repeated), (&b.name, repeated)] {
            if repeated > 0 {
                let documents = if repeated == 1 { "1 document has" } else { &format!("{repeated} documents have") };
                self.warnings.push(format!("{name}: {documents} an id that another one has; matched in their order"));
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), Unreadable> {
        let mut counts = std::mem::take(&mut self.counts);
        let tally = |names: Vec<String>, table: &mut BTreeMap<String, u64>| {
            names.into_iter().for_each(|name| *table.entry(name).or_default() += 1);
        };
        counts.changed = self.changed.len() as u64;
        for Changed { layers, stages, .. } in &self.changed {
            tally(self.layer_names.resolve(layers), &mut counts.layers);
            tally(self.stage_names.resolve(stages), &mut counts.stages);
        }
        self.one_sided(&mut |document| {
            *match document.kind {
                Kind::Lost => &mut counts.lost,
                Kind::Added => &mut counts.added,
                Kind::Changed | Kind::Verdict => &mut counts.verdict,
            } += 1;
            tally(document.stages, &mut counts.stages);
        })?;
        self.counts = counts;
        Ok(())
    }

    /// Whether this key, which [`Options::ignore`] leaves out, was in a record, as far as any had to be looked into.
    #[must_use]
    pub fn has_ignored(&self, key: &str) -> bool {
        self.ignored.as_ref().is_none_or(|ignored| ignored.contains(key))
    }

    /// The documents that one export alone has, or neither.
    fn one_sided(&self, visit: &mut dyn FnMut(DocumentChange)) -> Result<(), Unreadable> {
        for entry in self.a.entries.iter().filter(|entry| entry.partner == NONE) {
            visit(self.lost(*entry)?);
        }
        self.after_the_first(visit)
    }

    /// A document that the first export alone has.
    fn lost(&self, entry: Entry) -> Result<DocumentChange, Unreadable> {
        let id = self.a.id_of(entry, &mut Vec::new())?;
        let decided = self.b_fates.get(&id).cloned();
        let kind = if decided.is_some() { Kind::Verdict } else { Kind::Lost };
        let document = DocumentChange { a_line: Some(entry.line), b_verdict: decided, ..DocumentChange::new(id, kind) };
        Ok(document.with_stages_of_verdicts())
    }

    /// The documents that the first export does not have.
    fn after_the_first(&self, visit: &mut dyn FnMut(DocumentChange)) -> Result<(), Unreadable> {
        for entry in &self.added {
            let id = self.b.id_of(*entry, &mut Vec::new())?;
            let decided = self.a_fates.get(&id).cloned();
            let kind = if decided.is_some() { Kind::Verdict } else { Kind::Added };
            let document =
                DocumentChange { b_line: Some(entry.line), a_verdict: decided, ..DocumentChange::new(id, kind) };
            visit(document.with_stages_of_verdicts());
        }
        for (id, a) in self.a_fates.iter() {
            if let Some(b) = self.b_fates.get(id).filter(|b| *b != a) {
                let mut document = DocumentChange::new(id.to_owned(), Kind::Verdict);
                (document.a_verdict, document.b_verdict) = (Some(a.clone()), Some(b.clone()));
                visit(document.with_stages_of_verdicts());
            }
        }
        Ok(())
    }

    /// Every document in which the two differ: those of the first export in its order, then those of the second alone, then
    /// those that neither run kept. Changed documents among the first so many come with their details.
    ///
    /// # Errors
    /// If an export can no longer be read.
    pub fn each(&self, detailed: usize, visit: &mut dyn FnMut(DocumentChange)) -> Result<(), Unreadable> {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for (n, entry) in self.a.entries.iter().filter(|entry| entry.partner != SAME).enumerate() {
            if entry.partner == NONE {
                visit(self.lost(*entry)?);
                continue;
            }
            let Changed { b, layers, stages } = &self.changed[entry.partner as usize];
            let mut document = DocumentChange::new(self.a.id_of(*entry, &mut old)?, Kind::Changed);
            (document.a_line, document.b_line) = (Some(entry.line), Some(b.line));
            document.layers = self.layer_names.resolve(layers);
            document.stages = self.stage_names.resolve(stages);
            if n < detailed {
                self.b.read(*b, &mut new)?;
                document.details = Some(record::details(&old, &new, &self.options).map_err(Unreadable)?);
            }
            visit(document);
        }
        self.after_the_first(visit)
    }
}

impl DocumentChange {
    fn with_stages_of_verdicts(mut self) -> Self {
        let verdicts = [&self.a_verdict, &self.b_verdict];
        let stages: BTreeSet<String> = verdicts.into_iter().flatten().filter_map(|v| v.stage.clone()).collect();
        self.stages = stages.into_iter().collect();
        self
    }
}
