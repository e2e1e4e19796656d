//! What the tests of this family share.

use proptest::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use warraq_core::testing::check_source_map;
use warraq_core::{BuildContext, Built, Changes, Document, Labels, MemoryResources, OptionError, StageDef};

thread_local! {
    /// Stages by name and options: building one takes longer than running it on a test's text.
    static BUILT: RefCell<HashMap<(String, String), Rc<Built>>> = RefCell::default();
}

/// Runs a stage on a text, checks the source map, and returns the document.
pub(crate) fn run(stage: &StageDef, options: &str, lang: &str, text: &str) -> Document {
    let mut doc = Document::with_text("test", text);
    doc.set_lang(lang);
    apply(stage, options, &mut doc);
    doc
}

/// Runs a stage on a document and checks the source map.
pub(crate) fn apply(stage: &StageDef, options: &str, doc: &mut Document) {
    let new = || {
        let options: serde_json::Value = toml::from_str(options).expect("options are TOML");
        Rc::new(built(stage, &Labels::new(), options).expect("the options are valid"))
    };
    let key = (stage.info.name.to_string(), options.to_owned());
    let built = BUILT.with_borrow_mut(|all| Rc::clone(all.entry(key).or_insert_with(new)));
    let Built::Parallel(built) = &*built else { panic!("{} is parallel", stage.info.name) };
    let mut changes = Changes::new();
    built.worker().process(&doc.view(), &mut changes).expect("it takes any text");
    doc.apply(&mut changes, 0, stage.info.writes).expect("the changes keep the contract");
    check_source_map(doc).expect("the source map leads back");
}

/// Builds a stage from its options.
pub(crate) fn built(
    stage: &StageDef,
    labels: &Labels,
    options: serde_json::Value,
) -> std::result::Result<Built, OptionError> {
    let mut resources = MemoryResources::new();
    (stage.build)(options, &mut BuildContext::new(&stage.info.name, labels, &mut resources))
}

/// The text that a stage makes of a text.
pub(crate) fn text(stage: &StageDef, options: &str, lang: &str, text: &str) -> String {
    run(stage, options, lang, text).text().to_owned()
}

/// Compares what a stage makes of texts with what it should; shows all differences at once, with code points.
pub(crate) fn check(stage: &StageDef, options: &str, lang: &str, cases: &[(&str, &str)]) {
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|(input, expected)| {
            let found = text(stage, options, lang, input);
            (found != *expected).then(|| {
                let [i, e, f] = [*input, *expected, &found].map(|t| t.escape_unicode().to_string());
                format!("{input:?}\n  expected {expected:?} {e}\n  found    {found:?} {f}\n  from {i}")
            })
        })
        .collect();
    assert!(failures.is_empty(), "with {options}:\n{}", failures.join("\n"));
}

/// Arabic text as it comes: words with marks, tatweel, presentation forms, Persian letters, digits, odd white space,
/// invisible characters, a little of other scripts.
pub(crate) fn messy_text() -> impl Strategy<Value = String> {
    let letters = prop::sample::select("ابتثجحخدذرزسشصضطظعغفقكلمنهويأإآؤئءةىٱ".chars().collect::<Vec<_>>());
    let others = prop::sample::select("یکگپچژٹڈےہھۀۃەڪمaeZ19é٠٣٩۴۶٫٬٪،؛؟۔.,!«»:%-/ ".chars().collect::<Vec<_>>());
    let marks = prop::sample::select(
        "\u{64b}\u{64c}\u{64e}\u{650}\u{651}\u{652}\u{670}\u{653}\u{654}\u{655}\u{6d6}\u{6e5}\u{6dd}\u{610}\u{8f0}\u{301}\u{323}\u{640}\u{640}"
            .chars()
            .collect::<Vec<_>>(),
    );
    let forms = prop::sample::select("ﻣﺮﺣﺒﺎﻻﻷﻹﻵﷲﷺ﷼﷽ﹰﹱﹼﱞﯾﭐ﴾ﷻ".chars().collect::<Vec<_>>());
    let unseen = prop::sample::select(
        "\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202b}\u{ad}\u{feff}\u{fffd}\u{0}\u{fe0f}\u{e0067}\u{2060}\u{fdd0}"
            .chars()
            .collect::<Vec<_>>(),
    );
    let spaces =
        prop::sample::select(" \u{a0}\u{202f}\t\n\r\u{85}\u{2028}\u{b}\u{c}\u{3000}".chars().collect::<Vec<_>>());
    let strange = prop::sample::select(
        "👩💻🏽🏴한각\u{1100}\u{1161}\u{11a8}कक्षि\u{94d}ന്ไทยÅΩﬁ²ｘ漢\u{f900}".chars().collect::<Vec<_>>(),
    );
    let one = prop_oneof![
        8 => letters,
        4 => marks,
        3 => others,
        3 => unseen,
        3 => spaces,
        1 => forms,
        1 => strange,
        1 => any::<char>(),
    ];
    prop::collection::vec(one, 0..40).prop_map(|chars| chars.into_iter().collect())
}
