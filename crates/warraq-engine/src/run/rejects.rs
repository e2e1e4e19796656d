//! The dead letters: one JSON object for every document that no export gets, with why, where it came from, and the record as
//! it was read, so that it can be found, understood and run again.

use super::ledger::Fate;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use std::io::Write;

/// A document that was not kept.
pub(super) struct Reject<'a> {
    /// Its id, as far as one is known.
    pub(super) id: &'a str,
    pub(super) fate: Fate,
    /// The stage's name; none where the record could not be read.
    pub(super) stage: Option<&'a str>,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
    /// Names and values.
    pub(super) scores: &'a [(String, f64)],
    pub(super) kept_id: Option<&'a str>,
    pub(super) source: Place<'a>,
    /// The record's bytes, or the head of one past the limit.
    pub(super) record: &'a [u8],
    /// The length in bytes of a record of which only the head is there; its byte range is then given, too.
    pub(super) truncated: Option<u64>,
}

/// Where a record stands.
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    /// Its number in the input, from 1.
    pub(super) record: u64,
    /// The line that is to blame, or the record's first, in formats that have lines.
    pub(super) line: Option<u64>,
    /// The byte in the decompressed input that is to blame, or the record's first.
    pub(super) byte: u64,
}

/// Appends a reject as a line of JSON.
pub(super) fn write(reject: &Reject<'_>, out: &mut Vec<u8>) {
    let text = |text: &str| Value::from(text).to_string();
    let optional = |value: Option<&str>| value.map_or_else(|| "null".to_owned(), text);
    // Writing to a vector cannot fail.
    let _ = write!(
        out,
        r#"{{"id":{},"verdict":"{}","stage":{},"reason":{},"message":{},"scores":{{"#,
        text(reject.id),
        reject.fate.name(),
        optional(reject.stage),
        text(reject.reason),
        text(reject.message),
    );
    for (n, (name, value)) in reject.scores.iter().enumerate() {
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(out, "{comma}{}:{}", text(name), Value::from(*value));
    }
    let _ = write!(
        out,
        r#"}},"kept_id":{},"source":{{"path":{},"record":{},"line":{},"byte":{}}},"#,
        optional(reject.kept_id),
        text(reject.source.path),
        reject.source.record,
        reject.source.line.map_or_else(|| "null".to_owned(), |line| line.to_string()),
        reject.source.byte,
    );
    if let Some(bytes) = reject.truncated {
        let (start, held) = (reject.source.byte, reject.record.len());
        let _ = write!(out, r#""truncated":{{"start":{start},"end":{},"held":{held}}},"#, start + bytes);
    }
    out.extend_from_slice(b"\"record\":");
    record(reject.record, out);
    out.extend_from_slice(b"}\n");
}

/// The record as it was read: a JSON object as it stands, other text as a string, and anything else as its bytes.
fn record(bytes: &[u8], out: &mut Vec<u8>) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let _ = write!(out, r#"{{"base64":"{}"}}"#, BASE64.encode(bytes));
        return;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_ascii();
    if text.starts_with('{') && !text.contains('\n') && readable(text) {
        out.extend_from_slice(text.as_bytes());
    } else {
        let _ = write!(out, "{}", Value::from(std::str::from_utf8(bytes).unwrap_or(text)));
    }
}

/// Whether any JSON parser takes this text inside another object. Half surrogates and deep nesting are where they differ; a
/// line that one of them refuses would be lost to its reader.
fn readable(text: &str) -> bool {
    /// Parsers are free to give up at some depth; the shallowest limit in wide use is 100.
    const DEPTH: usize = 100;
    let has_surrogates = || text.contains("\\ud") || text.contains("\\uD");
    let may_be_deep = || text.bytes().filter(|b| matches!(b, b'{' | b'[')).nth(DEPTH).is_some();
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
        && !(has_surrogates() && serde_json::from_str::<Value>(text).is_err())
        && !(may_be_deep() && depth(text) > DEPTH)
}

/// How deep the arrays and objects of valid JSON are nested.
fn depth(text: &str) -> usize {
    let (mut deepest, mut open, mut in_string, mut escaped) = (0, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => open += 1,
            b'}' | b']' if !in_string => open -= 1,
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_kept_as_it_was_read() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        let deep_text = format!("\"{}\"", deep.replace('"', "\\\""));
        let cases: &[(&[u8], &str)] = &[
            (br#"{"a": 1.50, "b":[]}"#, r#"{"a": 1.50, "b":[]}"#),
            (br#"{"a": 1.50, "b"#, r#""{\"a\": 1.50, \"b""#),
            ("سطر\r".as_bytes(), "\"سطر\\r\""),
            (b"\xff\xfe", r#"{"base64":"//4="}"#),
            (b"[1]", r#""[1]""#),
            (br#"{"a":"\uD83D\uDE00"}"#, r#"{"a":"\uD83D\uDE00"}"#),
            (br#"{"a":"\ud800"}"#, r#""{\"a\":\"\\ud800\"}""#),
            (deep.as_bytes(), &deep_text),
        ];
        for (bytes, expected) in cases {
            let mut out = Vec::new();
            record(bytes, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), *expected);
        }
    }
}
