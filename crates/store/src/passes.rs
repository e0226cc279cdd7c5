//! Passes: reading the whole log once for a view that came later than its first commits.

use crate::{Generation, LogPlace, Store, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use vocabulary::Instant;

/// How far one generation of a view has been held against the whole log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// Not to begin before: until then projectors that do not know the view may still be at work.
    pub not_before: Instant,
    /// Where the log is read on; absent at its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<LogPlace>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Instant>,
}

const PASSES: &str = "passes";

fn name(view: &str, generation: Generation) -> String {
    format!("{view}#{}", generation.number)
}

impl Store {
    /// The pass of a generation of a view, strongly consistent; `None` when nobody thought of one yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pass(
        &self,
        view: &str,
        generation: Generation,
    ) -> Result<Option<Pass>, StoreError> {
        const ATTEMPT: &str = "reading a view's pass";
        let answer = self
            .client
            .get_item()
            .table_name(&self.tables.control)
            .key("pk", AttributeValue::S(PASSES.to_owned()))
            .key("sk", AttributeValue::S(name(view, generation)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::of(ATTEMPT, error))?;
        answer
            .item
            .map(from_item)
            .transpose()
            .map_err(|error| StoreError::unreadable(ATTEMPT, error))
    }

    /// Says that a generation of a view is to be held against the log, unless that is said already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin_pass(
        &self,
        view: &str,
        generation: Generation,
        not_before: Instant,
    ) -> Result<(), StoreError> {
        const ATTEMPT: &str = "beginning a view's pass";
        let pass = Pass { not_before, place: None, done_at: None };
        let put = self.put_control(ATTEMPT, PASSES, Some(&name(view, generation)), &pass)?;
        match put.condition_expression("attribute_not_exists(pk)").send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(())
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Keeps how far a pass has come. Of two that run at once the later one counts: both have read what
    /// they say, so that nothing is passed over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_pass(
        &self,
        view: &str,
        generation: Generation,
        pass: &Pass,
    ) -> Result<(), StoreError> {
        const ATTEMPT: &str = "keeping how far a view's pass has come";
        let put = self.put_control(ATTEMPT, PASSES, Some(&name(view, generation)), pass)?;
        put.send().await.map(drop).map_err(|error| StoreError::of(ATTEMPT, error))
    }

    /// Says that the rows of a retired generation are to be taken away, unless that is said already; from
    /// when on. Two calls.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn begin_cleaning(
        &self,
        view: &str,
        generation: Generation,
        not_before: Instant,
    ) -> Result<Instant, StoreError> {
        let cleaned = format!("cleaning#{view}");
        self.begin_pass(&cleaned, generation, not_before).await?;
        let pass = self.pass(&cleaned, generation).await?;
        Ok(pass.map_or(not_before, |pass| pass.not_before))
    }

    /// Forgets what was kept of a generation's passes, once its rows are gone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_cleaning(&self, view: &str, generation: Generation) -> Result<(), StoreError> {
        for name in [name(view, generation), name(&format!("cleaning#{view}"), generation)] {
            self.client
                .delete_item()
                .table_name(&self.tables.control)
                .key("pk", AttributeValue::S(PASSES.to_owned()))
                .key("sk", AttributeValue::S(name))
                .send()
                .await
                .map_err(|error| StoreError::of("forgetting a generation's passes", error))?;
        }
        Ok(())
    }
}
