//! What the stage answers, in a sentence per language and on what is no language; and what holds for any text.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use warraq_core::{Document, Labels, MemoryResources};

/// A sentence written for this project in each language.
const SENTENCES: &str = include_str!("../../../data/language/sentences.tsv");

fn sentences() -> impl Iterator<Item = (&'static str, &'static str)> {
    SENTENCES.lines().map(|line| line.split_once('\t').expect("a code, a tab, a sentence"))
}

fn stage(options: Value, labels: &Labels) -> std::result::Result<Box<dyn Worker>, OptionError> {
    let mut resources = MemoryResources::new();
    match build(options, &mut BuildContext::new("languages", labels, &mut resources))? {
        Built::Parallel(stage) => Ok(stage.worker()),
        other => panic!("{other:?}"),
    }
}

/// The tag, or `und`, and the score.
fn detect(worker: &mut dyn Worker, text: &str) -> (String, Option<f64>) {
    let mut changes = Changes::new();
    worker.process(&Document::with_text("1", text).view(), &mut changes).unwrap();
    let parts = changes.parts();
    (parts.lang.unwrap_or("und").to_owned(), parts.scores.first().map(|s| s.value))
}

#[track_caller]
fn check(options: Value, text: &str, expected: &str) {
    let mut worker = stage(options, &Labels::new()).unwrap();
    assert_eq!(detect(&mut *worker, text).0, expected, "{text}");
}

#[test]
fn every_language_is_told_by_a_sentence() {
    let known: BTreeSet<&str> = LANGUAGES.iter().map(|(code, _)| *code).collect();
    assert_eq!(sentences().map(|(code, _)| code).collect::<BTreeSet<_>>(), known);
    assert!(LANGUAGES.is_sorted());
    let mut worker = stage(json!({}), &Labels::new()).unwrap();
    let found: Vec<_> = sentences().map(|(code, text)| (code, detect(&mut *worker, text), text)).collect();
    let wrong: Vec<_> = found.iter().filter(|(code, (answer, _), _)| code != answer).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_model_knows_the_languages_that_no_script_stands_for() {
    let by_script: BTreeSet<&str> = Script::ALL.iter().filter_map(|s| s.language()).collect();
    let mut by_model = BTreeSet::new();
    for (group, languages) in LOADED.model.groups.iter().zip(&LOADED.languages) {
        for language in languages {
            let (code, script) = LANGUAGES[usize::from(language.0)];
            assert_eq!(group.script.code(), script, "{code}");
            assert!(by_model.insert(code), "{code}");
        }
    }
    assert!(by_model.is_disjoint(&by_script));
    let all: BTreeSet<&str> = LANGUAGES.iter().map(|(code, _)| *code).collect();
    assert_eq!(by_model.union(&by_script).copied().collect::<BTreeSet<_>>(), all);
    assert_eq!(LANGUAGES[usize::from(Language::CHINESE.0)].0, "zh");
}

#[test]
fn the_manual_names_every_language() {
    let words: BTreeSet<&str> = MANUAL.split(|c: char| !c.is_ascii_lowercase()).collect();
    let missing: Vec<_> = LANGUAGES.iter().filter(|(code, _)| !words.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(MANUAL.contains(&format!("for {} languages", LANGUAGES.len())));
    assert!(MANUAL.contains(&format!("more than {} bytes", detect::SAMPLE)));
}

#[test]
fn where_there_is_no_language_there_is_no_answer() {
    for text in [
        "",
        "…",
        "12:30 – 14/5/2024 +966 50 123 4567",
        "😀🇹🇳👍🏽",
        "\u{64e}\u{651}\u{640}",
        "ab",
        "م",
        "xqzvkjw pqxzjvk wqkzxvj zzkqxw jvqkxz",
        "dGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZw",
        "ሰላም ለዓለም",
    ] {
        check(json!({}), text, "und");
    }
}

#[test]
fn writing_does_not_decide() {
    for (text, expected) in [
        // Capitals, also those of Turkish.
        ("THE CHILDREN DID NOT WANT TO GO HOME BEFORE DINNER", "en"),
        ("İSTANBUL BELEDİYESİ YENİ OTOBÜS HATLARININ AÇILDIĞINI DUYURDU", "tr"),
        ("ВЧЕРА МЫ ВЕСЬ ДЕНЬ ПРОСИДЕЛИ У РЕКИ", "ru"),
        // Vowel signs, tatweel, presentation forms.
        ("ذَهَبَ الوَلَدُ إِلَى المَدْرَسَةِ صَبَاحًا", "ar"),
        ("ذهـــب الولــد إلى المدرســـة صباحا", "ar"),
        ("ﺫﻫﺐ ﺍﻟﻮﻟﺪ ﺇﻟﻰ ﺍﻟﻤﺪﺭﺳﺔ ﺻﺒﺎﺣﺎ", "ar"),
        ("בְּרֵאשִׁית בָּרָא אֱלֹהִים", "he"),
        // Words of another script, and addresses.
        ("أطلقت شركة Google خدمة جديدة باسم Google Earth للمستخدمين", "ar"),
        ("На сайте https://www.example.org/en/about можно найти расписание", "ru"),
        // Short.
        ("صباح الخير", "ar"),
        ("Guten Morgen, wie geht es dir?", "de"),
        ("Bonjour tout le monde", "fr"),
        ("こんにちは", "ja"),
        ("中国", "zh"),
    ] {
        check(json!({}), text, expected);
    }
}

#[test]
fn options_choose_what_can_be_answered_and_how() {
    let persian = "دیروز تمام روز کنار رودخانه نشسته بودیم";
    for (options, text, expected) in [
        (json!({"languages": ["ar", "ur"]}), "سارا دن دریا کے کنارے بیٹھے رہے", "ur"),
        (json!({"languages": ["ar", "fr"]}), "Χθες καθόμασταν όλη μέρα", "und"),
        (json!({"languages": ["zh"]}), "昨日は一日中川のそばに", "und"),
        (json!({"languages": ["en"]}), persian, "und"),
        (json!({"script": true}), persian, "fa-Arab"),
        (json!({"script": true}), "这个问题我们明天再说。", "zh-Hans"),
        (json!({"script": true}), "這個問題我們明天再說。", "zh-Hant"),
        (json!({"script": true}), "昨日は一日中川のそばに", "ja-Jpan"),
        (json!({"min_letters": 200}), persian, "und"),
        (json!({"min_letters": 30}), persian, "fa"),
        (json!({"min_letters": 3}), "中", "zh"),
        (json!({"min_score": 1.0}), "ok men", "und"),
    ] {
        check(options, text, expected);
    }
    for (options, expected) in [
        (json!({"languages": ["ar", "arabic"]}), "`languages[1]`: there is no language \"arabic\" here"),
        (json!({"min_letters": 501}), "`min_letters`: at most 500 letters can be asked for"),
        (json!({"min_score": 1.5}), "`min_score`: a score is from 0 to 1"),
        (json!({"granularity": "word"}), "`granularity`: unknown variant `word`, expected `document` or `paragraph`"),
    ] {
        assert_eq!(stage(options, &Labels::new()).err().map(|e| e.to_string()).as_deref(), Some(expected));
    }
}

#[test]
fn a_language_that_is_there_stays_unless_it_is_to_go() {
    let english = "The children did not want to go home before dinner.";
    for (options, lang, text, expected) in [
        (json!({}), "de", english, None),
        (json!({}), "und", english, Some("en")),
        (json!({}), "und", "12", Some("")),
        (json!({"overwrite": true}), "de", english, Some("en")),
        (json!({"overwrite": true}), "de", "12", Some("")),
        (json!({"granularity": "paragraph"}), "de", english, None),
    ] {
        let mut doc = Document::with_text("1", text);
        doc.set_lang(lang);
        let mut changes = Changes::new();
        stage(options, &Labels::new()).unwrap().process(&doc.view(), &mut changes).unwrap();
        assert_eq!(changes.parts().lang, expected, "{lang} {text}");
        assert_eq!(changes.parts().scores.len(), usize::from(expected.is_some_and(|lang| !lang.is_empty())));
    }
}

#[test]
fn lines_have_languages_of_their_own() {
    let labels = Labels::new();
    let mut worker = stage(json!({"granularity": "paragraph"}), &labels).unwrap();
    let (french, arabic) =
        ("Aucun des enfants ne voulait rentrer.", "لم يرد أحد من الأطفال أن يعود إلى البيت قبل العشاء.");
    let text = format!("  {french}\r\n{arabic}\r\n\r\n---\u{2028}{french}");
    let mut changes = Changes::new();
    worker.process(&Document::with_text("1", &text).view(), &mut changes).unwrap();
    let parts = changes.parts();
    let found: Vec<_> =
        parts.spans.iter().map(|s| (labels.name(s.label), &text[s.start as usize..s.end as usize])).collect();
    let found: Vec<(&str, &str)> = found.iter().map(|(label, text)| (&**label, *text)).collect();
    assert_eq!(found, [("lang:fr", french), ("lang:ar", arabic), ("lang:fr", french)]);
    assert!(parts.spans.iter().all(|s| (0.0..=1.0).contains(&s.score) && &*labels.name(s.source) == "languages"));
    // Two lines of 31 letters against one of 40, of which each counts for one and a half.
    assert_eq!(parts.lang, Some("fr"));
    let expected: f64 =
        parts.spans.iter().filter(|s| &*labels.name(s.label) == "lang:fr").map(|s| f64::from(s.score)).sum();
    assert!((parts.scores[0].value - expected * 62.0 / (124.0 + 120.0)).abs() < 0.05, "{:?}", parts.scores);
}

#[test]
fn a_long_text_is_judged_by_all_of_its_length() {
    let (head, body) =
        ("This notice is shown above every article. ", "ومن المقرر أن تعقد اللجنة اجتماعها المقبل يوم الأحد. ");
    check(json!({}), &(head.repeat(20) + &body.repeat(400)), "ar");
    check(json!({}), &(body.repeat(20) + &head.repeat(800)), "en");
}

#[test]
fn a_model_that_is_cut_short_or_garbled_is_refused() {
    let model = include_bytes!("../../../data/language/languages.bin.zst");
    let file = zstd::decode_all(&model[..]).unwrap();
    for (bytes, expected) in [
        (b"WQLANG2\n".to_vec(), "it is no language model"),
        (file[..file.len() / 2].to_vec(), "it ends too early"),
        ([b"WQLANG1\n", &[1u8, 4][..], b"Xxxx"].concat(), "unknown script \"Xxxx\""),
        ([b"WQLANG1\n", &[1u8, 4][..], b"Latn", &[1, 2], b"qq"].concat(), "Latn: unknown language \"qq\""),
    ] {
        let packed = zstd::encode_all(&bytes[..], 1).unwrap();
        assert_eq!(Model::read(&packed).err().as_deref(), Some(expected));
    }
}

proptest! {
    #[test]
    fn any_text_has_one_answer_with_a_score_from_0_to_1(
        text in prop_oneof![any::<String>(), "[a-zäöüßéèçа-яёء-يپچی一-龥ぁ-ん ]{0,200}", "(\\PC|\\s){0,9000}"],
        paragraphs: bool,
    ) {
        let labels = Labels::new();
        let granularity = if paragraphs { "paragraph" } else { "document" };
        let options = json!({"granularity": granularity, "min_score": 0.0, "min_letters": 0});
        let (mut used, mut fresh) = (stage(options.clone(), &labels).unwrap(), stage(options, &labels).unwrap());
        detect(&mut *used, "Another text was here before.");
        let found = detect(&mut *used, &text);
        prop_assert_eq!(&found, &detect(&mut *fresh, &text));
        prop_assert_eq!(found.0 == "und", found.1.is_none());
        prop_assert!(found.1.is_none_or(|score| (0.0..=1.0).contains(&score)), "{:?}", found);
    }

    #[test]
    fn digits_punctuation_and_case_say_nothing(n in 0..SENTENCES.lines().count(), noise in "[0-9.,:;!?()\"@#% ]{1,20}") {
        let mut worker = stage(json!({}), &Labels::new()).unwrap();
        let (code, text) = sentences().nth(n).unwrap();
        let plain = detect(&mut *worker, text);
        prop_assert_eq!(&detect(&mut *worker, &format!("{noise} {text} {noise}")), &plain);
        // `İ` has no lower case of one letter: capitals of Turkish and Azerbaijani are another text.
        if !matches!(code, "tr" | "az" | "lg" | "de" | "hy") {
            prop_assert_eq!(&detect(&mut *worker, &text.to_uppercase()).0, &plain.0);
        }
    }
}
