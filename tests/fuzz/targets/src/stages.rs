//! Built-in stages on any text: none fails, a worker that has seen others does what a fresh one does, the result keeps the
//! rules of documents, and no text takes more than its length in time.

use crate::bytes::Bytes;
use crate::laws::{bounded, check_document, repeated, state};
use std::sync::LazyLock;
use warraq_core::{BuildContext, Built, Changes, Document, Labels, Layer, Layers, Registry, Stage, TokenKind};
use warraq_stages::testing::{OPTIONS, files};

/// A stage with the options it is built with.
struct Setting {
    name: &'static str,
    options: &'static str,
    writes: Layers,
    stage: Box<dyn Stage>,
}

struct Settings {
    labels: Labels,
    all: Vec<Setting>,
}

/// Every parallel stage with each of the options that its conformance suite has, and the others with none.
static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let mut registry = Registry::new();
    warraq_stages::register(&mut registry).expect("names are unique");
    let (labels, mut files) = (Labels::new(), files());
    let names: Vec<String> = registry.stages().iter().map(|s| s.info.name.to_string()).collect();
    let bare = names.into_iter().filter(|name| OPTIONS.iter().all(|(known, _)| known != name));
    let bare = bare.map(|name| (&*name.leak(), ""));
    let mut all = Vec::new();
    for (name, options) in OPTIONS.iter().copied().chain(bare) {
        let stage = registry.stage(name).expect("the stage is registered");
        let given = toml::from_str(options).expect("the options are TOML");
        let mut cx = BuildContext::new(name, &labels, &mut files);
        match (stage.build)(given, &mut cx).expect("the options are good") {
            Built::Parallel(built) => all.push(Setting { name, options, writes: stage.info.writes, stage: built }),
            _ => continue,
        }
    }
    Settings { labels, all }
});

fn settings(which: impl Fn(&Setting) -> bool) -> Vec<&'static Setting> {
    SETTINGS.all.iter().filter(|setting| which(setting)).collect()
}

fn is_tokenizer(setting: &Setting) -> bool {
    setting.writes.contains(Layer::Tokens) || setting.writes.contains(Layer::Sentences)
}

static HTML: LazyLock<Vec<&Setting>> = LazyLock::new(|| settings(|s| s.name == "clean.html"));
static TOKENIZERS: LazyLock<Vec<&Setting>> = LazyLock::new(|| settings(|s| s.name.starts_with("tokenize.")));
static OTHERS: LazyLock<Vec<&Setting>> =
    LazyLock::new(|| settings(|s| !s.name.starts_with("tokenize.") && s.name != "clean.html"));
static BEFORE: LazyLock<Vec<&Setting>> =
    LazyLock::new(|| settings(|s| s.name == "tokenize.words" || s.name == "tokenize.sentences"));

/// A document of this text, after these stages.
fn run(text: &str, stages: &[&Setting]) -> Document {
    let mut doc = Document::with_text("fuzz", text);
    for (index, setting) in stages.iter().enumerate() {
        let mut changes = Changes::new();
        bounded(setting.name, || {
            let context = || format!("{} with {:?}", setting.name, setting.options);
            setting.stage.worker().process(&doc.view(), &mut changes).unwrap_or_else(|e| panic!("{}: {e}", context()));
            doc.apply(&mut changes, index as u16, setting.writes).unwrap_or_else(|e| panic!("{}: {e}", context()));
        });
    }
    check_document(&doc);
    doc
}

/// Runs the stages on the text, and the last of them also with a worker that has seen two other texts.
fn twice(text: &str, stages: &[&Setting]) -> Document {
    let doc = run(text, stages);
    let Some((last, before)) = stages.split_last() else { return doc };
    let mut worker = last.stage.worker();
    let half = text.floor_char_boundary(text.len() / 2);
    let mut used = Document::new();
    for text in [&text[half..], "قال: «نعم». <p>Yes.", text] {
        used = run(text, before);
        let mut changes = Changes::new();
        worker.process(&used.view(), &mut changes).unwrap_or_else(|e| panic!("{}, used: {e}", last.name));
        used.apply(&mut changes, before.len() as u16, last.writes).unwrap_or_else(|e| panic!("{}: {e}", last.name));
    }
    let (one, two) = (state(&doc, &SETTINGS.labels), state(&used, &SETTINGS.labels));
    assert_eq!(one, two, "{}: a used worker and a fresh one differ", last.name);
    doc
}

/// The first byte chooses the options, and by its highest bits whether the page is repeated until it is long.
pub(crate) fn clean_html(data: &[u8]) {
    let mut bytes = Bytes(data);
    let choice = bytes.u8();
    let page = bytes.rest();
    let stages = [HTML[usize::from(choice) % HTML.len()]];
    if choice >= 0xe0 {
        run(&repeated(&page), &stages);
        return;
    }
    let doc = twice(&page, &stages);
    // A page never becomes longer: what stands for a tag is a line break or two, and what stands for a reference is shorter.
    assert!(doc.text().len() <= page.len(), "{} bytes become {}", page.len(), doc.text().len());
    if !page.contains('<') {
        assert_eq!(doc.text(), page, "without a tag it is no page");
    }
    for (key, json) in doc.meta().iter() {
        let value: Result<String, _> = serde_json::from_str(json);
        assert!(value.is_ok_and(|value| !value.is_empty()), "{key}: {json}");
    }
}

/// The first byte chooses a tokenizer, the second what comes before it.
pub(crate) fn tokenizers(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (choice, before) = (usize::from(bytes.u8()), bytes.u8());
    let last = TOKENIZERS[choice % TOKENIZERS.len()];
    let text = bytes.rest();
    let mut stages = if is_tokenizer(last) && before & 1 == 0 { Vec::new() } else { BEFORE.clone() };
    stages.push(last);
    if before >= 0xf0 {
        run(&repeated(&text), &stages);
        return;
    }
    let doc = twice(&text, &stages);
    assert_eq!(doc.text(), text, "a tokenizer leaves the text alone");
    if last.name == "tokenize.words" {
        let mut tokens = doc.tokens().iter().peekable();
        for (at, c) in doc.text().char_indices().filter(|(_, c)| c.is_alphanumeric()) {
            while tokens.next_if(|t| t.end as usize <= at).is_some() {}
            assert!(tokens.peek().is_some_and(|t| t.start as usize <= at), "{c:?} at {at} is in no token");
        }
        assert!(doc.tokens().iter().all(|t| t.kind <= TokenKind::Emoji));
    }
    if last.name == "tokenize.sentences" {
        let mut end = 0;
        for sentence in doc.sentences() {
            let (gap, own) =
                (&text[end..sentence.start as usize], &text[sentence.start as usize..sentence.end as usize]);
            assert!(gap.trim().is_empty(), "{gap:?} is in no sentence");
            assert!(!own.trim().is_empty(), "{own:?} is no sentence");
            end = sentence.end as usize;
        }
        assert!(text[end..].trim().is_empty(), "{:?} is in no sentence", &text[end..]);
    }
}

/// The first byte chooses a stage that is neither, the second whether words and sentences come before it.
pub(crate) fn stages(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (choice, before) = (usize::from(bytes.u8()), bytes.u8());
    let last = OTHERS[choice % OTHERS.len()];
    let text = bytes.rest();
    let mut stages = if before & 1 == 0 { BEFORE.clone() } else { Vec::new() };
    stages.push(last);
    if before >= 0xf0 {
        run(&repeated(&text), &stages);
        return;
    }
    twice(&text, &stages);
}
