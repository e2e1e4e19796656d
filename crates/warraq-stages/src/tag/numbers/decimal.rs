//! Decimal numbers as text: exact, whatever their length, with no float in between.

/// A number: decimal digits, and the power of ten of the last of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// A whole number.
    pub(super) fn whole(value: u64) -> Self {
        Decimal { digits: value.to_string(), exponent: 0 }
    }

    /// A number as it is written: digits of any of the scripts that Arabic, English and French text has, with separators.
    ///
    /// `٬`, the apostrophe and spaces part thousands, `٫` the fraction. Of `.` and `,` (or `،`), the one that comes last is
    /// that of the fraction where both are there; one of them that comes more than once parts thousands; a comma with three
    /// digits behind it and one to three before it does, too (`1,250`), any other sign the fraction (`3,5`, `1.250`).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let last = text.char_indices().rev().find(|(_, c)| !is_digit(*c));
        let count = |wanted: fn(char) -> bool| text.chars().filter(|&c| wanted(c)).count();
        let (stops, commas) = (count(|c| c == '.'), count(|c| matches!(c, ',' | '،')));
        let fraction = match last {
            None => None,
            Some((at, '٫')) => Some((at, '٫'.len_utf8())),
            Some((at, c @ ('.' | ',' | '،'))) => {
                let same = if c == '.' { stops } else { commas };
                let behind = text[at + c.len_utf8()..].chars().count();
                let before = text[..at].chars().rev().take_while(|c| is_digit(*c)).count();
                let groups = same > 1 || c != '.' && stops + commas == 1 && behind == 3 && (1..=3).contains(&before);
                (!groups).then_some((at, c.len_utf8()))
            }
            Some(_) => None,
        };
        let (whole, fraction) = match fraction {
            Some((at, len)) => (&text[..at], &text[at + len..]),
            None => (text, ""),
        };
        let mut digits = String::new();
        for c in whole.chars().filter(|c| !is_group_separator(*c)) {
            digits.push(digit(c)?);
        }
        let mut exponent = 0;
        for c in fraction.chars() {
            digits.push(digit(c)?);
            exponent -= 1;
        }
        (!digits.is_empty()).then_some(Decimal { digits, exponent })
    }

    /// This times ten to the `power`.
    pub(super) fn scaled(mut self, power: u32) -> Self {
        self.exponent = self.exponent.saturating_add(power as i32);
        self
    }

    /// Appends the number as JSON writes it, without exponent: `1250.75`.
    pub(super) fn write(&self, out: &mut String) {
        let digits = self.digits.trim_start_matches('0');
        let digits = if digits.is_empty() { "0" } else { digits };
        if self.exponent >= 0 {
            out.push_str(digits);
            if digits != "0" {
                out.extend(std::iter::repeat_n('0', self.exponent as usize));
            }
            return;
        }
        let places = self.exponent.unsigned_abs() as usize;
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        out.push_str(whole);
        let fraction = fraction.trim_end_matches('0');
        if !fraction.is_empty() {
            out.push('.');
            out.push_str(fraction);
        }
    }
}

fn digit(c: char) -> Option<char> {
    match crate::arabic::digit(c) {
        Some(value) => char::from_digit(value.into(), 10),
        None => c.is_ascii_digit().then_some(c),
    }
}

fn is_digit(c: char) -> bool {
    digit(c).is_some()
}

fn is_group_separator(c: char) -> bool {
    matches!(c, '.' | ',' | '،' | '٬' | '\'' | '’' | '\u{202f}' | '\u{a0}' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_meant() {
        for (text, expected) in [
            ("0", "0"),
            ("007", "7"),
            ("1250", "1250"),
            ("1,250", "1250"),
            ("1,250.75", "1250.75"),
            ("1.250,75", "1250.75"),
            ("1.250.000", "1250000"),
            ("1,250,000", "1250000"),
            ("3,5", "3.5"),
            ("3.5", "3.5"),
            ("3.500", "3.5"),
            ("8،3", "8.3"),
            ("٣٬٥٠٠٫٢٥", "3500.25"),
            ("۱۲", "12"),
            ("10\u{202f}000,5", "10000.5"),
            ("0,05", "0.05"),
            (".5", "0.5"),
        ] {
            let mut out = String::new();
            Decimal::parse(text).expect(text).write(&mut out);
            assert_eq!(out, expected, "{text}");
        }
        for text in ["", "abc", "10:30", "15/7", "1e5"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn scaling_moves_the_point() {
        for (text, power, expected) in [("3,5", 6, "3500000"), ("0", 9, "0"), ("1.2345", 3, "1234.5"), ("7", 2, "700")]
        {
            let mut out = String::new();
            Decimal::parse(text).expect(text).scaled(power).write(&mut out);
            assert_eq!(out, expected);
        }
    }
}
