//! A response that is handed on while the function writes it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming>

use crate::answer::{self, Answer};
use crate::response::refused;
use crate::server::error_type;
use crate::session::Shared;
use crate::{FunctionError, MAX_STREAMED_BYTES, Outcome, RESPONSE_SIZE_TOO_LARGE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::mpsc;

const RESPONSE_MODE: &str = "lambda-runtime-function-response-mode";
const ERROR_BODY: &str = "lambda-runtime-function-error-body";

/// A part of a streamed response, as it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The function has begun to answer.
    Head {
        content_type: Option<String>,
    },
    Data(Bytes),
}

/// Where the parts go. Whoever receives them may leave; the function then goes on without a reader.
pub type Parts = mpsc::Sender<Part>;

pub fn is_streamed(headers: &HeaderMap) -> bool {
    let mode = headers.get(RESPONSE_MODE).and_then(|value| value.to_str().ok());
    mode.is_some_and(|mode| mode.eq_ignore_ascii_case("streaming"))
}

/// Hands the body of a response on.
pub async fn relay(shared: &Shared, id: &str, request: hyper::Request<Incoming>, parts: Parts) -> Answer {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let head = Part::Head { content_type: content_type.map(str::to_owned) };
    let _ = parts.send(head).await;
    let (error, answer) = match read(request.into_body(), &parts).await {
        Read::Whole(error) => (error, answer::accepted()),
        Read::TooLarge => (Some(too_large()), answer::too_large()),
        Read::Broken => return answer::unreadable(),
    };
    match shared.answer(id, false, Outcome::Streamed(error)) {
        Ok(()) => answer,
        Err(refusal) => refused(&refusal),
    }
}

enum Read {
    Whole(Option<FunctionError>),
    TooLarge,
    Broken,
}

async fn read(mut body: Incoming, parts: &Parts) -> Read {
    let (mut room, mut error) = (MAX_STREAMED_BYTES, None);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Read::Broken };
        match frame.into_data() {
            Ok(data) => {
                let Some(left) = room.checked_sub(data.len()) else { return Read::TooLarge };
                room = left;
                let _ = parts.send(Part::Data(data)).await;
            }
            Err(frame) => error = frame.trailers_ref().and_then(reported),
        }
    }
    Read::Whole(error)
}

/// The error that a function had after it had begun to answer.
fn reported(trailers: &HeaderMap) -> Option<FunctionError> {
    let error_type = error_type(trailers)?;
    let body = trailers.get(ERROR_BODY).and_then(|value| STANDARD.decode(value.as_bytes()).ok());
    Some(FunctionError { error_type: Some(error_type), body: body.unwrap_or_default().into() })
}

fn too_large() -> FunctionError {
    let message =
        format!("Response payload size exceeded maximum allowed payload size ({MAX_STREAMED_BYTES} bytes).");
    let body = serde_json::json!({ "errorMessage": message, "errorType": RESPONSE_SIZE_TOO_LARGE });
    FunctionError { error_type: Some(RESPONSE_SIZE_TOO_LARGE.to_owned()), body: body.to_string().into() }
}
