//! The routes of the audit function.

use super::Audit;
use edge::{Function, Kind, Operation, Problem};
use lambda_http::{Body, Request};

/// Serves one request of the function `audit-queries`.
pub async fn handle(audit: &Audit, request: Request) -> http::Response<Body> {
    let now = audit.queries.clock.now();
    edge::serve(Function::AuditQueries, now, request, |call| async move {
        match call.routed.route.operation {
            Operation::SearchCommits => audit.commits(&call).await,
            Operation::ReadCorrelation => audit.correlation(&call).await,
            Operation::ListAlarms => audit.alarms(&call).await,
            Operation::ListHeads => audit.heads(&call).await,
            Operation::ReadStored => audit.stored(&call).await,
            // On the heap: what several calls to the log and the queue hold is large.
            Operation::RequestExport => Box::pin(audit.request_export(&call)).await,
            Operation::ListExports => audit.list_exports(&call).await,
            Operation::ReadExport => audit.read_export(&call).await,
            Operation::StartVerification => Box::pin(audit.start_verification(&call)).await,
            Operation::FinishVerification => Box::pin(audit.finish_verification(&call)).await,
            Operation::Health
            | Operation::ListTypes
            | Operation::CountRecords
            | Operation::ReadOpenApi
            | Operation::ReadMyself
            | Operation::KeepMyself
            | Operation::ListRights
            | Operation::InvitePerson
            | Operation::ReadRights
            | Operation::ChangeRights
            | Operation::RemovePerson
            | Operation::ListRecords
            | Operation::CreateRecord
            | Operation::GetRecord
            | Operation::EditRecord
            | Operation::EndRecord
            | Operation::ActOnRecord
            | Operation::ReadHistory
            | Operation::ReadCommit
            | Operation::DiffRecord
            | Operation::BlameRecord
            | Operation::RestoreRecord
            | Operation::AtDesk(_) => Err(Problem::new(Kind::NotFound)),
        }
    })
    .await
}
