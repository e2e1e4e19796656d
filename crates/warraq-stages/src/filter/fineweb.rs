//! `filter.fineweb`: drops documents that look like lists, menus or tables.

use super::checks::{Check, Checks, ratio};
use super::marks::{ends_sentence, is_terminal};
use super::python;
use super::repeats::Repeats;
use super::thresholds::{Column, resolve, table};
use super::words::{self, Word};
use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const INTRO: &str = "\
Drops documents that look like lists, menus or tables: the quality rules of FineWeb (Penedo et al. 2024,
<https://arxiv.org/abs/2406.17557>). Lines that are blank do not count. Scores, checks and reasons, in this order:

- `fineweb.line_punct_ratio`: the share of lines that end in a terminal mark. Less than `line_punct_thr`:
  `line_punct_ratio`, unless it is 0 and `line_punct_exclude_zero` is set.
- `fineweb.short_line_ratio`: the share of lines of at most `short_line_length` code points. More than `short_line_thr`:
  `short_line_ratio`.
- `fineweb.char_dup_ratio`: the share of code points in lines that were there before. More than `char_duplicates_ratio`:
  `char_dup_ratio`.
- `fineweb.list_ratio`: line ends per word. More than `new_line_ratio`: `list_ratio`.

A document without a line goes as `empty`. The scores are kept also when an earlier check has dropped the document.";

const RULES: &str = "\
**Terminal marks** are the 159 of FineWeb, of many scripts: `. ? !`, `؟`, `۔`, `。`, `।` are among them, `\"`, `»`, `…` are not.

**Whose rules.** With `compat = \"datatrove\"` decisions and reasons are equal to those of `FineWebQualityFilter` of datatrove 0.10 on
the same words. With `none`, the default, white space and closing quotes and brackets may stand behind the terminal mark
(«…قالوا نعم.»), an ellipsis of three dots is none, lines are trimmed before they are compared and measured, and
`fineweb.list_ratio` counts lines that are not blank, less one, so that a blank line between paragraphs costs nothing.

**Presets** are sets of thresholds; an option that is given wins.

- `fineweb-2-arb`: FineWeb-2's for Arabic (`configs/arb_Arab.yml` and its pipeline, which switches short lines off). It
  implies `compat = \"datatrove\"`.
- `arabic`, ours: of 4,303 news articles, most of them Arabic, one in fourteen has no line that ends in a mark, since some newsrooms end no
  paragraph with one; so `line_punct_exclude_zero` is on, and what goes is a text in which few lines do. Lines are a little
  shorter, since short vowels are not written. A line has ten words or more on average: in 99.9 % of those articles, it
  has 35. A text goes when a tenth of it repeats.";

/// The options, in the order of the checks.
const NAMES: [&str; 5] =
    ["line_punct_thr", "short_line_thr", "short_line_length", "char_duplicates_ratio", "new_line_ratio"];
/// FineWeb's and datatrove's defaults.
const FINEWEB: [f64; 5] = [0.12, 0.67, 30.0, 0.01, 0.3];
/// `configs/arb_Arab.yml` of FineWeb-2, and its pipeline.
const FINEWEB_2_ARB: [f64; 5] = [0.143, 999.0, 30.0, 0.1, 0.189];
/// Ours.
const ARABIC: [f64; 5] = [0.12, 0.67, 25.0, 0.1, 0.1];

/// Whose rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Compat {
    /// Ours.
    None,
    /// Those of datatrove 0.10.
    Datatrove,
}

/// A set of thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Preset {
    /// FineWeb-2's for Arabic.
    #[serde(rename = "fineweb-2-arb")]
    Fineweb2Arb,
    /// Ours for Arabic.
    Arabic,
}

/// The options of `filter.fineweb`. A threshold that is left out has the value of the preset.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// A set of thresholds.
    preset: Option<Preset>,
    /// Whose rules apply: `none` (ours) unless a preset says otherwise.
    compat: Option<Compat>,
    /// Least share of lines that end in a terminal mark.
    #[schemars(range(min = 0.0))]
    line_punct_thr: Option<f64>,
    /// Whether documents in which no line ends so are left to the other checks: no, unless the preset is `arabic`.
    line_punct_exclude_zero: Option<bool>,
    /// Greatest share of short lines; 1 or more drops nothing.
    #[schemars(range(min = 0.0))]
    short_line_thr: Option<f64>,
    /// Greatest number of code points of a short line.
    #[schemars(range(min = 0.0))]
    short_line_length: Option<f64>,
    /// Greatest share of code points in repeated lines; 1 drops nothing.
    #[schemars(range(min = 0.0))]
    char_duplicates_ratio: Option<f64>,
    /// Greatest number of line ends per word.
    #[schemars(range(min = 0.0))]
    new_line_ratio: Option<f64>,
}

impl Options {
    fn compat(&self) -> Compat {
        let implied = if self.preset == Some(Preset::Fineweb2Arb) { Compat::Datatrove } else { Compat::None };
        self.compat.unwrap_or(implied)
    }

    fn thresholds(&self) -> std::result::Result<[f64; 5], OptionError> {
        let preset = match self.preset {
            Some(Preset::Fineweb2Arb) => &FINEWEB_2_ARB,
            Some(Preset::Arabic) => &ARABIC,
            None => &FINEWEB,
        };
        let given = [
            self.line_punct_thr,
            self.short_line_thr,
            self.short_line_length,
            self.char_duplicates_ratio,
            self.new_line_ratio,
        ];
        resolve(&NAMES, given, preset)
    }
}

fn manual() -> String {
    let columns = [
        Column { name: "none, `datatrove`", values: &FINEWEB },
        Column { name: "`fineweb-2-arb`", values: &FINEWEB_2_ARB },
        Column { name: "`arabic`", values: &ARABIC },
    ];
    format!("{INTRO}\n\n{}\n\n{}\n\n{RULES}", table(&NAMES, &columns), words::MANUAL)
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "filter.fineweb".into(),
            summary: "drops documents that look like lists, menus or tables (FineWeb)".into(),
            manual: manual().into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Scores, Layer::Verdict]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    let example = |title, input| Example::new(title, input).after(&["tokenize.words"]);
    vec![
        example("A menu", "الرئيسية\nأخبار\nرياضة\nاقتصاد\nثقافة وفنون").dropped("line_punct_ratio"),
        example(
            "An article",
            "وصل الوفد إلى المدينة مساء أمس بعد رحلة طويلة.\n\nويلتقي الوفد اليوم ممثلي النقابات في البلدية؟",
        )
        .scores(&[
            ("fineweb.line_punct_ratio", 1.0),
            ("fineweb.short_line_ratio", 0.0),
            ("fineweb.char_dup_ratio", 0.0),
            ("fineweb.list_ratio", 1.0 / 18.0),
        ]),
        example("datatrove looks at the last character alone", "«وصل الوفد إلى المدينة مساء أمس بعد رحلة طويلة.»")
            .options("compat = \"datatrove\"")
            .dropped("line_punct_ratio"),
        example("An option overrides its preset", "Short.\nLines.\nAll of them.")
            .options("preset = \"arabic\"\nshort_line_thr = 1\nnew_line_ratio = 0.1")
            .dropped("list_ratio"),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let check = |reason: &str| Check::new(&format!("fineweb.{reason}"), reason, cx.labels);
    Ok(Built::parallel(Fineweb {
        compat: options.compat(),
        thresholds: options.thresholds()?,
        exclude_zero: options.line_punct_exclude_zero.unwrap_or(options.preset == Some(Preset::Arabic)),
        checks: ["line_punct_ratio", "short_line_ratio", "char_dup_ratio", "list_ratio"].map(check),
        empty: cx.labels.intern("empty"),
        repeats: Repeats::new(),
        words: Vec::new(),
    }))
}

#[derive(Clone)]
struct Fineweb {
    compat: Compat,
    thresholds: [f64; 5],
    exclude_zero: bool,
    checks: [Check; 4],
    empty: LabelId,
    repeats: Repeats,
    words: Vec<Word>,
}

impl Stage for Fineweb {
    fn reads(&self) -> Option<Layers> {
        // Tokens are looked at where there are some; no stage has to have made them.
        Some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Fineweb {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let [least_punct, most_short, short_length, most_duplicate, most_lines] = self.thresholds;
        let is_exact = self.compat == Compat::Datatrove;
        let lines = || {
            let lines = doc.text.split('\n').filter(|line| !python::strip(line).is_empty());
            lines.map(move |line| if is_exact { line } else { python::strip(line) })
        };
        let (mut count, mut terminated, mut short) = (0usize, 0, 0);
        for line in lines() {
            count += 1;
            terminated += usize::from(if is_exact { line.ends_with(is_terminal) } else { ends_sentence(line) });
            short += usize::from(line.chars().count() as f64 <= short_length);
        }
        words::fill(doc, &mut self.words);
        let mut checks = Checks::new(out);
        if count == 0 {
            checks.fail(self.empty, || "no line has anything on it".into());
        }
        let line_ends = memchr::memchr_iter(b'\n', doc.text.as_bytes()).count();
        let duplicate = self.repeats.of(lines()).later_chars;
        let chars = doc.text.chars().count() - line_ends;
        let breaks = if is_exact { line_ends } else { count.saturating_sub(1) };

        let [punct_check, short_check, duplicate_check, list_check] = self.checks;
        let punct = ratio(terminated, count);
        checks.at_least(punct_check, punct, Some(least_punct).filter(|_| punct != 0.0 || !self.exclude_zero));
        checks.at_most(short_check, ratio(short, count), Some(most_short));
        checks.at_most(duplicate_check, ratio(duplicate, chars), Some(most_duplicate));
        checks.at_most(list_check, ratio(breaks, self.words.len()), Some(most_lines));
        self.repeats.rest();
        Ok(())
    }
}
