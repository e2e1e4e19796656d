//! The annotation layers: columns of plain records without owned strings, so that they cross a C ABI as they are.
//!
//! All offsets are byte offsets into the document's text, on char boundaries, and every range is half open.

use crate::LabelId;
use std::fmt;

/// What a token is. The numbers are part of the data contract: new kinds are added at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum TokenKind {
    /// Letters, with the marks and digits that belong to them.
    #[default]
    Word = 0,
    /// A number, with its inner separators.
    Number = 1,
    /// Punctuation.
    Punctuation = 2,
    /// A symbol that is neither punctuation nor emoji, such as `+` or `€`.
    Symbol = 3,
    /// A web address.
    Url = 4,
    /// An e-mail address.
    Email = 5,
    /// `@name`.
    Mention = 6,
    /// `#topic`.
    Hashtag = 7,
    /// An emoji, with its modifiers and joined parts.
    Emoji = 8,
}

impl TokenKind {
    /// All kinds in the order of their numbers.
    pub const ALL: [TokenKind; 9] = [
        TokenKind::Word,
        TokenKind::Number,
        TokenKind::Punctuation,
        TokenKind::Symbol,
        TokenKind::Url,
        TokenKind::Email,
        TokenKind::Mention,
        TokenKind::Hashtag,
        TokenKind::Emoji,
    ];

    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            TokenKind::Word => "word",
            TokenKind::Number => "number",
            TokenKind::Punctuation => "punctuation",
            TokenKind::Symbol => "symbol",
            TokenKind::Url => "url",
            TokenKind::Email => "email",
            TokenKind::Mention => "mention",
            TokenKind::Hashtag => "hashtag",
            TokenKind::Emoji => "emoji",
        }
    }

    /// The kind with this export name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A surface token. Tokens are sorted, do not overlap and are not empty; gaps (white space) are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Token {
    /// First byte.
    pub start: u32,
    /// Byte past the end.
    pub end: u32,
    /// What the token is.
    pub kind: TokenKind,
}

/// A syntactic word of a token: Arabic `وبالكتاب` is one token of the words `و ب ال كتاب`.
///
/// Words are sorted by token. Where the form differs from the text (`لل` → `ل` + `ال`), the side column `form` says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Word {
    /// Index of the token this word belongs to.
    pub token: u32,
    /// First byte of its surface.
    pub start: u32,
    /// Byte past the end of its surface; may equal `start` for a word without a surface of its own.
    pub end: u32,
}

/// A sentence. Sentences are sorted, do not overlap and are not empty; gaps are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Sentence {
    /// First byte.
    pub start: u32,
    /// Byte past the end.
    pub end: u32,
}

/// A labelled stretch of text, such as a place name. Spans may overlap and are kept in the order they were added.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// Byte past the end; a span is never empty.
    pub end: u32,
    /// What it is.
    pub label: LabelId,
    /// How sure the source of the span is; NaN when it gives no score.
    pub score: f32,
    /// Who found it: an interned name, usually the stage's.
    pub source: LabelId,
}

/// A value of a side column: a slice of the document's arena of forms, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Cell {
    /// First byte in the arena; [`u32::MAX`] for no value.
    pub start: u32,
    /// Length in bytes.
    pub len: u32,
}

impl Cell {
    /// No value.
    pub const NONE: Cell = Cell { start: u32::MAX, len: 0 };

    /// The value in `arena`, unless this is [`Cell::NONE`].
    pub fn get(self, arena: &str) -> Option<&str> {
        (self != Self::NONE).then(|| &arena[self.start as usize..(self.start + self.len) as usize])
    }
}

/// A named column of strings beside the tokens (norm, stem), the words (lemma, part of speech) or the spans (what a date or a
/// number is worth).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: LabelId,
    /// [`Layer::Tokens`], [`Layer::Words`] or [`Layer::Spans`].
    pub layer: Layer,
    /// One cell per item of that layer.
    pub cells: Vec<Cell>,
}

/// A part of a document that a stage can read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Layer {
    /// The text.
    Text = 0,
    /// The language tag.
    Lang = 1,
    /// The record's other fields.
    Meta = 2,
    /// Surface tokens.
    Tokens = 3,
    /// Syntactic words.
    Words = 4,
    /// Sentences.
    Sentences = 5,
    /// Labelled spans.
    Spans = 6,
    /// Side columns of tokens, words and spans.
    Columns = 7,
    /// Numbers computed by filters.
    Scores = 8,
    /// Whether the document is kept.
    Verdict = 9,
    /// The source itself: writing it means to rebase the document to the stage's own output.
    Source = 10,
}

impl Layer {
    /// All layers in the order of their numbers.
    pub const ALL: [Layer; 11] = [
        Layer::Text,
        Layer::Lang,
        Layer::Meta,
        Layer::Tokens,
        Layer::Words,
        Layer::Sentences,
        Layer::Spans,
        Layer::Columns,
        Layer::Scores,
        Layer::Verdict,
        Layer::Source,
    ];

    /// The name used in messages and documentation.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Text => "text",
            Layer::Lang => "lang",
            Layer::Meta => "meta",
            Layer::Tokens => "tokens",
            Layer::Words => "words",
            Layer::Sentences => "sentences",
            Layer::Spans => "spans",
            Layer::Columns => "columns",
            Layer::Scores => "scores",
            Layer::Verdict => "verdict",
            Layer::Source => "source",
        }
    }
}

/// A set of layers.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Layers(u16);

impl Layers {
    /// No layer.
    pub const NONE: Layers = Layers(0);
    /// Every layer.
    pub const ALL: Layers = Layers((1 << Layer::ALL.len()) - 1);

    /// The set of these layers.
    pub const fn of(layers: &[Layer]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < layers.len() {
            bits |= 1 << layers[i] as u16;
            i += 1;
        }
        Layers(bits)
    }

    /// Whether `layer` is in the set.
    pub const fn contains(self, layer: Layer) -> bool {
        self.0 & (1 << layer as u16) != 0
    }

    /// The layers in either set.
    pub const fn union(self, other: Layers) -> Layers {
        Layers(self.0 | other.0)
    }

    /// The layers of this set that are not in `other`.
    pub const fn without(self, other: Layers) -> Layers {
        Layers(self.0 & !other.0)
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The layers in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Layer> {
        Layer::ALL.into_iter().filter(move |&layer| self.contains(layer))
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Layer::name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_listed_in_the_order_of_their_numbers() {
        for (i, layer) in Layer::ALL.into_iter().enumerate() {
            assert_eq!(layer as usize, i);
        }
        for (i, kind) in TokenKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, i);
            assert_eq!(TokenKind::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn sets_hold_what_they_were_made_of() {
        let set = Layers::of(&[Layer::Tokens, Layer::Text]);
        assert_eq!(format!("{set:?}"), r#"{"text", "tokens"}"#);
        assert!(Layers::ALL.contains(Layer::Source) && !set.contains(Layer::Spans));
        assert!(set.without(Layers::ALL).is_empty());
    }
}
