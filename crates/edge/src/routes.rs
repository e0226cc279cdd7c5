//! The routes of the API: path, function and right of each, in one table.
//!
//! The gateway on one machine, the handlers' own check of rights, the template and the OpenAPI
//! document are all read from it.

use crate::{Kind, Problem, Right};
use http::Method;
use matchit::Router;
use std::borrow::Cow;
use std::sync::OnceLock;

/// What every path begins with.
pub const BASE: &str = "/api/v1";

/// A function behind the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Turns intents into commits.
    RecordCommands,
    /// Says who is in a workspace and what they may do.
    PeopleCommands,
    /// Reads records, lists and history.
    RecordQueries,
    /// Reads across records: who changed what, when and why.
    AuditQueries,
    /// Acts on the deployment: views, rebuilds, parked records, failures, replays.
    OperatorCommands,
}

impl Function {
    /// Its name, and its binary's.
    pub fn name(self) -> &'static str {
        match self {
            Self::RecordCommands => "record-commands",
            Self::PeopleCommands => "people-commands",
            Self::RecordQueries => "record-queries",
            Self::AuditQueries => "audit-queries",
            Self::OperatorCommands => "operator-commands",
        }
    }
}

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table below says what each is")]
pub enum Operation {
    Health,
    ListTypes,
    CountRecords,
    ReadOpenApi,
    ReadMyself,
    KeepMyself,
    ListRights,
    InvitePerson,
    ReadRights,
    ChangeRights,
    RemovePerson,
    ListRecords,
    CreateRecord,
    GetRecord,
    EditRecord,
    EndRecord,
    ActOnRecord,
    ReadHistory,
    ReadCommit,
    SearchCommits,
    ReadCorrelation,
    ListAlarms,
    ListHeads,
    ReadStored,
    RequestExport,
    ListExports,
    ReadExport,
    StartVerification,
    FinishVerification,
    DiffRecord,
    BlameRecord,
    RestoreRecord,
    /// Something that operators do.
    AtDesk(DeskOperation),
}

/// What a route of the operator's desk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table below says what each is")]
pub enum DeskOperation {
    ListViews,
    ReadView,
    RebuildView,
    VerifyView,
    PromoteView,
    RollBackView,
    RetireView,
    RepairView,
    Reconcile,
    ListRebuilds,
    ReadRebuild,
    PauseRebuild,
    ResumeRebuild,
    CancelRebuild,
    ListParked,
    RetryParked,
    SkipParked,
    ListFailures,
    DriveFailure,
    ListDeskAlarms,
    StartReplay,
    ListReplays,
    ReadReplay,
    CancelReplay,
    ReadLog,
    RecoverLog,
}

/// One route.
#[derive(Debug)]
pub struct Route {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path after [`BASE`], parameters in braces.
    pub path: &'static str,
    /// What it does.
    pub operation: Operation,
    /// Which function serves it.
    pub function: Function,
    /// What the caller must be allowed to do.
    pub right: Right,
}

/// A route of the operator's desk.
const fn desk(method: &'static str, path: &'static str, operation: DeskOperation) -> Route {
    let operation = Operation::AtDesk(operation);
    route(method, path, operation, Function::OperatorCommands, Right::Operate)
}

const fn route(
    method: &'static str,
    path: &'static str,
    operation: Operation,
    function: Function,
    right: Right,
) -> Route {
    Route { method, path, operation, function, right }
}

/// Every route.
pub const ROUTES: &[Route] = {
    use DeskOperation as D;
    use Function::{AuditQueries, PeopleCommands, RecordCommands, RecordQueries};
    use Operation as O;
    &[
        route("GET", "/health", O::Health, RecordQueries, Right::Open),
        route("GET", "/meta/types", O::ListTypes, RecordQueries, Right::SignedIn),
        route("GET", "/meta/counts", O::CountRecords, RecordQueries, Right::Read),
        route("GET", "/openapi.json", O::ReadOpenApi, RecordQueries, Right::Open),
        route("GET", "/me", O::ReadMyself, RecordQueries, Right::SignedIn),
        route("PUT", "/me", O::KeepMyself, RecordCommands, Right::SignedIn),
        route("GET", "/people/rights", O::ListRights, PeopleCommands, Right::Administer),
        route("POST", "/people/rights", O::InvitePerson, PeopleCommands, Right::Administer),
        route("GET", "/people/{id}/rights", O::ReadRights, PeopleCommands, Right::Administer),
        route("POST", "/people/{id}/rights", O::ChangeRights, PeopleCommands, Right::Administer),
        route("DELETE", "/people/{id}/rights", O::RemovePerson, PeopleCommands, Right::Administer),
        route("GET", "/{plural}", O::ListRecords, RecordQueries, Right::Read),
        route("POST", "/{plural}", O::CreateRecord, RecordCommands, Right::Write),
        route("GET", "/{plural}/{id}", O::GetRecord, RecordQueries, Right::Read),
        route("PATCH", "/{plural}/{id}", O::EditRecord, RecordCommands, Right::Write),
        route("DELETE", "/{plural}/{id}", O::EndRecord, RecordCommands, Right::Write),
        route("POST", "/{plural}/{id}/{action}", O::ActOnRecord, RecordCommands, Right::Write),
        route("GET", "/{plural}/{id}/history", O::ReadHistory, RecordQueries, Right::Read),
        route("GET", "/{plural}/{id}/history/{version}", O::ReadCommit, RecordQueries, Right::Read),
        route("GET", "/audit/commits", O::SearchCommits, AuditQueries, Right::Audit),
        route("GET", "/audit/correlations/{id}", O::ReadCorrelation, AuditQueries, Right::Audit),
        route("GET", "/audit/alarms", O::ListAlarms, AuditQueries, Right::Audit),
        route("GET", "/audit/heads", O::ListHeads, AuditQueries, Right::Audit),
        route("GET", "/audit/stored/{type}/{id}", O::ReadStored, AuditQueries, Right::Audit),
        route("POST", "/audit/exports", O::RequestExport, AuditQueries, Right::Audit),
        route("GET", "/audit/exports", O::ListExports, AuditQueries, Right::Audit),
        route("GET", "/audit/exports/{id}", O::ReadExport, AuditQueries, Right::Audit),
        route("POST", "/audit/verifications", O::StartVerification, AuditQueries, Right::Audit),
        route(
            "POST",
            "/audit/verifications/{id}/result",
            O::FinishVerification,
            AuditQueries,
            Right::Audit,
        ),
        route("GET", "/{plural}/{id}/diff", O::DiffRecord, RecordQueries, Right::Read),
        route("GET", "/{plural}/{id}/blame", O::BlameRecord, RecordQueries, Right::Read),
        route("POST", "/{plural}/{id}/restore", O::RestoreRecord, RecordCommands, Right::Write),
        desk("GET", "/operations/views", D::ListViews),
        desk("GET", "/operations/views/{view}", D::ReadView),
        desk("POST", "/operations/views/{view}/rebuild", D::RebuildView),
        desk("POST", "/operations/views/{view}/verify", D::VerifyView),
        desk("POST", "/operations/views/{view}/promote", D::PromoteView),
        desk("POST", "/operations/views/{view}/rollback", D::RollBackView),
        desk("POST", "/operations/views/{view}/retire", D::RetireView),
        desk("POST", "/operations/views/{view}/repair", D::RepairView),
        desk("POST", "/operations/reconcile", D::Reconcile),
        desk("GET", "/operations/rebuilds", D::ListRebuilds),
        desk("GET", "/operations/rebuilds/{id}", D::ReadRebuild),
        desk("POST", "/operations/rebuilds/{id}/pause", D::PauseRebuild),
        desk("POST", "/operations/rebuilds/{id}/resume", D::ResumeRebuild),
        desk("POST", "/operations/rebuilds/{id}/cancel", D::CancelRebuild),
        desk("GET", "/operations/parked", D::ListParked),
        desk("POST", "/operations/parked/retry", D::RetryParked),
        desk("POST", "/operations/parked/skip", D::SkipParked),
        desk("GET", "/operations/failures", D::ListFailures),
        desk("POST", "/operations/failures/{key}/drive", D::DriveFailure),
        desk("GET", "/operations/alarms", D::ListDeskAlarms),
        desk("POST", "/operations/replays", D::StartReplay),
        desk("GET", "/operations/replays", D::ListReplays),
        desk("GET", "/operations/replays/{id}", D::ReadReplay),
        desk("POST", "/operations/replays/{id}/cancel", D::CancelReplay),
        desk("GET", "/operations/log", D::ReadLog),
        desk("POST", "/operations/log/recover", D::RecoverLog),
    ]
};

/// A request's route and the parameters of its path.
#[derive(Debug, Clone)]
pub struct Routed {
    /// The route.
    pub route: &'static Route,
    parameters: Vec<(String, String)>,
}

impl Routed {
    /// A parameter of the path; empty when the route has none of that name.
    pub fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// All parameters of the path, as they stand, in its order.
    pub fn named(&self) -> String {
        let values: Vec<&str> = self.parameters.iter().map(|(_, value)| value.as_str()).collect();
        values.join("/")
    }

    /// A parameter of the path with its percent-encoding undone; as it stands where that is none.
    pub fn decoded(&self, name: &str) -> String {
        let text = self.parameter(name);
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        decoded.map_or_else(|_not_utf8| text.to_owned(), Cow::into_owned)
    }
}

/// The route of a request.
///
/// # Errors
/// [`Problem`]: 404 for a path that is none of ours, 405 for another method.
pub fn routed(method: &Method, path: &str) -> Result<Routed, Problem> {
    let found = router().at(path).map_err(|_no_match| Problem::new(Kind::NotFound))?;
    let same_path = |route: &&Route| route.path == *found.value;
    let fits = |route: &&Route| route.method == method.as_str();
    let Some(route) = ROUTES.iter().filter(same_path).find(fits) else {
        let allowed: Vec<&str> =
            ROUTES.iter().filter(same_path).map(|route| route.method).collect();
        return Err(Problem::new(Kind::MethodNotAllowed).header("allow", allowed.join(", ")));
    };
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    Ok(Routed { route, parameters: found.params.iter().map(owned).collect() })
}

fn router() -> &'static Router<&'static str> {
    static ROUTER: OnceLock<Router<&'static str>> = OnceLock::new();
    ROUTER.get_or_init(|| {
        let mut router = Router::new();
        let mut paths: Vec<&'static str> = ROUTES.iter().map(|route| route.path).collect();
        paths.sort_unstable();
        paths.dedup();
        for path in paths {
            // Two paths of the table that cannot be told apart would be a 404; a test finds it.
            if let Err(error) = router.insert(format!("{BASE}{path}"), path) {
                tracing::error!(%error, path, "a route cannot be told from another");
            }
        }
        router
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_table_can_be_reached() {
        for route in ROUTES {
            let path = format!("{BASE}{}", route.path.replace(['{', '}'], ""));
            let method = Method::from_bytes(route.method.as_bytes()).unwrap();
            assert_eq!(routed(&method, &path).unwrap().route.operation, route.operation, "{path}");
        }
    }

    #[test]
    fn a_person_is_a_record_beside_their_rights() {
        let operation =
            |method, path: &str| routed(&method, &format!("{BASE}{path}")).unwrap().route.operation;
        assert_eq!(operation(Method::GET, "/people"), Operation::ListRecords);
        assert_eq!(operation(Method::GET, "/people/p1"), Operation::GetRecord);
        assert_eq!(operation(Method::GET, "/people/p1/history"), Operation::ReadHistory);
        assert_eq!(operation(Method::GET, "/people/p1/history/1"), Operation::ReadCommit);
        assert_eq!(operation(Method::GET, "/people/p1/rights"), Operation::ReadRights);
        assert_eq!(operation(Method::POST, "/people/p1/archive"), Operation::ActOnRecord);
        assert_eq!(operation(Method::POST, "/people/p1/restore"), Operation::RestoreRecord);
        assert_eq!(operation(Method::POST, "/customers/rights/restore"), Operation::RestoreRecord);
        assert_eq!(operation(Method::POST, "/customers/c/archive"), Operation::ActOnRecord);
    }

    #[test]
    fn another_method_is_told_which_ones_there_are() {
        let problem = routed(&Method::PUT, "/api/v1/customers/1").unwrap_err();
        assert_eq!(problem.kind(), Kind::MethodNotAllowed);
        assert_eq!(routed(&Method::GET, "/api/v2/customers").unwrap_err().kind(), Kind::NotFound);
    }
}
