//! The routes of the query function.

use crate::Queries;
use edge::{Call, Function, Kind, Operation, Principal, Problem};
use events::Registered;
use lambda_http::{Body, Request};
use vocabulary::{RecordId, RecordKey, TypeName};

/// Serves one request of the function `record-queries`.
pub async fn handle(queries: &Queries, request: Request) -> http::Response<Body> {
    let now = queries.clock.now();
    edge::serve(Function::RecordQueries, now, request, |call| async move {
        match call.routed.route.operation {
            Operation::Health => Ok(queries.health()),
            Operation::ListTypes => Ok(queries.types()),
            Operation::CountRecords => queries.counts(&call).await,
            Operation::ReadOpenApi => Ok(queries.openapi()),
            Operation::ReadMyself => queries.myself(&call).await,
            Operation::ListRecords => queries.list(&call).await,
            Operation::GetRecord => queries.record(&call).await,
            Operation::ReadHistory => queries.history(&call).await,
            Operation::ReadCommit => queries.commit(&call).await,
            Operation::DiffRecord => queries.diff(&call).await,
            Operation::BlameRecord => queries.blame(&call).await,
            Operation::KeepMyself
            | Operation::ListRights
            | Operation::InvitePerson
            | Operation::ReadRights
            | Operation::ChangeRights
            | Operation::RemovePerson
            | Operation::CreateRecord
            | Operation::EditRecord
            | Operation::EndRecord
            | Operation::ActOnRecord
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
            | Operation::RestoreRecord
            | Operation::AtDesk(_) => Err(Problem::new(Kind::NotFound)),
        }
    })
    .await
}

impl Queries {
    /// The type and key of the record that the path names.
    pub(crate) fn named<'a>(
        &self,
        call: &'a Call,
    ) -> Result<(Registered, &'a Principal, RecordKey), Problem> {
        let of = self.of_plural(call.routed.parameter("plural"))?;
        let caller = call.caller()?;
        let nothing = || Problem::new(Kind::NotFound);
        let id = RecordId::parse(call.routed.parameter("id")).map_err(|_id| nothing())?;
        let record_type = TypeName::parse(of.of.descriptor().name).map_err(|_name| nothing())?;
        Ok((of, caller, RecordKey { tenant: caller.tenant.clone(), record_type, id }))
    }
}
