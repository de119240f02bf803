//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogStream.html>

use crate::state::{LogStream, Read, RemovedStream};
use crate::{Logs, access, api, error};
use base::Scope;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Fault, Table, Tx};

impl Handler<Logs> for api::DeleteLogStream {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::DeleteLogStreamRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let group = input.log_group_name.as_deref().unwrap_or_default();
        let stream = input.log_stream_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_stream(&logs.store.read(), call, "DeleteLogStream", (group, stream))?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::DeleteLogStreamRequest>,
    ) -> Result<api::DeleteLogStreamOutput, ServiceError> {
        let input = input.into_inner();
        let group = input.log_group_name.unwrap_or_default();
        let name = input.log_stream_name.unwrap_or_default();
        logs.store.write(|tx| remove(tx, &call.scope, &group, &name)).await?;
        logs.sweep_soon();
        Ok(api::DeleteLogStreamOutput {})
    }
}

fn remove(tx: &mut Tx, scope: &Scope, group: &str, name: &str) -> Result<(), ServiceError> {
    let snapshot = tx.snapshot();
    snapshot.group(scope, group)?.ok_or_else(error::no_group)?;
    let stream = snapshot.stream(scope, group, name)?.ok_or_else(error::no_stream)?;
    Ok(remove_stream(tx, &stream)?)
}

/// The stream. Nobody sees its events from then on; they are removed afterwards.
pub(super) fn remove_stream(tx: &mut Tx, stream: &LogStream) -> Result<(), Fault> {
    tx.put(&RemovedStream {
        scope: stream.scope.clone(),
        group: stream.group.clone(),
        name: stream.name.clone(),
        next_batch: stream.next_batch,
    })?;
    tx.delete::<LogStream>(&stream.key())?;
    Ok(())
}
