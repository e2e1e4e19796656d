//! `tag.entities`: finds names of people, places, organisations and whatever else a model was taught.

#[cfg(test)]
pub(crate) mod tests;

use crate::model::{self, Kind};
use crate::options;
use crate::sequence::{Bio, Labeller, Model, entities};
use crate::train::Forms;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Span, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Finds entities and adds a span for each, by a model that `warraq train entities` made from annotated documents. The labels
are those of these documents. No model is part of the program.

Entities begin and end with words of the document (`tokenize.segment-ar`), so that a conjunction or preposition written to a
name stays outside; a document without words is taken token by token. A stage that finds sentences should come before, as no
entity goes on in the next sentence; without sentences, the document is one.

The model is linear (an averaged perceptron). It goes through a sentence from left to right and decides for each word whether
an entity begins, goes on or is none, by the word, its first and last four letters and its shape, two words on either side,
and the last two decisions.

**Hints.** A model may have been taught with the spans of another stage as hints (`warraq train entities --hints NAME`), such
as those of `tag.gazetteer`. It then reads the spans whose source is that name, so a stage of that name has to come before.
They stay as they are.

Spans carry no score; their source is the stage's name in the pipeline. Spans that the document already has stay.";

/// The options of `tag.entities`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// A model of `warraq train entities`.
    model: String,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tag.entities".into(),
            summary: "finds names of people, places and organisations, by a trained model".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[
                Layer::Text,
                Layer::Tokens,
                Layer::Words,
                Layer::Columns,
                Layer::Sentences,
                Layer::Spans,
            ]),
            writes: Layers::of(&[Layer::Spans]),
            order: Order::Parallel,
            schema: options::schema::<Options>(),
            examples: examples(),
        },
        build: Box::new(build),
    }
}

fn examples() -> Vec<Example> {
    let example = |title, input| {
        let example = Example::new(title, input).after(&["tokenize.words"]).options("model = \"tiny.model\"");
        example.file("tiny.model", include_str!("example.model"))
    };
    vec![
        example("A model of a few sentences", "Samira lives in Nablus.").spans(&[("PER", "Samira"), ("LOC", "Nablus")]),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let model = model::load(&options.model, Kind::Entities, cx, Model::read)?;
    let decisions = (model.labels.iter())
        .map(|label| match Bio::parse(label) {
            Bio::Outside => Bio::Outside,
            Bio::Begin(name) => Bio::Begin(cx.labels.intern(name)),
            Bio::Inside(name) => Bio::Inside(cx.labels.intern(name)),
        })
        .collect();
    Ok(Built::parallel(Entities {
        decisions,
        hints: model.hints.as_deref().map(|name| cx.labels.intern(name)),
        labels: cx.labels.clone(),
        model: Arc::new(model),
        form: cx.labels.intern("form"),
        source: cx.labels.intern(cx.name),
    }))
}

#[derive(Clone)]
struct Entities {
    model: Arc<Model>,
    /// What each label of the model means.
    decisions: Arc<[Bio<LabelId>]>,
    hints: Option<LabelId>,
    labels: warraq_core::Labels,
    form: LabelId,
    source: LabelId,
}

impl Stage for Entities {
    /// Words and sentences help where there are any.
    fn reads(&self) -> Option<Layers> {
        let hints = if self.hints.is_some() { Layers::of(&[Layer::Spans]) } else { Layers::NONE };
        Some(Layers::of(&[Layer::Text, Layer::Tokens]).union(hints))
    }

    fn worker(&self) -> Box<dyn Worker> {
        let hints = self.hints.map(|source| (source, self.labels.names()));
        Box::new(Finder { entities: self.clone(), labeller: Labeller::new(Arc::clone(&self.model), hints) })
    }
}

struct Finder {
    entities: Entities,
    labeller: Labeller,
}

impl Worker for Finder {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let Entities { decisions, form, source, .. } = &self.entities;
        let forms = Forms::new(doc, *form);
        let spans = out.spans();
        let labels = self.labeller.label(doc, &forms);
        for sentence in forms.sentences() {
            let first = sentence.start;
            entities(labels[sentence].iter().map(|&label| decisions[usize::from(label)]), |places, label| {
                let range = |n: usize| forms.range(first + n);
                // Words without a surface cover nothing.
                let (start, end) = (range(places.start).0, range(places.end - 1).1);
                if start < end {
                    spans.push(Span { start, end, label, score: f32::NAN, source: *source });
                }
            });
        }
        Ok(())
    }
}
