//! `tag.stats`: numbers about a document, for whoever wants to know a corpus or to cut it.

use crate::arabic::{is_alef, is_letter, is_tashkeel};
use crate::options;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::{CodePointMapData, PropertyNamesShort};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, TokenKind, Worker, parse_options,
};

const MANUAL: &str = "\
Counts what a document is made of and keeps the numbers as scores, on which later stages, exports and `when` can decide.

| score | what it is |
|---|---|
| `stats.chars` | Unicode code points |
| `stats.letters` | of these, letters, marks aside |
| `stats.digits` | of these, digits of any script |
| `stats.lines` | lines with anything but white space on them |
| `stats.arabic` | letters of Arabic script, as a share of all letters |
| `stats.latin` | letters of Latin script, as a share of all letters |
| `stats.scripts` | how many scripts the letters are of |
| `stats.diacritics` | Arabic vowel signs (U+064B–0652, U+0670) for each Arabic letter |
| `stats.tokens` | tokens |
| `stats.words` | of these, words and numbers |
| `stats.punctuation` | of these, punctuation, as a share of all tokens |
| `stats.word_length` | mean length of a word, in code points |
| `stats.type_token` | different words, case and vowel signs aside, as a share of all words |
| `stats.sentences` | sentences |
| `stats.sentence_length` | mean number of words in a sentence |

Counts of tokens and sentences are there when the document has these layers. A share of nothing is 0. With `scripts = true`
there is also the share of each script that occurs, by its four-letter code of ISO 15924: `stats.script.Arab`. The text is
not changed. The type/token ratio falls with the length of a text: compare it only between texts of about one length.";

/// The options of `tag.stats`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Whether there is a score for the share of every script that occurs.
    scripts: bool,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tag.stats".into(),
            summary: "counts characters, words, sentences, scripts and vowel signs".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens, Layer::Sentences]),
            writes: Layers::of(&[Layer::Scores]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("An Arabic line with a Latin word", "قَالَ CNN 12.").options("scripts = true").scores(&[
                    ("stats.chars", 13.0),
                    ("stats.letters", 6.0),
                    ("stats.digits", 2.0),
                    ("stats.lines", 1.0),
                    ("stats.arabic", 0.5),
                    ("stats.latin", 0.5),
                    ("stats.scripts", 2.0),
                    ("stats.diacritics", 2.0 / 3.0),
                    ("stats.script.Arab", 0.5),
                    ("stats.script.Latn", 0.5),
                ]),
                Example::new("With tokens and sentences", "Yes. yes, no.")
                    .after(&["tokenize.words", "tokenize.sentences"])
                    .scores(&[
                        ("stats.chars", 13.0),
                        ("stats.letters", 8.0),
                        ("stats.digits", 0.0),
                        ("stats.lines", 1.0),
                        ("stats.arabic", 0.0),
                        ("stats.latin", 1.0),
                        ("stats.scripts", 1.0),
                        ("stats.diacritics", 0.0),
                        ("stats.tokens", 6.0),
                        ("stats.words", 3.0),
                        ("stats.punctuation", 0.5),
                        ("stats.word_length", 8.0 / 3.0),
                        ("stats.type_token", 2.0 / 3.0),
                        ("stats.sentences", 1.0),
                        ("stats.sentence_length", 3.0),
                    ]),
            ],
        },
        build: Box::new(build),
    }
}

/// The scores in their order.
const NAMES: [&str; 15] = [
    "chars",
    "letters",
    "digits",
    "lines",
    "arabic",
    "latin",
    "scripts",
    "diacritics",
    "tokens",
    "words",
    "punctuation",
    "word_length",
    "type_token",
    "sentences",
    "sentence_length",
];
/// Which of them are about tokens, and which about sentences.
const TOKENS: usize = 8;
const SENTENCES: usize = 13;

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let names = NAMES.map(|name| cx.labels.intern(&format!("stats.{name}")));
    let by_script = options.scripts.then(|| {
        let short = PropertyNamesShort::<Script>::new();
        let mut scripts: Vec<Script> =
            CodePointMapData::<Script>::new().iter_ranges().map(|range| range.value).collect();
        scripts.sort_unstable();
        scripts.dedup();
        let named = scripts.into_iter().filter_map(|script| Some((script, short.get(script)?)));
        named.map(|(script, code)| (script, cx.labels.intern(&format!("stats.script.{code}")))).collect()
    });
    Ok(Built::parallel(Stats { names, by_script, counts: Vec::new(), types: HashSet::default() }))
}

/// Fixed keys: what is counted must not depend on the process.
type Types = HashSet<u64, BuildHasherDefault<DefaultHasher>>;

#[derive(Clone)]
struct Stats {
    names: [LabelId; NAMES.len()],
    by_script: Option<Vec<(Script, LabelId)>>,
    /// Letters by script, in the order in which scripts are met.
    counts: Vec<(Script, u64)>,
    types: Types,
}

impl Stage for Stats {
    fn reads(&self) -> Option<Layers> {
        // What there is of tokens and sentences is counted; no stage has to have made them.
        Some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

impl Worker for Stats {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let mut values = [0.0; NAMES.len()];
        self.characters(doc.text, &mut values);
        self.words(doc, &mut values);
        for (n, (&name, value)) in self.names.iter().zip(values).enumerate() {
            let is_there = match n {
                SENTENCES.. => !doc.sentences.is_empty(),
                TOKENS.. => !doc.tokens.is_empty(),
                _ => true,
            };
            if is_there {
                out.score(name, value);
            }
        }
        let letters: u64 = self.counts.iter().map(|(_, count)| count).sum();
        for (script, name) in self.by_script.iter().flatten() {
            if let Some((_, count)) = self.counts.iter().find(|(met, _)| met == script) {
                out.score(*name, share(*count, letters));
            }
        }
        Ok(())
    }
}

impl Stats {
    fn characters(&mut self, text: &str, values: &mut [f64; NAMES.len()]) {
        let (categories, scripts) = (CodePointMapData::<GeneralCategory>::new(), CodePointMapData::<Script>::new());
        self.counts.clear();
        let (mut chars, mut letters, mut digits, mut marks) = (0, 0, 0, 0);
        for c in text.chars() {
            chars += 1;
            if c.is_ascii_digit() {
                digits += 1;
            } else if is_tashkeel(c) {
                marks += 1;
            } else if c.is_ascii_alphabetic() || is_alef(c) || c.is_alphabetic() {
                let category = categories.get(c);
                if !GeneralCategoryGroup::Letter.contains(category) {
                    continue;
                }
                letters += 1;
                let script = scripts.get(c);
                match self.counts.iter_mut().find(|(met, _)| *met == script) {
                    Some((_, count)) => *count += 1,
                    None => self.counts.push((script, 1)),
                }
            } else if categories.get(c) == GeneralCategory::DecimalNumber {
                digits += 1;
            }
        }
        let of = |script: Script| self.counts.iter().find(|(met, _)| *met == script).map_or(0, |(_, count)| *count);
        let arabic = text.chars().filter(|&c| is_letter(c)).count() as u64;
        let real = self.counts.iter().filter(|(script, _)| !matches!(*script, Script::Common | Script::Inherited));
        values[..TOKENS].copy_from_slice(&[
            chars as f64,
            letters as f64,
            digits as f64,
            text.lines().filter(|line| !line.trim().is_empty()).count() as f64,
            share(of(Script::Arabic), letters),
            share(of(Script::Latin), letters),
            real.count() as f64,
            share(marks, arabic),
        ]);
    }

    fn words(&mut self, doc: &DocView<'_>, values: &mut [f64; NAMES.len()]) {
        self.types.clear();
        let (mut words, mut punctuation, mut length) = (0, 0, 0);
        for token in doc.tokens {
            match token.kind {
                TokenKind::Punctuation => punctuation += 1,
                TokenKind::Word | TokenKind::Number => {
                    let mut hasher = DefaultHasher::new();
                    for c in doc.slice(token.start, token.end).chars() {
                        length += 1;
                        if !is_tashkeel(c) {
                            c.to_lowercase().for_each(|c| c.hash(&mut hasher));
                        }
                    }
                    words += 1;
                    self.types.insert(hasher.finish());
                }
                _ => {}
            }
        }
        let tokens = doc.tokens.len() as u64;
        values[TOKENS..].copy_from_slice(&[
            tokens as f64,
            words as f64,
            share(punctuation, tokens),
            share(length, words),
            share(self.types.len() as u64, words),
            doc.sentences.len() as f64,
            share(words, doc.sentences.len() as u64),
        ]);
    }
}
