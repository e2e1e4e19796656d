//! What the text is after each set of rules, against the definition with strings.

use super::*;
use crate::filter::python::{lines, strip};
use proptest::prelude::*;
use serde_json::json;
use warraq_core::testing::{check_source_map, describe, run_stage};
use warraq_core::{Document, Expect, Labels, MemoryResources};

fn run(options: serde_json::Value, text: &str) -> (Document, Expect) {
    let labels = Labels::new();
    let mut doc = Document::with_text("x", text);
    run_stage(&definition(), options, &labels, &mut MemoryResources::new(), &mut doc, 0).unwrap();
    let shown = describe(&doc, &labels);
    (doc, shown)
}

#[test]
fn what_becomes_of_lines() {
    for (options, text, expected) in [
        // The order of the checks: a word that is too long hides the bracket, the end mark hides the phrase.
        (json!({"max_word_length": 5}), "abcdef { a b.\na b c.", Ok("a b c.")),
        (json!({}), "lorem ipsum dolor\na b c.", Ok("a b c.")),
        (json!({}), "Lorem Ipsum dolor sit.\na b c.", Err("lorem_ipsum")),
        (
            json!({"filter_lorem_ipsum": false}),
            "Lorem ipsum dolor sit.\r\na b c.",
            Ok("Lorem ipsum dolor sit.\na b c."),
        ),
        // JavaScript hides the bracket, the bracket the policy.
        (json!({}), "JavaScript { is on.\na b c.", Ok("a b c.")),
        (json!({}), "Our { privacy policy here.\na b c.", Err("curly_bracket")),
        (json!({"filter_curly_bracket": false}), "Our { Privacy Policy here.\na b c.", Ok("a b c.")),
        // U+212A is a letter k when it is lowered.
        (json!({}), "We use coo\u{212a}ies on this site.\na b c.", Ok("a b c.")),
        // An ellipsis is no end, and what is one differs.
        (json!({}), "and so on...\na b c.", Ok("a b c.")),
        (json!({}), "He said 'a b c.'\na b c.", Ok("He said 'a b c.'\na b c.")),
        (json!({"compat": "original", "min_words_per_line": 1}), "He said 'a b c.'\na b c.", Ok("a b c.")),
        (json!({"compat": "none"}), "هل وصل الوفد؟\na b c.", Ok("هل وصل الوفد؟\na b c.")),
        (json!({"end_marks": ["؟"]}), "هل وصل الوفد؟\na b c.", Ok("هل وصل الوفد؟")),
        (json!({"compat": "none"}), "نستخدم ملفات تعريف الارتباط هنا.\na b c.", Ok("a b c.")),
        (json!({"policy_phrases": ["A B"]}), "a b c.\nx y z uses cookies.", Ok("x y z uses cookies.")),
        // A citation counts as a word to datatrove alone, and leaves its space behind there.
        (json!({}), "a [1] b.\na b c.", Ok("a  b.\na b c.")),
        (json!({"compat": "original", "min_words_per_line": 3}), "a [1] b.\na b c.", Ok("a b c.")),
        (json!({"compat": "none"}), "[1] [٢] a b c. [3]\na b c.", Ok("a b c.\na b c.")),
        (json!({"remove_citations": false}), "a [1] b.\na b c.", Ok("a [1] b.\na b c.")),
        // Without the end mark, what a citation leaves at the end of the last line is stripped.
        (
            json!({"filter_no_terminal_punct": false, "min_words_per_line": 0}),
            "\n [1]\n\n a [2]\u{85}\n b [edit]\n[]\n\n",
            Ok("a \n\nb"),
        ),
        (json!({"min_words_per_line": 9, "min_num_sentences": 0}), "a b c.\nd e f.", Ok("")),
        (json!({"min_num_sentences": 2}), "a b c.", Err("too_few_sentences")),
    ] {
        let mut all = json!({"compat": "datatrove", "min_num_sentences": 1});
        let given = options.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(given);
        let (doc, shown) = run(all, text);
        check_source_map(&doc).unwrap();
        match expected {
            Ok(expected) => {
                assert_eq!(shown.dropped, None, "{options} {text:?}");
                assert_eq!(doc.text(), expected, "{options} {text:?}");
            }
            Err(reason) => {
                assert_eq!(shown.dropped.as_deref(), Some(reason), "{options} {text:?}");
                assert_eq!(doc.text(), text);
            }
        }
    }
}

/// datatrove's text, without end marks and phrases: strip, cut citations, join, strip.
fn joined(text: &str, min_words: usize) -> String {
    let citation = regex::Regex::new(r"\[\d*\]").unwrap();
    let mut kept = Vec::new();
    for at in lines(text) {
        let line = strip(&text[at.start..at.end]);
        if line.split_whitespace().count() >= min_words {
            kept.push(citation.replace_all(line, "").into_owned());
        }
    }
    strip(&kept.join("\n")).to_owned()
}

proptest! {
    #[test]
    fn edits_give_the_joined_lines(text in "(a|ب|\\.| |\\[1\\]|\\[\\]|\n|\r|\u{85}){0,24}", min_words in 0usize..3) {
        let options = json!({
            "compat": "datatrove", "filter_no_terminal_punct": false, "min_num_sentences": 0,
            "min_words_per_line": min_words,
        });
        let (doc, shown) = run(options, &text);
        prop_assert_eq!(doc.text(), joined(&text, min_words));
        prop_assert!(check_source_map(&doc).is_ok());
        let gone: usize = shown.removed.unwrap_or_default().iter().map(|(_, text)| text.chars().count()).sum();
        prop_assert!(gone <= text.chars().count());
    }
}

#[test]
fn explicit_options_win_over_presets() {
    let options: Options = parse_options(json!({"preset": "arabic", "min_words_per_line": 4})).unwrap();
    assert_eq!(options.thresholds().unwrap(), [3.0, 4.0, 1000.0]);
}

#[test]
fn bad_options_are_refused() {
    for (options, expected) in [
        (json!({"end_marks": ["."," ", ""]}), "`end_marks[2]`: an end mark cannot be empty"),
        (json!({"policy_phrases": [" "]}), "`policy_phrases[0]`: a phrase cannot be empty"),
        (json!({"min_num_sentences": -2}), "`min_num_sentences`: a threshold is a number, 0 or more"),
    ] {
        let (labels, mut resources) = (Labels::new(), MemoryResources::new());
        let mut cx = BuildContext::new("filter.c4", &labels, &mut resources);
        assert_eq!(build(options, &mut cx).unwrap_err().to_string(), expected);
    }
}
