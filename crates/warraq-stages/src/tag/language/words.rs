//! Function words of languages in Devanagari. The n-grams are of letters alone, and there vowel signs, which are marks,
//! make the difference between the shortest words.
//!
//! Words that the other language has, too, are not listed.

use super::tags::Language;

/// What a word adds to its language's evidence, in units of natural logarithm.
pub(super) const EVIDENCE: f32 = 2.0;

const WORDS: [(&str, &str); 2] = [
    ("hi", "है हैं था थी थे और में को से ने के नहीं यह वह भी कि लिए इस उस रहा रहे रही गया गई हुआ हुई एवं मैं हूँ हम"),
    ("mr", "आहे आहेत आणि नाही नाहीत मध्ये तर पण केली केले झाली झाले झाला असे म्हणून त्यांनी यांनी करून मी आम्ही त्या होतं"),
];

/// The words, sorted, to be found.
pub(super) struct Words(Vec<(&'static str, Language)>);

impl Words {
    pub(super) fn new() -> Words {
        let of = |(code, words): (&str, &'static str)| {
            let language = Language::named(code).expect("it is one of the languages");
            words.split(' ').map(move |word| (word, language))
        };
        let mut words: Vec<_> = WORDS.into_iter().flat_map(of).collect();
        words.sort_unstable_by_key(|(word, _)| *word);
        Words(words)
    }

    /// The languages of the function words of a text, a word at a time.
    pub(super) fn of<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Language> + 'a {
        let words = text.split(|c| !matches!(c, '\u{900}'..='\u{963}' | '\u{970}'..='\u{97f}'));
        words.filter_map(|word| {
            let at = self.0.binary_search_by_key(&word, |(word, _)| word).ok()?;
            Some(self.0[at].1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_of_one_language() {
        let words = Words::new().0;
        assert!(words.iter().all(|(word, _)| !word.is_empty()));
        assert!(words.is_sorted_by(|a, b| a.0 < b.0));
    }
}
