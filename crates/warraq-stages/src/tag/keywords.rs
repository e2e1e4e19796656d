//! `tag.keywords`: the words that set a document apart.

use crate::fold::{Folder, Folds};
use crate::{options, tables};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, TokenKind, Worker, parse_options,
};

const MANUAL: &str = "\
Finds the words that a document has more often than other texts do, and writes the best `top` of them to the field
`keywords` of the record: `[{\"word\": \"…\", \"count\": 3, \"score\": 41.7}]`, best first. A word is shown as it is first written
in the document.

**Score.** With a `background` list (on each line a word, a tab and how often it occurs in some large corpus) the score is the
log-likelihood ratio G² of Dunning (1993), in the form of Rayson and Garside (2000): 2·(a·ln(a/E₁) + b·ln(b/E₂)), where a and
b are how often the word occurs in the document and in the background, and E₁ and E₂ how often it would if it were equally
common in both. Only words that are more common in the document count; from 6.63 on, chance is a poor explanation (p < 0.01).
Without a background, the score is the word's share of all words, and it takes a list of stop words to make that useful.

**Which words.** Word tokens of at least `min_length` code points that occur at least `min_count` times. Tokens that the
column `stop` of `tag.stopwords` marks are left out. Case, Arabic vowel signs, tatweel and letter variants do not matter;
with `column`, such as `lemma` or `stem`, tokens count by their values there instead, and by themselves where they have
none.

Of two words with the same score, the one that comes first in the document wins.";

/// The options of `tag.keywords`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// How often words occur elsewhere: on each line a word, a tab and its count.
    background: Option<String>,
    /// The most keywords of a document.
    #[schemars(range(min = 1, max = 1000))]
    top: usize,
    /// How often a keyword must occur.
    #[schemars(range(min = 1))]
    min_count: u32,
    /// How many code points it must have.
    min_length: usize,
    /// The column of the tokens that they count by.
    column: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options { background: None, top: 10, min_count: 2, min_length: 3, column: None }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    let background = "the\t60000\ncourt\t20\nsaid\t900\nwater\t80\n";
    let text = "The court said the water in the court is no water of the Court.";
    StageDef {
        info: StageInfo {
            name: "tag.keywords".into(),
            summary: "finds the words that set a document apart".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens, Layer::Columns]),
            writes: Layers::of(&[Layer::Meta]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Against a background list", text)
                    .options("background = 'counts.tsv'\ntop = 2")
                    .file("counts.tsv", background)
                    .after(&["tokenize.words"])
                    .meta(&[(
                        "keywords",
                        r#"[{"word":"court","count":3,"score":32.48},{"word":"water","count":2,"score":14.75}]"#,
                    )]),
                Example::new("Without stop words", text)
                    .options("min_count = 2")
                    .after(&["tokenize.words", "tag.stopwords"])
                    .meta(&[(
                        "keywords",
                        r#"[{"word":"court","count":3,"score":0.21},{"word":"water","count":2,"score":0.14}]"#,
                    )]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    for (name, is_zero) in [("top", options.top == 0), ("min_count", options.min_count == 0)] {
        if is_zero {
            return Err(OptionError::new(name, "it must be at least 1"));
        }
    }
    let folder = Folder::new(Folds::default());
    let background = match &options.background {
        None => None,
        Some(path) => {
            let (mut counts, mut total) = (HashMap::<Box<str>, u64>::new(), 0u64);
            tables::read(path, "background", 2, cx, |columns| {
                let count = columns.get(1).and_then(|count| count.parse::<u64>().ok());
                let count = count.ok_or("there is no count: write a whole number after the word and a tab")?;
                *counts.entry(folder.phrase(columns[0]).into()).or_default() += count;
                total = total.saturating_add(count);
                Ok(())
            })?;
            Some(Background { counts, total: total as f64 })
        }
    };
    let column = options.column.as_deref().map(|name| cx.labels.intern(name));
    Ok(Built::parallel(Keywords {
        shared: Arc::new(Shared { folder, background, options }),
        column,
        stop: cx.labels.intern("stop"),
        words: Vec::new(),
        index: HashMap::new(),
        folded: String::new(),
        spare: Vec::new(),
        json: String::new(),
    }))
}

struct Background {
    counts: HashMap<Box<str>, u64>,
    total: f64,
}

struct Shared {
    folder: Folder,
    background: Option<Background>,
    options: Options,
}

/// A word of the document.
#[derive(Clone)]
struct Found {
    /// Its first token.
    first: usize,
    count: u32,
    score: f64,
}

#[derive(Clone)]
struct Keywords {
    shared: Arc<Shared>,
    column: Option<LabelId>,
    stop: LabelId,
    /// In the order in which they come in the document.
    words: Vec<Found>,
    /// Where a word, as it counts, is in `words`.
    index: HashMap<String, usize>,
    folded: String,
    /// Keys of earlier documents, whose memory serves again.
    spare: Vec<String>,
    json: String,
}

impl Stage for Keywords {
    fn reads(&self) -> Option<Layers> {
        // A column that is asked for must be there; marks of stop words are looked at where there are any.
        self.column.is_none().then_some(Layers::of(&[Layer::Text, Layer::Tokens]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Keywords {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let total = self.count(doc);
        let Shared { background, options, .. } = &*self.shared;
        for (word, &at) in &self.index {
            let found = &mut self.words[at];
            let (a, n) = (f64::from(found.count), f64::from(total));
            found.score = match background {
                None => a / n,
                Some(Background { counts, total }) => {
                    let b = counts.get(word.as_str()).copied().unwrap_or(0) as f64;
                    log_likelihood(a, n, b, *total)
                }
            };
        }
        let keeps = |found: &Found| found.count >= options.min_count && found.score > 0.0;
        self.words.retain(keeps);
        // Both parts of the key are fixed by the document, whatever the order of the map.
        self.words.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.first.cmp(&b.first)));
        self.words.truncate(options.top);
        let json = &mut self.json;
        json.clear();
        json.push('[');
        for (n, found) in self.words.iter().enumerate() {
            let token = &doc.tokens[found.first];
            let column = self.column.and_then(|name| doc.column(Layer::Tokens, name));
            let value = column.and_then(|c| c.cells.get(found.first)).and_then(|c| c.get(doc.forms));
            let word = serde_json::Value::from(value.unwrap_or_else(|| doc.slice(token.start, token.end)));
            let comma = if n == 0 { "" } else { "," };
            // Writing to a string cannot fail.
            let score = (found.score * 100.0).round() / 100.0;
            let _ = write!(json, r#"{comma}{{"word":{word},"count":{},"score":{score}}}"#, found.count);
        }
        json.push(']');
        out.meta("keywords", json);
        Ok(())
    }
}

impl Keywords {
    /// Counts the words of a document; returns how many word tokens it has, stop words and all.
    fn count(&mut self, doc: &DocView<'_>) -> u32 {
        let Shared { folder, options, .. } = &*self.shared;
        self.words.clear();
        self.spare.extend(self.index.drain().map(|(word, _)| word));
        let column = self.column.and_then(|name| doc.column(Layer::Tokens, name));
        let stop = doc.column(Layer::Tokens, self.stop);
        let mut total = 0;
        for (n, token) in doc.tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Word) {
            total += 1;
            if stop.and_then(|c| c.cells.get(n)).and_then(|c| c.get(doc.forms)).is_some() {
                continue;
            }
            let value = column.and_then(|c| c.cells.get(n)).and_then(|c| c.get(doc.forms));
            folder.word(value.unwrap_or_else(|| doc.slice(token.start, token.end)), &mut self.folded);
            if self.folded.chars().count() < options.min_length {
                continue;
            }
            if let Some(&at) = self.index.get(&self.folded) {
                self.words[at].count += 1;
                continue;
            }
            let mut key = self.spare.pop().unwrap_or_default();
            key.clone_from(&self.folded);
            self.index.insert(key, self.words.len());
            self.words.push(Found { first: n, count: 1, score: 0.0 });
        }
        total
    }
}

/// G² of a word that occurs `a` times among `n` words and `b` times among the `m` of the background; 0 if it is no more
/// common here than there. A word of the document that the background lacks counts as unseen in it.
fn log_likelihood(a: f64, n: f64, b: f64, m: f64) -> f64 {
    let expected = |size: f64| size * (a + b) / (n + m);
    let (here, there) = (expected(n), expected(m));
    if a <= here {
        return 0.0;
    }
    let part = |observed: f64, expected: f64| if observed > 0.0 { observed * (observed / expected).ln() } else { 0.0 };
    2.0 * (part(a, here) + part(b, there))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use warraq_core::{Labels, MemoryResources};

    /// Worked out by hand from the formula, with a calculator.
    #[test]
    fn the_score_is_dunnings() {
        for (a, n, b, m, expected) in [
            (10.0, 1000.0, 10.0, 10_000.0, 22.14),
            (1.0, 100.0, 100.0, 10_000.0, 0.0),
            (5.0, 100.0, 0.0, 10_000.0, 46.15),
        ] {
            let found = log_likelihood(a, n, b, m);
            assert!((found - expected).abs() < 0.01, "{found} for {a} of {n}, {b} of {m}");
        }
    }

    #[test]
    fn options_that_cannot_be_are_refused() {
        for (options, expected) in [
            (json!({"top": 0}), "`top`: it must be at least 1"),
            (
                json!({"background": "b"}),
                "`background`: b, line 2: there is no count: write a whole number after the word and a tab",
            ),
        ] {
            let (labels, mut resources) = (Labels::new(), MemoryResources::new().with("b", "x\t1\ny\tmany\n"));
            let mut cx = BuildContext::new("tag.keywords", &labels, &mut resources);
            assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
        }
    }
}
