//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use super::{access, named, payload};
use crate::lambda::Lambda;
use crate::model::{Function, State};
use crate::name::Named;
use crate::run::{Invocation, QueuedEvent};
use crate::{api, error};
use bytes::Bytes;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::Invoke {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "InvokeFunction", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        if input.tenant_id.is_some() || input.durable_execution_name.is_some() {
            return Err(ServiceError::not_implemented("TenantId and DurableExecutionName"));
        }
        let function = lambda.function(&named)?;
        may_invoke(&function)?;
        match input.invocation_type.as_deref() {
            Some("DryRun") => Ok(answer(204)),
            Some("Event") => {
                let payload = payload::event(input.payload, true)?;
                let context = payload::client_context(input.client_context.as_deref())?;
                accept(lambda, call, &named, payload, context).await
            }
            _ => {
                let payload = payload::event(input.payload, false)?;
                let context = payload::client_context(input.client_context.as_deref())?;
                let tail = input.log_type.as_deref() == Some("Tail");
                let invocation = Invocation::new(&named, call.request_id.clone(), payload, context);
                respond(lambda, &named, Invocation { tail, ..invocation }).await
            }
        }
    }
}

/// A function that is not prepared cannot be invoked; one whose update failed still can.
pub fn may_invoke(function: &Function) -> Result<(), ServiceError> {
    match (&function.state, &function.serving) {
        (State::Active, Some(_)) => Ok(()),
        (State::Pending, _) => Err(error::in_state("Pending")),
        _ => Err(error::in_state("Failed")),
    }
}

fn answer(status: i32) -> api::InvocationResponse {
    api::InvocationResponse { status_code: Some(status), ..Default::default() }
}

/// Durable before it is acknowledged.
async fn accept(
    lambda: &Lambda,
    call: &Call,
    named: &Named,
    payload: Bytes,
    client_context: Option<String>,
) -> Result<api::InvocationResponse, ServiceError> {
    let event = QueuedEvent::new(named, call.request_id.clone(), &payload, client_context, call.now);
    lambda.enqueue(event).await?;
    Ok(answer(202))
}

async fn respond(
    lambda: &Lambda,
    named: &Named,
    invocation: Invocation,
) -> Result<api::InvocationResponse, ServiceError> {
    let invoked = lambda.invoke(named, invocation).await?;
    Ok(api::InvocationResponse {
        status_code: Some(200),
        executed_version: Some(invoked.version),
        function_error: invoked.is_error.then(|| "Unhandled".to_owned()),
        log_result: invoked.log_tail,
        payload: Some(invoked.payload.to_vec()),
        durable_execution_arn: None,
    })
}
