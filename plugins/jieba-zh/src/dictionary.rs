//! Dictionaries in jieba's format: a word on each line, its frequency and its tag, both of which may be left out.

use crate::han;
use jieba_rs::Jieba;
use std::collections::HashMap;

/// What the words of a dictionary were given as tags. Jieba itself keeps the tag a word had first.
pub(crate) type Tags = HashMap<Box<str>, Box<str>>;

/// A frequency beyond this is a mistake: the most frequent word of jieba's own dictionary has some three million.
const MOST: usize = 1_000_000_000;

/// A line of a dictionary.
#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    word: &'a str,
    frequency: Option<usize>,
    tag: Option<&'a str>,
}

/// Reads a line; `None` if there is nothing on it.
fn entry(line: &str) -> Result<Option<Entry<'_>>, String> {
    let mut fields = line.split_whitespace();
    let Some(word) = fields.next().filter(|word| !word.starts_with('#')) else { return Ok(None) };
    let (second, tag) = (fields.next(), fields.next());
    if fields.next().is_some() {
        return Err("there are more than three fields: a line is a word, its frequency and its tag".into());
    }
    let (frequency, tag) = match (second, tag) {
        // A lone second field that does not begin like a number is a tag.
        (Some(tag), None) if tag.starts_with(|c: char| c.is_alphabetic()) => (None, Some(tag)),
        (frequency, tag) => (frequency, tag),
    };
    let frequency = match frequency.map(|frequency| (frequency, frequency.parse::<usize>())) {
        None => None,
        Some((_, Ok(number))) if number <= MOST => Some(number),
        Some((text, Ok(_))) => return Err(format!("the frequency {text} is greater than {MOST}")),
        Some((text, Err(_))) => return Err(format!("the frequency {text:?} is no whole number")),
    };
    Ok(Some(Entry { word, frequency, tag }))
}

/// Words that will never be found, because they are not made of Han characters alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Unfindable {
    /// How many there are.
    pub(crate) words: usize,
    /// The line of the first.
    pub(crate) line: usize,
}

/// Adds the words of a dictionary. A word without a frequency is given one that makes it win over its parts.
///
/// # Errors
/// The first line that cannot be read, and why.
pub(crate) fn add(text: &str, jieba: &mut Jieba, tags: &mut Tags) -> Result<Unfindable, (usize, String)> {
    let (mut unfindable, mut words) = (Unfindable::default(), 0);
    for (n, line) in text.lines().enumerate() {
        let Some(Entry { word, frequency, tag }) = entry(line).map_err(|message| (n + 1, message))? else { continue };
        words += 1;
        if !word.chars().all(han::is_han) {
            if unfindable.words == 0 {
                unfindable.line = n + 1;
            }
            unfindable.words += 1;
            continue;
        }
        jieba.add_word(word, frequency, tag);
        if let Some(tag) = tag {
            tags.insert(word.into(), tag.into());
        }
    }
    if words == 0 { Err((1, "there is no word in it".into())) } else { Ok(unfindable) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_words_with_frequencies_and_tags() {
        let entry_of = |word, frequency, tag| Ok(Some(Entry { word, frequency, tag }));
        for (line, expected) in [
            ("", Ok(None)),
            ("  # 注", Ok(None)),
            ("云计算", entry_of("云计算", None, None)),
            ("云计算 5", entry_of("云计算", Some(5), None)),
            ("云计算\t5\tn\r", entry_of("云计算", Some(5), Some("n"))),
            ("云计算 nz", entry_of("云计算", None, Some("nz"))),
            ("云计算 -5", Err("the frequency \"-5\" is no whole number".into())),
            ("云计算 5.0 n", Err("the frequency \"5.0\" is no whole number".into())),
            ("云计算 n 5", Err("the frequency \"n\" is no whole number".into())),
            ("云计算 1000000001", Err("the frequency 1000000001 is greater than 1000000000".into())),
            ("云 计 算 n", Err("there are more than three fields: a line is a word, its frequency and its tag".into())),
        ] {
            assert_eq!(entry(line), expected, "{line}");
        }
    }

    #[test]
    fn words_that_cannot_be_found_are_counted() {
        let (mut jieba, mut tags) = (Jieba::empty(), Tags::new());
        let text = "卡拉 3 n\n卡拉OK 3 n\nT恤\n云计算 nz\n";
        assert_eq!(add(text, &mut jieba, &mut tags), Ok(Unfindable { words: 2, line: 2 }));
        assert!(jieba.has_word("卡拉") && jieba.has_word("云计算") && !jieba.has_word("T恤"));
        assert_eq!(tags.get("云计算").map(|tag| &**tag), Some("nz"));
        assert_eq!(add("# 空\n\n", &mut jieba, &mut tags), Err((1, "there is no word in it".into())));
        assert_eq!(
            add("卡拉\n卡拉 x y\n", &mut jieba, &mut tags),
            Err((2, "the frequency \"x\" is no whole number".into()))
        );
    }
}
