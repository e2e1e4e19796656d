//! Thresholds of the reference filters: presets, the options that override them, and their table in the manual.

use warraq_core::OptionError;

/// A set of thresholds, as a column of the manual's table.
pub(super) struct Column<'a> {
    pub(super) name: &'static str,
    pub(super) values: &'a [f64],
}

/// The thresholds of `preset`, each replaced by the option of its name where that is given.
///
/// # Errors
/// When an option is no number from 0 on.
pub(super) fn resolve<const N: usize>(
    names: &[&'static str; N],
    given: [Option<f64>; N],
    preset: &[f64; N],
) -> Result<[f64; N], OptionError> {
    let mut values = *preset;
    for ((name, given), value) in names.iter().zip(given).zip(&mut values) {
        if let Some(given) = given {
            if !given.is_finite() || given < 0.0 {
                return Err(OptionError::new(*name, "a threshold is a number, 0 or more"));
            }
            *value = given;
        }
    }
    Ok(values)
}

/// A threshold of 0 switches its check off.
pub(super) fn unless_zero(value: f64) -> Option<f64> {
    (value != 0.0).then_some(value)
}

/// The table of a manual: a row for each option, a column for each set.
pub(super) fn table(names: &[&str], columns: &[Column<'_>]) -> String {
    let mut text = String::from("| option |");
    for column in columns {
        text += &format!(" {} |", column.name);
    }
    text += "\n|---|";
    text += &"---|".repeat(columns.len());
    for (n, name) in names.iter().enumerate() {
        text += &format!("\n| `{name}` |");
        for column in columns {
            text += &format!(" {} |", column.values[n]);
        }
    }
    text
}
