//! Does what its event says, by way of AWS's client for Rust.

use lambda_runtime::streaming::{Body, Response, channel};
use lambda_runtime::{Context, Error, FunctionResponse, LambdaEvent, service_fn};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::tracing::init_default_subscriber();
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<FunctionResponse<Value, Body>, Error> {
    let LambdaEvent { payload, context } = event;
    Ok(FunctionResponse::BufferedResponse(match payload["do"].as_str() {
        Some("context") => described(&context),
        Some("fail") => return Err(std::io::Error::other("it failed").into()),
        Some("panic") => panic!("it panicked"),
        Some("log") => {
            lambda_runtime::tracing::debug!("less");
            lambda_runtime::tracing::warn!("more");
            Value::Null
        }
        Some("stream") => return Ok(FunctionResponse::StreamingResponse(stream())),
        _ => payload,
    }))
}

fn described(context: &Context) -> Value {
    json!({
        "request_id": context.request_id,
        "deadline": context.deadline,
        "arn": context.invoked_function_arn,
        "trace_id": context.xray_trace_id,
        "trace_variable": std::env::var("_X_AMZN_TRACE_ID").ok(),
        "client": context.client_context,
        "name": context.env_config.function_name,
        "memory": context.env_config.memory,
        "version": context.env_config.version,
        "log_group": context.env_config.log_group,
        "log_stream": context.env_config.log_stream,
    })
}

fn stream() -> Response<Body> {
    let (mut sender, body) = channel();
    tokio::spawn(async move {
        for text in ["Hello", "world", "from", "Lambda!"] {
            if sender.send_data(format!("{text}\n").into()).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    Response::from(body)
}
