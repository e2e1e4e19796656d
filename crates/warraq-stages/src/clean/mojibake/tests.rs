//! Damage is made of samples that were written for this project, by decoding them wrongly, and must be undone exactly.

use super::*;
use crate::clean::testing::{check, run, text};
use encoding_rs::{Encoding, KOI8_R, UTF_8, WINDOWS_1251, WINDOWS_1252, WINDOWS_1256};
use proptest::prelude::*;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Sentences in Arabic, Persian, French and Russian.
const SAMPLES: &str = include_str!("samples.tsv");

/// How texts of a language were written and what they were read as, one after another.
type Way = [(&'static Encoding, &'static Encoding)];
const WAYS: &[(&str, &Way)] = &[
    ("ar fa fr ru", &[(UTF_8, WINDOWS_1252)]),
    ("ar fa fr ru", &[(UTF_8, WINDOWS_1252), (UTF_8, WINDOWS_1252)]),
    ("ar fa fr", &[(UTF_8, WINDOWS_1256)]),
    ("ar fa", &[(WINDOWS_1256, WINDOWS_1252)]),
    ("ar", &[(WINDOWS_1256, WINDOWS_1252), (UTF_8, WINDOWS_1252)]),
    ("ru fr", &[(UTF_8, WINDOWS_1251)]),
    ("ru", &[(UTF_8, KOI8_R)]),
    ("ru", &[(WINDOWS_1251, WINDOWS_1252)]),
    ("ru", &[(KOI8_R, WINDOWS_1252)]),
    ("ru", &[(KOI8_R, WINDOWS_1251)]),
    ("ru", &[(WINDOWS_1251, KOI8_R)]),
];

/// What a text looks like after it was decoded wrongly; `None` if a charset cannot write it.
fn damage(text: &str, way: &Way) -> Option<String> {
    way.iter().try_fold(text.to_owned(), |text, (written, read)| {
        let (bytes, _, is_lossy) = written.encode(&text);
        (!is_lossy).then(|| read.decode_without_bom_handling(&bytes).0.into_owned())
    })
}

/// Damaged and good texts.
fn cases() -> Vec<(String, String)> {
    let mut cases = Vec::new();
    for line in SAMPLES.lines() {
        let (lang, sentence) = line.split_once('\t').expect("a line is a language and a sentence");
        for (langs, way) in WAYS.iter().filter(|(langs, _)| langs.contains(lang)) {
            // Windows-1256 has no Persian ya: what was written in it had the Arabic one.
            let sentence = if way[0].0 == WINDOWS_1256 { sentence.replace('ی', "ي") } else { sentence.to_owned() };
            let damaged = damage(&sentence, way).unwrap_or_else(|| panic!("{langs} {sentence}"));
            cases.push((damaged, sentence));
        }
    }
    cases
}

#[test]
fn damaged_samples_are_restored_exactly() {
    let cases = cases();
    assert!(cases.len() >= 200, "{}", cases.len());
    let failures: Vec<_> = cases
        .iter()
        .filter_map(|(damaged, good)| {
            let found = text(&definition(), "", "", damaged);
            (found != *good).then(|| format!("{damaged}\n  expected {good}\n  found    {found}"))
        })
        .collect();
    let most = cases.len() / 50;
    assert!(failures.len() <= most, "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn samples_inside_of_others_are_restored() {
    let good: Vec<&str> = SAMPLES.lines().filter_map(|line| Some(line.split_once('\t')?.1)).collect();
    for (n, (damaged, restored)) in cases().iter().enumerate() {
        let around = good[n * 7 % good.len()];
        let found = text(&definition(), "", "", &format!("{around}\n{damaged}\n{around}"));
        // A line stands for itself, whatever is around it.
        let expected = text(&definition(), "", "", damaged);
        assert_eq!(found, format!("{around}\n{expected}\n{around}"), "{restored}");
    }
}

#[test]
fn what_may_be_meant_stays() {
    let same = [
        "",
        "café",
        "Ça, É», ÀÉÎ, Gruß“, «OÙ…»",
        "jäääär töööö",
        "þýðæ óþægð síðað æði",
        "فقط، شروط» خط؟",
        "США», ССР",
        "naïve façade Ñandú",
        "é…» été»",
        "Â",
        "Ã",
        "â€",
        "SarKوزy",
        "USAوUK",
        "و2ج",
        "Googleو",
        "ÄÖÜ äöü ß",
        "ÆØÅ æøå",
        "São João, NÃO», IRMÃ”",
        "ПРИВЕТ иЗвеСтия",
        "Ё», №5",
        "5 ×10 ÷ 2",
        "½°C ±2µ §3 ¶",
        "øæå",
        "đặng trần",
        "CAFÉ” – “ÈÉ”",
    ];
    check(&definition(), "", "", &same.map(|text| (text, text)));
}

#[test]
fn only_what_is_broken_changes() {
    check(
        &definition(),
        "",
        "",
        &[
            ("Â©2024 naïve cafÃ©", "©2024 naïve café"),
            ("ï»¿Bonjour", "\u{feff}Bonjour"),
            ("l\u{e2}\u{80}\u{99}eau", "l’eau"),
            ("ðŸ˜€ ok", "😀 ok"),
            ("æ—¥æœ¬èªž", "日本語"),
            ("voilÃ\u{a0} Paris", "voilà Paris"),
            ("ÃƒÂ©, é", "é, é"),
            ("La rأ©gion a أ©tأ© visitأ©e", "La région a été visitée"),
            ("die Mنnner und Wنnde, schِn", "die Männer und Wände, schön"),
        ],
    );
    check(&definition(), "utf8 = false", "", &[("cafÃ©", "cafÃ©"), ("ÇáÓáÇã Úáíßã", "السلام عليكم")]);
    check(&definition(), "charsets = false", "", &[("cafÃ©", "café"), ("ÇáÓáÇã Úáíßã", "ÇáÓáÇã Úáíßã")]);
}

#[test]
fn a_million_suspicious_characters_do_not_take_long() {
    for piece in ["Ã©", "ÇáÓ ", "aة", "aة\n", "Ãƒ", "ÃƒÂ©\n", "рТ", "é»", "ط،"] {
        let start = std::time::Instant::now();
        run(&definition(), "", "", &piece.repeat(100_000));
        assert!(start.elapsed().as_secs() < 60, "{piece:?} took {:?}", start.elapsed());
    }
}

proptest! {
    #[test]
    fn a_second_run_changes_nothing(pieces in prop::collection::vec(
        prop::sample::select(vec![
            "Ã", "©", "Â", "â", "€", "™", "»", "é", "É", "a", "e", " ", "\n", "ÇáÓáÇã", "Ø§", "Ù„", "ط§", "ظ„", "Рџ", "С‚",
            "ة", "سلام", "рТЙЧЕФ", "Ïðèâåò", "ƒ", "\u{83}", "\u{a0}", "п÷", "Привет", "ðŸ˜€", "“", "z",
        ]),
        0..14,
    )) {
        let once = text(&definition(), "", "", &pieces.concat());
        prop_assert_eq!(&text(&definition(), "", "", &once), &once);
    }
}

/// A file that measures are taken on, which is not part of the project.
fn shared(path: &str) -> Option<fs::File> {
    let folder = match std::env::var_os("WARRAQ_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let file = fs::File::open(folder.join(path));
    if file.is_err() {
        eprintln!("skipped: there is no ../shared/{path}");
    }
    file.ok()
}

/// Clean documents whose bytes would change.
fn changed(texts: impl Iterator<Item = String>) -> (usize, Vec<String>) {
    let Ok(Built::Parallel(stage)) =
        crate::clean::testing::built(&definition(), &warraq_core::Labels::new(), serde_json::json!({}))
    else {
        panic!("it is built")
    };
    let (mut worker, mut changes) = (stage.worker(), Changes::new());
    let (mut count, mut changed) = (0, Vec::new());
    for text in texts {
        count += 1;
        changes.clear();
        let doc = warraq_core::Document::with_text("1", &text);
        worker.process(&doc.view(), &mut changes).expect("it takes any text");
        for edit in changes.edits().edits() {
            let at = text.floor_char_boundary((edit.start as usize).saturating_sub(40));
            let end = text.ceil_char_boundary((edit.end as usize + 40).min(text.len()));
            let with = changes.edits().replacement(edit);
            changed.push(format!("{with:?} in {:?}", &text[at..end]));
        }
    }
    (count, changed)
}

#[test]
fn news_stays_byte_for_byte() {
    let Some(file) = shared("bench/news-50mb.jsonl.zst") else { return };
    let lines = BufReader::new(zstd::Decoder::new(file).expect("it is zstd")).lines().take(10_000);
    let (count, changed) = changed(lines.map(|line| {
        let record: serde_json::Value = serde_json::from_str(&line.expect("it can be read")).expect("it is JSON");
        record["text"].as_str().expect("it has a text").to_owned()
    }));
    assert_eq!((count, changed.len()), (10_000, 0), "{}", changed[..changed.len().min(100)].join("\n"));
}

/// Lines that are damaged as they stand there, as anyone can see.
const DAMAGED: &[&str] = &["kehittÃ¤mis", "gâ€™Omuzungu", "gwâ€™omuntu"];

#[test]
fn lines_in_75_languages_stay_byte_for_byte() {
    let Some(file) = shared("data/lid-dev.tsv.gz") else { return };
    let lines = BufReader::new(flate2::read::GzDecoder::new(file)).lines();
    let texts =
        lines.map(|line| line.expect("it can be read").split_once('\t').expect("a language comes first").1.to_owned());
    let (count, changed) = changed(texts.filter(|text| !DAMAGED.iter().any(|damaged| text.contains(damaged))));
    assert!(count > 7_000 && changed.is_empty(), "{count}: {}", changed.join("\n"));
}
