//! `tag.numbers`: numbers, percentages and amounts of money, with their values.

mod decimal;
mod lexicon;
mod scan;
#[cfg(test)]
mod tests;

use crate::fold::{Folder, Folds};
use crate::options;
use lexicon::Lexicon;
use scan::{Kind, Scan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Span, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Finds numbers in Arabic, English and French text, in digits and in words, and adds a span for each: `NUMBER`, or `PERCENT`
with a percent sign or word behind it, or `MONEY` with a currency before or behind it. The column `value` beside the spans is
the number, in ASCII digits with a full stop before the fraction and no exponent; the column `unit` is the currency, by its
ISO 4217 code, where the text says which. A tokenizer has to come first.

**Digits** may be those of ASCII, Arabic-Indic or Persian. Separators are read as they are meant: `1,250.75`, `1.250,75`,
`٣٬٥٠٠٫٢٥`, `3,5`; a comma with three digits behind it parts thousands (`1,250`), a lone full stop the fraction (`3.500` is
3.5). A token with other signs, such as a date or a time of day, is no number.

**Words.** `خمسة وعشرون`, `ثلاثة آلاف وخمسمئة`, `two hundred and fifty`, `quarante-deux`. A power of ten goes with digits too:
`3,5 ملايين` is 3500000. A number word alone counts only from eleven on, or with a percent sign or a currency: `one` and
`ثلاثة` are mostly said in passing. With `words = false` only numbers with digits in them are found.

**Currencies.** `$`, `دولار` and `dollar` without a country are US dollars; `ريال`, `دينار`, `درهم`, `جنيه`, `ليرة` and `franc`
have a `unit` only with one (`500 ريال سعودي` is `SAR`).

Clitics before a number (و, ب, ل) are no part of it. Spans do not overlap each other; those that the document has, such as the
dates of `tag.dates`, are left alone.";

/// The options of `tag.numbers`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Whether numbers in words are found.
    words: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { words: true }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    let example = |title, input| Example::new(title, input).after(&["tokenize.words"]);
    StageDef {
        info: StageInfo {
            name: "tag.numbers".into(),
            summary: "finds numbers, percentages and amounts of money, with their values".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens]),
            writes: Layers::of(&[Layer::Spans, Layer::Columns]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: vec![
                example("Digits, words and powers of ten", "نحو 3,5 ملايين نسمة، وثلاثة آلاف وخمسمئة بيت")
                    .spans(&[("NUMBER", "3,5 ملايين"), ("NUMBER", "ثلاثة آلاف وخمسمئة")])
                    .span_column("value", &["3500000", "3500"]),
                example("Money and percentages", "بلغ ٥٠٠ مليون ريال سعودي، أي 12.5% or $1,250.75")
                    .spans(&[("MONEY", "٥٠٠ مليون ريال سعودي"), ("PERCENT", "12.5%"), ("MONEY", "$1,250.75")])
                    .span_column("value", &["500000000", "12.5", "1250.75"])
                    .span_column("unit", &["SAR", "", "USD"]),
                example("Only digits", "two hundred and 40")
                    .options("words = false")
                    .spans(&[("NUMBER", "40")])
                    .span_column("value", &["40"]),
            ],
        },
        build: Box::new(build),
    }
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let folder = Folder::new(Folds::default());
    let lexicon = Lexicon::new(&folder);
    let label = |name| cx.labels.intern(name);
    Ok(Built::parallel(Numbers {
        shared: Arc::new((folder, lexicon)),
        words: options.words,
        labels: [label("NUMBER"), label("PERCENT"), label("MONEY")],
        value: label("value"),
        unit: label("unit"),
        source: label(cx.name),
        scan: Scan::default(),
    }))
}

#[derive(Clone)]
struct Numbers {
    shared: Arc<(Folder, Lexicon)>,
    words: bool,
    /// By kind: number, percent, money.
    labels: [LabelId; 3],
    value: LabelId,
    unit: LabelId,
    source: LabelId,
    scan: Scan,
}

impl Stage for Numbers {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Numbers {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let (folder, lexicon) = &*self.shared;
        self.scan.read(doc, lexicon, folder, self.words);
        let (found, labels, source) = (self.scan.found(), self.labels, self.source);
        if found.is_empty() {
            return Ok(());
        }
        out.spans().extend(found.iter().map(|found| Span {
            start: found.start,
            end: found.end,
            label: match found.kind {
                Kind::Number => labels[0],
                Kind::Percent => labels[1],
                Kind::Money(_) => labels[2],
            },
            score: f32::NAN,
            source,
        }));
        let mut column = out.column(Layer::Spans, self.value);
        found.iter().for_each(|found| column.push(Some(self.scan.value(found))));
        if found.iter().any(|found| matches!(found.kind, Kind::Money(Some(_)))) {
            let mut column = out.column(Layer::Spans, self.unit);
            found.iter().for_each(|found| {
                column.push(match found.kind {
                    Kind::Money(code) => code,
                    _ => None,
                });
            });
        }
        Ok(())
    }
}
