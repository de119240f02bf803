//! What a client is told that is not let in.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>

use service::{Denial, ServiceError};
use wire::http::Response;

/// A refusal in AWS's words, and the reason that AWS hides.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: u16,
    /// `x-amzn-errortype`.
    pub code: String,
    pub message: String,
    /// In moat's words; not for the client.
    pub reason: String,
    /// The decision of the policies, when they refused.
    pub denial: Option<Box<Denial>>,
}

impl Refusal {
    fn new(status: u16, code: &str, message: &str, reason: String) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned(), reason, denial: None }
    }

    pub(crate) fn missing_token(reason: String) -> Self {
        Self::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token", reason)
    }

    pub(crate) fn forbidden(reason: String) -> Self {
        Self::new(403, "ForbiddenException", "Forbidden", reason)
    }

    pub(crate) fn too_many(reason: String) -> Self {
        Self::new(429, "TooManyRequestsException", "Too Many Requests", reason)
    }

    pub(crate) fn limit_exceeded(reason: String) -> Self {
        Self::new(429, "LimitExceededException", "Limit Exceeded", reason)
    }

    pub(crate) fn invalid_signature(code: &str, message: &str) -> Self {
        Self::new(403, code, message, "the signature was not accepted".to_owned())
    }

    pub(crate) fn too_large() -> Self {
        let message = "HTTP content length exceeded 10485760 bytes.";
        Self::new(413, "RequestTooLargeException", message, "the body is larger than 10 MB".to_owned())
    }

    /// The policies said no.
    pub(crate) fn denied(message: String, denial: Denial) -> Self {
        let reason = message.clone();
        Self { denial: Some(Box::new(denial)), ..Self::new(403, "AccessDeniedException", &message, reason) }
    }

    /// What is behind the method did not answer as it must.
    pub(crate) fn bad_gateway(reason: String) -> Self {
        Self::new(502, "InternalServerErrorException", "Internal server error", reason)
    }

    /// Calling what is behind the method failed.
    pub(crate) fn integration_failure(reason: String) -> Self {
        Self::new(500, "InternalServerErrorException", "Internal server error", reason)
    }

    pub(crate) fn timed_out(reason: String) -> Self {
        Self::new(504, "InternalServerErrorException", "Endpoint request timed out", reason)
    }

    pub(crate) fn response(&self, request_id: &str) -> Response {
        // A denial's text comes with a capital letter, as AWS sends it.
        let member = if self.denial.is_some() { "Message" } else { "message" };
        let body = serde_json::json!({ member: self.message }).to_string();
        let headers = [
            ("content-type", "application/json"),
            ("x-amzn-requestid", request_id),
            ("x-amzn-errortype", &self.code),
        ];
        Response {
            status: self.status,
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: body.into(),
            rest: None,
        }
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Self::integration_failure(error.to_string())
    }
}

impl From<store::Fault> for Refusal {
    fn from(fault: store::Fault) -> Self {
        Self::from(ServiceError::from(fault))
    }
}
