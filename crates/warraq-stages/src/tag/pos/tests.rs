//! The tagger, on sentences written for it.

use crate::train::Kind;
use crate::train::testing::is_current;
use serde_json::json;
use warraq_core::{BuildContext, Labels, MemoryResources};

/// What the example's model is trained on.
pub(crate) const SENTENCES: &[&str] = &[
    "The/DET old/ADJ baker/NOUN sings/VERB ./PUNCT",
    "A/DET young/ADJ sailor/NOUN waits/VERB ./PUNCT",
    "The/DET sailor/NOUN sings/VERB a/DET song/NOUN ./PUNCT",
    "A/DET baker/NOUN bakes/VERB the/DET bread/NOUN ./PUNCT",
    "She/PRON waits/VERB in/ADP the/DET old/ADJ harbour/NOUN ./PUNCT",
    "He/PRON sings/VERB in/ADP a/DET small/ADJ boat/NOUN ./PUNCT",
    "The/DET small/ADJ baker/NOUN waits/VERB ./PUNCT",
    "Old/ADJ sailors/NOUN sing/VERB old/ADJ songs/NOUN ./PUNCT",
];

#[test]
fn the_examples_model_is_current() {
    is_current("src/tag/pos/example.model", Kind::Tagger, SENTENCES);
}

#[test]
fn models_that_cannot_be_used_say_why() {
    let entities = include_bytes!("../entities/example.model");
    let mut files = MemoryResources::new().with("names.model", entities).with("notes.txt", "nothing");
    for (options, expected) in [
        (json!({}), "missing field `model`"),
        (json!({"model": "none.model"}), "`model`: none.model: no such file"),
        (json!({"model": "notes.txt"}), "`model`: notes.txt: this is not a model of `warraq train`"),
        (
            json!({"model": "names.model"}),
            "`model`: names.model: this is a model of kind `entities`, for `tag.entities`; `tagger` is needed here",
        ),
    ] {
        let labels = Labels::new();
        let mut cx = BuildContext::new("tag.pos", &labels, &mut files);
        let error = (super::definition().build)(options, &mut cx).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
