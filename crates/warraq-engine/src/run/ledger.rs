//! The account of a run: every record read ends in exactly one place.

use super::corpus::Corpus;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use warraq_core::{BuiltExport, StageIndex};

/// Where a document ended, other than kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fate {
    /// A filter dropped it.
    Dropped,
    /// It repeats another.
    Duplicate,
    /// It could not be read, or a stage failed on it.
    Failed,
}

impl Fate {
    /// The verdict's name in rejects and reports.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Dropped => "dropped",
            Fate::Duplicate => "duplicate",
            Fate::Failed => "failed",
        }
    }
}

/// What one stage did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageCount {
    /// Documents it was run on.
    pub documents: u64,
    /// Documents it did not apply to (`when`).
    pub not_applied: u64,
    /// Documents it failed on that went on without it (`on_error = "skip"`).
    pub skipped: u64,
    /// Time spent in it, on all threads together.
    pub time: Duration,
}

/// What one export got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportCount {
    /// Documents that came to it.
    pub reached: u64,
    /// Documents it wrote.
    pub written: u64,
    /// Documents its `where` did not select.
    pub not_selected: u64,
}

impl ExportCount {
    /// A document was written.
    pub(crate) fn wrote(&mut self) {
        self.reached += 1;
        self.written += 1;
    }

    /// A document came by that `where` does not select.
    pub(crate) fn passed_over(&mut self) {
        self.reached += 1;
        self.not_selected += 1;
    }
}

/// Which documents come to an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Those that get to a branch.
    #[default]
    Branch,
    /// Those that are kept.
    Kept,
    /// Those that are kept and, because it takes them before they are encoded for other exports, some that fail there.
    KeptAndFailed,
}

/// The counts of a run or of a part of it. Parts add up in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Lines or files found by splitting the inputs, blank ones included; counted apart from the documents.
    pub framed: u64,
    /// Blank lines, which are no documents.
    pub blank: u64,
    /// Documents.
    pub read: u64,
    /// Documents that went through all stages.
    pub kept: u64,
    /// All others: by what became of them, the stage (none where the record could not be read) and the reason.
    pub rejected: BTreeMap<(Fate, Option<StageIndex>, String), u64>,
    /// What the kept documents are like.
    pub corpus: Corpus,
    /// By stage.
    pub stages: Vec<StageCount>,
    /// By export.
    pub exports: Vec<ExportCount>,
    /// By export.
    pub(crate) takes: Vec<Takes>,
}

impl Ledger {
    /// An empty account for so many stages and for these exports.
    pub(crate) fn new(stages: usize, takes: Vec<Takes>) -> Self {
        Ledger {
            stages: vec![StageCount::default(); stages],
            exports: vec![ExportCount::default(); takes.len()],
            takes,
            ..Self::default()
        }
    }

    /// An empty account for a plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        let takes = plan.exports.iter().map(|export| match export.format {
            _ if export.after < plan.stages.len() => Takes::Branch,
            BuiltExport::Encoded(_) => Takes::Kept,
            BuiltExport::InOrder(_) => Takes::KeptAndFailed,
        });
        Self::new(plan.stages.len(), takes.collect())
    }

    /// Adds another part.
    pub(crate) fn add(&mut self, other: Ledger) {
        self.framed += other.framed;
        self.blank += other.blank;
        self.read += other.read;
        self.kept += other.kept;
        self.corpus.add(other.corpus);
        for (key, count) in other.rejected {
            *self.rejected.entry(key).or_default() += count;
        }
        for (sum, part) in self.stages.iter_mut().zip(other.stages) {
            sum.documents += part.documents;
            sum.not_applied += part.not_applied;
            sum.skipped += part.skipped;
            sum.time += part.time;
        }
        for (sum, part) in self.exports.iter_mut().zip(other.exports) {
            sum.reached += part.reached;
            sum.written += part.written;
            sum.not_selected += part.not_selected;
        }
    }

    /// Documents with this fate.
    pub fn count(&self, fate: Fate) -> u64 {
        self.rejected.iter().filter(|((f, ..), _)| *f == fate).map(|(_, count)| count).sum()
    }

    /// Checks that every record and every document is accounted for.
    ///
    /// # Errors
    /// The equation that does not hold. This is a defect of the program.
    pub fn check(&self) -> Result<(), String> {
        let [dropped, duplicate, failed] = [Fate::Dropped, Fate::Duplicate, Fate::Failed].map(|fate| self.count(fate));
        let equal = |what: &str, a: u64, b: u64| if a == b { Ok(()) } else { Err(format!("{what}: {a} is not {b}")) };
        equal("records found = read + blank", self.framed, self.read + self.blank)?;
        equal("read = kept + dropped + duplicate + failed", self.read, self.kept + dropped + duplicate + failed)?;
        equal("documents of the corpus = kept", self.corpus.documents, self.kept)?;
        for (n, (export, takes)) in self.exports.iter().zip(&self.takes).enumerate() {
            let what = format!("export {n}: reached = written + not selected");
            equal(&what, export.reached, export.written + export.not_selected)?;
            let reached = export.reached;
            match takes {
                Takes::Branch => {}
                Takes::Kept => equal(&format!("export {n}: reached = kept"), reached, self.kept)?,
                Takes::KeptAndFailed if (self.kept..=self.kept + failed).contains(&reached) => {}
                Takes::KeptAndFailed => {
                    let (least, most) = (self.kept, self.kept + failed);
                    return Err(format!(
                        "export {n}: kept ≤ reached ≤ kept + failed: {reached} is not in {least}..={most}"
                    ));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_document_is_noticed() {
        let mut ledger = Ledger::new(0, vec![Takes::Kept, Takes::KeptAndFailed]);
        ledger.rejected.insert((Fate::Failed, None, "json.syntax".into()), 1);
        (ledger.framed, ledger.blank, ledger.read, ledger.kept) = (4, 1, 3, 2);
        ledger.corpus.documents = 2;
        ledger.exports[0] = ExportCount { reached: 2, written: 1, not_selected: 1 };
        ledger.exports[1] = ExportCount { reached: 3, written: 3, not_selected: 0 };
        assert_eq!(ledger.check(), Ok(()));
        type Break = fn(&mut Ledger);
        let breaks: &[Break] = &[
            |l| l.framed += 1,
            |l| l.kept -= 1,
            |l| l.corpus.documents -= 1,
            |l| l.exports[0].written = 0,
            |l| l.exports[0] = ExportCount { reached: 1, written: 1, not_selected: 0 },
            |l| l.exports[1] = ExportCount { reached: 1, written: 1, not_selected: 0 },
            |l| l.exports[1] = ExportCount { reached: 4, written: 4, not_selected: 0 },
            |l| l.rejected.clear(),
        ];
        for (n, change) in breaks.iter().enumerate() {
            let mut broken = ledger.clone();
            change(&mut broken);
            assert!(broken.check().is_err(), "break {n} goes unnoticed");
        }
    }
}
