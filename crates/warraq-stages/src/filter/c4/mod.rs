//! `filter.c4`: removes lines that are no sentences, and drops documents with too few of them.

mod edit;
mod judge;
#[cfg(test)]
mod tests;

use super::checks::{Check, Checks, ratio};
use super::thresholds::{Column, resolve, table, unless_zero};
use crate::options;
use edit::Line;
use judge::{Fate, Judge, REASONS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const INTRO: &str = "\
Removes lines that are not sentences and drops documents with too few of them: the rules of C4 (Raffel et al. 2020,
<https://www.jmlr.org/papers/v21/20-074.html>). **It edits the text** of documents that it keeps. Each line is trimmed and goes
through these checks; the first that it fails decides:

| check | then | label or reason |
|---|---|---|
| a word of more than `max_word_length` code points | the line goes | `c4.too_long_word` |
| `remove_citations`: `[1]`, `[]`, `[edit]`, `[citation needed]` | they go | `c4.citation` |
| `filter_no_terminal_punct`: no end mark at its end, or an ellipsis | the line goes | `c4.no_terminal_punc` |
| fewer words between white space than `min_words_per_line` | the line goes | `c4.too_few_words` |
| `filter_lorem_ipsum`: *lorem ipsum* | **the document goes** | `lorem_ipsum` |
| `filter_javascript`: *javascript* | the line goes | `c4.javascript` |
| `filter_curly_bracket`: `{` | **the document goes** | `curly_bracket` |
| `filter_policy`: one of `policy_phrases` | the line goes | `c4.policy` |

A document whose lines have fewer than `min_num_sentences` sentences goes as `too_few_sentences`. Of one that goes, the text
stays as it is. What is removed is on record in `removed`, white space around lines as `c4.white_space`. Layers are carried
along. Scores: `c4.sentences` in the lines that are left, and `c4.kept_lines_frac`, the share of those lines that are not
blank. A threshold of 0 switches its check off.

**Sentences** are those of the document that begin in a line, at least one. A document without sentences has them counted
by marks: one ends in a terminal mark before white space.";

const RULES: &str = "\
**Whose rules.** `compat` says whose decisions these are.

- `none` (default), ours: the end marks are those of all scripts (`؟`, `۔`, `。`, `।` …), and quotes and brackets may close behind
  them. Words are counted, and lines trimmed once more, when citations are out; those of Arabic and French wikis
  (`[بحاجة لمصدر]`, `[عدل]`, `[modifier]`) are citations, too. Phrases on policies and *lorem ipsum* are looked for in Arabic
  and French as well, `javascript` also as `جافا سكريبت`.
- `datatrove` (0.10): decisions, reasons and text equal to those of its `C4QualityFilter` on the same sentences. End marks are
  `. ? ! \" '`: it knows no `؟`, so that lines with an Arabic question go.
- `original` (tensorflow_datasets, `text/c4_utils.py`): `'` is no end mark, and words are counted when citations are out. Its
  reasons are the same here. (It also drops pages with a word from a list: `filter.blocklist`.)

**The preset** `arabic` is ours: three sentences make a document, since Arabic news writes a paragraph as one sentence of
thirty and more words. An option that is given wins. FineWeb-2 skips these rules.";

/// The options that are numbers, in the order of the manual.
const NAMES: [&str; 3] = ["min_num_sentences", "min_words_per_line", "max_word_length"];
/// datatrove's defaults.
const DATATROVE: [f64; 3] = [5.0, 3.0, 1000.0];
/// Those of `c4_utils.py`.
const ORIGINAL: [f64; 3] = [3.0, 5.0, 1000.0];
/// Ours.
const ARABIC: [f64; 3] = [3.0, 3.0, 1000.0];

/// Whose rules apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Compat {
    /// Ours.
    #[default]
    None,
    /// Those of datatrove 0.10.
    Datatrove,
    /// Those of tensorflow_datasets.
    Original,
}

/// A set of thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Preset {
    /// Ours for Arabic.
    Arabic,
}

/// The options of `filter.c4`. A threshold that is left out has the value of the preset, or of `compat`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// A set of thresholds.
    preset: Option<Preset>,
    /// Whose rules apply.
    compat: Compat,
    /// Least number of sentences in the lines that are left.
    #[schemars(range(min = 0.0))]
    min_num_sentences: Option<f64>,
    /// Least number of words of a line.
    #[schemars(range(min = 0.0))]
    min_words_per_line: Option<f64>,
    /// Greatest length of a word in code points.
    #[schemars(range(min = 0.0))]
    max_word_length: Option<f64>,
    /// Whether citations are removed.
    remove_citations: bool,
    /// Whether lines go that do not end in an end mark.
    filter_no_terminal_punct: bool,
    /// Whether documents with lorem ipsum go.
    filter_lorem_ipsum: bool,
    /// Whether lines about JavaScript go.
    filter_javascript: bool,
    /// Whether documents with a curly bracket go.
    filter_curly_bracket: bool,
    /// Whether lines about terms of use, privacy and cookies go.
    filter_policy: bool,
    /// The marks that lines have to end in, in the place of those of `compat`.
    end_marks: Option<Vec<String>>,
    /// The phrases that lines on policies have, in the place of those of `compat`. Case does not matter.
    policy_phrases: Option<Vec<String>>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            preset: None,
            compat: Compat::None,
            min_num_sentences: None,
            min_words_per_line: None,
            max_word_length: None,
            remove_citations: true,
            filter_no_terminal_punct: true,
            filter_lorem_ipsum: true,
            filter_javascript: true,
            filter_curly_bracket: true,
            filter_policy: true,
            end_marks: None,
            policy_phrases: None,
        }
    }
}

impl Options {
    fn thresholds(&self) -> std::result::Result<[f64; 3], OptionError> {
        let preset = match (self.preset, self.compat) {
            (Some(Preset::Arabic), _) => &ARABIC,
            (None, Compat::Original) => &ORIGINAL,
            (None, Compat::None | Compat::Datatrove) => &DATATROVE,
        };
        resolve(&NAMES, [self.min_num_sentences, self.min_words_per_line, self.max_word_length], preset)
    }
}

fn manual() -> String {
    let columns = [
        Column { name: "none, `datatrove`", values: &DATATROVE },
        Column { name: "`original`", values: &ORIGINAL },
        Column { name: "`arabic`", values: &ARABIC },
    ];
    format!("{INTRO}\n\n{}\n\n{RULES}", table(&NAMES, &columns))
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "filter.c4".into(),
            summary: "removes lines that are no sentences, and drops documents with too few of them (C4)".into(),
            manual: manual().into(),
            reads: Layers::of(&[Layer::Text, Layer::Sentences]),
            writes: Layers::of(&[Layer::Text, Layer::Scores, Layer::Verdict]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    let example = Example::new;
    vec![
        example(
            "Lines without an end mark go",
            "الرئيسية\nوصل الوفد مساء أمس. هل يلتقي الوزير؟\n اقرأ أيضا في هذا الباب\nقال: «سنلتقي غدا صباحا.»\n",
        )
        .options("min_num_sentences = 3")
        .text("وصل الوفد مساء أمس. هل يلتقي الوزير؟\nقال: «سنلتقي غدا صباحا.»")
        .removed(&[
            ("c4.no_terminal_punc", "الرئيسية\n"),
            ("c4.no_terminal_punc", " اقرأ أيضا في هذا الباب\n"),
            ("c4.white_space", "\n"),
        ])
        .scores(&[("c4.sentences", 3.0), ("c4.kept_lines_frac", 0.5)]),
        example("datatrove knows no Arabic question mark", "هل وصل الوفد مساء أمس؟\nهل يلتقي الوزير اليوم؟")
            .options("compat = \"datatrove\"\nmin_num_sentences = 1")
            .unchanged()
            .dropped("too_few_sentences"),
        example("Citations go, policies too", "The river is long.[12] It is cold.\nThis site uses cookies for ads.")
            .options("compat = \"datatrove\"\nmin_num_sentences = 2")
            .text("The river is long. It is cold.")
            .removed(&[
                ("c4.citation", "[12]"),
                ("c4.white_space", "\n"),
                ("c4.policy", "This site uses cookies for ads."),
            ]),
        example("A curly bracket", "function show() { return true; } is how it ends.").dropped("curly_bracket"),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let thresholds = options.thresholds()?;
    let label = |name: &str| cx.labels.intern(name);
    Ok(Built::parallel(C4 {
        judge: Arc::new(Judge::new(&options, thresholds.map(unless_zero))?),
        min_sentences: unless_zero(thresholds[0]),
        sentences: Check::new("c4.sentences", "too_few_sentences", cx.labels),
        kept_lines: label("c4.kept_lines_frac"),
        reasons: REASONS.map(label),
        removed: judge::REMOVED.map(|name| label(&format!("c4.{name}"))),
        labels: edit::Labels { citation: label("c4.citation"), white_space: label("c4.white_space") },
        lines: Vec::new(),
        citations: Vec::new(),
        scratch: judge::Scratch::default(),
    }))
}

#[derive(Clone)]
struct C4 {
    judge: Arc<Judge>,
    min_sentences: Option<f64>,
    sentences: Check,
    kept_lines: LabelId,
    /// By the place in [`REASONS`].
    reasons: [LabelId; REASONS.len()],
    /// By the place in [`judge::REMOVED`].
    removed: [LabelId; judge::REMOVED.len()],
    labels: edit::Labels,
    lines: Vec<Line>,
    /// The citations of all lines, in the order of the text.
    citations: Vec<Range<usize>>,
    scratch: judge::Scratch,
}

impl Stage for C4 {
    fn reads(&self) -> Option<Layers> {
        // Sentences are looked at where there are some; no stage has to have made them.
        Some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for C4 {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        self.lines.clear();
        self.citations.clear();
        let (mut sentences, mut kept, mut filled, mut reason) = (0, 0, 0, None);
        for at in super::python::lines(doc.text) {
            let first = self.citations.len();
            let (content, fate) = self.judge.line(doc, at, &mut self.citations, &mut self.scratch);
            filled += usize::from(!content.is_empty());
            let removed = match fate {
                Fate::Kept { sentences: more } => {
                    sentences += more;
                    kept += usize::from(!content.is_empty());
                    None
                }
                Fate::Removed(n) => Some(self.removed[n]),
                Fate::Dropped(n) => {
                    reason = reason.or(Some(n));
                    None
                }
            };
            let citations = first..self.citations.len();
            self.lines.push(Line { at, content, citations, removed });
        }
        let mut checks = Checks::new(out);
        if let Some(reason) = reason {
            checks.fail(self.reasons[reason], String::new);
        }
        checks.at_least(self.sentences, sentences as f64, self.min_sentences);
        checks.score(self.kept_lines, ratio(kept, filled));
        if !checks.has_failed() {
            edit::write(doc.text, &self.lines, &self.citations, self.labels, out);
        }
        Ok(())
    }
}
