//! Stages that do little and misbehave when they are told to.

use super::{Told, obey};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use warraq_core::*;

pub(super) fn register(registry: &mut Registry, told: &Told) {
    let (none, text, verdict) = (Layers::NONE, Layers::of(&[Layer::Text]), Layers::of(&[Layer::Verdict]));
    let told = Arc::clone(told);
    let index_told = Arc::clone(&told);
    for stage in [
        stage("test.mark", text, Order::Parallel, |_, _| Ok(Built::parallel(Mark))),
        stage("test.batch", text, Order::Parallel, move |options, _| {
            let told = Arc::clone(&told);
            Ok(Built::Batch(Box::new(Batch { told, made: AtomicU64::new(0), options })))
        }),
        stage("test.liar", text, Order::Parallel, |_, cx| Ok(Built::parallel(Liar { label: cx.labels.intern("lie") }))),
        stage("test.still-born", none, Order::Parallel, |_, _| Ok(Built::parallel(StillBorn))),
        stage("test.slow", none, Order::Parallel, |_, _| Ok(Built::parallel(Slow))),
        stage("test.grow", text, Order::Parallel, |_, _| Ok(Built::parallel(Grow))),
        stage("test.talker", none, Order::Parallel, |_, cx| {
            cx.services.log(LogLevel::Info, cx.name, "built");
            Ok(Built::parallel(Talker { name: cx.name.into(), services: Arc::clone(&cx.services) }))
        }),
        stage("test.dedup", verdict, Order::InOrder, |_, _| Ok(Built::in_order(Dedup))),
        stage("test.index", none, Order::InOrder, move |_, cx| {
            let (told, name, services) = (Arc::clone(&index_told), cx.name.to_owned(), Arc::clone(&cx.services));
            Ok(Built::in_order(Index { told, name, services }))
        }),
        stage("test.share", text, Order::InOrder, |options, _| {
            Ok(Built::in_order(Share { corpus: None, saves: options["saves"].as_str().map(Into::into) }))
        }),
        stage("test.number", text, Order::InOrder, |_, _| Ok(Built::in_order(Number))),
    ] {
        registry.add_stage(stage).unwrap();
    }
}

fn stage(
    name: &'static str,
    writes: Layers,
    order: Order,
    build: impl Fn(Value, &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> + Send + Sync + 'static,
) -> StageDef {
    let info = StageInfo {
        name: name.into(),
        summary: "for tests".into(),
        manual: "".into(),
        reads: Layers::of(&[Layer::Text]),
        writes,
        order,
        schema: json!({ "type": "object" }),
        examples: Vec::new(),
    };
    StageDef { info, build: Box::new(build) }
}

/// Appends a full stop to every text. Its worker counts documents and must not survive a panic.
struct Mark;

impl Stage for Mark {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(MarkWorker { broken: false })
    }
}

struct MarkWorker {
    broken: bool,
}

impl Worker for MarkWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        assert!(!self.broken, "a worker is not used again after a panic");
        out.replace(doc.text.len()..doc.text.len(), ".");
        self.broken = true;
        let result = obey("process", doc.text);
        self.broken = false;
        result
    }
}

/// Says it writes text and writes a score.
struct Liar {
    label: LabelId,
}

impl Stage for Liar {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(Liar { label: self.label })
    }
}

impl Worker for Liar {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        if doc.text.contains("lie") {
            out.score(self.label, 1.0);
        }
        Ok(())
    }
}

/// A stage whose workers cannot be made.
struct StillBorn;

impl Stage for StillBorn {
    fn worker(&self) -> Box<dyn Worker> {
        panic!("on purpose, being born")
    }
}

/// Takes longer for some documents than for others, so that chunks finish out of order.
struct Slow;

impl Stage for Slow {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(Slow)
    }
}

impl Worker for Slow {
    fn process(&mut self, doc: &DocView<'_>, _: &mut Changes) -> Result<()> {
        if doc.text.starts_with("slow") {
            std::thread::sleep(Duration::from_millis(4));
        }
        Ok(())
    }
}

/// Tells how much memory its state is given.
struct Index {
    told: Told,
    name: String,
    services: Arc<dyn Services>,
}

impl InOrderStage for Index {
    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(DedupPreparer)
    }

    fn state(&self) -> Box<dyn StageState> {
        self.told.lock().unwrap().push(format!("{}: {:?}", self.name, self.services.index_memory()));
        Box::new(Known::default())
    }

    fn holds(&self) -> Holds {
        Holds::Share
    }
}

/// Drops exact repetitions of a text.
pub(crate) struct Dedup;

struct DedupPreparer;

/// Text to the id of the document that had it first.
#[derive(Default)]
struct Known(HashMap<Vec<u8>, String>);

impl InOrderStage for Dedup {
    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(DedupPreparer)
    }
    fn state(&self) -> Box<dyn StageState> {
        Box::new(Known::default())
    }
}

impl Preparer for DedupPreparer {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        key.extend_from_slice(doc.text.as_bytes());
        obey("prepare", doc.text)
    }
}

impl StageState for Known {
    fn decide(&mut self, doc: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        obey("decide", doc.text)?;
        if let Some(kept) = self.0.get(key) {
            out.duplicate_of(kept);
            return Ok(());
        }
        self.0.insert(key.into(), doc.id.into());
        journal.extend_from_slice(doc.id.as_bytes());
        journal.push(0);
        journal.extend_from_slice(key);
        Ok(())
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        let bad = || Error::stage("journal", "no such entry was written");
        let cut = journal.iter().position(|&b| b == 0).ok_or_else(bad)?;
        let id = std::str::from_utf8(&journal[..cut]).map_err(|_| bad())?;
        self.0.insert(journal[cut + 1..].into(), id.into());
        Ok(())
    }
}

/// Puts a document's place among those that get here in front of its text.
struct Number;

impl InOrderStage for Number {
    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(NoKey)
    }
    fn state(&self) -> Box<dyn StageState> {
        Box::new(Count(0))
    }
}

struct NoKey;

impl Preparer for NoKey {
    fn prepare(&mut self, _: &DocView<'_>, _: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }
}

struct Count(u64);

impl StageState for Count {
    fn decide(&mut self, _: &DocView<'_>, _: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        self.0 += 1;
        out.replace(0..0, &format!("{}: ", self.0));
        journal.push(1);
        Ok(())
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        self.0 += journal.len() as u64;
        Ok(())
    }
}

/// Puts in front of a text how many documents of the corpus have it, which takes a survey; saves all texts.
#[derive(Clone)]
struct Share {
    corpus: Option<Arc<BTreeMap<Vec<u8>, u64>>>,
    saves: Option<String>,
}

impl InOrderStage for Share {
    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(DedupPreparer)
    }
    fn state(&self) -> Box<dyn StageState> {
        Box::new(self.clone())
    }
    fn survey(&self) -> Option<Box<dyn Survey>> {
        let saves = self.saves.clone();
        self.corpus.is_none().then(|| Box::new(ShareSurvey { texts: BTreeMap::new(), saves }) as Box<dyn Survey>)
    }
    fn saves(&self) -> Option<&str> {
        self.saves.as_deref()
    }
}

struct ShareSurvey {
    texts: BTreeMap<Vec<u8>, u64>,
    saves: Option<String>,
}

impl Survey for ShareSurvey {
    fn collect(&mut self, _: &str, key: &[u8]) -> Result<()> {
        obey("collect", &String::from_utf8_lossy(key))?;
        *self.texts.entry(key.into()).or_default() += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Box<dyn InOrderStage>> {
        Ok(Box::new(Share { corpus: Some(Arc::new(self.texts)), saves: self.saves }))
    }
}

impl StageState for Share {
    fn decide(&mut self, _: &DocView<'_>, key: &[u8], out: &mut Changes, _: &mut Vec<u8>) -> Result<()> {
        let share = self.corpus.as_ref().map_or(0, |corpus| corpus[key]);
        out.replace(0..0, &format!("{share} "));
        Ok(())
    }

    fn replay(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn save(&mut self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let corpus = self.corpus.iter().flat_map(|corpus| corpus.iter());
        corpus.into_iter().try_for_each(|(text, n)| writeln!(out, "{n} {}", String::from_utf8_lossy(text)))
    }
}

/// As [`Mark`], in groups of at most `size`. The first `unmakeable` workers cannot be made, the next `still_born` ones panic.
/// Tells how large its groups were.
struct Batch {
    told: Told,
    made: AtomicU64,
    options: Value,
}

impl BatchStage for Batch {
    fn batch(&self) -> usize {
        self.options["size"].as_u64().unwrap_or(3) as usize
    }
    fn worker(&self) -> Result<Box<dyn BatchWorker>> {
        let number = |name: &str| self.options[name].as_u64().unwrap_or(0);
        let made = self.made.fetch_add(1, Ordering::Relaxed);
        if made < number("unmakeable") {
            let error = Error::stage("test.unmakeable", format!("worker {made} cannot be made"));
            return Err(error.because(std::io::Error::other("no such program")));
        }
        assert!(made >= number("unmakeable") + number("still_born"), "on purpose, being made");
        Ok(Box::new(BatchMark { told: Arc::clone(&self.told), worker: MarkWorker { broken: false } }))
    }
}

struct BatchMark {
    told: Told,
    worker: MarkWorker,
}

impl BatchWorker for BatchMark {
    fn process(&mut self, docs: &[DocView<'_>], out: &mut [Changes], results: &mut [Result<()>]) {
        assert!(docs.len() == out.len() && docs.len() == results.len() && results.iter().all(Result::is_ok));
        self.told.lock().unwrap().push(docs.len().to_string());
        for ((doc, out), result) in docs.iter().zip(out).zip(results) {
            assert!(out.is_empty(), "changes of another document are left");
            *result = self.worker.process(doc, out);
        }
    }
}

/// Makes a text `grow N` larger by N mebibytes.
struct Grow;

impl Stage for Grow {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(Grow)
    }
}

impl Worker for Grow {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        if let Some(mebibytes) = doc.text.strip_prefix("grow ").and_then(|n| n.parse::<usize>().ok()) {
            out.replace(doc.text.len()..doc.text.len(), &"x".repeat(mebibytes << 20));
        }
        Ok(())
    }
}

/// Says what it does, and waits with a text `wait` until the run is to end.
struct Talker {
    name: String,
    services: Arc<dyn Services>,
}

impl Stage for Talker {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(Talker { name: self.name.clone(), services: Arc::clone(&self.services) })
    }
}

impl Worker for Talker {
    fn process(&mut self, doc: &DocView<'_>, _: &mut Changes) -> Result<()> {
        self.services.log(LogLevel::Warning, &self.name, doc.text);
        let started = Instant::now();
        while doc.text == "wait" && !self.services.cancelled() {
            assert!(started.elapsed().as_secs() < 20, "nobody cancels");
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}
