//! Scripts: what each character belongs to, and which language a script stands for by itself.
//!
//! Scripts and categories are those of the Unicode Character Database.

use super::model::{Group, OTHER};
use icu_properties::CodePointMapData;
use icu_properties::props::{self, GeneralCategory, GeneralCategoryGroup};

macro_rules! scripts {
    ($($name:ident $code:literal $weight:literal $language:expr,)*) => {
        /// A script that languages are told by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Script { $(#[doc = $code] $name,)* }

        impl Script {
            pub(super) const ALL: &[Script] = &[$(Script::$name),*];

            /// Its code (ISO 15924).
            pub(super) const fn code(self) -> &'static str {
                match self { $(Script::$name => $code),* }
            }

            /// What one of its letters counts for when scripts are compared, in units of which an alphabet's letter has
            /// [`WHOLE`]: where vowels are not written or are marks, texts have fewer letters, and a character may be a
            /// syllable or a word.
            pub(super) const fn weight(self) -> u32 {
                match self { $(Script::$name => $weight),* }
            }

            /// The language that it is written in nearly always.
            pub(super) const fn language(self) -> Option<&'static str> {
                match self { $(Script::$name => $language),* }
            }

            const fn of(script: props::Script) -> Script {
                match script { $(props::Script::$name => Script::$name,)* _ => Script::Common }
            }
        }
    };
}

scripts! {
    Arabic "Arab" 3 None,
    Armenian "Armn" 2 Some("hy"),
    Bengali "Beng" 4 Some("bn"),
    Cyrillic "Cyrl" 2 None,
    Devanagari "Deva" 4 None,
    Georgian "Geor" 2 Some("ka"),
    Greek "Grek" 2 Some("el"),
    Gujarati "Gujr" 4 Some("gu"),
    Gurmukhi "Guru" 4 Some("pa"),
    Han "Hani" 6 Some("zh"),
    Hangul "Hang" 5 Some("ko"),
    Hebrew "Hebr" 3 Some("he"),
    Hiragana "Hira" 4 Some("ja"),
    Kannada "Knda" 4 Some("kn"),
    Katakana "Kana" 4 Some("ja"),
    Khmer "Khmr" 4 Some("km"),
    Lao "Laoo" 3 Some("lo"),
    Latin "Latn" 2 None,
    Malayalam "Mlym" 4 Some("ml"),
    Myanmar "Mymr" 4 Some("my"),
    Oriya "Orya" 4 Some("or"),
    Sinhala "Sinh" 4 Some("si"),
    Tamil "Taml" 4 Some("ta"),
    Telugu "Telu" 4 Some("te"),
    Thaana "Thaa" 3 Some("dv"),
    Thai "Thai" 3 Some("th"),
    Common "Zyyy" 0 None,
}

impl Script {
    /// The script of this code.
    pub(super) fn named(code: &str) -> Option<Script> {
        Script::ALL.iter().copied().find(|s| s.code() == code)
    }
}

/// The weight of a letter of an alphabet that writes consonants and vowels.
pub(super) const WHOLE: u32 = 2;

/// How many scripts there are.
pub(super) const SCRIPTS: usize = Script::ALL.len();

/// What a character is to the model: its symbol in the low byte, its script's number, or one of the three kinds below, in
/// the high byte.
pub(super) type Class = u16;

/// Not a letter: it ends a word.
pub(super) const GAP: u8 = 0xff;
/// Part of a word that says nothing: vowel signs of Arabic and Hebrew, tatweel, soft hyphen.
pub(super) const SILENT: u8 = 0xfe;
/// `İ`, which the model's texts had as `i` with a dot that ends a word, because that is how it is lowercased.
pub(super) const DOTTED_I: u8 = 0xfd;

/// The classes of all characters.
pub(super) struct Classes {
    /// Of the Basic Multilingual Plane.
    table: Box<[Class]>,
}

impl Classes {
    /// The classes for a model with these groups.
    pub(super) fn new(groups: &[Group]) -> Classes {
        let mut classes = Classes { table: vec![0; 0x1_0000].into() };
        for point in 0..0x1_0000 {
            classes.table[point as usize] = char::from_u32(point).map_or(u16::from(GAP) << 8, class);
        }
        for group in groups {
            for (n, letter) in group.letters.iter().enumerate() {
                if let Some(class) = classes.table.get_mut(*letter as usize) {
                    *class = *class & 0xff00 | (n as u16 + 2);
                }
            }
        }
        // Capitals and presentation forms are what they stand for.
        for point in 0..0x1_0000u32 {
            let Some(c) = char::from_u32(point) else { continue };
            let plain = plain(c);
            if plain != c && (classes.table[c as usize] & 0xff) as u8 == OTHER {
                let symbol = classes.of(plain) & 0xff;
                classes.table[c as usize] = classes.table[c as usize] & 0xff00 | symbol;
            }
        }
        classes
    }

    /// The class of a character.
    pub(super) fn of(&self, c: char) -> Class {
        self.table.get(c as usize).copied().unwrap_or_else(|| class(c))
    }
}

/// The class of a character before the model's symbols are known.
fn class(c: char) -> Class {
    let kind = |kind: u8| u16::from(kind) << 8 | u16::from(OTHER);
    match c {
        'İ' => return kind(DOTTED_I),
        '\u{ad}' | '\u{640}' | '\u{64b}'..='\u{652}' | '\u{670}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}' => {
            return kind(SILENT);
        }
        _ => {}
    }
    let script = Script::of(CodePointMapData::<props::Script>::new().get(c));
    match GeneralCategoryGroup::Letter.contains(CodePointMapData::<GeneralCategory>::new().get(c)) {
        true => kind(script as u8),
        false => kind(GAP),
    }
}

/// A letter without case and form: the first character that it is lowercased to, and of an Arabic presentation form the
/// letter that it is a form of, unless it is a ligature.
fn plain(c: char) -> char {
    if matches!(c, '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}') {
        let mut letters = icu_normalizer::ComposingNormalizerBorrowed::new_nfkc().normalize_iter(std::iter::once(c));
        return match (letters.next(), letters.next()) {
            (Some(letter), None) => letter,
            _ => c,
        };
    }
    c.to_lowercase().next().unwrap_or(c)
}
