//! What goes wrong on the way between the SDK and the engine. The engine by itself never raises any
//! of these.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One thing that goes wrong with one HTTP request. The SDK's own retries come on top: each attempt
/// is a request of its own and gets its own decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing goes wrong.
    #[default]
    None,
    /// Not executed: `ProvisionedThroughputExceededException` (`ThrottlingException` from the bus).
    /// The SDK retries it.
    Throttle,
    /// Not executed: another transaction holds the item. `TransactionCanceledException` with the
    /// reason `TransactionConflict` for the first item of a transaction,
    /// `TransactionConflictException` for a single write; nothing for other operations, which
    /// cannot conflict.
    TransactionConflict,
    /// The first half (rounded down) of `BatchWriteItem` or `BatchGetItem` is executed, the rest
    /// comes back as `UnprocessedItems` or `UnprocessedKeys`. From the bus: every second entry
    /// fails, beginning with the first, by turns with `ThrottlingException` and `InternalFailure`.
    /// Other operations are executed whole.
    Unprocessed,
    /// Executed, then a connection error: the caller cannot know. The SDK retries it.
    ReplyLost,
    /// A connection error, not executed. The SDK retries it.
    Cut,
    /// Executed after a wait (tokio's clock).
    Slow(Duration),
}

/// What happens to one request: a fault, and how often the call gives way to other tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// How many times the call returns `Pending` (waking itself) before it is executed; if not 0,
    /// also once after. These are the points where a test's scheduler can switch tasks.
    pub yields: u32,
    /// What goes wrong.
    pub fault: Fault,
}

impl Decision {
    /// Gives way `yields` times and nothing goes wrong.
    pub fn yields(yields: u32) -> Decision {
        Decision { yields, fault: Fault::None }
    }

    /// The same with a fault.
    #[must_use]
    pub fn with(self, fault: Fault) -> Decision {
        Decision { fault, ..self }
    }
}

impl From<Fault> for Decision {
    fn from(fault: Fault) -> Decision {
        Decision { yields: 0, fault }
    }
}

/// One HTTP request, as a decision function sees it.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Counts the requests of this client, from 0; the SDK's retries count too.
    pub number: u64,
    /// `PutItem`, `Query`, `PutEvents`, ….
    pub operation: &'a str,
    /// The request's `TableName`, where it has one (batches and transactions have none).
    pub table: Option<&'a str>,
    /// The request's body; for S3 `Bucket` and `Key`.
    pub request: &'a serde_json::Value,
}

type Decide = dyn Fn(&Call<'_>) -> Decision + Send + Sync;

/// Decides what goes wrong, once per HTTP request. Cheap to clone.
#[derive(Clone, Default)]
pub struct Faults(Option<Arc<Decide>>);

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Faults {
        Faults(None)
    }

    /// Asks `decide` about every request. It answers a [`Fault`] or a [`Decision`].
    pub fn new<D: Into<Decision>>(
        decide: impl Fn(&Call<'_>) -> D + Send + Sync + 'static,
    ) -> Faults {
        Faults(Some(Arc::new(move |call| decide(call).into())))
    }

    pub(crate) fn decide(
        &self,
        number: u64,
        operation: &str,
        fields: impl FnOnce() -> serde_json::Value,
    ) -> Decision {
        let Some(decide) = &self.0 else { return Decision::default() };
        let request = &fields();
        let table = request.get("TableName").and_then(serde_json::Value::as_str);
        decide(&Call { number, operation, table, request })
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Faults(..)" } else { "Faults(none)" })
    }
}
