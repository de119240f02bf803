//! One refusal, five ways to say it: services of different protocols give the same reason
//! different codes and statuses.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>

use crate::Error;

/// The way of a family of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// IAM, STS, RDS.
    Query,
    Ec2,
    /// Secrets Manager, CloudWatch Logs.
    Json,
    /// Lambda.
    RestJson,
    S3,
}

/// Code, status and text for the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub status: u16,
    pub message: String,
}

/// What went wrong, as coarsely as the codes tell it.
enum Kind {
    Missing,
    Incomplete,
    Mismatch,
    Time,
    UnknownKey,
    ExpiredToken,
    ContentHash,
    ContentHashValue,
}

impl Error {
    pub fn refusal(&self, dialect: Dialect) -> Refusal {
        let kind = self.kind();
        let (code, status) = code(dialect, &kind);
        Refusal { code, status, message: self.text(dialect, &kind) }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::MissingAuthenticationToken => Kind::Missing,
            Self::TwoMechanisms
            | Self::IncompleteHeader { .. }
            | Self::NotAPair(_)
            | Self::IncompleteQuery(_)
            | Self::Algorithm(_)
            | Self::Expires(_)
            | Self::SignedHeaders(_)
            | Self::Credential(_) => Kind::Incomplete,
            Self::Terminator(_)
            | Self::ScopeRegion(_)
            | Self::ScopeService(_)
            | Self::ScopeDate { .. }
            | Self::HostNotSigned
            | Self::SignedHeaderAbsent(_)
            | Self::Mismatch { .. } => Kind::Mismatch,
            Self::Expired { .. } | Self::NotYetCurrent { .. } => Kind::Time,
            Self::InvalidClientToken => Kind::UnknownKey,
            Self::ExpiredToken => Kind::ExpiredToken,
            Self::ContentHash => Kind::ContentHash,
            Self::ContentHashValue => Kind::ContentHashValue,
        }
    }

    /// Some have texts of their own for some reasons.
    fn text(&self, dialect: Dialect, kind: &Kind) -> String {
        let own = match (dialect, kind) {
            (
                Dialect::Ec2,
                Kind::Mismatch | Kind::UnknownKey | Kind::ContentHash | Kind::ContentHashValue,
            ) => "AWS was not able to validate the provided access credentials",
            (Dialect::Ec2, Kind::Time | Kind::ExpiredToken) => "Request has expired.",
            (Dialect::S3, Kind::Missing) => "Access Denied",
            (Dialect::Json | Dialect::RestJson, Kind::Missing) => "Missing Authentication Token",
            (Dialect::Ec2, Kind::Missing) => "The request must contain the parameter AWSAccessKeyId",
            (Dialect::S3, Kind::Mismatch) => {
                "The request signature we calculated does not match the signature you provided. Check your key and signing method."
            }
            (Dialect::S3, Kind::Time) => match self {
                Self::Expired { form: crate::Form::Query { .. }, .. } => "Request has expired",
                _ => "The difference between the request time and the current time is too large.",
            },
            (Dialect::S3, Kind::UnknownKey) => {
                "The AWS Access Key Id you provided does not exist in our records."
            }
            (Dialect::S3, Kind::ExpiredToken) => "The provided token has expired.",
            _ => return self.to_string(),
        };
        own.to_owned()
    }
}

fn code(dialect: Dialect, kind: &Kind) -> (&'static str, u16) {
    match dialect {
        Dialect::Query => query_code(kind),
        Dialect::Ec2 => match kind {
            Kind::Mismatch | Kind::UnknownKey | Kind::ContentHash | Kind::ContentHashValue => {
                ("AuthFailure", 401)
            }
            Kind::Time | Kind::ExpiredToken => ("RequestExpired", 400),
            Kind::Missing => ("MissingParameter", 400),
            Kind::Incomplete => query_code(kind),
        },
        Dialect::Json => (json_code(kind), 400),
        Dialect::RestJson => (json_code(kind), 403),
        Dialect::S3 => s3_code(kind),
    }
}

fn query_code(kind: &Kind) -> (&'static str, u16) {
    match kind {
        Kind::Missing => ("MissingAuthenticationToken", 403),
        Kind::Incomplete => ("IncompleteSignature", 400),
        Kind::Mismatch | Kind::Time | Kind::ContentHash | Kind::ContentHashValue => {
            ("SignatureDoesNotMatch", 403)
        }
        Kind::UnknownKey => ("InvalidClientTokenId", 403),
        Kind::ExpiredToken => ("ExpiredToken", 403),
    }
}

fn json_code(kind: &Kind) -> &'static str {
    match kind {
        Kind::Missing => "MissingAuthenticationTokenException",
        Kind::Incomplete => "IncompleteSignatureException",
        Kind::Mismatch | Kind::Time | Kind::ContentHash | Kind::ContentHashValue => {
            "InvalidSignatureException"
        }
        Kind::UnknownKey => "UnrecognizedClientException",
        Kind::ExpiredToken => "ExpiredTokenException",
    }
}

fn s3_code(kind: &Kind) -> (&'static str, u16) {
    match kind {
        Kind::Missing => ("AccessDenied", 403),
        Kind::Incomplete => ("AuthorizationHeaderMalformed", 400),
        Kind::Mismatch => ("SignatureDoesNotMatch", 403),
        Kind::Time => ("RequestTimeTooSkewed", 403),
        Kind::UnknownKey => ("InvalidAccessKeyId", 403),
        Kind::ExpiredToken => ("ExpiredToken", 400),
        Kind::ContentHash => ("XAmzContentSHA256Mismatch", 400),
        Kind::ContentHashValue => ("InvalidArgument", 400),
    }
}
