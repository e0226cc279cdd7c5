//! Counts the calls that reach the tables.

use engine::{Call, Fault, Faults};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How often each operation was called on each table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counter(Arc<Mutex<BTreeMap<String, usize>>>);

impl Counter {
    /// Nothing goes wrong, but every call is seen.
    pub(crate) fn faults(&self) -> Faults {
        let counter = self.clone();
        Faults::new(move |call: &Call<'_>| {
            counter.see(call);
            Fault::None
        })
    }

    fn see(&self, call: &Call<'_>) {
        let table = call.table.and_then(|table| table.rsplit('-').next());
        let name = match table {
            Some(table) => format!("{} {table}", call.operation),
            None => call.operation.to_owned(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    }

    /// What was called since the last time this was asked: `2: Query events, PutItem events`.
    pub(crate) fn take(&self) -> String {
        let calls = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if calls.is_empty() {
            return "none".to_owned();
        }
        let all: usize = calls.values().sum();
        let each: Vec<String> = calls
            .into_iter()
            .map(|(name, times)| if times == 1 { name } else { format!("{times} × {name}") })
            .collect();
        format!("{all}: {}", each.join(", "))
    }
}
