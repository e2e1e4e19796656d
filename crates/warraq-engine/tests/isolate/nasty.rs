//! The stages of the plugin that is in this program: some that show all they see or write all they can, and some that die.

use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Error, InOrderStage, LabelId, Labels, Layer, Layers, LogLevel, OptionError,
    Order, Preparer, Result, Sentence, Services, Span, Stage, StageDef, StageInfo, StageState, Token, TokenKind, Word,
    Worker, parse_options,
};

/// Does as the text says.
fn obey(text: &str) -> Result<()> {
    match text {
        // SAFETY: not at all.
        "segv" => unsafe { black_box(std::ptr::null_mut::<u8>()).write_volatile(1) },
        "abort" => std::process::abort(),
        "overflow" => _ = black_box(dig(1)),
        "exit" => std::process::exit(0),
        "exit 3" => std::process::exit(3),
        "loop" => loop {
            std::thread::sleep(std::time::Duration::from_secs(1));
        },
        "spin" => loop {
            std::hint::spin_loop();
        },
        "alloc" => _ = black_box(vec![1u8; 10 << 30]),
        "print" => println!("the plugin says this"),
        "read" => _ = std::io::stdin().read_line(&mut String::new()),
        "panic" => panic!("the plugin panics"),
        "fail" => return Err(Error::stage("test.reason", "the stage gave up")),
        "scribble" => scribble(),
        _ => {
            if let Some(path) = text.strip_prefix("pid ") {
                std::fs::write(format!("{path}.part"), std::process::id().to_string()).unwrap();
                std::fs::rename(format!("{path}.part"), path).unwrap();
                return obey("spin");
            }
            if let Some(path) = text.strip_prefix("die when ").map(std::path::PathBuf::from) {
                _ = std::thread::spawn(move || {
                    while !path.exists() {
                        std::thread::sleep(std::time::Duration::from_millis(2));
                    }
                    std::process::abort();
                });
            }
        }
    }
    Ok(())
}

fn dig(n: u64) -> u64 {
    let page = black_box([n; 512]);
    if n == 0 { 0 } else { dig(n + 1) + page[17] }
}

/// Writes nonsense to whatever sockets there are.
fn scribble() {
    use std::io::Write;
    for fd in 3..64 {
        let target = std::fs::read_link(format!("/proc/self/fd/{fd}")).unwrap_or_default();
        if target.to_string_lossy().starts_with("socket:") {
            // SAFETY: the descriptor is open, and not closed here.
            let mut file =
                std::mem::ManuallyDrop::new(unsafe { <std::fs::File as std::os::fd::FromRawFd>::from_raw_fd(fd) });
            let _ = file.write_all(&[0xff; 100]);
        }
    }
}

fn info(name: &'static str, reads: &[Layer], writes: &[Layer], order: Order) -> StageInfo {
    StageInfo {
        name: name.into(),
        summary: "For tests.".into(),
        manual: "".into(),
        reads: Layers::of(reads),
        writes: Layers::of(writes),
        order,
        schema: json!({ "type": "object" }),
        examples: Vec::new(),
    }
}

/// What a stage does with a document.
type Process = Box<dyn Fn(&DocView<'_>, &mut Changes) -> Result<()> + Send + Sync>;

fn simple(info: StageInfo, make: fn(&Labels) -> Process) -> StageDef {
    StageDef { info, build: Box::new(move |_, cx| Ok(Built::parallel(Simple { labels: cx.labels.clone(), make }))) }
}

struct Simple {
    labels: Labels,
    make: fn(&Labels) -> Process,
}

impl Stage for Simple {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(SimpleWorker((self.make)(&self.labels)))
    }
}

struct SimpleWorker(Process);

impl Worker for SimpleWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        (self.0)(doc, out)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    /// What to do when the stage is built.
    create: String,
    /// A file to be read.
    file: Option<String>,
    /// Die in `create` if this file exists, and make it.
    once: Option<std::path::PathBuf>,
}

/// Obeys, and sets the language to the text's first word and a score that is named after the text.
pub(crate) fn dies() -> StageDef {
    StageDef {
        info: info("dies", &[Layer::Text], &[Layer::Lang, Layer::Scores, Layer::Meta], Order::Parallel),
        build: Box::new(|options, cx| {
            let options: Options = parse_options(options)?;
            match options.create.as_str() {
                "refuse" => {
                    return Err(OptionError::new("create", "it does not want to").help("ask it nicely"));
                }
                "log" => cx.services.log(LogLevel::Warning, "", "built with a warning"),
                what => obey(what).map_err(|e| OptionError::new("create", e.message))?,
            }
            if let Some(path) = options.once {
                if path.exists() {
                    std::process::exit(7);
                }
                std::fs::write(path, "").unwrap();
            }
            let file = options.file.map(|path| file(&path, cx)).transpose()?;
            Ok(Built::parallel(Dies { labels: cx.labels.clone(), services: Arc::clone(&cx.services), file }))
        }),
    }
}

fn file(path: &str, cx: &mut BuildContext<'_>) -> std::result::Result<usize, OptionError> {
    let resource = cx.resources.read(path).map_err(|e| OptionError::new("file", e.to_string()))?;
    Ok(resource.bytes.len())
}

struct Dies {
    labels: Labels,
    services: Arc<dyn Services>,
    file: Option<usize>,
}

impl Stage for Dies {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(DiesWorker { labels: self.labels.clone(), services: Arc::clone(&self.services), file: self.file })
    }
}

struct DiesWorker {
    labels: Labels,
    services: Arc<dyn Services>,
    file: Option<usize>,
}

impl Worker for DiesWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        if let Some(message) = doc.text.strip_prefix("log ") {
            self.services.log(LogLevel::Info, "", message);
        }
        obey(doc.text)?;
        out.score(self.labels.intern(&format!("test.{}", doc.text)), doc.text.len() as f64);
        if doc.text.starts_with("die when") || doc.text == "fine" {
            out.meta("pid", &std::process::id().to_string());
        }
        if let Some(file) = self.file {
            out.meta("file", &file.to_string());
        }
        out.lang(doc.text.split(' ').next().unwrap_or_default());
        Ok(())
    }
}

/// Shows all it sees.
pub(crate) fn mirror() -> StageDef {
    simple(info("mirror", &Layer::ALL[..9], &[Layer::Meta], Order::Parallel), |labels| {
        let labels = labels.clone();
        Box::new(move |doc, out| {
            let name = |id: LabelId| labels.name(id).to_string();
            let spans: Vec<_> =
                doc.spans.iter().map(|s| (s.start, s.end, name(s.label), s.score.to_bits(), name(s.source))).collect();
            let columns: Vec<_> = doc
                .columns
                .iter()
                .map(|c| (name(c.name), c.layer, c.cells.iter().map(|cell| cell.get(doc.forms)).collect::<Vec<_>>()))
                .collect();
            let scores: Vec<_> = doc.scores.iter().map(|s| (name(s.name), s.value)).collect();
            let meta: Vec<_> = doc.meta.iter().collect();
            let seen = format!(
                "{:?}",
                (doc.id, doc.text, doc.lang, meta, doc.tokens, doc.words, doc.sentences, (spans, columns, scores))
            );
            out.meta("seen", &serde_json::to_string(&seen).unwrap());
            Ok(())
        })
    })
}

/// Writes all it can, or what the text asks for.
pub(crate) fn writer() -> StageDef {
    simple(info("writer", &[Layer::Text], &Layer::ALL, Order::Parallel), |labels| {
        let labels = labels.clone();
        Box::new(move |doc, out| {
            let label = |name: &str| labels.intern(name);
            let len = doc.text.len();
            match doc.text {
                "rebase" => out.rebase("بدل".into()),
                "empty" => {
                    out.tokens();
                    out.words();
                    out.sentences();
                    out.clear_spans();
                }
                "drop" => out.drop_document(label("test.dropped"), "so be it"),
                "duplicate" => out.duplicate_of("the other"),
                "outside" => out.replace(0..len + 1, ""),
                "order" => {
                    out.replace(3..4, "x");
                    out.replace(0..1, "y");
                }
                _ => {
                    out.replace(0..0, "»");
                    out.replace_labelled(0..1, "ب", label("letter"), Some(label("because")));
                    out.remove(2..3, label(&format!("gone from {}", doc.id)));
                    let (start, end) = (0, len as u32);
                    out.tokens().extend([
                        Token { start, end: 1, kind: TokenKind::Emoji },
                        Token { start: 1, end, kind: TokenKind::Url },
                    ]);
                    out.words().push(Word { token: 1, start: 1, end });
                    out.sentences().push(Sentence { start, end });
                    out.clear_spans();
                    let source = label("stage");
                    out.spans().push(Span { start, end, label: label("LOC"), score: f32::NAN, source });
                    out.spans().push(Span { start: 1, end, label: label(doc.id), score: 0.25, source });
                    let mut column = out.column(Layer::Tokens, label("lemma"));
                    column.push(Some("سيارة"));
                    column.push(None);
                    out.column(Layer::Words, label("stem")).push(Some(""));
                    out.meta("field", "12345678901234567890");
                    out.meta("other", "{\"a\": [1.50]}");
                    out.score(label("test.score"), -0.1);
                    out.lang("ar-TN");
                }
            }
            Ok(())
        })
    })
}

/// Counts the documents that its only worker has seen.
pub(crate) fn counts() -> StageDef {
    simple(info("counts", &[Layer::Text], &[Layer::Scores], Order::Parallel), |labels| {
        let (name, count) = (labels.intern("test.count"), AtomicU64::new(0));
        Box::new(move |_, out| {
            out.score(name, count.fetch_add(1, Ordering::Relaxed) as f64);
            Ok(())
        })
    })
}

/// Drops a text that has been seen before, and gives the others a number; obeys as well, in either half.
pub(crate) fn seen() -> StageDef {
    StageDef {
        info: info("seen", &[Layer::Text], &[Layer::Verdict, Layer::Scores], Order::InOrder),
        build: Box::new(|_, cx| Ok(Built::in_order(Seen(cx.labels.clone())))),
    }
}

struct Seen(Labels);

impl InOrderStage for Seen {
    fn preparer(&self) -> Box<dyn Preparer> {
        Box::new(SeenPreparer)
    }

    fn state(&self) -> Box<dyn StageState> {
        Box::new(SeenState { labels: self.0.clone(), ids: HashMap::new() })
    }
}

struct SeenPreparer;

impl Preparer for SeenPreparer {
    fn prepare(&mut self, doc: &DocView<'_>, key: &mut Vec<u8>) -> Result<()> {
        if let Some(what) = doc.text.strip_prefix("prepare ") {
            obey(what)?;
        }
        key.extend_from_slice(doc.text.as_bytes());
        Ok(())
    }
}

struct SeenState {
    labels: Labels,
    ids: HashMap<Vec<u8>, String>,
}

impl StageState for SeenState {
    fn decide(&mut self, doc: &DocView<'_>, key: &[u8], out: &mut Changes, journal: &mut Vec<u8>) -> Result<()> {
        if let Some(first) = self.ids.get(key) {
            out.duplicate_of(first);
            return Ok(());
        }
        obey(doc.text)?;
        out.score(self.labels.intern("test.number"), self.ids.len() as f64);
        *journal = serde_json::to_vec(&(key, doc.id)).unwrap();
        self.replay(journal)
    }

    fn replay(&mut self, journal: &[u8]) -> Result<()> {
        let entry = serde_json::from_slice(journal).map_err(|e| Error::stage("test.journal", e.to_string()))?;
        let (key, id): (Vec<u8>, String) = entry;
        self.ids.insert(key, id);
        Ok(())
    }
}
