//! `clean.news`: the furniture of news pages, line by line.

mod dateline;
pub(crate) mod features;
pub(crate) mod headline;
mod names;
mod rules;
#[cfg(test)]
mod tests;

use crate::clean::cut;
use crate::fold::Folder;
use crate::options;
use dateline::Dateline;
use headline::Headlines;
use names::Names;
use rules::Rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Span, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Finds what a news page sets around its article, a line at a time, and takes it out, marks it, or leaves it, kind by kind:

| option | what it is | unless you say otherwise |
|---|---|---|
| `dateline` | a line at the top with place, publisher, agency or date: «الرياض - واس», `Daily Courier \\| London, 4 May 2021` | `remove` |
| `inline_dateline` | the same before the first sentence of a paragraph: `PARIS (Reuters) - ` | `annotate` |
| `byline` | who wrote it: «كتب: محمد العلي», `By Jane Smith`, a name and a place | `annotate` |
| `agency` | a line with nothing but the names of agencies: «(أ ف ب)» | `annotate` |
| `source` | where it was first: «المصدر: …», «رابط الخبر: …» | `annotate` |
| `related_headline` | headlines of other articles between the paragraphs of this one | `remove` |
| `read_also` | «اقرأ أيضا: …», `Related stories`, `À lire aussi`, with the titles below | `remove` |
| `share` | buttons and invitations to share, follow or subscribe | `remove` |
| `copyright` | who has the rights | `remove` |
| `end_mark` | «// انتهى //», `-30-` | `remove` |

What points away from the article goes; what says who wrote it, and may be wanted, is a span. With `remove`, the line goes and
is on record under the option's name written with hyphens (`related-headline`), which `trace` shows; with `annotate`, it becomes
a span of that label; with `keep`, it is not touched. The rest of the text stays as it is, byte for byte.

**Datelines** are taken apart, whether they stay or go: the field `dateline` then has `text` and, where they are written,
`publisher`, `places`, `credit` and `date`, each as it is written there. Nothing is inferred: a date without a year has none, and
a name before a dash is no publisher unless `publishers` names it. Every part of a dateline must be known (a place, an agency, a
date, a publisher) or be in brackets, except for the publisher before a `|`; a place alone is a dateline only before a sentence
and a dash. Places and agencies are lists in Arabic, English and French; `places` adds more.

**Related headlines** say nothing of themselves, and look like subheads. Each line that lies between others, has 4 to 130
characters and no full stop, colon or comma at its end gets a score: a sum of weights for how it and its neighbours end, its
length, the words it shares with the rest of the article (lightly stemmed), function words, words that refer back (الذي، هذا,
`which`), how it begins (`و`, a bullet, a number, a verb in the present), and how many such lines the article has. The score is
the logarithm of the odds; the line is taken for a headline above `threshold`. A higher one lets more headlines stay and takes
out fewer subheads. The weights were learned from Arabic news into which headlines had been set; in English and French the same
features hold, but less is known of how well. In a text most of whose lines are short and end without a stop (lists, poems,
hard-wrapped text) no line is taken for one. In a span, the score is the probability.

Lines end with `\\n`; `clean.whitespace` before this stage makes other line ends that. Lines that come back in every article of a
site are found by `clean.repeated-lines`.";

/// What becomes of a kind of furniture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Action {
    /// It goes, and is on record.
    Remove,
    /// It stays, and is a span.
    Annotate,
    /// It stays, and is not looked at.
    Keep,
}

/// The options of `clean.news`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Options {
    /// Lines at the top with place, publisher, agency or date.
    dateline: Action,
    /// Datelines before the first sentence of a paragraph.
    inline_dateline: Action,
    /// Lines that name the writer.
    byline: Action,
    /// Lines of nothing but agencies.
    agency: Action,
    /// Lines that name the source or link to it.
    source: Action,
    /// Headlines of other articles between paragraphs.
    related_headline: Action,
    /// "Read also" and what follows it.
    read_also: Action,
    /// Invitations to share, follow or subscribe.
    share: Action,
    /// Notes on rights.
    copyright: Action,
    /// Marks of the end.
    end_mark: Action,
    /// The score above which a line is taken for a related headline.
    threshold: f64,
    /// Names of publishers, as they stand in datelines.
    publishers: Vec<String>,
    /// Names of further places, as they stand in datelines.
    places: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            dateline: Action::Remove,
            inline_dateline: Action::Annotate,
            byline: Action::Annotate,
            agency: Action::Annotate,
            source: Action::Annotate,
            related_headline: Action::Remove,
            read_also: Action::Remove,
            share: Action::Remove,
            copyright: Action::Remove,
            end_mark: Action::Remove,
            threshold: 1.0,
            publishers: Vec::new(),
            places: Vec::new(),
        }
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Dateline,
    InlineDateline,
    Byline,
    Agency,
    Source,
    RelatedHeadline,
    ReadAlso,
    Share,
    Copyright,
    EndMark,
}

impl Kind {
    const LABELS: [&str; 10] = [
        "dateline",
        "inline-dateline",
        "byline",
        "agency",
        "source",
        "related-headline",
        "read-also",
        "share",
        "copyright",
        "end-mark",
    ];
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "clean.news".into(),
            summary: "datelines, related headlines, share lines and other furniture of news pages".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text]),
            writes: Layers::of(&[Layer::Text, Layer::Meta, Layer::Spans]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    vec![
        Example::new("A dateline is taken apart", "صحيفة الغد | عمّان - الأردن (خاص)\nافتتح الوزير المعرض أمس.")
            .text("افتتح الوزير المعرض أمس.")
            .removed(&[("dateline", "صحيفة الغد | عمّان - الأردن (خاص)\n")])
            .meta(&[(
                "dateline",
                r#"{"text":"صحيفة الغد | عمّان - الأردن (خاص)","publisher":"صحيفة الغد","places":["عمّان","الأردن"],"credit":"خاص"}"#,
            )]),
        Example::new("Before a sentence it stays, and is a span", "PARIS (Reuters) - The minister arrived on Monday.")
            .unchanged()
            .spans(&[("inline-dateline", "PARIS (Reuters) -")])
            .meta(&[("dateline", r#"{"text":"PARIS (Reuters) -","places":["PARIS"],"credit":"Reuters"}"#)]),
        Example::new(
            "A headline of another article",
            "هطلت أمطار غزيرة على المدينة أمس، وأغلقت البلدية طرقا عدة في وسطها.\nالمنتخب يتأهل إلى نهائي البطولة الآسيوية\nوقالت البلدية إن الطرق ستبقى مغلقة حتى تتوقف الأمطار.\nودعت السكان إلى البقاء في منازلهم.",
        )
        .text("هطلت أمطار غزيرة على المدينة أمس، وأغلقت البلدية طرقا عدة في وسطها.\nوقالت البلدية إن الطرق ستبقى مغلقة حتى تتوقف الأمطار.\nودعت السكان إلى البقاء في منازلهم.")
        .removed(&[("related-headline", "المنتخب يتأهل إلى نهائي البطولة الآسيوية\n")]),
        Example::new("The end of a page", "The port opens again on Monday.\nBy Jane Smith\nRead also: Storm closes roads\nFacebook Twitter WhatsApp\n© 2021 Courier")
            .text("The port opens again on Monday.\nBy Jane Smith")
            .spans(&[("byline", "By Jane Smith")])
            .removed(&[
                ("read-also", "\nRead also: Storm closes roads"),
                ("share", "\nFacebook Twitter WhatsApp"),
                ("copyright", "\n© 2021 Courier"),
            ]),
        Example::new("Everything can stay and be marked", "اختتم المعرض أعماله.\n// انتهى //")
            .options("end_mark = 'annotate'")
            .unchanged()
            .spans(&[("end-mark", "// انتهى //")]),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    if !options.threshold.is_finite() {
        return Err(OptionError::new("threshold", "a threshold is a number"));
    }
    for (option, list) in [("publishers", &options.publishers), ("places", &options.places)] {
        if let Some(n) = list.iter().position(|name| !name.contains(char::is_alphanumeric)) {
            return Err(OptionError::new(format!("{option}[{n}]"), "a name has at least one letter"));
        }
    }
    let mut names = Names::new(&options.publishers);
    options.places.iter().for_each(|place| names.add(place, names::Name::Place));
    let actions = [
        options.dateline,
        options.inline_dateline,
        options.byline,
        options.agency,
        options.source,
        options.related_headline,
        options.read_also,
        options.share,
        options.copyright,
        options.end_mark,
    ];
    Ok(Built::parallel(News {
        rules: Rules::new(&names),
        names: Arc::new(names),
        actions,
        labels: Kind::LABELS.map(|label| cx.labels.intern(label)),
        source: cx.labels.intern(cx.name),
        threshold: options.threshold,
    }))
}

struct News {
    rules: Rules,
    names: Arc<Names>,
    /// By kind.
    actions: [Action; 10],
    labels: [LabelId; 10],
    source: LabelId,
    threshold: f64,
}

impl Stage for News {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(NewsWorker {
            // A clone has search caches of its own, which no other thread waits for.
            rules: self.rules.clone(),
            names: Arc::clone(&self.names),
            actions: self.actions,
            labels: self.labels,
            source: self.source,
            threshold: self.threshold,
            headlines: Headlines::new(),
            folder: rules::folder(),
            folded: String::new(),
            lines: Vec::new(),
            kinds: Vec::new(),
        })
    }
}

struct NewsWorker {
    rules: Rules,
    names: Arc<Names>,
    actions: [Action; 10],
    labels: [LabelId; 10],
    source: LabelId,
    threshold: f64,
    headlines: Headlines,
    folder: Folder,
    folded: String,
    lines: Vec<Range<usize>>,
    /// What each line is, and how likely, where that is known.
    kinds: Vec<Option<(Kind, f32)>>,
}

/// Among so many lines from the top a dateline is looked for, and a byline, as among the last ones.
const EDGE: usize = 3;
/// The most titles below a heading such as "Read also".
const MOST_TITLES: usize = 8;

impl Worker for NewsWorker {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        cut::lines(doc.text, &mut self.lines);
        self.kinds.clear();
        self.kinds.resize(self.lines.len(), None);
        self.read_rules(doc.text);
        let opening = self.read_datelines(doc.text, out);
        if self.actions[Kind::RelatedHeadline as usize] != Action::Keep {
            let NewsWorker { headlines, lines, kinds, threshold, .. } = self;
            let mut found = Vec::new();
            let is_known = |n: usize| kinds[n].is_some();
            headlines.find(doc.text, lines, is_known, *threshold, |n, score| found.push((n, score)));
            for (n, score) in found {
                kinds[n] = Some((Kind::RelatedHeadline, (1.0 / (1.0 + (-score).exp())) as f32));
            }
        }
        self.carry_out(doc.text, opening, out);
        Ok(())
    }
}

impl NewsWorker {
    /// Lines that say what they are.
    fn read_rules(&mut self, text: &str) {
        let count = self.lines.len();
        let mut titles = 0;
        for n in 0..count {
            let line = &text[self.lines[n].clone()];
            let edge = n < EDGE || n + EDGE >= count;
            let kind = self.rules.kind(line, edge, &self.folder, &mut self.folded);
            let kind = match kind {
                None if titles > 0 && features::is_title(line) => Some(Kind::ReadAlso),
                None if n < EDGE - 1 && dateline::is_signature(features::trim(line), &self.names) => Some(Kind::Byline),
                kind => kind,
            };
            titles = match kind {
                Some(Kind::ReadAlso) if titles > 0 => titles - 1,
                Some(Kind::ReadAlso) if Rules::is_heading(line) => MOST_TITLES,
                _ => 0,
            };
            self.kinds[n] = kind.map(|kind| (kind, f32::NAN));
        }
    }

    /// The first dateline, whose parts go to the field `dateline`. If it opens a paragraph, it is returned with its line.
    fn read_datelines(&mut self, text: &str, out: &mut Changes) -> Option<Range<usize>> {
        for n in 0..EDGE.min(self.lines.len()) {
            let line = self.lines[n].clone();
            let trimmed = features::trim(&text[line.clone()]);
            let start = line.start + (trimmed.as_ptr() as usize - text[line.clone()].as_ptr() as usize);
            if let Some(found) = dateline::line(trimmed, &self.names) {
                if self.actions[Kind::Dateline as usize] != Action::Keep {
                    out.meta("dateline", &json(trimmed, trimmed, &found));
                }
                self.kinds[n] = Some((Kind::Dateline, f32::NAN));
                return None;
            }
            if let Some((found, end)) = dateline::opening(trimmed, &self.names) {
                let written = trimmed[..end].trim_end();
                if self.actions[Kind::InlineDateline as usize] == Action::Keep {
                    return None;
                }
                out.meta("dateline", &json(written, trimmed, &found));
                let end = match self.actions[Kind::InlineDateline as usize] {
                    Action::Remove => start + end,
                    _ => start + written.len(),
                };
                return Some(start..end);
            }
        }
        None
    }

    fn carry_out(&mut self, text: &str, opening: Option<Range<usize>>, out: &mut Changes) {
        let inline = Kind::InlineDateline as usize;
        let spans = self.lines.iter().zip(&self.kinds).filter_map(|(line, kind)| {
            let (kind, score) = (*kind)?;
            let trimmed = features::trim(&text[line.clone()]);
            let start = line.start + (trimmed.as_ptr() as usize - text[line.clone()].as_ptr() as usize);
            (self.actions[kind as usize] == Action::Annotate)
                .then(|| (start..start + trimmed.len(), kind as usize, score))
        });
        let opened = opening.clone().filter(|_| self.actions[inline] == Action::Annotate);
        let spans = opened.into_iter().map(|range| (range, inline, f32::NAN)).chain(spans);
        out.spans().extend(spans.map(|(range, kind, score)| Span {
            start: range.start as u32,
            end: range.end as u32,
            label: self.labels[kind],
            score,
            source: self.source,
        }));
        let opening = opening.filter(|_| self.actions[inline] == Action::Remove);
        let (kinds, actions, labels) = (&self.kinds, &self.actions, &self.labels);
        let gone = |n: usize| {
            let (kind, _) = kinds[n]?;
            (actions[kind as usize] == Action::Remove).then(|| (labels[kind as usize], None))
        };
        cut::remove(text, &self.lines, gone, opening.map(|range| (range, labels[inline])), out);
    }
}

/// What a dateline says, as JSON.
fn json(written: &str, line: &str, dateline: &Dateline) -> String {
    #[derive(Serialize)]
    struct Fields<'a> {
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        publisher: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        places: Vec<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        credit: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        date: Option<&'a str>,
    }
    let part = |range: &Range<usize>| &line[range.clone()];
    let fields = Fields {
        text: written,
        publisher: dateline.publisher.as_ref().map(part),
        places: dateline.places.iter().map(part).collect(),
        credit: dateline.credit.as_ref().map(part),
        date: dateline.date.as_ref().map(part),
    };
    serde_json::to_string(&fields).unwrap_or_else(|e| unreachable!("strings are JSON: {e}"))
}
