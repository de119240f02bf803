//! Why a request is turned away, by the names under which an API's owner may word the answer.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>

/// What an answer has whose owner says nothing.
pub const DEFAULT_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseType {
    pub name: &'static str,
    /// None for the two that others fall back to.
    pub status: Option<u16>,
}

macro_rules! types {
    ($($constant:ident $status:expr;)*) => {
        impl ResponseType {
            $(pub const $constant: Self = Self { name: stringify!($constant), status: $status };)*
            pub const ALL: &[Self] = &[$(Self::$constant),*];
        }
    };
}

types! {
    ACCESS_DENIED Some(403);
    API_CONFIGURATION_ERROR Some(500);
    AUTHORIZER_CONFIGURATION_ERROR Some(500);
    AUTHORIZER_FAILURE Some(500);
    BAD_REQUEST_BODY Some(400);
    BAD_REQUEST_PARAMETERS Some(400);
    DEFAULT_4XX None;
    DEFAULT_5XX None;
    EXPIRED_TOKEN Some(403);
    INTEGRATION_FAILURE Some(504);
    INTEGRATION_TIMEOUT Some(504);
    INVALID_API_KEY Some(403);
    INVALID_SIGNATURE Some(403);
    MISSING_AUTHENTICATION_TOKEN Some(403);
    QUOTA_EXCEEDED Some(429);
    REQUEST_TOO_LARGE Some(413);
    RESOURCE_NOT_FOUND Some(404);
    THROTTLED Some(429);
    UNAUTHORIZED Some(401);
    UNSUPPORTED_MEDIA_TYPE Some(415);
    WAF_FILTERED Some(403);
}

impl ResponseType {
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name == name)
    }

    /// The one whose wording is taken when this one has none.
    pub fn fallback(self) -> Self {
        if self.status.is_some_and(|status| status >= 500) { Self::DEFAULT_5XX } else { Self::DEFAULT_4XX }
    }
}
