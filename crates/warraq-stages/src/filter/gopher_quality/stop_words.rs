//! Stop words: which list is for which document, and which words are on it.

use super::{Compat, Options, Preset};
use crate::arabic::is_arabic_language;
use crate::fold::{Folder, Folds};
use std::collections::HashMap;
use warraq_core::OptionError;

/// Gopher's eight (Rae et al. 2021, appendix A.1.1).
const ENGLISH: &[&str] = &["the", "be", "to", "of", "and", "that", "have", "with"];
/// Ours: the commonest prepositions, conjunctions, relatives and verbs of news and of books.
const ARABIC: &[&str] =
    &["في", "من", "على", "إلى", "أن", "عن", "مع", "التي", "الذي", "هذا", "هذه", "ما", "لا", "كان", "بعد", "بين"];
/// Ours.
const FRENCH: &[&str] = &["le", "la", "les", "de", "des", "du", "et", "à", "en", "que", "une", "dans", "qui", "est"];
/// Those of `configs/arb_Arab.yml` of FineWeb-2.
const FINEWEB_2_ARB: &[&str] = &[
    "،",
    "في",
    "من",
    "على",
    "إلى",
    "عام",
    "أن",
    "مع",
    "أو",
    "هو",
    "عن",
    "التي",
    "كان",
    "بين",
    "ما",
    "كانت",
    "هي",
    "المتحدة",
    "بعد",
];

/// Words and their numbers.
pub(super) type List = HashMap<Box<str>, usize>;

/// The lists, and how words are looked up in them.
pub(super) struct StopWords {
    /// Where spelling does not matter.
    folder: Option<Folder>,
    /// The list for each language; for documents in any, without one.
    lists: Vec<(Option<&'static str>, List)>,
}

impl StopWords {
    pub(super) fn new(options: &Options) -> Result<Self, OptionError> {
        let folder = (options.compat() == Compat::None).then(|| Folder::new(Folds::default()));
        let list = |words: &mut dyn Iterator<Item = &str>| {
            let mut list = List::new();
            for word in words {
                let word = folder.as_ref().map_or_else(|| word.to_owned(), |folder| folder.phrase(word));
                let next = list.len();
                list.entry(word.into()).or_insert(next);
            }
            list
        };
        let fixed = match (&options.stop_words, options.preset) {
            (Some(words), _) => {
                let is_empty = |word: &String| match &folder {
                    Some(folder) => folder.phrase(word).is_empty(),
                    None => word.trim().is_empty(),
                };
                if let Some(n) = words.iter().position(is_empty) {
                    return Err(OptionError::new(format!("stop_words[{n}]"), "nothing is left of it to look for"));
                }
                Some(list(&mut words.iter().map(String::as_str)))
            }
            (None, Some(Preset::Fineweb2Arb)) => Some(list(&mut FINEWEB_2_ARB.iter().copied())),
            (None, Some(Preset::Arabic)) if folder.is_none() => Some(list(&mut ARABIC.iter().copied())),
            (None, _) if folder.is_none() => Some(list(&mut ENGLISH.iter().copied())),
            (None, _) => None,
        };
        let lists = match fixed {
            Some(fixed) => vec![(None, fixed)],
            None => vec![
                (Some("ar"), list(&mut ARABIC.iter().copied())),
                (Some("en"), list(&mut ENGLISH.iter().copied())),
                (Some("fr"), list(&mut FRENCH.iter().copied())),
                (Some("und"), list(&mut [ARABIC, ENGLISH, FRENCH].concat().into_iter())),
            ],
        };
        Ok(StopWords { folder, lists })
    }

    /// The list for documents of this language, if there is one.
    pub(super) fn in_list(&self, lang: Option<&str>) -> Option<&List> {
        let lang = lang.unwrap_or("und");
        let primary = lang.split(['-', '_']).next().unwrap_or(lang);
        let is_for = |code: &str| primary.eq_ignore_ascii_case(code) || code == "ar" && is_arabic_language(lang);
        self.lists.iter().find(|(code, _)| code.is_none_or(is_for)).map(|(_, list)| list)
    }

    /// The number of the word in the list.
    pub(super) fn find(&self, list: &List, word: &str, folded: &mut String) -> Option<usize> {
        let Some(folder) = &self.folder else { return list.get(word).copied() };
        folded.clear();
        folder.word(word, folded);
        let behind = || list.get(folded.strip_prefix(['و', 'ف'])?);
        list.get(folded.as_str()).or_else(behind).copied()
    }
}
