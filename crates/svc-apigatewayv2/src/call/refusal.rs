//! What a client is told that is not let in. HTTP APIs say little: the reason is in the account's logs.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting.html>

use service::{Denial, ServiceError};
use wire::http::Response;

/// A refusal in AWS's words, and the reason that AWS hides.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
    /// In moat's words; not for the client.
    pub reason: String,
    /// The decision of the policies, when they refused.
    pub denial: Option<Box<Denial>>,
    /// `www-authenticate`, where a token was asked for.
    challenge: Option<String>,
}

impl Refusal {
    fn new(status: u16, code: &str, message: &str, reason: impl Into<String>) -> Self {
        let (code, message, reason) = (code.to_owned(), message.to_owned(), reason.into());
        Self { status, code, message, reason, denial: None, challenge: None }
    }

    pub(crate) fn not_found(reason: impl Into<String>) -> Self {
        Self::new(404, "NotFoundException", "Not Found", reason)
    }

    pub(crate) fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(403, "ForbiddenException", "Forbidden", reason)
    }

    pub(crate) fn unauthorized(reason: impl Into<String>) -> Self {
        Self::new(401, "UnauthorizedException", "Unauthorized", reason)
    }

    pub(crate) fn too_many(reason: impl Into<String>) -> Self {
        Self::new(429, "TooManyRequestsException", "Too Many Requests", reason)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            413,
            "RequestTooLargeException",
            "Request Entity Too Large",
            "the body is larger than 10 MB",
        )
    }

    /// What is behind the route failed, or cannot be called.
    pub(crate) fn internal(reason: impl Into<String>) -> Self {
        Self::new(500, "InternalServerErrorException", "Internal Server Error", reason)
    }

    /// What is behind the route was not there, or not in time.
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self::new(503, "ServiceUnavailableException", "Service Unavailable", reason)
    }

    /// As a WebSocket API says it.
    pub(crate) fn bad_gateway(reason: impl Into<String>) -> Self {
        Self::new(502, "InternalServerErrorException", "Internal server error", reason)
    }

    pub(crate) fn timed_out(reason: impl Into<String>) -> Self {
        Self::new(504, "InternalServerErrorException", "Endpoint request timed out", reason)
    }

    /// A function did not let the client in, and says so itself.
    pub(crate) fn by_function(status: u16, body: Option<String>) -> Self {
        let message = body.unwrap_or_default();
        Self::new(status, "ForbiddenException", &message, "the function behind $connect did not let it in")
    }

    pub(crate) fn gone(reason: impl Into<String>) -> Self {
        Self::new(410, "GoneException", "Gone", reason)
    }

    pub(crate) fn payload_too_large(reason: impl Into<String>) -> Self {
        Self::new(413, "PayloadTooLargeException", "Payload too large", reason)
    }

    pub(crate) fn denied(reason: String, denial: Denial) -> Self {
        Self { denial: Some(Box::new(denial)), ..Self::forbidden(reason) }
    }

    #[must_use]
    pub(crate) fn challenge(mut self, challenge: impl Into<String>) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    /// As SDKs read it.
    pub(crate) fn aws_error(&self) -> Response {
        let mut response = self.response();
        response.headers.push(("x-amzn-errortype".to_owned(), self.code.clone()));
        response
    }

    pub fn response(&self) -> Response {
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if let Some(challenge) = &self.challenge {
            headers.push(("www-authenticate".to_owned(), challenge.clone()));
        }
        let body = serde_json::json!({ "message": self.message }).to_string();
        Response { status: self.status, headers, body: body.into(), ..Response::default() }
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<store::Fault> for Refusal {
    fn from(fault: store::Fault) -> Self {
        Self::from(ServiceError::from(fault))
    }
}
