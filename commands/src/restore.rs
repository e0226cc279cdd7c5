//! `POST /{plural}/{id}/restore`: a record's fields as they were at one of its versions.
//!
//! Nothing is taken back: what is different is changed again, by today's rules, in one commit that
//! names the commit it goes back to as its cause.

use crate::Commands;
use crate::http::{id, key, order, reason_of, version_changed};
use crate::order::{Order, Wanted};
use edge::{Call, EmptyBody, Kind, Problem, Reply, Served, etag, load_problem, whole};
use events::{Action, Descriptor, Field, FieldError, Intent, Mode, Registered, check};
use serde_json::{Map, Value, json};
use store::{Folded, Order as Reading, changes};
use vocabulary::{CommitId, RecordKey, Version};

/// What a record is brought back to.
#[derive(Debug, Clone)]
pub(crate) struct Restoration {
    /// The record as it was.
    source: Folded,
    what: What,
}

/// How much of it.
#[derive(Debug, Clone)]
enum What {
    /// All that can be filled in; a record that has ended is reinstated first.
    Whole,
    /// These fields.
    Fields(Vec<&'static Field>),
}

/// A body that was checked.
#[derive(Debug)]
struct Asked {
    to: Version,
    what: What,
    reason: Option<String>,
}

impl Commands {
    /// One commit or none. Costs what an edit costs, and the reading of the former version: at most
    /// 101 commits and a snapshot once the projector has caught up, and its commit.
    pub(crate) async fn restore(&self, call: &Call) -> Served {
        let (of, caller) = self.kept_by_editors(call)?;
        call.query.only(&["dry_run"])?;
        let dry_run = match call.query.get("dry_run") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Problem::parameter("dry_run", "must be `true` or `false`")),
        };
        let id = id(call)?;
        let expected = version_changed(call)?;
        let Asked { to, what, reason } = asked(call, of.of.descriptor())?;
        let (source, commit) = self.source(of, &key(of, caller, id.clone())?, to).await?;
        let wanted = Wanted::Restore(Box::new(Restoration { source, what }));
        let order = order(call, of, caller, id, wanted)?;
        let causation = Some(commit.to_string());
        let order = Order { expected, reason, causation, ..order };
        if dry_run { self.preview(&order).await } else { self.answer(call, &order).await }
    }

    /// What a restore would do. Its answer's `ETag` is that of the record as it is.
    async fn preview(&self, order: &Order) -> Served {
        let (before, after) = self.tried(order).await?;
        let changes = changes(&before.fields(), &after.fields());
        let preview = json!({"record": after.to_json(), "changes": changes});
        Ok(Reply::json(200, preview).header("etag", etag(before.version())))
    }

    /// The record as it was at a version, and the commit that made it so.
    async fn source(
        &self,
        of: Registered,
        key: &RecordKey,
        version: Version,
    ) -> Result<(Folded, CommitId), Problem> {
        let loaded = self.store.load_at(of, key, version).await;
        let record = loaded.map_err(|error| load_problem(&error))?;
        let folded = record.ok_or_else(|| Problem::new(Kind::NotFound))?.folded;
        if folded.version() < version {
            return Err(Problem::new(Kind::NotFound)
                .detail("the record has not reached this version")
                .member("current_version", folded.version().get()));
        }
        let commits = self.store.commits(key, (version, version), Reading::Ascending, 1).await;
        let commits = commits.map_err(|error| load_problem(&error.into()))?;
        // The load has just read it.
        let commit = commits.into_iter().flatten().next();
        let commit =
            commit.ok_or_else(|| Problem::new(Kind::Unavailable).header("retry-after", "1"));
        Ok((folded, commit?.commit().commit))
    }
}

impl Restoration {
    /// What has to be done with the record as it is; `None` when it is so already.
    pub(crate) fn intent(&self, current: &Folded) -> Result<Option<Intent>, Problem> {
        let descriptor = current.registered().of.descriptor();
        let (then, now) = (self.source.record().details(), current.record().details());
        let fields: Vec<&Field> = match &self.what {
            What::Whole => descriptor.fields.iter().filter(|field| !field.read_only).collect(),
            What::Fields(fields) => fields.clone(),
        };
        let differing = fields.into_iter().filter_map(|field| {
            let value = brought_back(field, then.get(field.name), now.get(field.name))?;
            Some((field.name.to_owned(), value))
        });
        let body: Map<String, Value> = differing.collect();
        let reinstating = self.reinstating(descriptor, current, &body)?;
        if body.is_empty() && reinstating.is_none() {
            return Ok(None);
        }
        let patch = check(descriptor.fields, &body, Mode::Patch)
            .map_err(|faults| self.no_longer_taken(&faults))?;
        let reinstating = reinstating.map(|action| action.name);
        Ok(Some(Intent::Restore { reinstating, patch }))
    }

    /// The action that comes first: where the record stands so that its type takes it back from there,
    /// and it stood elsewhere then or is to be changed.
    fn reinstating(
        &self,
        descriptor: &'static Descriptor,
        current: &Folded,
        body: &Map<String, Value>,
    ) -> Result<Option<&'static Action>, Problem> {
        if matches!(self.what, What::Fields(_)) {
            return Ok(None);
        }
        let (then, now) = (status(&self.source), status(current));
        let ended = |name| descriptor.status(name).is_some_and(|status| status.ended);
        let Some(action) = descriptor.reinstating.and_then(|name| descriptor.action(name)) else {
            if ended(now) && !ended(then) {
                return Err(Problem::new(Kind::Rule)
                    .member("rule", "not_reinstated")
                    .detail("the record has ended, and records of this type are not reinstated"));
            }
            return Ok(None);
        };
        let held = |status| action.from.contains(&status);
        Ok((held(now) && (!held(then) || !body.is_empty())).then_some(action))
    }

    fn no_longer_taken(&self, faults: &[FieldError]) -> Problem {
        let told = faults.iter().map(|fault| format!("`{}` {}", fault.pointer, fault.detail));
        let told = told.collect::<Vec<_>>().join("; ");
        Problem::new(Kind::Rule)
            .member("rule", "former_value")
            .detail(format!("a value of version {}: {told}", self.source.version()))
    }
}

fn status(folded: &Folded) -> &'static str {
    folded.record().summary().map(|summary| summary.status).unwrap_or_default()
}

/// What of a patch makes a field what it was; `None` when it is so, or when what it was is gone.
fn brought_back(field: &Field, then: Option<&Value>, now: Option<&Value>) -> Option<Value> {
    match then {
        _ if then == now => None,
        None => (!field.required).then_some(Value::Null),
        // What was erased stays erased.
        Some(value) if is_redacted(value) => None,
        Some(value) => Some(match (&field.kind, value) {
            // A patch leaves what it does not mention: what was not there is cleared.
            (events::Kind::Group { fields }, Value::Object(group)) => fields
                .iter()
                .filter(|inner| !group.get(inner.name).is_some_and(is_redacted))
                .map(|inner| (inner.name, group.get(inner.name).cloned().unwrap_or_default()))
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            (_, value) => value.clone(),
        }),
    }
}

fn is_redacted(value: &Value) -> bool {
    value.get("redacted").is_some()
}

fn asked(call: &Call, descriptor: &'static Descriptor) -> Result<Asked, Problem> {
    let mut body = call.object(EmptyBody::Refused)?;
    let (reason, fault) = reason_of(call, &mut body)?;
    let mut faults: Vec<FieldError> = fault.into_iter().collect();
    let mut fault = |pointer: String, detail: &str| {
        faults.push(FieldError { pointer, detail: detail.to_owned() });
    };
    let to = match body.remove("to_version") {
        None | Some(Value::Null) => {
            fault("/to_version".to_owned(), "is required");
            None
        }
        Some(value) => {
            let version = whole(&value).and_then(|number| Version::new(number).ok());
            if version.is_none() {
                fault("/to_version".to_owned(), "must be a version: a whole number from 1");
            }
            version
        }
    };
    let what = what(descriptor, body.remove("fields"), &mut fault);
    let mut others: Vec<&String> = body.keys().collect();
    others.sort();
    for name in others {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        fault(pointer, "there is no such field");
    }
    match to {
        Some(to) if faults.is_empty() => Ok(Asked { to, what, reason }),
        Some(_) | None => Err(Problem::fields(faults)),
    }
}

/// The fields that are named: those that can be filled in, each of them whole.
fn what(
    descriptor: &'static Descriptor,
    wanted: Option<Value>,
    fault: &mut impl FnMut(String, &str),
) -> What {
    let names = match wanted {
        None | Some(Value::Null) => return What::Whole,
        Some(Value::Array(list)) if !list.is_empty() => list,
        Some(_) => {
            fault("/fields".to_owned(), "must be a list of names of fields; leave it out for all");
            return What::Whole;
        }
    };
    let mut fields = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let pointer = format!("/fields/{index}");
        let found = descriptor.fields.iter().find(|field| Some(field.name) == name.as_str());
        match found {
            None => fault(pointer, "there is no such field"),
            Some(field) if field.read_only => fault(pointer, "cannot be filled in"),
            Some(field) => fields.push(field),
        }
    }
    What::Fields(fields)
}
