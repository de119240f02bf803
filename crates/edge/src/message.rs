//! Between hyper's messages and plain data.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{HeaderName, HeaderValue};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use wire::http::{Request, Response, Rest};

/// The head of a request, its body still to come.
///
/// # Errors
/// The name of the first header whose value is not UTF-8.
pub(crate) fn head(parts: &hyper::http::request::Parts) -> Result<Request, String> {
    let mut headers = Vec::with_capacity(parts.headers.len() + 1);
    for (name, value) in &parts.headers {
        let text = std::str::from_utf8(value.as_bytes()).map_err(|_| name.to_string())?;
        headers.push((name.as_str().to_owned(), text.to_owned()));
    }
    // HTTP/2 has the host in the request line; signatures cover it as the host header.
    if let Some(authority) = parts.uri.authority()
        && !parts.headers.contains_key("host")
    {
        headers.push(("host".to_owned(), authority.as_str().to_owned()));
    }
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: Bytes::new(),
    })
}

/// The body of an answer: what there is of it, and what is still to come.
pub(crate) struct Outgoing {
    now: Full<Bytes>,
    later: Option<Rest>,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match Pin::new(&mut self.now).poll_frame(context) {
            Poll::Ready(None) => {}
            some => return some,
        }
        let Some(rest) = &self.later else { return Poll::Ready(None) };
        rest.poll_piece(context).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.later.is_none() && self.now.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let now = self.now.size_hint();
        if self.later.is_none() {
            return now;
        }
        let mut open = SizeHint::new();
        open.set_lower(now.lower());
        open
    }
}

/// Headers that an answer gets on its way out: its id, its length and its date.
const HEADERS_OF_ITS_OWN: usize = 3;

/// The answer, stamped with the request id that every AWS answer carries.
pub(crate) fn outgoing(response: Response, request_id: &str) -> hyper::Response<Outgoing> {
    let stamped = response.header("x-amzn-requestid").is_some();
    let mut out = hyper::Response::new(Outgoing { now: Full::new(response.body), later: response.rest });
    *out.status_mut() =
        hyper::StatusCode::from_u16(response.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    let _ = out.headers_mut().try_reserve(response.headers.len() + HEADERS_OF_ITS_OWN);
    for (name, value) in response.headers {
        let read = HeaderName::try_from(&name).ok().zip(HeaderValue::try_from(value).ok());
        let appended = read.map(|(name, value)| out.headers_mut().try_append(name, value));
        if !matches!(appended, Some(Ok(_))) {
            tracing::warn!(header = name, "left out an answer's header that HTTP cannot carry");
        }
    }
    if let (false, Ok(id)) = (stamped, HeaderValue::try_from(request_id)) {
        out.headers_mut().insert("x-amzn-requestid", id);
    }
    out
}

pub(crate) fn json(status: u16, value: &serde_json::Value) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: Bytes::from(value.to_string()),
        rest: None,
    }
}
