//! `filter.blocklist`: drops documents that have too many of the phrases of a list in them.

use super::checks::{Check, Checks, ratio};
use crate::fold::{Folder, Folds};
use crate::tag::gazetteer::{Matcher, Phrases, Proclitics};
use crate::{options, tables};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, Layer, Layers, OptionError, Order, Result, Stage, StageDef,
    StageInfo, TokenKind, Worker, parse_options,
};

const MANUAL: &str = "\
Counts how often the phrases of a list stand in the text, and drops documents with more than `max_count` of them (reason
`blocked_phrases`), or in which they are more than the share `max_density` of all words (reason `blocked_density`). With neither
of them, one phrase is enough. The scores `blocklist.count` and `blocklist.density`, the hits per word, are kept of every
document; a stage that has a name of its own in the pipeline gives `NAME.count` and `NAME.density`, so that there can be
several.

**Lists.** `files` are UTF-8 text with a phrase a line; blank lines and lines that begin with `#` are skipped, and so is what
stands behind a tab, so that lists of `tag.gazetteer` can be used. Phrases can also stand in the pipeline file, in `phrases`.

**What is found** is what `tag.gazetteer` would find: phrases begin and end with tokens, so a tokenizer has to come first, and
«مصر» is not found in «مصرف»; by default case, vowel signs, tatweel and variants of Arabic letters do not matter
(`fold`), and Arabic phrases are also found behind `و ف ب ك ل س أ ال`, unless `proclitics = false`. Hits do not overlap. To see
where they are, put a `tag.gazetteer` with the same list before an export.

A single word of a blocklist says little about a document: news of a court, a clinic or a parliament has such words too. Prefer
a density to a count for long documents.";

/// The options of `filter.blocklist`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Lists of phrases: UTF-8 text, a phrase a line.
    files: Vec<String>,
    /// Phrases given here.
    phrases: Vec<String>,
    /// Greatest number of hits in a document; 0 unless there is a `max_density`.
    max_count: Option<u64>,
    /// Greatest number of hits per word, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    max_density: Option<f64>,
    /// What counts as the same when a phrase is looked for.
    fold: Folds,
    /// Whether a phrase may have clitics written to it.
    proclitics: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            files: Vec::new(),
            phrases: Vec::new(),
            max_count: None,
            max_density: None,
            fold: Folds::default(),
            proclitics: true,
        }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: NAME.into(),
            summary: "drops documents that have too many of the phrases of a list in them".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Scores, Layer::Verdict]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

const NAME: &str = "filter.blocklist";

fn examples() -> Vec<Example> {
    let example = |title, input| Example::new(title, input).after(&["tokenize.words"]);
    vec![
        example("One is enough", "سجّل الآن في الكازينو واربح!")
            .options("files = [\"gambling.txt\"]")
            .file("gambling.txt", "# games of chance\nكازينو\nonline poker\n")
            .scores(&[("blocklist.count", 1.0), ("blocklist.density", 0.2)])
            .dropped("blocked_phrases"),
        example("Unless it is not", "Police closed the casino after a court had ruled against its owners.")
            .options("phrases = [\"casino\", \"online poker\"]\nmax_density = 0.1"),
        example("Only whole tokens count", "Casinos").options("phrases = [\"casino\"]"),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if options.files.is_empty() && options.phrases.is_empty() {
        return Err(OptionError::new("", "it has nothing to look for").help("give lists in `files`, or `phrases`"));
    }
    if options.max_density.is_some_and(|most| !(0.0..=1.0).contains(&most)) {
        return Err(OptionError::new("max_density", "a share is from 0 to 1"));
    }
    let nothing = "nothing is left of the phrase to look for";
    let mut phrases = Phrases::new(Folder::new(options.fold), true);
    let label = cx.labels.intern("blocked_phrases");
    for (n, path) in options.files.iter().enumerate() {
        tables::read(path, &format!("files[{n}]"), 2, cx, |columns| {
            if phrases.add(columns[0], label) { Ok(()) } else { Err(nothing.into()) }
        })?;
    }
    for (n, phrase) in options.phrases.iter().enumerate() {
        if !phrases.add(phrase, label) {
            return Err(OptionError::new(format!("phrases[{n}]"), nothing));
        }
    }
    let prefix = if cx.name == NAME { "blocklist" } else { cx.name };
    let check = |score: &str, reason: &str| Check::new(&format!("{prefix}.{score}"), reason, cx.labels);
    Ok(Built::parallel(Blocklist {
        matcher: Arc::new(phrases.build(options.proclitics.then_some(Proclitics::ALL))),
        max_count: options.max_count.or(if options.max_density.is_none() { Some(0) } else { None }),
        max_density: options.max_density,
        count: check("count", "blocked_phrases"),
        density: check("density", "blocked_density"),
    }))
}

#[derive(Clone)]
struct Blocklist {
    matcher: Arc<Matcher>,
    max_count: Option<u64>,
    max_density: Option<f64>,
    count: Check,
    density: Check,
}

impl Stage for Blocklist {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Blocklist {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let hits = self.matcher.hits(doc.text, doc.tokens).count();
        let is_word = |kind| !matches!(kind, TokenKind::Punctuation | TokenKind::Symbol);
        let words = doc.tokens.iter().filter(|token| is_word(token.kind)).count();
        let mut checks = Checks::new(out);
        checks.at_most(self.count, hits as f64, self.max_count.map(|most| most as f64));
        checks.at_most(self.density, ratio(hits, words), self.max_density);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use warraq_core::{Labels, MemoryResources};

    #[test]
    fn bad_options_are_refused() {
        for (options, expected) in [
            (json!({}), "it has nothing to look for"),
            (json!({"phrases": ["a", "ـ"]}), "`phrases[1]`: nothing is left of the phrase to look for"),
            (json!({"phrases": ["a"], "max_density": 2}), "`max_density`: a share is from 0 to 1"),
            (json!({"files": ["list"]}), "`files[0]`: list, line 2: nothing is left of the phrase to look for"),
        ] {
            let labels = Labels::new();
            let mut resources = MemoryResources::new().with("list", "casino\tX\n-\n");
            let mut cx = BuildContext::new("filter.blocklist", &labels, &mut resources);
            assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
        }
    }
}
