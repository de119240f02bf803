//! <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>

use super::invoke::may_invoke;
use super::{access, named, payload};
use crate::api::{
    InvokeResponseStreamUpdate, InvokeWithResponseStreamCompleteEvent, InvokeWithResponseStreamResponse,
    InvokeWithResponseStreamResponseEvent as Event,
};
use crate::lambda::Lambda;
use crate::run::{Answering, Invocation, Invoked, Streaming, Writing};
use crate::{api, error};
use runtime_api::Part;
use service::{Access, Authorized, Begun, Call, ServiceError, StreamHandler};
use tokio::sync::mpsc;

/// Events that may wait for the client.
const WAITING_EVENTS: usize = 4;

impl StreamHandler<Lambda> for api::InvokeWithResponseStream {
    type Event = Event;

    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "InvokeFunction", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Begun<Self::Output, Event>, ServiceError> {
        let input = input.into_inner();
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        if input.tenant_id.is_some() {
            return Err(ServiceError::not_implemented("TenantId"));
        }
        may_invoke(&*lambda.function(&named)?)?;
        if input.invocation_type.as_deref() == Some("DryRun") {
            return Ok((
                InvokeWithResponseStreamResponse { status_code: Some(204), ..Default::default() },
                None,
            ));
        }
        let payload = payload::event(input.payload, false)?;
        let context = payload::client_context(input.client_context.as_deref())?;
        let tail = input.log_type.as_deref() == Some("Tail");
        let invocation = Invocation::new(&named, call.request_id.clone(), payload, context);
        let Streaming { version, answer } =
            lambda.invoke_streaming(&named, Invocation { tail, ..invocation }).await?;
        let (sender, events) = mpsc::channel(WAITING_EVENTS);
        tokio::spawn(tell(answer, sender));
        let head = InvokeWithResponseStreamResponse {
            status_code: Some(200),
            executed_version: Some(version),
            ..Default::default()
        };
        Ok((head, Some(events)))
    }
}

/// Tells the client as long as it listens.
async fn tell(answer: Answering, events: mpsc::Sender<Event>) {
    let ended = match answer {
        Answering::Whole(invoked) => {
            if !invoked.is_error && events.send(chunk(invoked.payload.to_vec())).await.is_err() {
                return;
            }
            Ok(invoked)
        }
        Answering::Begun(writing) => match pass_on(writing, &events).await {
            Some(ended) => ended,
            None => return,
        },
    };
    let _ = events.send(complete(ended)).await;
}

async fn pass_on(
    mut writing: Writing,
    events: &mpsc::Sender<Event>,
) -> Option<Result<Invoked, ServiceError>> {
    while let Some(part) = writing.parts.recv().await {
        if let Part::Data(data) = part {
            events.send(chunk(data.to_vec())).await.ok()?;
        }
    }
    Some(writing.end().await)
}

fn chunk(payload: Vec<u8>) -> Event {
    Event {
        payload_chunk: Some(InvokeResponseStreamUpdate { payload: Some(payload) }),
        invoke_complete: None,
    }
}

fn complete(ended: Result<Invoked, ServiceError>) -> Event {
    let invoked = ended.unwrap_or_else(|fault| {
        tracing::error!(%fault, "a streamed invocation had no end");
        Invoked::failed(error::service_exception().message.into())
    });
    let error = invoked.is_error.then(|| String::from_utf8_lossy(&invoked.payload).into_owned());
    let told = InvokeWithResponseStreamCompleteEvent {
        error_code: error.as_ref().map(|_| "Unhandled".to_owned()),
        error_details: error,
        log_result: invoked.log_tail,
    };
    Event { payload_chunk: None, invoke_complete: Some(told) }
}
