//! Where services differ in what they sign.

/// How a service builds the canonical request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Remove `.`, `..` and empty segments from the path.
    pub normalize_path: bool,
    /// Encode the path of the request line once more, so that `%3A` becomes `%253A`.
    pub encode_path_again: bool,
    /// Whether the client may leave the body out of the signature.
    pub unsigned_payload: bool,
    /// Whether a session token in the query is part of the signed query.
    pub signed_query_token: bool,
}

impl Rules {
    /// What all services but S3 do.
    pub const STANDARD: Self = Self {
        normalize_path: true,
        encode_path_again: true,
        unsigned_payload: false,
        signed_query_token: true,
    };

    /// S3 signs the path as it is, because `a//b` and `a/../b` are object keys.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
    pub const S3: Self = Self {
        normalize_path: false,
        encode_path_again: false,
        unsigned_payload: true,
        signed_query_token: true,
    };

    /// The rules of a service by the name in its credential scope.
    pub fn of(signing_name: &str) -> Self {
        match signing_name {
            "s3" | "s3express" | "s3-object-lambda" | "s3-outposts" => Self::S3,
            _ => Self::STANDARD,
        }
    }
}
