//! What a line between paragraphs shows of itself: the features by which a headline of another article is told from a line
//! of this one.

use crate::arabic::{TATWEEL, is_tashkeel};
use crate::fold::{Folder, Folds};
use crate::model::features::hash_str;
use crate::tag::stopwords;
use std::ops::Range;

/// A feature: a number, and the values from which its next bin begins. A number below the first is in bin 0.
pub(crate) struct Feature {
    /// Its name in the file of weights.
    pub(crate) name: &'static str,
    /// Where bins 1, 2, … begin.
    pub(crate) edges: &'static [u32],
}

impl Feature {
    /// The bin of a value.
    pub(crate) fn bin(&self, value: u32) -> usize {
        self.edges.iter().take_while(|&&edge| value >= edge).count()
    }
}

/// All features, in the order of [`Values`].
#[rustfmt::skip]
pub(crate) static FEATURES: [Feature; 34] = [
    // How the line ends, and its neighbours: the classes of `End`, a bin each.
    Feature { name: "end", edges: ENDS },
    Feature { name: "end_before", edges: ENDS },
    Feature { name: "end_after", edges: ENDS },
    // Its length in words; in code points that of the line before.
    Feature { name: "words", edges: &[2, 3, 4, 5, 7, 10, 14] },
    Feature { name: "length_before", edges: &[40, 80, 120, 200] },
    // Cohesion: content words that other lines have, too; those that no other line has; those of the line after; those that
    // run through the document.
    Feature { name: "known_words", edges: &[1, 2, 3, 4] },
    Feature { name: "new_words", edges: &[1, 2, 3, 4, 5, 6] },
    Feature { name: "words_after", edges: &[1, 2] },
    Feature { name: "topic_words", edges: &[1, 2] },
    Feature { name: "first_word_known", edges: &[1] },
    // Percent of the other lines that are short and end without a stop: lists and poems have many.
    Feature { name: "open_lines", edges: &[10, 20, 30, 40, 50] },
    Feature { name: "open_neighbours", edges: &[1, 2] },
    Feature { name: "second_line", edges: &[1] },
    Feature { name: "last_but_one", edges: &[1] },
    // How it begins.
    Feature { name: "bullet", edges: &[1] },
    Feature { name: "numbered", edges: &[1] },
    Feature { name: "opens_with_quote", edges: &[1] },
    Feature { name: "opens_with_digit", edges: &[1] },
    Feature { name: "opens_with_waw", edges: &[1] },
    Feature { name: "opens_with_function_word", edges: &[1] },
    Feature { name: "opens_with_article", edges: &[1] },
    Feature { name: "opens_with_present", edges: &[1] },
    Feature { name: "present_second", edges: &[1] },
    // Percent of its words.
    Feature { name: "function_words", edges: &[1, 15, 25, 35, 50] },
    Feature { name: "with_article", edges: &[1, 30, 60] },
    // Words that refer back or tie clauses together.
    Feature { name: "referring_words", edges: &[1, 2] },
    Feature { name: "addresses", edges: &[1] },
    // Marks within the line.
    Feature { name: "latin", edges: &[1] },
    Feature { name: "digits", edges: &[1] },
    Feature { name: "dots_inside", edges: &[1] },
    Feature { name: "quotes", edges: &[1] },
    Feature { name: "comma", edges: &[1] },
    Feature { name: "stop_inside", edges: &[1] },
    Feature { name: "bracket", edges: &[1] },
];

/// The values of [`FEATURES`] for a line.
pub(crate) type Values = [u32; FEATURES.len()];

/// How a line ends, once closing quotation marks and brackets are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum End {
    Nothing,
    Letter,
    Closing,
    Digit,
    Exclamation,
    Question,
    Ellipsis,
    Stop,
    Colon,
    Comma,
}

const ENDS: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9];

impl End {
    fn of(line: &str) -> Self {
        let line = trim(line);
        let bare = line.trim_end_matches(|c: char| is_closing(c) || c.is_whitespace());
        match bare.chars().next_back() {
            None => End::Nothing,
            Some('…') => End::Ellipsis,
            Some('.') if bare.ends_with("..") => End::Ellipsis,
            Some('.' | '۔' | '。' | '।') => End::Stop,
            Some('!' | '！') => End::Exclamation,
            Some('?' | '؟' | '？') => End::Question,
            Some(':' | '：') => End::Colon,
            Some('،' | ',' | '؛' | ';' | '-' | '–' | '—' | '、') => End::Comma,
            Some(_) if bare.len() < line.len() => End::Closing,
            Some(c) if c.is_numeric() || matches!(c, '%' | '٪') => End::Digit,
            Some(_) => End::Letter,
        }
    }

    /// Whether a short line that ends like this may be no sentence.
    fn is_open(self) -> bool {
        !matches!(self, End::Stop | End::Colon | End::Comma | End::Ellipsis)
    }
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '»' | '”' | '’' | '\'' | ')' | ']' | '}' | '›' | '″')
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '«' | '»' | '“' | '”' | '„')
}

/// A line without white space and invisible characters around it.
pub(crate) fn trim(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}'))
}

/// A short line, in code points.
const SHORT: usize = 110;
/// The length of a headline, in code points.
pub(crate) const HEADLINE: Range<usize> = 4..131;
/// Where more than this percentage of the other lines is open, the text is a list, a poem or hard-wrapped.
const TOO_OPEN: usize = 60;

/// Whether a line may be a title as far as its length and its end go.
pub(crate) fn is_title(line: &str) -> bool {
    let line = trim(line);
    HEADLINE.contains(&line.chars().count()) && !matches!(End::of(line), End::Stop | End::Colon | End::Comma)
}

/// Words that refer back to what was said or tie clauses together: headlines do without.
const REFERRING: &str = "الذي التي الذين اللذين اللتين كان كانت كانوا قد لقد إن إنه إنها أنه أنها لكن لكنه لكنها هذا هذه ذلك \
    تلك هو هي هم نحن أنا أنت كما حيث بينما عندما عندي لدي كل إذا لو حتى مما فيما وهو وهي وقد فقد ليس ليست لم لن ما \
    this that these those which who whom whose he she it they we had has have was were been however although because \
    ce cet cette ces celui celle qui que dont lequel il elle ils elles nous vous avait etait ont sont car cependant";
/// Words by which a text speaks of its writer or to its reader.
const ADDRESSING: &str = "أنا نحن لي لنا عندي أنت أنك يا i you your my our je tu vous votre notre mon";
/// Frequent words that begin with a `و` of their own.
const WITH_WAW: &str = "واشنطن وزير وزارة وزراء وفاة وصول وكالة وكيل وفد ولي والد وسط وثيقة وثائق وضع وباء ورشة";

const FUNCTION: u8 = 1;
const REFERS: u8 = 2;
const ADDRESSES: u8 = 4;
const WAW: u8 = 8;
const ARTICLE: u8 = 16;
const PRESENT: u8 = 32;
const CONTENT: u8 = 64;

#[derive(Clone, Copy)]
struct Word {
    stem: u64,
    class: u8,
}

#[derive(Clone, Default)]
struct Line {
    words: Range<usize>,
    /// In code points, but for long lines, where nobody asks.
    length: usize,
    open: bool,
}

/// Hashes of folded words and their classes, sorted by hash.
struct Classes(Vec<(u64, u8)>);

impl Classes {
    fn of(&self, word: &str) -> u8 {
        let hash = hash_str(word);
        self.0.binary_search_by_key(&hash, |entry| entry.0).map_or(0, |at| self.0[at].1)
    }
}

/// Reads a document's lines. Buffers are reused.
pub(crate) struct Reader {
    folder: Folder,
    classes: Classes,
    ends: Vec<End>,
    lines: Vec<Line>,
    /// How many lines are open.
    open: usize,
    words: Vec<Word>,
    /// Stems of content words with the lines they are in, sorted, each once a line.
    index: Vec<(u64, u32)>,
    candidates: Vec<usize>,
    folded: String,
}

impl Reader {
    pub(crate) fn new() -> Self {
        let folder = Folder::new(Folds { accents: true, ..Folds::default() });
        let mut classes = std::collections::BTreeMap::<u64, u8>::new();
        let mut folded = String::new();
        let lists = [(REFERRING, REFERS), (ADDRESSING, ADDRESSES), (WITH_WAW, WAW)];
        let words = lists.iter().flat_map(|&(list, class)| list.split_whitespace().map(move |word| (word, class)));
        for (word, class) in words.chain(stopwords::all().map(|word| (word, FUNCTION))) {
            folder.word(word, &mut folded);
            *classes.entry(hash_str(&folded)).or_default() |= class;
        }
        Reader {
            folder,
            classes: Classes(classes.into_iter().collect()),
            ends: Vec::new(),
            lines: Vec::new(),
            open: 0,
            words: Vec::new(),
            index: Vec::new(),
            candidates: Vec::new(),
            folded,
        }
    }

    /// Reads the lines of a text and says which of them may be headlines between paragraphs. `is_known` are those of which
    /// it is known already what they are.
    pub(crate) fn read(&mut self, text: &str, lines: &[Range<usize>], is_known: impl Fn(usize) -> bool) -> &[usize] {
        self.ends.clear();
        self.lines.clear();
        self.words.clear();
        self.index.clear();
        self.candidates.clear();
        self.open = 0;
        for (n, line) in lines.iter().enumerate() {
            let line = trim(&text[line.clone()]);
            let end = End::of(line);
            // A code point has at most four bytes.
            let length = if line.len() > 4 * HEADLINE.end { line.len() / 2 } else { line.chars().count() };
            let is_open = length <= SHORT && end.is_open();
            self.open += usize::from(is_open);
            self.ends.push(end);
            self.lines.push(Line { words: 0..0, length, open: is_open });
            let inside = n > 0 && n + 1 < lines.len();
            if inside
                && HEADLINE.contains(&length)
                && !matches!(end, End::Stop | End::Colon | End::Comma)
                && !is_known(n)
            {
                self.candidates.push(n);
            }
        }
        if self.open.saturating_sub(1) * 100 > lines.len() * TOO_OPEN {
            self.candidates.clear();
        }
        if !self.candidates.is_empty() {
            for (n, line) in lines.iter().enumerate() {
                self.read_words(n, &text[line.clone()]);
            }
            self.index.sort_unstable();
            self.index.dedup();
        }
        &self.candidates
    }

    fn read_words(&mut self, n: usize, line: &str) {
        let first = self.words.len();
        let is_word = |c: char| c.is_alphanumeric() || is_tashkeel(c) || c == TATWEEL;
        for word in line.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
            self.folder.word(word, &mut self.folded);
            let Some(initial) = self.folded.chars().next() else { continue };
            let folded = &*self.folded;
            let long = folded.chars().nth(3).is_some();
            let mut class = self.classes.of(folded);
            if class & FUNCTION == 0 && matches!(initial, 'و' | 'ف') {
                class |= self.classes.of(&folded[initial.len_utf8()..]) & FUNCTION;
            }
            if initial == 'و' {
                // A waw of the word's own is none that ties.
                class = if long { class ^ WAW } else { class & !WAW };
            }
            if folded.starts_with("ال") {
                class |= ARTICLE;
            }
            if long && matches!(initial, 'ي' | 'ت') {
                class |= PRESENT;
            }
            let stem = hash_str(stem(folded));
            if class & FUNCTION == 0 && folded.chars().nth(2).is_some() {
                class |= CONTENT;
                self.index.push((stem, n as u32));
            }
            self.words.push(Word { stem, class });
        }
        self.lines[n].words = first..self.words.len();
    }

    /// A candidate of the document that was read last.
    pub(crate) fn candidate(&self, at: usize) -> usize {
        self.candidates[at]
    }

    /// In how many lines a stem is.
    fn spread(&self, stem: u64) -> usize {
        self.index.partition_point(|entry| entry.0 <= stem) - self.index.partition_point(|entry| entry.0 < stem)
    }

    /// The values of a candidate's features.
    pub(crate) fn values(&self, text: &str, lines: &[Range<usize>], n: usize) -> Values {
        let line = trim(&text[lines[n].clone()]);
        let words = &self.words[self.lines[n].words.clone()];
        let count = |test: &dyn Fn(&Word) -> bool| words.iter().filter(|word| test(word)).count();
        let has = |class: u8| move |word: &Word| word.class & class != 0;
        let content = |word: &Word| word.class & CONTENT != 0;
        let topic = 3.max(lines.len() * 3 / 10);
        let known = count(&|word| content(word) && self.spread(word.stem) > 1);
        let new = count(&|word| content(word) && self.spread(word.stem) == 1);
        let after = count(&|word| content(word) && self.index.binary_search(&(word.stem, n as u32 + 1)).is_ok());
        let topical = count(&|word| content(word) && self.spread(word.stem) > topic);
        let share = |class: u8| count(&has(class)) * 100 / words.len().max(1);
        let open = self.open - usize::from(self.lines[n].open);
        let open_neighbours = [n - 1, n + 1].iter().filter(|&&at| self.lines[at].open).count();
        let initial = line.chars().next().unwrap_or(' ');
        let opens = |class: u8| words.first().is_some_and(|word| word.class & class != 0);
        let numbered = initial.is_numeric()
            && line.trim_start_matches(char::is_numeric).trim_start().starts_with(['-', '.', ')', TATWEEL, '–', '/']);
        let inner = |pattern: &str| line.strip_suffix(pattern).unwrap_or(line).contains(pattern);
        let stop_inside = line.char_indices().any(|(at, c)| {
            matches!(c, '.' | '!' | '?' | '؟') && line[at + c.len_utf8()..].starts_with(char::is_whitespace)
        });
        [
            self.ends[n] as u32,
            self.ends[n - 1] as u32,
            self.ends[n + 1] as u32,
            words.len() as u32,
            self.lines[n - 1].length as u32,
            known as u32,
            new as u32,
            after as u32,
            topical as u32,
            words.first().is_some_and(|word| self.spread(word.stem) > 1).into(),
            (open * 100 / lines.len()) as u32,
            open_neighbours as u32,
            (n == 1).into(),
            (n + 2 == lines.len()).into(),
            matches!(initial, '*' | '•' | '●' | '-' | '–' | '—' | '◆' | '■' | '▪' | '·' | '○' | '>' | '♦' | '+' | 'ـ')
                .into(),
            numbered.into(),
            (is_quote(initial) || initial == '\'').into(),
            (initial.is_numeric() && !numbered).into(),
            opens(WAW).into(),
            opens(FUNCTION | REFERS).into(),
            opens(ARTICLE).into(),
            opens(PRESENT).into(),
            words.get(1).is_some_and(has(PRESENT)).into(),
            share(FUNCTION) as u32,
            share(ARTICLE) as u32,
            count(&has(REFERS)) as u32,
            (count(&has(ADDRESSES)) > 0).into(),
            line.contains(|c: char| c.is_ascii_alphabetic()).into(),
            line.contains(char::is_numeric).into(),
            (inner("..") || inner("…")).into(),
            line.contains(is_quote).into(),
            line.contains(['،', ',']).into(),
            stop_inside.into(),
            line.contains('(').into(),
        ]
    }
}

/// A folded word without what is set before and after an Arabic stem, as light stemmers do (Larkey, Ballesteros and Connell,
/// 2002), here with the prepositions of one letter, too; of other words, the first five letters.
fn stem(word: &str) -> &str {
    const BEFORE: [&str; 11] = ["وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك"];
    const AFTER: [&str; 13] = ["ها", "ان", "ات", "ون", "ين", "يه", "هم", "نا", "يا", "وا", "ه", "ي", "ا"];
    let long = |word: &str| word.chars().nth(2).is_some();
    if !word.starts_with(crate::arabic::is_letter) {
        return word.char_indices().nth(5).map_or(word, |(at, _)| &word[..at]);
    }
    let mut word = BEFORE.iter().find_map(|affix| word.strip_prefix(affix).filter(|rest| long(rest))).unwrap_or(word);
    for _ in 0..2 {
        match AFTER.iter().find_map(|affix| word.strip_suffix(affix).filter(|rest| long(rest))) {
            Some(rest) => word = rest,
            None => break,
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::cut;

    fn values(text: &str, n: usize) -> Vec<(&'static str, u32)> {
        let (mut reader, mut lines) = (Reader::new(), Vec::new());
        cut::lines(text, &mut lines);
        assert!(reader.read(text, &lines, |_| false).contains(&n), "line {n} is a candidate in {text:?}");
        let values = reader.values(text, &lines, n);
        FEATURES.iter().map(|feature| feature.name).zip(values).filter(|(_, value)| *value > 0).collect()
    }

    #[test]
    fn a_line_shows_what_it_is_like() {
        let text = "هطلت الأمطار على المدينة أمس.\nالأمطار تغلق «ثلاثة» طرق\nوقالت البلدية إن الطرق مغلقة.";
        assert_eq!(
            values(text, 1),
            [
                ("end", End::Letter as u32),
                ("end_before", End::Stop as u32),
                ("end_after", End::Stop as u32),
                ("words", 4),
                ("length_before", 29),
                ("known_words", 2),
                ("new_words", 2),
                ("words_after", 1),
                ("first_word_known", 1),
                ("second_line", 1),
                ("last_but_one", 1),
                ("opens_with_article", 1),
                ("present_second", 1),
                ("with_article", 25),
                ("quotes", 1),
            ]
        );
    }

    #[test]
    fn ends_are_seen_behind_quotes_and_brackets() {
        for (line, end) in [
            ("", End::Nothing),
            ("»", End::Nothing),
            ("كلمة", End::Letter),
            ("قال: «نعم.»", End::Stop),
            ("«نعم» ", End::Closing),
            ("حتى ٢٠", End::Digit),
            ("لماذا؟\u{200f}", End::Question),
            ("ثم...", End::Ellipsis),
            ("قال:", End::Colon),
            ("أولا،", End::Comma),
            ("Stop!)", End::Exclamation),
        ] {
            assert_eq!(End::of(line), end, "{line}");
        }
    }

    #[test]
    fn sentences_first_and_last_lines_and_texts_of_short_lines_have_no_candidates() {
        for text in ["a b c", "First\nLast", "A.\nThis is one.\nB.", "a\nb c d e\nf\ng\nh i j\nk", ""] {
            let (mut reader, mut lines) = (Reader::new(), Vec::new());
            cut::lines(text, &mut lines);
            assert!(reader.read(text, &lines, |_| false).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn arabic_words_are_stemmed_lightly() {
        for (word, expected) in [
            ("والمدينه", "مدين"),
            ("مدارسها", "مدارس"),
            ("للدول", "دول"),
            ("رئيس", "رئيس"),
            ("minister", "minis"),
            ("a", "a"),
        ] {
            assert_eq!(stem(word), expected);
        }
    }
}
