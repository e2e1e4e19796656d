//! The scanner is held equal to ICU4X where nothing is tailored, and the tailored one to what holds for any text.

use super::classes::{Class, TABLE};
use super::*;
use crate::tokenize::new_characters::is_new;
use icu_properties::CodePointMapData;
use icu_properties::props::SentenceBreak;
use icu_segmenter::{SentenceSegmenter, SentenceSegmenterBorrowed};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn icu4x() -> SentenceSegmenterBorrowed<'static> {
    SentenceSegmenter::new(Default::default())
}

fn breaks(text: &str) -> Vec<usize> {
    let scanner = Scanner { classes: &TABLE, tailoring: None };
    let mut breaks = vec![0];
    while let Some(&at) = breaks.last()
        && at < text.len()
    {
        breaks.push(scanner.sentence(text, at, |_| false));
    }
    breaks
}

#[track_caller]
fn check_plain(text: &str) {
    assert_eq!(breaks(text), icu4x().segment_str(text).collect::<Vec<_>>(), "{text:?}");
}

#[test]
fn all_short_texts_of_all_classes_are_segmented_as_icu4x_does() {
    let property = CodePointMapData::<SentenceBreak>::new();
    let mut found: BTreeMap<(Class, SentenceBreak), char> = BTreeMap::new();
    for c in '\0'..=char::MAX {
        let mut buffer = [0; 4];
        found.entry((TABLE.at(c.encode_utf8(&mut buffer).as_bytes(), 0).0, property.get(c))).or_insert(c);
    }
    let all: Vec<char> = found.into_values().collect();
    let mut text = String::new();
    for n in 0..all.len().pow(4) {
        text.clear();
        text.extend((0..4).map(|digit| all[n / all.len().pow(digit) % all.len()]));
        check_plain(&text);
    }
}

#[test]
fn every_character_is_of_the_class_that_icu4x_has_for_it() {
    let mut text = String::new();
    for c in ('\0'..=char::MAX).filter(|&c| !is_new(c)) {
        text.clear();
        text.extend([
            'a', '.', c, 'a', '.', ' ', c, 'a', '!', c, ' ', c, 'A', '.', c, 'a', c, '.', 'A', '.', '5', c, '.', c,
        ]);
        check_plain(&text);
    }
}

/// Texts, with a bar put in where a sentence starts.
const CASES: &[&str] = &[
    "قال نعم. |وذهب! |لماذا؟ |لا أدري؟! |حسنا.. |انتهى",
    "هذا ۔ |وہ ہے۔ |x。|y！|z",
    // Closing marks belong to the sentence, opening ones to the next.
    "قال: «نعم.» |ثم (سكت.) |وقال: \"لا.\" |وذهب.",
    "قال »نعم.« |ثم سكت",
    "انتهى.|«نعم» انتهى.|(نعم) لا.",
    "قال « نعم . » |ثم \" لا . \" |وذهب . |\" لا \" قال",
    "(great staff!) and more. |(Great!) |And more.",
    "هو (؟) هنا (...) وهناك [!] أيضا",
    // Ellipses.
    "قال... ثم ذهب… وعاد...\n|نعم",
    "Well... |Then he... went… |And so on",
    // Abbreviations, initials and items.
    "قال د. محمد ود. أحمد وأ. ف. ب. و م.س. علي",
    "Dr. Smith met J. R. R. Tolkien. |He left",
    "No. |Xdr. |No. 5 is 3.5. |OK",
    "1. واحد\n|2. اثنان\n|٣. ثلاثة. |أربعة",
    "عام 2020م. |وقال في 2021. |ثم في 2022 م. |ثم",
    "وقال.|ثم ذهب",
    "U.S. forces",
    // Addresses without tokens.
    "انظر www.x.com أو http://x.com/?q=1 أو a.b@x.com. |نعم",
    "الإصدار 3.5.1 و10:30. |نعم",
];

#[test]
fn texts_are_divided_as_the_cases_say() {
    let mut failures = String::new();
    for case in CASES {
        let text = case.replace('|', "");
        let found = sentences(&text, Newline::Break, false);
        let found: Vec<&str> = found.iter().map(|&(start, end)| &text[start..end]).collect();
        let expected: Vec<&str> = case.split('|').map(str::trim).collect();
        if found != expected {
            failures += &format!("\n{text:?}\n  expected {expected:?}\n  found    {found:?}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Languages and texts, with a bar put in where a sentence starts.
const LANGUAGES: &[(&str, &str)] = &[
    ("en", "He met Dr. Smith of Acme Inc. on Sept. 11. |They left Acme Inc. |Nobody knows. |it happens"),
    ("en", "The U.S. forces e.g. the navy were at 10 a.m. there. |yes"),
    ("en", "Dear Sir, |We met. |Best regards, |John Smith. |Thanks, I will. |Hello, he said."),
    ("en", "... he left. |No. 5 is alive"),
    ("de", "Am 3. Oktober kam Dr. Weiß usw. bzw. Otto. |Es war am 3. |Die anderen kamen z.B. am 18. nicht"),
    ("fr", "Il vit en 493 av. J.-C. par M. Dupont. |Elle part etc. |La fin"),
    ("ru", "Он родился в 1990 г. в с. Иваново на ул. Ленина. |Она тоже"),
    ("fa", "تهران - ایرنا: |این کتاب خوب است. |او گفت: نه"),
    ("ar", "هل تأتي اليوم؟ أو غدا؟ |نعم. |قال: \"هذا جيد. نعم.\" |ثم ذهب: \"لا"),
    ("und", "Am 3. |Oktober. |Acme Inc. |Nobody. it is"),
];

#[test]
fn texts_are_divided_as_the_cases_of_their_language_say() {
    let mut failures = String::new();
    for (lang, case) in LANGUAGES {
        let text = case.replace('|', "");
        let found = sentences_of(lang, &text, Newline::Break, false);
        let found: Vec<&str> = found.iter().map(|&(start, end)| &text[start..end]).collect();
        let expected: Vec<&str> = case.split('|').map(str::trim).collect();
        if found != expected {
            failures += &format!("\n{lang}: {text:?}\n  expected {expected:?}\n  found    {found:?}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn a_language_without_a_table_is_refused() {
    let (labels, mut resources) = (warraq_core::Labels::new(), warraq_core::MemoryResources::new());
    let mut cx = BuildContext::new("tokenize.sentences", &labels, &mut resources);
    let error = build(serde_json::json!({"lang": "fi"}), &mut cx).unwrap_err().to_string();
    assert!(error.starts_with("`lang`: no conventions are known for `fi`; there are `auto`, und, en, fr"), "{error}");
}

#[test]
fn an_abbreviation_with_its_full_stop_is_refused() {
    let (labels, mut resources) = (warraq_core::Labels::new(), warraq_core::MemoryResources::new());
    let mut cx = BuildContext::new("tokenize.sentences", &labels, &mut resources);
    let error = build(serde_json::json!({"abbreviations": ["Dr", "ca."]}), &mut cx).unwrap_err();
    assert_eq!(error.to_string(), "`abbreviations[1]`: an abbreviation without its full stop is expected");
}

const PIECES: [&str; 52] = [
    "a",
    "B",
    "كلمة",
    "و",
    "د",
    "م",
    "5",
    "٣",
    ".",
    "..",
    "...",
    "…",
    "?",
    "!",
    "؟",
    "۔",
    "。",
    "؛",
    ",",
    "،",
    ":",
    "-",
    " ",
    "  ",
    "\u{a0}",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\"",
    "'",
    "«",
    "»",
    "“",
    "”",
    "(",
    ")",
    "[",
    "]",
    "\u{301}",
    "\u{64e}",
    "\u{200f}",
    "\u{ad}",
    "Dr",
    "www.X.com",
    "http://x.com/?Q=1",
    "3.5",
    "漢字",
    "🇹🇳",
];

fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        9 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn sentences(text: &str, newline: Newline, semicolon: bool) -> Vec<(usize, usize)> {
    sentences_of("und", text, newline, semicolon)
}

fn sentences_of(lang: &str, text: &str, newline: Newline, semicolon: bool) -> Vec<(usize, usize)> {
    let abbreviations = ["Dr".to_owned()].into();
    let tailoring = Some(Tailoring { newline, semicolon, abbreviations, language: language::of_tag("und") });
    let lang = Lang::Is(language::of_tag(lang));
    let mut stage = Sentences { scanner: Scanner { classes: &TABLE, tailoring }, lang };
    let mut changes = Changes::new();
    let doc = warraq_core::Document::with_text("test", text);
    stage.process(&doc.view(), &mut changes).expect("it has no way to fail");
    changes.sentences().iter().map(|s| (s.start as usize, s.end as usize)).collect()
}

fn newlines() -> impl Strategy<Value = Newline> {
    proptest::sample::select(&[Newline::Break, Newline::Paragraph, Newline::Ignore][..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn plain_sentences_are_those_of_icu4x(text in texts()) {
        if !text.chars().any(is_new) {
            check_plain(&text);
        }
    }

    #[test]
    fn sentences_are_in_order_and_hold_all_but_white_space(
        text in texts(), newline in newlines(), semicolon in any::<bool>()
    ) {
        let mut end = 0;
        for (start, next) in sentences(&text, newline, semicolon) {
            prop_assert!(start >= end && next > start);
            prop_assert!(text[end..start].trim().is_empty(), "{:?}", &text[end..start]);
            prop_assert_eq!(text[start..next].trim(), &text[start..next]);
            end = next;
        }
        prop_assert!(text[end..].trim().is_empty());
    }

    #[test]
    fn paragraphs_are_independent(a in texts(), b in texts(), semicolon in any::<bool>()) {
        for newline in [Newline::Break, Newline::Paragraph] {
            // A mark at the start of a line belongs to no line end (SB4), but a lone line end would join those put between.
            let (a, b) = (a.trim(), b.trim());
            let mut expected = sentences(a, newline, semicolon);
            let at = a.len() + 2;
            expected.extend(sentences(b, newline, semicolon).iter().map(|s| (s.0 + at, s.1 + at)));
            prop_assert_eq!(sentences(&format!("{a}\n\n{b}"), newline, semicolon), expected);
        }
    }

    #[test]
    fn no_sentence_ends_inside_an_address(before in texts(), after in texts()) {
        let text = format!("{before} http://x.com/A?B.C!D {after}");
        let mut doc = warraq_core::Document::with_text("test", &text);
        let mut changes = Changes::new();
        let at = before.len() as u32 + 1;
        changes.tokens().push(warraq_core::Token { start: at, end: at + 20, kind: TokenKind::Url });
        doc.apply(&mut changes, 0, warraq_core::Layers::ALL).expect("the token is inside the text");
        changes.clear();
        let language = language::of_tag("und");
        let tailoring = Some(Tailoring { newline: Newline::Break, semicolon: false, abbreviations: [].into(), language });
        let mut stage = Sentences { scanner: Scanner { classes: &TABLE, tailoring }, lang: Lang::Auto };
        stage.process(&doc.view(), &mut changes).expect("it has no way to fail");
        prop_assert!(changes.sentences().iter().all(|s| s.end <= at || s.end >= at + 20));
    }
}
