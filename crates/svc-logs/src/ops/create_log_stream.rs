//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html>

use crate::state::{LogStream, Read};
use crate::{Logs, access, api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Logs> for api::CreateLogStream {
    fn access(
        logs: &Logs,
        call: &Call,
        input: &api::CreateLogStreamRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let group = input.log_group_name.as_deref().unwrap_or_default();
        let stream = input.log_stream_name.as_deref().unwrap_or_default();
        Ok(vec![access::on_stream(&logs.store.read(), call, "CreateLogStream", (group, stream))?])
    }

    async fn run(
        logs: &Logs,
        call: &Call,
        input: Authorized<api::CreateLogStreamRequest>,
    ) -> Result<api::CreateLogStreamOutput, ServiceError> {
        let input = input.into_inner();
        let group = input.log_group_name.unwrap_or_default();
        let name = input.log_stream_name.unwrap_or_default();
        logs.store.write(|tx| insert(tx, call, &group, &name)).await?;
        Ok(api::CreateLogStreamOutput {})
    }
}

fn insert(tx: &mut Tx, call: &Call, group: &str, name: &str) -> Result<(), ServiceError> {
    let snapshot = tx.snapshot();
    snapshot.group(&call.scope, group)?.ok_or_else(error::no_group)?;
    if snapshot.stream(&call.scope, group, name)?.is_some() {
        return Err(error::stream_exists());
    }
    Ok(LogStream::make(tx, &call.scope, group, name, call.now)?)
}
