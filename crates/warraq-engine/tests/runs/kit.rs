//! A small world for the engine: formats of one line per document, and stages that misbehave when the text says so.
//!
//! A document's text is its line. Words in it are orders: `!process` makes `test.mark` panic, `?decide` makes `test.dedup`
//! fail while deciding, and so on; see each stage.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Once};
use std::time::Duration;
use tempfile::TempDir;
use warraq_core::*;
use warraq_engine::config;
use warraq_engine::diagnostic::{Files, render};
use warraq_engine::plan::{self, Overrides, Plan};
use warraq_engine::run::{self, Cancel, Observer, Outcome, RunOptions};

/// A pipeline of test stages in a folder of its own.
pub(crate) struct World {
    folder: TempDir,
    overrides: Overrides,
    limit: Option<u64>,
    source: &'static str,
}

/// What a run left.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    /// The export, if it was published.
    pub(crate) export: Option<String>,
    pub(crate) rejects: Vec<Value>,
    /// Files in the output folder, by name.
    pub(crate) files: Vec<String>,
}

impl Ran {
    /// The texts of the exported documents, between header and footer.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let export = self.export.as_deref().expect("the run published its export");
        let lines = export.strip_prefix("head\n").and_then(|rest| rest.strip_suffix("foot\n")).expect("head and foot");
        lines.lines().map(|line| line.split('\t').nth(1).unwrap()).collect()
    }

    /// Of each reject: id, verdict, stage, reason.
    pub(crate) fn fates(&self) -> Vec<[&str; 4]> {
        self.rejects
            .iter()
            .map(|r| ["id", "verdict", "stage", "reason"].map(|k| r[k].as_str().unwrap_or("-")))
            .collect()
    }
}

impl World {
    /// A folder with these inputs, read in the order of their names.
    pub(crate) fn new(inputs: &[(&str, &str)]) -> Self {
        quiet_panics();
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in inputs {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        World {
            folder,
            overrides: Overrides { threads: Some(2), ..Overrides::default() },
            limit: None,
            source: "lines",
        }
    }

    pub(crate) fn threads(mut self, threads: usize, window: u64) -> Self {
        self.overrides.threads = Some(threads);
        self.overrides.window = Some(window);
        self
    }

    pub(crate) fn limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Reads the inputs with another format than `lines`.
    pub(crate) fn source(mut self, format: &'static str) -> Self {
        self.source = format;
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Compiles a pipeline of these stages over all `*.in` files.
    pub(crate) fn plan(&self, stages: &str) -> Arc<Plan> {
        let text = format!(
            "warraq = 1\n{stages}\n[[source]]\nuse = \"{}\"\npaths = [\"*.in\"]\n[[export]]\nuse = \"lines\"\npath = \"out/all.txt\"\n",
            self.source
        );
        let (mut files, path) = (Files::new(), self.path("pipeline.toml"));
        let (spec, mut diagnostics) = config::load(&mut files, "pipeline.toml", &text, &[]);
        let plan = plan::compile(&spec.unwrap(), &path, &registry(), &self.overrides, &mut diagnostics);
        Arc::new(plan.unwrap_or_else(|| panic!("{}", render(&diagnostics, &files, false))))
    }

    pub(crate) fn run(&self, stages: &str) -> Ran {
        self.run_observed(stages, &Cancel::new(), &mut ())
    }

    pub(crate) fn run_observed(&self, stages: &str, cancel: &Cancel, observer: &mut dyn Observer) -> Ran {
        let outcome = run::run(&self.plan(stages), &RunOptions { limit: self.limit }, cancel, observer);
        let read = |name: &str| std::fs::read_to_string(self.path("out").join(name)).ok();
        let rejects = read("rejects.jsonl").unwrap_or_default();
        let mut files: Vec<String> = match std::fs::read_dir(self.path("out")) {
            Ok(entries) => entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect(),
            Err(_) => Vec::new(),
        };
        files.sort();
        Ran {
            outcome,
            export: read("all.txt"),
            rejects: rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            files,
        }
    }
}

/// Panics on worker threads are what these tests are about; their messages would only hide others.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str().is_none_or(|text| !text.starts_with("on purpose")) {
                usual(panic);
            }
        }));
    });
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    let (none, text, verdict) = (Layers::NONE, Layers::of(&[Layer::Text]), Layers::of(&[Layer::Verdict]));
    let lie: Build = |_, cx| Ok(Built::parallel(Liar { label: cx.labels.intern("lie") }));
    for stage in [
        stage("test.mark", text, Order::Parallel, |_, _| Ok(Built::parallel(Mark))),
        stage("test.liar", text, Order::Parallel, lie),
        stage("test.still-born", none, Order::Parallel, |_, _| Ok(Built::parallel(StillBorn))),
        stage("test.slow", none, Order::Parallel, |_, _| Ok(Built::parallel(Slow))),
        stage("test.dedup", verdict, Order::InOrder, |_, _| Ok(Built::in_order(Dedup))),
        stage("test.number", text, Order::InOrder, |_, _| Ok(Built::in_order(Number))),
    ] {
        registry.add_stage(stage).unwrap();
    }
    for (name, build) in
        [("lines", (|_, _| Ok(Box::new(Lines))) as BuildSource), ("unreadable", |_, _| Ok(Box::new(Unreadable)))]
    {
        let export = ExportDef { schema: json!({}), build: |_, _| Ok(Box::new(Lines)) };
        let source = Some(SourceDef { schema: json!({}), build });
        let (summary, manual, extensions) = ("", "", &[][..]);
        registry.add_format(FormatDef { name, summary, manual, extensions, source, export: Some(export) }).unwrap();
    }
    registry
}

type Build = fn(Value, &mut BuildContext<'_>) -> std::result::Result<Built, OptionError>;

fn stage(name: &'static str, writes: Layers, order: Order, build: Build) -> StageDef {
    let info = StageInfo {
        name: name.into(),
        summary: "for tests".into(),
        manual: "".into(),
        reads: Layers::of(&[Layer::Text]),
        writes,
        order,
        schema: json!({ "type": "object", "properties": {}, "additionalProperties": false }),
        examples: Vec::new(),
    };
    StageDef { info, build }
}

/// Carries out the orders `!who` (panic) and `?who` (fail) that a text gives.
fn obey(who: &str, text: &str) -> Result<()> {
    for word in text.split(' ') {
        match (word.strip_prefix('!'), word.strip_prefix('?')) {
            (Some(name), _) if name == who => panic!("on purpose, in {who}"),
            (_, Some(name)) if name == who => {
                return Err(Error::stage("test.asked", format!("{who} was asked to fail")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// A line is a document; on the way out, `id TAB text`.
struct Lines;

impl SourceFormat for Lines {
    fn framing(&self) -> Framing {
        Framing::Lines
    }
    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Lines)
    }
}

impl Decoder for Lines {
    fn decode(&mut self, record: &Record<'_>, doc: &mut Document) -> Result<()> {
        let text = std::str::from_utf8(record.bytes).map_err(|e| Error::decode("utf8", e.to_string()))?;
        obey("decode", text)?;
        let mut id = String::new();
        record.write_default_id(&mut id);
        doc.set_id(&id);
        doc.text_mut().push_str(text);
        Ok(())
    }
}

impl ExportFormat for Lines {
    fn encoder(&self) -> Box<dyn Encoder> {
        Box::new(Lines)
    }
    fn header(&self) -> Vec<u8> {
        b"head\n".into()
    }
    fn footer(&self) -> Vec<u8> {
        b"foot\n".into()
    }
}

impl Encoder for Lines {
    fn encode(&mut self, doc: &Document, _: &mut EncodeContext<'_>, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(doc.id().as_bytes());
        // Half a record is out when this fails: the engine has to cut it off.
        obey("encode", doc.text())?;
        out.extend_from_slice(format!("\t{}\n", doc.text()).as_bytes());
        Ok(())
    }
}

/// A format that panics when an input is opened.
struct Unreadable;

impl SourceFormat for Unreadable {
    fn framing(&self) -> Framing {
        Framing::Lines
    }
    fn reader(&self, _: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        panic!("on purpose, opening")
    }
    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Lines)
    }
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
