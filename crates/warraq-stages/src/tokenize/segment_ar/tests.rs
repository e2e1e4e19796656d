//! Segmentation by rules and by a model of a few sentences.

use crate::segment::{Analyser, Model, Rules, Splitter};
use crate::train::testing::{is_current, model};
use crate::train::{Kind, Settings};
use proptest::prelude::*;
use std::sync::Arc;

/// What the example's model is trained on: clitics beside enough different words, spellings that change, hamza left out.
pub(crate) const SENTENCES: &[&str] = &[
    "وصل القارب=القارب وعاد=و+عاد الصياد بسمكه=ب+سمك+ه .",
    "وكتب=و+كتب الولد درسه=درس+ه وقرأ=و+قرأ كتابه=كتاب+ه .",
    "للمدينة=ل+المدينة باب وللقرية=و+ل+القرية بئر .",
    "ذهبوا للسوق=ل+السوق وللنهر=و+ل+النهر وعادوا=و+عادوا .",
    "مدرستها=مدرسة+ها قرب حديقتها=حديقة+ها وغرفتها=و+غرفة+ها صغيرة .",
    "سيارته=سيارة+ه امام مزرعته=مزرعة+ه وقريته=و+قرية+ه بعيدة .",
    "واكد=و+أكد المعلم واضاف=و+أضاف الشيخ واعلن=و+أعلن الحاكم واشار=و+أشار الدليل .",
    "بقارب=ب+قارب وبسيارة=و+ب+سيارة وبحصان=و+ب+حصان سافروا .",
    "بيتها=بيت+ها ودرسها=و+درس+ها وبابها=و+باب+ها وكتابها=و+كتاب+ها هنا .",
    "عاد الولد للبيت=ل+البيت وللحقل=و+ل+الحقل وباع=و+باع السمك .",
    "المدينة القرية السوق النهر درس باب قارب سيارة حصان غرفة حديقة سمك كتاب بيت .",
    "مشوا للقلعة=ل+القلعة للغابة=ل+الغابة للبحر=ل+البحر للجبل=ل+الجبل .",
    "القلعة الغابة البحر الجبل الباب .",
    "وزير وردة بحر بستان كتاب وجه .",
];

fn words(splitter: &mut Splitter, token: &str) -> String {
    splitter.words(token, || None, || None).join("+")
}

fn trained() -> Analyser {
    let file = model(Kind::Segmenter, SENTENCES, &Settings::default());
    let payload = crate::model::open(&file).unwrap();
    Analyser::Trained(Arc::new(Model::read(&payload.bytes).unwrap()))
}

fn built_in() -> Analyser {
    Analyser::BuiltIn(Arc::new(Rules::new()))
}

#[test]
fn the_examples_model_is_current() {
    is_current("src/tokenize/segment_ar/example.model", Kind::Segmenter, SENTENCES);
}

#[test]
fn a_model_divides_what_it_has_not_seen() {
    let mut splitter = Splitter::new(trained());
    for (token, expected) in [
        // As it was taught, and with other clitics.
        ("وغرفتها", "و+غرفة+ها"),
        ("وقارب", "و+قارب"),
        ("للباب", "ل+الباب"),
        ("وزير", "وزير"),
        // Marks and tatweel go where a token is divided.
        ("وَغُرفتها", "و+غرفة+ها"),
        ("للبـاب", "ل+الباب"),
    ] {
        assert_eq!(words(&mut splitter, token), expected);
    }
}

#[test]
fn the_rules_know_clitics_and_words_that_only_look_divided() {
    let mut splitter = Splitter::new(built_in());
    for (token, expected) in [
        ("وكتابه", "و+كتاب+ه"),
        ("للحكومة", "ل+الحكومة"),
        ("زيارتها", "زيارة+ها"),
        ("بالمدينة", "ب+المدينة"),
        ("وسيعود", "و+س+يعود"),
        ("منها", "من+ها"),
        ("عليهم", "علي+هم"),
        ("مما", "من+ما"),
        ("لئلا", "ل+أن+لا"),
        ("وبأنه", "و+ب+أن+ه"),
        ("لقائه", "لقاء+ه"),
        ("مستواها", "مستوى+ها"),
        ("للجنة", "ل+اللجنة"),
        ("بشكل", "ب+شكل"),
        ("وزير", "وزير"),
        ("بعد", "بعد"),
        ("متهم", "متهم"),
        ("سياسة", "سياسة"),
        ("اتجاه", "اتجاه"),
        ("الله", "الله"),
        ("المياه", "المياه"),
        ("ولبنان", "و+لبنان"),
    ] {
        assert_eq!(words(&mut splitter, token), expected);
    }
}

#[test]
fn what_is_remembered_changes_nothing() {
    let mut used = Splitter::new(trained());
    // More different tokens than the memory holds at once.
    let letters: Vec<char> = "ابتثجحخدرزسشصطعفقكلمنهوي".chars().collect();
    let token = |n: usize| -> String {
        [n, n / 24, n / 576, n / 13824].iter().map(|n| letters[n % 24]).chain("وها".chars()).collect()
    };
    let first: Vec<String> = (0..200).map(|n| words(&mut used, &token(n))).collect();
    (0..150_000).for_each(|n| drop(words(&mut used, &token(n))));
    let again: Vec<String> = (0..200).map(|n| words(&mut used, &token(n))).collect();
    assert_eq!(first, again);
}

proptest! {
    /// Words cover the token from end to end, in order, and none of several is empty.
    #[test]
    fn words_cover_the_token(token in "[و ل ب س ا أ ة ه م ن ي ت ك ئ ًـَّxA1،]{1,12}", by_model: bool) {
        thread_local! {
            static SPLITTERS: std::cell::RefCell<[Splitter; 2]> =
                std::cell::RefCell::new([Splitter::new(built_in()), Splitter::new(trained())]);
        }
        SPLITTERS.with_borrow_mut(|splitters| {
            let Some((pieces, store)) = splitters[usize::from(by_model)].split(&token, || None, || None) else {
                return Ok(());
            };
            let mut at = 0;
            for piece in pieces {
                prop_assert!(piece.end as usize >= at && token.is_char_boundary(piece.end as usize));
                let form = piece.form(store).unwrap_or(&token[at..piece.end as usize]);
                prop_assert!(!form.is_empty() && (pieces.len() == 1 || piece.end as usize > at), "{token:?}");
                at = piece.end as usize;
            }
            prop_assert_eq!(at, token.len());
            Ok(())
        })?;
    }
}
