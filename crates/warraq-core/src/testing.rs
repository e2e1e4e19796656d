//! What every stage is tested with: its own examples, and a conformance suite that it inherits without writing a line.
//!
//! Used by the built-in stages' tests and meant for authors of stages elsewhere. Functions return what went wrong instead
//! of panicking, so that a test can show all of it at once.

mod cases;

pub use cases::{Case, cases};

use crate::{
    BuildContext, Built, Changes, Document, Example, Expect, Labels, Layer, Layers, MemoryResources, Registry,
    StageDef, StageIndex, Verdict,
};
use serde_json::Value;
use std::borrow::Cow;
use std::slice;

/// Reads TOML options; this crate does not know TOML, so the caller brings the parser.
pub type ParseToml<'a> = &'a dyn Fn(&str) -> Result<Value, String>;

/// Runs one example of `stage`. The stages it comes after are taken from `registry`.
///
/// # Errors
/// What went wrong or differs, for a person.
pub fn run_example(
    registry: &Registry,
    stage: &StageDef,
    example: &Example,
    toml: ParseToml<'_>,
) -> Result<(), String> {
    let labels = Labels::new();
    let mut files = MemoryResources::new();
    for (path, contents) in &example.files {
        files = files.with(path, contents.as_bytes());
    }
    let mut doc = Document::with_text("example", &example.input);
    doc.set_lang(example.lang.as_deref().unwrap_or(""));
    example.fields.iter().for_each(|(name, json)| doc.meta_mut().push(name, json));
    let mut index = 0;
    for name in &example.after {
        let before = registry.stage(name).ok_or_else(|| format!("there is no stage `{name}` to run before"))?;
        run_stage(before, Value::Object(serde_json::Map::new()), &labels, &mut files, &mut doc, index)?;
        index += 1;
    }
    run_stage(stage, toml(&example.options)?, &labels, &mut files, &mut doc, index)?;
    compare(&example.expect, &describe(&doc, &labels))
}

/// Builds a stage and runs it on one document.
///
/// # Errors
/// What went wrong, for a person.
pub fn run_stage(
    stage: &StageDef,
    options: Value,
    labels: &Labels,
    files: &mut MemoryResources,
    doc: &mut Document,
    index: StageIndex,
) -> Result<(), String> {
    let mut cx = BuildContext::new(&stage.info.name, labels, files);
    let built = (stage.build)(options, &mut cx).map_err(|e| e.to_string())?;
    step(&built, stage.info.writes, doc, index).map_err(|e| e.to_string())
}

fn step(built: &Built, writes: Layers, doc: &mut Document, index: StageIndex) -> crate::Result<()> {
    let mut changes = Changes::new();
    match built {
        Built::Parallel(stage) => stage.worker().process(&doc.view(), &mut changes)?,
        Built::Batch(stage) => {
            let mut result = Ok(());
            stage.worker()?.process(&[doc.view()], slice::from_mut(&mut changes), slice::from_mut(&mut result));
            result?;
        }
        Built::InOrder(stage) => {
            let (mut key, mut journal) = (Vec::new(), Vec::new());
            stage.preparer().prepare(&doc.view(), &mut key)?;
            stage.state().decide(&doc.view(), &key, &mut changes, &mut journal)?;
        }
    }
    doc.apply(&mut changes, index, writes)
}

/// Everything an example can show about a document.
pub fn describe(doc: &Document, labels: &Labels) -> Expect {
    let own = |text: &str| Cow::Owned(text.to_owned());
    let slice = |start: u32, end: u32| own(&doc.text()[start as usize..end as usize]);
    let name = |id| own(&labels.name(id));
    let columns = |layer| {
        let beside = doc.columns().iter().filter(move |c| c.layer == layer);
        Some(beside.map(|c| (name(c.name), (0..c.cells.len()).map(|n| doc.cell(c, n).map(own)).collect())).collect())
    };
    Expect {
        text: Some(own(doc.text())),
        lang: Some(own(doc.lang().unwrap_or_default())),
        tokens: Some(doc.tokens().iter().map(|t| slice(t.start, t.end)).collect()),
        kinds: Some(doc.tokens().iter().map(|t| t.kind.name().into()).collect()),
        words: Some(words(doc, labels)),
        sentences: Some(doc.sentences().iter().map(|s| slice(s.start, s.end)).collect()),
        spans: Some(doc.spans().iter().map(|s| (name(s.label), slice(s.start, s.end))).collect()),
        removed: Some(
            doc.removed()
                .iter()
                .map(|r| (name(r.label), own(&doc.source()[r.source_start as usize..r.source_end as usize])))
                .collect(),
        ),
        columns: columns(Layer::Tokens),
        span_columns: columns(Layer::Spans),
        meta: Some(doc.meta().iter().map(|(key, json)| (own(key), own(json))).collect()),
        scores: Some(doc.scores().iter().map(|s| (name(s.name), s.value)).collect()),
        dropped: match doc.verdict() {
            Verdict::Dropped { reason, .. } => Some(name(*reason)),
            _ => None,
        },
    }
}

/// The forms of the words.
fn words(doc: &Document, labels: &Labels) -> Vec<Cow<'static, str>> {
    let forms = doc.column(Layer::Words, labels.intern("form"));
    let form = |n: usize| {
        let word = &doc.words()[n];
        forms.and_then(|column| doc.cell(column, n)).unwrap_or(&doc.text()[word.start as usize..word.end as usize])
    };
    (0..doc.words().len()).map(|n| form(n).to_owned().into()).collect()
}

fn compare(expect: &Expect, found: &Expect) -> Result<(), String> {
    let mut differences = String::new();
    macro_rules! compare_field {
        ($($field:ident),*) => {$(
            if expect.$field.is_some() && expect.$field != found.$field {
                let (e, f) = (&expect.$field, &found.$field);
                differences += &format!("{}:\n  expected {e:?}\n  found    {f:?}\n", stringify!($field));
            }
        )*};
    }
    compare_field!(text, lang, tokens, kinds, words, sentences, spans, removed, columns, span_columns, meta, scores);
    if expect.dropped != found.dropped {
        differences += &format!("dropped:\n  expected {:?}\n  found    {:?}\n", expect.dropped, found.dropped);
    }
    if differences.is_empty() { Ok(()) } else { Err(differences) }
}

/// Texts that have broken text tools before. `big` adds a single line of 10 MB.
pub fn hostile_texts(big: bool) -> Vec<(&'static str, String)> {
    let mut texts: Vec<(&'static str, String)> = [
        ("empty", ""),
        ("one ASCII letter", "a"),
        ("one Arabic letter", "ب"),
        ("one space", " "),
        ("line ends only", "\n\r\n\r\u{85}\u{2028}\u{2029}\n\n"),
        ("no letters", "… --- 12,5 % !!! ؟؟ ؛"),
        ("combining marks only", "\u{64b}\u{64c}\u{651}\u{300}\u{301}\u{6d6}\u{670}"),
        ("marks before their base", "\u{64b}ب\u{651}\u{64e}\u{640}\u{640}\u{651}ت"),
        ("bidi controls", "\u{202b}\u{200f}مرحبا\u{202c} \u{2067}abc\u{2069}\u{61c}\u{200e}"),
        ("zero-width characters", "\u{200b}می\u{200c}شود\u{200d}\u{feff}\u{2060}👩\u{200d}👩\u{200d}👧"),
        ("controls and replacement", "\0\u{1}\u{7}\u{1b}[31m\u{7f}\u{9f}\u{fffd}\u{fffd}\u{fffe}"),
        ("presentation forms", "ﻣﺮﺣﺒﺎ ﻻ ﻷ ﻹ ﻵ ﷲ ﷺ ﷼ ﭐ ﯾ"),
        ("every script at once", "Ελλάδα Россия עברית हिन्दी ไทย ភាសា 中文 日本語 한국어 اردو فارسی ꦗꦮ 🇹🇳"),
        ("planes", "𝒜𐤀𞸀😀👍🏽\u{e0067}\u{10ffff}"),
        ("unclosed everything", "«“(‘[{ http:// @ # a@ .com ... ))»"),
        ("decomposed", "e\u{301}ا\u{653}ا\u{654}و\u{654}ي\u{654}가\u{11a8}"),
        ("crlf and blank lines", "أ\r\n\r\n\r\nب\r\n  \r\n"),
    ]
    .map(|(name, text)| (name, text.to_owned()))
    .into();
    texts.push(("a long run of marks", format!("ب{}", "\u{64e}\u{651}".repeat(5_000))));
    texts.push(("a long word", "كتاب".repeat(5_000)));
    if big {
        let line = "وقال الـمـتحدّث، في ٢٢ يوليو: «إنّ النموّ بلغ 3,5٪»! ";
        texts.push(("a single line of 10 MB", line.repeat(10_000_000 / line.len())));
    }
    texts
}

/// Runs a parallel stage over [`hostile_texts`] and checks what holds for every stage: no failure, the same result from a
/// fresh worker and from a used one, a removal on record for each range of the source at most as long as it, and a source
/// map under which untouched text is found again.
///
/// # Errors
/// What does not hold, for a person.
pub fn conformance(
    registry: &Registry,
    stage: &StageDef,
    options: &Value,
    after: &[&str],
    files: &MemoryResources,
    big: bool,
) -> Result<(), String> {
    let labels = Labels::new();
    let mut files = files.clone();
    let mut build = |stage: &StageDef, options: Value| {
        let mut cx = BuildContext::new(&stage.info.name, &labels, &mut files);
        (stage.build)(options, &mut cx).map_err(|e| format!("{}: {e}", stage.info.name))
    };
    let mut before = Vec::new();
    for name in after {
        let stage = registry.stage(name).ok_or_else(|| format!("there is no stage `{name}`"))?;
        before.push((build(stage, Value::Object(serde_json::Map::new()))?, stage.info.writes));
    }
    let Built::Parallel(built) = build(stage, options.clone())? else {
        return Err("the conformance suite is for parallel stages".into());
    };
    let mut used = built.worker();
    let mut changes = Changes::new();
    for (what, text) in hostile_texts(big) {
        let describe_run = |worker: &mut dyn crate::Worker, changes: &mut Changes| -> Result<Document, String> {
            let mut doc = Document::with_text("conformance", &text);
            for (index, (built, writes)) in before.iter().enumerate() {
                step(built, *writes, &mut doc, index as StageIndex).map_err(|e| format!("{what}: {e}"))?;
            }
            changes.clear();
            worker.process(&doc.view(), changes).map_err(|e| format!("{what}: {e}"))?;
            doc.apply(changes, before.len() as StageIndex, stage.info.writes).map_err(|e| format!("{what}: {e}"))?;
            Ok(doc)
        };
        let again = describe_run(&mut *used, &mut changes)?;
        let fresh = describe_run(&mut *built.worker(), &mut Changes::new())?;
        if describe(&again, &labels) != describe(&fresh, &labels) {
            return Err(format!("{what}: a used worker and a fresh one differ"));
        }
        check_source_map(&fresh).map_err(|e| format!("{what}: {e}"))?;
    }
    Ok(())
}

/// Checks that the source map leads every stretch of text that no edit touched back to equal source text, in order, and
/// that all of the source is accounted for.
///
/// # Errors
/// The first place where it does not.
pub fn check_source_map(doc: &Document) -> Result<(), String> {
    let (mut text_at, mut source_at) = (0, 0);
    for run in doc.source_map().runs() {
        let (text_end, source_end) = (run.text_start as usize, run.source_start as usize);
        let (text, source) = (doc.text().get(text_at..text_end), doc.source().get(source_at..source_end));
        if text.is_none() || text != source {
            return Err(format!(
                "text {text_at}..{text_end} is not source {source_at}..{source_end}: {text:?}, {source:?}"
            ));
        }
        (text_at, source_at) = (run.text_end as usize, run.source_end as usize);
    }
    let (text, source) = (doc.text().get(text_at..), doc.source().get(source_at..));
    if text.is_none() || text != source {
        return Err(format!("the text from {text_at} is not the source from {source_at}"));
    }
    Ok(())
}
