use super::*;
use crate::clean::testing::{built, run, text};
use proptest::prelude::*;
use warraq_core::{Document, Labels};

/// The spans that are found, as label and text.
fn found(options: serde_json::Value, text: &str) -> Vec<(String, String)> {
    let labels = Labels::new();
    let Built::Parallel(stage) = built(&definition(), &labels, options).expect("the options are valid") else {
        panic!("it is parallel")
    };
    let (mut changes, doc) = (Changes::new(), Document::with_text("1", text));
    stage.worker().process(&doc.view(), &mut changes).expect("it takes any text");
    let show = |s: &Span| (labels.name(s.label).to_string(), text[s.start as usize..s.end as usize].to_owned());
    changes.spans().iter().map(show).collect()
}

/// Lines with what must be found in them between `⟦` and `⟧`, after its label.
fn check(options: &serde_json::Value, cases: &[&str]) {
    let mut failures = Vec::new();
    for case in cases {
        let (mut plain, mut expected) = (String::new(), Vec::new());
        for part in case.split('⟧') {
            let Some((before, marked)) = part.split_once('⟦') else {
                plain += part;
                continue;
            };
            let (label, what) = marked.split_once('|').expect("a label comes first");
            plain = plain + before + what;
            expected.push((label.to_owned(), what.to_owned()));
        }
        let found = found(options.clone(), &plain);
        if found != expected {
            failures.push(format!("{plain}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn addresses() {
    check(
        &serde_json::json!({}),
        &[
            "⟦EMAIL|a.b+c@mail.example.com⟧.",
            "⟦CARD|4111 1111 1111 1111⟧-⟦EMAIL|me@mail.example⟧",
            "<mailto:⟦EMAIL|vijay.suchdev@funb.example⟧>",
            "راسلنا:⟦EMAIL|info@news.example⟧، شكرا",
            "user20000000@x, @handle, a@b, icon@2x.png, a@@b.tn",
            "see a b@c.d.e1",
            "https://x.example/?m=⟦EMAIL|me@y.example⟧&z",
            "⟦EMAIL|a@b.com⟧.Then",
            "from ⟦IP|8.8.8.8⟧, 10.1.2.3, 192.168.0.1, 999.1.1.1, 1.2.3.4.5, version 8.8.4.4",
            "⟦IP|2a00:1450:4001:81b::200e⟧ fe80::1 std::vector 12:30:45 ::1 ab::cd 2001:db8::1:1",
        ],
    );
    check(&serde_json::json!({"public_ips_only": false}), &["⟦IP|10.0.0.1⟧ ⟦IP|fe80::1:2:3⟧ ⟦IP|::1:2:3⟧"]);
}

#[test]
fn telephone_numbers() {
    check(
        &serde_json::json!({}),
        &[
            "جوال ⟦PHONE|0501234567⟧ أو ⟦PHONE|+966 50 123 4567⟧",
            "ت: ⟦PHONE|٠٥٠١٢٣٤٥٦٧⟧، ⟦PHONE|۰۹۱۲ ۳۴۵ ۶۷۸۹⟧",
            "⟦PHONE|00971 4 123 4567⟧ ⟦PHONE|+962-7-9012-3456⟧",
            "⟦PHONE|+212 6 12 34 56 78⟧; ⟦PHONE|0612345678⟧; ⟦PHONE|06 12 34 56 78⟧",
            "⟦PHONE|+216 71 123 456⟧, ⟦PHONE|+20 100 123 4567⟧, ⟦PHONE|01001234567⟧",
            "⟦PHONE|+33 1 23 45 67 89⟧, ⟦PHONE|01 23 45 67 89⟧, ⟦PHONE|+44 (0)20 7946 0958⟧",
            "Telephone: ⟦PHONE|(212) 909-0951⟧ Facsimile: ⟦PHONE|(212) 891-5042⟧",
            "⟦PHONE|212-555-0123⟧, ⟦PHONE|1-800-555-0123⟧, ⟦PHONE|212.555.0123⟧",
            "للتواصل على الرقم ⟦PHONE|920001234⟧",
            "Tél. : ⟦PHONE|71 234 567⟧",
            "جوال (⟦PHONE|0554622141⟧) و(⟦PHONE|888.916.7184⟧)",
            "واتساب\u{200f} \u{202a}⟦PHONE|+96550123456⟧\u{202c}",
        ],
    );
}

#[test]
fn what_only_looks_like_a_number_of_someone() {
    check(
        &serde_json::json!({}),
        &[
            "بلغت 12,345,678 ريال و12.345.678 و1234567 برميل و2.500.000 دولار",
            "في 12-05-2024، 2024/05/12، 12.05.2024، 2010-2011، 1435-1436هـ، 15:30:00",
            "score 2-1, 6-4 6-3 7-5, 1980 1984 1988 1992, 100 200 300 400",
            "0.0512345678 and 5,0512345678 and 0512345678,5",
            "https://x.example/2013/05/0501234567.html?id=4111111111111111",
            "ISBN 978-3-16-148410-0, order 123456789012345678901234567890",
            "hotel 12345678 call 911 and 10,000,000 people",
            "+12 2010, +5%, 3+4, C++11",
            "A0501234567 0501234567x _0501234567",
            "CIN جيد AB12 و GB82 WEST 1234 5698 7654 33",
            "4111 1111 1111 1112 and 1111111111111111 and 0000 0000 0000 0000",
            "الهوية 1000000009 و784-1990-1234567-2",
        ],
    );
}

#[test]
fn accounts_cards_and_national_numbers() {
    check(
        &serde_json::json!({}),
        &[
            "⟦IBAN|GB82 WEST 1234 5698 7654 32⟧, ⟦IBAN|GB82WEST12345698765432⟧",
            "⟦IBAN|SA0380000000608010167519⟧ ⟦IBAN|AE070331234567890123456⟧",
            "⟦IBAN|DE89-3704-0044-0532-0130-00⟧ ⟦IBAN|fr1420041010050500013m02606⟧",
            "⟦CARD|4111111111111111⟧ ⟦CARD|5500-0000-0000-0004⟧ ⟦CARD|3782 822463 10005⟧ ⟦CARD|٤١١١ ١١١١ ١١١١ ١١١١⟧",
            "⟦NATIONAL_ID|784-1990-1234567-6⟧ ⟦NATIONAL_ID|29001011234567⟧",
            "رقم الهوية: ⟦NATIONAL_ID|1000000008⟧ وبدون ذكرها لا شيء",
            "CIN : ⟦NATIONAL_ID|AB123456⟧, DNI ⟦NATIONAL_ID|12345678Z⟧, NIE ⟦NATIONAL_ID|X1234567L⟧",
            "T.C. Kimlik: ⟦NATIONAL_ID|10000000146⟧, کد ملی ⟦NATIONAL_ID|0013542419⟧, SSN ⟦NATIONAL_ID|078-05-1120⟧",
        ],
    );
    check(&serde_json::json!({"countries": ["AE"]}), &["29001011234567 ⟦NATIONAL_ID|784-1990-1234567-6⟧"]);
    check(&serde_json::json!({"kinds": ["card"]}), &["a@b.com ⟦CARD|4111111111111111⟧ 0501234567"]);
}

#[test]
fn options_that_cannot_work_are_refused() {
    let errors = [
        (serde_json::json!({"kinds": []}), "`kinds`: there is nothing to look for"),
        (serde_json::json!({"action": "hash"}), "`salt`: without a key, hashes could be tried out"),
        (serde_json::json!({"action": "hash", "salt": "short"}), "`salt`: a key has at least 16 bytes"),
        (serde_json::json!({"salt": "0123456789abcdef"}), "`salt`: a key is for `action = \"hash\"`"),
        (serde_json::json!({"countries": ["SA", "XX"]}), "`countries[1]`: no national numbers are known of \"XX\""),
        (
            serde_json::json!({"action": "drop", "replacements": {"ip": ["0.0.0.0"]}}),
            "`replacements`: replacements are for `action = \"mask\"`",
        ),
    ];
    for (options, expected) in errors {
        assert_eq!(
            built(&definition(), &Labels::new(), options).err().map(|e| e.to_string()).as_deref(),
            Some(expected)
        );
    }
}

#[test]
fn hashes_tell_what_is_the_same_and_depend_on_the_key() {
    let hash = |salt: &str, input: &str| text(&definition(), &format!("action = 'hash'\nsalt = '{salt}'"), "", input);
    let one = hash("0123456789abcdef", "+966501234567");
    assert_eq!(hash("0123456789abcdef", "+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧"), one);
    assert_ne!(hash("0123456789abcdeF", "+966501234567"), one);
    assert_ne!(hash("0123456789abcdef", "+966501234568"), one);
    assert!(one.len() == "<PHONE:>".len() + 16 && one.starts_with("<PHONE:"), "{one}");
    assert_eq!(hash("0123456789abcdef", "A@b.Example"), hash("0123456789abcdef", "a@B.example"));
}

#[test]
fn hostile_texts_take_time_in_proportion_to_their_length() {
    for piece in
        ["1", "1 ", "@", "a@", "1.", "(", ":", "a:", "+", "1-", "SA03 ", "4111 ", "a.b@c.", "0", "tel 1234567 "]
    {
        let start = std::time::Instant::now();
        run(&definition(), "", "", &piece.repeat(100_000));
        assert!(start.elapsed().as_secs() < 60, "{piece:?} took {:?}", start.elapsed());
    }
}

proptest! {
    #[test]
    fn a_second_run_changes_nothing(pieces in prop::collection::vec(
        (
            prop::sample::select(vec![
                "0501234567", "+966", "4111 1111 1111 1111", "a@b.com", "8.8.8.8", "-", "(", ")", "1", "22", "333", "tel",
                "هاتف", "الهوية", "٠٥٠", "2a00::1:2", "SA0380000000608010167519", "x", "@", "12345678Z", "05-05-2005",
            ]),
            prop::sample::select(vec![" ", " ", " ", "\n", ", ", ": ", ". ", " \u{200f}", "; ", "/ "]),
        ),
        0..12,
    )) {
        let input: String = pieces.iter().flat_map(|(word, gap)| [*word, *gap]).collect();
        for options in ["", "action = 'hash'\nsalt = '0123456789abcdef'"] {
            let once = text(&definition(), options, "", &input);
            prop_assert_eq!(&text(&definition(), options, "", &once), &once, "{} of {:?}", options, input);
        }
    }
}
