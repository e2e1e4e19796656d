//! What holds for training whatever the kind of model.

use super::testing::{corpus, model};
use super::*;
use crate::tag::entities::tests::SENTENCES as NAMES;
use crate::tag::pos::tests::SENTENCES as TAGGED;
use crate::tokenize::segment_ar::tests::SENTENCES as SEGMENTED;

const ALL: [(Kind, &[&str]); 3] = [(Kind::Segmenter, SEGMENTED), (Kind::Tagger, TAGGED), (Kind::Entities, NAMES)];

#[test]
fn the_same_data_and_seed_give_the_same_bytes() {
    for (kind, sentences) in ALL {
        let train = |seed, epochs| model(kind, sentences, &Settings { seed, epochs, ..Settings::default() });
        assert!(train(1, 4) == train(1, 4), "{kind}");
    }
    // Whoever asks for another order gets one.
    let tagger = |seed| model(Kind::Tagger, TAGGED, &Settings { seed, epochs: 2, ..Settings::default() });
    assert!((2..20).any(|seed| tagger(seed) != tagger(1)));
}

#[test]
fn a_model_knows_what_it_was_taught() {
    for (kind, sentences) in ALL {
        let labels = Labels::new();
        let corpus = corpus(&[sentences], &labels);
        let mut last = None;
        let trained = train(kind, &corpus, Some(&corpus), &Settings::default(), &mut |progress| last = progress.dev);
        let report = evaluate(&trained.unwrap().file, &corpus).unwrap();
        let (what, score) = report.scores.last().unwrap();
        assert!(score.gold >= 5 && score.f1() > 0.99, "{kind}: {what} {score}");
        // What training says of the development data is what the stage does with them.
        let same = if kind == Kind::Segmenter { report.scores.last() } else { report.scores.first() };
        assert_eq!(last, same.map(|(_, score)| *score), "{kind}");
    }
}

#[test]
fn development_data_change_nothing() {
    let labels = Labels::new();
    let data = corpus(&[TAGGED], &labels);
    let file = |dev| train(Kind::Tagger, &data, dev, &Settings::default(), &mut |_| {}).unwrap().file;
    assert!(file(None) == file(Some(&data)));
}

#[test]
fn what_cannot_be_learned_from_says_so() {
    for (kind, sentences, expected) in [
        (Kind::Segmenter, &["في البيت"][..], "no Arabic token of the training data has more than one word"),
        (Kind::Tagger, &["a b c"], "the words of the training data have fewer than two different tags"),
        (Kind::Tagger, &["a/X b/X"], "the words of the training data have fewer than two different tags"),
        (Kind::Entities, &["a b c"], "the training data have no spans to learn from"),
    ] {
        let corpus = corpus(&[sentences], &Labels::new());
        let error = train(kind, &corpus, None, &Settings::default(), &mut |_| {}).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let error = train(Kind::Tagger, &Corpus::new(Labels::new()), None, &Settings::default(), &mut |_| {});
    assert!(error.unwrap_err().to_string().starts_with("the training data have no tokens"));
}

#[test]
fn bytes_that_were_sealed_rightly_and_mean_nothing_are_refused() {
    let corpus = corpus(&[TAGGED], &Labels::new());
    for (kind, sentences) in ALL {
        let file = model(kind, sentences, &Settings::default());
        let payload = crate::model::open(&file).unwrap();
        for end in [0, 1, 2, payload.bytes.len() / 2, payload.bytes.len() - 1] {
            let file = crate::model::seal(kind, "", &payload.bytes[..end]);
            let error = evaluate(&file, &corpus).expect_err("half a model").to_string();
            assert!(error.ends_with("the model's bytes do not mean anything: train it again"), "{kind} {end}: {error}");
        }
    }
}
