//! The classes of characters that the scanner tells apart: the Sentence_Break property of UAX #29, divided further where a
//! tailoring depends on it.

use super::super::table::Table;
use crate::stops::Stops;
use icu_properties::props::{GeneralCategory, SentenceBreak};
use icu_properties::{CodePointMapData, CodePointSetData, props::WhiteSpace};
use std::sync::LazyLock;

/// A class of characters. What follows the dash is the Sentence_Break value, where it is not that of the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Class {
    #[default]
    Other,
    /// Closing punctuation, and quotation marks that may be either — Close.
    Close,
    /// Punctuation that opens something — Close.
    Open,
    Lower,
    Upper,
    OLetter,
    Numeric,
    SContinue,
    Sp,
    /// What SB5 attaches to the character before — Extend and Format.
    Attached,
    // From here on, the classes at which the scanner stops to look.
    /// U+061B — Other.
    Semicolon,
    /// `…` — Other.
    Ellipsis,
    ATerm,
    STerm,
    /// U+0085 and U+2028 — Sep.
    Sep,
    /// U+2029 — Sep.
    Paragraph,
    Cr,
    Lf,
}

impl Class {
    /// ParaSep of UAX #29.
    #[inline(always)]
    pub(super) fn is_separator(self) -> bool {
        self >= Class::Sep
    }

    pub(super) fn is_letter(self) -> bool {
        matches!(self, Class::Lower | Class::Upper | Class::OLetter)
    }
}

/// The class of every character.
pub(super) static TABLE: LazyLock<Table<Class>> = LazyLock::new(|| Table::new(fill));

/// Where the scanner may have to stop.
pub(super) static STOPS: LazyLock<Stops> = LazyLock::new(|| {
    Stops::new(|c| {
        char::from_u32(c).is_some_and(|c| TABLE.at(c.encode_utf8(&mut [0; 4]).as_bytes(), 0).0 >= Class::Semicolon)
    })
});

fn fill(classes: &mut [Class]) {
    for group in CodePointMapData::<SentenceBreak>::new().iter_ranges() {
        let class = match group.value {
            SentenceBreak::ATerm => Class::ATerm,
            SentenceBreak::Close => Class::Close,
            SentenceBreak::Format | SentenceBreak::Extend => Class::Attached,
            SentenceBreak::Lower => Class::Lower,
            SentenceBreak::Numeric => Class::Numeric,
            SentenceBreak::OLetter => Class::OLetter,
            SentenceBreak::Sep => Class::Sep,
            SentenceBreak::Sp => Class::Sp,
            SentenceBreak::STerm => Class::STerm,
            SentenceBreak::Upper => Class::Upper,
            SentenceBreak::CR => Class::Cr,
            SentenceBreak::LF => Class::Lf,
            SentenceBreak::SContinue => Class::SContinue,
            _ => Class::Other,
        };
        for c in group.range {
            classes[c as usize] = class;
        }
    }
    let category = CodePointMapData::<GeneralCategory>::new();
    for opening in [GeneralCategory::OpenPunctuation, GeneralCategory::InitialPunctuation] {
        for c in category.iter_ranges_for_value(opening).flatten() {
            if classes[c as usize] == Class::Close {
                classes[c as usize] = Class::Open;
            }
        }
    }
    for (c, class) in [('\u{61b}', Class::Semicolon), ('…', Class::Ellipsis), ('\u{2029}', Class::Paragraph)] {
        classes[c as usize] = class;
    }
    debug_assert!(
        CodePointSetData::new::<WhiteSpace>()
            .iter_ranges()
            .flatten()
            .all(|c| classes[c as usize] == Class::Sp || classes[c as usize].is_separator()),
        "white space is Sp or ParaSep"
    );
}
