use super::definition;
use crate::arabic::{is_quranic_mark, is_tashkeel};
use crate::clean::testing::{apply, check, messy_text, run, text};
use proptest::prelude::*;
use warraq_core::Document;

#[test]
fn each_option_by_itself() {
    for (options, cases) in [
        (
            "",
            &[
                ("قَالَ إلى ٢٥٪؟", "قَالَ إلى ٢٥٪؟"),
                ("ﻻ ﻷ ﻹ ﻵ ﻼ", "لا لأ لإ لآ لا"),
                ("ﺑﹱﺖ ﺑﹰ ﱞ", "بـ\u{64b}ت ب\u{64b} \u{64c}\u{651}"),
                ("ﭘﭽﮊﮔﯼﮎ ﮨﮯ", "پچژگیک ہے"),
                ("﴾ﷲ﴿ باﷲ ولﷲ وﷲ عبدﷲ دعاﷲ", "﴾الله﴿ بالله ولله والله عبدالله دعاالله"),
                ("ﷺﷺ (ﷻ) 5﷼و", "صلى الله عليه وسلم صلى الله عليه وسلم (جل جلاله) 5 ريال و"),
                ("\u{feff}a", "\u{feff}a"),
            ][..],
        ),
        ("presentation_forms = \"keep\"", &[("ﻣﺮﺣﺒﺎ ﷺ", "ﻣﺮﺣﺒﺎ ﷺ")]),
        (
            "tatweel = \"strip\"",
            &[
                ("الـــسلام", "السلام"),
                ("لـ22 هـ ـها", "ل22 ه ها"),
                ("كتابـًا بَـّ", "كتاب\u{64b}ا ب\u{64e}\u{651}"),
                ("قال ـ نعم ــ 2003ـ2004", "قال - نعم - 2003-2004"),
                // The seat of a vowel sign that is shown by itself.
                ("علامة ـ\u{64e} هنا", "علامة ـ\u{64e} هنا"),
                ("ﺑـﺖ ﹷ", "بت ـ\u{64e}"),
            ],
        ),
        ("tatweel = \"strip\"\ntashkeel = \"strip\"", &[("كتابـًا ـ\u{64e} ﹷب", "كتابا - ب")]),
        (
            "tashkeel = \"strip\"",
            &[
                ("مُتَحَدِّثٌ هٰذا", "متحدث هذا"),
                ("بـَـ", "بــ"),
                ("\u{64b}\u{651}", ""),
                ("a\u{64b} «\u{64e}» ٥\u{64b}", "a «» ٥"),
                ("ﺑﹱ", "بـ"),
                ("ا\u{654}\u{64e}", "ا\u{654}"),
                ("قُرۡآن\u{6d6}", "قرۡآن\u{6d6}"),
            ],
        ),
        (
            "quranic = \"strip\"",
            &[
                ("قُرۡءَانٞ لَهُۥ ۝١ ۞", "قُرءَان لَهُ ١ "),
                ("الٓم\u{653} آ ا\u{653}", "الم آ ا\u{653}"),
                ("محمد\u{610} عَ\u{8f0}", "محمد عَ"),
            ],
        ),
        (
            "alef = \"fold\"",
            &[("أإآٱا", "ااااا"), ("ا\u{654}ا\u{653}ا\u{64e}\u{655} ﻷ ﺃ", "ااا\u{64e} لا ا"), ("و\u{654}", "و\u{654}")],
        ),
        ("ya = \"fold\"", &[("إلى علي ی", "إلي علي ی")]),
        ("ta_marbuta = \"fold\"", &[("مدرسةٌ ۃ", "مدرسهٌ ۃ")]),
        ("hamza = \"fold\"", &[("مسؤول شئون و\u{654} ي\u{654} أ ه\u{654}", "مسءول شءون ء ء أ ه\u{654}")]),
        ("hamza = \"carrier\"", &[("مسؤول شئون و\u{654} ي\u{64e}\u{654} ء", "مسوول شيون و ي\u{64e} ء")]),
        (
            "digits = \"western\"",
            &[("٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹", "0123456789 0123456789"), ("١٬٢٣٤٫٥ ٪١٠ ٫ ٣٫ 3٫5", "1,234.5 %10 ٫ 3٫ 3.5")],
        ),
        (
            "digits = \"arabic-indic\"",
            &[("123 ۴۵۶ 12.5% (2024) a1 http://x/2 1", "١٢٣ ٤٥٦ ١٢.٥% (٢٠٢٤) a1 http://x/2 ١"), ("و8،3", "و٨،٣")],
        ),
        ("digits = \"persian\"", &[("456 ٤٥٦", "۴۵۶ ۴۵۶")]),
        ("punctuation = \"fold\"", &[("، ؛ ؟ ۔ ٪", ", ; ? . ٪")]),
        ("persian_letters = \"fold\"", &[("یے کڪ ہھە ۃ ی\u{64e}", "يي كك ههه ة ي\u{64e}"), ("پچژگٹڈڤۀ", "پچژگٹڈڤۀ")]),
        ("persian_letters = \"fold\"\nta_marbuta = \"fold\"\nhamza = \"fold\"", &[("ۃ ی\u{654}", "ه ء")]),
    ] {
        check(&definition(), options, "", cases);
    }
}

#[test]
fn profiles_fold_letters_of_arabic_only() {
    let search = "profile = \"search\"";
    let input = "أآىة ؤئ ـ\u{64e}ب ٢ یک";
    for (lang, expected) in [
        ("ar", "اايه ءء ب 2 یک"),
        ("arz", "اايه ءء ب 2 یک"),
        ("AR-sa", "اايه ءء ب 2 یک"),
        ("und", "اايه ءء ب 2 یک"),
        ("", "اايه ءء ب 2 یک"),
        ("fa", "أآىة ؤئ ب 2 یک"),
        ("ur-PK", "أآىة ؤئ ب 2 یک"),
        ("ckb", "أآىة ؤئ ب 2 یک"),
    ] {
        check(&definition(), search, lang, &[(input, expected)]);
    }
    check(&definition(), "profile = \"search\"\nalef = \"fold\"", "fa", &[("آب ى", "اب ى")]);
    check(&definition(), "", "fa", &[("﷼", "ریال")]);
    check(&definition(), "", "ar", &[("﷼", "ريال")]);
}

#[test]
fn the_source_of_a_word_keeps_its_last_vowel() {
    let doc = run(&definition(), "profile = \"search\"", "", "كتابٌ أَمــ");
    assert_eq!(doc.text(), "كتاب ام");
    let source = |text: &str| {
        let start = doc.text().find(text).expect("it is there") as u32;
        let (from, to) = doc.source_map().range(start, start + text.len() as u32);
        &doc.source()[from as usize..to as usize]
    };
    assert_eq!((source("كتاب"), source("ام")), ("كتابٌ", "أَمــ"));
    assert_eq!((source("كتا"), source("م")), ("كتا", "مــ"));
}

#[test]
fn one_edit_for_each_letter_with_its_marks() {
    let doc = run(&definition(), "tashkeel = \"strip\"\ntatweel = \"strip\"", "", "حَـّـدَّث");
    let removed: Vec<_> =
        doc.removed().iter().map(|r| &doc.source()[r.source_start as usize..r.source_end as usize]).collect();
    assert_eq!(removed, ["َـّـ", "َّ"]);
}

const SETTINGS: [&str; 10] = [
    "",
    "profile = \"search\"",
    "profile = \"ml\"",
    "profile = \"search\"\nhamza = \"carrier\"\npersian_letters = \"fold\"\npunctuation = \"fold\"",
    "tatweel = \"strip\"",
    "tatweel = \"strip\"\nquranic = \"strip\"",
    "tashkeel = \"strip\"\npresentation_forms = \"keep\"",
    "digits = \"persian\"\nalef = \"fold\"",
    "digits = \"arabic-indic\"\nhamza = \"fold\"\nya = \"fold\"",
    "quranic = \"strip\"\nhamza = \"carrier\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_second_run_changes_nothing(input in messy_text(), setting in 0..SETTINGS.len(), persian in any::<bool>()) {
        let lang = if persian { "fa" } else { "ar" };
        let once = text(&definition(), SETTINGS[setting], lang, &input);
        let twice = text(&definition(), SETTINGS[setting], lang, &once);
        prop_assert_eq!(once.escape_unicode().to_string(), twice.escape_unicode().to_string());
    }

    /// Against a filter over characters, on text without what depends on its neighbours.
    #[test]
    fn stripping_is_filtering(input in "[ابتد َُِّْٰۖۡؐa1،]{0,30}") {
        let stripped = text(&definition(), "tashkeel = \"strip\"\nquranic = \"strip\"", "", &input);
        let filtered: String = input.chars().filter(|c| !is_tashkeel(*c) && !is_quranic_mark(*c)).collect();
        prop_assert_eq!(stripped, filtered);
    }

    /// What is not on record as removed has not been lost from the text by `lossless`.
    #[test]
    fn lossless_removes_nothing(input in messy_text()) {
        prop_assert!(run(&definition(), "", "", &input).removed().is_empty());
    }
}

#[test]
fn a_document_can_be_cleaned_twice() {
    let mut doc = Document::with_text("d", "أَلـــف ﷺ");
    apply(&definition(), "tatweel = \"strip\"", &mut doc);
    apply(&definition(), "tashkeel = \"strip\"", &mut doc);
    assert_eq!(doc.text(), "ألف صلى الله عليه وسلم");
}
