//! `docs/observability.md` has every metric and every event there is, and none that is not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use warraq_engine::metrics::METRICS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of the table under a heading, as cells.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = fs::read_to_string(root().join("docs/observability.md")).unwrap();
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("{heading}"));
    let section = rest.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn every_metric_is_in_the_table() {
    let expected: Vec<String> = METRICS
        .iter()
        .map(|metric| {
            let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            let (name, kind) = (metric.prometheus_name(), metric.kind.name());
            format!("| `{name}` | `{}` | {kind} | {} | {} |", metric.name, labels.join(", "), metric.help)
        })
        .collect();
    let rows: Vec<String> = table("Metrics").iter().map(|cells| format!("| {} |", cells.join(" | "))).collect();
    assert_eq!(rows, expected, "the table should be:\n{}", expected.join("\n"));
}

fn sources(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false if path.extension().is_some_and(|e| e == "rs") => *found += &fs::read_to_string(&path).unwrap(),
            false => {}
        }
    }
}

#[test]
fn every_event_is_in_the_table() {
    let mut code = String::new();
    for krate in ["warraq", "warraq-engine"] {
        sources(&root().join(format!("crates/{krate}/src")), &mut code);
    }
    // An event is a macro of `tracing` that begins with its name.
    let calls = code.split("tracing::").skip(1).filter_map(|rest| {
        let (call, rest) = rest.split_once("!(")?;
        ["error", "warn", "info", "debug", "$level", "event"].contains(&call).then(|| rest.trim_start())
    });
    let name = |rest: &str| match rest.strip_prefix("name: ") {
        Some(rest) if rest.starts_with('"') => rest[1..].split('"').next().unwrap().to_owned(),
        Some(rest) if rest.starts_with("STAGE_MESSAGE") => "stage.message".to_owned(),
        _ => panic!("an event without a name: {}", &rest[..rest.len().min(80)]),
    };
    let events: BTreeSet<String> = calls.map(name).collect();
    assert!(events.len() > 15, "{events:?}");
    let documented: BTreeSet<String> =
        table("Events").iter().map(|cells| cells[0].trim_matches('`').to_owned()).collect();
    assert_eq!(documented, events);
}
