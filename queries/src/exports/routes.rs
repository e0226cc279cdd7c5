//! The routes of exports: ask for one, and see how far it is.

use super::access::key_of;
use super::jobs::Message;
use super::objects::ObjectError;
use super::walk::checked;
use crate::audit::{Audit, complete_through};
use crate::list::page;
use crate::unread;
use edge::{BASE, Call, Cursor, EmptyBody, Kind, Problem, Reply, Served, filter_digest, reason};
use events::FieldError;
use events::access::{Command, Filter, Format};
use futures::future::try_join_all;
use serde_json::{Map, Value};
use store::{Begun, ExportJob, ExportState, Recorded, Written, chain, export_place};
use vocabulary::{Instant, RecordId, Tenant};

/// What somebody asks for.
struct Asked {
    format: Format,
    filter: Filter,
    reason: Option<String>,
}

impl Audit {
    /// `POST /audit/exports`: tells the log who takes what and why, keeps the job and wakes its worker.
    /// Sent again with the same key, it completes what broke off.
    pub(crate) async fn request_export(&self, call: &Call) -> Served {
        call.query.only(&[])?;
        let asked = Asked::of(call)?;
        let tenant = &call.caller()?.tenant;
        checked(&asked.filter)?;
        let through = complete_through(&self.queries.store, tenant).await;
        let through = through.map_err(|error| unread(&error))?.ok_or_else(|| {
            Problem::new(Kind::Unavailable)
                .header("retry-after", "5")
                .detail("the search over the log is not complete up to any time yet")
        })?;
        let act = self.queries.act(call, None, asked.reason.clone())?;
        let Asked { format, filter, .. } = &asked;
        let command = Command::RequestExport { format: *format, filter: filter.clone() };
        let Begun { first, replayed } = self.queries.begin(&act, &command).await?;
        let job = self.kept(job_of(&first, &asked, through)?).await?;
        if job.state == ExportState::Queued {
            self.wake(&job).await?;
        }
        tracing::info!(export = %job.id, replayed, trace.id = call.trace_id, "an export was requested");
        let reply = Reply::json(202, self.shown_export(&job, call.now).await?)
            .header("location", format!("{BASE}/audit/exports/{}", job.id));
        Ok(if replayed { reply.header("idempotency-replayed", "true") } else { reply })
    }

    /// The job as it is kept: a first try of the same request may have been faster.
    async fn kept(&self, job: ExportJob) -> Result<ExportJob, Problem> {
        let store = &self.queries.store;
        match store.add_export(&job).await.map_err(|error| unread(&error))? {
            Written::Done => Ok(job),
            Written::Overtaken => {
                let known = store.export(&job.tenant, &job.place()).await;
                let known = known.map_err(|error| unread(&error))?;
                known.ok_or_else(|| Problem::new(Kind::Failure))
            }
        }
    }

    async fn wake(&self, job: &ExportJob) -> Result<(), Problem> {
        self.exports.queue.send(&Message::about(job)).await.map_err(|error| {
            tracing::warn!(error = chain(&error), export = %job.id, "a worker could not be told");
            Problem::new(Kind::Unavailable).header("retry-after", "1")
        })
    }

    /// `GET /audit/exports`: newest first. One query for the page and one for the parts of each.
    pub(crate) async fn list_exports(&self, call: &Call) -> Served {
        call.query.only(&["cursor", "limit"])?;
        let tenant = &call.caller()?.tenant;
        let limit = call.query.limit()?;
        let filter = filter_digest(&["exports"]);
        let cursor = call.query.get("cursor").map(|text| Cursor::decode(text, &filter));
        let after = cursor.transpose()?.map(|cursor| cursor.position);
        let jobs = self.queries.store.exports(tenant, after.as_deref(), limit + 1).await;
        let mut jobs = jobs.map_err(|error| unread(&error))?;
        let more = jobs.len() > limit;
        jobs.truncate(limit);
        let next = jobs
            .last()
            .filter(|_| more)
            .map(|last| Cursor { generation: 0, filter, position: last.place() }.encode());
        let shown = jobs.iter().map(|job| self.shown_export(job, call.now));
        let items: Vec<Value> = try_join_all(shown).await?.into_iter().map(Value::Object).collect();
        Ok(Reply::json(200, page(&items, next)))
    }

    /// `GET /audit/exports/{id}`: strongly consistent. Reads the commit that began it, the job and its
    /// parts.
    pub(crate) async fn read_export(&self, call: &Call) -> Served {
        call.query.only(&[])?;
        let nothing = || Problem::new(Kind::NotFound);
        let tenant = &call.caller()?.tenant;
        let id = RecordId::parse(call.routed.parameter("id")).map_err(|_id| nothing())?;
        let job = self.job(tenant, id).await?.ok_or_else(nothing)?;
        Ok(Reply::json(200, self.shown_export(&job, call.now).await?))
    }

    async fn job(&self, tenant: &Tenant, id: RecordId) -> Result<Option<ExportJob>, Problem> {
        let key = key_of(tenant, id).ok_or_else(|| Problem::new(Kind::NotFound))?;
        let Some(first) = self.queries.first_of(&key).await? else { return Ok(None) };
        let place = export_place(first.commit().at, &key.id);
        let job = self.queries.store.export(tenant, &place).await;
        job.map_err(|error| unread(&error))
    }

    async fn shown_export(
        &self,
        job: &ExportJob,
        now: Instant,
    ) -> Result<Map<String, Value>, Problem> {
        let parts = self.queries.store.export_parts(job).await;
        let parts = parts.map_err(|error| unread(&error))?;
        let shown = self.exports.shown(job, &parts, now).await;
        shown.map_err(|error: ObjectError| {
            tracing::error!(error = chain(&error), export = %job.id, "no link can be made");
            Problem::new(Kind::Failure)
        })
    }
}

fn job_of(first: &Recorded, asked: &Asked, through: Instant) -> Result<ExportJob, Problem> {
    let commit = first.commit();
    let filter = serde_json::to_string(&asked.filter);
    Ok(ExportJob {
        id: commit.id.clone(),
        tenant: commit.tenant.clone(),
        step: 1,
        state: ExportState::Queued,
        format: asked.format.name().to_owned(),
        filter: filter.map_err(|_error| Problem::new(Kind::Failure))?,
        reason: asked.reason.clone(),
        requested_by: commit.actor.clone(),
        requested_at: commit.at,
        complete_through: through,
        position: None,
        reached: None,
        complete: false,
        parts: 0,
        commits: 0,
        unreadable: 0,
        rows: 0,
        bytes: 0,
        first: None,
        last: None,
        manifest_sha256: None,
        error: None,
    })
}

fn wrong(pointer: &str, detail: &str) -> FieldError {
    FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }
}

impl Asked {
    fn of(call: &Call) -> Result<Self, Problem> {
        let mut body = call.object(EmptyBody::Refused)?;
        let mut errors = Vec::new();
        let (reason, error) = reason_of(call, &mut body)?;
        errors.extend(error);
        let format = match body.remove("format").as_ref().and_then(Value::as_str) {
            Some("ndjson") => Some(Format::Ndjson),
            Some("csv") => Some(Format::Csv),
            Some(_) | None => {
                errors.push(wrong("/format", "must be `ndjson` or `csv`"));
                None
            }
        };
        let filter = match filter_of(body.remove("filter")) {
            Ok(filter) => Some(filter),
            Err(more) => {
                errors.extend(more);
                None
            }
        };
        errors.extend(body.keys().map(|name| wrong(&pointer(name), "is not known here")));
        match (format, filter) {
            (Some(format), Some(filter)) if errors.is_empty() => {
                Ok(Self { format, filter, reason })
            }
            (_, _) => Err(Problem::fields(errors)),
        }
    }
}

/// A member's JSON Pointer.
pub(super) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Texts by the names of the filter's parts.
fn filter_of(filter: Option<Value>) -> Result<Filter, Vec<FieldError>> {
    let parts = match filter {
        None | Some(Value::Null) => return Ok(Filter::default()),
        Some(Value::Object(parts)) => parts,
        Some(_) => return Err(vec![wrong("/filter", "must be an object")]),
    };
    let texts: Map<String, Value> =
        parts.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let mut errors = Vec::new();
    for (name, value) in &texts {
        let at = format!("/filter{}", pointer(name));
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        if !value.is_string() {
            errors.push(wrong(&at, "must be a text"));
        } else if serde_json::from_value::<Filter>(alone.into()).is_err() {
            errors.push(wrong(&at, "is not known here"));
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    serde_json::from_value(texts.into()).map_err(|_error| vec![wrong("/filter", "is no filter")])
}

/// The reason from the body, taken out of it, or else from the header.
fn reason_of(
    call: &Call,
    body: &mut Map<String, Value>,
) -> Result<(Option<String>, Option<FieldError>), Problem> {
    let from_header = call.reason_header()?;
    Ok(match body.remove("reason") {
        None | Some(Value::Null) => (from_header, None),
        Some(Value::String(text)) => match reason(&text) {
            Ok(reason) => (reason, None),
            Err(detail) => (None, Some(wrong("/reason", detail))),
        },
        Some(_) => (None, Some(wrong("/reason", "must be a text"))),
    })
}
