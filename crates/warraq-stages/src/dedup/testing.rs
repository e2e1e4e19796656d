//! A stage of this family with its state, for tests: documents in, their fates out.

use crate::dedup::key::ByIdentity;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use std::io::{self, Cursor};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, Document, InOrderStage, Labels, Layer, Layers, MemoryResources, OptionError,
    Preparer, Scratch, Services, StageState, Verdict,
};

type Build = fn(Value, &mut BuildContext<'_>) -> Result<Built, OptionError>;

/// Files in memory in the place of temporary ones.
struct Files;

impl Services for Files {
    fn log(&self, _: warraq_core::LogLevel, _: &str, _: &str) {}

    fn cancelled(&self) -> bool {
        false
    }

    fn scratch(&self, _: Option<&str>) -> io::Result<Box<dyn Scratch>> {
        Ok(Box::new(Cursor::new(Vec::new())))
    }
}

/// What became of a document.
#[derive(Debug, PartialEq)]
pub(super) struct Shown {
    /// `kept`, the reason it was dropped for, or `= ` and the id of the one it repeats.
    pub(super) fate: String,
    pub(super) text: String,
    pub(super) scores: Vec<f64>,
}

/// A stage at work. Documents are called `d0`, `d1` and so on.
pub(super) struct Bench {
    labels: Labels,
    pub(super) stage: Box<dyn InOrderStage>,
    preparer: Box<dyn Preparer>,
    state: Box<dyn StageState>,
    number: usize,
    journal: Vec<Vec<u8>>,
}

impl Bench {
    pub(super) fn new(build: Build, options: Value) -> Self {
        Self::with(build, options, &[])
    }

    /// With files at hand.
    pub(super) fn with(build: Build, options: Value, files: &[(&str, &[u8])]) -> Self {
        let labels = Labels::new();
        let stage = built(build, options, files, &labels).unwrap_or_else(|e| panic!("{e}"));
        Bench { preparer: stage.preparer(), state: stage.state(), labels, stage, number: 0, journal: Vec::new() }
    }

    /// Why the stage cannot be built.
    pub(super) fn refused(build: Build, options: Value, files: &[(&str, &[u8])]) -> String {
        built(build, options, files, &Labels::new()).err().expect("it is refused").to_string()
    }

    /// The next document.
    pub(super) fn show(&mut self, text: &str) -> Shown {
        let mut doc = Document::with_text(&format!("d{}", self.number), text);
        self.number += 1;
        let (mut key, mut changes, mut entry) = (Vec::new(), Changes::new(), Vec::new());
        self.preparer.prepare(&doc.view(), &mut key).unwrap();
        self.state.decide(&doc.view(), &key, &mut changes, &mut entry).unwrap();
        doc.apply(&mut changes, 0, Layers::of(&[Layer::Text, Layer::Scores, Layer::Verdict])).unwrap();
        self.journal.push(entry);
        let fate = match doc.verdict() {
            Verdict::Keep => "kept".into(),
            Verdict::Dropped { reason, .. } => self.labels.name(*reason).to_string(),
            Verdict::Duplicate { kept_id, .. } => format!("= {kept_id}"),
        };
        Shown { fate, text: doc.text().into(), scores: doc.scores().iter().map(|s| s.value).collect() }
    }

    /// Has the stage look at the corpus, as the engine does, and goes on as what comes of that.
    pub(super) fn survey(mut self, texts: &[&str]) -> Self {
        let mut survey = self.stage.survey().expect("it surveys");
        let mut surveyor = self.stage.surveyor();
        for (n, text) in texts.iter().enumerate() {
            let doc = Document::with_text(&format!("d{n}"), text);
            let mut key = Vec::new();
            surveyor.prepare(&doc.view(), &mut key).unwrap();
            survey.collect(doc.id(), &key).unwrap();
        }
        self.stage = survey.finish().unwrap();
        (self.preparer, self.state) = (self.stage.preparer(), self.stage.state());
        self
    }

    /// What is saved.
    pub(super) fn save(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.state.save(&mut bytes).unwrap();
        bytes
    }
}

fn built(
    build: Build,
    options: Value,
    files: &[(&str, &[u8])],
    labels: &Labels,
) -> Result<Box<dyn InOrderStage>, OptionError> {
    let mut resources = files.iter().fold(MemoryResources::new(), |all, (name, bytes)| all.with(name, bytes));
    let mut cx = BuildContext { services: Arc::new(Files), ..BuildContext::new("dedup", labels, &mut resources) };
    match build(options, &mut cx)? {
        Built::InOrder(stage) => Ok(stage),
        other => panic!("{other:?}"),
    }
}

fn with(options: &Value, name: &str, value: Value) -> Value {
    let mut options = options.clone();
    options[name] = value;
    options
}

/// Holds the decisions about `count` documents equal: with all in memory, with next to nothing in memory, after a journal
/// was replayed, and, for documents a later run repeats, with what an earlier one saved.
pub(super) fn decisions_are_one<'t>(build: Build, options: &Value, count: usize, text: impl Fn(usize) -> &'t str) {
    let mut memory = Bench::new(build, options.clone());
    let expected: Vec<Shown> = (0..count).map(|n| memory.show(text(n))).collect();
    assert!(expected.iter().any(|shown| shown.fate != "kept" || shown.scores.iter().any(|s| *s > 0.0)), "some repeat");

    for limit in ["1B", "2kB", "20kB"] {
        let mut disk = Bench::new(build, with(options, "memory", limit.into()));
        (0..count).for_each(|n| assert_eq!(disk.show(text(n)), expected[n], "document {n} with {limit}"));
        assert!(disk.save() == memory.save(), "{limit}: what is saved is the same");
    }
    for cut in [0, 1, count / 2, count - 1] {
        let mut replayed = Bench::new(build, options.clone());
        memory.journal[..cut].iter().filter(|e| !e.is_empty()).for_each(|e| replayed.state.replay(e).unwrap());
        replayed.number = cut;
        (cut..count).for_each(|n| assert_eq!(replayed.show(text(n)), expected[n], "document {n}, cut at {cut}"));
    }
    for damaged in [&[][..], &[1], &[0xff; 9]] {
        assert!(Bench::new(build, options.clone()).state.replay(damaged).is_err(), "{damaged:?} is no journal");
    }
    let saved = memory.save();
    let mut later = Bench::with(build, with(options, "against", serde_json::json!(["old"])), &[("old", &saved)]);
    for (n, first) in expected.iter().enumerate() {
        let shown = later.show(text(n));
        assert!(shown.fate != "kept" || shown.text.is_empty(), "document {n} was there: {shown:?}");
        if first.fate.starts_with('=') {
            assert_eq!(shown.fate, first.fate, "document {n} is named as it was");
        }
    }
}

/// An index on disk answers as a map does, whatever is asked in whatever order.
#[test]
fn an_index_is_a_map() {
    use super::index::Index;
    let temp = super::Temp { services: Arc::new(Files), folder: None };
    let steps = proptest::collection::vec((0u64..400, proptest::bool::weighted(0.05)), 0..800);
    let mut runner = TestRunner::new(Config::with_cases(64));
    let law = |steps: Vec<(u64, bool)>| {
        let (mut index, mut map) = (Index::new(), std::collections::HashMap::with_hasher(ByIdentity::default()));
        for (n, (key, spill)) in steps.into_iter().enumerate() {
            let key = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            assert_eq!(index.get(key).unwrap(), map.get(&key).copied());
            if let std::collections::hash_map::Entry::Vacant(entry) = map.entry(key) {
                entry.insert(n as u64);
                index.insert(key, n as u64);
            }
            if spill {
                index.spill(&temp).unwrap();
            }
        }
        let mut pairs = Vec::new();
        index
            .each(|key, value| {
                pairs.push((key, value));
                Ok(())
            })
            .unwrap();
        let mut expected: Vec<(u64, u64)> = map.into_iter().collect();
        expected.sort_unstable();
        assert_eq!((pairs, index.len()), (expected.clone(), expected.len() as u64));
        Ok(())
    };
    runner.run(&steps, law).unwrap();
}

/// Records come out sorted, however few fit in memory, and more than once.
#[test]
fn a_sorter_sorts() {
    use super::sorter::Sorter;
    let temp = super::Temp { services: Arc::new(Files), folder: None };
    let records = proptest::collection::vec(proptest::array::uniform3(0u8..5), 0..300);
    let mut runner = TestRunner::new(Config::with_cases(64));
    let law = |(records, limit): (Vec<[u8; 3]>, usize)| {
        let mut sorter = Sorter::new(3, limit, temp.clone());
        records.iter().for_each(|record| sorter.push(record).unwrap());
        let mut sorted = sorter.finish();
        let mut expected = records;
        expected.sort_unstable();
        for _ in 0..2 {
            let mut found = Vec::new();
            sorted
                .each(|record| {
                    found.push(record.to_vec());
                    Ok(())
                })
                .unwrap();
            assert_eq!(found, expected);
        }
        Ok(())
    };
    runner.run(&(records, 0usize..2000), law).unwrap();
}
