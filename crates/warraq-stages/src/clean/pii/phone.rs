//! Telephone numbers, as the numbering plans of ITU-T E.164 and of the countries have them.

use super::digits::{Chain, Gap};

/// Country codes with the least and the most digits that follow (ITU-T E.164, and the plans notified to the ITU).
const CODES: &[(&[u8], usize, usize)] = &[
    // The Gulf, the Levant, Iraq, Yemen, Iran, Turkey.
    (&[9, 6, 6], 8, 9),
    (&[9, 7, 1], 8, 9),
    (&[9, 6, 5], 7, 8),
    (&[9, 7, 4], 7, 8),
    (&[9, 7, 3], 8, 8),
    (&[9, 6, 8], 7, 8),
    (&[9, 6, 7], 7, 9),
    (&[9, 6, 2], 8, 9),
    (&[9, 6, 1], 7, 8),
    (&[9, 6, 3], 8, 9),
    (&[9, 6, 4], 8, 10),
    (&[9, 7, 0], 8, 9),
    (&[9, 7, 2], 8, 9),
    (&[9, 8], 10, 10),
    (&[9, 0], 10, 10),
    // Egypt, the Maghreb, Sudan and the rest of Africa.
    (&[2, 0], 8, 10),
    (&[2, 1, 2], 9, 9),
    (&[2, 1, 3], 8, 9),
    (&[2, 1, 6], 8, 8),
    (&[2, 1, 8], 8, 9),
    (&[2, 2, 2], 8, 8),
    (&[2, 4, 9], 9, 9),
    (&[2, 5, 2], 7, 9),
    (&[2, 5, 3], 8, 8),
    (&[2, 7], 9, 9),
    (&[2, 3, 4], 7, 10),
    (&[2, 5, 4], 9, 9),
    (&[2, 5, 1], 9, 9),
    (&[2, 2, 1], 9, 9),
    (&[2, 2, 5], 8, 10),
    // Europe.
    (&[3, 3], 9, 9),
    (&[4, 9], 6, 11),
    (&[4, 4], 9, 10),
    (&[3, 4], 9, 9),
    (&[3, 9], 6, 11),
    (&[3, 1], 9, 9),
    (&[3, 2], 8, 9),
    (&[4, 1], 9, 9),
    (&[4, 3], 7, 12),
    (&[3, 5, 1], 9, 9),
    (&[3, 0], 10, 10),
    (&[4, 6], 7, 10),
    (&[4, 7], 8, 8),
    (&[4, 5], 8, 8),
    (&[3, 5, 8], 6, 11),
    (&[4, 8], 9, 9),
    (&[4, 2, 0], 9, 9),
    (&[3, 6], 8, 9),
    (&[4, 0], 9, 9),
    (&[3, 5, 3], 7, 9),
    (&[3, 5, 9], 7, 9),
    (&[3, 8, 0], 9, 9),
    (&[3, 8, 1], 7, 9),
    (&[3, 8, 5], 8, 9),
    (&[3, 5, 2], 6, 9),
    (&[3, 5, 6], 8, 8),
    (&[3, 5, 7], 8, 8),
    (&[7], 10, 10),
    // America, Asia, Oceania.
    (&[1], 10, 10),
    (&[5, 2], 10, 10),
    (&[5, 5], 10, 11),
    (&[5, 4], 10, 11),
    (&[9, 1], 10, 10),
    (&[9, 2], 9, 10),
    (&[8, 6], 9, 11),
    (&[8, 1], 9, 10),
    (&[8, 2], 8, 10),
    (&[6, 0], 8, 10),
    (&[6, 2], 8, 12),
    (&[6, 3], 8, 10),
    (&[6, 5], 8, 8),
    (&[6, 1], 9, 9),
    (&[6, 4], 8, 10),
    (&[8, 8, 0], 8, 10),
    (&[9, 3], 9, 9),
    (&[9, 4], 9, 9),
];

/// First digits, how many there are, and the shapes in which they are written other than in one piece.
type Plan = (&'static [u8], usize, &'static [&'static [usize]]);

/// Numbers as they are dialled inside a country. No price, date or count looks like them, since these do not begin with a zero.
const NATIONAL: &[Plan] = &[
    // Saudi Arabia and the Emirates: mobiles; Jordan; Egypt; Morocco and Algeria; Iraq; Iran; Turkey.
    (&[0, 5], 10, &[&[3, 3, 4], &[3, 7], &[4, 3, 3], &[2, 4, 4], &[2, 2, 2, 2, 2], &[4, 6]]),
    (&[0, 7], 10, &[&[3, 3, 4], &[3, 7], &[4, 3, 3], &[2, 4, 4], &[2, 2, 2, 2, 2], &[4, 6]]),
    (&[0, 1, 0], 11, &[&[3, 4, 4], &[4, 3, 4], &[3, 8], &[4, 7]]),
    (&[0, 1, 1], 11, &[&[3, 4, 4], &[4, 3, 4], &[3, 8], &[4, 7]]),
    (&[0, 1, 2], 11, &[&[3, 4, 4], &[4, 3, 4], &[3, 8], &[4, 7]]),
    (&[0, 1, 5], 11, &[&[3, 4, 4], &[4, 3, 4], &[3, 8], &[4, 7]]),
    (&[0, 6], 10, &[&[2, 2, 2, 2, 2], &[4, 2, 2, 2], &[4, 3, 3], &[3, 3, 4], &[4, 6]]),
    (&[0, 7], 11, &[&[4, 3, 4], &[5, 6], &[4, 7], &[5, 3, 3]]),
    (&[0, 9], 11, &[&[4, 3, 4], &[4, 7]]),
    (&[0, 5], 11, &[&[4, 3, 2, 2], &[4, 3, 4], &[4, 7]]),
    // France in pairs; Germany, Britain and Italy with their area codes.
    (&[0, 1], 10, &[&[2, 2, 2, 2, 2]]),
    (&[0, 2], 10, &[&[2, 2, 2, 2, 2]]),
    (&[0, 3], 10, &[&[2, 2, 2, 2, 2]]),
    (&[0, 4], 10, &[&[2, 2, 2, 2, 2]]),
    (&[0, 8], 10, &[&[2, 2, 2, 2, 2], &[4, 3, 3], &[4, 6]]),
    (&[0, 9], 10, &[&[2, 2, 2, 2, 2]]),
    (&[0, 2, 0], 11, &[&[3, 4, 4], &[3, 8]]),
    (&[0, 1], 11, &[&[5, 6], &[4, 3, 4], &[5, 3, 3]]),
    (&[0, 1, 7], 11, &[&[4, 7], &[4, 3, 4]]),
    (&[0, 1, 7], 12, &[&[4, 8], &[4, 4, 4], &[4, 3, 5]]),
    (&[0, 3, 0], 11, &[&[3, 8]]),
];

/// The words that announce a number. Those of ASCII are looked for without regard to case, as whole words.
pub(super) const WORDS: &[&str] = &[
    "هاتف",
    "الهاتف",
    "هاتفيا",
    "تلفون",
    "التلفون",
    "تليفون",
    "جوال",
    "الجوال",
    "موبايل",
    "الموبايل",
    "محمول",
    "فاكس",
    "الفاكس",
    "واتساب",
    "واتس",
    "للاتصال",
    "الاتصال",
    "للتواصل",
    "اتصل",
    "الرقم الموحد",
    "الرقم المجاني",
    "تلفن",
    "همراه",
    "tel",
    "tél",
    "tel.",
    "tél.",
    "telephone",
    "téléphone",
    "telefon",
    "teléfono",
    "telefono",
    "phone",
    "fax",
    "facsimile",
    "mobile",
    "portable",
    "handy",
    "gsm",
    "whatsapp",
    "call",
    "cell",
    "hotline",
    "тел",
    "телефон",
    "факс",
    "ph",
];

/// The group after the last of a telephone number that begins with group `from`. `plus`: a plus stands before it; `said`: the
/// text says that one comes.
pub(super) fn find(chain: &Chain, from: usize, plus: bool, said: bool) -> Option<usize> {
    let groups = &chain.groups[from..];
    let first = chain.of(from, from + 1);
    if plus {
        return international(chain, from, 0);
    }
    if first.starts_with(&[0, 0])
        && let Some(to) = international(chain, from, 2)
    {
        return Some(to);
    }
    let most = groups.len().min(6);
    let ends = || (1..=most).rev().map(|n| from + n);
    let national = |to: &usize| {
        let digits = chain.of(from, *to);
        NATIONAL.iter().any(|(start, length, shapes)| {
            digits.len() == *length
                && digits.starts_with(start)
                && (*to == from + 1 || shapes.iter().any(|shape| chain.has_shape(from, *to, shape)))
                && chain.gaps(from, *to, |gap| !gap.slash || *to == from + 2)
        })
    };
    ends().find(national).or_else(|| north_american(chain, from)).or_else(|| {
        // Of the digits after a word for telephone, those in one line of groups are the number.
        let is_number = |to: &usize| {
            let digits = chain.of(from, *to).len();
            let even = chain.gaps(from, *to, |gap| {
                let is_plain =
                    !gap.slash && usize::from(gap.space) + usize::from(gap.dash) + usize::from(gap.point) == 1;
                is_plain && (gap == chain.groups[from + 1].gap || gap.dash) || gap.bracket && !gap.slash
            });
            (7..=12).contains(&digits) && even && !is_date(chain, from, *to)
        };
        ends().find(is_number).filter(|_| said)
    })
}

/// After `+` or `00`, which is `skip` digits long.
fn international(chain: &Chain, from: usize, skip: usize) -> Option<usize> {
    let most = (chain.groups.len() - from).min(8);
    let all = &chain.of(from, from + most)[skip..];
    let (code, least, longest) = CODES.iter().find(|(code, ..)| all.starts_with(code))?;
    (1..=most).rev().map(|n| from + n).find(|to| {
        // `+44 (0)20`: the zero is dialled inside the country only.
        let trunk = chain.groups[from..*to].iter().any(|g| g.gap.bracket && chain.digits[g.first..g.last] == [0]);
        let leading = all.get(code.len()) == Some(&0) && chain.groups[from..*to].iter().any(|g| g.gap.bracket);
        let digits = chain.of(from, *to).len() - skip - code.len() - usize::from(trunk || leading);
        let slashes = chain.groups[from..*to].iter().skip(1).filter(|group| group.gap.slash).count();
        (*least..=*longest).contains(&digits) && slashes <= 1
    })
}

/// `(212) 555-0123`, `212-555-0123`, `212.555.0123`, with or without a 1 before it: area and exchange begin with 2 to 9
/// (North American Numbering Plan).
fn north_american(chain: &Chain, from: usize) -> Option<usize> {
    let one = usize::from(chain.of(from, from + 1) == [1]);
    let (area, to) = (from + one, from + one + 3);
    if to > chain.groups.len() || !chain.has_shape(area, to, &[3, 3, 4]) {
        return None;
    }
    let digits = chain.of(area, to);
    let (middle, last) = (chain.groups[area + 1].gap, chain.groups[area + 2].gap);
    let dash = Gap { dash: true, ..Gap::default() };
    let point = Gap { point: true, ..Gap::default() };
    let shaped =
        middle == last && (middle == dash || middle == point) || middle.bracket && !last.bracket && !last.slash;
    (digits[0] >= 2 && digits[3] >= 2 && shaped && (one == 0 || !chain.groups[area].gap.point)).then_some(to)
}

/// A day, a month and a year in any order, a span of years, or thousands with points.
fn is_date(chain: &Chain, from: usize, to: usize) -> bool {
    let lengths: Vec<usize> = chain.groups[from..to].iter().map(|g| g.last - g.first).collect();
    let is_year = |n: usize| {
        let group = chain.of(from + n, from + n + 1);
        lengths[n] == 4 && (group.starts_with(&[1, 9]) || group.starts_with(&[2, 0]))
    };
    match lengths.as_slice() {
        [4, 4] => is_year(0) && is_year(1),
        [1 | 2, 1 | 2, 4] => is_year(2),
        [4, 1 | 2, 1 | 2] => is_year(0),
        [1..=3, rest @ ..] => !rest.is_empty() && rest.iter().all(|n| *n == 3) && chain.groups[from + 1].gap.point,
        _ => false,
    }
}
