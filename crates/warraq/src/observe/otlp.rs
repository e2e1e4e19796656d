//! Metrics by OTLP over HTTP, on a thread of its own. A collector that does not answer costs one warning and never the run,
//! nor more than a moment at its end.

use super::{Shared, goes_on};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;
use warraq_engine::metrics;

/// How often metrics are sent.
const SEND: Duration = Duration::from_secs(10);

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(3);

/// How long the end of a run waits for the last request, and for one that is under way.
const LAST: Duration = Duration::from_secs(2);

/// The path of metrics under an endpoint.
const PATH: &str = "/v1/metrics";

/// Where metrics are sent to, as it is given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint(String);

impl Endpoint {
    /// Takes `http://HOST[:PORT][/PATH]`, to which `/v1/metrics` is added, unless it ends with that.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("https://") {
            return Err("HTTPS is not spoken here; send to a collector on this machine, which passes it on".into());
        }
        let host = lower.strip_prefix("http://").unwrap_or_default();
        if host.is_empty() || host.starts_with(['/', ':']) || text.contains(char::is_whitespace) {
            return Err("expected the address of a collector such as `http://localhost:4318`".into());
        }
        let authority = host.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') || text.contains(['?', '#']) {
            return Err(
                "expected an address alone: what it would carry is shown in messages, and credentials are for the \
                        collector to add"
                    .into(),
            );
        }
        let base = text.trim_end_matches('/');
        Ok(Endpoint(if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") }))
    }
}

/// The thread that sends.
pub(super) struct Exporter {
    /// Dropped to make it send for the last time.
    stop: Sender<()>,
    /// Hears nothing, and is closed when it is through.
    through: Receiver<()>,
    url: String,
}

impl Exporter {
    pub(super) fn start(endpoint: &Endpoint, shared: Arc<Shared>) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (at_work, through) = mpsc::channel::<()>();
        let url = endpoint.0.clone();
        let spawned = std::thread::Builder::new().name("warraq-otlp".into()).spawn(move || {
            let _at_work = at_work;
            let mut sender = Client::new(url);
            // Nothing has begun yet at first.
            let mut wait = Duration::from_millis(200);
            while goes_on(&stopped, wait) {
                if let Some(body) = shared.metrics(metrics::otlp) {
                    sender.send(&body);
                    wait = SEND;
                }
            }
            if let Some(body) = shared.metrics(metrics::otlp) {
                sender.send(&body);
            }
        });
        if let Err(error) = spawned {
            tracing::warn!(name: "otlp.failed", url = endpoint.0, "metrics cannot be sent: {error}");
        }
        Exporter { stop, through, url: endpoint.0.clone() }
    }

    /// Sends how the run ended, if that can be done in a moment.
    pub(super) fn end(self) {
        drop(self.stop);
        // Closed, or not in time: the run does not wait any longer in either case.
        if self.through.recv_timeout(LAST) == Err(RecvTimeoutError::Timeout) {
            let url = self.url;
            tracing::warn!(name: "otlp.failed", url, "the last metrics were not sent: {url} does not answer in time");
        }
    }
}

struct Client {
    agent: ureq::Agent,
    url: String,
    has_failed: bool,
}

impl Client {
    fn new(url: String) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("warraq/", env!("CARGO_PKG_VERSION")))
            .build();
        Client { agent: config.into(), url, has_failed: false }
    }

    fn send(&mut self, body: &serde_json::Value) {
        if let Err(why) = self.post(body)
            && !std::mem::replace(&mut self.has_failed, true)
        {
            tracing::warn!(
                name: "otlp.failed", url = self.url,
                "metrics cannot be sent to {}: {why}; it is tried again, and not said again", self.url
            );
        }
    }

    fn post(&self, body: &serde_json::Value) -> Result<(), String> {
        let request = self.agent.post(&self.url).header("Content-Type", "application/json");
        let mut response = request.send(body.to_string()).map_err(|e| e.to_string())?;
        if !response.status().is_success() {
            return Err(format!("it answers {}", response.status()));
        }
        // A collector that takes only a part says so in its answer; one that says nothing has taken all.
        let answer = response.body_mut().with_config().limit(64 << 10).read_to_string().unwrap_or_default();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
        let partial = &answer["partialSuccess"];
        let rejected = &partial["rejectedDataPoints"];
        let rejected = rejected.as_u64().or_else(|| rejected.as_str()?.parse().ok()).unwrap_or(0);
        match rejected {
            0 => Ok(()),
            n => {
                Err(format!("it rejects {n} values: {}", partial["errorMessage"].as_str().unwrap_or("it says not why")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_addresses_of_collectors() {
        let url = |text: &str| Endpoint::parse(text).map(|endpoint| endpoint.0);
        for (given, url_of_it) in [
            ("http://localhost:4318", "http://localhost:4318/v1/metrics"),
            ("http://localhost:4318/", "http://localhost:4318/v1/metrics"),
            ("HTTP://[::1]:4318/otel", "HTTP://[::1]:4318/otel/v1/metrics"),
            ("http://localhost:4318/v1/metrics", "http://localhost:4318/v1/metrics"),
        ] {
            assert_eq!(url(given).as_deref(), Ok(url_of_it));
        }
        assert!(url("https://otel.example").unwrap_err().contains("HTTPS"));
        for wrong in [
            "",
            "localhost:4318",
            "http://",
            "http:///x",
            "http://:4318",
            "ftp://x",
            "http://a b",
            "http://user:pw@localhost:4318",
            "http://localhost:4318?key=pw",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }
}
