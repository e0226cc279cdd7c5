//! What a function writes to its log: lines of JSON, and metrics within them.
//!
//! CloudWatch takes a metric out of a line that says so in the embedded metric format (its user guide,
//! "Specification: Embedded metric format", read 2026-11-24). So a metric is nothing but an event with a
//! field `metric`, its name; it counts one, or what a field `value` says:
//!
//! ```
//! tracing::error!(metric = "Parked", "a record is parked");
//! tracing::info!(metric = "ProjectionLagMs", value = 40, "a batch was projected");
//! ```
//!
//! The unit is the end of the name: `Ms` for milliseconds, else a count. A metric has no dimensions, for its
//! alarm is about the deployment; which function, record or request it was stands in the same line. Under
//! which names alarms and the dashboard of template.yaml look is held equal by `make verify-template`.

use serde_json::json;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Json, Writer};
use tracing_subscriber::fmt::time::SystemTime as Utc;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Begins to write a function's log lines to the standard output, where Lambda takes them from; called once,
/// first of all. `level` is how Lambda names the least that is logged (`AWS_LAMBDA_LOG_LEVEL`: `TRACE`,
/// `DEBUG`, `INFO`, `WARN`, `ERROR`); any other word is `INFO`. Metrics that are logged below it are lost.
///
/// A line has `timestamp` (RFC 3339, UTC) and `level`, by which Lambda filters too (Lambda developer guide,
/// "Log-level filtering", read 2026-11-24), `target`, `fields` with `message` among them, and `span` and
/// `spans` with the request's id.
pub fn write_log_lines(stack: &str, level: &str) {
    // As a filter, no word at all would be read as `ERROR`.
    let level = level.parse().unwrap_or(Level::INFO);
    let namespace = namespace(stack);
    tracing_subscriber::fmt()
        .json()
        .with_max_level(level)
        .map_event_format(|json| Lines { json, namespace })
        .init();
}

/// Where CloudWatch keeps the metrics of a deployment.
fn namespace(stack: &str) -> String {
    format!("Annals/{stack}")
}

/// Lines of JSON, with the metric that an event carries.
struct Lines {
    json: Format<Json, Utc>,
    namespace: String,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(metric) = Metric::of(event) else {
            return self.json.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.json.format_event(context, Writer::new(&mut line), event)?;
        // A metric's name and value must be members of the root, which the format of lines does not offer.
        let open = line.trim_end().strip_suffix('}').ok_or(fmt::Error)?;
        writeln!(writer, "{open},{}}}", metric.members(&self.namespace))
    }
}

/// What an event counts or measures.
#[derive(Debug, Default)]
struct Metric {
    name: String,
    value: Option<u64>,
}

impl Metric {
    fn of(event: &Event<'_>) -> Option<Self> {
        event.metadata().fields().field("metric")?;
        let mut metric = Self::default();
        event.record(&mut metric);
        Some(metric)
    }

    /// Two members of the line's root: what is measured, and how much it is.
    fn members(&self, namespace: &str) -> String {
        let Self { name, value } = self;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let unit = if name.ends_with("Ms") { "Milliseconds" } else { "Count" };
        let aws = json!({
            "Timestamp": u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            "CloudWatchMetrics": [{
                "Namespace": namespace,
                "Dimensions": [[]],
                "Metrics": [{ "Name": name, "Unit": unit }],
            }],
        });
        format!("\"_aws\":{aws},{}:{}", json!(name), value.unwrap_or(1))
    }
}

impl Visit for Metric {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "metric" {
            value.clone_into(&mut self.name);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "value" {
            self.value = Some(value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record_u64(field, u64::try_from(value).unwrap_or_default());
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::io;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_metric_stands_in_the_line_that_tells_of_it() {
        let line = written(|| {
            tracing::error!(record = "t.demo#customer#1", metric = "Parked", "a record is parked");
        });
        assert_eq!(line["Parked"], 1);
        assert!(line["_aws"]["Timestamp"].as_u64() > Some(1_700_000_000_000), "{line}");
        let told = json!([{
            "Namespace": "Annals/annals-dev", "Dimensions": [[]],
            "Metrics": [{ "Name": "Parked", "Unit": "Count" }],
        }]);
        assert_eq!(line["_aws"]["CloudWatchMetrics"], told);
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["fields"]["message"], "a record is parked");
        assert_eq!(line["fields"]["record"], "t.demo#customer#1");
        assert!(line["timestamp"].as_str().is_some_and(|text| text.ends_with('Z')), "{line}");
    }

    #[test]
    fn a_metric_that_measures_says_how_much_and_in_what() {
        let line = written(|| {
            tracing::info!(metric = "ProjectionLagMs", value = 40, records = 3_u64, "done");
        });
        assert_eq!(line["ProjectionLagMs"], 40);
        let unit = &line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"];
        assert_eq!(unit, "Milliseconds");
    }

    #[test]
    fn a_line_without_a_metric_is_no_metric() {
        let line = written(|| tracing::info!(value = 40_u64, "\"metric\":}}"));
        assert!(line.get("_aws").is_none(), "{line}");
        assert_eq!(line["fields"]["message"], "\"metric\":}");
    }

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The one line that is written of what happens.
    fn written(happens: impl FnOnce()) -> Value {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = |json| Lines { json, namespace: namespace("annals-dev") };
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_writer(move || writer.clone())
            .map_event_format(lines)
            .finish();
        tracing::subscriber::with_default(subscriber, happens);
        let bytes = kept.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}
