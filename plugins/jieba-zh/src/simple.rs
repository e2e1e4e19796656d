//! A simple rule for texts that no tokenizer has been through, and for tokens that are Han and something else.
//!
//! Categories and properties are those of the Unicode Character Database, by way of ICU4X.

use crate::han;
use icu_properties::props::{
    EmojiModifier, EmojiPresentation, GeneralCategory, GeneralCategoryGroup, RegionalIndicator,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use warraq_plugin::{Token, TokenKind};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Space,
    Han,
    Letter,
    Digit,
    Mark,
    /// A sign that says how the character before it is drawn.
    Selector,
    /// ZWNJ and ZWJ.
    Joiner,
    Punctuation,
    Symbol,
    Emoji,
    /// A skin tone.
    Modifier,
    /// Half a flag.
    Regional,
}

fn class(c: char) -> Class {
    if c.is_ascii() {
        return match c {
            'a'..='z' | 'A'..='Z' => Class::Letter,
            '0'..='9' => Class::Digit,
            '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~' => Class::Symbol,
            '!'..='~' => Class::Punctuation,
            _ => Class::Space,
        };
    }
    if han::is_han(c) {
        return Class::Han;
    }
    match c {
        '\u{200c}' | '\u{200d}' => return Class::Joiner,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => return Class::Selector,
        _ => {}
    }
    if CodePointSetData::new::<RegionalIndicator>().contains(c) {
        return Class::Regional;
    }
    if CodePointSetData::new::<EmojiModifier>().contains(c) {
        return Class::Modifier;
    }
    if CodePointSetData::new::<EmojiPresentation>().contains(c) {
        return Class::Emoji;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let is = |group: GeneralCategoryGroup| group.contains(category);
    match category {
        _ if is(GeneralCategoryGroup::Letter) => Class::Letter,
        _ if is(GeneralCategoryGroup::Number) => Class::Digit,
        _ if is(GeneralCategoryGroup::Mark) => Class::Mark,
        _ if is(GeneralCategoryGroup::Punctuation) => Class::Punctuation,
        _ if is(GeneralCategoryGroup::Separator) => Class::Space,
        GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::Surrogate => Class::Space,
        _ => Class::Symbol,
    }
}

/// Appends the tokens of `text`, which begins at byte `base` of the document:
///
/// * a run of Han characters, to be segmented by whoever asked, is a word;
/// * a run of other letters and digits is a word, or a number if it begins with a digit and has no letter; an apostrophe
///   between letters and a full stop or comma between digits are part of it;
/// * marks belong to what is before them, and so do the parts of an emoji;
/// * any other visible character is a token of its own.
pub(crate) fn tokens(text: &str, base: u32, out: &mut Vec<Token>) {
    // What the last token in `out` can go on with; nothing is open after a space.
    let mut open = Class::Space;
    let mut before = Class::Space;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let this = class(c);
        let next = chars.peek().map_or(Class::Space, |&(_, c)| class(c));
        let word = matches!(open, Class::Letter | Class::Digit);
        let goes_on = match this {
            Class::Space => false,
            Class::Mark | Class::Selector => open != Class::Space,
            Class::Han => open == Class::Han,
            Class::Letter | Class::Digit => word,
            Class::Emoji => open == Class::Emoji && before == Class::Joiner,
            Class::Modifier => open == Class::Emoji,
            Class::Regional => open == Class::Regional,
            Class::Joiner => word && next == Class::Letter || open == Class::Emoji && next == Class::Emoji,
            Class::Punctuation => match c {
                '\'' | '’' => open == Class::Letter && before == Class::Letter && next == Class::Letter,
                '.' | ',' => open == Class::Digit && before == Class::Digit && next == Class::Digit,
                _ => false,
            },
            Class::Symbol => false,
        };
        let (start, end) = (base + at as u32, base + (at + c.len_utf8()) as u32);
        match out.last_mut() {
            Some(last) if goes_on => {
                last.end = end;
                match this {
                    Class::Letter => (last.kind, open) = (TokenKind::Word, Class::Letter),
                    // A flag has two halves.
                    Class::Regional => open = Class::Emoji,
                    // This sign asks for the picture.
                    Class::Selector if c == '\u{fe0f}' && last.kind == TokenKind::Symbol => {
                        (last.kind, open) = (TokenKind::Emoji, Class::Emoji);
                    }
                    _ => {}
                }
            }
            _ => {
                let kind = match this {
                    Class::Space | Class::Joiner | Class::Selector => None,
                    Class::Han | Class::Letter => Some(TokenKind::Word),
                    Class::Digit => Some(TokenKind::Number),
                    Class::Punctuation => Some(TokenKind::Punctuation),
                    Class::Mark | Class::Symbol => Some(TokenKind::Symbol),
                    Class::Emoji | Class::Modifier | Class::Regional => Some(TokenKind::Emoji),
                };
                out.extend(kind.map(|kind| Token { start, end, kind }));
                open = match this {
                    Class::Joiner | Class::Selector => Class::Space,
                    Class::Modifier => Class::Emoji,
                    this => this,
                };
            }
        }
        before = this;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<(&str, &'static str)> {
        let mut found = Vec::new();
        tokens(text, 0, &mut found);
        found.iter().map(|t| (&text[t.start as usize..t.end as usize], t.kind.name())).collect()
    }

    #[test]
    fn texts_fall_into_words_numbers_and_signs() {
        let (word, number, mark, symbol, emoji) = ("word", "number", "punctuation", "symbol", "emoji");
        for (text, expected) in [
            ("", &[][..]),
            ("我爱Rust编程", &[("我爱", word), ("Rust", word), ("编程", word)]),
            (
                "第3.5版，2,000元。",
                &[
                    ("第", word),
                    ("3.5", number),
                    ("版", word),
                    ("，", mark),
                    ("2,000", number),
                    ("元", word),
                    ("。", mark),
                ],
            ),
            (
                "iPhone15 3D don't 'x' 5.",
                &[
                    ("iPhone15", word),
                    ("3D", word),
                    ("don't", word),
                    ("'", mark),
                    ("x", word),
                    ("'", mark),
                    ("5", number),
                    (".", mark),
                ],
            ),
            ("قالَ e\u{301}a", &[("قالَ", word), ("e\u{301}a", word)]),
            ("می\u{200c}شود a\u{200d} b", &[("می\u{200c}شود", word), ("a", word), ("b", word)]),
            ("日本語を話す", &[("日本語", word), ("を", word), ("話", word), ("す", word)]),
            ("$5+€", &[("$", symbol), ("5", number), ("+", symbol), ("€", symbol)]),
            (
                "👩\u{200d}👩👍🏽🇨🇳🇹🇳🇹❤\u{fe0f}",
                &[
                    ("👩\u{200d}👩", emoji),
                    ("👍🏽", emoji),
                    ("🇨🇳", emoji),
                    ("🇹🇳", emoji),
                    ("🇹", emoji),
                    ("❤\u{fe0f}", emoji),
                ],
            ),
            ("\u{fe0f} \u{301} 葛\u{e0100}飾", &[("\u{301}", symbol), ("葛\u{e0100}飾", word)]),
            ("a\u{200f}b\u{1}c", &[("a", word), ("b", word), ("c", word)]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_visible_character_is_in_one_token(text in "[a-z0-9 '.,中文々がنَ👍🏽🇨\u{200d}\u{fe0f}\u{200f}$\n]{0,24}") {
            let is_invisible = |c| matches!(class(c), Class::Space | Class::Joiner | Class::Selector);
            let mut found = Vec::new();
            tokens(&text, 7, &mut found);
            let mut last = 7;
            for token in &found {
                prop_assert!(token.start >= last && token.start < token.end);
                let gap = &text[last as usize - 7..token.start as usize - 7];
                prop_assert!(gap.chars().all(is_invisible), "{gap:?}");
                last = token.end;
            }
            let gap = &text[last as usize - 7..];
            prop_assert!(gap.chars().all(is_invisible), "{gap:?}");
        }
    }
}
