//! `tag.pos`: gives each word its part of speech.

#[cfg(test)]
pub(crate) mod tests;

use crate::model::{self, Kind};
use crate::options;
use crate::sequence::{Labeller, Model};
use crate::train::Forms;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use warraq_core::{
    BuildContext, Built, Changes, DocView, Example, LabelId, Layer, Layers, OptionError, Order, Result, Stage,
    StageDef, StageInfo, Worker, parse_options,
};

const MANUAL: &str = "\
Gives each word its part of speech in the column `upos`, by a model that `warraq train tagger` made from a treebank. The
tags are those of the treebank; the treebanks of Universal Dependencies have `NOUN`, `VERB`, `ADJ` and so on. No model is
part of the program.

The words are the document's, with their forms (`tokenize.segment-ar`); a document without words is tagged token by token.
They should be parted as in the treebank. The tags of a sentence do not depend on other sentences, so a stage that finds
sentences should come before; without sentences, the document is one.

The model is linear (an averaged perceptron). It goes through a sentence from left to right and looks at each word, its first
and last four letters and its shape (capitals, digits), at two words on either side, and at the last two tags. Words that
were frequent in the treebank and always had one tag get that.";

/// The options of `tag.pos`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// A model of `warraq train tagger`.
    model: String,
}

/// What the stage is.
pub fn definition() -> StageDef {
    StageDef {
        info: StageInfo {
            name: "tag.pos".into(),
            summary: "gives each word its part of speech, by a trained model".into(),
            manual: MANUAL.into(),
            reads: Layers::of(&[Layer::Text, Layer::Tokens, Layer::Words, Layer::Columns, Layer::Sentences]),
            writes: Layers::of(&[Layer::Columns]),
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
        example("A model of a few sentences", "The old baker sings.")
            .column("upos", &["DET", "ADJ", "NOUN", "VERB", "PUNCT"]),
    ]
}

fn build(options: serde_json::Value, cx: &mut BuildContext<'_>) -> std::result::Result<Built, OptionError> {
    let options: Options = parse_options(options)?;
    let model = Arc::new(model::load(&options.model, Kind::Tagger, cx, Model::read)?);
    Ok(Built::parallel(Pos { model, form: cx.labels.intern("form"), upos: cx.labels.intern("upos") }))
}

#[derive(Clone)]
struct Pos {
    model: Arc<Model>,
    form: LabelId,
    upos: LabelId,
}

impl Stage for Pos {
    /// Words and sentences help where there are any.
    fn reads(&self) -> Option<Layers> {
        Some(Layers::of(&[Layer::Text, Layer::Tokens]))
    }

    fn worker(&self) -> Box<dyn Worker> {
        Box::new(Tagger { pos: self.clone(), labeller: Labeller::new(Arc::clone(&self.model), None) })
    }
}

struct Tagger {
    pos: Pos,
    labeller: Labeller,
}

impl Worker for Tagger {
    fn process(&mut self, doc: &DocView<'_>, out: &mut Changes) -> Result<()> {
        let Pos { model, form, upos } = &self.pos;
        let forms = Forms::new(doc, *form);
        let mut column = out.column(forms.layer, *upos);
        for &label in self.labeller.label(doc, &forms) {
            column.push(Some(&model.labels[usize::from(label)]));
        }
        Ok(())
    }
}
