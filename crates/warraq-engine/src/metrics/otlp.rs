//! Metrics as the body of a request by OTLP/HTTP, in the JSON encoding of its protobuf message
//! `ExportMetricsServiceRequest`: 64-bit integers are strings, enums are numbers.

use super::{Kind, METRICS, Metric, Value, View};
use serde_json::{Value as Json, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// `AGGREGATION_TEMPORALITY_CUMULATIVE`
const CUMULATIVE: u32 = 2;

/// The body of the request.
pub fn otlp(view: &View<'_>) -> Json {
    let started = nanoseconds(view.numbers.started());
    let now = nanoseconds(view.now);
    let metrics: Vec<Json> = METRICS.iter().filter_map(|metric| one(metric, view, &started, &now)).collect();
    let version = env!("CARGO_PKG_VERSION");
    json!({ "resourceMetrics": [{
        "resource": { "attributes": [
            attribute("service.name", "warraq"),
            attribute("service.version", version),
            // Tells runs of one pipeline apart, on one machine.
            attribute("service.instance.id", &format!("{}-{started}", std::process::id())),
            attribute("warraq.pipeline", &view.plan.name),
        ] },
        "scopeMetrics": [{ "scope": { "name": "warraq", "version": version }, "metrics": metrics }],
    }] })
}

fn one(metric: &Metric, view: &View<'_>, started: &str, now: &str) -> Option<Json> {
    let points = metric.points(view);
    let data_points: Vec<Json> = points
        .points
        .iter()
        .map(|point| {
            let labels = metric.labels.iter().zip(&point.labels).filter(|(_, value)| !value.is_empty());
            let attributes: Vec<Json> = labels.map(|(name, value)| attribute(name, value)).collect();
            let mut json = json!({ "attributes": attributes, "timeUnixNano": now });
            if metric.kind == Kind::Counter {
                json["startTimeUnixNano"] = started.into();
            }
            match point.value {
                Value::Int(value) => json["asInt"] = value.to_string().into(),
                Value::Float(value) => json["asDouble"] = value.into(),
            }
            json
        })
        .collect();
    if data_points.is_empty() {
        return None;
    }
    let mut json = json!({ "name": metric.name, "description": metric.help, "unit": metric.unit });
    match metric.kind {
        Kind::Counter => {
            let sum = json!({ "aggregationTemporality": CUMULATIVE, "isMonotonic": true, "dataPoints": data_points });
            json["sum"] = sum;
        }
        Kind::Gauge => json["gauge"] = json!({ "dataPoints": data_points }),
    }
    Some(json)
}

fn attribute(key: &str, value: &str) -> Json {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn nanoseconds(at: SystemTime) -> String {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}
