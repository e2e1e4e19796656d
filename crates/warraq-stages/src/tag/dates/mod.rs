//! `tag.dates`: expressions of time, with what they are worth.

mod grammar;
mod items;
mod lexicon;
#[cfg(test)]
mod tests;
mod value;

use crate::fold::{Folder, Folds};
use crate::options;
use grammar::Grammar;
use items::Items;
use lexicon::Lexicon;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use value::{Expression, Kind};
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Span, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Finds dates, times of day and lengths of time in Arabic, English and French text, adds a span for each, and says in the
column `value` beside the spans what it is worth, as TIMEX3 of TimeML 1.2.1 has it. A tokenizer has to come first.

| label | for example | `value` |
|---|---|---|
| `DATE` | 15 يوليو 2016, July 15, 2016, 15/7/2016, ٢٠١٦-٠٧-١٥ | `2016-07-15` |
| `DATE` | يوليو الماضي, last July | `XXXX-07`; resolved, `2015-07` |
| `DATE` | الاثنين, Monday | `XXXX-WXX-1`; resolved, the last such day |
| `DATE` | الشهر الماضي, last week, hier, قبل عامين | `XXXX-XX` and so on; resolved, `2016-07` |
| `DATE` | منذ 2009, in 2009, عام 2009 | `2009` |
| `DATE` | ١ رمضان ١٤٣٦هـ | `2015-06-18` |
| `TIME` | 10:30, الساعة 10 مساء, 10 pm | `T22:00` |
| `DURATION` | أكثر من عام, three days, شهرين | `P1Y` with `mod` `MORE_THAN`, `P3D`, `P2M` |
| `SET` | كل يوم, every Monday | `P1D`, `XXXX-WXX-1` |

**Resolved or not.** What an expression like *yesterday* is worth depends on the day of writing. It is read from the field of
the record that `date_field` names, where that begins with an ISO 8601 date (`2016-08-02`, whatever follows). Without it,
nothing is guessed: what is not known stays `X`. A weekday is the last such day, the day of writing included, unless it is
said to be next; a day of a month without a year is the nearest one; a month that is only named stays without a year.

**Months** are known by their Levantine names (تموز), those of Egypt and the Gulf (يوليو), of Tunisia and Algeria (جويلية) and of
Morocco (يوليوز), also two at a time (تموز/يوليو), and by the Hijri and Persian names. Dates of these two calendars have the
column `native` besides, such as `hijri:1436-09-01`; their `value` is the Gregorian date, after the Umm al-Qura calendar,
and is there only where day, month and year are. Names that are ordinary words too (مارس, آب, May) count only beside a day, a
year or a word that asks for a month.

**Years.** Four digits are a year behind a month, before `م` or `هـ`, and after `عام`, `منذ`, `since` and the like. Dates in
digits have the day first; with `month_first = true` the month, as in the United States.

Clitics before an expression (وفي يوليو, بالعام الماضي) are no part of it. Spans do not overlap each other; those that the
document has are left alone. Times of day are not joined to the dates beside them.";

/// The options of `tag.dates`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// The field of the record that holds the day of writing, as an ISO 8601 date.
    date_field: String,
    /// Whether `7/5/2016` is the fifth of July and not the seventh of May.
    month_first: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options { date_field: "date".into(), month_first: false }
    }
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tag.dates".into(),
            summary: "finds dates, times and durations, with their TIMEX3 values".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens, Layer::Meta]),
            writes: Layers::of(&[Layer::Spans, Layer::Columns]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    let example = |title, input| Example::new(title, input).after(&["tokenize.words"]);
    vec![
        example("What is not known stays open", "وفي يوليو الماضي، قال الاثنين إنه هناك منذ أكثر من عام")
            .spans(&[("DATE", "يوليو الماضي"), ("DATE", "الاثنين"), ("DURATION", "أكثر من عام")])
            .span_column("value", &["XXXX-07", "XXXX-WXX-1", "P1Y"])
            .span_column("mod", &["", "", "MORE_THAN"]),
        example("Resolved from the day of writing", "غادر أمس وعاد في الشهر الماضي، in 3 years")
            .field("date", "\"2016-08-02T10:00:00+03:00\"")
            .spans(&[("DATE", "أمس"), ("DATE", "الشهر الماضي"), ("DURATION", "3 years")])
            .span_column("value", &["2016-08-01", "2016-07", "P3Y"]),
        example("Several calendars and ways to write", "15 تموز/يوليو 2016 و١ رمضان ١٤٣٦هـ، 15/7/2016")
            .spans(&[("DATE", "15 تموز/يوليو 2016"), ("DATE", "١ رمضان ١٤٣٦هـ"), ("DATE", "15/7/2016")])
            .span_column("value", &["2016-07-15", "2015-06-18", "2016-07-15"])
            .span_column("native", &["", "hijri:1436-09-01", ""]),
        example("English and French", "On July 15, 2016 at 10:30 pm; le 3 mars 2015, il y a deux ans")
            .spans(&[
                ("DATE", "July 15, 2016"),
                ("TIME", "10:30 pm"),
                ("DATE", "3 mars 2015"),
                ("DATE", "il y a deux ans"),
            ])
            .span_column("value", &["2016-07-15", "T22:30", "2015-03-03", "XXXX"]),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let folder = Folder::new(Folds::default());
    let lexicon = Lexicon::new(&folder);
    let label = |name| cx.labels.intern(name);
    Ok(Built::parallel(Dates {
        shared: Arc::new(Shared { folder, lexicon, options }),
        labels: [label("DATE"), label("TIME"), label("DURATION"), label("SET")],
        value: label("value"),
        modifier: label("mod"),
        native: label("native"),
        source: label(cx.name),
        items: Items::default(),
        found: Vec::new(),
        text: String::new(),
    }))
}

struct Shared {
    folder: Folder,
    lexicon: Lexicon,
    options: Options,
}

#[derive(Clone)]
struct Dates {
    shared: Arc<Shared>,
    /// By kind: date, time, duration, set.
    labels: [LabelId; 4],
    value: LabelId,
    modifier: LabelId,
    native: LabelId,
    source: LabelId,
    items: Items,
    found: Vec<grammar::Found>,
    /// A value while it is made.
    text: String,
}

impl Stage for Dates {
    fn reads(&self) -> Option<Layers> {
        // The day of writing is read where there is one.
        Some(Layers::of(&[Layer::Text, Layer::Tokens]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(self.clone())
    }
}

impl Worker for Dates {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let Shared { folder, lexicon, options } = &*self.shared;
        self.items.read(doc, lexicon, folder);
        let grammar = Grammar { text: doc.text, items: &self.items.list, lexicon, month_first: options.month_first };
        self.found.clear();
        grammar.search(|found| self.found.push(found));
        if self.found.is_empty() {
            return Ok(());
        }
        let (labels, source) = (self.labels, self.source);
        out.spans().extend(self.found.iter().map(|found| Span {
            start: found.start,
            end: found.end,
            label: match found.expression.kind() {
                Kind::Date => labels[0],
                Kind::Time => labels[1],
                Kind::Duration => labels[2],
                Kind::Set => labels[3],
            },
            score: f32::NAN,
            source,
        }));
        let anchor = doc.meta.get(&options.date_field).and_then(value::anchor);
        let text = &mut self.text;
        let mut column = out.column(Layer::Spans, self.value);
        for found in &self.found {
            text.clear();
            found.expression.value(anchor, text);
            column.push((!text.is_empty()).then_some(text));
        }
        if self.found.iter().any(|found| found.modifier.is_some()) {
            let mut column = out.column(Layer::Spans, self.modifier);
            self.found.iter().for_each(|found| column.push(found.modifier.map(value::Mod::name)));
        }
        let is_native = |found: &grammar::Found| matches!(found.expression, Expression::Date(parts) if parts.calendar != value::Calendar::Gregorian);
        if self.found.iter().any(is_native) {
            let mut column = out.column(Layer::Spans, self.native);
            for found in &self.found {
                text.clear();
                if let Expression::Date(parts) = found.expression {
                    parts.native(text);
                }
                column.push((!text.is_empty()).then_some(text));
            }
        }
        Ok(())
    }
}
