//! What each language makes of a text, case by case, and what holds for any text.

use super::super::super::language::{self, Language};
use super::super::scanner;
use super::super::tests::{texts, tokens};
use super::{Scratch, apply};
use proptest::prelude::*;
use warraq_core::Token;

/// Languages and texts, with a bar where two tokens meet without a space, and `_` for a space inside one.
const CASES: &[(&str, &str)] = &[
    ("en", "Dr. J. Smith and the dept. of Inc. etc.|; U.S. troops"),
    ("en", "That is plan A|."),
    ("en", "e-mail from a non-smoker about well|-|known anti-war books"),
    ("en", "the soldiers' pay|, '|the boys|'| pay|, the 90's"),
    ("en", "call 303-832-8160 or 853-3242 in 1998|-|2001"),
    ("en", "what|?! no|!!! well|.. so|.|$$$"),
    ("en", "8|gb 39|K 375|mm 1990s 29th w/o b/c and|/|or"),
    ("fr", "L'|homme qu'|il n'|a pas vu aujourd'hui|, c'est-à-dire d'|aujourd'hui"),
    ("fr", "l’|État jusqu'|à l'|«|Avenir|» d'|1"),
    ("fr", "a|-t-il dit|-elle est|-ce celui-ci peut-être rendez-vous États-Unis Port-la-Reine"),
    ("fr", "80_000 hommes|, 1_250_000 en 2004 150 de 12 20|h|30 160|km 24e 1er"),
    ("fr", "M. Dupont|, J.-P. Martin et etc."),
    ("de", "am 3. Oktober mit Dr. Weiß um 15|. Die anderen usw."),
    ("de", "wie geht 's dir|? Das EU|-|Recht von Fritz' Bruder"),
    ("ru", "рок-группа из-за 1960-х 3-й северо-запад Юго-Запад"),
    ("ru", "Буркина|-|Фасо Формула|-|1 Ростов|-|на|-|Дону"),
    ("ru", "в 1990 г. жили 5 тыс. чел. в сезоне 2007/08|, А. С. Пушкин"),
    ("tr", "1980'lerde %|13'ü Ali'nin"),
    ("tr", "Sonat\"ını dinledi|, 19. yüzyıl"),
    ("az", "1990-cı ildə 1990'da"),
    ("it", "L'|uomo dell'|altro un po' d'|acqua Dott. Rossi"),
    ("ca", "L'|home d'|aquí anar-se fer-ho"),
    ("he", "צה\"ל ב|\"|הארץ|\" עמ' 20% 2012–2017 מ\"מים 91(ב)(3)"),
    ("he", "'|שלום לכם|' ג'ירפה"),
    ("he", "בנובמבר\u{200f} 1917\u{200f}\u{200e} שלום|;"),
    // What is a rule of one language leaves another alone.
    ("und", "L'homme est|-|il 80 000 Dr|. 1980|'|lerde|!|!"),
    ("en", "L'homme d'accord a|-|t|-|il 80 000"),
    ("de", "e|-|Mail 20h30 what|!|!"),
    ("es", "el Sr. López|, anti|-|héroe"),
];

fn tokens_of(language: &Language, text: &str) -> Vec<Token> {
    let mut found = tokens(&scanner(), text);
    if language.has_words {
        apply(text, language, &mut found, &mut Scratch::default());
    }
    found
}

#[test]
fn texts_are_tokenized_as_the_cases_of_their_language_say() {
    let mut failures = String::new();
    for (lang, case) in CASES {
        let text = case.replace('|', "").replace('_', " ");
        let expected: Vec<String> =
            case.split(['|', ' ']).filter(|token| !token.is_empty()).map(|token| token.replace('_', " ")).collect();
        let tokens = tokens_of(language::of_tag(lang), &text);
        let found: Vec<&str> = tokens.iter().map(|t| &text[t.start as usize..t.end as usize]).collect();
        if found != expected {
            failures += &format!("\n{lang}: {text:?}\n  expected {expected:?}\n  found    {found:?}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Pieces that the conventions look at.
const PIECES: [&str; 35] = [
    "a", "A", "l'", "qu’", "d", "Dr", "s", "'", "’", "\"", "-", "–", "/", ".", "!", "?", "$", "(", ")", "%", " ", "\n",
    "8gb", "20h30", "80", "000", "2007", "853", "1234", "il", "ל\"מל", "צה\"ל", "ב", "по", "\u{200f}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_convention_loses_anything(
        text in prop_oneof![
            proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..24).prop_map(|pieces| pieces.concat()),
            texts(),
        ],
        lang in proptest::sample::select(&["en", "fr", "de", "ru", "tr", "az", "it", "ca", "he"][..]),
    ) {
        let tokens = tokens_of(language::of_tag(lang), &text);
        let mut end = 0;
        for token in &tokens {
            prop_assert!(token.start >= end && token.end > token.start);
            let text = text.get(token.start as usize..token.end as usize);
            prop_assert!(text.is_some_and(|text| text.trim() == text), "{text:?}");
            end = token.end;
        }
        for old in super::super::tests::tokens(&scanner(), &text) {
            let inside = tokens.iter().filter(|t| t.start < old.end && old.start < t.end);
            let held: u32 = inside.map(|t| t.end.min(old.end) - t.start.max(old.start)).sum();
            prop_assert_eq!(held, old.end - old.start, "{:?}", old);
        }
    }
}
