//! What somebody asks of a history: which changes, in which order, from where on.

use edge::{Call, Cursor, Kind, Problem, Right, filter_digest};
use serde_json::{Value, json};
use store::{Change, Order, Recorded};
use vocabulary::{ActorId, Instant, RecordKey, TypeName, Version};

/// The longest pointer to a field: two names.
const POINTER_MAX: usize = 200;

/// One page of a history, as it was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) order: Order,
    pub(super) limit: usize,
    pub(super) filter: Filter,
    pub(super) stored: Stored,
    /// The first and last version that are asked for.
    versions: (Version, Version),
    /// After which version the page goes on.
    position: Option<Version>,
    digest: String,
}

/// Which changes are wanted.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) since: Option<Instant>,
    pub(super) until: Option<Instant>,
    actor: Option<ActorId>,
    event: Option<String>,
    field: Option<String>,
}

/// Whether the stored text is shown beside what is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    Unasked,
    Shown,
    NotPermitted,
}

impl Asked {
    pub(super) fn of(call: &Call, key: &RecordKey) -> Result<Self, Problem> {
        call.query.only(&[
            "from_version",
            "to_version",
            "since",
            "until",
            "actor",
            "field",
            "event",
            "order",
            "cursor",
            "limit",
            "include",
        ])?;
        let order = match call.query.get("order") {
            None | Some("desc") => Order::Descending,
            Some("asc") => Order::Ascending,
            Some(_) => return Err(Problem::parameter("order", "must be `asc` or `desc`")),
        };
        let from = call.query.version("from_version")?.unwrap_or(Version::FIRST);
        let to = call.query.version("to_version")?.unwrap_or(Version::LAST);
        let (filter, stored) = (Filter::of(call)?, Stored::of(call)?);
        let digest = digest(call, key);
        let position = position(call, &digest)?;
        let limit = call.query.limit()?;
        Ok(Self { order, limit, filter, stored, versions: (from, to), position, digest })
    }

    /// Which versions are still to come, as far as the request alone tells; `None` when there are none.
    pub(super) fn range(&self) -> Option<(Version, Version)> {
        let (mut from, mut to) = self.versions;
        match (self.position, self.order) {
            (None, _) => {}
            (Some(last), Order::Ascending) if last < Version::LAST => from = from.max(last.next()),
            (Some(_), Order::Ascending) => return None,
            (Some(last), Order::Descending) => to = to.min(last.previous()?),
        }
        (from <= to).then_some((from, to))
    }

    /// Whether this is the first page.
    pub(super) fn begins(&self) -> bool {
        self.position.is_none()
    }

    /// The cursor of the page that goes on after a version.
    pub(super) fn cursor(&self, last: u64) -> String {
        let (filter, position) = (self.digest.clone(), last.to_string());
        Cursor { generation: 0, filter, position }.encode()
    }
}

/// All that a cursor is bound to.
fn digest(call: &Call, key: &RecordKey) -> String {
    let parameter = |name| call.query.get(name).unwrap_or_default();
    filter_digest(&[
        "history",
        &key.pk(),
        call.query.get("order").unwrap_or("desc"),
        parameter("from_version"),
        parameter("to_version"),
        parameter("since"),
        parameter("until"),
        parameter("actor"),
        parameter("field"),
        parameter("event"),
    ])
}

fn position(call: &Call, digest: &str) -> Result<Option<Version>, Problem> {
    let Some(text) = call.query.get("cursor") else { return Ok(None) };
    let position = Cursor::decode(text, digest)?.position;
    position.parse().map(Some).map_err(|_version| Problem::new(Kind::InvalidCursor))
}

impl Filter {
    fn of(call: &Call) -> Result<Self, Problem> {
        let actor = call.query.get("actor").map(|text| {
            let wrong = |_id| Problem::parameter("actor", "must be the id of a person");
            ActorId::parse(text).map_err(wrong)
        });
        let event = call.query.get("event").map(|text| {
            let form = "must be the name of an event, as in `contact_changed`";
            let wrong = |_name| Problem::parameter("event", form);
            TypeName::parse(text).map(|_name| text.to_owned()).map_err(wrong)
        });
        let field = call.query.get("field").map(|text| {
            let form = "must be a JSON Pointer to a field, as in `/address/city`";
            let wrong = || Problem::parameter("field", form);
            is_pointer(text).then(|| text.to_owned()).ok_or_else(wrong)
        });
        Ok(Self {
            since: call.query.instant("since")?,
            until: call.query.instant("until")?,
            actor: actor.transpose()?,
            event: event.transpose()?,
            field: field.transpose()?,
        })
    }

    /// Whether commits have to be looked at to know whether they are wanted.
    pub(super) fn looks_inside(&self) -> bool {
        self.actor.is_some() || self.event.is_some() || self.field.is_some()
    }

    /// Whether a commit is wanted, as far as it tells itself.
    pub(super) fn may_want(&self, recorded: &Recorded) -> bool {
        let commit = recorded.commit();
        let is_event = |event: &String| commit.events.iter().any(|one| one.event_type == *event);
        self.since.is_none_or(|since| commit.at >= since)
            && self.until.is_none_or(|until| commit.at < until)
            && self.actor.as_ref().is_none_or(|actor| commit.actor.id == *actor)
            && self.event.as_ref().is_none_or(is_event)
    }

    /// Whether what a commit changed is wanted. What cannot be told may be it.
    pub(super) fn wants(&self, changes: Option<&[Change]>) -> bool {
        let (Some(field), Some(changes)) = (&self.field, changes) else { return true };
        changes.iter().any(|change| change.concerns(field))
    }

    /// Whether no later page of that order can hold anything more once this commit was read.
    pub(super) fn ends_before(&self, recorded: &Recorded, order: Order) -> bool {
        let at = recorded.commit().at;
        match order {
            Order::Ascending => self.until.is_some_and(|until| at >= until),
            Order::Descending => self.since.is_some_and(|since| at < since),
        }
    }
}

/// Whether a text is a JSON Pointer (RFC 6901, section 3) that names something in a record.
fn is_pointer(text: &str) -> bool {
    let part = |part: &str| {
        let escapes = part.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        !part.is_empty() && escapes
    };
    let parts = text.strip_prefix('/').map(|rest| rest.split('/').all(part));
    text.chars().count() <= POINTER_MAX && parts.unwrap_or(false)
}

impl Stored {
    /// `include=stored`: for whoever may audit; others are told that it is there.
    pub(super) fn of(call: &Call) -> Result<Self, Problem> {
        match call.query.get("include") {
            None => Ok(Self::Unasked),
            Some("stored") if call.caller()?.may(Right::Audit) => Ok(Self::Shown),
            Some("stored") => Ok(Self::NotPermitted),
            Some(_) => Err(Problem::parameter("include", "must be `stored`")),
        }
    }

    /// What is shown of a commit's text.
    pub(super) fn shown(self, recorded: &Recorded) -> Value {
        match self {
            Self::Unasked => Value::Null,
            Self::Shown => recorded.text().into(),
            Self::NotPermitted => json!({"redacted": "no-permission"}),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_names_something_in_a_record() {
        for good in ["/email", "/address/city", "/a~1b", "/~0"] {
            assert!(is_pointer(good), "{good}");
        }
        for wrong in ["", "/", "email", "/address/", "//city", "/a~2", "/a~", "#/email"] {
            assert!(!is_pointer(wrong), "{wrong}");
        }
        assert!(!is_pointer(&format!("/{}", "a".repeat(200))));
    }
}
