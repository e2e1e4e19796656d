//! Byte sizes, as people write them in a pipeline file: for the runner's keys and the stages' options alike.

/// Units of a byte size, the spelling to recommend first: name and bytes.
pub const SIZE_UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Bytes of a size such as `16MiB` (1024²) or `16MB` (1000²); the case of the unit does not matter.
#[must_use]
pub fn byte_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let unit = unit.trim_start();
    let factor = match unit {
        "" => 1,
        unit => {
            let known = SIZE_UNITS.iter().find(|(u, _)| u.eq_ignore_ascii_case(unit));
            known.map(|(_, factor)| *factor)?
        }
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_sizes_take_decimal_and_binary_units() {
        for (text, expected) in [
            ("0", Some(0)),
            ("4096", Some(4096)),
            ("16MiB", Some(16 << 20)),
            ("16 mib", Some(16 << 20)),
            ("16MB", Some(16_000_000)),
            ("2GB", Some(2_000_000_000)),
            ("1kB", Some(1000)),
            ("7B", Some(7)),
            ("16M", None),
            ("1.5GB", None),
            ("-1", None),
            ("MiB", None),
            ("", None),
            ("99999999TiB", None),
            ("١٦MiB", None),
        ] {
            assert_eq!(byte_size(text), expected, "{text}");
        }
    }
}
