//! Answers that a function writes while its client reads, for addresses with `RESPONSE_STREAM`.
//! <https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html>

use super::reply;
use crate::run::{Answering, Writing};
use bytes::{Bytes, BytesMut};
use runtime_api::Part;
use std::task::{Context, Poll};
use tokio::sync::mpsc;
use wire::http::{Pieces, Response, Rest};

/// Answers of this type begin with their status and headers in JSON.
const WITH_PRELUDE: &str = "application/vnd.awslambda.http-integration-response";
/// What ends the JSON.
const END_OF_PRELUDE: [u8; 8] = [0; 8];
/// Headers are no longer than what the edge takes of a client.
const PRELUDE_BYTES: usize = 64 * 1024;
const PLAIN: &str = "application/octet-stream";

/// The answer of an address, as far as it is known.
pub async fn answer(answer: Answering) -> Response {
    match answer {
        Answering::Whole(invoked) if invoked.is_error => reply::internal_error(),
        Answering::Whole(invoked) => reply::plain(200, invoked.payload),
        Answering::Begun(writing) if writing.content_type.as_deref() == Some(WITH_PRELUDE) => {
            with_prelude(writing).await.unwrap_or_else(reply::internal_error)
        }
        Answering::Begun(writing) => plain(writing).await,
    }
}

/// The status is sent with the first of the body, so that a function which fails before it has
/// written anything has failed for its client too.
async fn plain(mut writing: Writing) -> Response {
    let kind = writing.content_type.clone().unwrap_or_else(|| PLAIN.to_owned());
    let headers = vec![("content-type".to_owned(), kind)];
    let mut response = Response { status: 200, headers, ..Response::default() };
    while let Some(part) = writing.parts.recv().await {
        if let Part::Data(data) = part
            && !data.is_empty()
        {
            response.body = data;
            response.rest = Some(rest(writing));
            return response;
        }
    }
    match writing.end().await {
        Ok(invoked) if !invoked.is_error => response,
        _ => reply::internal_error(),
    }
}

/// None when the function ends before its prelude does, or the prelude makes no sense.
async fn with_prelude(mut writing: Writing) -> Option<Response> {
    let mut read = BytesMut::new();
    let end = loop {
        if let Some(at) = read.windows(END_OF_PRELUDE.len()).position(|w| w == END_OF_PRELUDE) {
            break at;
        }
        if read.len() > PRELUDE_BYTES {
            return None;
        }
        if let Part::Data(data) = writing.parts.recv().await? {
            read.extend_from_slice(&data);
        }
    };
    let body = read.split_off(end + END_OF_PRELUDE.len()).freeze();
    read.truncate(end);
    let mut response = reply::prelude(&read)?;
    response.body = body;
    response.rest = Some(rest(writing));
    Some(response)
}

fn rest(writing: Writing) -> Rest {
    Rest::new(Written(writing.parts))
}

struct Written(mpsc::Receiver<Part>);

impl Pieces for Written {
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match self.0.poll_recv(context) {
                Poll::Ready(Some(Part::Data(data))) if !data.is_empty() => return Poll::Ready(Some(data)),
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
