//! Segments: the parts of a phase that are worked on side by side, each under a lease.

use super::{Item, forgotten, partition, text};
use crate::{LogPlace, Store, StoreError, Written};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;
use vocabulary::{Instant, RecordId};

/// What the segments of a rebuild are about, in the order in which they are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Commits are read and rows are written.
    Read,
    /// Rows are compared with a fresh fold.
    Verify,
    /// Rows of a trial are compared with those of the active generation.
    Compare,
    /// Numbers are compared with what they count.
    Count,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Verify => "verify",
            Self::Compare => "compare",
            Self::Count => "count",
        })
    }
}

/// What was done and found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Commits read.
    pub commits: u64,
    /// Records among them; one whose commits lie on two pages counts once, with its first commit.
    pub records: u64,
    /// Rows written.
    pub written: u64,
    /// Times a record's log had to be read because its commits did not lie together.
    pub repaired: u64,
    /// Times a record was parked.
    pub parked: u64,
    /// Rows that were behind the log when they were compared; they have been brought to its head.
    pub lag: u64,
    /// Differences that are none of time: rows that are missing, too many or of another content, numbers
    /// that are wrong.
    pub drift: u64,
    /// Read units that the log was charged.
    pub read_units: u64,
}

impl Tally {
    /// What all segments of a rebuild have done. A record that is read and verified is one record: commits,
    /// records and parked ones are those of the phase that has met the most.
    pub fn total(segments: &[Segment]) -> Self {
        let sum: Self = segments.iter().map(|segment| segment.tally).sum();
        let mut phases: BTreeMap<Phase, Self> = BTreeMap::new();
        for segment in segments {
            *phases.entry(segment.phase).or_default() += segment.tally;
        }
        let most = |of: fn(&Self) -> u64| phases.values().map(of).max().unwrap_or(0);
        Self {
            commits: most(|tally| tally.commits),
            records: most(|tally| tally.records),
            parked: most(|tally| tally.parked),
            ..sum
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.commits += other.commits;
        self.records += other.records;
        self.written += other.written;
        self.repaired += other.repaired;
        self.parked += other.parked;
        self.lag += other.lag;
        self.drift += other.drift;
        self.read_units += other.read_units;
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        let mut sum = Self::default();
        tallies.for_each(|tally| sum += tally);
        sum
    }
}

/// One part of a phase. Changed by conditional writes only, each of which adds one to its step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The phase.
    pub phase: Phase,
    /// Its number, from 0.
    pub number: u32,
    /// How many there are.
    pub of: u32,
    /// Where it is read on; absent at its beginning, and of a repair of records their position in the scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<LogPlace>,
    /// Whoever works on it; absent while nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_owner: Option<String>,
    /// Until when nobody else may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Instant>,
    /// Counts the changes of this item, from 1.
    pub step: u64,
    /// What was done and found so far.
    #[serde(default)]
    pub tally: Tally,
    /// When it was first worked on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Instant>,
    /// When it was last changed.
    pub updated_at: Instant,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Instant>,
}

impl Segment {
    /// The segments of a phase, none of which has begun.
    pub fn fresh(phase: Phase, of: u32, now: Instant) -> Vec<Self> {
        let one = |number| Self {
            phase,
            number,
            of,
            cursor: None,
            lease_owner: None,
            lease_until: None,
            step: 1,
            tally: Tally::default(),
            began_at: None,
            updated_at: now,
            done_at: None,
        };
        (0..of).map(one).collect()
    }

    /// Whether somebody else than `owner` works on it.
    pub fn is_leased_by_others(&self, owner: &str, now: Instant) -> bool {
        let other = self.lease_owner.as_deref().is_some_and(|holder| holder != owner);
        other && self.lease_until.is_some_and(|until| now < until)
    }

    /// `segment#{phase}#{number}`, the number in two digits.
    fn place(&self) -> String {
        place(self.phase, self.number)
    }
}

fn place(phase: Phase, number: u32) -> String {
    format!("segment#{phase}#{number:02}")
}

fn item(attempt: &'static str, id: &RecordId, segment: &Segment) -> Result<Item, StoreError> {
    let mut item: Item =
        to_item(segment).map_err(|error| StoreError::unreadable(attempt, error))?;
    item.insert("pk".to_owned(), text(partition(id)));
    item.insert("sk".to_owned(), text(segment.place()));
    item.insert("expires_at".to_owned(), forgotten(segment.updated_at));
    Ok(item)
}

impl Store {
    /// Keeps the segments of a phase, at most 100, all or none; kept already, they stay as they are. Two
    /// write units each.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether they were kept.
    pub async fn add_segments(
        &self,
        rebuild: &RecordId,
        segments: &[Segment],
    ) -> Result<(), StoreError> {
        const ATTEMPT: &str = "keeping the segments of a rebuild";
        let mut puts = Vec::new();
        for segment in segments {
            let item = item(ATTEMPT, rebuild, segment)?;
            puts.push(self.control_put(ATTEMPT, item, "attribute_not_exists(pk)", None)?);
        }
        self.transact_control(ATTEMPT, puts).await.map(drop)
    }

    /// The segments of a rebuild, strongly consistent: phase by phase as their names sort, in the order of
    /// their numbers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn segments(&self, rebuild: &RecordId) -> Result<Vec<Segment>, StoreError> {
        const ATTEMPT: &str = "reading the segments of a rebuild";
        // The character after `#`: every segment comes before it.
        let stretch = ("segment#".to_owned(), "segment$".to_owned());
        self.control_items_between(&partition(rebuild), stretch, ATTEMPT).await
    }

    /// One segment, strongly consistent.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn segment(
        &self,
        rebuild: &RecordId,
        phase: Phase,
        number: u32,
    ) -> Result<Option<Segment>, StoreError> {
        const ATTEMPT: &str = "reading a segment of a rebuild";
        let get = self.client.get_item().table_name(&self.tables.control).consistent_read(true);
        let get = get.key("pk", text(partition(rebuild))).key("sk", text(place(phase, number)));
        let answer = get.send().await.map_err(|error| StoreError::of(ATTEMPT, error))?;
        let segment = answer.item.map(from_item).transpose();
        segment.map_err(|error| StoreError::unreadable(ATTEMPT, error))
    }

    /// Takes the lease of a segment as it was read, for `owner`, until an instant.
    /// [`Written::Overtaken`] where somebody else has it or was faster. One write unit.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was taken.
    pub async fn lease_segment(
        &self,
        rebuild: &RecordId,
        segment: &mut Segment,
        owner: &str,
        (now, until): (Instant, Instant),
    ) -> Result<Written, StoreError> {
        if segment.is_leased_by_others(owner, now) {
            return Ok(Written::Overtaken);
        }
        let mut leased = segment.clone();
        leased.lease_owner = Some(owner.to_owned());
        leased.lease_until = Some(until);
        leased.began_at = segment.began_at.or(Some(now));
        leased.updated_at = now;
        let written = self.put_segment(rebuild, &mut leased, "step = :read", None).await?;
        if written == Written::Done {
            *segment = leased;
        }
        Ok(written)
    }

    /// Keeps how far a segment has got, if nobody changed it and `owner` still has its lease. One write
    /// unit.
    ///
    /// # Errors
    /// [`StoreError`]; after a passing failure it is unknown whether it was kept.
    pub async fn keep_segment(
        &self,
        rebuild: &RecordId,
        segment: &mut Segment,
        owner: &str,
    ) -> Result<Written, StoreError> {
        let condition = "step = :read AND lease_owner = :owner";
        self.put_segment(rebuild, segment, condition, Some(owner)).await
    }

    async fn put_segment(
        &self,
        rebuild: &RecordId,
        segment: &mut Segment,
        condition: &str,
        owner: Option<&str>,
    ) -> Result<Written, StoreError> {
        const ATTEMPT: &str = "keeping how far a segment has got";
        let changed = Segment { step: segment.step + 1, ..segment.clone() };
        let mut put = self
            .client
            .put_item()
            .table_name(&self.tables.control)
            .set_item(Some(item(ATTEMPT, rebuild, &changed)?))
            .condition_expression(condition)
            .expression_attribute_values(":read", AttributeValue::N(segment.step.to_string()));
        if let Some(owner) = owner {
            put = put.expression_attribute_values(":owner", text(owner));
        }
        match put.send().await {
            Ok(_) => {
                *segment = changed;
                Ok(Written::Done)
            }
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(Written::Overtaken)
            }
            Err(error) => Err(StoreError::of(ATTEMPT, error)),
        }
    }
}
