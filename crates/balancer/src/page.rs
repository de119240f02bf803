//! Answers that a load balancer gives by itself.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue, LOCATION, SERVER};
use hyper::{Response, StatusCode};

/// What a body may fail with; the client's connection ends then.
pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Body = BoxBody<Bytes, BodyError>;

pub(crate) fn full(content: impl Into<Bytes>) -> Body {
    Full::new(content.into()).map_err(|never| match never {}).boxed()
}

/// The page of a status that the load balancer itself came to.
pub(crate) fn status(status: StatusCode) -> Response<Body> {
    let title = match status {
        // These two are worded as nginx does, and not as the registry of status codes.
        StatusCode::SERVICE_UNAVAILABLE => "503 Service Temporarily Unavailable".to_owned(),
        StatusCode::GATEWAY_TIMEOUT => "504 Gateway Time-out".to_owned(),
        other => other.to_string(),
    };
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    );
    let mut response = Response::new(full(page));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    with_server(response)
}

pub(crate) fn fixed(code: u16, content_type: &str, body: &str) -> Response<Body> {
    let mut response = Response::new(full(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    with_server(response)
}

pub(crate) fn redirect(code: u16, location: &str) -> Response<Body> {
    let Ok(location) = HeaderValue::from_str(location) else { return status(StatusCode::BAD_REQUEST) };
    let mut response = status(StatusCode::from_u16(code).unwrap_or(StatusCode::FOUND));
    response.headers_mut().insert(LOCATION, location);
    response
}

fn with_server(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(SERVER, HeaderValue::from_static("awselb/2.0"));
    response
}
