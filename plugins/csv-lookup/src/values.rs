//! What a cell becomes in the record: JSON text, made once when the table is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The type of a column's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum Type {
    /// Text, as it stands in the cell.
    #[default]
    String,
    /// A number as JSON writes it; all its digits are kept.
    Number,
    /// `true` or `false`, in any case.
    Boolean,
    /// Any JSON value.
    Json,
}

/// Appends the JSON of a cell. An empty cell is an empty string, or `null` where the column is no text.
///
/// # Errors
/// What the cell should be.
pub(crate) fn render(cell: &str, kind: Type, out: &mut String) -> Result<(), String> {
    if kind == Type::String {
        out.push_str(&serde_json::to_string(cell).expect("a string is JSON"));
        return Ok(());
    }
    let cell = cell.trim();
    if cell.is_empty() {
        out.push_str("null");
        return Ok(());
    }
    match kind {
        Type::String => {}
        Type::Number => match serde_json::from_str::<&RawValue>(cell) {
            Ok(number) if number.get().starts_with(|c: char| c == '-' || c.is_ascii_digit()) => out.push_str(cell),
            _ => return Err(format!("{cell:?} is no number; numbers are written as in JSON, such as -1250.75 or 1e6")),
        },
        Type::Boolean => {
            match [("true", "true"), ("false", "false")].into_iter().find(|(word, _)| cell.eq_ignore_ascii_case(word)) {
                Some((_, json)) => out.push_str(json),
                None => return Err(format!("{cell:?} is neither `true` nor `false`")),
            }
        }
        Type::Json => match serde_json::from_str::<&RawValue>(cell) {
            Ok(value) => compact(value.get(), out),
            Err(e) => return Err(format!("{cell:?} is not JSON: {e}")),
        },
    }
    Ok(())
}

/// Appends valid JSON without the white space between its parts, so that a value never spans lines.
fn compact(json: &str, out: &mut String) {
    let (mut in_string, mut escaped) = (false, false);
    out.extend(json.chars().filter(|&c| {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            return true;
        }
        in_string = c == '"';
        !matches!(c, ' ' | '\t' | '\n' | '\r')
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn json(cell: &str, kind: Type) -> Result<String, String> {
        let mut out = String::new();
        render(cell, kind, &mut out).map(|()| out)
    }

    #[test]
    fn cells_become_json_of_their_type() {
        for (cell, kind, expected) in [
            ("تونس", Type::String, "\"تونس\""),
            ("say \"hi\"\n\\", Type::String, r#""say \"hi\"\n\\""#),
            (" 7 ", Type::String, "\" 7 \""),
            ("", Type::String, "\"\""),
            ("12345678901234567890.10", Type::Number, "12345678901234567890.10"),
            (" -1e6 ", Type::Number, "-1e6"),
            (" ", Type::Number, "null"),
            ("TRUE", Type::Boolean, "true"),
            ("false", Type::Boolean, "false"),
            ("", Type::Boolean, "null"),
            ("[1, \"a b\",\n{\"k\": \" \\\" : \"}]", Type::Json, "[1,\"a b\",{\"k\":\" \\\" : \"}]"),
            ("", Type::Json, "null"),
        ] {
            assert_eq!(json(cell, kind).as_deref(), Ok(expected), "{cell}");
        }
    }

    #[test]
    fn cells_of_another_type_are_refused() {
        for cell in ["1,5", "+5", ".5", "5.", "007", "0x1F", "١٢", "n/a", "\"5\"", "true", "[1]", "NaN", "1 2"] {
            assert!(json(cell, Type::Number).is_err(), "{cell}");
        }
        for cell in ["1", "yes", "truee", "نعم"] {
            assert!(json(cell, Type::Boolean).is_err(), "{cell}");
        }
        for cell in ["{", "nul", "[1,]", "'a'", "{} {}"] {
            assert!(json(cell, Type::Json).is_err(), "{cell}");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back_out_of_its_json(cell in any::<String>()) {
            let rendered = json(&cell, Type::String).expect("text is text");
            prop_assert_eq!(serde_json::from_str::<String>(&rendered).expect("it is JSON"), cell);
        }

        #[test]
        fn compact_json_says_the_same(text in any::<String>(), number in any::<i64>(), flag in any::<bool>()) {
            let value = serde_json::json!({"k \" ": [&text, number, flag, Value::Null], &text: {"": []}});
            let pretty = serde_json::to_string_pretty(&value).expect("it is JSON");
            let found = json(&pretty, Type::Json).expect("it is JSON");
            prop_assert!(!found.contains('\n'));
            prop_assert_eq!(serde_json::from_str::<Value>(&found).expect("it is JSON"), value);
        }
    }
}
