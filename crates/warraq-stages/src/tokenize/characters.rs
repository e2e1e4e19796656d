//! `tokenize.characters`: every character is a token.

use super::words::kind_of;
use crate::options;
use icu_segmenter::{GraphemeClusterSegmenter, GraphemeClusterSegmenterBorrowed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, Layer, Layers, OptionError, Order, Result, Stage, StageDef,
    StageInfo, Token, Worker, parse_options,
};

const MANUAL: &str = "\
Makes a token of every character that is not white space. With `unit = \"grapheme\"`, the default, a character is what a
reader takes for one, an extended grapheme cluster of UAX #29: an Arabic letter with its vowel signs, an emoji with its skin
tone, a Korean syllable. With `unit = \"code_point\"` every Unicode code point is a token of its own, vowel signs and joiners
too.

White space is part of no token unless `white_space = true`. The kind of a token is that of its character: `word` for
letters and lone marks with letters, `number`, `punctuation`, `symbol` or `emoji`.";

/// The options of `tokenize.characters`.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// What a character is.
    unit: Unit,
    /// Whether white space makes tokens, too.
    white_space: bool,
}

/// What a character is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Unit {
    /// What a reader takes for one: an extended grapheme cluster.
    #[default]
    Grapheme,
    /// A Unicode code point.
    CodePoint,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tokenize.characters".into(),
            summary: "makes a token of every character".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Tokens]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("A letter keeps its vowel signs", "مَدّ 👍🏽!").tokens(&["مَ", "دّ", "👍🏽", "!"]).kinds(&[
                    "word",
                    "word",
                    "emoji",
                    "punctuation",
                ]),
                Example::new("Code points", "مَد").options("unit = 'code_point'").tokens(&["م", "\u{64e}", "د"]),
                Example::new("With white space", "a b").options("white_space = true").tokens(&["a", " ", "b"]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, _: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let Options { unit, white_space } = parse_options(options)?;
    Ok(Built::parallel(Characters { unit, white_space, graphemes: GraphemeClusterSegmenter::new() }))
}

#[derive(Clone, Copy)]
struct Characters {
    unit: Unit,
    white_space: bool,
    graphemes: GraphemeClusterSegmenterBorrowed<'static>,
}

impl Stage for Characters {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(*self)
    }
}

impl Worker for Characters {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let tokens = out.tokens();
        let mut push = |start: usize, end: usize| {
            let text = &doc.text[start..end];
            if self.white_space || !text.chars().all(char::is_whitespace) {
                tokens.push(Token { start: start as u32, end: end as u32, kind: kind_of(text) });
            }
        };
        match self.unit {
            Unit::CodePoint => doc.text.char_indices().for_each(|(at, c)| push(at, at + c.len_utf8())),
            Unit::Grapheme => {
                let mut start = 0;
                for end in self.graphemes.segment_str(doc.text).filter(|&end| end > 0) {
                    push(start, end);
                    start = end;
                }
            }
        }
        Ok(())
    }
}
