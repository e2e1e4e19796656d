//! Metrics as text for Prometheus, in its text exposition format, version 0.0.4, as node_exporter's textfile collector reads
//! it.

use super::{METRICS, Value, View};
use crate::temporary;
use std::fmt::Write;
use std::io;
use std::path::Path;

/// How the text begins, whatever the run.
const BEGINNING: &str = "# HELP warraq_";

/// The text. Every value has the label `pipeline`: a collector puts the files of many runs together.
pub fn prometheus(view: &View<'_>) -> String {
    let mut text = String::new();
    for metric in METRICS {
        let points = metric.points(view);
        if points.points.is_empty() {
            continue;
        }
        let name = metric.prometheus_name();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {}", metric.help, metric.kind.name());
        for point in &points.points {
            let _ = write!(text, "{name}{{pipeline=\"{}\"", escaped(&view.plan.name));
            for (label, value) in metric.labels.iter().zip(&point.labels).filter(|(_, value)| !value.is_empty()) {
                let _ = write!(text, ",{label}=\"{}\"", escaped(value));
            }
            let _ = match point.value {
                Value::Int(value) => writeln!(text, "}} {value}"),
                Value::Float(value) => writeln!(text, "}} {value}"),
            };
        }
    }
    text
}

/// A label's value, between its quotes.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Writes the text to a file, in one step: a collector never sees half of it.
///
/// # Errors
/// If it cannot be written, or if there is a file that is none of this kind, which is not this function's to destroy.
pub fn write_prometheus(text: &str, path: &Path) -> io::Result<()> {
    let is_own = |bytes: &[u8]| bytes.starts_with(BEGINNING.as_bytes());
    temporary::replace_own(path, text.as_bytes(), "has no metrics in it", is_own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_ends_a_label_is_escaped() {
        assert_eq!(escaped("a\\b \"c\"\nd\u{644}"), "a\\\\b \\\"c\\\"\\nd\u{644}");
    }

    #[test]
    fn only_metrics_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/w.prom");
        for text in ["# HELP warraq_x 1\n", "# HELP warraq_x 2\n"] {
            write_prometheus(text, &path).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["w.prom"], "no temporary file is left");
        let other = folder.path().join("corpus.jsonl");
        fs::write(&other, "{}").unwrap();
        let error = write_prometheus("# HELP warraq_x 1\n", &other).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&other).unwrap(), b"{}");
    }
}
