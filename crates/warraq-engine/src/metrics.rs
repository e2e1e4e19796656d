//! What a run can be measured by, for those who watch many of them: one table of metrics, from which the text for
//! Prometheus ([`prometheus`]) and the message of OTLP ([`otlp`]) are made.
//!
//! Names follow OpenTelemetry (`warraq.stage.time`, with the unit apart); those for Prometheus are derived from them by the
//! rules that its specification gives: dots to underscores, the unit appended, `_total` behind what only grows.

mod memory;
mod numbers;
mod otlp;
mod prometheus;
mod table;

pub use memory::{Memory, memory};
pub use numbers::Numbers;
pub use otlp::otlp;
pub use prometheus::{prometheus, write_prometheus};
pub use table::METRICS;

use crate::plan::Plan;
use crate::run::Board;
use std::time::SystemTime;

/// How a metric behaves over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows while the run lasts.
    Counter,
    /// It goes up and down.
    Gauge,
}

impl Kind {
    /// What Prometheus calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        }
    }
}

/// A metric: what it is called, what it means and where its values are.
pub struct Metric {
    /// Its name in OpenTelemetry, without a unit.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// Its unit by UCUM: `s`, `By`, an annotation such as `{document}`, or nothing.
    pub unit: &'static str,
    /// The names of its labels. Prometheus has `pipeline` besides.
    pub labels: &'static [&'static str],
    /// What it says, in one line.
    pub help: &'static str,
    read: fn(&View<'_>, &mut Points),
}

impl Metric {
    /// Its name for Prometheus.
    pub fn prometheus_name(&self) -> String {
        let unit = match self.unit {
            "s" => "_seconds",
            "By" => "_bytes",
            // Annotations are no part of a name.
            _ => "",
        };
        let total = if self.kind == Kind::Counter { "_total" } else { "" };
        format!("{}{unit}{total}", self.name.replace('.', "_"))
    }

    /// Its values; none, perhaps, of what has not happened yet.
    fn points(&self, view: &View<'_>) -> Points {
        let mut points = Points { labels: self.labels, points: Vec::new() };
        (self.read)(view, &mut points);
        points
    }
}

/// All that metrics are read from, at one moment.
pub struct View<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What the coordinator said last.
    pub numbers: &'a Numbers,
    /// What the threads are at.
    pub board: &'a Board,
    /// The memory of this process.
    pub memory: Memory,
    /// The moment.
    pub now: SystemTime,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Int(u64),
    Float(f64),
}

/// One of a metric's values.
#[derive(Clone, Debug, PartialEq)]
struct Point {
    /// By the metric's label names; an empty one is left out.
    labels: Vec<String>,
    value: Value,
}

/// A metric's values.
struct Points {
    labels: &'static [&'static str],
    points: Vec<Point>,
}

impl Points {
    /// Adds a count. What has the labels of another is added to it: two values of the same name are forbidden.
    fn int(&mut self, labels: &[&str], value: u64) {
        self.add(labels, Value::Int(value));
    }

    /// Adds a measured value.
    fn float(&mut self, labels: &[&str], value: f64) {
        self.add(labels, Value::Float(value));
    }

    fn add(&mut self, labels: &[&str], value: Value) {
        debug_assert_eq!(labels.len(), self.labels.len());
        let same = self.points.iter_mut().find(|point| point.labels == labels);
        match same {
            Some(point) => {
                point.value = match (point.value, value) {
                    (Value::Int(a), Value::Int(b)) => Value::Int(a + b),
                    (Value::Float(a), Value::Float(b)) => Value::Float(a + b),
                    (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => Value::Float(a as f64 + b),
                };
            }
            None => self.points.push(Point { labels: labels.iter().map(|&label| label.to_owned()).collect(), value }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_both_systems() {
        let part = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && !name.starts_with('_')
        };
        let mut seen = std::collections::HashSet::new();
        for metric in METRICS {
            assert!(metric.name.starts_with("warraq.") && metric.name.split('.').all(part), "{}", metric.name);
            assert!(!metric.name.ends_with("total") && !metric.name.ends_with("bytes"), "{}", metric.name);
            assert!(metric.labels.iter().all(|label| part(label) && *label != "pipeline"), "{}", metric.name);
            assert!(!metric.help.contains(['\n', '\\']) && metric.help.ends_with('.'), "{}", metric.name);
            assert!(seen.insert(metric.prometheus_name()), "{} twice", metric.name);
            let is_unit = matches!(metric.unit, "" | "s" | "By") || metric.unit.starts_with('{');
            assert!(is_unit, "{}", metric.unit);
        }
        let name = |name| METRICS.iter().find(|metric| metric.name == name).unwrap().prometheus_name();
        assert_eq!(name("warraq.documents"), "warraq_documents_total");
        assert_eq!(name("warraq.stage.time"), "warraq_stage_time_seconds_total");
        assert_eq!(name("warraq.window.used"), "warraq_window_used_bytes");
        assert_eq!(name("warraq.build.info"), "warraq_build_info");
    }

    #[test]
    fn values_with_the_same_labels_are_one() {
        let mut points = Points { labels: &["output"], points: Vec::new() };
        points.int(&["a"], 1);
        points.int(&["b"], 2);
        points.int(&["a"], 3);
        let point = |label: &str, value| Point { labels: vec![label.to_owned()], value: Value::Int(value) };
        assert_eq!(points.points, [point("a", 4), point("b", 2)]);
    }
}
