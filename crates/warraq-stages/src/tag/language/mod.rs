//! `tag.language`: says which language a document, or each of its paragraphs, is in.

mod detect;
mod han;
mod model;
mod scripts;
mod tags;
#[cfg(test)]
mod tests;
mod words;

use crate::options;
use detect::{Allowed, Detector, Guess};
use han::Han;
use model::Model;
use schemars::JsonSchema;
use scripts::{Classes, SCRIPTS, Script, WHOLE};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use tags::{LANGUAGES, Language, TRADITIONAL};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Span, Stage,
    StageDef, StageInfo, Worker, parse_options,
};
use words::Words;

const MANUAL: &str = "\
Sets the document's language (`lang`, BCP 47) from its text, for 83 languages, and the score `language.score`. A document in
none of them, or one of which it cannot be said, stays without a language: `when = { lang = \"und\" }` finds it.

**How.** The script comes first: Greek letters are Greek, kana Japanese, Hebrew letters Hebrew. Latin, Cyrillic, Arabic
and Devanagari letters are written in several of the languages; there n-grams of up to five letters and word bounds decide,
short function words among them as a whole, each as likely as it is in the language after the letters before it. Case,
tashkeel, niqqud, tatweel and Arabic presentation forms do not matter; digits, punctuation and emoji say nothing. Between
Hindi and Marathi, a list of function words counts as well, since vowel signs are no letters.

**Mixed texts** have the language that most of the letters are in. Scripts are weighed: a Chinese character counts as much as
three Latin letters, a letter of an Indian script or a kana as two, one of Arabic or Hebrew, which leave vowels out, as one
and a half. Of a text of more than 2048 bytes eight pieces of 256 bytes are looked at, evenly spaced from its beginning to
its end.

**The score** is the part of the letters that is in the language's script, times how likely the language is among those
of its script. Below `min_score`, and with fewer than `min_letters` letters, there is no answer; nor is there one where
letters without order are likelier than every language.

**Paragraphs.** With `granularity = \"paragraph\"` every line is looked at by itself, and each one with an answer becomes a span
with the label `lang:` and its tag, such as `lang:fr`, with its score. The document's language is the one with the most
letters in such lines, its score the mean over all the letters in lines with an answer, those of other languages counting 0.

**Tags** are ISO 639-1 codes. With `script = true` they name the script, too: `ar-Arab`, `sr-Cyrl`, `zh-Hans`, `zh-Hant`,
`ja-Jpan`.

**What it does not know.** Told by n-grams: af ar az be bg bs ca cs cy da de en eo es et eu fa fi fr ga hi hr hu id is it kk la
lg lt lv mi mk mn mr ms nb nl nn pl pt ro ru sk sl sn so sq sr st sv sw tl tn tr ts uk ur vi xh yo zu; by their script: bn dv
el gu he hy ja ka km kn ko lo ml my or pa si ta te th zh. A language that is not among them is taken for a relative if
it has one there, such as Pashto, Kurdish, Galician, Yiddish or Assamese, and so is Serbian in Latin letters, which is Bosnian
or Croatian here. Arabic dialects are `ar`. Bosnian and Croatian, Malay and Indonesian, Bokmål, Nynorsk and Danish differ by
few words: in short texts they are often mistaken for each other. `languages` narrows the choice where it is known what
can occur.

Text that is not in composed form (NFC) has its accents taken for ends of words: put `clean.unicode` before this stage.
A language that the source gave is kept unless `overwrite = true`.";

/// The options of `tag.language`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// What is given a language.
    granularity: Granularity,
    /// The languages that can occur (ISO 639-1); left out, all that are known.
    languages: Vec<String>,
    /// The least score of an answer, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    min_score: f32,
    /// The least number of letters of an answer's script, at most 500; a Chinese character counts as three, as with mixed
    /// texts.
    #[schemars(range(max = 500))]
    min_letters: u32,
    /// Whether tags name the script, as in `zh-Hant`.
    script: bool,
    /// Whether a language that the document already has is replaced, or removed where there is no answer.
    overwrite: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            granularity: Granularity::Document,
            languages: Vec::new(),
            min_score: 0.3,
            min_letters: 4,
            script: false,
            overwrite: false,
        }
    }
}

/// The most letters that `min_letters` can ask for: what is looked at of a long text has as many in every script.
const MOST_LETTERS: u32 = 500;

/// What is given a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Granularity {
    /// The document.
    Document,
    /// Each line as a span, and the document.
    Paragraph,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tag.language".into(),
            summary: "says which language a document, or each of its paragraphs, is in".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Lang]),
            writes: Layers::of(&[Layer::Lang, Layer::Spans, Layer::Scores]),
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
        example("An article", "وصل الوفد إلى المدينة مساء أمس، ومن المقرر أن يلتقي الوزير اليوم.").expect_lang("ar"),
        example("The same letters, another language", "این کتاب را دیروز از کتابخانه گرفتم و هنوز نخوانده‌ام.")
            .expect_lang("fa"),
        example("No letters, no language", "2024-07-22 … 15:30").expect_lang(""),
        example("Most letters decide", "قالت شركة OpenStreetMap إن الخرائط الجديدة متاحة للجميع.").expect_lang("ar"),
        example("What the source says is kept", "This is not what the source says.").lang("de").expect_lang("de"),
        example("Unless it is to be replaced", "This is not what the source says.")
            .lang("de")
            .options("overwrite = true")
            .expect_lang("en"),
        example("With the script", "這個問題我們明天再說。").options("script = true").expect_lang("zh-Hant"),
        example("Only what can occur", "Kami akan pergi ke pasar besok pagi.")
            .options("languages = [\"ms\", \"en\"]")
            .expect_lang("ms"),
        example(
            "Line by line",
            "أعلنت الوزارة نتائج الامتحانات يوم الأحد.\nLire aussi : les résultats du concours\n\n***",
        )
        .options("granularity = \"paragraph\"")
        .expect_lang("ar")
        .spans(&[
            ("lang:ar", "أعلنت الوزارة نتائج الامتحانات يوم الأحد."),
            ("lang:fr", "Lire aussi : les résultats du concours"),
        ]),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if !(0.0..=1.0).contains(&options.min_score) {
        return Err(OptionError::new("min_score", "a score is from 0 to 1"));
    }
    if options.min_letters > MOST_LETTERS {
        let message = format!("at most {MOST_LETTERS} letters can be asked for");
        return Err(OptionError::new("min_letters", message)
            .help(format!("no more than {} bytes of a text are looked at", detect::SAMPLE)));
    }
    let mut allowed = if options.languages.is_empty() { u128::MAX } else { 0 };
    for (n, code) in options.languages.iter().enumerate() {
        let Some(language) = Language::named(code) else {
            let known: Vec<&str> = LANGUAGES.iter().map(|(code, _)| *code).collect();
            return Err(OptionError::new(format!("languages[{n}]"), format!("there is no language {code:?} here"))
                .help(format!("the languages: {}", known.join(" "))));
        };
        allowed |= 1 << language.0;
    }
    let tag = |code: &str, script: &str| {
        let tag = if options.script { format!("{code}-{script}") } else { code.to_owned() };
        Tag { label: cx.labels.intern(&format!("lang:{tag}")), tag }
    };
    let mut tags: Vec<Tag> = LANGUAGES.iter().map(|(code, script)| tag(code, script)).collect();
    tags.push(tag("zh", TRADITIONAL));
    Ok(Built::parallel(Tagger {
        tags,
        allowed: Allowed(allowed),
        score: cx.labels.intern("language.score"),
        source: cx.labels.intern(cx.name),
        options,
    }))
}

/// How a language is written into documents.
#[derive(Clone)]
struct Tag {
    tag: String,
    label: LabelId,
}

#[derive(Clone)]
struct Tagger {
    /// Per language; last, Chinese in traditional characters.
    tags: Vec<Tag>,
    allowed: Allowed,
    score: LabelId,
    source: LabelId,
    options: Options,
}

impl Tagger {
    /// The place in `tags` of a language.
    fn place(&self, guess: &Guess) -> usize {
        if guess.traditional { self.tags.len() - 1 } else { usize::from(guess.language.0) }
    }
}

impl Stage for Tagger {
    fn reads(&self) -> Option<Layers> {
        self.options.overwrite.then_some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        let detector = Detector::new(&LOADED, self.allowed);
        Box::new(Finder { tagger: self.clone(), detector, sums: vec![(0, 0.0); self.tags.len()] })
    }
}

/// The model and what is made of it, once per process, when the first worker is made.
static LOADED: LazyLock<Loaded> = LazyLock::new(Loaded::new);

/// How much a text is like one of the languages that the model knows; one per thread.
pub(crate) struct Plausibility(Detector);

impl Plausibility {
    /// Loads the model, if nothing has before.
    pub(crate) fn new() -> Self {
        Plausibility(Detector::new(&LOADED, Allowed(u128::MAX)))
    }

    /// By how much likelier the letters of `text` are in a language than without order, in units of natural logarithm.
    pub(crate) fn of(&mut self, text: &str) -> f32 {
        self.0.order(text)
    }
}

struct Loaded {
    model: Model,
    classes: Classes,
    /// Per script, the number of its group in the model; [`u8::MAX`] if it has none.
    groups: [u8; SCRIPTS],
    /// Per group, its languages in the order of the columns.
    languages: Vec<Vec<Language>>,
    /// Per script, the language that it stands for.
    by_script: [Option<Language>; SCRIPTS],
    han: Han,
    words: Words,
}

impl Loaded {
    fn new() -> Loaded {
        const MODEL: &[u8] = include_bytes!("../../../data/language/languages.bin.zst");
        let model = Model::read(MODEL).expect("the model that this is built with is sound");
        let mut groups = [u8::MAX; SCRIPTS];
        model.groups.iter().enumerate().for_each(|(n, group)| groups[group.script as usize] = n as u8);
        let languages = model.groups.iter().map(|group| group.languages.clone()).collect();
        let mut by_script = [None; SCRIPTS];
        Script::ALL.iter().for_each(|s| by_script[*s as usize] = s.language().and_then(Language::named));
        let classes = Classes::new(&model.groups);
        Loaded { model, classes, groups, languages, by_script, han: Han::new(), words: Words::new() }
    }
}

struct Finder {
    tagger: Tagger,
    detector: Detector,
    /// Per tag, the weight of the letters of a document's lines, and the same times their scores.
    sums: Vec<(u64, f64)>,
}

impl Finder {
    /// The language of a text, if it can be said.
    fn guess(&mut self, text: &str) -> Option<Guess> {
        let options = &self.tagger.options;
        let is_enough = |g: &Guess| g.score >= options.min_score && g.weight >= options.min_letters * WHOLE;
        self.detector.detect(text).filter(is_enough)
    }

    /// A span per line, and the place in `tags` of the language of most letters, with its score.
    fn lines(&mut self, text: &str, out: &mut Changes) -> Option<(usize, f64)> {
        self.sums.fill((0, 0.0));
        let mut start = 0;
        for line in text.split_inclusive(is_line_end) {
            let at = start + (line.len() - line.trim_start().len());
            let trimmed = line.trim();
            start += line.len();
            let Some(guess) = self.guess(trimmed) else { continue };
            let place = self.tagger.place(&guess);
            let label = self.tagger.tags[place].label;
            self.sums[place].0 += u64::from(guess.weight);
            self.sums[place].1 += f64::from(guess.weight) * f64::from(guess.score);
            let (start, end) = (at as u32, (at + trimmed.len()) as u32);
            out.spans().push(Span { start, end, label, score: guess.score, source: self.tagger.source });
        }
        let all: u64 = self.sums.iter().map(|(weight, _)| weight).sum();
        let (place, (_, scored)) = self.sums.iter().enumerate().rev().max_by_key(|(_, (weight, _))| *weight)?;
        (all > 0).then(|| (place, scored / all as f64))
    }
}

/// What ends a line.
fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

impl Worker for Finder {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let is_free = self.tagger.options.overwrite || doc.lang.is_none_or(|lang| lang == "und");
        let found = match self.tagger.options.granularity {
            Granularity::Paragraph => self.lines(doc.text, out),
            Granularity::Document if !is_free => return Ok(()),
            Granularity::Document => self.guess(doc.text).map(|g| (self.tagger.place(&g), f64::from(g.score))),
        };
        if is_free {
            match found {
                Some((place, score)) => {
                    out.lang(&self.tagger.tags[place].tag);
                    out.score(self.tagger.score, score);
                }
                None if doc.lang.is_some() => out.lang(""),
                None => {}
            }
        }
        Ok(())
    }
}
