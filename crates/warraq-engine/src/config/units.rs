//! Values with a unit: byte sizes and failure budgets, as people write them in a pipeline file.

use super::spec::Budget;
use std::time::Duration;
use warraq_core::SIZE_UNITS;
pub use warraq_core::byte_size;

/// What a byte size looks like, for errors.
pub(super) const SIZE_FORM: &str = "a byte size such as \"16MiB\", \"16MB\" or a number of bytes";

/// What a budget looks like, for errors.
pub(super) const BUDGET_FORM: &str = "a count such as \"25\" or a percentage such as \"0.5%\"";

/// Units of a time, in milliseconds.
const TIMES: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];

/// What a time looks like, for errors.
pub(super) const DURATION_FORM: &str = "a time such as \"500ms\", \"5s\" or \"2min\"";

/// What stands in the place of a time where there shall be none.
pub(crate) const OFF: &str = "off";

/// A regular expression for a unit in upper or lower case.
fn any_case(unit: &str) -> String {
    unit.chars().map(|c| format!("[{}{}]", c.to_ascii_lowercase(), c.to_ascii_uppercase())).collect()
}

/// The form of a byte size, as a regular expression for the JSON Schema.
pub(crate) fn size_pattern() -> String {
    let units: Vec<String> = SIZE_UNITS.iter().map(|(unit, _)| any_case(unit)).collect();
    format!(r"^\s*[0-9]+\s*({})?\s*$", units.join("|"))
}

/// The form of a time, as a regular expression for the JSON Schema.
pub(crate) fn duration_pattern() -> String {
    let units: Vec<&str> = TIMES.iter().map(|(unit, _)| *unit).collect();
    format!(r"^\s*[0-9]+\s*({})\s*$", units.join("|"))
}

/// The form of a failure budget, as a regular expression for the JSON Schema.
pub(crate) fn budget_pattern() -> String {
    r"^\s*([0-9]+|[0-9]*\.?[0-9]*\s*%)\s*$".to_owned()
}

/// A time such as `500ms`, `5s`, `2min` or `1h`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, factor) = TIMES.iter().find(|(known, _)| *known == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor).map(Duration::from_millis)
}

/// A budget such as `25` (documents) or `0.5%` (of the documents read, up to `100%`).
#[must_use]
pub fn budget(text: &str) -> Option<Budget> {
    let text = text.trim();
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    match text.strip_suffix('%') {
        // The float parser also takes `inf`, `1e9` and signs, which are no percentages.
        Some(percent) if percent.trim_end().chars().all(plain) => {
            let percent: f64 = percent.trim_end().parse().ok()?;
            (percent <= 100.0).then_some(Budget::Share(percent / 100.0))
        }
        Some(_) => None,
        None if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok().map(Budget::Count),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (text, expected) in [
            ("500ms", Some(500)),
            ("5s", Some(5_000)),
            ("2 min", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("5", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("5m", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(duration(text), expected.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn budgets_are_counts_or_percentages() {
        for (text, expected) in [
            ("0", Some(Budget::Count(0))),
            ("25", Some(Budget::Count(25))),
            ("1%", Some(Budget::Share(0.01))),
            ("0.5 %", Some(Budget::Share(0.005))),
            ("100%", Some(Budget::Share(1.0))),
            ("101%", None),
            ("inf%", None),
            ("1e1%", None),
            ("-1", None),
            ("+1", None),
            ("%", None),
            (".", None),
            ("", None),
            ("some", None),
        ] {
            assert_eq!(budget(text), expected, "{text}");
        }
    }

    #[test]
    fn a_share_is_of_the_documents_read() {
        assert!(Budget::Share(0.01).allows(1, 100));
        assert!(!Budget::Share(0.01).allows(2, 100));
        assert!(Budget::Count(0).allows(0, 0));
        assert!(!Budget::Count(0).allows(1, 1_000_000));
    }
}
