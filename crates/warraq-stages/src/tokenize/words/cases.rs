//! What the tailored tokenizer makes of a text, case by case.

use super::classes::{Class, TABLE};
use super::scanner;
use super::tests::tokens;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use warraq_core::TokenKind;

/// Texts and their tokens, each with a letter for its kind unless it is a word: `n`umber, `p`unctuation, `s`ymbol, `u`rl,
/// `m`ail address, `@`, `#`, `e`moji.
const CASES: &[(&str, &[&str])] = &[
    // Proclitics and numbers.
    ("و5", &["و", "n:5"]),
    ("فبـ٢٠٠", &["فبـ", "n:٢٠٠"]),
    ("لل22", &["لل", "n:22"]),
    ("وكال٣٬٥", &["وكال", "n:٣٬٥"]),
    ("وَ5", &["وَ", "n:5"]),
    ("ف16م", &["ف", "16م"]),
    ("كم5", &["كم5"]),
    ("لالا5", &["لالا5"]),
    ("5آلاف 5و", &["5آلاف", "5و"]),
    // Scripts.
    ("فيUSA،والـUN", &["في", "USA", "p:،", "والـ", "UN"]),
    ("Ⅸكتاب", &["Ⅸ", "كتاب"]),
    // Abbreviations.
    ("بي.بي.سي انتهى.وقال: د.ب.أ", &["بي.بي.سي", "انتهى", "p:.", "وقال", "p::", "د.ب.أ"]),
    ("U.S. e.g. U.S... end.", &["U.S.", "e.g.", "U.S", "p:...", "end", "p:."]),
    // Numbers.
    ("1,250.75، 8،3؛ 1.2.3", &["n:1,250.75", "p:،", "n:8،3", "p:؛", "n:1.2.3"]),
    ("٣٬٥٠٠٫٢٥٪ ٥٫ كلمة٫كلمة", &["n:٣٬٥٠٠٫٢٥", "p:٪", "n:٥", "p:٫", "كلمة", "p:٫", "كلمة"]),
    ("10:30: 1:2:3", &["n:10:30", "p::", "n:1:2:3"]),
    ("1/2/2024/3 1/2", &["n:1", "p:/", "n:2", "p:/", "n:2024", "p:/", "n:3", "n:1", "p:/", "n:2"]),
    ("٢٠٢٤/٧/١٥ 15/07/24.", &["n:٢٠٢٤/٧/١٥", "n:15/07/24", "p:."]),
    ("2024-07-15 2024-7-5", &["n:2024-07-15", "n:2024", "p:-", "n:7", "p:-", "n:5"]),
    ("10\u{202f}000\u{202f}€ mot\u{202f}!", &["n:10\u{202f}000", "s:€", "mot", "p:!"]),
    ("½ m² -5 +5", &["n:½", "m", "n:²", "p:-", "n:5", "s:+", "n:5"]),
    // Web addresses.
    ("https://x.com/a?b=c#d.", &["u:https://x.com/a?b=c#d", "p:."]),
    ("(http://x.y/(z)) http://x.y/)", &["p:(", "u:http://x.y/(z)", "p:)", "u:http://x.y/", "p:)"]),
    ("«http://x.y»، http://x.y،نعم", &["p:«", "u:http://x.y", "p:»", "p:،", "u:http://x.y", "p:،", "نعم"]),
    ("HTTP://X.Y/صفحة_1 https://", &["u:HTTP://X.Y/صفحة_1", "https", "p::", "p:/", "p:/"]),
    ("http://1.2.3.4:80/?a[]=1&b", &["u:http://1.2.3.4:80/?a[]=1&b"]),
    ("www.4x.fr/a, www. www", &["u:www.4x.fr/a", "p:,", "www", "p:.", "www"]),
    ("my-site.co.com/x example.com: a.b", &["u:my-site.co.com/x", "u:example.com", "p::", "a.b"]),
    ("قال:http://x.y", &["قال", "p::", "u:http://x.y"]),
    // E-mail addresses.
    ("a.b+c-d@x-y.co.uk.", &["m:a.b+c-d@x-y.co.uk", "p:."]),
    ("<a1@x.com>،mailto:a@b.org", &["s:<", "m:a1@x.com", "s:>", "p:،", "mailto", "p::", "m:a@b.org"]),
    ("a@b a@b.c @x.com", &["a", "p:@", "b", "a", "p:@", "b.c", "@:@x", "p:.", "com"]),
    ("a.com@b.com", &["m:a.com@b.com"]),
    // Hashtags and mentions.
    ("#a_b، #٢٠٢٤ #اليوم٢٠!", &["#:#a_b", "p:،", "p:#", "n:٢٠٢٤", "#:#اليوم٢٠", "p:!"]),
    ("(#a)##b C# &#39;", &["p:(", "#:#a", "p:)", "p:#", "#:#b", "C", "p:#", "p:&#39;"]),
    (
        "&#39;&#39;a&amp;b &nope; &#x41; & #1;",
        &["p:&#39;&#39;", "a", "s:&amp;", "b", "p:&", "nope", "p:;", "s:&#x41;", "p:&", "p:#", "n:1", "p:;"],
    ),
    // Emoticons.
    (
        ":) ;-) :D, (:D) a:) :)) :(x) :-",
        &[
            "e::)", "e:;-)", "e::D", "p:,", "p:(", "p::", "D", "p:)", "a", "p::", "p:)", "e::))", "p::", "p:(", "x",
            "p:)", "p::", "p:-",
        ],
    ),
    ("@أحمد_1: @ a@", &["@:@أحمد_1", "p::", "p:@", "a", "p:@"]),
    ("#می\u{200c}شود\u{200c} #إنّ", &["#:#می\u{200c}شود", "#:#إنّ"]),
    // Runs.
    ("a.. b... c.... …… ؟!", &["a", "p:.", "p:.", "b", "p:...", "c", "p:....", "p:……", "p:؟", "p:!"]),
    ("-- - ==== <<a>>", &["p:--", "p:-", "s:====", "s:<<", "a", "s:>>"]),
    ("``b'' ''' a--b", &["s:``", "b", "p:''", "p:'", "p:'", "p:'", "a", "p:--", "b"]),
    // Emoji.
    ("😀😀 👍🏽 🇹🇳🇹🇳🇹", &["e:😀", "e:😀", "e:👍🏽", "e:🇹🇳", "e:🇹🇳", "s:🇹"]),
    ("❤\u{fe0f}\u{200d}🔥 ☝🏽 ☝", &["e:❤\u{fe0f}\u{200d}🔥", "e:☝🏽", "s:☝"]),
    ("1\u{fe0f}\u{20e3}2\u{20e3}3 #\u{20e3}", &["e:1\u{fe0f}\u{20e3}", "e:2\u{20e3}", "n:3", "e:#\u{20e3}"]),
    ("©\u{fe0f}™ ‼", &["e:©\u{fe0f}", "s:™", "p:‼"]),
    ("🏴\u{e0067}\u{e007f}", &["e:🏴\u{e0067}\u{e007f}"]),
    // What cannot be seen.
    ("\u{200f}كلمة\u{200f}، \u{202b}«\u{202c}\u{feff}", &["كلمة", "p:،", "p:«"]),
    ("\u{200c} \u{200d} \u{ad}", &[]),
    // Marks without a letter.
    (" \u{64e}\u{651}ب", &["s:\u{64e}\u{651}", "ب"]),
    // Words as in UAX #29.
    ("don't l’homme rock'n'roll 'a'", &["don't", "l’homme", "rock'n'roll", "p:'", "a", "p:'"]),
    ("a_b _ 3D צה\"ל ג'", &["a_b", "p:_", "3D", "צה\"ל", "ג'"]),
    ("カタカナ漢字\u{fe00}", &["カタカナ", "漢字\u{fe00}"]),
];

#[test]
fn texts_are_tokenized_as_the_cases_say() {
    let scanner = scanner();
    let mut failures = String::new();
    for (text, expected) in CASES {
        let found: Vec<String> = tokens(&scanner, text)
            .iter()
            .map(|token| {
                let kind = match token.kind {
                    TokenKind::Word => "",
                    TokenKind::Email => "m:",
                    TokenKind::Mention => "@:",
                    TokenKind::Hashtag => "#:",
                    TokenKind::Emoji => "e:",
                    kind => &format!("{}:", &kind.name()[..1]),
                };
                format!("{kind}{}", &text[token.start as usize..token.end as usize])
            })
            .collect();
        if found != *expected {
            failures += &format!("\n{text:?}\n  expected {expected:?}\n  found    {found:?}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn a_character_alone_has_the_kind_of_its_general_category() {
    let scanner = scanner();
    let category = CodePointMapData::<GeneralCategory>::new();
    for c in '\0'..=char::MAX {
        let text = String::from(c);
        let Some(token) = tokens(&scanner, &text).first().copied() else { continue };
        let is = |group: GeneralCategoryGroup| group.contains(category.get(c));
        let expected = if is(GeneralCategoryGroup::Punctuation) {
            TokenKind::Punctuation
        } else if is(GeneralCategoryGroup::Number) {
            TokenKind::Number
        } else if is(GeneralCategoryGroup::Letter) {
            TokenKind::Word
        } else {
            TokenKind::Symbol
        };
        // The properties that make words and emoji know better than the category.
        let class = TABLE.at(text.as_bytes(), 0).0;
        let is_better = class.is_letter()
            || matches!(
                class,
                Class::Katakana | Class::Complex | Class::Numeric | Class::Emoji | Class::Glyph | Class::Extend
            );
        assert!(token.kind == expected || is_better, "{c:?} {class:?} is {:?}, not {expected:?}", token.kind);
    }
}
