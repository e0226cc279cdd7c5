//! Parked records: those that one generation of a view cannot follow for now.
//!
//! An entry says at which commit the record stopped and why, never what is in it. It leaves the list when
//! the row has passed that commit, and in no other way. An operator may accept it as it is: *skipped*
//! entries are not tried by themselves, raise no alarm and do not hinder a promotion.

use crate::{Generation, Store, StoreError, Written};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, from_items, to_attribute_value};
use std::collections::BTreeMap;
use vocabulary::{Actor, Instant, RecordKey, Tenant, Version};

/// Why a record is parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkedCause {
    /// A commit that does not fold here or whose row the table refuses.
    Poison,
    /// An event that only a newer build knows.
    NewerBuild,
}

/// That an operator accepts a record as it is parked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// At which commit it stood: stuck at another one, it is no longer accepted.
    pub version: Version,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: Actor,
    /// Why.
    pub reason: String,
}

/// A record that one generation of a view cannot follow for now. Holds no contents of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The record's partition key.
    #[serde(rename = "sk")]
    pub record: String,
    /// The commit at which it stopped.
    pub version: Version,
    /// Why.
    pub cause: ParkedCause,
    /// The error, without contents.
    pub error: String,
    /// How often it was tried.
    pub tries: u64,
    /// When it was parked.
    pub first_at: Instant,
    /// When it was last tried.
    pub last_at: Instant,
    /// The build that tried last.
    pub build: String,
    /// Nothing that was recorded before this instant is missing for it; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    /// That somebody accepts it. Ask [`Parked::is_skipped`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Skipped>,
}

impl Parked {
    /// Whether somebody accepts it as it is: at this commit, not at one where it stood before.
    pub fn is_skipped(&self) -> bool {
        self.skipped.as_ref().is_some_and(|skipped| skipped.version == self.version)
    }
}

/// An order to try parked records of one generation of a view again: one, all of an error, or all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryParked {
    /// The view.
    pub view: String,
    /// The number of its generation.
    pub generation: u32,
    /// The one record, by its partition key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// The error that the records have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was ordered: what was tried after this instant has been tried.
    pub asked_at: Instant,
    /// The record after which it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl RetryParked {
    /// Whether the order is about an entry that has not been tried since.
    pub fn wants(&self, parked: &Parked) -> bool {
        parked.last_at <= self.asked_at
            && self.error.as_ref().is_none_or(|error| *error == parked.error)
    }
}

/// How many records one error holds back, and in how many of them that is accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// All of them.
    pub parked: u64,
    /// Those that somebody accepts as they are.
    pub skipped: u64,
}

/// What became of an order to skip a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// It is skipped, be it by this order or already.
    Done(Box<Parked>),
    /// It is not parked (any more).
    NotParked,
}

/// How often a skip is tried against somebody who keeps parking the record anew.
const TRIES_MAX: u32 = 5;

fn partition(view: &str, generation: Generation) -> String {
    format!("parked#{view}#{}", generation.number)
}

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

impl Store {
    /// Parks a record in one generation of a view, or counts one more try; says what stands there now.
    /// `parked.tries`, `parked.first_at` and `parked.skipped` are kept by the table: a record that stops
    /// elsewhere than where it was skipped is skipped no longer. One write, a second one then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn park(
        &self,
        view: &str,
        generation: Generation,
        parked: &Parked,
    ) -> Result<Parked, StoreError> {
        const ATTEMPT: &str = "parking a record";
        let cause = match parked.cause {
            ParkedCause::Poison => "poison",
            ParkedCause::NewerBuild => "newer_build",
        };
        let since = parked.since.map(|since| text(since.to_string()));
        let answer = self
            .client
            .update_item()
            .table_name(&self.tables.control)
            .key("pk", text(partition(view, generation)))
            .key("sk", text(&parked.record))
            .update_expression(
                "SET version = :version, cause = :cause, #error = :error, build = :build, \
                 last_at = :now, #since = :since, first_at = if_not_exists(first_at, :now) \
                 ADD tries :one",
            )
            .expression_attribute_names("#since", "since")
            .expression_attribute_values(":since", since.unwrap_or(AttributeValue::Null(true)))
            .expression_attribute_names("#error", "error")
            .expression_attribute_values(":version", number(parked.version))
            .expression_attribute_values(":cause", text(cause))
            .expression_attribute_values(":error", text(&parked.error))
            .expression_attribute_values(":build", text(&parked.build))
            .expression_attribute_values(":now", text(parked.last_at.to_string()))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| StoreError::of(ATTEMPT, error))?;
        let now: Parked = from_item(answer.attributes.unwrap_or_default())
            .map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
        if now.skipped.is_some() && !now.is_skipped() {
            self.forget_skip(view, generation, &now).await?;
            return Ok(Parked { skipped: None, ..now });
        }
        Ok(now)
    }

    /// Takes away a skip that was for another commit.
    async fn forget_skip(
        &self,
        view: &str,
        generation: Generation,
        parked: &Parked,
    ) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.tables.control)
            .key("pk", text(partition(view, generation)))
            .key("sk", text(&parked.record))
            .update_expression("REMOVE skipped")
            .condition_expression("attribute_exists(pk) AND skipped.version <> version")
            .send()
            .await;
        match update {
            Ok(_) => Ok(()),
            // Skipped anew, parked elsewhere or gone meanwhile: it stays as it is.
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(())
            }
            Err(error) => Err(StoreError::of("forgetting a skip", error)),
        }
    }

    /// Accepts a parked record as it is. The same order again changes nothing. Reads once, writes once.
    ///
    /// # Errors
    /// [`StoreError`], also when the record is parked elsewhere time and again.
    pub async fn skip(
        &self,
        view: &str,
        generation: Generation,
        record: &str,
        (at, by, reason): (Instant, &Actor, &str),
    ) -> Result<Skip, StoreError> {
        const ATTEMPT: &str = "skipping a parked record";
        for _ in 0..TRIES_MAX {
            let Some(parked) = self.parked_record(view, generation, record).await? else {
                return Ok(Skip::NotParked);
            };
            if parked.is_skipped() {
                return Ok(Skip::Done(Box::new(parked)));
            }
            let (version, by, reason) = (parked.version, by.clone(), reason.to_owned());
            let skipped = Skipped { version, at, by, reason };
            if self.put_skip(view, generation, &parked, &skipped).await? == Written::Done {
                return Ok(Skip::Done(Box::new(Parked { skipped: Some(skipped), ..parked })));
            }
        }
        Err(StoreError::Busy { attempt: ATTEMPT, source: "it keeps being parked anew".into() })
    }

    async fn put_skip(
        &self,
        view: &str,
        generation: Generation,
        parked: &Parked,
        skipped: &Skipped,
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "skipping a parked record";
        let value =
            to_attribute_value(skipped).map_err(|error| StoreError::unreadable(ATTEMPT, error))?;
        let update = self
            .client
            .update_item()
            .table_name(&self.tables.control)
            .key("pk", text(partition(view, generation)))
            .key("sk", text(&parked.record))
            .update_expression("SET skipped = :skipped")
            .condition_expression("version = :version")
            .expression_attribute_values(":skipped", value)
            .expression_attribute_values(":version", number(parked.version))
            .send()
            .await;
        match update {
            Ok(_) => Ok(Written::Done),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }

    /// Takes a record off the parked ones if its row has reached the commit at which it stopped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unpark(
        &self,
        view: &str,
        generation: Generation,
        key: &RecordKey,
        reached: Version,
    ) -> Result<(), StoreError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.tables.control)
            .key("pk", text(partition(view, generation)))
            .key("sk", text(key.pk()))
            .condition_expression("attribute_not_exists(pk) OR version <= :reached")
            .expression_attribute_values(":reached", number(reached))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // Parked at a later commit meanwhile: it stays.
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(())
            }
            Err(error) => Err(StoreError::of("unparking a record", error)),
        }
    }

    /// Takes an entry off the parked ones whatever it says.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_off(
        &self,
        view: &str,
        generation: Generation,
        record: &str,
    ) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.tables.control)
            .key("pk", text(partition(view, generation)))
            .key("sk", text(record))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::of("taking an entry off the parked ones", error))
    }

    /// Every record that is parked in one generation of a view.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn parked(
        &self,
        view: &str,
        generation: Generation,
    ) -> Result<Vec<Parked>, StoreError> {
        self.control_items(&partition(view, generation), "listing parked records").await
    }

    /// One entry, strongly consistent; `None` where the record is not parked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn parked_record(
        &self,
        view: &str,
        generation: Generation,
        record: &str,
    ) -> Result<Option<Parked>, StoreError> {
        const ATTEMPT: &str = "reading a parked record";
        let get = self.client.get_item().table_name(&self.tables.control).consistent_read(true);
        let get = get.key("pk", text(partition(view, generation))).key("sk", text(record));
        let answer = get.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let parked = answer.item.map(from_item).transpose();
        parked.map_err(|error| StoreError::unreadable(ATTEMPT, error))
    }

    /// Records parked in one generation of a view, in the order of their keys, at most `limit`, after a
    /// key. One query, strongly consistent; fewer than `limit` come where there are no more, or with a page
    /// of 1 MB: whoever wants more asks again after the last, until none comes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn parked_after(
        &self,
        view: &str,
        generation: Generation,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Parked>, StoreError> {
        const ATTEMPT: &str = "listing parked records";
        let mut query = self
            .client
            .query()
            .table_name(&self.tables.control)
            .consistent_read(true)
            .expression_attribute_values(":pk", text(partition(view, generation)))
            .limit(i32::try_from(limit).unwrap_or(1_000).clamp(1, 1_000));
        query = match after {
            None => query.key_condition_expression("pk = :pk"),
            Some(after) => query
                .key_condition_expression("pk = :pk AND sk > :after")
                .expression_attribute_values(":after", text(after)),
        };
        let page = query.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        from_items(page.items.unwrap_or_default())
            .map_err(|error| StoreError::unreadable(ATTEMPT, error))
    }

    /// How many records each error holds back in one generation of a view. Reads every entry, page by page:
    /// about one read unit for ten of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn parked_by_error(
        &self,
        view: &str,
        generation: Generation,
    ) -> Result<BTreeMap<String, Counted>, StoreError> {
        const PAGE: usize = 1_000;
        let mut errors: BTreeMap<String, Counted> = BTreeMap::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.parked_after(view, generation, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(errors) };
            after = Some(last.record.clone());
            for parked in page {
                let skipped = parked.is_skipped();
                let counted = errors.entry(parked.error).or_default();
                counted.parked += 1;
                counted.skipped += u64::from(skipped);
            }
        }
    }

    /// The records of a tenant that are parked in one generation of a view.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn parked_of(
        &self,
        view: &str,
        generation: Generation,
        tenant: &Tenant,
    ) -> Result<Vec<Parked>, StoreError> {
        // The character after `#`: every key of the tenant comes before it.
        let stretch = (format!("{tenant}#"), format!("{tenant}$"));
        let partition = partition(view, generation);
        self.control_items_between(&partition, stretch, "listing a tenant's parked records").await
    }
}
