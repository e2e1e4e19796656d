//! The classes of characters that the scanner tells apart: the Word_Break property of UAX #29, divided further where a
//! tailoring or the kind of a token depends on it.

use super::super::table::Table;
use crate::arabic::TATWEEL;
use icu_properties::props::{
    DefaultIgnorableCodePoint, EmojiPresentation, ExtendedPictographic, GeneralCategory, GeneralCategoryGroup,
    LineBreak, Script, WhiteSpace, WordBreak,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use std::sync::LazyLock;

/// A class of characters. What follows the dash is the Word_Break value, where it is not that of the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Class {
    /// Symbols, controls and what is not assigned — Other.
    #[default]
    Other,
    /// Punctuation — Other.
    Mark,
    /// Letters that take no part in words, such as those of ideographic scripts without a dictionary — Other.
    Glyph,
    /// Fractions and circled or raised numbers — Other.
    LoneNumber,
    /// Punctuation of which a run makes one token, such as `*` and `—` — Other.
    RunMark,
    /// Symbols of which a run makes one token, such as `=` — Other.
    RunSymbol,
    /// `-` — Other.
    Hyphen,
    /// `/` — Other.
    Slash,
    /// `:` and its compatibility forms — MidLetter.
    Colon,
    /// `#` — Other.
    Hash,
    /// `@` — Other.
    At,
    /// White space that is not WSegSpace, such as tab and no-break space — Other.
    Blank,
    /// WSegSpace.
    Space,
    Cr,
    Lf,
    Newline,
    /// Combining marks that can be seen — Extend.
    Extend,
    /// Marks that cannot: ZWNJ, variation selectors, tags — Extend.
    Hidden,
    /// U+20E3, which makes an emoji of a digit — Extend.
    Keycap,
    Format,
    Zwj,
    Regional,
    Katakana,
    HebrewLetter,
    /// Arabic script and tatweel — ALetter.
    Arabic,
    /// Latin script — ALetter.
    Latin,
    /// The other letters — ALetter.
    Letter,
    /// ALetter and Extended_Pictographic at once, such as Ⓜ.
    PictLetter,
    /// Extended_Pictographic that is shown as an emoji — Other.
    Emoji,
    /// Extended_Pictographic that is shown as text, such as ©, unless U+FE0F follows — Other.
    Pictograph,
    /// The same among punctuation, such as ‼ — Other.
    PictMark,
    /// `'` — SingleQuote.
    SingleQuote,
    /// `"` — DoubleQuote.
    DoubleQuote,
    /// `.` — MidNumLet.
    FullStop,
    MidNumLet,
    MidLetter,
    MidNum,
    /// U+2044, the one symbol among the MidNum characters.
    FractionSlash,
    /// U+066B, the Arabic decimal separator — Numeric.
    Decimal,
    Numeric,
    /// `_` and the like — ExtendNumLet.
    NumLet,
    /// U+202F, the narrow no-break space — ExtendNumLet.
    NarrowSpace,
    /// Scripts without spaces between words, for which ICU4X has dictionaries or models.
    Complex,
    /// Not a character but a state: a flag that is complete.
    Flag,
    /// A state: white space with a mark on it, which no further white space joins.
    SpaceEnd,
    /// A state: a Hebrew letter with its geresh.
    Geresh,
}

/// How many classes there are.
pub(super) const CLASSES: usize = Class::Geresh as usize + 1;

impl Class {
    /// Every class in the order of their numbers.
    pub(super) const ALL: [Class; CLASSES] = {
        use Class::*;
        [
            Other,
            Mark,
            Glyph,
            LoneNumber,
            RunMark,
            RunSymbol,
            Hyphen,
            Slash,
            Colon,
            Hash,
            At,
            Blank,
            Space,
            Cr,
            Lf,
            Newline,
            Extend,
            Hidden,
            Keycap,
            Format,
            Zwj,
            Regional,
            Katakana,
            HebrewLetter,
            Arabic,
            Latin,
            Letter,
            PictLetter,
            Emoji,
            Pictograph,
            PictMark,
            SingleQuote,
            DoubleQuote,
            FullStop,
            MidNumLet,
            MidLetter,
            MidNum,
            FractionSlash,
            Decimal,
            Numeric,
            NumLet,
            NarrowSpace,
            Complex,
            Flag,
            SpaceEnd,
            Geresh,
        ]
    };

    /// AHLetter of UAX #29.
    pub(super) const fn is_letter(self) -> bool {
        matches!(self, Class::HebrewLetter | Class::Arabic | Class::Latin | Class::Letter | Class::PictLetter)
    }

    /// What WB4 attaches to the character before.
    pub(super) const fn is_attached(self) -> bool {
        matches!(self, Class::Extend | Class::Hidden | Class::Keycap | Class::Format | Class::Zwj)
    }

    /// White space.
    pub(super) const fn is_blank(self) -> bool {
        matches!(
            self,
            Class::Space | Class::Lf | Class::Cr | Class::Newline | Class::Blank | Class::NarrowSpace | Class::SpaceEnd
        )
    }

    /// Extended_Pictographic.
    pub(super) const fn is_pictographic(self) -> bool {
        matches!(self, Class::PictLetter | Class::Emoji | Class::Pictograph | Class::PictMark)
    }
}

/// The class of every character.
pub(super) static TABLE: LazyLock<Table<Class>> = LazyLock::new(|| Table::new(fill));

fn fill(classes: &mut [Class]) {
    let category = CodePointMapData::<GeneralCategory>::new();
    let script = CodePointMapData::<Script>::new();
    for group in CodePointMapData::<WordBreak>::new().iter_ranges() {
        for c in group.range {
            classes[c as usize] = match group.value {
                WordBreak::ALetter => match script.get32(c) {
                    Script::Arabic => Class::Arabic,
                    Script::Latin => Class::Latin,
                    _ => Class::Letter,
                },
                WordBreak::HebrewLetter => Class::HebrewLetter,
                WordBreak::Numeric => Class::Numeric,
                WordBreak::Katakana => Class::Katakana,
                WordBreak::ExtendNumLet => Class::NumLet,
                WordBreak::MidLetter => Class::MidLetter,
                WordBreak::MidNum => Class::MidNum,
                WordBreak::MidNumLet => Class::MidNumLet,
                WordBreak::SingleQuote => Class::SingleQuote,
                WordBreak::DoubleQuote => Class::DoubleQuote,
                WordBreak::Extend => Class::Extend,
                WordBreak::Format => Class::Format,
                WordBreak::ZWJ => Class::Zwj,
                WordBreak::RegionalIndicator => Class::Regional,
                WordBreak::WSegSpace => Class::Space,
                WordBreak::CR => Class::Cr,
                WordBreak::LF => Class::Lf,
                WordBreak::Newline => Class::Newline,
                _ => other(category.get32(c)),
            };
        }
    }
    let mut refine = |range: std::ops::RangeInclusive<u32>, new: fn(Class) -> Class| {
        for c in range {
            classes[c as usize] = new(classes[c as usize]);
        }
    };
    for range in CodePointSetData::new::<WhiteSpace>().iter_ranges() {
        refine(range, |old| match old {
            Class::Space | Class::Cr | Class::Lf | Class::Newline => old,
            Class::NumLet => Class::NarrowSpace,
            _ => Class::Blank,
        });
    }
    for range in CodePointSetData::new::<DefaultIgnorableCodePoint>().iter_ranges() {
        refine(range, |old| if old == Class::Extend { Class::Hidden } else { old });
    }
    for range in CodePointSetData::new::<ExtendedPictographic>().iter_ranges() {
        refine(range, |old| match old {
            Class::Mark => Class::PictMark,
            _ if old.is_letter() => Class::PictLetter,
            _ => Class::Pictograph,
        });
    }
    for range in CodePointSetData::new::<EmojiPresentation>().iter_ranges() {
        refine(range, |old| if old.is_pictographic() { Class::Emoji } else { old });
    }
    // What ICU4X segments by dictionary or model in place of the rules of UAX #29: Line_Break=SA, Han and Hiragana.
    for range in CodePointMapData::<LineBreak>::new().iter_ranges_for_value(LineBreak::ComplexContext) {
        refine(range, |_| Class::Complex);
    }
    for group in script.iter_ranges() {
        if group.value == Script::Han || group.value == Script::Hiragana {
            refine(group.range, |_| Class::Complex);
        }
    }
    for (c, class) in [
        (TATWEEL, Class::Arabic),
        ('.', Class::FullStop),
        (':', Class::Colon),
        ('\u{fe55}', Class::Colon),
        ('\u{ff1a}', Class::Colon),
        ('-', Class::Hyphen),
        ('/', Class::Slash),
        ('#', Class::Hash),
        ('@', Class::At),
        ('\u{2044}', Class::FractionSlash),
        ('\u{66b}', Class::Decimal),
        ('\u{20e3}', Class::Keycap),
    ] {
        classes[c as usize] = class;
    }
    for c in ['*', '–', '—', '…'] {
        classes[c as usize] = Class::RunMark;
    }
    for c in ['=', '~', '+', '<', '>', '`'] {
        classes[c as usize] = Class::RunSymbol;
    }
}

fn other(category: GeneralCategory) -> Class {
    if GeneralCategoryGroup::Punctuation.contains(category) {
        Class::Mark
    } else if GeneralCategoryGroup::Letter.contains(category) || GeneralCategoryGroup::Mark.contains(category) {
        Class::Glyph
    } else if GeneralCategoryGroup::Number.contains(category) {
        Class::LoneNumber
    } else {
        Class::Other
    }
}
