//! What the three sets of rules make of the same text.

use super::*;
use serde_json::json;
use warraq_core::testing::{describe, run_stage};
use warraq_core::{Document, Labels, MemoryResources};

fn scores(options: serde_json::Value, lang: &str, text: &str) -> Vec<(String, f64)> {
    let labels = Labels::new();
    let mut doc = Document::with_text("x", text);
    doc.set_lang(lang);
    run_stage(&definition(), options, &labels, &mut MemoryResources::new(), &mut doc, 0).unwrap();
    let scores = describe(&doc, &labels).scores.unwrap_or_default();
    scores.into_iter().map(|(name, value)| (name.trim_start_matches("gopher.").to_owned(), value)).collect()
}

#[test]
fn each_set_of_rules_counts_in_its_own_way() {
    // Without tokens: the words stand between white space.
    let text = "# قَالـوا …\n\n * the the … 12 ,\n- نعم ...";
    for (compat, expected) in [
        (
            "none",
            vec![
                ("words", 5.0),
                ("mean_word_length", 16.0 / 5.0),
                ("hash_ratio", 1.0 / 5.0),
                ("ellipsis_ratio", 3.0 / 5.0),
                ("bullet_lines_frac", 2.0 / 3.0),
                ("ellipsis_lines_frac", 2.0 / 3.0),
                ("alpha_words_frac", 4.0 / 5.0),
                ("stop_words", 1.0),
            ],
        ),
        (
            "datatrove",
            vec![
                ("words", 5.0),
                ("mean_word_length", 18.0 / 5.0),
                ("hash_ratio", 1.0 / 12.0),
                ("ellipsis_ratio", 3.0 / 12.0),
                ("bullet_lines_frac", 1.0 / 4.0),
                ("ellipsis_lines_frac", 2.0 / 4.0),
                ("alpha_words_frac", 4.0 / 12.0),
                ("stop_words", 1.0),
            ],
        ),
        (
            "dolma",
            vec![
                ("words", 12.0),
                ("median_word_length", 1.5),
                ("symbol_ratio", 3.0 / 12.0),
                ("bullet_lines_frac", 1.0 / 4.0),
                ("ellipsis_lines_frac", 1.0 / 4.0),
                ("alpha_words_frac", 4.0 / 12.0),
                ("stop_words", 2.0),
            ],
        ),
    ] {
        let found = scores(json!({ "compat": compat }), "", text);
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(found, expected, "{compat}");
    }
}

#[test]
fn stop_words_are_those_of_the_language() {
    let stop_words = |lang, text| {
        let scores = scores(json!({}), lang, text);
        scores.into_iter().find(|(name, _)| name == "stop_words").map(|(_, count)| count)
    };
    for (lang, text, expected) in [
        ("ar", "وفي الي في فمن", Some(3.0)),
        ("arz-Arab", "في The", Some(1.0)),
        ("en", "The of في", Some(2.0)),
        ("", "The في à", Some(3.0)),
        ("de", "der die das", None),
    ] {
        assert_eq!(stop_words(lang, text), expected, "{lang}: {text}");
    }
}

#[test]
fn explicit_options_win_over_presets() {
    let options = |json| parse_options::<Options>(json).unwrap();
    let preset = options(json!({"preset": "fineweb-2-arb", "min_doc_words": 7}));
    let mut expected = FINEWEB_2_ARB;
    expected[0] = 7.0;
    assert_eq!((preset.thresholds().unwrap(), preset.compat()), (expected, Compat::Datatrove));
    let ours = options(json!({"preset": "arabic", "compat": "datatrove"}));
    assert_eq!((ours.thresholds().unwrap(), ours.compat()), (ARABIC, Compat::Datatrove));
}

#[test]
fn bad_options_are_refused() {
    for (options, expected) in [
        (json!({"min_doc_words": 10, "max_doc_words": 9}), "`min_doc_words`: no document is between 10 and 9"),
        (json!({"max_avg_word_length": -1}), "`max_avg_word_length`: a threshold is a number, 0 or more"),
        (json!({"stop_words": ["a", " "]}), "`stop_words[1]`: nothing is left of it to look for"),
    ] {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        let mut cx = BuildContext::new("filter.gopher-quality", &labels, &mut resources);
        assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
    }
}
