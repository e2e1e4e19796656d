//! Holding a model against documents with the right answers, by the stage that will use it.

use super::{Corpus, Forms, Kind, ModelError, Score, common, forms::words_of_tokens};
use crate::model;
use serde_json::json;
use std::collections::BTreeMap;
use warraq_core::{
    BuildContext, Built, Changes, Document, LabelId, Labels, Layer, Layers, MemoryResources, StageDef, Worker,
};

/// What a model does on a corpus.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the model is for.
    pub kind: Kind,
    /// What whoever trained it calls it.
    pub name: String,
    /// What was measured, and the result; the first is the one to compare models by.
    pub scores: Vec<(String, Score)>,
}

/// Measures a model on documents with the layers that it was trained on.
///
/// * A segmenter: the words in the tokens of the corpus, and those in the tokens that `tokenize.words` finds in its text. Words
///   count as in the evaluation of the CoNLL 2018 shared task: by form, aligned inside a token whose ends are right.
/// * A tagger: the tags of the words of the corpus.
/// * Entities: the spans, all and by label. A span is right if its label and both its ends are.
///
/// # Errors
/// When `file` is not a model that can be used, or its stage fails on a document.
pub fn evaluate(file: &[u8], corpus: &Corpus) -> Result<Report, ModelError> {
    let payload = model::open(file)?;
    let mut hand = Hand::new(&stage(payload.kind), Some(file), &corpus.labels)?;
    let scores = match payload.kind {
        Kind::Segmenter => {
            let mut tokenizer = Hand::new(&crate::tokenize::words::definition(), None, &corpus.labels)?;
            let (mut gold_tokens, mut raw) = (Score::default(), Score::default());
            for gold in &corpus.documents {
                let mut doc = copy(gold, &corpus.labels, &[Layer::Tokens]);
                hand.run(&mut doc)?;
                words(gold, &doc, &corpus.labels, &mut gold_tokens);
                let mut doc = copy(gold, &corpus.labels, &[]);
                tokenizer.run(&mut doc)?;
                hand.run(&mut doc)?;
                words(gold, &doc, &corpus.labels, &mut raw);
            }
            vec![("words, from raw text".into(), raw), ("words, in the given tokens".into(), gold_tokens)]
        }
        Kind::Tagger => {
            let mut score = Score::default();
            for gold in &corpus.documents {
                let mut doc = copy(gold, &corpus.labels, &[Layer::Tokens, Layer::Sentences, Layer::Words]);
                hand.run(&mut doc)?;
                tags(gold, &doc, corpus.labels.intern("upos"), &mut score);
            }
            vec![("upos".into(), score)]
        }
        Kind::Entities => {
            let hints = crate::sequence::hints(&payload.bytes)?;
            let hints = hints.map(|name| corpus.labels.intern(&name));
            let mut by_label = BTreeMap::<String, Score>::new();
            for gold in &corpus.documents {
                let layers = [Layer::Tokens, Layer::Sentences, Layer::Words, Layer::Spans];
                let mut doc = copy(gold, &corpus.labels, &layers);
                let mut changes = Changes::new();
                changes.clear_spans();
                changes.spans().extend(gold.spans().iter().filter(|span| Some(span.source) == hints));
                let kept = changes.spans().len();
                apply(&mut doc, &mut changes)?;
                hand.run(&mut doc)?;
                entities(gold, &doc.spans()[kept..], hints, &corpus.labels, &mut by_label);
            }
            let mut all = Score::default();
            by_label.values().for_each(|score| all.add(score.right, score.found, score.gold));
            std::iter::once(("entities".into(), all)).chain(by_label).collect()
        }
    };
    Ok(Report { kind: payload.kind, name: payload.name, scores })
}

fn stage(kind: Kind) -> StageDef {
    match kind {
        Kind::Segmenter => crate::tokenize::segment_ar::definition(),
        Kind::Tagger => crate::tag::pos::definition(),
        Kind::Entities => crate::tag::entities::definition(),
    }
}

/// A stage at work.
struct Hand {
    worker: Box<dyn Worker>,
    changes: Changes,
}

impl Hand {
    fn new(stage: &StageDef, model: Option<&[u8]>, labels: &Labels) -> Result<Self, ModelError> {
        let mut files = MemoryResources::new();
        let mut options = json!({});
        if let Some(model) = model {
            files = files.with("model", model);
            options = json!({"model": "model"});
        }
        let mut cx = BuildContext::new(&stage.info.name, labels, &mut files);
        match (stage.build)(options, &mut cx) {
            Ok(Built::Parallel(built)) => Ok(Hand { worker: built.worker(), changes: Changes::new() }),
            Ok(_) => Err(ModelError::new("the stage is not one of single documents")),
            Err(e) => Err(ModelError::new(e.message)),
        }
    }

    fn run(&mut self, doc: &mut Document) -> Result<(), ModelError> {
        self.changes.clear();
        self.worker.process(&doc.view(), &mut self.changes).map_err(|e| ModelError::new(e.to_string()))?;
        apply(doc, &mut self.changes)
    }
}

fn apply(doc: &mut Document, changes: &mut Changes) -> Result<(), ModelError> {
    doc.apply(changes, 0, Layers::ALL).map_err(|e| ModelError::new(e.to_string()))
}

/// A document of the same text with these layers, of columns only the forms of words.
fn copy(doc: &Document, labels: &Labels, layers: &[Layer]) -> Document {
    let layers = Layers::of(layers);
    let mut copy = Document::with_text(doc.id(), doc.text());
    copy.set_lang(doc.lang().unwrap_or_default());
    let mut changes = Changes::new();
    if layers.contains(Layer::Tokens) {
        changes.tokens().extend_from_slice(doc.tokens());
    }
    if layers.contains(Layer::Sentences) {
        changes.sentences().extend_from_slice(doc.sentences());
    }
    if layers.contains(Layer::Words) && !doc.words().is_empty() {
        changes.words().extend_from_slice(doc.words());
        let form = labels.intern("form");
        if let Some(column) = doc.column(Layer::Words, form) {
            let mut writer = changes.column(Layer::Words, form);
            (0..doc.words().len()).for_each(|n| writer.push(doc.cell(column, n)));
        }
    }
    copy.apply(&mut changes, 0, Layers::ALL).expect("another document has these layers");
    copy
}

/// The words of each token, by the place of the token.
fn words_by_token<'a>(doc: &'a Document, labels: &Labels) -> BTreeMap<(u32, u32), Vec<&'a str>> {
    let view = doc.view();
    let forms = Forms::new(&view, labels.intern("form"));
    let words = words_of_tokens(view.tokens.len(), view.words);
    (doc.tokens().iter().zip(words))
        .map(|(token, words)| {
            let mut words: Vec<&str> = words.map(|n| forms.get(n)).collect();
            if words.is_empty() {
                words.push(&doc.text()[token.start as usize..token.end as usize]);
            }
            ((token.start, token.end), words)
        })
        .collect()
}

fn words(gold: &Document, found: &Document, labels: &Labels, score: &mut Score) {
    let (gold, found) = (words_by_token(gold, labels), words_by_token(found, labels));
    let right = gold.iter().filter_map(|(place, words)| Some(common(found.get(place)?, words))).sum();
    let count = |words: &BTreeMap<_, Vec<&str>>| words.values().map(Vec::len).sum();
    score.add(right, count(&found), count(&gold));
}

fn tags(gold: &Document, found: &Document, upos: LabelId, score: &mut Score) {
    let layer = if gold.words().is_empty() { Layer::Tokens } else { Layer::Words };
    let (Some(gold_tags), Some(found_tags)) = (gold.column(layer, upos), found.column(layer, upos)) else { return };
    for n in 0..gold_tags.cells.len() {
        let (tag, guess) = (gold.cell(gold_tags, n), found.cell(found_tags, n));
        // What has no tag in the gold data is no question.
        if tag.is_some() {
            score.add(usize::from(tag == guess), guess.iter().len(), 1);
        }
    }
}

fn entities(
    gold: &Document,
    found: &[warraq_core::Span],
    hints: Option<LabelId>,
    labels: &Labels,
    by_label: &mut BTreeMap<String, Score>,
) {
    let gold: Vec<_> = gold.spans().iter().filter(|span| Some(span.source) != hints).collect();
    let place = |span: &warraq_core::Span| (span.start, span.end, span.label);
    for span in &gold {
        by_label.entry(labels.name(span.label).to_string()).or_default().add(0, 0, 1);
    }
    for span in found {
        let right = gold.iter().any(|other| place(other) == place(span));
        by_label.entry(labels.name(span.label).to_string()).or_default().add(usize::from(right), 1, 0);
    }
}
