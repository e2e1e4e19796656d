//! `tokenize.words`: finds words, numbers, punctuation, web addresses, emoji and the like.

mod address;
#[cfg(test)]
mod cases;
mod classes;
mod conventions;
mod kinds;
mod scan;
mod tailor;
#[cfg(test)]
mod tests;

use super::language::Lang;
use crate::options;
use classes::Class;
use conventions::Scratch;
use icu_segmenter::WordSegmenter;
pub(in crate::tokenize) use kinds::kind_of;
use scan::{Scanner, Segment};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, Layer, Layers, OptionError, Order, Result, Stage, StageDef,
    StageInfo, Token, Worker, parse_options,
};

const MANUAL: &str = "\
Splits the text into tokens and says what each is: `word`, `number`, `punctuation`, `symbol`, `url`, `email`, `mention`,
`hashtag` or `emoji`. White space is no token, nor are invisible format characters at a token's edge, such as directional
marks; every other character is part of exactly one. The text itself is not changed.

The rules are those of UAX #29 (word boundaries, revision 47, with the characters of Unicode 18), which work alike for every script with spaces. Chinese,
Japanese, Thai, Lao, Khmer and Burmese are segmented by the dictionaries and models of ICU4X. With `tailored = false` that
is all. By default these differences apply:

- **Proclitics and numbers.** Arabic `و`, `ف`, `ب`, `ك`, `ل`, `ال` or several of them, with or without tatweel, are parted
  from a number: `و8،3` is `و` `8،3` and `لـ22` is `لـ` `22`. Other letters stay with their digits, as in `A320` or `مادة5`.
- **Arabic and Latin letters** are parted: `الـCNN` is `الـ` `CNN`.
- **Numbers** keep their separators where UAX #29 keeps them (`1,250.75`, `8،3`), and further the Arabic decimal separator
  (`٣٬٥٠٠٫٢٥`), which never joins letters; the colon (`10:30`); the narrow no-break space; slashes in a date of three parts
  (`15/7/2024`, `2024/7/15`); dashes in an ISO date (`2024-07-15`). `2-0` and `15/7` are three tokens each. A percent sign
  is a token of its own.
- **Colons** between letters part them, as in CLDR: `قال:نعم` is three tokens.
- **Full stops** between Arabic words part them, as a space was forgotten there (`بذلك.وقال`), unless there are at most two
  letters on either side (`د.ب.أ`, `بي.بي.سي`).
- **Acronyms** of single Latin letters take their last full stop: `U.S.`.
- **Web addresses** are those with `http://`, `https://` or `ftp://`, those with `www.`, and host names that end in `.com`,
  `.net`, `.org`, `.edu`, `.gov`, `.mil`, `.int` or `.info`. The punctuation of the sentence after them is not part of
  them, nor is a closing bracket that was not opened in them.
- **E-mail addresses, mentions and hashtags.** `@name` and `#topic` are made of letters, marks, digits and underscores; a
  hashtag has a letter (`#1` is two tokens). Neither starts inside a word.
- **Runs.** Three or more full stops are one token, and two or more of `-` `–` `—` `…` `=` `*` `~` `+`
  `<` `>` and the grave accent, as well as two apostrophes. Two full stops stay two tokens, and so do `!!` and `؟!`.
- **Emoji** with their skin tones, joined families, flags and keycaps are one token each. `©` is a symbol unless U+FE0F
  makes it an emoji.
- **Emoticons** such as `:)` and `;-)` between white space are emoji. **Character references** left over from HTML
  (`&amp;`) are one token each, and so are two that stand for apostrophes.

Marks, tashkeel and tatweel never split a word, ZWNJ keeps a Persian compound together, and apostrophes stay inside words
(`don't`); so does a full stop between Latin letters (`x.y`).

Where conventions differ by language, those of Universal Dependencies apply. Which language it is, says `lang`: by default
that of the document, which `tag.language` may have set before; for a document without one it is guessed by the script and
the function words of its beginning. `lang = \"und\"` leaves all of this out.

- **Abbreviations** with their full stop are one token (`Dr.`, `etc.`, `тыс.`), and so are initials before a name (`J.
  Smith`), in English, French, German, Russian, Turkish, Azerbaijani, Italian, Catalan, Spanish, Portuguese and Dutch.
- **English.** Prefixes such as `e-`, `non-` and `anti-` stay with their words, other hyphens part them; the apostrophe of
  a plural (`soldiers'`) stays unless it closes a quotation. Marks in a row (`!!`, `?!`, `..`, `$$$`) are one token, and
  so are telephone numbers. Units are parted from numbers (`8gb`).
- **French.** `l'`, `d'`, `qu'` and the like are parted from the word that follows, with their apostrophe; hyphens join
  (`États-Unis`), but pronouns after a verb are parted (`a` `-t-il`); `80 000` is one number; units are parted from
  numbers (`20` `h` `30`). **Italian** and **Catalan** part their elisions, too.
- **German.** Ordinals before a word keep their full stop (`3. Oktober`).
- **Russian.** Hyphens join (`рок-группа`, `1960-х`), except between names (`Буркина-Фасо`) and before numbers.
- **Turkish** and **Azerbaijani.** Suffixes after an apostrophe stay with numbers (`1980'lerde`), and those after a
  quotation mark with their word; Turkish ordinals keep their full stop before a word in lower case.
- **Hebrew.** Gershayim and geresh belong to the word (`צה\"ל`), quotation marks after a prefix do not; the percent sign
  belongs to its number, and so do the parts of a section (`91(ב)(3)`). Directional marks behind a word are a part of it, as
  in UAX #29; `clean.unicode` can remove them.";

/// The options of `tokenize.words`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Whether the tailorings apply. `false` gives the segments of UAX #29 and nothing else.
    tailored: bool,
    /// Whose conventions apply: `auto` stands for the language of the document or, if it has none, a guess by its script and
    /// function words; a language tag such as `fr` for that language whatever the document says; `und` for none.
    lang: String,
}

impl Default for Options {
    fn default() -> Self {
        Options { tailored: true, lang: "auto".into() }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tokenize.words".into(),
            summary: "finds words, numbers, punctuation, web addresses and emoji".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Tokens]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    vec![
        Example::new(
            "Marks and tatweel do not split a word; commas do, spaced or not",
            "إنّ الـمـتحدّثَ زار إفريقيا،وأعلن «نعم».",
        )
        .tokens(&["إنّ", "الـمـتحدّثَ", "زار", "إفريقيا", "،", "وأعلن", "«", "نعم", "»", "."]),
        Example::new("Proclitics and numbers are parted", "نحو 5،2 و8،3 ولـ22 وبال100 مادة5").tokens(&[
            "نحو",
            "5،2",
            "و",
            "8،3",
            "ولـ",
            "22",
            "وبال",
            "100",
            "مادة5",
        ]),
        Example::new("Abbreviations, and a forgotten space", "د.ب.أ بذلك.وقال قال:نعم U.S.")
            .tokens(&["د.ب.أ", "بذلك", ".", "وقال", "قال", ":", "نعم", "U.S."]),
        Example::new("Arabic and Latin letters are parted", "الـCNN وBBCعربي")
            .tokens(&["الـ", "CNN", "و", "BBC", "عربي"]),
        Example::new("Numbers, times and dates are one token", "1,250.75 ٣٬٥٠٠٫٢٥ 10:30 15/7/2024 2024-07-15 2-0 5%")
            .tokens(&["1,250.75", "٣٬٥٠٠٫٢٥", "10:30", "15/7/2024", "2024-07-15", "2", "-", "0", "5", "%"]),
        Example::new(
            "Addresses end before the punctuation around them",
            "(انظر https://ar.example.org/a_(b)?q=1، www.x.com.) أو info@x.com.",
        )
        .tokens(&["(", "انظر", "https://ar.example.org/a_(b)?q=1", "،", "www.x.com", ".", ")", "أو", "info@x.com", "."])
        .kinds(&[
            "punctuation",
            "word",
            "url",
            "punctuation",
            "url",
            "punctuation",
            "punctuation",
            "word",
            "email",
            "punctuation",
        ]),
        Example::new("Hashtags and mentions", "#الرياضة_العربية @warraq_app #1 a#b")
            .tokens(&["#الرياضة_العربية", "@warraq_app", "#", "1", "a", "#", "b"])
            .kinds(&["hashtag", "mention", "punctuation", "number", "word", "punctuation", "word"]),
        Example::new("Emoji", "👩\u{200d}👩\u{200d}👧 👍🏽🇹🇳 1\u{fe0f}\u{20e3} © +")
            .tokens(&["👩\u{200d}👩\u{200d}👧", "👍🏽", "🇹🇳", "1\u{fe0f}\u{20e3}", "©", "+"])
            .kinds(&["emoji", "emoji", "emoji", "emoji", "symbol", "symbol"]),
        Example::new("Runs", "نعم... -- .. !! ''x''")
            .tokens(&["نعم", "...", "--", ".", ".", "!", "!", "''", "x", "''"]),
        Example::new("A Persian compound stays together", "می\u{200c}شود").tokens(&["می\u{200c}شود"]),
        Example::new("Scripts without spaces", "ภาษาไทย 世界").tokens(&["ภาษา", "ไทย", "世界"]),
        Example::new("French", "L'homme n'a-t-il pas vu les États-Unis à 20h30 ? Il a 80 000 amis.").lang("fr").tokens(
            &[
                "L'",
                "homme",
                "n'",
                "a",
                "-t-il",
                "pas",
                "vu",
                "les",
                "États-Unis",
                "à",
                "20",
                "h",
                "30",
                "?",
                "Il",
                "a",
                "80 000",
                "amis",
                ".",
            ],
        ),
        Example::new("The language is guessed if nobody says it", "I don't know Dr. J. Smith's e-mail!!")
            .tokens(&["I", "don't", "know", "Dr.", "J.", "Smith's", "e-mail", "!!"]),
        Example::new("It can be said", "1980'lerde geldi").options(r#"lang = "tr""#).tokens(&["1980'lerde", "geldi"]),
        Example::new("UAX #29 as it is", "و8،3 الـCNN 10:30 #a ...").options("tailored = false").tokens(&[
            "و8،3",
            "الـCNN",
            "10",
            ":",
            "30",
            "#",
            "a",
            ".",
            ".",
            ".",
        ]),
    ]
}

fn build(options: serde_json::Value, _: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let lang = Lang::option(&options.lang)?;
    Ok(Built::parallel(Words { scanner: scanner(), tailored: options.tailored, lang, scratch: Scratch::default() }))
}

fn scanner() -> Scanner {
    Scanner { classes: &classes::TABLE, complex: WordSegmenter::new_auto(Default::default()) }
}

#[derive(Clone)]
struct Words {
    scanner: Scanner,
    tailored: bool,
    lang: Lang,
    scratch: Scratch,
}

impl Stage for Words {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Words {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let tokens = out.tokens();
        if self.tailored {
            self.scanner.tailored(doc.text, tokens);
            let language = self.lang.of(doc);
            if language.has_words {
                conventions::apply(doc.text, language, tokens, &mut self.scratch);
            }
        } else {
            self.scanner.plain(doc.text, |segment| self.scanner.push(doc.text, segment, tokens));
        }
        Ok(())
    }
}

impl Scanner {
    /// The segments of UAX #29, white space included.
    fn plain(&self, text: &str, mut found: impl FnMut(Segment)) {
        let mut at = 0;
        while at < text.len() {
            let segment = self.segment::<false>(text, at, &mut found);
            at = segment.end;
            found(segment);
        }
    }

    fn tailored(&self, text: &str, tokens: &mut Vec<Token>) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let (class, len) = self.classes.at(bytes, at);
            if class.is_blank() {
                at += len;
                continue;
            }
            if matches!(bytes[at], b'@' | b'#' | b':' | b';' | b'&')
                && let Some(end) = self.special(text, at, class, tokens)
            {
                at = end;
                continue;
            }
            let mut segment = self.segment::<true>(text, at, &mut |piece| self.push(text, piece, tokens));
            if segment.seen.has(Class::Latin) {
                if let Some(end) = self.address(text, segment, tokens) {
                    at = end;
                    continue;
                }
                if tailor::is_acronym(&bytes[segment.start..], segment.end - segment.start) {
                    segment.end += 1;
                }
            }
            at = segment.end;
            self.push(text, segment, tokens);
        }
    }

    /// Makes a token of a segment, unless there is nothing to be seen in it.
    #[inline(always)]
    fn push(&self, text: &str, segment: Segment, tokens: &mut Vec<Token>) {
        let Segment { mut start, mut end, seen } = segment;
        if seen.is_invisible() {
            return;
        }
        if seen.has_edges() {
            (start, end) = self.trimmed(text.as_bytes(), start, end);
        }
        tokens.push(Token { start: start as u32, end: end as u32, kind: seen.kind(&text.as_bytes()[start..end]) });
    }

    /// Without white space at the start and format characters at the end. There is something else in between.
    #[inline(never)]
    fn trimmed(&self, text: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
        while let (class, len) = self.classes.at(text, start)
            && class.is_blank()
            && start + len < end
        {
            start += len;
        }
        while let (Class::Format, len) = self.classes.before(text, end)
            && end - len > start
        {
            end -= len;
        }
        (start, end)
    }
}
