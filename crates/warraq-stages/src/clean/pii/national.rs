//! Numbers that states give to persons.
//!
//! Where a number has check digits, the check is made. A number that is long or checked enough stands for itself; the others
//! count only where the text says what they are ([`Proof::Word`]): one number in ten passes a check of one digit.
//!
//! Sources: for `TR`, `ES` and `FR` the formulas are those of python-stdnum 2.2 (`tr.tckimlik`, `es.dni`, `fr.nir`); for `IR`
//! the check of the Persian national code, as commonly published; `SA` and `AE` use Luhn's check (ISO/IEC 7812-1); for `EG`,
//! `KW`, `QA`, `BH`, `IQ`, `JO`, `MA`, `TN`, `DZ` and `US` lengths and layouts are those that the issuing authorities publish.

use super::digits::{Chain, luhn, value};

/// What it takes to believe in a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// The number itself.
    Number,
    /// A word before it that says what it is.
    Word,
}

/// A kind of number.
struct Kind {
    /// ISO 3166-1.
    country: &'static str,
    /// How many digits.
    length: usize,
    /// How they are grouped when they are not in one piece.
    shape: &'static [usize],
    proof: Proof,
    check: fn(&[u8]) -> bool,
}

const KINDS: &[Kind] = &[
    Kind { country: "AE", length: 15, shape: &[3, 4, 7, 1], proof: Proof::Number, check: emirates },
    Kind { country: "EG", length: 14, shape: &[], proof: Proof::Number, check: egypt },
    Kind { country: "FR", length: 15, shape: &[1, 2, 2, 2, 3, 3, 2], proof: Proof::Number, check: france },
    Kind { country: "TR", length: 11, shape: &[], proof: Proof::Word, check: turkey },
    Kind { country: "KW", length: 12, shape: &[], proof: Proof::Word, check: kuwait },
    Kind { country: "SA", length: 10, shape: &[], proof: Proof::Word, check: saudi },
    Kind { country: "IR", length: 10, shape: &[3, 6, 1], proof: Proof::Word, check: iran },
    Kind { country: "JO", length: 10, shape: &[], proof: Proof::Word, check: |d| matches!(d[0], 9 | 2 | 5) },
    Kind { country: "QA", length: 11, shape: &[], proof: Proof::Word, check: |d| matches!(d[0], 2 | 3) },
    Kind { country: "BH", length: 9, shape: &[], proof: Proof::Word, check: |d| month(&d[2..4]) },
    Kind { country: "IQ", length: 12, shape: &[], proof: Proof::Word, check: |d| matches!(d[0], 1 | 2) },
    Kind { country: "DZ", length: 18, shape: &[], proof: Proof::Word, check: |d| matches!(d[0], 1 | 2) },
    Kind { country: "TN", length: 8, shape: &[], proof: Proof::Word, check: |d| matches!(d[0], 0 | 1) },
    Kind { country: "US", length: 9, shape: &[3, 2, 4], proof: Proof::Word, check: social_security },
];

/// The words that announce such a number. Those of ASCII are looked for without regard to case, as whole words.
pub(super) const WORDS: &[&str] = &[
    "الهوية",
    "هوية",
    "هويته",
    "هويتها",
    "القومي",
    "الوطني",
    "المدني",
    "الإقامة",
    "إقامة",
    "البطاقة",
    "بطاقة",
    "بطاقته",
    "التعريف",
    "الضمان",
    "ملی",
    "iqama",
    "id",
    "identity",
    "civil id",
    "qid",
    "cpr",
    "cin",
    "cni",
    "cnie",
    "nin",
    "ssn",
    "social security",
    "identité",
    "nir",
    "kimlik",
    "tckn",
    "dni",
    "nie",
];

/// The group after the last of a national number that begins with group `from`. `said`: whether the text says that one comes.
pub(super) fn find(chain: &Chain, from: usize, countries: &dyn Fn(&str) -> bool, said: bool) -> Option<usize> {
    let of = |kind: &Kind| {
        let groups = &chain.groups[from..];
        let whole = groups[0].last - groups[0].first == kind.length;
        let to = from + if whole { 1 } else { kind.shape.len() };
        let shaped = whole
            || !kind.shape.is_empty()
                && to <= chain.groups.len()
                && chain.has_shape(from, to, kind.shape)
                && chain.gaps(from, to, |gap| gap.space != gap.dash && !gap.point && !gap.slash && !gap.bracket);
        let proved = said || kind.proof == Proof::Number;
        (shaped && proved && countries(kind.country) && (kind.check)(chain.of(from, to))).then_some(to)
    };
    KINDS.iter().find_map(of)
}

/// The countries whose numbers are known; the last two have letters.
pub(super) fn countries() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.country).chain(["ES", "MA"])
}

/// The end of a number with letters that begins at byte `start`: of Morocco (one or two letters and five or six digits, after
/// a word for it) or of Spain (eight digits and a check letter, the first of them a letter for residents).
pub(super) fn lettered(text: &str, start: usize, countries: &dyn Fn(&str) -> bool, said: bool) -> Option<usize> {
    let bytes = &text.as_bytes()[start..];
    let part = bytes.iter().take(11).take_while(|b| b.is_ascii_alphanumeric()).count();
    let found = &bytes[..part];
    let letters = found.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let digits = found[letters..].iter().take_while(|b| b.is_ascii_digit()).count();
    let tail = &found[letters + digits..];
    let is_morocco = said && matches!(letters, 1 | 2) && matches!(digits, 5 | 6) && tail.is_empty() && countries("MA");
    let is_spain = || {
        // python-stdnum's table: the remainder of 23 is a letter.
        const CHECK: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
        let first = match found.first() {
            Some(b'X') if letters == 1 && digits == 7 => 0,
            Some(b'Y') if letters == 1 && digits == 7 => 1,
            Some(b'Z') if letters == 1 && digits == 7 => 2,
            _ if letters == 0 && digits == 8 => 0,
            _ => return false,
        };
        let number = found[letters..letters + digits].iter().fold(first, |n, b| n * 10 + usize::from(b - b'0'));
        tail == [CHECK[number % 23]] && countries("ES")
    };
    let is_whole = !text[start + part..].chars().next().is_some_and(char::is_alphanumeric);
    (is_whole && (is_morocco || is_spain())).then_some(start + part)
}

fn month(digits: &[u8]) -> bool {
    (1..=12).contains(&value(digits))
}

/// Year of two digits, month, day.
fn date(digits: &[u8]) -> bool {
    month(&digits[2..4]) && (1..=31).contains(&value(&digits[4..6]))
}

/// 784, the year of birth, seven digits and Luhn's.
fn emirates(d: &[u8]) -> bool {
    d.starts_with(&[7, 8, 4]) && (1900..=2100).contains(&value(&d[3..7])) && luhn(d)
}

/// 1 for citizens, 2 for residents; Luhn's check.
fn saudi(d: &[u8]) -> bool {
    matches!(d[0], 1 | 2) && luhn(d)
}

/// The century (2 or 3), date of birth, governorate of birth, five digits of which the last is a check that is not published.
fn egypt(d: &[u8]) -> bool {
    let governorate = value(&d[7..9]);
    let is_governorate = matches!(governorate, 1..=4 | 11..=19 | 21..=29 | 31..=35 | 88);
    matches!(d[0], 2 | 3) && date(&d[1..7]) && is_governorate
}

/// The century (1 to 3), date of birth, four digits, and a check: eleven less the weighted sum modulo eleven.
fn kuwait(d: &[u8]) -> bool {
    const WEIGHTS: [u64; 11] = [2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u64 = WEIGHTS.iter().zip(d).map(|(w, d)| w * u64::from(*d)).sum();
    matches!(d[0], 1..=3) && date(&d[1..7]) && 11 - sum % 11 == u64::from(d[11])
}

/// Two check digits: from the sums of odd and even places, and of all.
fn turkey(d: &[u8]) -> bool {
    let sum = |from: usize| d[from..9].iter().step_by(2).map(|d| i64::from(*d)).sum::<i64>();
    let tenth = (sum(0) * 7 - sum(1)).rem_euclid(10);
    let eleventh = d[..10].iter().map(|d| i64::from(*d)).sum::<i64>() % 10;
    d[0] != 0 && i64::from(d[9]) == tenth && i64::from(d[10]) == eleventh
}

/// The weighted sum modulo eleven, itself or eleven less it.
fn iran(d: &[u8]) -> bool {
    let sum: u64 = d[..9].iter().zip((2..=10).rev()).map(|(d, w)| u64::from(*d) * w).sum();
    let check = if sum % 11 < 2 { sum % 11 } else { 11 - sum % 11 };
    check == u64::from(d[9]) && d.iter().any(|n| *n != d[0])
}

/// Sex, year, month, department, municipality, number, and 97 less the rest of it by 97.
fn france(d: &[u8]) -> bool {
    let is_month = matches!(value(&d[3..5]), 1..=12 | 20..=42 | 50..=99);
    matches!(d[0], 1..=4 | 7 | 8) && is_month && 97 - value(&d[..13]) % 97 == value(&d[13..])
}

/// Area, group and serial, none of them of zeros; 666 and 900 and up are no areas.
fn social_security(d: &[u8]) -> bool {
    let area = value(&d[..3]);
    area != 0 && area != 666 && area < 900 && value(&d[3..5]) != 0 && value(&d[5..]) != 0
}
