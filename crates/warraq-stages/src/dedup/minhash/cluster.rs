//! Two passes: all signatures first, then one survivor of each cluster.
//!
//! datatrove sorts the signatures of a band, takes neighbours that are equal for pairs, band after band, and joins them by
//! size: of two clusters of a size the one of the earlier document takes in the other. Which document then represents a
//! cluster depends on that order, so it is followed exactly.

use super::stream::{Bands, State};
use super::{Shared, Signer, band_key};
use crate::dedup::ids::Ids;
use crate::dedup::saved;
use crate::dedup::seen::Seen;
use crate::dedup::sorter::{Sorted, Sorter};
use crate::dedup::{bad_journal, disk};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use twox_hash::XxHash3_64;
use warraq_core::{Changes, DocView, Error, Holds, InOrderStage, Layers, Preparer, Result, StageState, Survey};

/// How many documents of the survey may be missing in a row in the run, because they failed there and not before.
const MOST_MISSING: usize = 1 << 16;

/// The stage before its survey. By itself it decides as `stream` does.
pub(super) struct Cluster(pub(super) Arc<Shared>);

impl InOrderStage for Cluster {
    fn reads(&self) -> Option<Layers> {
        Some(super::READS)
    }

    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(Bands::new(&self.0))
    }

    fn state(&self) -> Box<dyn StageState> {
        Box::new(State::new(&self.0))
    }

    fn survey(&self) -> Option<Box<dyn Survey>> {
        let shared = Arc::clone(&self.0);
        // The number of the band, its rows, the number of the document.
        let width = 2 + 8 * shared.rows + 4;
        let limit = shared.memory.limit();
        let records = Sorter::new(width, limit - limit / 4, shared.temp.clone());
        let (record, prints, ids) = (Vec::new(), Vec::new(), Ids::default());
        Some(Box::new(Signatures { shared, records, record, prints, ids, most_ids: limit / 4 }))
    }

    fn surveyor(&self) -> Box<dyn Preparer> {
        Box::new(Surveyor(Signer::new(&self.0)))
    }

    fn holds(&self) -> Holds {
        self.0.memory.holds()
    }

    fn saves(&self) -> Option<&str> {
        self.0.save.as_deref()
    }
}

/// By what a document is known again in the second pass.
fn print(doc: &DocView<'_>) -> u64 {
    XxHash3_64::oneshot_with_seed(XxHash3_64::oneshot(doc.id.as_bytes()), doc.text.as_bytes())
}

/// The parallel half of the survey: print and signature.
struct Surveyor(Signer);

impl Preparer for Surveyor {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        key.extend_from_slice(&print(doc).to_le_bytes());
        if let Some(signature) = self.0.sign(doc) {
            key.reserve(8 * signature.len());
            signature.iter().for_each(|number| key.extend_from_slice(&number.to_be_bytes()));
        }
        Ok(())
    }
}

/// The parallel half of the run: the print.
struct Prints;

impl Preparer for Prints {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        key.extend_from_slice(&print(doc).to_le_bytes());
        Ok(())
    }
}

/// The survey.
struct Signatures {
    shared: Arc<Shared>,
    records: Sorter,
    record: Vec<u8>,
    /// Of all documents, in order.
    prints: Vec<u64>,
    ids: Ids,
    /// Bytes of ids in memory, at most.
    most_ids: usize,
}

impl Survey for Signatures {
    fn collect(&mut self, id: &str, key: &[u8]) -> Result<()> {
        let (print, signature) = key.split_first_chunk().ok_or_else(bad_journal)?;
        let Ok(number) = u32::try_from(self.prints.len()) else {
            return Err(Error::stage("dedup.size", "there are more than 2³² documents: deduplicate them in parts"));
        };
        self.prints.push(u64::from_le_bytes(*print));
        self.ids.push(id);
        if self.ids.memory() > self.most_ids {
            self.ids.spill(&self.shared.temp).map_err(disk)?;
        }
        for (band, rows) in signature.chunks_exact(8 * self.shared.rows).enumerate() {
            self.record.clear();
            self.record.extend_from_slice(&(band as u16).to_be_bytes());
            self.record.extend_from_slice(rows);
            self.record.extend_from_slice(&number.to_be_bytes());
            self.records.push(&self.record).map_err(disk)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Box<dyn InOrderStage>> {
        let Signatures { shared, records, prints, mut ids, .. } = *self;
        let mut records = records.finish();
        let mut sets = Sets::new(prints.len() as u32);
        let mut old: Vec<(u32, u64)> = Vec::new();
        let mut last: Vec<u8> = Vec::new();
        let seen = records.each(|record| {
            let (band, rows, number) = parts(record);
            match last.split_last_chunk::<4>() {
                Some((before, other)) if before == &record[..record.len() - 4] => {
                    sets.join(u32::from_be_bytes(*other), number);
                }
                // One document of those with equal bands is enough to ask for.
                _ if !shared.against.is_empty() => {
                    let key = band_key(band, rows);
                    if shared.against.get(key)?.is_some() {
                        old.push((number, key));
                    }
                }
                _ => {}
            }
            last.clear();
            last.extend_from_slice(record);
            Ok(())
        });
        seen.map_err(disk)?;
        let roots: Vec<u32> = (0..prints.len() as u32).map(|n| sets.root(n)).collect();
        // Who speaks for a cluster: a document of an earlier run, or its root.
        let mut names = BTreeMap::new();
        for (number, key) in old {
            if let (Some(id), root) = (shared.against.get(key).map_err(disk)?, roots[number as usize]) {
                names.entry(root).or_insert(Name { id, is_old: true });
            }
        }
        let wanted: BTreeSet<u32> =
            roots.iter().enumerate().filter(|(n, root)| *n as u32 != **root).map(|(_, r)| *r).collect();
        let mut number = 0;
        ids.each(|id| {
            if wanted.contains(&number) && !names.contains_key(&number) {
                names.insert(number, Name { id: id.to_owned(), is_old: false });
            }
            number += 1;
        })
        .map_err(disk)?;
        // The bands are needed once more only to be saved.
        let records = shared.save.is_some().then(|| Mutex::new((records, ids)));
        Ok(Box::new(Known(Arc::new(Corpus { shared, prints, roots, sizes: sets.sizes, names, records }))))
    }
}

/// Band, rows and document of a record.
fn parts(record: &[u8]) -> (usize, &[u8], u32) {
    let band = record.first_chunk().map_or(0, |bytes| u16::from_be_bytes(*bytes));
    let number = record.last_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
    (band.into(), &record[2..record.len() - 4], number)
}

/// Sets of documents, joined by size.
struct Sets {
    parents: Vec<u32>,
    sizes: Vec<u32>,
}

impl Sets {
    fn new(count: u32) -> Self {
        Sets { parents: (0..count).collect(), sizes: vec![1; count as usize] }
    }

    fn root(&mut self, mut n: u32) -> u32 {
        while self.parents[n as usize] != n {
            let parent = self.parents[n as usize];
            // Half the way up next time.
            self.parents[n as usize] = self.parents[parent as usize];
            n = parent;
        }
        n
    }

    /// Joins the sets of two documents. The larger set keeps its root; of equal ones that of the first.
    fn join(&mut self, a: u32, b: u32) {
        let (mut a, mut b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        if self.sizes[a as usize] < self.sizes[b as usize] {
            std::mem::swap(&mut a, &mut b);
        }
        self.parents[b as usize] = a;
        self.sizes[a as usize] += self.sizes[b as usize];
    }
}

/// Whose copies the documents of a cluster are.
struct Name {
    id: String,
    /// It is of an earlier run, so all of the cluster goes.
    is_old: bool,
}

/// What the survey found out.
struct Corpus {
    shared: Arc<Shared>,
    prints: Vec<u64>,
    /// Of each document, the one that survives.
    roots: Vec<u32>,
    /// Of each root, the size of its cluster.
    sizes: Vec<u32>,
    /// By root; not of clusters of one that are new.
    names: BTreeMap<u32, Name>,
    /// Bands and ids, where they are to be saved.
    records: Option<Mutex<(Sorted, Ids)>>,
}

/// The stage after its survey.
struct Known(Arc<Corpus>);

impl InOrderStage for Known {
    fn reads(&self) -> Option<Layers> {
        Some(super::READS)
    }

    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(Prints)
    }

    fn state(&self) -> Box<dyn StageState> {
        Box::new(Place { corpus: Arc::clone(&self.0), next: 0 })
    }

    fn saves(&self) -> Option<&str> {
        self.0.shared.save.as_deref()
    }
}

/// How far the run is: the number of the next document. That is also what a journal entry says.
struct Place {
    corpus: Arc<Corpus>,
    next: usize,
}

impl StageState for Place {
    fn decide(&mut self, _: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        let print = key.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let corpus = &*self.corpus;
        let ahead = corpus.prints[self.next..].iter().take(MOST_MISSING);
        let Some(missing) = ahead.into_iter().position(|other| *other == print) else {
            let message = "the document was not there in the survey of the corpus, or was another one";
            return Err(Error::stage("dedup.survey", message));
        };
        let number = self.next + missing;
        self.next = number + 1;
        journal.extend_from_slice(&(self.next as u64).to_le_bytes());
        let root = corpus.roots[number];
        out.score(corpus.shared.size, f64::from(corpus.sizes[root as usize]));
        match corpus.names.get(&root) {
            Some(name) if name.is_old || root as usize != number => out.duplicate_of(&name.id),
            _ => {}
        }
        Ok(())
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        let next = journal.first_chunk().map(|bytes| u64::from_le_bytes(*bytes) as usize);
        self.next = next.filter(|next| *next <= self.corpus.prints.len()).ok_or_else(bad_journal)?;
        Ok(())
    }

    /// Every band that was seen, for the document that its cluster goes by.
    fn save(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let Corpus { shared, roots, names, records, .. } = &*self.corpus;
        let Some(records) = records else { return Err(io::ErrorKind::Unsupported.into()) };
        let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
        let (records, ids) = &mut *records;
        let mut seen = Seen::new(shared.memory.limit(), shared.temp.clone());
        // The ids of survivors, in input order.
        let mut places = vec![u64::MAX; roots.len()];
        let mut number = 0;
        ids.each(|id| {
            if roots[number] as usize == number {
                places[number] = seen.ids.push(names.get(&roots[number]).map_or(id, |name| &name.id));
            }
            number += 1;
        })?;
        let mut last = None;
        records.each(|record| {
            let (band, rows, number) = parts(record);
            let key = band_key(band, rows);
            if last.replace(key) != Some(key) && seen.index.get(key)?.is_none() {
                seen.make_room(1)?;
                seen.index.insert(key, places[roots[number as usize] as usize]);
            }
            Ok(())
        })?;
        saved::save(&mut seen, &shared.header, out)
    }
}
