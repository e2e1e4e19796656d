//! The finder of entities, on sentences written for it.

use crate::train::testing::{corpus, is_current};
use crate::train::{Kind, Settings, evaluate, train};
use warraq_core::{Changes, Labels, Layers, Span};

/// What the example's model is trained on.
pub(crate) const SENTENCES: &[&str] = &[
    "Samira/B-PER lives/O in/O Nablus/B-LOC ./O",
    "Karim/B-PER works/O in/O Tunis/B-LOC ./O",
    "Leila/B-PER Haddad/I-PER lives/O in/O Port/B-LOC Said/I-LOC ./O",
    "Boats/O wait/O in/O Tunis/B-LOC ./O",
    "Samira/B-PER Haddad/I-PER works/O ./O",
    "In/O Nablus/B-LOC people/O work/O ./O",
    "Karim/B-PER waits/O in/O Port/B-LOC Said/I-LOC ./O",
    "People/O live/O in/O towns/O ./O",
];

#[test]
fn the_examples_model_is_current() {
    is_current("src/tag/entities/example.model", Kind::Entities, SENTENCES);
}

/// Names of no pattern at all, some of which a gazetteer knows: only its spans tell them apart.
#[test]
fn hints_are_learned_from_and_looked_at() {
    let name = |n: usize| format!("w{}", n * 7919 % 1000);
    let sentences: Vec<String> =
        (0..60).map(|n| format!("x {}/{} y", name(n), if n % 2 == 0 { "B-LOC" } else { "O" })).collect();
    let parts: Vec<&str> = sentences.iter().map(|sentence| &**sentence).collect();
    let labels = Labels::new();
    let score = |hints: Option<&str>| {
        let corpus = |parts: &[&str]| {
            let mut corpus = corpus(&[parts], &labels);
            for doc in &mut corpus.documents {
                let mut changes = Changes::new();
                let source = labels.intern("places");
                changes.spans().extend(doc.spans().iter().map(|span| Span {
                    source,
                    label: labels.intern("P"),
                    ..*span
                }));
                if hints.is_some() {
                    doc.apply(&mut changes, 0, Layers::ALL).unwrap();
                }
            }
            corpus
        };
        let settings = Settings { hints: hints.map(str::to_owned), ..Settings::default() };
        let model = train(Kind::Entities, &corpus(&parts[..40]), None, &settings, &mut |_| {}).unwrap().file;
        evaluate(&model, &corpus(&parts[40..])).unwrap().scores[0].1
    };
    let (without, with) = (score(None), score(Some("places")));
    assert!(with.f1() > 0.9 && with.gold == 10, "{with}");
    // Without hints, whether such a word is a name can only be guessed.
    assert!(without.f1() < with.f1(), "{without}");
}
