//! An event's fields, and an event as a line of JSON.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use std::fmt::{Debug, Write};
use std::time::SystemTime;
use tracing::field::{Field, Visit};

/// The fields of an event or a span, in their order, and an event's message.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) message: Option<String>,
    fields: Vec<(&'static str, Value)>,
}

impl Fields {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    /// Adds the fields of a span around, where they are not there yet.
    pub(super) fn within(&mut self, outer: &Fields) {
        for (name, value) in &outer.fields {
            self.complete(name, value.clone());
        }
    }

    /// Adds a field, if it is not there yet.
    pub(super) fn complete(&mut self, name: &'static str, value: impl Into<Value>) {
        if self.get(name).is_none() {
            self.fields.push((name, value.into()));
        }
    }

    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(message)) => self.message = Some(message),
            (name, value) => self.fields.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }
}

/// One line: `time`, `level` and `event` first, then the message if there is one, then the fields.
pub(super) fn json(at: SystemTime, level: &str, event: &str, fields: &Fields) -> String {
    let time = DateTime::<Utc>::from(at).to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut line = format!("{{\"time\":\"{time}\",\"level\":\"{level}\",\"event\":{}", Value::from(event));
    // Writing to a string cannot fail.
    if let Some(message) = &fields.message {
        // In words, what belongs to a line before is indented.
        let _ = write!(line, ",\"message\":{}", Value::from(message.trim_start()));
    }
    for (name, value) in &fields.fields {
        let _ = write!(line, ",{}:{value}", Value::from(*name));
    }
    line.push('}');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_line_is_an_object_whatever_is_in_it() {
        let odd = "a \"b\"\n\u{1b}[31m\\ \u{644}";
        let outer = Fields { message: None, fields: vec![("pipeline", odd.into()), ("stage", "outer".into())] };
        let mut fields = Fields { message: Some(odd.into()), fields: vec![("stage", "inner".into()), ("n", 3.into())] };
        fields.within(&outer);
        let line = json(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500), "info", "x.y", &fields);
        assert!(
            !line.contains('\n') && line.starts_with("{\"time\":\"1970-01-01T00:00:01.500Z\",\"level\":\"info\""),
            "{line}"
        );
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&value["event"], &value["message"], &value["pipeline"]), (&"x.y".into(), &odd.into(), &odd.into()));
        assert_eq!((&value["stage"], &value["n"]), (&"inner".into(), &3.into()));
    }
}
