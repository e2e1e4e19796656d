//! The built-in segmenter: word lists and the rules of Arabic spelling, for those who have no model.

use super::features::Parts;
use super::{Letters, Store};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What the rules know, in sections.
const LISTS: &str = include_str!("rules.txt");

/// The pronouns that are written to the word before them, the longer first.
const PRONOUNS: [&str; 9] = ["هما", "هم", "هن", "ها", "كم", "نا", "ني", "ه", "ك"];

/// A word of an analysis: how many letters of the token it covers, and its form.
type Word = (usize, String);

/// The word lists, ready to be asked.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Beginnings from which no proclitic is taken; true where only the whole token counts.
    stems: BTreeMap<&'static str, bool>,
    hosts: HashSet<&'static str>,
    bearers: HashSet<&'static str>,
    divided: HashMap<&'static str, Vec<&'static str>>,
    ends: HashSet<&'static str>,
    whole: HashSet<&'static str>,
}

impl Rules {
    pub(crate) fn new() -> Self {
        let mut rules = Rules {
            stems: BTreeMap::new(),
            hosts: HashSet::new(),
            bearers: HashSet::new(),
            divided: HashMap::new(),
            ends: HashSet::new(),
            whole: HashSet::new(),
        };
        let mut section = "";
        for line in LISTS.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name;
                continue;
            }
            let words = line.split(' ');
            match section {
                // A stem with a low line is a whole token.
                "stems" => rules.stems.extend(words.map(|word| match word.strip_suffix('_') {
                    Some(whole) => (whole, true),
                    None => (word, false),
                })),
                "hosts" => rules.hosts.extend(words),
                "bearers" => rules.bearers.extend(words),
                "ends" => rules.ends.extend(words),
                "whole" => rules.whole.extend(words),
                _ => {
                    let mut words = words;
                    if let Some(token) = words.next() {
                        rules.divided.insert(token, words.collect());
                    }
                }
            }
        }
        rules
    }

    /// Adds the analysis of `token`, which was begun in `store`.
    pub(super) fn analyse(&self, token: &str, letters: &Letters, store: &mut Store) {
        let text: String = letters.chars.iter().collect();
        let mut words = Vec::new();
        self.conjunction(&text, &mut words);
        if words.len() < 2 {
            return;
        }
        store.analysis(0.0, Parts::default());
        let mut at = 0;
        for (n, (covered, form)) in words.iter().enumerate() {
            at += covered;
            let end = if n + 1 == words.len() { token.len() as u32 } else { letters.byte(at, token) };
            store.word(token, end, form.chars());
        }
    }

    /// Words that are listed as they stand.
    fn listed(&self, text: &str, out: &mut Vec<Word>) -> bool {
        if self.whole.contains(text) {
            out.push((count(text), text.into()));
            return true;
        }
        let Some(words) = self.divided.get(text) else { return false };
        let mut rest = text;
        for (n, word) in words.iter().enumerate() {
            // The last word takes what is left; one before it, as much of the token as its form has, but for
            // contractions, which begin with its first letter alone.
            let covered = if n + 1 == words.len() {
                rest
            } else if rest.starts_with(word) {
                &rest[..word.len()]
            } else {
                let letters = if count(rest) > count(word) + words.len() - n - 2 { count(word) } else { 1 };
                let letters = if rest.chars().take(letters).map(bare).eq(word.chars().map(bare)) { letters } else { 1 };
                &rest[..rest.char_indices().nth(letters).map_or(rest.len(), |(at, _)| at)]
            };
            out.push((count(covered), (*word).into()));
            rest = &rest[covered.len()..];
        }
        true
    }

    /// Whether the token begins with a stem from which nothing is taken.
    fn is_stem(&self, text: &str) -> bool {
        (text.char_indices().map(|(at, c)| at + c.len_utf8())).any(|end| match self.stems.get(&text[..end]) {
            Some(whole) => !whole || end == text.len(),
            None => false,
        })
    }

    fn is_host(&self, text: &str) -> bool {
        let known = |text: &str| self.hosts.contains(text) || self.bearers.contains(text);
        known(text)
            || PRONOUNS.iter().any(|pronoun| {
                text.strip_suffix(pronoun).is_some_and(|host| {
                    known(host) || host.strip_suffix('ت').is_some_and(|host| known(&format!("{host}ة")))
                })
            })
    }

    fn conjunction(&self, text: &str, out: &mut Vec<Word>) {
        if self.listed(text, out) {
            return;
        }
        let rest = ['و', 'ف'].into_iter().find_map(|c| text.strip_prefix(c).map(|rest| (c, rest)));
        if let Some((c, rest)) = rest
            && !self.is_stem(text)
            && count(rest) >= 2
        {
            let certain = rest.starts_with("ال") && count(rest) > 3
                || self.divided.contains_key(rest)
                || self.is_host(rest)
                || rest.starts_with(['إ', 'أ']);
            let likely = c == 'و' && count(rest) >= 3
                || rest.starts_with("ست")
                || rest.starts_with("سي")
                || rest.starts_with("لل");
            if certain || likely {
                out.push((1, c.into()));
                return self.preposition(rest, out);
            }
        }
        self.preposition(text, out);
    }

    fn preposition(&self, text: &str, out: &mut Vec<Word>) {
        if self.listed(text, out) {
            return;
        }
        let mut letters = text.chars();
        let (Some(first), Some(second)) = (letters.next(), letters.next()) else { return self.host(text, out) };
        let rest = &text[first.len_utf8()..];
        let (len, stem) = (count(rest), self.is_stem(text));
        // Behind `ل`, the article loses its alef.
        if first == 'ل' && second == 'ل' && len >= 3 {
            out.push((1, "ل".into()));
            out.push((len, format!("ا{rest}")));
            return;
        }
        let divides = match first {
            _ if len < 2 => false,
            // A host that is known counts for more than a beginning.
            _ if self.is_host(rest) && len >= 3 => matches!(first, 'ب' | 'ك' | 'ل'),
            _ if stem => false,
            'ب' | 'ك' if rest.starts_with("ال") => len >= 4,
            'ب' => {
                self.is_host(rest)
                    || second == 'إ'
                    || second == 'أ' && len >= 3
                    || len >= 4 && matches!(second, 'م' | 'ت')
                    || rest.starts_with("است") && len >= 6
            }
            'ك' => second == 'أ' && len >= 4,
            'ل' => len >= 3 || self.is_host(rest),
            'س' => len >= 4 && matches!(second, 'ي' | 'ت' | 'ن' | 'أ'),
            'أ' => matches!(rest, "ليس" | "ليست" | "هذا" | "هذه" | "هو" | "هي" | "لم" | "لا"),
            _ => false,
        };
        if divides {
            out.push((1, first.into()));
            self.preposition_host(rest, out);
        } else {
            self.host(text, out);
        }
    }

    fn preposition_host(&self, text: &str, out: &mut Vec<Word>) {
        if !self.listed(text, out) {
            self.host(text, out);
        }
    }

    /// What bears no proclitic any more: a host, with a pronoun or without.
    fn host(&self, text: &str, out: &mut Vec<Word>) {
        let len = count(text);
        let whole = || (len, text.to_owned());
        if text.starts_with("ال") || self.ends.contains(text) || self.hosts.contains(text) {
            return out.push(whole());
        }
        for pronoun in PRONOUNS {
            let Some(host) = text.strip_suffix(pronoun) else { continue };
            let known = self.bearers.contains(host) || self.hosts.contains(host);
            let feminine = host.strip_suffix('ت').filter(|host| count(host) >= 2);
            let bears = match pronoun {
                "نا" => known || feminine.is_some_and(|host| !host.ends_with('ا') || count(host) >= 4),
                "كم" | "ك" => known || feminine.is_some_and(|host| self.hosts.contains(&*format!("{host}ة"))),
                "ني" => false,
                "ه" => known || count(host) >= 3,
                _ => known || count(host) >= 3 || count(host) == 2 && pronoun == "ها",
            };
            if bears {
                out.push((count(host), if self.bearers.contains(host) { host.into() } else { restored(host) }));
                out.push((count(pronoun), pronoun.into()));
                return;
            }
        }
        out.push(whole());
    }
}

/// The host as it is written without a pronoun.
fn restored(host: &str) -> String {
    let stem = |n: usize| &host[..host.char_indices().rev().nth(n - 1).map_or(0, |(at, _)| at)];
    let len = count(host);
    let last: Vec<char> = host.chars().rev().take(3).collect();
    match last[..] {
        // Plurals in -at and past verbs keep theirs; verbs of the derived forms begin with alef and have no other near the end.
        ['ت', 'ا', ..] => host.into(),
        ['ت', c, b, ..] if len >= 4 => {
            let verb = host.starts_with(['ا', 'أ', 'إ']) && c != 'ي' && b != 'ا' && c != 'و';
            if verb { host.into() } else { format!("{}ة", stem(1)) }
        }
        ['ئ' | 'ؤ', 'ا', ..] => format!("{}ء", stem(1)),
        ['ا', ..] if len >= 4 => format!("{}ى", stem(1)),
        ['و', ..] if len >= 4 => format!("{host}ا"),
        _ => host.into(),
    }
}

fn count(text: &str) -> usize {
    text.chars().count()
}

/// A letter without its hamza.
fn bare(c: char) -> char {
    match c {
        'أ' | 'إ' | 'آ' => 'ا',
        _ => c,
    }
}
