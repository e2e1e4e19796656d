//! `clean.lines`: keeps and drops lines by pattern, length and what they are made of.

use crate::clean::cut;
use crate::{options, patterns};
use regex::RegexSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Takes lines out that match a pattern, are too short or too long, or are made of too few letters or too much else. A line must
pass every bound that is set; a line that matches one of `keep` stays, whatever else holds of it. Blank lines are not looked at.

```toml
[[stage]]
use = \"clean.lines\"
drop = ['^(Menu|القائمة)$', '(?i)cookie']
keep = ['^#']
min_words = 3
min_letters = 0.5
```

**Patterns** are searched anywhere in the line without the white space around it; `^` and `$` are its ends. They are those of
Rust's `regex` crate, as in `clean.replace`.

**Counts.** Characters are code points. Words are runs of characters without white space that have a letter or a digit. Shares
are of the characters that are not white space, from 0 to 1: letters with their combining marks, so that vowel signs count as
what they are on; digits of all scripts; punctuation, which here is everything else, symbols and emoji, too.

What goes is on record under `label`, with the reason: `pattern`, `too_few_chars`, `too_many_chars`, `too_few_words`,
`too_many_words`, `too_few_letters`, `too_many_digits`, `too_much_punctuation`. Lines end with `\\n`. A line takes along the white
space on one of its sides, the shorter, so that paragraphs stay as far apart as they were.";

/// The options of `clean.lines`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Regular expressions: a line that matches one of them goes.
    drop: Vec<String>,
    /// Regular expressions: a line that matches one of them stays, whatever else holds of it.
    keep: Vec<String>,
    /// The fewest characters.
    min_chars: Option<u64>,
    /// The most characters.
    max_chars: Option<u64>,
    /// The fewest words.
    min_words: Option<u64>,
    /// The most words.
    max_words: Option<u64>,
    /// The least share of letters, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    min_letters: Option<f64>,
    /// The largest share of digits, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    max_digits: Option<f64>,
    /// The largest share of punctuation and symbols, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    max_punctuation: Option<f64>,
    /// The label under which lines go on record.
    label: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            drop: Vec::new(),
            keep: Vec::new(),
            min_chars: None,
            max_chars: None,
            min_words: None,
            max_words: None,
            min_letters: None,
            max_digits: None,
            max_punctuation: None,
            label: "line".into(),
        }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "clean.lines".into(),
            summary: "keeps and drops lines by pattern, length and what they are made of".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Text]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("By pattern", "القائمة\nافتتح الوزير المعرض.\nتسجيل الدخول")
                    .options("drop = ['^القائمة$', '^تسجيل الدخول']\nlabel = 'menu'")
                    .text("افتتح الوزير المعرض.")
                    .removed(&[("menu", "القائمة\n"), ("menu", "\nتسجيل الدخول")]),
                Example::new("By length, except for some", "# Notes\n\nOk\n\nThe port opens on Monday.")
                    .options("min_words = 3\nkeep = ['^#']")
                    .text("# Notes\n\nThe port opens on Monday."),
                Example::new("Lines of numbers", "هطلت الأمطار على المدينة.\n12 | 34 | 56 | 78")
                    .options("min_letters = 0.5")
                    .text("هطلت الأمطار على المدينة."),
            ],
        },
        build: Box::new(build),
    }
}

/// Why a line goes, in the order in which it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Pattern,
    FewChars,
    ManyChars,
    FewWords,
    ManyWords,
    FewLetters,
    ManyDigits,
    MuchPunctuation,
}

impl Reason {
    const NAMES: [&str; 8] = [
        "pattern",
        "too_few_chars",
        "too_many_chars",
        "too_few_words",
        "too_many_words",
        "too_few_letters",
        "too_many_digits",
        "too_much_punctuation",
    ];
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let Options { min_chars, max_chars, min_words, max_words, min_letters, max_digits, max_punctuation, .. } = options;
    for (what, min, max) in [("chars", min_chars, max_chars), ("words", min_words, max_words)] {
        if let (Some(low), Some(high)) = (min, max)
            && low > high
        {
            let message = format!("no line has at least {low} and at most {high} {what}");
            return Err(OptionError::new(format!("min_{what}"), message));
        }
    }
    let shares = [("min_letters", min_letters), ("max_digits", max_digits), ("max_punctuation", max_punctuation)];
    for (option, share) in shares {
        if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err(OptionError::new(option, "a share is from 0 to 1"));
        }
    }
    let has_bound = [min_chars, max_chars, min_words, max_words].iter().any(Option::is_some)
        || shares.iter().any(|(_, share)| share.is_some());
    if options.drop.is_empty() && !has_bound {
        let error = OptionError::new("drop", "there is no pattern and no bound, so nothing would ever be dropped");
        return Err(error.help("give one, such as: min_words = 3"));
    }
    if options.label.is_empty() {
        return Err(OptionError::new("label", "a label has at least one character"));
    }
    let set = |option: &str, list: &[String]| {
        for (n, pattern) in list.iter().enumerate() {
            let at = || format!("{option}[{n}]");
            let compiled = patterns::compile(pattern).map_err(|message| OptionError::new(at(), message))?;
            if compiled.is_match("") {
                let error = OptionError::new(at(), "it matches the empty text, and so every line");
                return Err(error.help("let it match at least one character: `+` for `*`, for instance"));
            }
        }
        patterns::compile_set(list).map_err(|message| OptionError::new(option, message))
    };
    Ok(Built::parallel(Lines {
        drop: set("drop", &options.drop)?,
        keep: set("keep", &options.keep)?,
        label: cx.labels.intern(&options.label),
        reasons: Reason::NAMES.map(|name| cx.labels.intern(name)),
        options: std::sync::Arc::new(options),
        lines: Vec::new(),
    }))
}

#[derive(Clone)]
struct Lines {
    drop: RegexSet,
    keep: RegexSet,
    label: LabelId,
    reasons: [LabelId; 8],
    options: std::sync::Arc<Options>,
    lines: Vec<Range<usize>>,
}

impl Stage for Lines {
    fn worker(&self) -> Box<dyn Worker> {
        // A clone has search caches of its own, which no other thread waits for.
        Box::new(self.clone())
    }
}

impl Worker for Lines {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        cut::lines(doc.text, &mut self.lines);
        let reasons: Vec<Option<Reason>> =
            self.lines.iter().map(|line| self.reason(doc.text[line.clone()].trim())).collect();
        let gone = |n: usize| reasons[n].map(|reason| (self.label, Some(self.reasons[reason as usize])));
        cut::remove(doc.text, &self.lines, gone, None, out);
        Ok(())
    }
}

impl Lines {
    /// Why a line goes, if it does.
    fn reason(&self, line: &str) -> Option<Reason> {
        let reason = if self.drop.is_match(line) { Some(Reason::Pattern) } else { self.out_of_bounds(line) };
        reason.filter(|_| !self.keep.is_match(line))
    }

    fn out_of_bounds(&self, line: &str) -> Option<Reason> {
        let Options { min_chars, max_chars, min_words, max_words, min_letters, max_digits, max_punctuation, .. } =
            *self.options;
        let words = line.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count() as u64;
        let (mut chars, mut ink, mut letters, mut digits) = (0u64, 0u64, 0u64, 0u64);
        for c in line.chars() {
            chars += 1;
            ink += u64::from(!c.is_whitespace());
            letters += u64::from(c.is_alphabetic() || is_mark(c));
            digits += u64::from(c.is_numeric());
        }
        let share = |count: u64| count as f64 / ink.max(1) as f64;
        let under = |bound: Option<u64>, count: u64| bound.is_some_and(|bound| count < bound);
        let over = |bound: Option<u64>, count: u64| bound.is_some_and(|bound| count > bound);
        let checks = [
            (Reason::FewChars, under(min_chars, chars)),
            (Reason::ManyChars, over(max_chars, chars)),
            (Reason::FewWords, under(min_words, words)),
            (Reason::ManyWords, over(max_words, words)),
            (Reason::FewLetters, min_letters.is_some_and(|least| share(letters) < least)),
            (Reason::ManyDigits, max_digits.is_some_and(|most| share(digits) > most)),
            (Reason::MuchPunctuation, max_punctuation.is_some_and(|most| share(ink - letters - digits) > most)),
        ];
        checks.into_iter().find(|(_, missed)| *missed).map(|(reason, _)| reason)
    }
}

fn is_mark(c: char) -> bool {
    use icu_properties::CodePointMapData;
    use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
    !c.is_ascii()
        && !c.is_alphanumeric()
        && GeneralCategoryGroup::Mark.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

#[cfg(test)]
mod tests {
    use super::definition;
    use crate::clean::testing::{built, check, messy_text, run};
    use proptest::prelude::*;
    use warraq_core::Labels;

    #[test]
    fn each_bound_holds_by_itself() {
        for (options, input, expected) in [
            ("min_chars = 3", "ab\nabc\nكتب", "abc\nكتب"),
            ("max_chars = 3", "abc\nabcd\n  abc  ", "abc\n  abc  "),
            ("min_words = 2", "one\n- one\none 2\n\n\n* * *", "one 2"),
            ("max_words = 1", "one two\none -", "one -"),
            ("min_letters = 0.5", "a1\na12\nكَتَبَ\n١٢٣ك", "a1\nكَتَبَ"),
            ("max_digits = 0.5", "a1\na12\n٣٤", "a1"),
            ("max_punctuation = 0.25", "abc.\n--- a\n😀😀\nكَتَبَ", "abc.\nكَتَبَ"),
            ("drop = ['b$']", "ab\nba\n b \n\nb", "ba"),
            ("drop = ['b']\nkeep = ['a']", "ab\nb\na", "ab\na"),
            ("min_words = 2\nkeep = ['^#']", "#a\nb\nc d", "#a\nc d"),
        ] {
            check(&definition(), options, "", &[(input, expected)]);
        }
    }

    #[test]
    fn what_goes_says_why() {
        let labels = Labels::new();
        let stage = built(&definition(), &labels, serde_json::json!({"drop": ["x"], "max_chars": 3, "label": "odd"}));
        let Ok(warraq_core::Built::Parallel(stage)) = stage else { panic!("it is a parallel stage") };
        let mut doc = warraq_core::Document::with_text("test", "x\nlong line\nok");
        let mut changes = warraq_core::Changes::new();
        stage.worker().process(&doc.view(), &mut changes).expect("it takes any text");
        doc.apply(&mut changes, 0, definition().info.writes).expect("the changes keep the contract");
        let shown: Vec<String> = doc
            .removed()
            .iter()
            .map(|removed| {
                let reason = removed.reason.map(|reason| labels.name(reason).to_string()).unwrap_or_default();
                format!("{} {reason}", labels.name(removed.label))
            })
            .collect();
        assert_eq!(shown, ["odd pattern", "odd too_many_chars"]);
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        for (options, expected) in [
            ("", "`drop`: there is no pattern and no bound, so nothing would ever be dropped"),
            ("keep = ['a']", "`drop`: there is no pattern and no bound, so nothing would ever be dropped"),
            ("drop = ['a', '(']", "`drop[1]`: unclosed group, at character 1 of the pattern"),
            ("drop = ['a*']", "`drop[0]`: it matches the empty text, and so every line"),
            ("drop = ['a']\nkeep = ['b?']", "`keep[0]`: it matches the empty text, and so every line"),
            ("min_words = 3\nmax_words = 2", "`min_words`: no line has at least 3 and at most 2 words"),
            ("min_letters = 1.5", "`min_letters`: a share is from 0 to 1"),
            ("min_words = 1\nlabel = ''", "`label`: a label has at least one character"),
        ] {
            let options: serde_json::Value = toml::from_str(options).expect("options are TOML");
            let error = built(&definition(), &Labels::new(), options).expect_err("it is refused");
            assert_eq!(error.to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_stays_passes_again(input in messy_text()) {
            let options = "min_words = 1\nmax_punctuation = 0.5";
            let once = run(&definition(), options, "", &input).text().to_owned();
            let twice = run(&definition(), options, "", &once).text().to_owned();
            prop_assert_eq!(twice, once);
        }
    }
}
