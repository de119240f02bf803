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
        let stream = LogStream::new(&call.scope, &group, &name, call.now);
        logs.store.write(|tx| insert(tx, &stream)).await?;
        Ok(api::CreateLogStreamOutput {})
    }
}

fn insert(tx: &mut Tx, stream: &LogStream) -> Result<(), ServiceError> {
    let snapshot = tx.snapshot();
    snapshot.group(&stream.scope, &stream.group)?.ok_or_else(error::no_group)?;
    if snapshot.stream(&stream.scope, &stream.group, &stream.name)?.is_some() {
        return Err(error::stream_exists());
    }
    Ok(tx.put(stream)?)
}
