//! The rules: light10, and the further ones of the variant `extended`.
//!
//! Light10: L. S. Larkey, L. Ballesteros, M. E. Connell, «Light Stemming for Arabic Information Retrieval», in A. Soudi,
//! A. van den Bosch, G. Neumann (eds), *Arabic Computational Morphology*, Springer 2007, pp. 221–243.
//!
//! Which letters do not open a root together: J. H. Greenberg, «The Patterning of Root Morphemes in Semitic», *Word* 6
//! (1950), pp. 162–181.

use crate::normal::Arabic;
use std::collections::HashSet;

/// Light10's conjunction.
const CONJUNCTION: &str = "و";
/// How many letters have to be left of a word that loses the conjunction.
const LEFT_OF_CONJUNCTION: usize = 3;
/// Light10's definite articles, with the conjunctions and prepositions written to them. No word begins with two of them.
const ARTICLES: [&str; 6] = ["ال", "وال", "بال", "كال", "فال", "لل"];
/// Light10's suffixes, in the order in which they are looked for.
const SUFFIXES: [&str; 10] = ["ها", "ان", "ات", "ون", "ين", "يه", "ية", "ه", "ة", "ي"];
/// How many letters have to be left of a word that loses an article or a suffix.
const LEFT_OF_AFFIX: usize = 2;

/// Extended: articles behind a conjunction and a preposition. (With `و`, light10 takes them in two steps.)
const MORE_ARTICLES: [&str; 3] = ["فبال", "فكال", "فلل"];
/// Extended: a clitic, and the letters behind it that show it is one.
const CLITICS: [(char, &[char]); 4] =
    [('ف', &['م', 'ف']), ('ب', &['ب', 'م', 'ف']), ('ك', &['ك', 'ق', 'ج']), ('ل', &['ر'])];
/// How many letters have to be left of a word that loses such a clitic.
const LEFT_OF_CLITIC: usize = 3;
/// Extended: what follows `سي` and `ست` in verbs and not in nouns.
const BEHIND_FUTURE: [char; 7] = ['ت', 'س', 'ص', 'ض', 'ظ', 'ع', 'ؤ'];
/// How many letters have to be left of a verb that loses its `س`.
const LEFT_OF_FUTURE: usize = 4;
/// Extended: pronouns that light10 leaves on the word.
const PRONOUNS: [&str; 6] = ["هما", "كما", "هم", "كم", "هن", "تم"];
/// How many letters have to be left of a word that loses one of them, unless the last is the `ت` of a feminine.
const LEFT_OF_PRONOUN: usize = 4;
/// How many letters have to be left before and after the `ت` of a feminine goes.
const LEFT_OF_FEMININE: usize = 3;

/// Which rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Light10 and nothing else.
    Light10,
    /// Light10 and further clitics.
    Extended,
}

/// Stems words. A stem is a slice of the word.
#[derive(Debug)]
pub(crate) struct Stemmer {
    rules: Rules,
    /// Words that are left as they are, in the spelling in which words are stemmed.
    protected: HashSet<Box<str>>,
}

impl Stemmer {
    pub(crate) fn new(rules: Rules) -> Self {
        Stemmer { rules, protected: HashSet::new() }
    }

    /// Leaves this word alone, and what its clitics are taken off from.
    pub(crate) fn protect(&mut self, word: &str) {
        self.protected.insert(word.into());
    }

    fn is_protected(&self, word: &str) -> bool {
        !self.protected.is_empty() && self.protected.contains(word)
    }

    /// The stem of a word.
    pub(crate) fn stem<'a>(&self, arabic: Arabic<'a>) -> &'a str {
        let mut word = arabic.word;
        if self.is_protected(word) {
            return word;
        }
        // Goes on with the word that a step leads to, and says whether it changed anything.
        macro_rules! step {
            ($next:expr) => {
                match $next {
                    Some(next) if self.is_protected(next) => return next,
                    Some(next) => {
                        word = next;
                        true
                    }
                    None => false,
                }
            };
        }
        step!(without_prefix(word, CONJUNCTION, LEFT_OF_CONJUNCTION));
        let has_article = step!(first(ARTICLES, |article| without_prefix(word, article, LEFT_OF_AFFIX)));
        if self.rules == Rules::Extended {
            if !has_article && !step!(first(MORE_ARTICLES, |article| without_prefix(word, article, LEFT_OF_AFFIX))) {
                for clitic in CLITICS {
                    step!(without_clitic(word, clitic));
                }
                step!(without_future(word));
            }
            if step!(without_pronoun(word, arabic.ta_marbuta)) && step!(without_feminine(word)) {
                // As behind the ta marbuta for which it stands, only the last suffix is still to come.
                step!(without_suffix(word, SUFFIXES[SUFFIXES.len() - 1], LEFT_OF_AFFIX));
                return word;
            }
        }
        for suffix in SUFFIXES {
            step!(without_suffix(word, suffix, LEFT_OF_AFFIX));
        }
        word
    }
}

/// Whether a word has at least so many letters.
fn has(word: &str, letters: usize) -> bool {
    word.chars().nth(letters - 1).is_some()
}

fn first<'a, const N: usize>(affixes: [&str; N], strip: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    affixes.into_iter().find_map(strip)
}

fn without_prefix<'a>(word: &'a str, prefix: &str, left: usize) -> Option<&'a str> {
    word.strip_prefix(prefix).filter(|rest| has(rest, left))
}

fn without_suffix<'a>(word: &'a str, suffix: &str, left: usize) -> Option<&'a str> {
    word.strip_suffix(suffix).filter(|rest| has(rest, left))
}

fn without_clitic<'a>(word: &'a str, (clitic, behind): (char, &[char])) -> Option<&'a str> {
    word.strip_prefix(clitic).filter(|rest| rest.starts_with(behind) && has(rest, LEFT_OF_CLITIC))
}

fn without_future(word: &str) -> Option<&str> {
    let verb = word.strip_prefix('س').filter(|rest| has(rest, LEFT_OF_FUTURE))?;
    verb.strip_prefix(['ي', 'ت']).filter(|rest| rest.starts_with(BEHIND_FUTURE)).map(|_| verb)
}

fn without_pronoun(word: &str, ta_marbuta: bool) -> Option<&str> {
    let long = first(PRONOUNS, |pronoun| {
        let feminine = |rest: &str| rest.ends_with('ت') && has(rest, LEFT_OF_FEMININE);
        without_suffix(word, pronoun, LEFT_OF_FEMININE).filter(|rest| has(rest, LEFT_OF_PRONOUN) || feminine(rest))
    });
    let ours = || without_suffix(word, "نا", LEFT_OF_FEMININE).filter(|rest| rest.ends_with('ت'));
    let hers = || without_suffix(word, "ها", LEFT_OF_AFFIX);
    let his = || without_suffix(word, "ه", LEFT_OF_AFFIX).filter(|_| !ta_marbuta);
    long.or_else(ours).or_else(hers).or_else(his)
}

/// The `ت` into which a ta marbuta turns before a pronoun. That of a plural in `ات` is left to the suffixes.
fn without_feminine(word: &str) -> Option<&str> {
    without_suffix(word, "ت", LEFT_OF_FEMININE).filter(|rest| !rest.ends_with('ا'))
}
