//! What becomes of a line.

use super::{Compat, Options};
use crate::filter::marks::{ends_sentence, is_closing, is_terminal};
use crate::filter::python::{self, is_space};
use regex::Regex;
use std::ops::Range;
use warraq_core::{DocView, OptionError};

/// Reasons for which a document goes.
pub(super) const REASONS: [&str; 2] = ["lorem_ipsum", "curly_bracket"];
/// Reasons for which a line goes: the names of datatrove's counters.
pub(super) const REMOVED: [&str; 5] = ["too_long_word", "no_terminal_punc", "too_few_words", "javascript", "policy"];
const TOO_LONG_WORD: usize = 0;
const NO_TERMINAL_PUNC: usize = 1;
const TOO_FEW_WORDS: usize = 2;
const JAVASCRIPT: usize = 3;
const POLICY: usize = 4;

/// Of English pages, in both references.
const POLICY_ENGLISH: &[&str] =
    &["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"];
/// Ours.
const POLICY_OTHERS: &[&str] = &[
    "سياسة الخصوصية",
    "سياسة الاستخدام",
    "شروط الاستخدام",
    "شروط الخدمة",
    "ملفات تعريف الارتباط",
    "ملفات الارتباط",
    "ملفات الكوكيز",
    "politique de confidentialité",
    "conditions d'utilisation",
    "conditions d’utilisation",
    "mentions légales",
    "utilise des cookies",
    "utilisation de cookies",
    "utilisation des cookies",
];

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is kept, with so many sentences.
    Kept { sentences: usize },
    /// It goes, for the reason at this place in [`REMOVED`].
    Removed(usize),
    /// The document goes, for the reason at this place in [`REASONS`].
    Dropped(usize),
}

/// Buffers that are used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    /// The line without its citations.
    line: String,
    lower: String,
}

/// The rules.
pub(super) struct Judge {
    is_native: bool,
    counts_before_citations: bool,
    min_words: Option<f64>,
    max_word: Option<f64>,
    citation: Option<Regex>,
    end: Option<End>,
    lorem: Vec<&'static str>,
    javascript: Vec<&'static str>,
    curly: bool,
    policy: Vec<String>,
    /// Finds lines that may have one of the phrases: mostly there is none, and then nothing has to be lowered.
    suspect: Option<Regex>,
}

/// What a line has to end in.
enum End {
    Marks(Vec<String>),
    Ours,
}

impl Judge {
    pub(super) fn new(options: &Options, thresholds: [Option<f64>; 3]) -> Result<Self, OptionError> {
        let is_native = options.compat == Compat::None;
        let with = |on: bool, always: &[&'static str], ours: &[&'static str]| -> Vec<&'static str> {
            let ours = ours.iter().filter(|_| is_native);
            if on { always.iter().chain(ours).copied().collect() } else { Vec::new() }
        };
        let lorem = with(options.filter_lorem_ipsum, &["lorem ipsum"], &["لوريم إيبسوم", "لوريم ايبسوم"]);
        let javascript = with(options.filter_javascript, &["javascript"], &["جافا سكريبت", "جافاسكريبت"]);
        let policy = match &options.policy_phrases {
            _ if !options.filter_policy => Vec::new(),
            Some(phrases) => {
                if let Some(n) = phrases.iter().position(|phrase| phrase.trim().is_empty()) {
                    return Err(OptionError::new(format!("policy_phrases[{n}]"), "a phrase cannot be empty"));
                }
                phrases.iter().map(|phrase| lowered(phrase)).collect()
            }
            None => with(true, POLICY_ENGLISH, POLICY_OTHERS).into_iter().map(str::to_owned).collect(),
        };
        let end = match &options.end_marks {
            _ if !options.filter_no_terminal_punct => None,
            Some(marks) => {
                if let Some(n) = marks.iter().position(String::is_empty) {
                    return Err(OptionError::new(format!("end_marks[{n}]"), "an end mark cannot be empty"));
                }
                Some(End::Marks(marks.clone()))
            }
            None => Some(match options.compat {
                Compat::None => End::Ours,
                Compat::Datatrove => End::Marks([".", "?", "!", "\"", "'"].map(str::to_owned).into()),
                Compat::Original => End::Marks([".", "?", "!", "\""].map(str::to_owned).into()),
            }),
        };
        let phrases = lorem.iter().chain(&javascript).copied().chain(policy.iter().map(String::as_str));
        let phrases: Vec<String> = phrases.map(regex::escape).collect();
        let pattern = if is_native {
            r"^(?:\[(?:\d*|edit|citation needed|modifier|réf\. nécessaire|عدل|بحاجة لمصدر)\]\s*)+|\s*\[(?:\d*|edit|citation needed|modifier|réf\. nécessaire|عدل|بحاجة لمصدر)\]"
        } else {
            r"\[\d*\]|\[edit\]|\[citation needed\]"
        };
        let compile = |pattern: &str, option: &str| {
            crate::patterns::compile(pattern).map_err(|message| OptionError::new(option, message))
        };
        Ok(Judge {
            is_native,
            counts_before_citations: options.compat == Compat::Datatrove,
            min_words: thresholds[1],
            max_word: thresholds[2],
            citation: options.remove_citations.then(|| compile(pattern, "remove_citations")).transpose()?,
            end,
            lorem,
            javascript,
            curly: options.filter_curly_bracket,
            suspect: match phrases.is_empty() {
                true => None,
                false => Some(compile(&format!("(?i){}", phrases.join("|")), "policy_phrases")?),
            },
            policy,
        })
    }

    /// Where the line is without the white space around it, and what becomes of it. Its citations are added to
    /// `citations`.
    pub(super) fn line(
        &self,
        doc: &DocView<'_>,
        at: python::Line,
        citations: &mut Vec<Range<usize>>,
        scratch: &mut Scratch,
    ) -> (Range<usize>, Fate) {
        let whole = &doc.text[at.start..at.end];
        let start = at.start + (whole.len() - whole.trim_start_matches(is_space).len());
        let line = python::strip(whole);
        let content = start..start + line.len();
        let first = citations.len();
        let mut words = 0;
        for word in words_of(line) {
            words += 1;
            // No word has more code points than bytes.
            if self.max_word.is_some_and(|most| word.len() as f64 > most && word.chars().count() as f64 > most) {
                return (content, Fate::Removed(TOO_LONG_WORD));
            }
        }
        let found = self.citation.iter().flat_map(|citation| citation.find_iter(line));
        citations.extend(found.map(|found| start + found.start()..start + found.end()));
        let fate = if citations.len() == first {
            self.rest(doc, line, &content, words, &mut scratch.lower)
        } else {
            let Scratch { line: cleaned, lower } = scratch;
            cleaned.clear();
            let mut from = content.start;
            for citation in &citations[first..] {
                cleaned.push_str(&doc.text[from..citation.start]);
                from = citation.end;
            }
            cleaned.push_str(&doc.text[from..content.end]);
            let words = if self.counts_before_citations { words } else { words_of(cleaned).count() };
            self.rest(doc, cleaned, &content, words, lower)
        };
        if !matches!(fate, Fate::Kept { .. }) {
            citations.truncate(first);
        }
        (content, fate)
    }

    /// The checks that look at the line without citations.
    fn rest(&self, doc: &DocView<'_>, line: &str, content: &Range<usize>, words: usize, lower: &mut String) -> Fate {
        let is_ended = match &self.end {
            None => true,
            Some(End::Ours) => ends_sentence(line),
            Some(End::Marks(marks)) => marks.iter().any(|mark| line.ends_with(mark)) && !line.ends_with("..."),
        };
        if !is_ended {
            return Fate::Removed(NO_TERMINAL_PUNC);
        }
        if self.min_words.is_some_and(|least| (words as f64) < least) {
            return Fate::Removed(TOO_FEW_WORDS);
        }
        let is_suspect = self.suspect.as_ref().is_some_and(|suspect| suspect.is_match(line));
        if is_suspect {
            lower.clear();
            lower.extend(line.chars().flat_map(char::to_lowercase));
        }
        let has = |phrases: &[&str]| is_suspect && phrases.iter().any(|phrase| lower.contains(phrase));
        if has(&self.lorem) {
            return Fate::Dropped(0);
        }
        if has(&self.javascript) {
            return Fate::Removed(JAVASCRIPT);
        }
        if self.curly && line.contains('{') {
            return Fate::Dropped(1);
        }
        if is_suspect && self.policy.iter().any(|phrase| lower.contains(phrase.as_str())) {
            return Fate::Removed(POLICY);
        }
        let sentences = if doc.sentences.is_empty() { sentences(line) } else { begin_in(doc, content) };
        Fate::Kept { sentences: if self.is_native && line.is_empty() { 0 } else { sentences.max(1) } }
    }
}

fn words_of(line: &str) -> impl Iterator<Item = &str> {
    line.split(is_space).filter(|word| !word.is_empty())
}

fn lowered(phrase: &str) -> String {
    phrase.chars().flat_map(char::to_lowercase).collect()
}

/// How many of the document's sentences begin in the range.
fn begin_in(doc: &DocView<'_>, range: &Range<usize>) -> usize {
    let before = |end: usize| doc.sentences.partition_point(|sentence| (sentence.start as usize) < end);
    before(range.end) - before(range.start)
}

/// Sentences by their marks: one ends where, behind a terminal mark and what may close behind it, there is white space.
fn sentences(line: &str) -> usize {
    let (mut count, mut is_open, mut is_marked) = (0, false, false);
    for c in line.chars() {
        if is_space(c) {
            if is_marked && is_open {
                count += 1;
                is_open = false;
            }
            is_marked = false;
        } else {
            is_open |= c.is_alphanumeric();
            is_marked = is_terminal(c) || is_marked && is_closing(c);
        }
    }
    count + usize::from(is_open)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn sentences_are_counted_by_their_marks() {
        for (line, expected) in [
            ("", 0),
            ("One.", 1),
            ("One. Two", 2),
            ("قال: «نعم.» ثم خرج؟! وعاد.", 3),
            ("At 3.5 percent, example.org grew ... a lot.", 2),
            ("Yes. . . No.", 2),
        ] {
            assert_eq!(sentences(line), expected, "{line}");
        }
    }
}
