use super::*;
use crate::fold::Folder;
use proptest::prelude::*;
use serde_json::{Value, json};
use warraq_core::{Document, Labels, MemoryResources, Token, TokenKind};

fn stage(options: Value, files: &[(&str, &str)]) -> std::result::Result<(Box<dyn Stage>, Labels), OptionError> {
    let labels = Labels::new();
    let mut resources = files.iter().fold(MemoryResources::new(), |all, (path, text)| all.with(path, text));
    let mut cx = BuildContext::new("names", &labels, &mut resources);
    match build(options, &mut cx)? {
        Built::Parallel(stage) => Ok((stage, labels)),
        Built::InOrder(_) | Built::Batch(_) => unreachable!("the stage is parallel"),
    }
}

/// Tokens as any tokenizer would find them here: runs of letters, marks, digits and inner
/// apostrophes, and every other character.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (at, c) in text.char_indices() {
        let is_mark = matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{655}' | '\u{670}' | '\u{200f}');
        let is_inner = matches!(c, '\'' | '’') && text[at + c.len_utf8()..].starts_with(char::is_alphabetic);
        let kind = if c.is_alphanumeric() || is_mark || is_inner { TokenKind::Word } else { TokenKind::Punctuation };
        let end = (at + c.len_utf8()) as u32;
        match tokens.last_mut() {
            _ if c.is_whitespace() => {}
            Some(last) if last.end as usize == at && kind == TokenKind::Word && last.kind == kind => last.end = end,
            _ => tokens.push(Token { start: at as u32, end, kind }),
        }
    }
    tokens
}

fn spans(stage: &dyn Stage, text: &str) -> Vec<Span> {
    let mut doc = Document::with_text("1", text);
    let mut changes = Changes::new();
    changes.tokens().extend(tokens(text));
    doc.apply(&mut changes, 0, Layers::ALL).expect("the tokens are in order");
    changes.clear();
    stage.worker().process(&doc.view(), &mut changes).expect("it never fails");
    let spans = std::mem::take(changes.spans());
    doc.apply(&mut changes, 1, definition().info.writes).expect("the spans are in bounds");
    spans
}

/// Looks for `phrases` (separated by `|`) in each text and compares what the spans cover.
fn check(options: Value, phrases: &str, texts: &[(&str, &[&str])]) {
    let mut options = options;
    options["phrases"] = phrases.split('|').map(|phrase| json!({"phrase": phrase, "label": "X"})).collect();
    let (stage, labels) = stage(options, &[]).expect("the options are good");
    for (text, expected) in texts {
        let spans = spans(&*stage, text);
        let found: Vec<&str> = spans.iter().map(|s| &text[s.start as usize..s.end as usize]).collect();
        assert_eq!(found, *expected, "{phrases} in {text}");
        assert!(spans.iter().all(|s| s.score.is_nan() && &*labels.name(s.source) == "names"));
    }
}

#[test]
fn whole_tokens_and_nothing_less() {
    check(
        json!({}),
        "عمان|مصر|الأمم المتحدة|New York|ما",
        &[
            ("عمان", &["عمان"]),
            ("عمانية مصرف مصري وعمانية كمصرف", &[]),
            ("من مصر.", &["مصر"]),
            ("«مصر» (عمان)", &["مصر", "عمان"]),
            ("الأمم المتحدةx", &[]),
            ("الأمم", &[]),
            ("الأمم ،المتحدة", &[]),
            ("new york new yorker New\tYORK", &["new york", "New\tYORK"]),
            ("NewYork", &[]),
            ("New\nYork New\r\nYork", &["New\nYork", "New\r\nYork"]),
            ("New\n\nYork New\u{2029}York New\r\n \r\nYork", &[]),
            ("", &[]),
        ],
    );
}

#[test]
fn proclitics_stay_outside() {
    check(
        json!({}),
        "تونس|مصر|السعودية|الأمم المتحدة|اللجنة الأولمبية|لبنان|الليل|يمن|الله",
        &[
            ("وتونس بمصر لمصر فتونس كتونس", &["تونس", "مصر", "مصر", "تونس", "تونس"]),
            ("والسعودية وبالسعودية", &["السعودية", "السعودية"]),
            ("للأمم المتحدة", &["لأمم المتحدة"]),
            ("وللأمم المتحدة", &["لأمم المتحدة"]),
            ("للجنة الأولمبية", &["لجنة الأولمبية"]),
            ("للسعودية فللسعودية", &["لسعودية", "لسعودية"]),
            ("للبنان ولبنان اللبنان", &["لبنان", "لبنان", "لبنان"]),
            ("لليل لله بالله", &["ليل", "له", "الله"]),
            ("لليمن واليمن", &["يمن", "يمن"]),
            ("وَتُونِس لـتونس بـ«مصر»", &["تُونِس", "تونس", "مصر"]),
            ("ولتونس أوبمصر سيمن", &["تونس", "مصر", "يمن"]),
            ("متونس ووتونس بوتونس", &[]),
            ("و تونس", &["تونس"]),
        ],
    );
    check(
        json!({}),
        "Algérie|China|Sana|Côte d’Ivoire|McDonald's|McDonald",
        &[
            ("l'Algérie D’ALGÉRIE x'Algérie", &["Algérie", "ALGÉRIE"]),
            ("China's China’s Chinas", &["China", "China"]),
            ("China 's China -'s", &["China", "China"]),
            ("Sana'a la Côte d'Ivoire's", &["Côte d'Ivoire"]),
            ("McDonald's McDonald", &["McDonald's", "McDonald"]),
        ],
    );
    check(json!({"proclitics": false}), "Algérie|China", &[("l'Algérie China's China", &["China"])]);
    check(json!({"proclitics": false}), "تونس|السعودية", &[("وتونس للسعودية تونس", &["تونس"])]);
}

#[test]
fn spellings_that_count_as_the_same() {
    check(
        json!({}),
        "الأردن|مكة المكرمة|٢٢ يوليو|Côte d’Ivoire|ﷺ|Straße",
        &[
            ("الاردن الأُرْدُنّ الأردنَ الـأردن", &["الاردن", "الأُرْدُنّ", "الأردنَ", "الـأردن"]),
            ("ﺍﻷﺭﺩﻥ ﻭﺍﻷﺭﺩﻥ", &["ﺍﻷﺭﺩﻥ", "ﺍﻷﺭﺩﻥ"]),
            ("مكه\u{a0}المكرمه", &["مكه\u{a0}المكرمه"]),
            ("22 يوليو و۲۲ یولیو", &["22 يوليو", "۲۲ یولیو"]),
            ("CÔTE D'IVOIRE co\u{302}te d'ivoire cote d'ivoire", &["CÔTE D'IVOIRE", "co\u{302}te d'ivoire"]),
            ("محمد صلى الله عليه وسلم", &["صلى الله عليه وسلم"]),
            ("STRASSE", &["STRASSE"]),
        ],
    );
    check(json!({"fold": {"case": false}}), "US", &[("us US", &["US"])]);
    check(json!({"fold": {"letters": false}}), "علي", &[("على علي", &["علي"])]);
    check(json!({"fold": {"marks": false}}), "كتب", &[("كَتب كتب", &["كتب"])]);
    check(json!({"fold": {"accents": true}}), "Peru", &[("Pérú", &["Pérú"])]);
}

#[test]
fn hyphens_and_dashes_between_words() {
    check(
        json!({}),
        "الكونغو - كينشاسا|Guinea Bissau|Timor-Leste|U.S. Virgin Islands|St. Lucia",
        &[
            ("الكونغو - كينشاسا", &["الكونغو - كينشاسا"]),
            ("والكونغو-كينشاسا", &["الكونغو-كينشاسا"]),
            ("الكونغو – كينشاسا", &["الكونغو – كينشاسا"]),
            ("للكونغو كينشاسا", &["لكونغو كينشاسا"]),
            ("الكونغو، كينشاسا", &[]),
            ("Guinea-Bissau, guinea bissau; Guinea - Bissau", &["Guinea-Bissau", "guinea bissau"]),
            ("Timor-Leste Timor Leste Timor — Leste", &["Timor-Leste", "Timor Leste", "Timor — Leste"]),
            ("the U.S. Virgin Islands, St.  Lucia.", &["U.S. Virgin Islands", "St.  Lucia"]),
            ("St. Lucia-", &["St. Lucia"]),
        ],
    );
}

#[test]
fn the_phrase_that_reaches_farthest_wins() {
    check(
        json!({}),
        "a b|a b c d|b|c d e|a b cx",
        &[
            ("a b c d", &["a b c d"]),
            // The longest cannot end inside a token, so the next longest stands, and the search goes on behind it.
            ("a b c dx", &["a b"]),
            ("a b c d e", &["a b c d"]),
            ("a b cy", &["a b"]),
            ("b c d e", &["b", "c d e"]),
            ("a a b", &["a b"]),
        ],
    );
    // A phrase behind a proclitic wins if it reaches farther; if both reach as far, the one with the proclitic in it does.
    check(json!({}), "وليد|ليد الكبير", &[("وليد", &["وليد"]), ("وليد الكبير", &["ليد الكبير"]), ("ليد", &[])]);
}

#[test]
fn files_and_labels() {
    let tsv = "\u{feff}# names\r\n\r\nتونس\tLOC\r\n تونِس \tORG\nتونس\tLOC\nFoo\n";
    let found = |ambiguous: &str| {
        let options = json!({"files": ["a.tsv"], "label": "X", "ambiguous": ambiguous});
        let (stage, labels) = stage(options, &[("a.tsv", tsv)]).expect("the list is good");
        spans(&*stage, "تونس foo names").iter().map(|s| labels.name(s.label).to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("all"), ["LOC", "ORG", "X"]);
    assert_eq!(found("first"), ["LOC", "X"]);
}

#[test]
fn what_is_wrong_with_a_list_is_said_with_its_line() {
    for (options, file, expected) in [
        (json!({}), "", "it has nothing to look for"),
        (json!({"files": ["b.tsv"]}), "", "`files[0]`: b.tsv: no such file"),
        (json!({"files": ["a.tsv"]}), "# nothing\n\n", "`files[0]`: a.tsv: there is no phrase in it"),
        (
            json!({"files": ["a.tsv"]}),
            "a\tX\n\nb\nc\n",
            "`files[0]`: a.tsv, line 3: the phrase has no label: write it after a tab, or set the option `label` (and 1 more such lines)",
        ),
        (json!({"files": ["a.tsv"], "label": "Y"}), "a\t \n", "`files[0]`: a.tsv, line 1: the label is empty"),
        (
            json!({"files": ["a.tsv"]}),
            "a\tX\tY",
            "`files[0]`: a.tsv, line 1: there are more than two columns: a line is a phrase, a tab and its label",
        ),
        (json!({"files": ["a.tsv"]}), "ًـ -\tX", "`files[0]`: a.tsv, line 1: nothing is left of the phrase to look for"),
        (json!({"phrases": [{"phrase": "a"}]}), "", "`phrases[0]`: the phrase has no label"),
        (
            json!({"phrases": [{"phrase": " ", "label": "X"}]}),
            "",
            "`phrases[0].phrase`: nothing is left of the phrase to look for",
        ),
        (json!({"phrases": [{"phrase": "a", "label": ""}]}), "", "`phrases[0].label`: the label is empty"),
        (json!({"phrases": [{"phrase": "a", "label": "X"}], "label": ""}), "", "`label`: a label cannot be empty"),
        (
            json!({"fold": {"cases": true}}),
            "",
            "`fold.cases`: unknown field `cases`, expected one of `case`, `marks`, `letters`, `accents`",
        ),
    ] {
        let error = stage(options, &[("a.tsv", file)]).err().map(|e| e.to_string());
        assert_eq!(error.as_deref(), Some(expected));
    }
}

const PHRASES: [&str; 8] =
    ["السعودية", "لبنان", "الأمم المتحدة", "تونس", "الكونغو - كينشاسا", "مصر العربية", "a b", "b"];

proptest! {
    #[test]
    fn a_span_is_a_phrase_of_the_list_between_token_bounds(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "و", "ب", "ال", "لل", "ل", "ـ", "َ", " ", "  ", "-", "\n", ".", "\u{200f}", "السعودية", "سعودية", "لبنان", "لأمم", "أمم",
                "المتحدة", "المتّحده", "تونس", "ﺗﻮﻧﺲ", "الكونغو", "كينشاسا", "مصر", "العربية", "a", "B", "x", "😀",
            ]),
            0..24,
        )
    ) {
        let text = parts.concat();
        let phrases: Value = PHRASES.iter().map(|phrase| json!({"phrase": phrase, "label": "X"})).collect();
        let (stage, _) = stage(json!({"phrases": phrases}), &[]).expect("the options are good");
        let folder = Folder::new(Folds::default());
        let key = |text: &str| folder.phrase(text).replace('-', " ");
        let tokens = tokens(&text);
        let mut last = 0;
        for span in spans(&*stage, &text) {
            prop_assert!(span.start >= last);
            last = span.end;
            let found = key(&text[span.start as usize..span.end as usize]);
            // After `ل` the article has lost its alef and, before a lam, its lam.
            let spellings = [found.clone(), format!("ا{found}"), format!("ال{found}")];
            prop_assert!(PHRASES.iter().any(|phrase| spellings.contains(&key(phrase))), "{found:?} in {text:?}");
            let first = tokens.iter().find(|t| t.start <= span.start && span.start < t.end).expect("it begins in a token");
            prop_assert!(tokens.iter().any(|t| t.end == span.end));
            let before = folder.phrase(&text[first.start as usize..span.start as usize]);
            prop_assert!(before.chars().all(|c| "اوفبكلس".contains(c)) && before.chars().count() <= 5, "{before:?} in {text:?}");
        }
    }
}
