//! What kind of token a segment is.

use super::classes::{Class, TABLE};
use warraq_core::TokenKind;

/// The kind of a token that was cut out by another tokenizer: by its characters alone, so it is no address or hashtag.
pub(in crate::tokenize) fn kind_of(text: &str) -> TokenKind {
    let (bytes, mut seen, mut at) = (text.as_bytes(), Seen::default(), 0);
    while at < bytes.len() {
        let (class, len) = TABLE.at(bytes, at);
        seen.add(class);
        at += len;
    }
    seen.kind(bytes)
}

/// The classes of the characters of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen(u64);

const fn set(classes: &[Class]) -> Seen {
    let mut bits = 0;
    let mut i = 0;
    while i < classes.len() {
        bits |= 1 << classes[i] as u64;
        i += 1;
    }
    Seen(bits)
}

const LETTERS: Seen = set(&[
    Class::Arabic,
    Class::Latin,
    Class::Letter,
    Class::HebrewLetter,
    Class::Katakana,
    Class::Complex,
    Class::Glyph,
]);
const NUMBERS: Seen = set(&[Class::Numeric, Class::LoneNumber]);
const PUNCTUATION: Seen = set(&[
    Class::Mark,
    Class::RunMark,
    Class::PictMark,
    Class::Hyphen,
    Class::Slash,
    Class::Colon,
    Class::Hash,
    Class::At,
    Class::SingleQuote,
    Class::DoubleQuote,
    Class::FullStop,
    Class::MidNumLet,
    Class::MidLetter,
    Class::MidNum,
    Class::Decimal,
    Class::NumLet,
]);
const EMOJI: Seen = set(&[Class::Emoji]);
/// Shown as an emoji if the character after says so.
const MAYBE_EMOJI: Seen = set(&[Class::Pictograph, Class::PictMark, Class::PictLetter]);
const EDGES: Seen =
    set(&[Class::Format, Class::Space, Class::Blank, Class::NarrowSpace, Class::Cr, Class::Lf, Class::Newline]);
/// White space and invisible characters.
const UNSEEN: Seen = set(&[
    Class::Hidden,
    Class::Format,
    Class::Zwj,
    Class::Space,
    Class::Blank,
    Class::NarrowSpace,
    Class::Cr,
    Class::Lf,
    Class::Newline,
]);

impl Seen {
    #[inline(always)]
    pub(super) fn of(class: Class) -> Self {
        Seen(1 << class as u64)
    }

    #[inline(always)]
    pub(super) fn add(&mut self, class: Class) {
        self.0 |= 1 << class as u64;
    }

    pub(super) fn join(&mut self, other: Seen) {
        self.0 |= other.0;
    }

    #[inline(always)]
    pub(super) fn has(self, class: Class) -> bool {
        self.0 & 1 << class as u64 != 0
    }

    #[inline(always)]
    fn meets(self, other: Seen) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is nothing to be seen: white space and invisible characters.
    #[inline(always)]
    pub(super) fn is_invisible(self) -> bool {
        self.0 & !UNSEEN.0 == 0
    }

    /// Whether there may be white space at the start or a format character at the end that is no part of the token.
    #[inline(always)]
    pub(super) fn has_edges(self) -> bool {
        self.meets(EDGES)
    }

    /// The kind of a token of these classes, whose text is `text`.
    #[inline(always)]
    pub(super) fn kind(self, text: &[u8]) -> TokenKind {
        if self.meets(LETTERS) { TokenKind::Word } else { self.other_kind(text) }
    }

    fn other_kind(self, text: &[u8]) -> TokenKind {
        if self.is_emoji(text) {
            TokenKind::Emoji
        } else if self.meets(NUMBERS) {
            TokenKind::Number
        } else if self.meets(PUNCTUATION) {
            TokenKind::Punctuation
        } else {
            TokenKind::Symbol
        }
    }

    fn is_emoji(self, text: &[u8]) -> bool {
        let has = |c: &str| memchr::memmem::find(text, c.as_bytes()).is_some();
        self.meets(EMOJI)
            // A flag is two regional indicators, of four bytes each.
            || self.has(Class::Regional) && text.len() >= 8
            || self.meets(MAYBE_EMOJI) && self.has(Class::Hidden) && has("\u{fe0f}")
            // The skin tones, U+1F3FB to U+1F3FF, share their first three bytes with nothing else that is a mark.
            || self.meets(MAYBE_EMOJI) && self.has(Class::Extend) && memchr::memmem::find(text, b"\xf0\x9f\x8f").is_some()
            || self.has(Class::Keycap) && is_keycap(text)
    }
}

/// `1️⃣`: a digit, `#` or `*`, U+FE0F unless it was forgotten, and U+20E3.
fn is_keycap(text: &[u8]) -> bool {
    matches!(text, [b'0'..=b'9' | b'#' | b'*', rest @ ..]
        if matches!(rest, b"\xe2\x83\xa3" | b"\xef\xb8\x8f\xe2\x83\xa3"))
}
