//! `clean.arabic`: tatweel, vowel signs, letter variants, presentation forms, digits and punctuation of Arabic script.

mod forms;
mod plan;
#[cfg(test)]
mod tests;
mod worker;

use crate::arabic::is_arabic_language;
use crate::options;
use plan::Settings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Example, Layer, Layers, OptionError, Order, Stage, StageDef, StageInfo, Worker, parse_options,
};
use worker::{ArabicWorker, Labels, Plan};

const MANUAL: &str = "\
Evens out the ways in which the same Arabic is written. **Nothing is lost unless you ask for it**: by default only
presentation forms are folded, since they encode how letters look rather than what is written. A profile sets the defaults
of all options; an option that is given overrides its profile.

| option | `lossless` (default) | `search` | `ml` | what it does |
|---|---|---|---|---|
| `presentation_forms` | fold | fold | fold | U+FB50–FDFF and U+FE70–FEFC become plain letters: `ﻣﺮﺣﺒﺎ` → `مرحبا`, `ﻷ` → `لأ` |
| `tatweel` | keep | strip | strip | `الـــسلام` → `السلام` |
| `tashkeel` | keep | strip | strip | vowel signs, tanwin, shadda, sukun (U+064B–0652) and superscript alef (U+0670) |
| `quranic` | keep | strip | strip | Quranic signs (U+06D6–06ED), honorifics (U+0610–061A), rarer marks (U+0656–065F, 0898–089F, 08CA–08FF) |
| `alef` | keep | fold | keep | `أ إ آ ٱ` → `ا` |
| `ya` | keep | fold | keep | alef maqsura `ى` → `ي` |
| `ta_marbuta` | keep | fold | keep | `ة` → `ه` |
| `hamza` | keep | fold | keep | `fold`: `ؤ ئ` → `ء`; `carrier`: `ؤ` → `و`, `ئ` → `ي`; a bare `ء` stays |
| `digits` | keep | western | western | see below |
| `punctuation` | keep | keep | keep | `، ؛ ؟ ۔` → `, ; ? .` |
| `persian_letters` | keep | keep | keep | see below |

`search` makes keys for matching; `ml` keeps every letter and drops what spreads one word over many spellings.

**Other languages.** Letters of Persian, Urdu, Kurdish, Uyghur … (`ی ک گ پ چ ژ ٹ ڈ ے ہ ھ` …) are never folded by a
profile. In documents tagged with a language other than Arabic and its varieties, profiles do not fold `أ آ ى ة ؤ ئ` either,
since there they are not variants of one letter; an option that is given (`alef = \"fold\"`) applies whatever the
language. Marks, tatweel and digits follow the profile in every language. A document without a language tag, or tagged `und`
or `mul`, counts as Arabic. `persian_letters = \"fold\"` is for Arabic that was typed on Persian or Urdu keyboards:
`ی ے` → `ي`, `ک ڪ` → `ك`, `ہ ھ ە` → `ه`, `ۃ` → `ة`. Letters for sounds of their own (`پ چ ژ گ ٹ ڈ`) have no Arabic letter
to be folded to and stay.

**Letters and their marks.** A letter with the marks and tatweels after it is one edit, so that the source range of a word
keeps its last vowel. What is taken out is on record under `tatweel`, `tashkeel` or `quranic`: the first that applies to the
letter. Folded letters and digits are not listed as removed. A hamza or madda written as a mark of its own (U+0653–0655)
counts as part of its letter, so it does not matter whether `clean.unicode` has run before.

**Tatweel.** One that stands beside no letter is a dash (` ـ `, `2003ـ2004`): stripping turns it into `-`. One that carries
vowel signs which stay and has no letter before it stays as their seat.

**Presentation forms** are folded as Unicode decomposes them, except: marks come without the space that Unicode puts before
them; `ﷺ`, `ﷻ`, `﷽` and the other honorific phrases (U+FD40–FD4F, FDFA–FDFF) are written out, with spaces where they touch a
word; `﷼` becomes `ريال` (`ریال` in documents of other languages); in `اﷲ` and `لﷲ` the letter typed before the ligature is
not doubled (`الله`, `لله`). Ornate parentheses `﴾ ﴿` have no plain form and stay.

**Digits.** `western` turns `٠`–`٩` and `۰`–`۹` into `0`–`9`, `٫` and `٬` between digits into `.` and `,`, and `٪` into `%`.
`arabic-indic` and `persian` turn digits of the other two kinds into theirs; digits of ASCII stay in a run that has ASCII
letters in it (`COVID-19`, `a1@b.com`, web addresses), and points, commas and per cent signs stay, since `12.5` may be a
date.";

/// A set of defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Profile {
    /// Only what is a matter of encoding changes.
    #[default]
    Lossless,
    /// Keys for matching: letters are folded, marks stripped.
    Search,
    /// For training: marks stripped, letters kept.
    Ml,
}

/// Whether something is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Strip {
    /// Left in the text.
    Keep,
    /// Taken out.
    Strip,
}

/// Whether variants become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Fold {
    /// Left as they are.
    Keep,
    /// Folded.
    Fold,
}

/// What happens to hamza on waw and ya.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Hamza {
    /// Left as it is.
    Keep,
    /// Becomes a hamza without its seat: `ء`.
    Fold,
    /// Becomes its seat without the hamza: `و`, `ي`.
    Carrier,
}

/// Which digits are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Digits {
    /// Those that are there.
    Keep,
    /// `0123456789`.
    Western,
    /// `٠١٢٣٤٥٦٧٨٩`.
    ArabicIndic,
    /// `۰۱۲۳۴۵۶۷۸۹`.
    Persian,
}

/// The options of `clean.arabic`. An option that is left out has the value that its profile gives it.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The set of defaults for all other options.
    profile: Profile,
    /// Tatweel (U+0640).
    tatweel: Option<Strip>,
    /// Vowel signs, tanwin, shadda, sukun and superscript alef.
    tashkeel: Option<Strip>,
    /// Quranic signs, honorifics and rarer marks.
    quranic: Option<Strip>,
    /// Alef with hamza, madda or wasla.
    alef: Option<Fold>,
    /// Alef maqsura.
    ya: Option<Fold>,
    /// Ta marbuta.
    ta_marbuta: Option<Fold>,
    /// Hamza on waw and ya.
    hamza: Option<Hamza>,
    /// Presentation forms and ligatures.
    presentation_forms: Option<Fold>,
    /// Digits and their separators.
    digits: Option<Digits>,
    /// Arabic comma, semicolon and question mark, and the full stop of Urdu.
    punctuation: Option<Fold>,
    /// Persian and Urdu letters that have a counterpart in Arabic.
    persian_letters: Option<Fold>,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "clean.arabic".into(),
            summary: "evens out Arabic spelling: tatweel, vowel signs, letter variants, presentation forms, digits"
                .into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Lang]),
            writes: Layers::of(&[Layer::Text]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    vec![
        Example::new("Nothing is lost by default", "قَالَ الـمُتحدِّثُ: «إنّ ٢٥٪ مِن المدرسةِ»؟").unchanged().removed(&[]),
        Example::new("Presentation forms become letters", "ﻣﺮﺣﺒﺎ ﻷن").text("مرحبا لأن").removed(&[]),
        Example::new("Ligatures are written out", "محمدﷺ، بسم اﷲ، 100﷼")
            .text("محمد صلى الله عليه وسلم، بسم الله، 100 ريال"),
        Example::new("Vowel signs go, and are on record", "كَتَبَ")
            .options("tashkeel = \"strip\"")
            .text("كتب")
            .removed(&[("tashkeel", "\u{64e}"), ("tashkeel", "\u{64e}"), ("tashkeel", "\u{64e}")]),
        Example::new("Tatweel goes; as a dash it becomes one", "الـــسلام ـ عليكم")
            .options("tatweel = \"strip\"")
            .text("السلام - عليكم")
            .removed(&[("tatweel", "ـــ")]),
        Example::new("Quranic signs have a switch of their own", "ٱلرَّحۡمَـٰنِ ۝١")
            .options("quranic = \"strip\"")
            .text("ٱلرَّحمَـٰنِ ١"),
        Example::new("For search", "أَكَّدَ المسؤولون إلى المدرسةِ ٢٥٫٥٪")
            .options("profile = \"search\"")
            .text("اكد المسءولون الي المدرسه 25.5%"),
        Example::new("For training", "أَكَّدَ الـمسؤولون إلى المدرسةِ ٢٥٫٥٪")
            .options("profile = \"ml\"")
            .text("أكد المسؤولون إلى المدرسة 25.5%"),
        Example::new("An option overrides its profile", "أَحمد في المدرسة")
            .options("profile = \"search\"\nta_marbuta = \"keep\"")
            .text("احمد في المدرسة"),
        Example::new("Hamza can leave its seat behind", "مسؤول شاطئ بناء")
            .options("hamza = \"carrier\"")
            .text("مسوول شاطي بناء"),
        Example::new("Persian keeps its letters", "کتابی که می\u{200c}گوید آنها ۱۲ ژانویه")
            .lang("fa")
            .options("profile = \"search\"")
            .text("کتابی که می\u{200c}گوید آنها 12 ژانویه"),
        Example::new("Arabic from a Persian keyboard", "کتاب فی الھند")
            .options("persian_letters = \"fold\"")
            .text("كتاب في الهند"),
        Example::new("Digits can become Arabic, but not in names", "في 2024 COVID-19 ۱۲")
            .options("digits = \"arabic-indic\"")
            .text("في ٢٠٢٤ COVID-19 ١٢"),
        Example::new("Punctuation can become that of ASCII", "أولا، ثانيا؛ ماذا؟")
            .options("punctuation = \"fold\"")
            .text("أولا, ثانيا; ماذا?"),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let label = |name| cx.labels.intern(name);
    let plan = |settings| Plan { settings, classes: Arc::new(plan::classes(&settings)) };
    let arabic = plan(Settings::new(&options, true));
    let settings = Settings::new(&options, false);
    // Mostly the same characters change in all languages.
    let same = Settings { arabic: true, ..settings } == arabic.settings;
    let other = if same { Plan { settings, ..arabic.clone() } } else { plan(settings) };
    Ok(Built::parallel(Arabic {
        plans: [arabic, other],
        labels: Labels { tatweel: label("tatweel"), tashkeel: label("tashkeel"), quranic: label("quranic") },
    }))
}

/// Whether letters are folded as those of Arabic.
fn is_arabic(lang: Option<&str>) -> bool {
    lang.is_none_or(|tag| is_arabic_language(tag) || ["und", "mul", ""].contains(&tag))
}

struct Arabic {
    plans: [Plan; 2],
    labels: Labels,
}

impl Stage for Arabic {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(ArabicWorker { plans: self.plans.clone(), labels: self.labels, scratch: String::new() })
    }
}
