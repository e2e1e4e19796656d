//! `tokenize.regex`: tokens are what a regular expression matches, or what lies between its matches.

use super::words::kind_of;
use crate::options;
use crate::patience::Patience;
use crate::patterns;
use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, Layer, Layers, OptionError, Order, Result, Stage, StageDef,
    StageInfo, Token, Worker, parse_options,
};

const MANUAL: &str = "\
Makes a token of every match of `pattern` or, with `gaps = true`, of whatever lies between two matches. For corpora that
must be cut as another tool cut them, and for text that is not prose; for prose there is `tokenize.words`. Empty matches
and empty gaps are no tokens. What no match covers is part of no token.

The syntax is that of the Rust crate [`regex`](https://docs.rs/regex/latest/regex/#syntax): Unicode throughout, no
look-around, and time in proportion to the text. The default takes runs of letters, marks, digits and underscores as words,
and every other character that is not white space by itself. A plain `\\w+` knows the marks of Arabic too, but a class such
as `[a-z]` knows only what it lists.

The kind of a token is that of its characters: with a letter in it, it is a `word`, else an `emoji`, a `number`,
`punctuation` or a `symbol`. Addresses, mentions and hashtags are not told apart.";

/// The options of `tokenize.regex`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The regular expression.
    pattern: String,
    /// Whether tokens are what lies between the matches.
    gaps: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { pattern: r"[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]".into(), gaps: false }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tokenize.regex".into(),
            summary: "makes tokens of what a regular expression matches".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Tokens]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                Example::new("Words, and all else by itself", "قالَ: 3,5٪؟!")
                    .tokens(&["قالَ", ":", "3", ",", "5", "٪", "؟", "!"])
                    .kinds(&[
                        "word",
                        "punctuation",
                        "number",
                        "punctuation",
                        "number",
                        "punctuation",
                        "punctuation",
                        "punctuation",
                    ]),
                Example::new("Columns of a table", "تونس|3,5||x")
                    .options("pattern = '\\|'\ngaps = true")
                    .tokens(&["تونس", "3,5", "x"]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let regex = patterns::compile(&options.pattern).map_err(|message| OptionError::new("pattern", message))?;
    Ok(Built::parallel(RegexTokenizer { regex, gaps: options.gaps, patience: Patience::new(cx) }))
}

#[derive(Clone)]
struct RegexTokenizer {
    regex: Regex,
    gaps: bool,
    patience: Patience,
}

impl Stage for RegexTokenizer {
    fn worker(&self) -> Box<dyn Worker> {
        // A clone of a regex has scratch space of its own, which workers need not wait for.
        Box::new(self.clone())
    }
}

impl Worker for RegexTokenizer {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let tokens = out.tokens();
        let mut push = |start: usize, end: usize| {
            if start < end {
                let kind = kind_of(&doc.text[start..end]);
                tokens.push(Token { start: start as u32, end: end as u32, kind });
            }
        };
        let mut last = 0;
        for found in self.regex.find_iter(doc.text) {
            self.patience.turn()?;
            if self.gaps {
                push(last, found.start());
                last = found.end();
            } else {
                push(found.start(), found.end());
            }
        }
        if self.gaps {
            push(last, doc.text.len());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use warraq_core::{Document, Labels, MemoryResources};

    fn tokens(options: serde_json::Value, text: &str) -> Vec<&str> {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        let mut cx = BuildContext::new("tokenize.regex", &labels, &mut resources);
        let Built::Parallel(stage) = build(options, &mut cx).unwrap() else { panic!("a parallel stage") };
        let mut changes = Changes::new();
        stage.worker().process(&Document::with_text("1", text).view(), &mut changes).unwrap();
        changes.tokens().iter().map(|t| &text[t.start as usize..t.end as usize]).collect()
    }

    #[test]
    fn matches_and_gaps() {
        for (options, text, expected) in [
            (json!({}), "", &[][..]),
            (json!({}), " \n", &[]),
            (json!({}), "a_1-é", &["a_1", "-", "é"]),
            (json!({"pattern": "x*"}), "axxb", &["xx"]),
            (json!({"pattern": "x*", "gaps": true}), "axxb", &["a", "b"]),
            (json!({"pattern": r"\s+", "gaps": true}), " a  b", &["a", "b"]),
            (json!({"pattern": "zz", "gaps": true}), "all", &["all"]),
        ] {
            assert_eq!(tokens(options.clone(), text), expected, "{options} on {text:?}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_refused_with_its_place() {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        let mut cx = BuildContext::new("tokenize.regex", &labels, &mut resources);
        let error = build(json!({"pattern": "a(b"}), &mut cx).unwrap_err();
        assert_eq!(error.to_string(), "`pattern`: unclosed group, at character 2 of the pattern");
    }
}
