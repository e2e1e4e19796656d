//! `run --otlp URL`: a collector that listens here, and some that do not answer as they should.

use super::{case, events, named};
use crate::case::Run;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};
use warraq_engine::metrics::{Kind, METRICS};

struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: Value,
}

/// Reads one request; none when the other side is through.
fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    (stream.read_line(&mut line).ok()? > 0).then_some(())?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").expect("its length is known").1.parse();
    let mut body = vec![0; length.unwrap()];
    stream.read_exact(&mut body).unwrap();
    Some(Request { line: line.trim_end().to_owned(), headers, body: serde_json::from_slice(&body).unwrap() })
}

/// A collector that gives this answer to every request.
fn collector(answer: &'static str) -> (String, Receiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (requests, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(request) = read(&mut stream) {
                let _ = requests.send(request);
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    (url, heard)
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
const UNAVAILABLE: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
const PARTIAL: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 70\r\n\r\n\
                       {\"partialSuccess\":{\"rejectedDataPoints\":\"3\",\"errorMessage\":\"too old\"}}";

/// An unsigned 64-bit integer, which the JSON encoding of protobuf writes as a string.
#[track_caller]
fn int64(value: &Value) -> u64 {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string")).parse().unwrap()
}

/// The keys of an object.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Attributes by name, each a string.
fn attributes(value: &Value) -> Vec<(&str, &str)> {
    let pairs = value.as_array().unwrap().iter();
    let pairs = pairs.map(|pair| (pair["key"].as_str().unwrap(), pair["value"]["stringValue"].as_str().unwrap()));
    pairs.collect()
}

/// Holds a request to `ExportMetricsServiceRequest` of opentelemetry-proto 1 in its JSON encoding (the OTLP specification,
/// "JSON Protobuf Encoding"): lower camel case, enums as numbers, 64-bit integers as strings.
fn is_valid(body: &Value) {
    assert_eq!(keys(body), ["resourceMetrics"]);
    let resource = &body["resourceMetrics"][0];
    let about = attributes(&resource["resource"]["attributes"]);
    assert!(about.contains(&("service.name", "warraq")) && about.contains(&("warraq.pipeline", "otlp")), "{about:?}");
    let scope = &resource["scopeMetrics"][0];
    assert_eq!(scope["scope"]["name"], "warraq");
    let metrics = scope["metrics"].as_array().unwrap();
    for metric in metrics {
        let name = metric["name"].as_str().unwrap();
        let defined = METRICS.iter().find(|defined| defined.name == name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!((&metric["unit"], &metric["description"]), (&defined.unit.into(), &defined.help.into()));
        let points = match defined.kind {
            Kind::Counter => {
                let sum = &metric["sum"];
                assert_eq!((&sum["aggregationTemporality"], &sum["isMonotonic"]), (&2.into(), &true.into()), "{name}");
                &sum["dataPoints"]
            }
            Kind::Gauge => &metric["gauge"]["dataPoints"],
        };
        let points = points.as_array().unwrap();
        assert!(!points.is_empty(), "{name}");
        for point in points {
            let now = int64(&point["timeUnixNano"]);
            assert!(now > 1_600_000_000_000_000_000, "{name}");
            if defined.kind == Kind::Counter {
                assert!(int64(&point["startTimeUnixNano"]) <= now, "{name}");
            }
            assert!(point["asDouble"].is_f64() != point["asInt"].is_string(), "{name}: {point}");
            attributes(&point["attributes"]).iter().for_each(|(label, _)| assert!(defined.labels.contains(label)));
        }
    }
}

/// A value in a request.
#[track_caller]
fn value(body: &Value, name: &str, labels: &[(&str, &str)]) -> f64 {
    let metrics = body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let metric = metrics.iter().find(|metric| metric["name"] == name).unwrap_or_else(|| panic!("{name}"));
    let points = metric.get("sum").unwrap_or(&metric["gauge"])["dataPoints"].as_array().unwrap();
    let point = points.iter().find(|point| attributes(&point["attributes"]) == labels).unwrap();
    point["asDouble"].as_f64().unwrap_or_else(|| int64(&point["asInt"]) as f64)
}

#[test]
fn a_collector_hears_what_the_file_says() {
    let (url, requests) = collector(OK);
    let run = case("otlp").args(&["--otlp", &url, "--metrics", "w.prom"]).run().ends(0);
    let requests: Vec<Request> = requests.try_iter().collect();
    assert!(!requests.is_empty());
    for Request { line, headers, body } in &requests {
        assert_eq!(line, "POST /v1/metrics HTTP/1.1");
        assert!(headers.contains(&("content-type".into(), "application/json".into())), "{headers:?}");
        is_valid(body);
    }
    let last = &requests.last().unwrap().body;
    let text = String::from_utf8(run.bytes("w.prom")).unwrap();
    let file = super::exposition::parse(&text).unwrap();
    let metrics = last["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
    assert_eq!(metrics.len(), file.0.len(), "both are made from one table");
    for (name, labels) in [
        ("warraq.documents", vec![("verdict", "kept")]),
        ("warraq.stage.documents", vec![("stage", "dedup.exact")]),
        ("warraq.stage.time", vec![("stage", "clean.whitespace")]),
        ("warraq.stage.rejected", vec![("verdict", "failed")]),
        ("warraq.input.read", vec![]),
        ("warraq.run.exit_code", vec![]),
    ] {
        let metric = METRICS.iter().find(|metric| metric.name == name).unwrap();
        assert_eq!(value(last, name, &labels), file.value(&metric.prometheus_name(), &labels), "{name}");
    }
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[test]
fn a_collector_that_fails_costs_a_warning_and_no_run() {
    let outputs = |run: &Run| (run.bytes("out/docs.jsonl"), run.bytes("out/rejects.jsonl"));
    let case = case("otlp");
    let without = outputs(&case.run().ends(0));
    // Nobody listens where a listener has just been.
    let nobody = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (unavailable, _heard) = collector(UNAVAILABLE);
    let (partial, _heard_too) = collector(PARTIAL);
    for (url, why) in [(nobody, "refused"), (unavailable, "503"), (partial, "too old")] {
        let run = case.command(&["run", "p.toml", "--otlp", &url, "--log-format", "json"]).ends(0);
        assert_eq!(outputs(&run), without);
        let events = events(&run.stderr);
        let warnings = named(&events, "otlp.failed");
        assert_eq!(warnings.len(), 1, "it is said once:\n{}", run.stderr);
        assert!(warnings[0]["message"].as_str().unwrap().contains(why), "{}", warnings[0]);
    }
    let started = Instant::now();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let run = case.command(&["run", "p.toml", "--otlp", &url]).ends(0);
    assert_eq!(outputs(&run), without);
    assert!(run.stderr.contains("the last metrics were not sent"), "{}", run.stderr);
    assert!(started.elapsed() < Duration::from_secs(10), "it does not wait for one that never answers");
}

#[test]
fn an_address_that_cannot_be_is_refused_at_once() {
    for (url, part) in [("https://otel.example", "HTTPS"), ("localhost:4318", "such as `http://")] {
        let run = case("otlp").args(&["--otlp", url]).run().ends(2);
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
}
