//! The language of a text, as far as the tokenizers go by it: that of the document, one named by an option, or a guess among
//! the languages that have a table.

mod tables;

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Deref;
use std::sync::LazyLock;
pub(super) use tables::Hyphen;
use tables::{TABLES, Table};
use warraq_core::{DocView, OptionError};

/// A set of words.
type Words = HashSet<&'static str>;

/// A language: its table, with the word lists ready for looking words up.
#[derive(Debug)]
pub(super) struct Language {
    table: &'static Table,
    pub(super) function_words: Words,
    pub(super) before_more: Words,
    pub(super) abbreviations: Words,
    pub(super) elided: Words,
    pub(super) whole: Words,
    pub(super) enclitics: Words,
    pub(super) joined_prefixes: Words,
    pub(super) joined_suffixes: Words,
    pub(super) units: Words,
    pub(super) number_suffixes: Words,
    pub(super) salutations: Words,
    /// Whether anything in the table changes how words are found.
    pub(super) has_words: bool,
}

impl Deref for Language {
    type Target = Table;

    fn deref(&self) -> &Table {
        self.table
    }
}

impl Language {
    fn new(table: &'static Table) -> Self {
        let words = |list: &'static str| list.split_whitespace().collect::<Words>();
        Language {
            table,
            function_words: words(table.function_words),
            // Titles are used in texts of any language.
            before_more: words(table.before_more).into_iter().chain(words(TABLES[0].before_more)).collect(),
            abbreviations: words(table.abbreviations),
            elided: words(table.elided),
            whole: words(table.whole),
            enclitics: words(table.enclitics),
            joined_prefixes: words(table.joined_prefixes),
            joined_suffixes: words(table.joined_suffixes),
            units: words(table.units),
            number_suffixes: words(table.number_suffixes),
            salutations: words(table.salutations),
            has_words: table.initials || table.percent,
        }
    }

    /// Whether a word is an abbreviation of either sort.
    pub(super) fn abbreviates(&self, word: &str) -> bool {
        self.before_more.contains(word) || self.abbreviations.contains(word)
    }
}

/// The languages, in the order of [`TABLES`].
static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| TABLES.iter().map(Language::new).collect());

/// For each function word the languages that have it, a bit each.
static FUNCTION_WORDS: LazyLock<HashMap<&'static str, u32, BuildHasherDefault<Fnv>>> = LazyLock::new(|| {
    let mut words = HashMap::default();
    for (n, table) in TABLES.iter().enumerate() {
        for word in table.function_words.split_whitespace() {
            *words.entry(word).or_insert(0) |= 1 << n;
        }
    }
    words
});

/// FNV-1a (Fowler, Noll and Vo), which is quick for words as short as these; the constants are those of its 64-bit form.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

const _: () = assert!(TABLES.len() <= 32, "a bit for each language");

/// The option `lang` of the tokenizers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lang {
    /// The language of the document or, if it has none, a guess.
    Auto,
    /// Always this one.
    Is(&'static Language),
}

impl Lang {
    /// Reads the option.
    ///
    /// # Errors
    /// If it is neither `auto`, `und` nor a language that has a table.
    pub(super) fn option(value: &str) -> Result<Self, OptionError> {
        if value == "auto" {
            return Ok(Lang::Auto);
        }
        let language = of_tag(value);
        if language.tag == "und" && value != "und" {
            let known: Vec<&str> = TABLES.iter().map(|table| table.tag).collect();
            let message = format!("no conventions are known for `{value}`; there are `auto`, {}", known.join(", "));
            return Err(OptionError::new("lang", message));
        }
        Ok(Lang::Is(language))
    }

    /// The language that applies to a document.
    pub(super) fn of(self, doc: &DocView<'_>) -> &'static Language {
        match (self, doc.lang) {
            (Lang::Is(language), _) => language,
            (Lang::Auto, Some(tag)) if !tag.is_empty() && tag != "und" => of_tag(tag),
            (Lang::Auto, _) => guess(doc.text),
        }
    }
}

/// The language of a BCP 47 tag; that of unknown texts if there is no table for it.
pub(super) fn of_tag(tag: &str) -> &'static Language {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    LANGUAGES.iter().find(|language| language.tag.eq_ignore_ascii_case(primary)).unwrap_or(&LANGUAGES[0])
}

/// How many bytes of a text are looked at for its script.
const SCRIPT_SAMPLE: usize = 256;
/// And at most for its language.
const SAMPLE: usize = 1024;
/// With how many function words the search ends, if no other language has half as many.
const ENOUGH: u32 = 6;

/// The language of a text by its script and its function words.
pub(super) fn guess(text: &str) -> &'static Language {
    let sample = |len: usize| &text[..text.floor_char_boundary(len)];
    match script(sample(SCRIPT_SAMPLE)) {
        Script::Arabic => of_tag(of_arabic_script(sample(SCRIPT_SAMPLE))),
        Script::Hebrew => of_tag("he"),
        Script::Other => by_function_words(sample(SAMPLE)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Arabic,
    Hebrew,
    Other,
}

fn script(sample: &str) -> Script {
    let (mut arabic, mut hebrew, mut other) = (0, 0, 0);
    for byte in sample.bytes() {
        match byte {
            0xd8..=0xdb => arabic += 1,
            // Letters are U+05D0 to U+05EA, written with this byte.
            0xd7 => hebrew += 1,
            b'a'..=b'z' | b'A'..=b'Z' | 0xc3..=0xd6 | 0xdc..=0xf4 => other += 1,
            _ => {}
        }
    }
    if arabic > hebrew.max(other) {
        Script::Arabic
    } else if hebrew > other {
        Script::Hebrew
    } else {
        Script::Other
    }
}

/// Letters tell the languages in Arabic script apart: those of Urdu alone, then those that Arabic does not have.
fn of_arabic_script(sample: &str) -> &'static str {
    let (mut persian, mut urdu) = (0, 0);
    for c in sample.chars() {
        match c {
            'ٹ' | 'ڈ' | 'ڑ' | 'ں' | 'ے' | 'ہ' | 'ھ' => urdu += 1,
            'پ' | 'چ' | 'ژ' | 'گ' | 'ک' | 'ی' => persian += 1,
            _ => {}
        }
    }
    match (urdu, persian) {
        (0, 0) => "ar",
        _ if urdu * 4 > persian => "ur",
        // A name or a keyboard puts some of these letters into Arabic text.
        _ if persian * 20 > sample.len() / 2 => "fa",
        _ => "ar",
    }
}

fn by_function_words(sample: &str) -> &'static Language {
    let mut counts = [0_u32; TABLES.len()];
    let words = &*FUNCTION_WORDS;
    let mut word = Word::default();
    for c in sample.chars().chain([' ']) {
        if c.is_alphabetic() {
            word.push(c);
            continue;
        }
        let is_apostrophe = matches!(c, '\'' | '’');
        if is_apostrophe && !word.is_empty() {
            word.push('\'');
        }
        let found = words.get(word.as_str());
        let found = found.or_else(|| word.as_str().strip_prefix('\'').and_then(|word| words.get(word)));
        if let Some(&languages) = found {
            let mut most = 0;
            for (n, count) in counts.iter_mut().enumerate() {
                *count += languages >> n & 1;
                most = most.max(*count);
            }
            if most >= ENOUGH && counts.iter().filter(|&&count| count * 2 > most).count() == 1 {
                break;
            }
        }
        let starts_suffix = is_apostrophe && !word.is_empty();
        word.clear();
        if starts_suffix {
            word.push('\'');
        }
    }
    // Of languages with as many, the first; the order of the tables is by how many write them.
    let best = (0..counts.len()).max_by_key(|&n| (counts[n], std::cmp::Reverse(n))).unwrap_or(0);
    &LANGUAGES[if counts[best] == 0 { 0 } else { best }]
}

/// A word in lower case, unless it is longer than any function word.
#[derive(Default)]
struct Word {
    bytes: [u8; 24],
    len: usize,
}

impl Word {
    fn push(&mut self, c: char) {
        // Past the buffer only the length counts.
        let c = if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) };
        if let Some(room) = self.bytes.get_mut(self.len..self.len + c.len_utf8()) {
            c.encode_utf8(room);
        } else {
            self.len = self.bytes.len();
        }
        self.len += c.len_utf8();
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn clear(&mut self) {
        self.len = 0;
    }

    fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_of_the_language_that_the_cases_say() {
        let mut failures = String::new();
        for (text, expected) in [
            ("", "und"),
            ("12 + 5 = 17", "und"),
            ("قال المتحدث إن النمو بلغ خمسة بالمئة", "ar"),
            ("زار محمد گلستان في الأسبوع الماضي ثم عاد إلى بغداد مع وفد كبير", "ar"),
            ("این کتاب را دیروز خریدم و می‌خوانم", "fa"),
            ("یہ کتاب میں نے کل خریدی تھی", "ur"),
            ("הספר הזה נקנה אתמול", "he"),
            ("I didn't know that it was his book.", "en"),
            ("L'homme n'a pas vu le chat qui dormait.", "fr"),
            ("L’uomo non ha visto il gatto che dormiva nella stanza.", "it"),
            ("L'home no ha vist el gat que dormia amb ells.", "ca"),
            ("El hombre no ha visto los gatos que duermen.", "es"),
            ("O homem não viu os gatos que dormem na sala.", "pt"),
            ("Der Mann hat die Katze nicht gesehen.", "de"),
            ("De man heeft het boek niet gezien.", "nl"),
            ("Он не видел, что кошка спит на диване.", "ru"),
            ("Він не бачив, що кіт спить і їсть.", "uk"),
            ("Bu kitap çok güzel ve ben her gün okuyorum.", "tr"),
            ("Bu kitab çox gözəldir və hər gün oxuyuram.", "az"),
        ] {
            let found = guess(text).tag;
            if found != expected {
                failures += &format!("\n{text:?} is {expected}, not {found}");
            }
        }
        assert!(failures.is_empty(), "{failures}");
    }

    #[test]
    fn tags_are_read_by_their_first_part() {
        for (tag, expected) in [("fr", "fr"), ("fr-CA", "fr"), ("FR_be", "fr"), ("fro", "und"), ("", "und")] {
            assert_eq!(of_tag(tag).tag, expected, "{tag}");
        }
    }
}
