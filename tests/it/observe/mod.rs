//! A run as those see it who do not read its outputs: the log, heartbeats, slow documents, metrics in a file and by OTLP.

mod documented;
mod exposition;
mod log;
mod metrics;
mod otlp;

use crate::case::Case;
use serde_json::Value;

/// A pipeline in which documents are kept, dropped, found to be duplicates and failed on, also in a stage that is skipped.
const STAGES: &str = r#"
[[stage]]
use = "clean.whitespace"
[[stage]]
use = "filter.length"
min_chars = 3
[[stage]]
use = "dedup.exact"
"#;

/// What that pipeline reads: two documents are kept.
const INPUT: &str = concat!(
    "{\"id\":\"1\",\"text\":\"one  text\"}\n",
    "\n",
    "{\"id\":\"2\",\"text\":\"x\"}\n",
    "{\"id\":\"3\",\"text\":\"one text\"}\n",
    "{\"id\":\"4\",\"text\":\n",
    "{\"id\":\"5\",\"text\":\"another \\u001b[31m\"}\n",
);

fn case(name: &str) -> Case {
    let name = serde_json::to_string(name).unwrap();
    Case::new(&format!("name = {name}\n[run]\nerrors = 1\n{STAGES}\n{}", crate::case::BOTH_ENDS))
        .file("in.jsonl", INPUT)
}

/// The events in what was said as JSON, each checked for what all have.
#[track_caller]
fn events(stderr: &str) -> Vec<Value> {
    let events: Vec<Value> = crate::case::json_lines(stderr.as_bytes());
    for event in &events {
        let time = event["time"].as_str().unwrap();
        assert!(time.len() == 24 && time.starts_with("20") && time.ends_with('Z'), "{event}");
        assert!(["error", "warning", "info", "debug"].contains(&event["level"].as_str().unwrap()), "{event}");
        assert!(event["event"].as_str().is_some_and(|name| !name.contains(' ')), "{event}");
    }
    events
}

/// The events of this name.
fn named<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}
