//! What a client is told that is not let in.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>

use crate::model::response_type::ResponseType;
use service::{Denial, ServiceError};
use wire::http::Response;

/// A refusal in AWS's words, and the reason that AWS hides.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: u16,
    /// `x-amzn-errortype`.
    pub code: String,
    /// None where AWS says `null`.
    pub message: Option<String>,
    /// In moat's words; not for the client.
    pub reason: String,
    /// The decision of the policies, when they refused.
    pub denial: Option<Box<Denial>>,
    /// Under which name the API's owner may word it.
    pub(crate) kind: &'static ResponseType,
    /// What a validator found, `$context.error.validationErrorString`.
    pub(crate) validation: Option<String>,
    /// Whether the message's name has a capital letter.
    is_capital: bool,
}

const INTERNAL: &str = "Internal server error";

impl Refusal {
    fn new(kind: &'static ResponseType, code: &str, message: &str, reason: String) -> Self {
        Self {
            status: kind.status.unwrap_or(500),
            code: code.to_owned(),
            message: Some(message.to_owned()),
            reason,
            denial: None,
            kind,
            validation: None,
            is_capital: false,
        }
    }

    pub(crate) fn missing_token(reason: String) -> Self {
        let code = "MissingAuthenticationTokenException";
        Self::new(&ResponseType::MISSING_AUTHENTICATION_TOKEN, code, "Missing Authentication Token", reason)
    }

    pub(crate) fn forbidden(reason: String) -> Self {
        Self::new(&ResponseType::ACCESS_DENIED, "ForbiddenException", "Forbidden", reason)
    }

    pub(crate) fn invalid_key(reason: String) -> Self {
        Self::new(&ResponseType::INVALID_API_KEY, "ForbiddenException", "Forbidden", reason)
    }

    pub(crate) fn too_many(reason: String) -> Self {
        Self::new(&ResponseType::THROTTLED, "TooManyRequestsException", "Too Many Requests", reason)
    }

    /// A domain name's path that leads to no API, as its client is told.
    pub fn unmapped(request_id: &str, reason: String) -> (Response, Self) {
        let refusal = Self::forbidden(reason);
        (refusal.response(request_id), refusal)
    }

    pub(crate) fn limit_exceeded(reason: String) -> Self {
        Self::new(&ResponseType::QUOTA_EXCEEDED, "LimitExceededException", "Limit Exceeded", reason)
    }

    pub(crate) fn invalid_signature(code: &str, message: &str) -> Self {
        let is_expired = code.starts_with("ExpiredToken");
        let kind = if is_expired { &ResponseType::EXPIRED_TOKEN } else { &ResponseType::INVALID_SIGNATURE };
        Self::new(kind, code, message, "the signature was not accepted".to_owned())
    }

    pub(crate) fn too_large() -> Self {
        let (message, reason) =
            ("HTTP content length exceeded 10485760 bytes.", "the body is larger than 10 MB".to_owned());
        Self::new(&ResponseType::REQUEST_TOO_LARGE, "RequestTooLargeException", message, reason)
    }

    /// The policies said no.
    pub(crate) fn denied(message: String, denial: Denial) -> Self {
        let reason = message.clone();
        let refusal = Self::new(&ResponseType::ACCESS_DENIED, "AccessDeniedException", &message, reason);
        // A denial's text comes with a capital letter, as AWS sends it.
        Self { denial: Some(Box::new(denial)), is_capital: true, ..refusal }
    }

    /// An authorizer's function did not let the caller in.
    pub(crate) fn unauthorized(reason: String) -> Self {
        Self::new(&ResponseType::UNAUTHORIZED, "UnauthorizedException", "Unauthorized", reason)
    }

    /// An authorizer's function failed. AWS says nothing of it.
    pub(crate) fn authorizer_failed(reason: String) -> Self {
        let refusal = Self::new(&ResponseType::AUTHORIZER_FAILURE, "AuthorizerFailureException", "", reason);
        Self { message: None, ..refusal }
    }

    /// An authorizer's function cannot be asked, or its answer means nothing.
    pub(crate) fn authorizer_misconfigured(reason: String) -> Self {
        let code = "AuthorizerConfigurationException";
        let refusal = Self::new(&ResponseType::AUTHORIZER_CONFIGURATION_ERROR, code, "", reason);
        Self { message: None, ..refusal }
    }

    pub(crate) fn missing_parameters(names: &[&str]) -> Self {
        let message = format!("Missing required request parameters: [{}]", names.join(", "));
        let reason = "the method's request validator wants them".to_owned();
        Self {
            validation: Some(message.clone()),
            ..Self::new(&ResponseType::BAD_REQUEST_PARAMETERS, "BadRequestException", &message, reason)
        }
    }

    pub(crate) fn invalid_body(violation: String) -> Self {
        let reason = format!("the body does not fit the method's model: {violation}");
        Self {
            validation: Some(violation),
            ..Self::new(
                &ResponseType::BAD_REQUEST_BODY,
                "BadRequestException",
                "Invalid request body",
                reason,
            )
        }
    }

    pub(crate) fn unsupported_media_type(reason: String) -> Self {
        let code = "UnsupportedMediaTypeException";
        Self::new(&ResponseType::UNSUPPORTED_MEDIA_TYPE, code, "Unsupported Media Type", reason)
    }

    /// What is behind the method did not answer as it must.
    pub(crate) fn bad_gateway(reason: String) -> Self {
        let refusal = Self::new(&ResponseType::DEFAULT_5XX, "InternalServerErrorException", INTERNAL, reason);
        Self { status: 502, ..refusal }
    }

    /// Calling what is behind the method failed, or its mappings do.
    pub(crate) fn integration_failure(reason: String) -> Self {
        let code = "InternalServerErrorException";
        Self::new(&ResponseType::API_CONFIGURATION_ERROR, code, INTERNAL, reason)
    }

    /// The server behind the method cannot be reached.
    pub(crate) fn unreachable(reason: String) -> Self {
        let (code, message) = ("InternalServerErrorException", "Network error communicating with endpoint");
        Self::new(&ResponseType::INTEGRATION_FAILURE, code, message, reason)
    }

    pub(crate) fn timed_out(reason: String) -> Self {
        let code = "InternalServerErrorException";
        Self::new(&ResponseType::INTEGRATION_TIMEOUT, code, "Endpoint request timed out", reason)
    }

    /// The body that a client gets unless the API's owner words it.
    pub(crate) fn body(&self) -> String {
        let member = if self.is_capital { "Message" } else { "message" };
        serde_json::json!({ member: self.message }).to_string()
    }

    /// The headers that say what happened.
    pub(crate) fn headers(&self, request_id: &str) -> Vec<(String, String)> {
        let headers = [("x-amzn-requestid", request_id), ("x-amzn-errortype", &self.code)];
        headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    pub(crate) fn response(&self, request_id: &str) -> Response {
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        headers.extend(self.headers(request_id));
        Response { status: self.status, headers, body: self.body().into(), ..Response::default() }
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
