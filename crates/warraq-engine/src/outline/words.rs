//! Sizes, counts and conditions in words.

use crate::config::{Condition, Scalar};

/// Bytes, with one decimal in units of a thousand.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut value, mut unit) = (bytes, UNITS[0]);
    for next in &UNITS[1..] {
        if value < 1_000_000 {
            break;
        }
        (value, unit) = (value / 1000, next);
    }
    format!("{}.{} {unit}", value / 1000, value % 1000 / 100)
}

/// A number and what it counts.
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A condition, such as `lang is ar or und, score length.words at least 5`.
pub(super) fn condition(condition: &Condition) -> String {
    let or = |words: Vec<String>| words.join(" or ");
    let texts = |texts: &[crate::config::Spanned<String>]| or(texts.iter().map(|text| text.value.clone()).collect());
    let mut parts = Vec::new();
    if !condition.lang.is_empty() {
        parts.push(format!("lang is {}", texts(&condition.lang)));
    }
    for (key, values) in &condition.meta {
        let values = values.iter().map(|value| match &value.value {
            Scalar::Str(text) => format!("{text:?}"),
            Scalar::Int(number) => number.to_string(),
            Scalar::Float(number) => number.to_string(),
            Scalar::Bool(flag) => flag.to_string(),
        });
        parts.push(format!("meta {key} is {}", or(values.collect())));
    }
    if !condition.label.is_empty() {
        parts.push(format!("label is {}", texts(&condition.label)));
    }
    for (name, range) in &condition.score {
        let range = match (range.min, range.max) {
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => continue,
        };
        parts.push(format!("score {name} {range}"));
    }
    if parts.is_empty() { "always".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (123_456, "123.4 kB"),
            (999_999, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (67_108_864, "67.1 MB"),
            (5_000_000_000, "5.0 GB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }
}
