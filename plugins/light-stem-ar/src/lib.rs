//! A Warraq plugin: the stems of Arabic words after light10, in a column beside the tokens.

mod normal;
mod options;
mod stem;
#[cfg(test)]
mod tests;

use normal::Arabic;
use options::{Options, Other};
use std::sync::Arc;
use stem::Stemmer;
use warraq_plugin::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, TokenKind, Worker, parse_options,
};

const MANUAL: &str = "\
Writes the stem of every Arabic word into a column beside the tokens, so that `والكتاب`, `كتابها` and `كتاب` can be counted
or searched as one. A tokenizer has to come before. The text and the tokens stay as they are.

A light stemmer cuts off what is most often written to a word and knows no words: it finds neither roots nor broken
plurals, and it sometimes cuts into a word. Its stems are for search, counting and features, not for reading.

**Spelling.** Before a word is stemmed, its marks and tatweel go, `أ إ آ ٱ` become `ا`, and at the end of the word `ى`
becomes `ي` and `ة` becomes `ه`. With `normalize = false` words are stemmed as they are written: for texts that an earlier
stage has normalised in another way. Marks and tatweel then count as letters.

**`light10`**, of Larkey, Ballesteros and Connell (2007), in this order:

1. `و` goes if at least 3 letters are left.
2. One of `ال وال بال كال فال لل` goes if at least 2 letters are left.
3. `ها ان ات ون ين يه ية ه ة ي` are looked for once each, in this order; each that the word then ends with goes if at
   least 2 letters are left.

**`extended`** takes more clitics off, each only where it can hardly be part of the word; what is not named stays.

- `فبال فكال فلل` go like the articles of step 2.
- Where there was no article, a single `ف` goes before `م ف`, `ب` before `ب م ف`, `ك` before `ك ق ج` and `ل` before `ر`, one
  after the other, if at least 3 letters are left. An Arabic root does not begin with two consonants that are formed at
  the same place, so the first of them is a clitic: `بمدينة`, `كقائد`, `لرئيس`. Where other letters follow, nothing tells
  `ببيروت` from `بيروت`, and the letter stays, as in `بلد`, `كتاب`, `لغة`. `فب` is left out because of `فبراير`.
- Where there was no article, the `س` of the future goes before `ي` or `ت` and then one of `ت س ص ض ظ ع ؤ`, if at least 4
  letters are left: `سيستمر`, but not `سيكون`, which looks like `سيارة` or `سينما`.
- Before step 3 one pronoun goes: `هما كما هم كم هن تم` if at least 4 letters are left, or 3 of which the last is `ت`; `نا`
  behind `ت`, if at least 3 are left; `ها`, and `ه` that is no `ة`, if at least 2 are left. If then `ت` is the last letter,
  without `ا` before it, it is the `ة` of a feminine and goes, if at least 3 letters are left, and of step 3 only `ي`
  is left: `مدينتهم` becomes `مدين`, as `مدينة` does.

It finds more words that belong together, and errs more often in foreign names: `ببغاء` becomes `بغاء`. `protected` is for
those.

| word | light10 | extended |
|---|---|---|
| والكتاب | كتاب | كتاب |
| كتابها | كتاب | كتاب |
| وبالمدرسة | مدرس | مدرس |
| مدينتهم | مدينتهم | مدين |
| مدينته | مدينت | مدين |
| بمدينة | بمدين | مدين |
| فللجامعات | فللجامع | جامع |
| سيستمرون | سيستمر | يستمر |
| سيارتنا | سيارتنا | سيار |
| قانونا | قانونا | قانونا |
| مستشفى | مستشف | مستشف |
| وجد | وجد | وجد |
| فلسطين | فلسط | فلسط |

**A second column.** With `norm_column`, the words in the spelling above, before anything is cut off, are written to a column
of that name.

**Which tokens have a stem.** Those made of Arabic letters and marks alone. Numbers, addresses, hashtags, `مادة5` and words
of other scripts have none, or, with `other = \"lowercase\"`, words of other scripts their own form in lower case. Persian
and Urdu words are written in the same letters and would be stemmed like Arabic ones: use `when = { lang = \"ar\" }` where
they occur.";

warraq_plugin::export_plugin! { stages: [definition] }

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "light-stem-ar.stem".into(),
            summary: "writes the stems of Arabic words (light10) into a column beside the tokens".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Columns]),
            order: Order::Parallel,
            schema: options::schema(),
            examples: vec![
                Example::new("Tokens stay as they are; words have stems", "قال رئيسُ المدينة.")
                    .after(&["tokenize.words"])
                    .unchanged()
                    .tokens(&["قال", "رئيسُ", "المدينة", "."])
                    .column("stem", &["قال", "رئيس", "مدين", ""]),
                Example::new("Further clitics, in a column of another name", "بمدينتهم لرئيسهم")
                    .options("variant = 'extended'\ncolumn = 'root'")
                    .after(&["tokenize.words"])
                    .column("root", &["مدين", "رئيس"]),
                Example::new("Names that are left alone, also behind clitics", "ولندن وباريس UCL")
                    .options("variant = 'extended'\nprotected = ['لندن']\nprotected_files = ['names.txt']\nother = 'lowercase'")
                    .after(&["tokenize.words"])
                    .file("names.txt", "# names\nباريس\n")
                    .column("stem", &["لندن", "باريس", "ucl"]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let (column, norm_column) = options.columns(cx.labels)?;
    Ok(Built::parallel(LightStem {
        stemmer: Arc::new(options.stemmer(cx.resources)?),
        column,
        norm_column,
        normalize: options.normalize,
        other: options.other,
    }))
}

/// The stage.
#[derive(Clone)]
struct LightStem {
    stemmer: Arc<Stemmer>,
    column: LabelId,
    norm_column: Option<LabelId>,
    normalize: bool,
    other: Other,
}

impl Stage for LightStem {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(AtWork { stage: self.clone(), scratch: String::new() })
    }
}

struct AtWork {
    stage: LightStem,
    /// The word at hand, normalised or in lower case.
    scratch: String,
}

impl AtWork {
    /// Fills a column with what `value` makes of the Arabic words.
    fn write(
        &mut self,
        doc: &DocView<'_>,
        out: &mut Changes,
        name: LabelId,
        value: for<'a> fn(&Stemmer, Arabic<'a>) -> &'a str,
    ) {
        let AtWork { stage, scratch } = self;
        let mut column = out.column(Layer::Tokens, name);
        for token in doc.tokens {
            let text = doc.slice(token.start, token.end);
            let arabic = if stage.normalize { normal::normalized(text, scratch) } else { normal::as_written(text) };
            match arabic {
                Some(arabic) => column.push(Some(value(&stage.stemmer, arabic))),
                None if stage.other == Other::Lowercase && token.kind == TokenKind::Word => {
                    scratch.clear();
                    scratch.extend(text.chars().flat_map(char::to_lowercase));
                    column.push(Some(scratch));
                }
                None => column.push(None),
            }
        }
    }
}

impl Worker for AtWork {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        self.write(doc, out, self.stage.column, |stemmer, arabic| stemmer.stem(arabic));
        if let Some(name) = self.stage.norm_column {
            self.write(doc, out, name, |_, arabic| arabic.word);
        }
        Ok(())
    }
}
