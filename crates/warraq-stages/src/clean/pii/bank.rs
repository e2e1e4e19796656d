//! Accounts and cards: numbers that are checked by themselves.

use super::digits::{Chain, luhn, value};

/// Countries with an IBAN and how long it is: SWIFT's IBAN Registry, release 101.
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

/// The end of the IBAN that begins at byte `start`, with its two letters: in one piece, or in groups with spaces or dashes
/// between them. ISO 13616, with the check of ISO 7064 MOD 97-10.
pub(super) fn iban(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let country = [bytes.get(start)?.to_ascii_uppercase(), bytes.get(start + 1)?.to_ascii_uppercase()];
    let length = LENGTHS.iter().find(|(code, _)| **code == country)?.1;
    let (mut at, mut count) = (start, 0);
    // The first four characters come last in the number that is checked.
    let (mut head, mut rest) = ([0u8; 4], 0u32);
    let add = |sum: u32, c: u8| match c {
        b'0'..=b'9' => (sum * 10 + u32::from(c - b'0')) % 97,
        _ => (sum * 100 + u32::from(c - b'A') + 10) % 97,
    };
    while count < length {
        let c = bytes.get(at)?.to_ascii_uppercase();
        if c.is_ascii_alphanumeric() {
            match head.get_mut(count) {
                Some(place) => *place = c,
                None => rest = add(rest, c),
            }
            count += 1;
        } else if !matches!(c, b' ' | b'-') || count < 4 || !bytes[at - 1].is_ascii_alphanumeric() {
            return None;
        }
        at += 1;
    }
    let is_whole = !text[at..].chars().next().is_some_and(char::is_alphanumeric);
    let has_check = head[2].is_ascii_digit() && head[3].is_ascii_digit();
    (is_whole && has_check && head.iter().fold(rest, |sum, c| add(sum, *c)) == 1).then_some(at)
}

/// First digits, from and to, and the lengths of cards with them. ISO/IEC 7812 gives out the first digits; what each scheme
/// has is from its own published ranges: Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Mir, Troy,
/// Meeza, Maestro of Europe.
const ISSUERS: &[(u64, u64, &[usize])] = &[
    (4, 4, &[13, 16, 19]),
    (51, 55, &[16]),
    (2221, 2720, &[16]),
    (34, 34, &[15]),
    (37, 37, &[15]),
    (6011, 6011, &[16, 19]),
    (644, 659, &[16, 19]),
    (300, 305, &[14]),
    (36, 36, &[14]),
    (38, 39, &[14]),
    (3528, 3589, &[16, 19]),
    (62, 62, &[16, 17, 18, 19]),
    (2200, 2204, &[16]),
    (9792, 9792, &[16]),
    (5078, 5078, &[16]),
    (5018, 5018, &[16, 19]),
    (5020, 5020, &[16, 19]),
    (5038, 5038, &[16, 19]),
    (6304, 6304, &[16, 19]),
];

/// How cards group their digits; in one piece besides.
const SHAPES: &[&[usize]] = &[&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3], &[4, 4, 4, 1]];

/// The group after the last of a card number that begins with group `from`.
pub(super) fn card(chain: &Chain, from: usize) -> Option<usize> {
    let most = (chain.groups.len() - from).min(5);
    let to = (1..=most).rev().map(|n| from + n).find(|to| {
        let shaped = SHAPES.iter().any(|shape| chain.has_shape(from, *to, shape));
        let even = chain.gaps(from, *to, |gap| gap == chain.groups[from + 1].gap && gap.space != gap.dash);
        (*to == from + 1 || shaped && even) && is_card(chain.of(from, *to))
    })?;
    Some(to)
}

fn is_card(digits: &[u8]) -> bool {
    let issued = |(low, high, lengths): &(u64, u64, &[usize])| {
        let width = low.ilog10() as usize + 1;
        lengths.contains(&digits.len()) && (*low..=*high).contains(&value(&digits[..width.min(digits.len())]))
    };
    digits.len() >= 13 && ISSUERS.iter().any(issued) && luhn(digits)
}
