//! `tokenize.sentences`: finds sentences.

mod classes;
mod opening;
mod scan;
#[cfg(test)]
mod tests;

use super::language::{self, Lang};
use crate::options;
use scan::{Scanner, Tailoring};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, Layer, Layers, OptionError, Order, Result, Sentence, Stage,
    StageDef, StageInfo, TokenKind, Worker, parse_options,
};

const MANUAL: &str = "\
Finds sentences. White space around a sentence is not part of it; every other character is part of exactly one. If a
tokenizer has run before, no sentence ends inside a web or e-mail address, a number, a hashtag or a mention; without tokens
the rules below do nearly as well.

The rules are those of UAX #29 (sentence boundaries, revision 47, with the characters of Unicode
18): a sentence ends at the end of a paragraph, after `?`, `!`,
`؟`, `۔`, `。` and the like, and after a full stop unless a digit, a lower-case letter or `,` `:` `-` comes next. Closing
brackets and quotation marks after the stop belong to the sentence. With `tailored = false` that is all. By default these
differences apply:

- **Ends of lines** end a sentence, or only blank lines do, or none (`newline`). The default suits web text and news, where a
  line is a paragraph or a headline.
- **An ellipsis** (`…`, or three full stops or more) ends a sentence at the end of a line and before an upper-case letter;
  in Arabic script, which has no case, a sentence goes on after it on the same line. Two full stops count as one.
- **The Arabic semicolon** ends a sentence if `semicolon` is set.
- **Single letters** with a full stop (`د. محمد`, `ود. أحمد`, `J. Smith`), the `abbreviations` of the options, and the number of a list
  item (`1. كلمة`) do not end a sentence before another word.
- **Abbreviations of the language.** After titles and what stands before a number or a name (`Dr.`, `Sept.`, `av.`,
  `z.B.`, `ул.`) a sentence goes on; after others (`etc.`, `Inc.`, `тыс.`) it does unless a word in upper case follows.
  The languages with such lists are English, French, German, Russian, Turkish, Azerbaijani, Italian, Catalan, Spanish,
  Portuguese and Dutch.
- **German ordinals** (`am 3. Oktober`) do not end a sentence, unless a word follows with which sentences begin (`am 3.
  Der`).
- **English** sentences also begin in lower case (`it works. try it`), and a salutation or closing formula (`Dear Nina,`)
  is a sentence. In **Persian** a dateline is (`تهران - ایرنا:`).
- **Quotations** that a colon opens and that are closed on the same line are kept together in scripts without case, and a
  question goes on with `أو` or `أم`.
- **Without a space** after the full stop, a sentence ends between Arabic words (`بذلك.وقال`), but not between one or two
  letters (`د.ب.أ`), and an opening bracket or quotation mark after the stop is that of the next sentence.
- **With a space** before a closing bracket or quotation mark (`نعم . »`) it still belongs to the sentence. Of the marks
  that open and close alike, every second one closes.
- **Reversed quotation marks** (`»نعم.«`) close like any other.
- **In brackets or quotation marks**, `!` and `?` do not end a sentence that goes on in lower case, and `(...)`, `(؟)` end
  none.
- **In addresses**, `?` and `!` right before a lower-case letter or a digit end none.

Which language applies is said by `lang`: by default that of the document, which `tag.language` may have set, and for a
document without one a guess by its script and its function words. What the lists do not have is left alone.";

/// Where the ends of lines end sentences.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Newline {
    /// Every end of a line ends a sentence.
    #[default]
    Break,
    /// Only a blank line does: for text whose lines were broken to fit a page.
    Paragraph,
    /// None does.
    Ignore,
}

/// The options of `tokenize.sentences`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Where the ends of lines end sentences: at every one (`break`), at blank lines (`paragraph`) or nowhere (`ignore`).
    newline: Newline,
    /// Whether the Arabic semicolon `؛` ends a sentence.
    semicolon: bool,
    /// Whether the tailorings apply. `false` gives the sentences of UAX #29; the other options then have no effect.
    tailored: bool,
    /// Abbreviations that come before a name, so that the full stop after them ends no sentence: written without that full
    /// stop, in the case they are used in. They are added to those that are known of the language.
    abbreviations: Vec<String>,
    /// Whose abbreviations and conventions apply: `auto` stands for the language of the document or, if it has none, a guess
    /// by its script and function words; a language tag such as `fr` for that language whatever the document says; `und` for
    /// none.
    lang: String,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            newline: Newline::Break,
            semicolon: false,
            tailored: true,
            abbreviations: Vec::new(),
            lang: "auto".into(),
        }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tokenize.sentences".into(),
            summary: "finds sentences".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Sentences]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    vec![
        Example::new("Stops, with what closes after them", "من؟ «أنا.» وقال: نعم! (حقا؟) ثم ذهب.").sentences(&[
            "من؟",
            "«أنا.»",
            "وقال: نعم!",
            "(حقا؟)",
            "ثم ذهب.",
        ]),
        Example::new("A line end ends a sentence", "عنوان بلا نقطة\nسطر\n\nآخر").sentences(&[
            "عنوان بلا نقطة",
            "سطر",
            "آخر",
        ]),
        Example::new("Only a blank line does", "سطر كُسر\nفي وسطه\n\nآخر")
            .options(r#"newline = "paragraph""#)
            .sentences(&["سطر كُسر\nفي وسطه", "آخر"]),
        Example::new("No line end does", "سطر.\n\nآخر\n\nوآخر")
            .options(r#"newline = "ignore""#)
            .sentences(&["سطر.", "آخر\n\nوآخر"]),
        Example::new("An ellipsis", "ما تقوله... في الواقع\nوهكذا…\nWell... But no... not now.").sentences(&[
            "ما تقوله... في الواقع",
            "وهكذا…",
            "Well...",
            "But no... not now.",
        ]),
        Example::new("The Arabic semicolon", "أولا؛ ثانيا.").options("semicolon = true").sentences(&["أولا؛", "ثانيا."]),
        Example::new(
            "Initials, abbreviations, list items and numbers",
            "1. قال د. محمد وأ.ف.ب إن 3.5 كافية. Dr. J. Smith left.",
        )
        .sentences(&["1. قال د. محمد وأ.ف.ب إن 3.5 كافية.", "Dr. J. Smith left."]),
        Example::new("A list of abbreviations of one's own", "Er kam lt. Plan. Dr. X blieb dort.")
            .options(r#"abbreviations = ["lt"]"#)
            .sentences(&["Er kam lt. Plan.", "Dr. X blieb dort."]),
        Example::new(
            "Abbreviations and ordinals of the language",
            "Sie kamen am 3. Oktober mit Dr. Weiß, Prof. Groß usw. nach Ulm. Am 5. Die anderen.",
        )
        .lang("de")
        .sentences(&[
            "Sie kamen am 3. Oktober mit Dr. Weiß, Prof. Groß usw. nach Ulm.",
            "Am 5.",
            "Die anderen.",
        ]),
        Example::new("A forgotten space, and one too many", "اكتفى بذلك.وقال «نعم . » ثم سكت.«لا».").sentences(&[
            "اكتفى بذلك.",
            "وقال «نعم . »",
            "ثم سكت.",
            "«لا».",
        ]),
        Example::new("Addresses that the tokenizer found", "انظر http://x.com/A.Html?Q=1 الآن.")
            .after(&["tokenize.words"])
            .sentences(&["انظر http://x.com/A.Html?Q=1 الآن."]),
        Example::new("UAX #29 as it is", "قال د. محمد... نعم").options("tailored = false").sentences(&[
            "قال د.",
            "محمد...",
            "نعم",
        ]),
    ]
}

fn build(options: serde_json::Value, _: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let Options { newline, semicolon, tailored, abbreviations, lang } = parse_options(options)?;
    let lang = Lang::option(&lang)?;
    if let Some(n) = abbreviations.iter().position(|word| word.is_empty() || word.ends_with('.')) {
        return Err(OptionError::new(
            format!("abbreviations[{n}]"),
            "an abbreviation without its full stop is expected",
        ));
    }
    let language = language::of_tag("und");
    let tailoring = tailored.then(|| Tailoring { newline, semicolon, abbreviations: abbreviations.into(), language });
    Ok(Built::parallel(Sentences { scanner: Scanner { classes: &classes::TABLE, tailoring }, lang }))
}

#[derive(Clone)]
struct Sentences {
    scanner: Scanner,
    lang: Lang,
}

impl Stage for Sentences {
    /// Tokens help where there are any; nothing is missing without them.
    fn reads(&self) -> Option<Layers> {
        Some(Layers::of(&[Layer::Text]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Sentences {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let sentences = out.sentences();
        if let Some(tailoring) = &mut self.scanner.tailoring {
            tailoring.language = self.lang.of(doc);
        }
        let mut tokens = doc.tokens.iter().peekable();
        let keeps_together = |kind| {
            matches!(
                kind,
                TokenKind::Url | TokenKind::Email | TokenKind::Number | TokenKind::Mention | TokenKind::Hashtag
            )
        };
        // Terminators come in the order of the text, so one walk along the tokens is enough.
        let mut is_inside = |at: usize| {
            while tokens.next_if(|token| token.end as usize <= at + 1).is_some() {}
            self.scanner.tailoring.is_some()
                && tokens.peek().is_some_and(|token| (token.start as usize) < at && keeps_together(token.kind))
        };
        let mut start = 0;
        while start < doc.text.len() {
            let end = self.scanner.sentence(doc.text, start, &mut is_inside);
            let text = &doc.text[start..end];
            let trimmed = text.trim_start();
            let first = start + text.len() - trimmed.len();
            let trimmed = trimmed.trim_end();
            if !trimmed.is_empty() {
                sentences.push(Sentence { start: first as u32, end: (first + trimmed.len()) as u32 });
            }
            start = end;
        }
        Ok(())
    }
}
