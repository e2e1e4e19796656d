//! `filter.gopher-repetition`: drops documents in which too much repeats.

use super::checks::{Check, Checks, ratio};
use super::python::{self, is_space};
use super::repeats::{Between, Repeated, Repeats};
use super::thresholds::{Column, resolve, table, unless_zero};
use super::words::{self, Word};
use crate::options;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, Layer, Layers, OptionError, Order, Result, Stage, StageDef,
    StageInfo, Worker, parse_options,
};

const INTRO: &str = "\
Drops documents in which lines, paragraphs or n-grams of words repeat too much: the rules of Gopher (Rae et al. 2021,
<https://arxiv.org/abs/2112.11446>, table A1). Every share is kept as a score, `gopher.` and the name of its option, also when
another check has dropped the document: `filter.score` cuts a corpus anew without running this again. A document goes
when a share is *greater* than its threshold. The reason is that of the first such check, in the order of the table; its
name is that of the option, but for `duplicated_5_n_grams` to `duplicated_10_n_grams`. A threshold of 0 switches its check
off.";

const RULES: &str = "\
**Shares.** `…_frac` is the share of repeated lines or paragraphs among all, `…_char_frac` the share of their characters in the
text. `top_n_gram` is the length of the most frequent n-gram (of several the first) times how often it is there, in
characters of the text; `dup_n_gram` is the share of characters that are in n-grams seen before, read greedily from the left.
Characters are code points.

**Whose rules.** Implementations differ in silence; `compat` says whose decisions these are.

- `none` (default), ours: a line that is there n times counts as n − 1 repetitions. Lines and paragraphs are trimmed, blank
  ones are none, white space alone on a line does not join paragraphs, and an n-gram that is there once is not
  frequent.
- `datatrove` (0.10): decisions and reasons equal to its `GopherRepetitionFilter` on the same words. It does not trim, so
  that an empty text before the first and after the last line end counts as a line; its most frequent n-gram may be there
  once, so that very short texts go; the n-grams of `dup_n_gram` are compared without the spaces between words. (There, a
  threshold of 0 for an n-gram drops every document that has one; here it switches the check off.)
- `dolma` (tagger `gopher_v1`): *all* copies of a repeated line count, the first too. Of four lines with one repeated,
  that is 0.5, where datatrove has 0.25. Lines end at line feeds, and blank ones are lines. Shares are of the characters
  of words, without white space; the share of duplicate n-grams counts all copies of each, overlapping. It has no
  paragraphs. Its words stand between white space: for the same decisions put no tokenizer before this stage. (Its published
  mixer configurations ask for an attribute `…_most_common_2gram` that the tagger calls `…_2grams`, so that
  this check never drops anything there. Here it does.)

**Presets** are sets of thresholds; an option that is given wins over its preset. Without one, the thresholds are those of
`compat`.

- `fineweb-2-arb`: FineWeb-2's for Arabic (`configs/arb_Arab.yml` and its pipeline, which switches paragraphs and characters
  of lines off). It implies `compat = \"datatrove\"`.
- `arabic`, ours: lines as Gopher's. Of 4,324 news articles, most of them Arabic, 99.9 % stay below 0.12 in each top n-gram by our rules, where
  an n-gram has to recur to count; so 0.16 and 0.15 are enough. Of duplicate n-grams some of them have more than Gopher
  allows, since names with their titles recur in honest news: FineWeb-2's thresholds let 99.9 % pass.";

/// The options, in the order of the checks.
const NAMES: [&str; 13] = [
    "dup_para_frac",
    "dup_para_char_frac",
    "dup_line_frac",
    "dup_line_char_frac",
    "top_2_gram",
    "top_3_gram",
    "top_4_gram",
    "dup_5_gram",
    "dup_6_gram",
    "dup_7_gram",
    "dup_8_gram",
    "dup_9_gram",
    "dup_10_gram",
];
/// The places in [`NAMES`] of the n-grams, the n of the first and that after the last.
const TOP: (usize, usize, usize) = (4, 2, 5);
const DUPLICATE: (usize, usize, usize) = (7, 5, 11);

/// Table A1 of the paper, and datatrove's defaults.
const GOPHER: [f64; 13] = [0.3, 0.2, 0.3, 0.2, 0.2, 0.18, 0.16, 0.15, 0.14, 0.13, 0.12, 0.11, 0.1];
/// The mixer's configuration of Dolma's CCCC corpus.
const DOLMA: [f64; 13] = [0.0, 0.0, 0.3, 0.3, 0.2, 0.18, 0.16, 0.15, 0.14, 0.13, 0.12, 0.11, 0.1];
/// `configs/arb_Arab.yml` of FineWeb-2.
const FINEWEB_2_ARB: [f64; 13] = [0.0, 0.0, 0.304, 0.0, 0.197, 0.172, 0.146, 0.165, 0.153, 0.142, 0.131, 0.12, 0.109];
/// Ours.
const ARABIC: [f64; 13] = [0.3, 0.2, 0.3, 0.2, 0.16, 0.15, 0.15, 0.165, 0.153, 0.142, 0.131, 0.12, 0.109];

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

/// The options of `filter.gopher-repetition`. A threshold that is left out has the value of the preset, or of `compat`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// A set of thresholds.
    preset: Option<Preset>,
    /// Whose rules apply: `none` (ours) unless a preset says otherwise.
    compat: Option<Compat>,
    /// Greatest share of paragraphs that repeat another.
    #[schemars(range(min = 0.0))]
    dup_para_frac: Option<f64>,
    /// Greatest share of characters in such paragraphs.
    #[schemars(range(min = 0.0))]
    dup_para_char_frac: Option<f64>,
    /// Greatest share of lines that repeat another.
    #[schemars(range(min = 0.0))]
    dup_line_frac: Option<f64>,
    /// Greatest share of characters in such lines.
    #[schemars(range(min = 0.0))]
    dup_line_char_frac: Option<f64>,
    /// Greatest share of characters in the most frequent pair of words.
    #[schemars(range(min = 0.0))]
    top_2_gram: Option<f64>,
    /// Greatest share of characters in the most frequent sequence of three words.
    #[schemars(range(min = 0.0))]
    top_3_gram: Option<f64>,
    /// Greatest share of characters in the most frequent sequence of four words.
    #[schemars(range(min = 0.0))]
    top_4_gram: Option<f64>,
    /// Greatest share of characters in repeated sequences of five words.
    #[schemars(range(min = 0.0))]
    dup_5_gram: Option<f64>,
    /// Greatest share of characters in repeated sequences of six words.
    #[schemars(range(min = 0.0))]
    dup_6_gram: Option<f64>,
    /// Greatest share of characters in repeated sequences of seven words.
    #[schemars(range(min = 0.0))]
    dup_7_gram: Option<f64>,
    /// Greatest share of characters in repeated sequences of eight words.
    #[schemars(range(min = 0.0))]
    dup_8_gram: Option<f64>,
    /// Greatest share of characters in repeated sequences of nine words.
    #[schemars(range(min = 0.0))]
    dup_9_gram: Option<f64>,
    /// Greatest share of characters in repeated sequences of ten words.
    #[schemars(range(min = 0.0))]
    dup_10_gram: Option<f64>,
}

impl Options {
    fn compat(&self) -> Compat {
        let implied = if self.preset == Some(Preset::Fineweb2Arb) { Compat::Datatrove } else { Compat::None };
        self.compat.unwrap_or(implied)
    }

    fn thresholds(&self) -> std::result::Result<[f64; 13], OptionError> {
        let preset = match (self.preset, self.compat()) {
            (Some(Preset::Fineweb2Arb), _) => &FINEWEB_2_ARB,
            (Some(Preset::Arabic), _) => &ARABIC,
            (None, Compat::Dolma) => &DOLMA,
            (None, Compat::None | Compat::Datatrove) => &GOPHER,
        };
        let given = [
            self.dup_para_frac,
            self.dup_para_char_frac,
            self.dup_line_frac,
            self.dup_line_char_frac,
            self.top_2_gram,
            self.top_3_gram,
            self.top_4_gram,
            self.dup_5_gram,
            self.dup_6_gram,
            self.dup_7_gram,
            self.dup_8_gram,
            self.dup_9_gram,
            self.dup_10_gram,
        ];
        resolve(&NAMES, given, preset)
    }
}

fn manual() -> String {
    let columns = [
        Column { name: "none, `datatrove`", values: &GOPHER },
        Column { name: "`dolma`", values: &DOLMA },
        Column { name: "`fineweb-2-arb`", values: &FINEWEB_2_ARB },
        Column { name: "`arabic`", values: &ARABIC },
    ];
    format!("{INTRO}\n\n{}\n\n{}\n\n{RULES}", table(&NAMES, &columns), words::MANUAL)
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "filter.gopher-repetition".into(),
            summary: "drops documents in which lines, paragraphs or n-grams repeat too much (Gopher)".into(),
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
        example("A line that repeats", "خبر اليوم\nاقرأ أيضا\nخبر آخر من المدينة\nاقرأ أيضا\nاقرأ أيضا\n")
            .dropped("dup_line_frac"),
        example("Four lines with one repeated are 0.25 to us …", "one\ntwo\nthree\ntwo")
            .options("dup_line_frac = 0.3\ndup_line_char_frac = 0\ndup_para_frac = 0\ndup_para_char_frac = 0"),
        example("… and 0.5 to dolma", "one\ntwo\nthree\ntwo").options("compat = \"dolma\"").dropped("dup_line_frac"),
        example("In datatrove a very short text is its most frequent pair of words", "مرحبا بكم")
            .options("compat = \"datatrove\"")
            .dropped("top_2_gram"),
        example("A preset, and an option that overrides it", "أ\nب\nج\nب")
            .options("preset = \"fineweb-2-arb\"\ndup_line_frac = 0.2")
            .dropped("dup_line_frac"),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let thresholds = options.thresholds()?;
    let checks = NAMES.map(|name| {
        let reason = match name.strip_prefix("dup_").and_then(|rest| rest.strip_suffix("_gram")) {
            Some(n) => format!("duplicated_{n}_n_grams"),
            None => name.to_owned(),
        };
        Check::new(&format!("gopher.{name}"), &reason, cx.labels)
    });
    Ok(Built::parallel(Repetition {
        compat: options.compat(),
        thresholds: thresholds.map(unless_zero),
        checks,
        repeats: Repeats::new(),
        words: Vec::new(),
    }))
}

#[derive(Clone)]
struct Repetition {
    compat: Compat,
    thresholds: [Option<f64>; 13],
    checks: [Check; 13],
    repeats: Repeats,
    words: Vec<Word>,
}

impl Stage for Repetition {
    fn reads(&self) -> Option<Layers> {
        // Tokens are looked at where there are some; no stage has to have made them.
        Some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Repetition {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        words::fill(doc, &mut self.words);
        self.repeats.read(doc.text, &self.words);
        let mut shares = [0.0; 13];
        self.lines(doc.text, &mut shares);
        self.grams(doc.text, &mut shares);
        let mut checks = Checks::new(out);
        for ((check, share), most) in self.checks.iter().zip(shares).zip(self.thresholds) {
            checks.at_most(*check, share, most);
        }
        self.repeats.rest();
        Ok(())
    }
}

impl Repetition {
    fn lines(&mut self, text: &str, shares: &mut [f64; 13]) {
        let all = self.chars(text);
        let (paragraphs, lines) = match self.compat {
            Compat::None => {
                let paragraphs = self.repeats.of(paragraphs(text));
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                (paragraphs, self.repeats.of(lines))
            }
            Compat::Datatrove => {
                let paragraphs = self.repeats.of(split_at_runs(python::strip(text), 2));
                (paragraphs, self.repeats.of(split_at_runs(text, 1)))
            }
            Compat::Dolma => (Repeated::default(), self.repeats.of(text.split('\n'))),
        };
        let of = |r: &Repeated| match self.compat {
            Compat::Dolma => (r.copies, r.copied_chars),
            Compat::None | Compat::Datatrove => (r.later, r.later_chars),
        };
        for (n, repeated) in [paragraphs, lines].iter().enumerate() {
            let (items, chars) = of(repeated);
            shares[2 * n] = ratio(items, repeated.items);
            shares[2 * n + 1] = ratio(chars, all);
        }
    }

    /// What shares of characters are of.
    fn chars(&self, text: &str) -> usize {
        match self.compat {
            Compat::Dolma => self.repeats.word_chars(),
            Compat::None | Compat::Datatrove => text.chars().count(),
        }
    }

    fn grams(&mut self, text: &str, shares: &mut [f64; 13]) {
        let all = self.chars(text);
        let (place, first, end) = TOP;
        for n in first..end {
            self.repeats.grow_to(n, Between::Space);
            let Some(top) = self.repeats.top() else { continue };
            let length = match self.compat {
                Compat::Dolma => top.chars,
                Compat::None | Compat::Datatrove => top.chars + n - 1,
            };
            let is_one = self.compat == Compat::None && top.count == 1;
            shares[place + n - first] = if is_one { 0.0 } else { ratio(length * top.count, all) };
        }
        let (place, first, end) = DUPLICATE;
        if self.compat != Compat::Dolma {
            self.repeats.restart();
        }
        for n in first..end {
            shares[place + n - first] = if self.compat == Compat::Dolma {
                self.repeats.grow_to(n, Between::Space);
                let (repeated, all) = self.repeats.grams();
                ratio(repeated.copied_chars, all)
            } else {
                self.repeats.grow_to(n, Between::Nothing);
                ratio(self.repeats.greedy_chars(), all)
            };
        }
    }
}

/// What stands between runs of at least `least` line feeds: an empty text before a run at the beginning and after one at
/// the end, too.
fn split_at_runs(text: &str, least: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut from = 0;
        loop {
            let Some(at) = memchr::memchr(b'\n', &text.as_bytes()[from..]).map(|at| from + at) else {
                rest = None;
                return Some(text);
            };
            let run = text.as_bytes()[at..].iter().take_while(|&&byte| byte == b'\n').count();
            if run >= least {
                rest = Some(&text[at + run..]);
                return Some(&text[..at]);
            }
            from = at + run;
        }
    })
}

/// Stretches of lines that are not blank, trimmed.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let mut lines = text.split_inclusive('\n');
    let mut end = 0;
    std::iter::from_fn(move || {
        let (mut first, mut last) = (None, end);
        for line in lines.by_ref() {
            let start = end;
            end += line.len();
            match line.trim_matches(is_space).is_empty() {
                false => {
                    first.get_or_insert(start);
                    last = end;
                }
                true if first.is_some() => break,
                true => {}
            }
        }
        first.map(|first| text[first..last].trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use warraq_core::testing::{describe, run_stage};
    use warraq_core::{Document, Labels, MemoryResources};

    #[test]
    fn texts_are_split_as_the_references_split_them() {
        for (text, least, expected) in [
            ("a\n\nb\nc\n\n\nd", 2, vec!["a", "b\nc", "d"]),
            ("a\n\nb\n", 1, vec!["a", "b", ""]),
            ("\na", 1, vec!["", "a"]),
            ("", 1, vec![""]),
            ("\n\n", 2, vec!["", ""]),
        ] {
            assert_eq!(split_at_runs(text, least).collect::<Vec<_>>(), expected, "{text:?} at {least}");
        }
    }

    #[test]
    fn a_line_with_white_space_alone_parts_paragraphs() {
        for (text, expected) in
            [("a\n \t\n b\nc \n\n\n", vec!["a", "b\nc"]), ("\n\n", vec![]), ("", vec![]), ("a", vec!["a"])]
        {
            assert_eq!(paragraphs(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    /// The scores by their names without the prefix.
    fn scores(compat: &str, text: &str) -> HashMap<String, f64> {
        let labels = Labels::new();
        let mut doc = Document::with_text("x", text);
        let options = serde_json::json!({ "compat": compat });
        run_stage(&definition(), options, &labels, &mut MemoryResources::new(), &mut doc, 0).unwrap();
        let scores = describe(&doc, &labels).scores.unwrap_or_default();
        scores.into_iter().map(|(name, value)| (name.trim_start_matches("gopher.").to_owned(), value)).collect()
    }

    #[test]
    fn each_set_of_rules_counts_in_its_own_way() {
        let lines = "one\ntwo\nthree\ntwo";
        let words = "a b c d e a b c d e";
        for (text, score, none, datatrove, dolma) in [
            (lines, "dup_line_frac", 0.25, 0.25, 0.5),
            // Three letters of 17 characters; twice three of the 14 letters.
            (lines, "dup_line_char_frac", 3.0 / 17.0, 3.0 / 17.0, 6.0 / 14.0),
            (lines, "top_2_gram", 0.0, 7.0 / 17.0, 6.0 / 14.0),
            (lines, "top_4_gram", 0.0, 1.0, 1.0),
            (lines, "dup_5_gram", 0.0, 0.0, 0.0),
            ("one\n\n\ntwo\n\none\n", "dup_para_frac", 1.0 / 3.0, 1.0 / 3.0, 0.0),
            // datatrove has a line behind the last line end, dolma one on each blank line.
            ("one\n\none\n", "dup_line_frac", 0.5, 1.0 / 3.0, 1.0),
            ("one\n one", "dup_line_frac", 0.5, 0.0, 0.0),
            (words, "top_2_gram", 6.0 / 19.0, 6.0 / 19.0, 4.0 / 10.0),
            // The second `a b c d e`; two of six n-grams.
            (words, "dup_5_gram", 5.0 / 19.0, 5.0 / 19.0, 2.0 / 6.0),
            (words, "dup_6_gram", 0.0, 0.0, 0.0),
        ] {
            let expected = [("none", none), ("datatrove", datatrove), ("dolma", dolma)];
            for (compat, expected) in expected {
                assert_eq!(scores(compat, text)[score], expected, "{compat}: {score} of {text:?}");
            }
        }
    }

    #[test]
    fn explicit_options_win_over_presets_and_presets_over_compat() {
        let options = |json: serde_json::Value| parse_options::<Options>(json).unwrap();
        let preset = options(serde_json::json!({"preset": "fineweb-2-arb", "top_2_gram": 0.5}));
        let mut expected = FINEWEB_2_ARB;
        expected[4] = 0.5;
        assert_eq!((preset.thresholds().unwrap(), preset.compat()), (expected, Compat::Datatrove));
        let other = options(serde_json::json!({"preset": "fineweb-2-arb", "compat": "dolma"}));
        assert_eq!((other.thresholds().unwrap(), other.compat()), (FINEWEB_2_ARB, Compat::Dolma));
        assert_eq!(options(serde_json::json!({"compat": "dolma"})).thresholds().unwrap(), DOLMA);
        let error = options(serde_json::json!({"dup_6_gram": -1})).thresholds().unwrap_err();
        assert_eq!(error.to_string(), "`dup_6_gram`: a threshold is a number, 0 or more");
    }
}
