//! The account of a run as a checkpoint holds it: names stand where the run has numbers of its own.

use crate::plan::Plan;
use crate::run::corpus::Corpus;
use crate::run::ledger::{ExportCount, Fate, Ledger, StageCount};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use warraq_core::StageIndex;

/// A [`Ledger`], for another process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::run) struct Account {
    framed: u64,
    blank: u64,
    read: u64,
    kept: u64,
    rejected: Vec<(Fate, Option<StageIndex>, String, u64)>,
    tokens: u64,
    languages: BTreeMap<String, u64>,
    /// Label, spans, documents.
    labels: Vec<(String, u64, u64)>,
    stages: Vec<StageCount>,
    exports: Vec<ExportCount>,
}

impl Account {
    pub(in crate::run) fn of(ledger: &Ledger, plan: &Plan) -> Self {
        let rejected = ledger.rejected.iter().map(|((fate, stage, why), n)| (*fate, *stage, why.clone(), *n));
        let labels = ledger.corpus.labels(&plan.labels).into_iter();
        Account {
            framed: ledger.framed,
            blank: ledger.blank,
            read: ledger.read,
            kept: ledger.kept,
            rejected: rejected.collect(),
            tokens: ledger.corpus.tokens,
            languages: ledger.corpus.languages.clone(),
            labels: labels.map(|(name, count)| (name, count.spans, count.documents)).collect(),
            stages: ledger.stages.clone(),
            exports: ledger.exports.clone(),
        }
    }

    /// The ledger of a run of the same plan.
    pub(in crate::run) fn ledger(&self, plan: &Plan) -> Ledger {
        let rejected = self.rejected.iter().map(|(fate, stage, why, n)| ((*fate, *stage, why.clone()), *n));
        Ledger {
            framed: self.framed,
            blank: self.blank,
            read: self.read,
            kept: self.kept,
            rejected: rejected.collect(),
            corpus: Corpus::restored(self.kept, self.tokens, self.languages.clone(), &self.labels, &plan.labels),
            stages: self.stages.clone(),
            exports: self.exports.clone(),
            ..Ledger::of(plan)
        }
    }

    /// Documents read.
    pub(in crate::run) fn read(&self) -> u64 {
        self.read
    }

    /// Documents that this export has written.
    pub(in crate::run) fn written(&self, export: usize) -> u64 {
        self.exports.get(export).map_or(0, |count| count.written)
    }
}
