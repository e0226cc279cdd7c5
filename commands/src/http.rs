//! The routes of the command function: what each request orders, and how the outcome is told.

use crate::Commands;
use crate::execute::{Effect, Outcome, derived_id};
use crate::order::{Order, Precondition, Retry, Wanted};
use edge::{
    BASE, Call, EmptyBody, Function, Kind, Operation, Principal, Problem, ROUTES, Reply, Served,
    etag, if_match, reason,
};
use events::{Action, FieldError, Input, Intent, Keeping, Mode, Registered, check};
use lambda_http::{Body, Request};
use serde_json::{Map, Value};
use vocabulary::{Digest, RecordId, RecordKey, TypeName, Version};

/// Serves one request of the function `record-commands`.
pub async fn handle(commands: &Commands, request: Request) -> http::Response<Body> {
    let now = commands.clock.now();
    edge::serve(Function::RecordCommands, now, request, |call| async move {
        match call.routed.route.operation {
            Operation::CreateRecord => commands.create(&call).await,
            Operation::EditRecord => commands.edit(&call).await,
            Operation::EndRecord => commands.end(&call).await,
            Operation::ActOnRecord => commands.act(&call).await,
            Operation::RestoreRecord => commands.restore(&call).await,
            Operation::KeepMyself => commands.keep_myself(&call).await,
            Operation::Health
            | Operation::ListRights
            | Operation::InvitePerson
            | Operation::ReadRights
            | Operation::ChangeRights
            | Operation::RemovePerson
            | Operation::ListTypes
            | Operation::CountRecords
            | Operation::ReadOpenApi
            | Operation::ReadMyself
            | Operation::ListRecords
            | Operation::GetRecord
            | Operation::ReadHistory
            | Operation::ReadCommit
            | Operation::SearchCommits
            | Operation::ReadCorrelation
            | Operation::ListAlarms
            | Operation::ListHeads
            | Operation::ReadStored
            | Operation::RequestExport
            | Operation::ListExports
            | Operation::ReadExport
            | Operation::StartVerification
            | Operation::FinishVerification
            | Operation::DiffRecord
            | Operation::BlameRecord
            | Operation::AtDesk(_) => Err(Problem::new(Kind::NotFound)),
        }
    })
    .await
}

impl Commands {
    async fn create(&self, call: &Call) -> Served {
        let (of, caller) = self.kept_by_editors(call)?;
        call.query.only(&[])?;
        let mut body = call.object(EmptyBody::Refused)?;
        let chosen = chosen_id(&mut body);
        let (reason, errors) = reason_of(call, &mut body)?;
        let input = checked(of, &body, Mode::Whole, [chosen.as_ref().err().cloned(), errors])?;
        let retry = retry(call)?;
        let derived = || {
            // Without a key the request is its own: nobody can retry what nobody can name.
            let key = retry.as_ref().map(|retry| retry.key.clone());
            let key = key.unwrap_or_else(|| self.clock.mint().to_string());
            let (tenant, actor) = (caller.tenant.as_str(), caller.actor.id.as_str());
            derived_id(tenant, of.of.descriptor().name, actor, &key)
        };
        let id = chosen.ok().flatten().unwrap_or_else(derived);
        let order = Order { retry, reason, ..order(call, of, caller, id, Wanted::Create(input))? };
        self.answer(call, &order).await
    }

    async fn edit(&self, call: &Call) -> Served {
        let (of, caller) = self.kept_by_editors(call)?;
        call.query.only(&[])?;
        let id = id(call)?;
        let expected = version_changed(call)?;
        let mut body = call.object(EmptyBody::Refused)?;
        let (reason, errors) = reason_of(call, &mut body)?;
        let patch = checked(of, &body, Mode::Patch, [errors])?;
        let wanted = Wanted::Change(Intent::Edit(patch));
        let order = Order { expected, reason, ..order(call, of, caller, id, wanted)? };
        self.answer(call, &order).await
    }

    async fn act(&self, call: &Call) -> Served {
        let (of, caller) = self.kept_by_editors(call)?;
        let name = call.routed.parameter("action");
        let action = of.of.descriptor().action(name).ok_or_else(|| {
            Problem::new(Kind::NotFound).detail("there is no such action for this type")
        })?;
        self.perform(call, of, caller, action).await
    }

    /// `DELETE` is the type's ending under another name, body and all.
    async fn end(&self, call: &Call) -> Served {
        let (of, caller) = self.kept_by_editors(call)?;
        let descriptor = of.of.descriptor();
        let ending =
            descriptor.ending.and_then(|name| descriptor.action(name)).ok_or_else(|| {
                Problem::new(Kind::MethodNotAllowed).detail("records of this type do not end")
            })?;
        self.perform(call, of, caller, ending).await
    }

    async fn perform(
        &self,
        call: &Call,
        of: Registered,
        caller: &Principal,
        action: &'static Action,
    ) -> Served {
        call.query.only(&[])?;
        let id = id(call)?;
        let mut body = call.object(EmptyBody::Allowed)?;
        let (reason, errors) = reason_of(call, &mut body)?;
        let mut faults: Vec<FieldError> = errors.into_iter().collect();
        let input = check(action.fields, &body, Mode::Whole).map_err(|more| faults.extend(more));
        let Ok(input) = input else { return Err(Problem::fields(faults)) };
        if !faults.is_empty() {
            return Err(Problem::fields(faults));
        }
        let wanted = Wanted::Change(Intent::Act(action.name, input));
        let order = Order { reason, ..conditional(call, order(call, of, caller, id, wanted)?)? };
        self.answer(call, &order).await
    }

    /// `PUT /me`: the caller's own person, be it new or not.
    async fn keep_myself(&self, call: &Call) -> Served {
        let caller = call.caller()?;
        call.query.only(&[])?;
        let of = self.registry.by_name("person").ok_or_else(|| Problem::new(Kind::NotFound))?;
        let mut body = call.object(EmptyBody::Refused)?;
        let whole = checked(of, &body, Mode::Whole, [])?;
        for field in of.of.descriptor().fields.iter().filter(|field| !field.read_only) {
            body.entry(field.name).or_insert(Value::Null);
        }
        let patch = checked(of, &body, Mode::Patch, [])?;
        let id = RecordId::parse(caller.actor.id.as_str())
            .map_err(|_id| Problem::new(Kind::NotFound))?;
        let wanted = Wanted::Keep { whole, patch };
        let order = conditional(call, order(call, of, caller, id, wanted)?)?;
        self.answer(call, &Order { reason: call.reason_header()?, ..order }).await
    }

    /// The type that the path names, if its records are kept through these routes.
    pub(crate) fn kept_by_editors<'a>(
        &self,
        call: &'a Call,
    ) -> Result<(Registered, &'a Principal), Problem> {
        let plural = call.routed.parameter("plural");
        let of = self
            .registry
            .by_plural(plural)
            .ok_or_else(|| Problem::new(Kind::NotFound).detail("there is no such record type"))?;
        match of.of.descriptor().keeping {
            Keeping::Editors => Ok((of, call.caller()?)),
            Keeping::ThePersonThemselves => Err(Problem::new(Kind::MethodNotAllowed)
                .header("allow", reading(call))
                .detail("each person keeps their own through `PUT /me`")),
            Keeping::System => Err(Problem::new(Kind::NotFound)),
        }
    }

    pub(crate) async fn answer(&self, call: &Call, order: &Order) -> Served {
        let Outcome { folded, effect } = self.execute(order).await?;
        // A retry is answered as the first try was.
        let may_create = !matches!(order.wanted, Wanted::Change(_) | Wanted::Restore(_));
        let replayed_creation =
            effect == Effect::Replayed && may_create && folded.version() == Version::FIRST;
        let created = effect == Effect::Created || replayed_creation;
        let reply = Reply::json(if created { 201 } else { 200 }, folded.to_json())
            .header("etag", etag(folded.version()));
        let reply = if created {
            let plural = order.of.of.descriptor().plural;
            reply.header("location", format!("{BASE}/{plural}/{}", order.key.id))
        } else {
            reply
        };
        tracing::info!(record = %order.key, version = folded.version().get(), effect = ?effect, trace.id = call.trace_id, "command executed");
        Ok(match effect {
            Effect::Replayed => reply.header("idempotency-replayed", "true"),
            Effect::Created | Effect::Changed | Effect::Unchanged => reply,
        })
    }
}

/// The methods by which what the path names can be read (RFC 9110, section 15.5.6: a 405 lists what
/// is allowed, be it nothing).
fn reading(call: &Call) -> String {
    let same_path = ROUTES.iter().filter(|route| route.path == call.routed.route.path);
    let reads = same_path.filter(|route| route.function == Function::RecordQueries);
    reads.map(|route| route.method).collect::<Vec<_>>().join(", ")
}

pub(crate) fn order(
    call: &Call,
    of: Registered,
    caller: &Principal,
    id: RecordId,
    wanted: Wanted,
) -> Result<Order, Problem> {
    Ok(Order {
        of,
        key: key(of, caller, id)?,
        wanted,
        expected: Precondition::Newest,
        retry: retry(call)?,
        actor: caller.actor.clone(),
        reason: None,
        correlation: call.correlation()?,
        causation: call.causation()?,
        trace: call.traceparent(),
        now: call.now,
    })
}

/// The version that the caller changes, which they have to say.
pub(crate) fn version_changed(call: &Call) -> Result<Precondition, Problem> {
    let required =
        || Problem::new(Kind::VersionRequired).detail("send the record's ETag as `If-Match`");
    if_match(&call.headers)?.map(Precondition::Exactly).ok_or_else(required)
}

/// The same order under `If-Match`, where the caller sent one.
fn conditional(call: &Call, order: Order) -> Result<Order, Problem> {
    let expected = if_match(&call.headers)?.map_or(Precondition::Newest, Precondition::Exactly);
    Ok(Order { expected, ..order })
}

pub(crate) fn key(of: Registered, caller: &Principal, id: RecordId) -> Result<RecordKey, Problem> {
    let record_type =
        TypeName::parse(of.of.descriptor().name).map_err(|_name| Problem::new(Kind::Failure))?;
    Ok(RecordKey { tenant: caller.tenant.clone(), record_type, id })
}

fn retry(call: &Call) -> Result<Option<Retry>, Problem> {
    let Some(key) = call.idempotency_key()? else { return Ok(None) };
    let route = call.routed.route;
    let path = ["plural", "id", "action"].map(|name| call.routed.parameter(name));
    let request = Digest::of_list(&[
        route.method,
        route.path,
        &path.join("/"),
        &String::from_utf8_lossy(&call.body),
        call.headers.get("x-change-reason")?.unwrap_or_default(),
    ]);
    Ok(Some(Retry { key, request: format!("{:032x}", request.prefix()) }))
}

pub(crate) fn id(call: &Call) -> Result<RecordId, Problem> {
    RecordId::parse(call.routed.parameter("id")).map_err(|_id| Problem::new(Kind::NotFound))
}

/// The id that the caller chose for a new record, taken out of the body.
fn chosen_id(body: &mut Map<String, Value>) -> Result<Option<RecordId>, FieldError> {
    let wrong = |detail: String| FieldError { pointer: "/id".to_owned(), detail };
    match body.remove("id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => RecordId::parse(&id).map(Some).map_err(|e| wrong(e.to_string())),
        Some(_) => Err(wrong("must be a text".to_owned())),
    }
}

/// The reason from the body, taken out of it, or else from the header; a fault of the body's apart.
pub(crate) fn reason_of(
    call: &Call,
    body: &mut Map<String, Value>,
) -> Result<(Option<String>, Option<FieldError>), Problem> {
    let wrong =
        |detail: &str| FieldError { pointer: "/reason".to_owned(), detail: detail.to_owned() };
    let from_header = call.reason_header()?;
    match body.remove("reason") {
        None | Some(Value::Null) => Ok((from_header, None)),
        Some(Value::String(text)) => match reason(&text) {
            Ok(reason) => Ok((reason, None)),
            Err(detail) => Ok((None, Some(wrong(detail)))),
        },
        Some(_) => Ok((None, Some(wrong("must be a text")))),
    }
}

fn checked<const N: usize>(
    of: Registered,
    body: &Map<String, Value>,
    mode: Mode,
    found: [Option<FieldError>; N],
) -> Result<Input, Problem> {
    let mut faults: Vec<FieldError> = found.into_iter().flatten().collect();
    match check(of.of.descriptor().fields, body, mode) {
        Ok(input) if faults.is_empty() => Ok(input),
        Ok(_) => Err(Problem::fields(faults)),
        Err(others) => {
            faults.extend(others);
            Err(Problem::fields(faults))
        }
    }
}
