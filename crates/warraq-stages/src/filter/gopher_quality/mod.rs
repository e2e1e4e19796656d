//! `filter.gopher-quality`: drops documents that do not look like prose.

mod count;
mod stop_words;
#[cfg(test)]
mod tests;

use super::checks::{Check, Checks, ratio};
use super::thresholds::{Column, resolve, table, unless_zero};
use super::words::{self, Word};
use crate::options;
use count::{Counter, Counts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use stop_words::StopWords;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const INTRO: &str = "\
Drops documents that do not look like prose: the quality rules of Gopher (Rae et al. 2021,
<https://arxiv.org/abs/2112.11446>). Every number is kept as a score, also when another check has dropped the document. The
checks, in the order in which they decide, with their scores and reasons:

| score | the document goes | reason |
|---|---|---|
| `gopher.words` | with fewer than `min_doc_words`, or more than `max_doc_words` | `gopher_short_doc`, `gopher_long_doc` |
| `gopher.mean_word_length` | below `min_avg_word_length`, above `max_avg_word_length` | `gopher_below_avg_threshold`, `gopher_above_avg_threshold` |
| `gopher.hash_ratio` | with more `#` per word than `max_symbol_word_ratio` | `gopher_too_many_hashes` |
| `gopher.ellipsis_ratio` | with more `...` and `…` per word than that | `gopher_too_many_ellipsis` |
| `gopher.bullet_lines_frac` | if more lines begin with a bullet than `max_bullet_lines_ratio` | `gopher_too_many_bullets` |
| `gopher.ellipsis_lines_frac` | if more lines end in an ellipsis than `max_ellipsis_lines_ratio` | `gopher_too_many_end_ellipsis` |
| `gopher.alpha_words_frac` | if fewer words have a letter than `min_alpha_words_ratio` (`max_non_alpha_words_ratio` in datatrove) | `gopher_below_alpha_threshold` |
| `gopher.stop_words` | with fewer different stop words than `min_stop_words` | `gopher_enough_stop_words` |

A threshold of 0 switches its check off.";

const RULES: &str = "\
**Whose rules.** `compat` says whose decisions these are.

- `none` (default), ours: words are those with a letter or a digit, all shares are of them, and their length is counted
  without tatweel and vowel signs, so that vowelled Arabic is not longer than other Arabic. Blank lines do not count; bullets
  are `• - – — * · ▪ ▫ ● ○ ◦ ‣ ⁃ ► ➤`; quotes may close behind an ellipsis. Stop words are those of the document's language,
  for Arabic, English and French; in a document without a language those of all three count, and in one of another
  language the check does not apply. Case, vowel signs and letter variants do not matter, and Arabic stop words also count
  behind `و` and `ف`.
- `datatrove` (0.10): decisions and reasons equal to its `GopherQualityFilter` on the same words. Number and length are of
  the words that are not wholly punctuation, the other shares of all of them; bullets are `•` and `-`; stop words are compared
  as they are written, and are Gopher's eight English ones in every language, so that Arabic needs `stop_words` or a preset.
  Where there is nothing to divide by, a share is 0, and the mean length is not checked.
- `dolma` (tagger `gopher_v1`): the *median* length (`gopher.median_word_length`), the share of words that have `#` or `…` in
  them (`gopher.symbol_ratio`, reason `gopher_too_many_symbols`), bullets `*` and `-` and the ellipsis `…` without white space
  around them, and stop words counted as often as they occur. Its words stand between white space: for the same decisions
  put no tokenizer before this stage.

**Presets** are sets of thresholds; an option that is given wins.

- `fineweb-2-arb`: FineWeb-2's for Arabic (`configs/arb_Arab.yml`), with its 19 stop words, of which the first is a comma. It
  implies `compat = \"datatrove\"`.
- `arabic`, ours: fewer words, since an Arabic word holds what are two or three in English (`وبالكتاب`, *and with the book*); a
  shorter mean length, since short vowels are not written; and more stop words, since there is no Arabic paragraph without
  prepositions, while lists of names and goods have them by chance.";

/// The options, in the order of the checks.
const NAMES: [&str; 9] = [
    "min_doc_words",
    "max_doc_words",
    "min_avg_word_length",
    "max_avg_word_length",
    "max_symbol_word_ratio",
    "max_bullet_lines_ratio",
    "max_ellipsis_lines_ratio",
    "min_alpha_words_ratio",
    "min_stop_words",
];
/// The paper's, and datatrove's and dolma's.
const GOPHER: [f64; 9] = [50.0, 100_000.0, 3.0, 10.0, 0.1, 0.9, 0.3, 0.8, 2.0];
/// `configs/arb_Arab.yml` of FineWeb-2.
const FINEWEB_2_ARB: [f64; 9] = [50.0, 100_000.0, 2.0, 9.0, 0.1, 0.9, 0.3, 0.787, 2.0];
/// Ours.
const ARABIC: [f64; 9] = [40.0, 100_000.0, 3.0, 8.0, 0.1, 0.9, 0.3, 0.8, 3.0];

/// Whose rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Compat {
    /// Ours.
    None,
    /// Those of datatrove 0.10.
    Datatrove,
    /// Those of dolma.
    Dolma,
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

/// The options of `filter.gopher-quality`. A threshold that is left out has the value of the preset.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// A set of thresholds.
    preset: Option<Preset>,
    /// Whose rules apply: `none` (ours) unless a preset says otherwise.
    compat: Option<Compat>,
    /// Least number of words.
    #[schemars(range(min = 0.0))]
    min_doc_words: Option<f64>,
    /// Greatest number of words.
    #[schemars(range(min = 0.0))]
    max_doc_words: Option<f64>,
    /// Least mean length of words in code points.
    #[schemars(range(min = 0.0))]
    min_avg_word_length: Option<f64>,
    /// Greatest mean length of words in code points.
    #[schemars(range(min = 0.0))]
    max_avg_word_length: Option<f64>,
    /// Greatest number of `#`, and of ellipses, per word.
    #[schemars(range(min = 0.0))]
    max_symbol_word_ratio: Option<f64>,
    /// Greatest share of lines that begin with a bullet.
    #[schemars(range(min = 0.0))]
    max_bullet_lines_ratio: Option<f64>,
    /// Greatest share of lines that end in an ellipsis.
    #[schemars(range(min = 0.0))]
    max_ellipsis_lines_ratio: Option<f64>,
    /// Least share of words with a letter in them.
    #[schemars(range(min = 0.0))]
    min_alpha_words_ratio: Option<f64>,
    /// Least number of different stop words.
    #[schemars(range(min = 0.0))]
    min_stop_words: Option<f64>,
    /// The stop words of documents in any language, in the place of those of the preset or of the language.
    stop_words: Option<Vec<String>>,
}

impl Options {
    fn compat(&self) -> Compat {
        let implied = if self.preset == Some(Preset::Fineweb2Arb) { Compat::Datatrove } else { Compat::None };
        self.compat.unwrap_or(implied)
    }

    fn thresholds(&self) -> std::result::Result<[f64; 9], OptionError> {
        let preset = match self.preset {
            Some(Preset::Fineweb2Arb) => &FINEWEB_2_ARB,
            Some(Preset::Arabic) => &ARABIC,
            None => &GOPHER,
        };
        let given = [
            self.min_doc_words,
            self.max_doc_words,
            self.min_avg_word_length,
            self.max_avg_word_length,
            self.max_symbol_word_ratio,
            self.max_bullet_lines_ratio,
            self.max_ellipsis_lines_ratio,
            self.min_alpha_words_ratio,
            self.min_stop_words,
        ];
        resolve(&NAMES, given, preset)
    }
}

fn manual() -> String {
    let columns = [
        Column { name: "none, `datatrove`, `dolma`", values: &GOPHER },
        Column { name: "`fineweb-2-arb`", values: &FINEWEB_2_ARB },
        Column { name: "`arabic`", values: &ARABIC },
    ];
    format!("{INTRO}\n\n{}\n\n{}\n\n{RULES}", table(&NAMES, &columns), words::MANUAL)
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "filter.gopher-quality".into(),
            summary: "drops documents that do not look like prose (Gopher)".into(),
            manual: manual().into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens, Layer::Lang]),
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
        example("Too short", "خبر عاجل من المدينة.").lang("ar").dropped("gopher_short_doc"),
        example("All numbers are kept", "قَالَ الوزير: «سنلتقي في المدينة…»\n- وفي القرية\n")
            .lang("ar")
            .options("min_doc_words = 5\nmax_symbol_word_ratio = 0.2\nmax_ellipsis_lines_ratio = 0.6")
            .scores(&[
                ("gopher.words", 7.0),
                ("gopher.mean_word_length", 33.0 / 7.0),
                ("gopher.hash_ratio", 0.0),
                ("gopher.ellipsis_ratio", 1.0 / 7.0),
                ("gopher.bullet_lines_frac", 0.5),
                ("gopher.ellipsis_lines_frac", 0.5),
                ("gopher.alpha_words_frac", 1.0),
                ("gopher.stop_words", 1.0),
            ])
            .dropped("gopher_enough_stop_words"),
        example("The same sentence has Gopher's English stop words, or none", "وصل الوفد إلى المدينة في المساء.")
            .lang("ar")
            .options("compat = \"datatrove\"\nmin_doc_words = 5")
            .dropped("gopher_enough_stop_words"),
        example("Presets bring their own", "وصل الوفد إلى المدينة في المساء.")
            .options("preset = \"fineweb-2-arb\"\nmin_doc_words = 5"),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let (compat, thresholds) = (options.compat(), options.thresholds()?);
    for (low, high) in [(0, 1), (2, 3)] {
        if thresholds[high] != 0.0 && thresholds[low] > thresholds[high] {
            let message = format!("no document is between {} and {}", thresholds[low], thresholds[high]);
            return Err(OptionError::new(NAMES[low], message));
        }
    }
    let check = |score: &str, reason: &str| Check::new(&format!("gopher.{score}"), reason, cx.labels);
    let is_dolma = compat == Compat::Dolma;
    Ok(Built::parallel(Quality {
        thresholds: thresholds.map(unless_zero),
        checks: [
            check("words", "gopher_short_doc"),
            check(if is_dolma { "median_word_length" } else { "mean_word_length" }, "gopher_below_avg_threshold"),
            match is_dolma {
                true => check("symbol_ratio", "gopher_too_many_symbols"),
                false => check("hash_ratio", "gopher_too_many_hashes"),
            },
            check("ellipsis_ratio", "gopher_too_many_ellipsis"),
            check("bullet_lines_frac", "gopher_too_many_bullets"),
            check("ellipsis_lines_frac", "gopher_too_many_end_ellipsis"),
            check("alpha_words_frac", "gopher_below_alpha_threshold"),
            check("stop_words", "gopher_enough_stop_words"),
        ],
        too_long: cx.labels.intern("gopher_long_doc"),
        words_too_long: cx.labels.intern("gopher_above_avg_threshold"),
        stop_words: Arc::new(StopWords::new(&options)?),
        counter: Counter::new(compat),
        words: Vec::new(),
    }))
}

#[derive(Clone)]
struct Quality {
    thresholds: [Option<f64>; 9],
    checks: [Check; 8],
    too_long: LabelId,
    words_too_long: LabelId,
    stop_words: Arc<StopWords>,
    counter: Counter,
    words: Vec<Word>,
}

impl Stage for Quality {
    fn reads(&self) -> Option<Layers> {
        // Tokens are looked at where there are some; no stage has to have made them.
        Some(Layers::of(&[Layer::Text, Layer::Lang]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Quality {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        words::fill(doc, &mut self.words);
        let Counts { words, all_words, length, symbols, ellipses, lines, bullets, ellipsis_ends, alpha } =
            self.counter.count(doc.text, &self.words);
        let stop_words = self.stop_words.in_list(doc.lang).map(|list| {
            let words = self.words.iter().map(|word| word.of(doc.text));
            self.counter.stop_words(&self.stop_words, list, words)
        });
        let [short, length_low, hash, ellipsis, bullet, ellipsis_end, letters, stop] = self.checks;
        let [min_words, max_words, min_length, max_length, symbol, bullet_lines, ellipsis_lines, min_alpha, min_stop] =
            self.thresholds;

        let mut checks = Checks::new(out);
        checks.between(short, self.too_long, words as f64, min_words, max_words);
        let is_measured = |limit: Option<f64>| limit.filter(|_| words > 0);
        let (low, high) = (is_measured(min_length), is_measured(max_length));
        checks.between(length_low, self.words_too_long, length, low, high);
        checks.at_most(hash, ratio(symbols, all_words), symbol);
        if let Some(ellipses) = ellipses {
            checks.at_most(ellipsis, ratio(ellipses, all_words), symbol);
        }
        checks.at_most(bullet, ratio(bullets, lines), bullet_lines);
        checks.at_most(ellipsis_end, ratio(ellipsis_ends, lines), ellipsis_lines);
        checks.at_least(letters, ratio(alpha, all_words), min_alpha);
        if let Some(stop_words) = stop_words {
            checks.at_least(stop, stop_words as f64, min_stop);
        }
        Ok(())
    }
}
