//! Vectors derived from the published rules, one for each affix and each bound, and the laws of the algorithm.

use super::*;
use crate::normal::normalized;
use crate::stem::Rules;
use proptest::prelude::*;

fn stem(rules: Rules, token: &str) -> String {
    let mut scratch = String::new();
    Stemmer::new(rules).stem(normalized(token, &mut scratch).expect("it is an Arabic word")).to_owned()
}

fn check(rules: Rules, vectors: &[(&str, &str)]) {
    let wrong: Vec<String> = vectors
        .iter()
        .map(|(word, expected)| (word, expected, stem(rules, word)))
        .filter(|(_, expected, found)| found != *expected)
        .map(|(word, expected, found)| format!("{word}: expected {expected}, found {found}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn light10_takes_each_prefix_off() {
    check(
        Rules::Light10,
        &[
            ("القلم", "قلم"),
            ("والقلم", "قلم"),
            ("بالقلم", "قلم"),
            ("كالقلم", "قلم"),
            ("فالقلم", "قلم"),
            ("للقلم", "قلم"),
            ("وقلم", "قلم"),
            ("وبالقلم", "قلم"),
            ("وكالقلم", "قلم"),
            ("وللقلم", "قلم"),
            ("ووالقلم", "قلم"),
            // Not in the list.
            ("بقلم", "بقلم"),
            ("كقلم", "كقلم"),
            ("لقلم", "لقلم"),
            ("سيقلم", "سيقلم"),
            ("فبالقلم", "فبالقلم"),
            ("فللقلم", "فللقلم"),
            // One article only.
            ("الالقاب", "القاب"),
            ("الوالد", "والد"),
        ],
    );
}

#[test]
fn light10_keeps_short_words_from_losing_a_prefix() {
    check(
        Rules::Light10,
        &[
            // The conjunction leaves three letters, the articles two.
            ("وعدل", "عدل"),
            ("وعد", "وعد"),
            ("وهب", "وهب"),
            ("اليد", "يد"),
            ("الا", "الا"),
            ("واليد", "يد"),
            ("والد", "الد"),
            ("باليد", "يد"),
            ("بالد", "بالد"),
            ("كاليد", "يد"),
            ("كالد", "كالد"),
            ("فاليد", "يد"),
            ("فالد", "فالد"),
            ("لليد", "يد"),
            ("للد", "للد"),
            ("و", "و"),
            ("ال", "ال"),
        ],
    );
}

#[test]
fn light10_takes_each_suffix_off() {
    check(
        Rules::Light10,
        &[
            ("قلمها", "قلم"),
            ("قلمان", "قلم"),
            ("معلمات", "معلم"),
            ("معلمون", "معلم"),
            ("معلمين", "معلم"),
            ("معلميه", "معلم"),
            ("معلمية", "معلم"),
            ("قلمه", "قلم"),
            ("معلمة", "معلم"),
            ("قلمي", "قلم"),
            ("منتدى", "منتد"),
            // Not in the list.
            ("قلمهم", "قلمهم"),
            ("قلمكم", "قلمكم"),
            ("قلمنا", "قلمنا"),
            ("كتبتم", "كتبتم"),
            ("كتبوا", "كتبوا"),
        ],
    );
}

#[test]
fn light10_goes_through_the_suffixes_once_and_in_order() {
    check(
        Rules::Light10,
        &[
            // ها comes before ات and ان, ه after them.
            ("معلماتها", "معلم"),
            ("معلماته", "معلمات"),
            ("قلمانها", "قلم"),
            // ين comes before ية, ون before ه.
            ("قلمونه", "قلمون"),
            ("قلمهون", "قلم"),
            ("قلميها", "قلم"),
            // ي is the last.
            ("قلمييه", "قلم"),
            ("قلميي", "قلمي"),
        ],
    );
}

#[test]
fn light10_leaves_two_letters_before_a_suffix() {
    check(
        Rules::Light10,
        &[
            ("يدها", "يد"),
            ("بها", "بها"),
            ("يدان", "يد"),
            ("كان", "كان"),
            ("بنات", "بن"),
            ("ذات", "ذات"),
            ("بنون", "بن"),
            ("لون", "لون"),
            ("بنين", "بن"),
            ("عين", "عين"),
            ("بنيه", "بن"),
            ("فيه", "في"),
            ("سنية", "سن"),
            ("حية", "حي"),
            ("يده", "يد"),
            ("له", "له"),
            ("سنة", "سن"),
            ("يدي", "يد"),
            ("في", "في"),
            ("ه", "ه"),
        ],
    );
}

#[test]
fn light10_normalises_before_it_stems() {
    check(
        Rules::Light10,
        &[
            ("وَالْكِتَابُ", "كتاب"),
            ("الأُمَّةُ", "ام"),
            ("آثارها", "اثار"),
            ("الـمـدرسـة", "مدرس"),
            ("إلى", "ال"),
            ("مؤتمرات", "مؤتمر"),
        ],
    );
}

#[test]
fn without_normalisation_words_are_stemmed_as_written() {
    let stemmer = Stemmer::new(Rules::Light10);
    for (word, expected) in
        [("المدرسة", "مدرس"), ("الأمة", "أم"), ("مستشفى", "مستشفى"), ("كتابِها", "كتابِ"), ("وَكتاب", "\u{64e}كتاب")]
    {
        let arabic = normal::as_written(word).expect("it is an Arabic word");
        assert_eq!(stemmer.stem(arabic), expected, "{word}");
    }
}

#[test]
fn extended_takes_clitics_off_where_no_root_begins_so() {
    check(
        Rules::Extended,
        &[
            ("فبالقلم", "قلم"),
            ("فكالقلم", "قلم"),
            ("فللقلم", "قلم"),
            ("بمدرسة", "مدرس"),
            ("ببيروت", "بيروت"),
            ("بفرنسا", "فرنسا"),
            ("كقائد", "قائد"),
            ("ككاتب", "كاتب"),
            ("كجزء", "جزء"),
            ("لرئيس", "رئيس"),
            ("فمنذ", "منذ"),
            ("ففقد", "فقد"),
            ("ولرئيس", "رئيس"),
            ("فمبلغ", "مبلغ"),
            // Too few letters are left, or other letters follow.
            ("بمن", "بمن"),
            ("فمن", "فمن"),
            ("ففي", "فف"),
            ("ككل", "ككل"),
            ("بلد", "بلد"),
            ("برنامج", "برنامج"),
            ("فبراير", "فبراير"),
            ("كتاب", "كتاب"),
            ("لندن", "لندن"),
            ("لجنة", "لجن"),
            // Behind an article there is no clitic.
            ("البفتيك", "بفتيك"),
        ],
    );
}

#[test]
fn extended_takes_the_future_off_where_it_is_sure() {
    check(
        Rules::Extended,
        &[
            ("سيستمر", "يستمر"),
            ("ستستمر", "تستمر"),
            ("وسيتحول", "يتحول"),
            ("سيعمل", "يعمل"),
            ("سيظهر", "يظهر"),
            ("سيؤدي", "يؤد"),
            ("سيتم", "سيتم"),
            ("سيكون", "سيك"),
            ("سيارة", "سيار"),
            ("سيناء", "سيناء"),
            ("ستكون", "ستك"),
            ("ستائر", "ستائر"),
            ("السيسي", "سيس"),
        ],
    );
}

#[test]
fn extended_takes_pronouns_off() {
    check(
        Rules::Extended,
        &[
            ("كتابهما", "كتاب"),
            ("كتابكما", "كتاب"),
            ("كتابهم", "كتاب"),
            ("كتابكم", "كتاب"),
            ("كتابهن", "كتاب"),
            ("استطعتم", "استطع"),
            ("مدينتنا", "مدين"),
            ("جنسيتهم", "جنس"),
            ("مدينتها", "مدين"),
            ("مدينته", "مدين"),
            ("مدينتهم", "مدين"),
            ("قيمتهم", "قيم"),
            ("سلطتكم", "سلط"),
            ("كتاباتهم", "كتاب"),
            ("كتاباته", "كتاب"),
            ("معلميهم", "معلم"),
            // The ت of the stem stays where it is short, and so does a word's own end.
            ("بيتهم", "بيت"),
            ("صوتنا", "صوت"),
            ("سنتها", "سنت"),
            ("قلمهم", "قلمهم"),
            ("درهم", "درهم"),
            ("متهم", "متهم"),
            ("مساهم", "مساهم"),
            ("محاكم", "محاكم"),
            ("قانونا", "قانونا"),
            ("سكننا", "سكننا"),
            ("هنا", "هنا"),
            // A ta marbuta is no pronoun.
            ("ملفتة", "ملفت"),
            ("مدينة", "مدين"),
        ],
    );
}

#[test]
fn protected_words_stay_whole_behind_their_clitics() {
    for (rules, word, expected) in [
        (Rules::Light10, "لندن", "لندن"),
        (Rules::Light10, "فلسطين", "فلسطين"),
        (Rules::Light10, "وفلسطين", "فلسطين"),
        (Rules::Light10, "الفلسطينية", "فلسطين"),
        (Rules::Extended, "بفلسطين", "فلسطين"),
        (Rules::Extended, "وببغاء", "ببغاء"),
    ] {
        let mut stemmer = Stemmer::new(rules);
        for word in ["فلسطين", "ببغاء"] {
            stemmer.protect(word);
        }
        let mut scratch = String::new();
        assert_eq!(stemmer.stem(normalized(word, &mut scratch).expect("it is Arabic")), expected, "{word}");
    }
}

#[test]
fn the_table_of_the_manual_is_true() {
    let mut rows = 0;
    for line in MANUAL.lines().filter(|line| line.starts_with('|')).skip(2) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [word, light10, extended] = cells[..] else { panic!("{line}") };
        check(Rules::Light10, &[(word, light10)]);
        check(Rules::Extended, &[(word, extended)]);
        rows += 1;
    }
    assert!(rows > 10);
}

#[test]
fn what_the_readme_shows_is_true() {
    let parts: Vec<&str> = include_str!("../README.md").split('`').collect();
    let shown: Vec<(&str, &str)> =
        parts.windows(3).filter(|parts| parts[1] == " → ").map(|parts| (parts[0], parts[2])).collect();
    check(Rules::Extended, &shown);
    assert!(shown.len() > 10);
}

/// Words of the letters that affixes are made of, and a few others.
const WORDS: &str = "[وفبكلسايتنمهةىءأعرجقد]{1,12}";

proptest! {
    #[test]
    fn a_stem_is_a_part_of_the_normalised_word(token in WORDS) {
        let mut scratch = String::new();
        let arabic = normalized(&token, &mut scratch).expect("it is an Arabic word");
        for rules in [Rules::Light10, Rules::Extended] {
            let found = Stemmer::new(rules).stem(arabic);
            prop_assert!(!found.is_empty());
            prop_assert!(arabic.word.contains(found));
            // What is cut leaves at least two letters.
            prop_assert!(found == arabic.word || found.chars().count() >= 2);
        }
    }

    #[test]
    fn marks_and_tatweel_do_not_matter(token in WORDS, mark in "[\u{64b}-\u{652}\u{640}]", at in 0_usize..12) {
        let mut marked: Vec<char> = token.chars().collect();
        marked.insert(at.min(marked.len() - 1) + 1, mark.chars().next().expect("one mark"));
        let marked: String = marked.into_iter().collect();
        for rules in [Rules::Light10, Rules::Extended] {
            prop_assert_eq!(stem(rules, &marked), stem(rules, &token));
        }
    }

    #[test]
    fn a_stem_without_an_affix_is_its_own_stem(token in "[ءأعرجقدحصط]{1,8}") {
        for rules in [Rules::Light10, Rules::Extended] {
            let once = stem(rules, &token);
            prop_assert_eq!(&stem(rules, &once), &once);
        }
    }

    #[test]
    fn the_article_and_the_conjunction_do_not_matter(stem_of in "[عرجقدحصط]{3,6}") {
        for prefix in ["و", "ال", "وال", "بال", "كال", "فال", "لل", "وبال", "ولل"] {
            prop_assert_eq!(stem(Rules::Light10, &format!("{prefix}{stem_of}")), &*stem_of);
        }
    }
}
