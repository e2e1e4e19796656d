//! `tag.gazetteer`: finds the phrases of lists, such as names of places and organisations.

mod clitics;
mod lists;
mod matcher;
mod sieve;
#[cfg(test)]
mod tests;
mod trie;

use crate::fold::Folds;
use crate::options;
pub(crate) use clitics::Proclitics;
pub(crate) use matcher::{Matcher, Phrases};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Span, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Looks up phrases from lists in the text and adds a span for each one found. A tokenizer has to come first: a phrase begins
where a token begins and ends where a token ends, clitics aside, so «مصر» is not found in «مصرف».

**Lists.** `files` are UTF-8 text with one phrase a line, a tab, and its label; the option `label` is the label of lines
that have none, so a plain list of phrases works too. Blank lines and lines that begin with `#` are skipped. Phrases can
also stand in the pipeline file, in `phrases`. A phrase listed twice under one label counts once; a phrase listed under
several labels gives a span for each, in the order of the lists, or only the first with `ambiguous = \"first\"`.

**What counts as the same** is set in `fold`. By default case, Arabic vowel signs, tatweel and letter variants (`أ`/`ا`,
`ة`/`ه`, `ى`/`ي`, `ک`/`ك`) do not matter, and neither do presentation forms, the script of digits, curly or straight
quotes, and invisible characters, so each phrase is listed once. The list is folded as the text is. Between the words of a
phrase any white space will do, a line end too, but not a blank line. A hyphen between two letters counts as a space:
`Guinea Bissau` finds `Guinea-Bissau`. Where the phrase has a hyphen or a dash, the text may have a space, a hyphen or a
dash with or without space around it: `الكونغو - كينشاسا` finds «الكونغو كينشاسا» and «الكونغو–كينشاسا». Where the phrase
has a space, a dash with white space around it does not match.

**Clitics.** With `proclitics`, a phrase is also found behind `أ`, `و ف`, `ب ك ل س` and `ال`, in that order, each
of them optional: «وتونس», «بمصر», «وبالأردن». The span leaves them out. After `ل` the article loses its alef, so «للأمم
المتحدة» holds `الأمم المتحدة` without its first letter, and the span begins with the second lam; «للجنة» holds `اللجنة`
in the same way. These letters also begin ordinary words, and then a short phrase is found by mistake: `دبي` in «أدبي»,
`مكة` in «سمكة». List such words too, or name the proclitics to allow: for names of places and organisations,
`proclitics = [\"و\", \"ف\", \"ب\", \"ك\", \"ل\"]` loses next to nothing. The same option finds a name behind a
French elided word (`l'Algérie`, `d'Italie`) and before an English `'s` (`China's`), where the tokenizer leaves these together.

**Which phrase wins.** Spans of this stage do not overlap. The text is searched from left to right; of the phrases that
begin in a token, the one that reaches farthest wins, then the one with fewest proclitics. The next phrase begins in
a later token. Spans that the document already has are neither read nor changed.

Spans carry no score; their source is the stage's name in the pipeline.";

/// The options of `tag.gazetteer`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Lists of phrases: UTF-8 text, on each line a phrase, a tab and its label.
    files: Vec<String>,
    /// Phrases given here.
    phrases: Vec<Phrase>,
    /// The label of phrases that have none of their own.
    label: Option<String>,
    /// What counts as the same when a phrase is looked for.
    fold: Folds,
    /// Whether a phrase may have clitics written to it (Arabic `أ و ف ب ك ل س ال`, French `l'`, English `'s`), or which
    /// of the Arabic ones.
    proclitics: Clitics,
    /// What a phrase listed under several labels gives.
    ambiguous: Ambiguous,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            files: Vec::new(),
            phrases: Vec::new(),
            label: None,
            fold: Folds::default(),
            proclitics: Clitics::Switch(true),
            ambiguous: Ambiguous::All,
        }
    }
}

/// The clitics that may be written to a phrase.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
enum Clitics {
    /// All of them, or none.
    Switch(bool),
    /// Of the Arabic ones only these.
    These(Vec<String>),
}

/// A phrase and its label.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Phrase {
    /// The phrase.
    phrase: String,
    /// Its label; left out, the one in the option `label`.
    label: Option<String>,
}

/// What a phrase listed under several labels gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Ambiguous {
    /// A span for each label.
    All,
    /// A span with the label listed first.
    First,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tag.gazetteer".into(),
            summary: "finds the phrases of lists, such as names of places and organisations".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Spans]),
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
        example("A list with labels; proclitics stay outside", "قدم الأمين العام للأمم المتحدة تقريرا إلى وتونس وبمصر.")
            .options("files = [\"names.tsv\"]")
            .file("names.tsv", "# a comment\nتونس\tLOC\nمصر\tLOC\nالأمم المتحدة\tORG\n")
            .spans(&[("ORG", "لأمم المتحدة"), ("LOC", "تونس"), ("LOC", "مصر")]),
        example("A plain list with one label", "من غرب إفريقيا، إلى ليبيا")
            .options("files = [\"places.txt\"]\nlabel = \"LOC\"")
            .file("places.txt", "ليبيا\nغرب أفريقيا\n")
            .spans(&[("LOC", "غرب إفريقيا"), ("LOC", "ليبيا")]),
        example("Vowel signs, tatweel and letter variants do not matter", "مَكّةُ المـكـرمه")
            .options("phrases = [{ phrase = \"مكة المكرمة\", label = \"LOC\" }]")
            .spans(&[("LOC", "مَكّةُ المـكـرمه")]),
        example("Only whole tokens match", "مصرف عمانية Tunisian")
            .options("phrases = [{ phrase = \"مصر\" }, { phrase = \"عمان\" }, { phrase = \"Tunis\" }]\nlabel = \"LOC\"")
            .spans(&[]),
        example("The longest phrase wins", "United Nations Security Council, united nations")
            .options(
                "phrases = [{ phrase = \"United Nations\" }, { phrase = \"United Nations Security Council\" }]\n\
                label = \"ORG\"",
            )
            .spans(&[("ORG", "United Nations Security Council"), ("ORG", "united nations")]),
        example("Only some proclitics", "مقال أدبي عن السورية ودبي")
            .options(
                "phrases = [{ phrase = \"دبي\" }, { phrase = \"سورية\" }]\nlabel = \"LOC\"\n\
                proclitics = [\"و\", \"ب\", \"ل\"]",
            )
            .spans(&[("LOC", "دبي")]),
        example("With accents folded and case kept", "ALGÉRIE, Algerie")
            .options("phrases = [{ phrase = \"Algérie\", label = \"LOC\" }]\nfold = { case = false, accents = true }")
            .spans(&[("LOC", "Algerie")]),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let matcher = lists::read(&options, cx)?;
    Ok(Built::parallel(Gazetteer { matcher: Arc::new(matcher), source: cx.labels.intern(cx.name) }))
}

#[derive(Clone)]
struct Gazetteer {
    matcher: Arc<Matcher>,
    source: LabelId,
}

impl Stage for Gazetteer {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Gazetteer {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let spans = out.spans();
        for hit in self.matcher.hits(doc.text, doc.tokens) {
            spans.extend(self.matcher.labels(hit).iter().map(|&label| Span {
                start: hit.start,
                end: hit.end,
                label,
                score: f32::NAN,
                source: self.source,
            }));
        }
        Ok(())
    }
}
