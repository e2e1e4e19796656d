//! Annotated documents for tests, written as sentences: tokens parted by spaces, `token=word+word` where a token has other
//! words than itself, `word/TAG` where words have tags, `B-LOC` and the like standing for spans.

use super::{Corpus, Kind, Settings, train};
use crate::sequence::{Bio, entities};
use std::fs;
use std::path::Path;
use warraq_core::{Changes, Document, Labels, Layer, Layers, Sentence, Span, Token, TokenKind, Word};

/// A corpus with a document for each list of sentences.
pub(crate) fn corpus(documents: &[&[&str]], labels: &Labels) -> Corpus {
    Corpus {
        documents: documents.iter().map(|sentences| document(sentences, labels)).collect(),
        labels: labels.clone(),
    }
}

fn document(sentences: &[&str], labels: &Labels) -> Document {
    let mut text = String::new();
    let mut changes = Changes::new();
    let (mut forms, mut tags) = (Vec::new(), Vec::new());
    for sentence in sentences {
        let first = text.len();
        for entry in sentence.split(' ') {
            let (entry, tag) = entry.rsplit_once('/').unwrap_or((entry, ""));
            let (token, words) = entry.split_once('=').unwrap_or((entry, entry));
            let start = text.len();
            text += token;
            let kind = TokenKind::Word;
            changes.tokens().push(Token { start: start as u32, end: text.len() as u32, kind });
            let number = changes.tokens().len() as u32 - 1;
            for word in words.split('+') {
                // Where words lie is of no matter to training; their forms are.
                changes.words().push(Word { token: number, start: start as u32, end: text.len() as u32 });
                forms.push(word.to_owned());
                tags.push(tag.to_owned());
            }
            text.push(' ');
        }
        changes.sentences().push(Sentence { start: first as u32, end: text.len() as u32 - 1 });
    }
    if tags.iter().any(|tag| tag.contains('-')) {
        let places: Vec<(u32, u32)> = changes.words().iter().map(|word| (word.start, word.end)).collect();
        let source = labels.intern("");
        entities(tags.iter().map(|tag| Bio::parse(tag)), |at, name| {
            let (start, end) = (places[at.start].0, places[at.end - 1].1);
            changes.spans().push(Span { start, end, label: labels.intern(name), score: f32::NAN, source });
        });
    } else if tags.iter().any(|tag| !tag.is_empty()) {
        let mut column = changes.column(Layer::Words, labels.intern("upos"));
        tags.iter().for_each(|tag| column.push(Some(tag).filter(|tag| !tag.is_empty()).map(|tag| &**tag)));
    }
    let mut column = changes.column(Layer::Words, labels.intern("form"));
    forms.iter().for_each(|form| column.push(Some(form)));
    let mut doc = Document::with_text("d", &text);
    doc.apply(&mut changes, 0, Layers::ALL).expect("the notation means a document");
    doc
}

/// Trains on these sentences, and returns the bytes of the model.
pub(crate) fn model(kind: Kind, sentences: &[&str], settings: &Settings) -> Vec<u8> {
    let corpus = corpus(&[sentences], &Labels::new());
    train(kind, &corpus, None, settings, &mut |_| {}).expect("there is something to learn").file
}

/// Fails unless `path`, from this crate's folder, holds the model that is trained from these sentences. The file is an
/// example's; with UPDATE_MODELS in the environment it is written.
#[track_caller]
pub(crate) fn is_current(path: &str, kind: Kind, sentences: &[&str]) {
    let settings = Settings { name: "example".into(), ..Settings::default() };
    let model = model(kind, sentences, &settings);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_MODELS").is_some() {
        fs::write(&path, &model).expect("the example's folder can be written to");
    }
    let kept = fs::read(&path).unwrap_or_default();
    assert!(kept == model, "{} is not what training makes today: run with UPDATE_MODELS=1", path.display());
}
