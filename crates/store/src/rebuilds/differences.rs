//! Differences that a rebuild found: the first are kept to be looked at, all are counted in its tally.

use super::{Item, forgotten, partition, text};
use crate::{Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use vocabulary::{Digest, Instant, RecordId, Tenant};

/// How many differences of a rebuild are kept.
pub const DIFFERENCES_KEPT: usize = 100;

/// A row or a number that is not what the log says. Names fields, never values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// `{type}/{id}`; empty where it is about no record.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub record: String,
    /// Whose; absent where no tenant can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Tenant>,
    /// The view.
    pub view: String,
    /// The version at which it was seen, 0 where there is none.
    pub version: u64,
    /// `lag`, `drift`, `missing`, `surplus` or `count`.
    pub kind: String,
    /// Names of fields, or a sentence: never values.
    pub detail: String,
}

impl Difference {
    /// Whether it is one of time only: the row was behind.
    pub fn is_lag(&self) -> bool {
        self.kind == "lag"
    }

    /// A name by which the same difference, found again, is the same item.
    fn place(&self) -> String {
        let Self { record, tenant, view, version, kind, detail } = self;
        let tenant = tenant.as_ref().map(ToString::to_string).unwrap_or_default();
        let version = version.to_string();
        let parts = [record, &tenant, view, &version, kind, detail].map(String::as_str);
        format!("difference#{}", Digest::of(&[parts.join("\0").as_bytes()]))
    }
}

impl Store {
    /// Keeps differences as far as there are fewer than [`DIFFERENCES_KEPT`]; one that is found again is
    /// kept once. Reads what is kept, and one write unit for each.
    ///
    /// # Errors
    /// [`StoreError`]; some of them may have been kept.
    pub async fn add_differences(
        &self,
        rebuild: &RecordId,
        found: &[Difference],
        now: Instant,
    ) -> Result<(), StoreError> {
        const ATTEMPT: &str = "keeping differences";
        if found.is_empty() {
            return Ok(());
        }
        let kept = self.differences(rebuild).await?.len();
        for difference in found.iter().take(DIFFERENCES_KEPT.saturating_sub(kept)) {
            let mut item: Item =
                to_item(difference).map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
            item.insert("pk".to_owned(), text(partition(rebuild)));
            item.insert("sk".to_owned(), text(difference.place()));
            item.insert("expires_at".to_owned(), forgotten(now));
            let put = self.client.put_item().table_name(&self.tables.control).set_item(Some(item));
            put.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        }
        Ok(())
    }

    /// The differences of a rebuild that are kept, at most [`DIFFERENCES_KEPT`], by record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn differences(&self, rebuild: &RecordId) -> Result<Vec<Difference>, StoreError> {
        // The character after `#`: every difference comes before it.
        let stretch = ("difference#".to_owned(), "difference$".to_owned());
        let mut found: Vec<Difference> =
            self.control_items_between(&partition(rebuild), stretch, "reading differences").await?;
        found.sort_by(|a, b| (&a.record, &a.kind).cmp(&(&b.record, &b.kind)));
        found.truncate(DIFFERENCES_KEPT);
        Ok(found)
    }
}
