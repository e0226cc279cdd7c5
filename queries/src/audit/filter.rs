//! Which commits are wanted.

use edge::Problem;
use projections::{CommitList, CommitRow};
use store::Alarm;
use vocabulary::{ActorId, Instant, RecordId, RecordKey, Tenant, TypeName};

/// The longest pointer to a field: two names.
const POINTER_MAX: usize = 200;

/// Which commits are wanted; all that is said has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Who did it.
    pub actor: Option<ActorId>,
    /// The record's type.
    pub record_type: Option<TypeName>,
    /// A type and one of the commit's events: `customer.contact_changed`.
    pub action: Option<(TypeName, String)>,
    /// A field that changed, or a group that it is in, as a JSON Pointer.
    pub field: Option<String>,
    /// The record.
    pub record: Option<(TypeName, RecordId)>,
    /// The flow that the commit belongs to.
    pub correlation_id: Option<String>,
    /// Recorded then or later.
    pub since: Option<Instant>,
    /// Recorded before.
    pub until: Option<Instant>,
}

impl Filter {
    /// The names of its parts, as requests have them.
    pub const NAMES: [&str; 8] =
        ["actor", "type", "action", "field", "record", "correlation_id", "since", "until"];

    /// A filter from the texts of its parts, by their names.
    ///
    /// # Errors
    /// [`Problem`] naming the first part that does not have its form.
    pub fn parse<'a>(part: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        let instant = |name: &str| {
            let form = "must be an instant as in 2026-11-22T14:28:00.123Z (RFC 3339)";
            let wrong = |_error| Problem::parameter(name, form);
            part(name).map(|text| Instant::parse(text).map_err(wrong)).transpose()
        };
        let no_actor = |_error| Problem::parameter("actor", "must be the id of a person");
        let no_type = |_error| Problem::parameter("type", "must be a record type's name");
        Ok(Self {
            actor: part("actor").map(ActorId::parse).transpose().map_err(no_actor)?,
            record_type: part("type").map(TypeName::parse).transpose().map_err(no_type)?,
            action: part("action").map(action).transpose()?,
            field: part("field").map(field).transpose()?,
            record: part("record").map(record).transpose()?,
            correlation_id: part("correlation_id").map(correlation).transpose()?,
            since: instant("since")?,
            until: instant("until")?,
        })
    }

    /// Its parts as texts, in the order of their names: what a cursor is bound to.
    pub fn texts(&self) -> [String; 8] {
        let text = |value: Option<String>| value.unwrap_or_default();
        let slashed = |(of, name): &(TypeName, RecordId)| format!("{of}/{name}");
        [
            text(self.actor.as_ref().map(ActorId::to_string)),
            text(self.record_type.as_ref().map(TypeName::to_string)),
            text(self.action.as_ref().map(|(of, event)| format!("{of}.{event}"))),
            text(self.field.clone()),
            text(self.record.as_ref().map(slashed)),
            text(self.correlation_id.clone()),
            text(self.since.map(|since| since.to_string())),
            text(self.until.map(|until| until.to_string())),
        ]
    }

    /// The record whose commits alone are wanted: they are read from the log itself, which lacks none, and
    /// are seldom more than an actor's or a flow's.
    pub(super) fn record_key(&self, tenant: &Tenant) -> Option<RecordKey> {
        let (record_type, id) = self.record.clone()?;
        Some(RecordKey { tenant: tenant.clone(), record_type, id })
    }

    /// The shortest list that holds all that is wanted.
    pub(super) fn list(&self) -> CommitList {
        match (&self.correlation_id, &self.actor) {
            (Some(id), _) => CommitList::Flow(id.clone()),
            (None, Some(actor)) => CommitList::Actor(actor.clone()),
            (None, None) => CommitList::All,
        }
    }

    /// Whether a commit is wanted. Its instant is not looked at: what is read lies between.
    pub(super) fn wants(&self, key: &RecordKey, row: &CommitRow) -> bool {
        let of_type = |wanted: &TypeName| *wanted == key.record_type;
        let of_record = |(of, id): &(TypeName, RecordId)| of_type(of) && *id == key.id;
        self.actor.as_ref().is_none_or(|actor| *actor == row.actor.id)
            && self.record_type.as_ref().is_none_or(of_type)
            && self
                .action
                .as_ref()
                .is_none_or(|(of, event)| of_type(of) && row.events.contains(event))
            && self.field.as_ref().is_none_or(|pointer| changed(row, pointer))
            && self.record.as_ref().is_none_or(of_record)
            && self.correlation_id.as_ref().is_none_or(|id| *id == row.correlation)
    }

    /// Whether alarms can be wanted at all: nobody did them, they change no field and have no flow.
    pub(super) fn may_want_alarms(&self) -> bool {
        self.actor.is_none()
            && self.action.is_none()
            && self.field.is_none()
            && self.correlation_id.is_none()
    }

    /// Whether an alarm is wanted.
    pub(super) fn wants_alarm(&self, alarm: &Alarm) -> bool {
        let Ok(key) = RecordKey::from_pk(&alarm.record) else { return false };
        self.record_type.as_ref().is_none_or(|of| *of == key.record_type)
            && self.record.as_ref().is_none_or(|(of, id)| *of == key.record_type && *id == key.id)
    }
}

/// Whether a commit changed a field, or one inside it.
fn changed(row: &CommitRow, pointer: &str) -> bool {
    let inside = |path: &String| {
        path.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    row.fields.iter().any(inside)
}

fn action(text: &str) -> Result<(TypeName, String), Problem> {
    let form = "must be a type and what happened: `customer.contact_changed`";
    let wrong = || Problem::parameter("action", form);
    let (of, event) = text.split_once('.').ok_or_else(wrong)?;
    let record_type = TypeName::parse(of).map_err(|_name| wrong())?;
    // The types of events are named as those of records are.
    let event = TypeName::parse(event).map_err(|_name| wrong())?;
    Ok((record_type, event.to_string()))
}

fn field(text: &str) -> Result<String, Problem> {
    let fits = text.starts_with('/') && text.chars().count() <= POINTER_MAX;
    let wrong = || Problem::parameter("field", "must be a JSON Pointer: `/address/city`");
    fits.then(|| text.to_owned()).ok_or_else(wrong)
}

/// A record, as in `customer/C-1`.
pub(super) fn record(text: &str) -> Result<(TypeName, RecordId), Problem> {
    let wrong = || Problem::parameter("record", "must be a record's type and id: `customer/C-1`");
    let (record_type, id) = text.split_once('/').ok_or_else(wrong)?;
    let record_type = TypeName::parse(record_type).map_err(|_name| wrong())?;
    Ok((record_type, RecordId::parse(id).map_err(|_id| wrong())?))
}

fn correlation(text: &str) -> Result<String, Problem> {
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    let wrong = || Problem::parameter("correlation_id", "must be 1 to 64 visible ASCII characters");
    fits.then(|| text.to_owned()).ok_or_else(wrong)
}
