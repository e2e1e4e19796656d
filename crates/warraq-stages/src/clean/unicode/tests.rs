use super::definition;
use crate::clean::testing::{check, messy_text, run, text};
use icu_normalizer::ComposingNormalizerBorrowed;
use proptest::prelude::*;

#[test]
fn normalisation_replaces_segments() {
    check(
        &definition(),
        "",
        "",
        &[
            ("ا\u{653}ا\u{654}ا\u{655}و\u{654}ي\u{654}", "آأإؤئ"),
            ("e\u{323}\u{302} e\u{302}\u{323}", "ệ ệ"),
            // The shadda comes after its vowel sign.
            ("ب\u{651}\u{64e}", "ب\u{64e}\u{651}"),
            ("ب\u{64e}\u{651}", "ب\u{64e}\u{651}"),
            ("\u{651}\u{64e}ب", "\u{64e}\u{651}ب"),
            ("\u{1100}\u{1161}\u{11a8} 가\u{11a8}", "각 각"),
            ("Å \u{212b} \u{2126}", "Å Å Ω"),
            ("\u{9c7}\u{9be}", "\u{9cb}"),
            ("क\u{93c} \u{958}", "क\u{93c} क\u{93c}"),
            ("ﻣﺮﺣﺒﺎ ｘ² ﬁ", "ﻣﺮﺣﺒﺎ ｘ² ﬁ"),
        ],
    );
}

#[test]
fn only_what_changes_is_edited() {
    let doc = run(&definition(), "", "", "كتاب ا\u{654}حمد و\u{64e}س\u{651}\u{64e}لام");
    let runs: Vec<_> =
        doc.source_map().runs().iter().map(|r| &doc.source()[r.source_start as usize..r.source_end as usize]).collect();
    assert_eq!(runs, ["ا\u{654}", "س\u{651}\u{64e}"]);
}

#[test]
fn marks_close_ranks_over_what_is_stripped() {
    check(
        &definition(),
        "",
        "",
        &[
            ("e\u{200b}\u{301}x", "éx"),
            ("e\u{301}\u{200b}x", "éx"),
            ("ا\u{200f}\u{654}\u{200f}ب", "أب"),
            ("ب\u{651}\u{feff}\u{64e}", "ب\u{64e}\u{651}"),
            ("\u{feff}\u{301}", "\u{301}"),
            ("\u{1100}\u{2060}\u{1161}", "가"),
        ],
    );
}

#[test]
fn joiners_stay_where_they_mean_something() {
    check(
        &definition(),
        "",
        "",
        &[
            ("می\u{200c}شود", "می\u{200c}شود"),
            ("کتابِ\u{200c}من", "کتابِ\u{200c}من"),
            ("می\u{200c}\u{200c}شود", "می\u{200c}شود"),
            ("می\u{200c}\u{200f}\u{200c}شود", "می\u{200c}شود"),
            // It would not join anyway.
            ("کار\u{200c}ها", "کارها"),
            ("شی\u{200c}ء", "شی\u{200c}ء"),
            ("ها\u{200c} ها", "ها ها"),
            ("می\u{200c} شود \u{200c}می", "می شود می"),
            ("می\u{200c}، می\u{200c}", "می، می"),
            ("\u{200c}a\u{200c}b\u{200d}c", "abc"),
            ("١٤٣٥ ه\u{200d}", "١٤٣٥ ه\u{200d}"),
            ("ه\u{200d}.ش", "ه\u{200d}.ش"),
            ("ا\u{200d} ب\u{200d}ب", "ا بب"),
            (" \u{200d}ه", " \u{200d}ه"),
            ("👩\u{200d}💻 👩🏽\u{200d}💻 ❤\u{fe0f}\u{200d}🔥", "👩\u{200d}💻 👩🏽\u{200d}💻 ❤\u{fe0f}\u{200d}🔥"),
            ("👩\u{200d} 👩\u{200d}a", "👩 👩a"),
            // Half forms, explicit virama, chillu.
            ("क्\u{200d}ष क्\u{200c}ष ന്\u{200d}", "क्\u{200d}ष क्\u{200c}ष ന്\u{200d}"),
            // What counts is the order of marks that normalisation leaves.
            ("\u{64b}\u{94d}\u{200c}", "\u{94d}\u{64b}"),
            ("ไทย\u{200b}ไทย a\u{200b}b", "ไทย\u{200b}ไทย ab"),
        ],
    );
    check(&definition(), "joiners = \"strip\"", "", &[("می\u{200c}شود", "میشود")]);
    check(&definition(), "joiners = \"keep\"", "", &[("a\u{200c}\u{200c}", "a\u{200c}\u{200c}")]);
}

#[test]
fn selectors_stay_where_they_choose() {
    check(
        &definition(),
        "",
        "",
        &[
            ("❤\u{fe0f} 1\u{fe0f}\u{20e3} ©\u{fe0e}", "❤\u{fe0f} 1\u{fe0f}\u{20e3} ©\u{fe0e}"),
            ("漢\u{e0100}", "漢\u{e0100}"),
            ("❤\u{fe0f}\u{fe0f}\u{e0101}", "❤\u{fe0f}"),
            ("ب\u{fe0f} a\u{fe0f} \u{fe0f}", "ب a "),
            // Scotland; then a hidden text.
            ("🏴\u{e0067}\u{e0062}\u{e007f} a\u{e0067}\u{e0062}", "🏴\u{e0067}\u{e0062}\u{e007f} a"),
        ],
    );
    check(&definition(), "selectors = \"strip\"", "", &[("❤\u{fe0f}🏴\u{e0067}", "❤🏴")]);
}

#[test]
fn line_ends_and_tabs_are_left_to_another_stage() {
    check(
        &definition(),
        "",
        "",
        &[("a\tb\r\nc\u{85}d\u{b}\u{c}e\u{2028}\u{1b}[0m", "a\tb\r\nc\u{85}d\u{b}\u{c}e\u{2028}[0m")],
    );
}

const SETTINGS: [&str; 5] = [
    "",
    "form = \"nfkc\"",
    "form = \"none\"",
    "form = \"nfkc\"\nbidi = \"keep\"\nzero_width = \"keep\"\nreplacement = \"strip\"",
    "joiners = \"strip\"\nselectors = \"keep\"\ncontrols = \"keep\"\nbom = \"keep\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_second_run_changes_nothing(input in messy_text(), setting in 0..SETTINGS.len()) {
        let once = text(&definition(), SETTINGS[setting], "", &input);
        let twice = text(&definition(), SETTINGS[setting], "", &once);
        prop_assert_eq!(once.escape_unicode().to_string(), twice.escape_unicode().to_string());
    }

    /// Against the normaliser over the whole text, from which the same characters have been filtered.
    #[test]
    fn the_result_is_the_normal_form_of_the_filtered_text(input in messy_text()) {
        let all = "joiners = \"strip\"\nselectors = \"strip\"\nreplacement = \"strip\"\n";
        let nfc = ComposingNormalizerBorrowed::new_nfc();
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        let filtered = text(&definition(), &format!("form = \"none\"\n{all}"), "", &input);
        let kept = |c: &char| super::normal::Form::None.classes().of(*c) < super::BOM;
        prop_assert_eq!(&filtered, &input.chars().filter(kept).collect::<String>());
        prop_assert_eq!(text(&definition(), all, "", &input), nfc.normalize(&filtered));
        prop_assert_eq!(text(&definition(), &format!("form = \"nfkc\"\n{all}"), "", &input), nfkc.normalize(&filtered));
        // With the default treatment, too, the result is in the form.
        prop_assert!(nfc.is_normalized(&text(&definition(), "", "", &input)));
    }
}
