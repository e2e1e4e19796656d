//! `tag.stopwords`: marks the words that every text has, whatever it is about.

use crate::fold::{Folder, Folds};
use crate::{options, tables};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, TokenKind, Worker, parse_options,
};

const MANUAL: &str = "\
Looks every word token up in a list of function words and writes the column `stop` beside the tokens: `true` for those that
are on it, nothing for the others. The score `stopwords.share` is their share of all word tokens: running prose of a language
has a share that lists and menus do not have.

**Lists.** There are lists for Arabic (`ar`), English (`en`) and French (`fr`). A document is looked up in the list of its
language; one without a language, or of a language without a list, in all of those that `languages` names, and that is all
three unless you say otherwise. `files` are further lists for every document, one word a line, `#` for comments. With
`built_in = false` only those count.

**What counts as the same**: upper and lower case, Arabic vowel signs and tatweel do not matter, nor do the forms of alef,
`ى`/`ي` and `ة`/`ه`; accents do. An Arabic word also counts when it is on the list without a `و` or `ف` before it: «وفي»,
«فمن».";

/// The options of `tag.stopwords`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Lists of words, a word a line, that count in every document.
    files: Vec<String>,
    /// Whether the lists that come with the stage count.
    built_in: bool,
    /// Those of them that documents without a language are looked up in.
    languages: Vec<Language>,
}

impl Default for Options {
    fn default() -> Self {
        Options { files: Vec::new(), built_in: true, languages: vec![Language::Ar, Language::En, Language::Fr] }
    }
}

/// A list that comes with the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Language {
    /// Arabic
    Ar,
    /// English
    En,
    /// French
    Fr,
}

impl Language {
    const ALL: [(Language, &str, &str); 3] = [
        (Language::Ar, "ar", include_str!("ar.txt")),
        (Language::En, "en", include_str!("en.txt")),
        (Language::Fr, "fr", include_str!("fr.txt")),
    ];
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tag.stopwords".into(),
            summary: "marks function words, and says how large their share is".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens, Layer::Lang]),
            writes: Layers::of(&[Layer::Columns, Layer::Scores]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Arabic, with a conjunction before the word", "وفي المدينة، قالَ إنَّ")
                    .lang("ar")
                    .after(&["tokenize.words"])
                    .column("stop", &["true", "", "", "", "true"])
                    .scores(&[("stopwords.share", 0.5)]),
                Example::new("A list of one's own", "the cat")
                    .options("files = ['more.txt']\nbuilt_in = false")
                    .file("more.txt", "# pets\ncat\n")
                    .after(&["tokenize.words"])
                    .column("stop", &["", "true"]),
            ],
        },
        build: Box::new(build),
    }
}

/// The words of all lists, as they are written there.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    Language::ALL.iter().flat_map(|(_, _, text)| words(text))
}

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

/// Words as the folder leaves them.
type Words = HashSet<Box<str>>;

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if !options.built_in && options.files.is_empty() {
        return Err(OptionError::new("files", "without the built-in lists there is nothing to look up")
            .help("name a list of words, or leave `built_in` out"));
    }
    let folder = Folder::new(Folds::default());
    let mut shared = Words::new();
    for (n, path) in options.files.iter().enumerate() {
        tables::read(path, &format!("files[{n}]"), 1, cx, |columns| {
            shared.insert(folder.phrase(columns[0]).into());
            Ok(())
        })?;
    }
    let lists = built_in(&folder);
    let mut any = Words::new();
    for (language, words) in &lists {
        if options.built_in && options.languages.contains(language) {
            any.extend(words.iter().cloned());
        }
    }
    Ok(Built::parallel(Stopwords {
        lists: Arc::new(Lists {
            folder,
            shared,
            by_language: if options.built_in { lists.into() } else { Vec::new() },
            any,
        }),
        column: cx.labels.intern("stop"),
        share: cx.labels.intern("stopwords.share"),
        word: String::new(),
    }))
}

fn built_in(folder: &Folder) -> [(Language, Words); 3] {
    Language::ALL.map(|(language, _, text)| (language, words(text).map(|word| folder.phrase(word).into()).collect()))
}

struct Lists {
    folder: Folder,
    shared: Words,
    by_language: Vec<(Language, Words)>,
    /// For documents of no language that has a list.
    any: Words,
}

impl Lists {
    /// The list for a document of this language.
    fn of(&self, lang: Option<&str>) -> &Words {
        let primary = lang.and_then(|tag| tag.split(['-', '_']).next()).unwrap_or_default();
        let known =
            Language::ALL.iter().find(|(_, tag, _)| tag.eq_ignore_ascii_case(primary)).map(|(known, ..)| *known);
        let list = known.and_then(|known| self.by_language.iter().find(|(language, _)| *language == known));
        list.map_or(&self.any, |(_, words)| words)
    }
}

#[derive(Clone)]
struct Stopwords {
    lists: Arc<Lists>,
    column: LabelId,
    share: LabelId,
    /// A token as it is looked up.
    word: String,
}

impl Stage for Stopwords {
    fn reads(&self) -> Option<Layers> {
        // The language narrows the lists where it is known; nobody has to find it.
        Some(Layers::of(&[Layer::Text, Layer::Tokens]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Stopwords {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let (lists, word) = (&self.lists, &mut self.word);
        let list = lists.of(doc.lang);
        let is_listed = |word: &str| lists.shared.contains(word) || list.contains(word);
        let mut column = out.column(Layer::Tokens, self.column);
        let (mut words, mut stops) = (0u32, 0u32);
        for token in doc.tokens {
            if token.kind != TokenKind::Word {
                column.push(None);
                continue;
            }
            words += 1;
            lists.folder.word(doc.slice(token.start, token.end), word);
            let stop = is_listed(word) || word.strip_prefix(['و', 'ف']).is_some_and(is_listed);
            stops += u32::from(stop);
            column.push(stop.then_some("true"));
        }
        if words > 0 {
            out.score(self.share, f64::from(stops) / f64::from(words));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_has_a_word_twice() {
        for (_, tag, text) in Language::ALL {
            let mut seen = HashSet::new();
            let again: Vec<_> = words(text).filter(|word| !seen.insert(*word)).collect();
            assert!(again.is_empty() && seen.len() > 150, "{tag}: {again:?}");
        }
    }

    #[test]
    fn the_list_is_that_of_the_language() {
        let folder = Folder::new(Folds::default());
        let by_language: Vec<_> = built_in(&folder).into();
        let any = by_language.iter().flat_map(|(_, words)| words.clone()).collect();
        let lists = Lists { folder, shared: Words::new(), by_language, any };
        for (lang, word, expected) in [
            (Some("fr"), "les", true),
            (Some("fr-CA"), "the", false),
            (Some("en"), "the", true),
            (Some("en"), "les", false),
            (Some("de"), "the", true),
            (None, "les", true),
            (None, "الذي", true),
            (Some("AR"), "علي", true),
        ] {
            assert_eq!(lists.of(lang).contains(word), expected, "{word} in {lang:?}");
        }
    }
}
