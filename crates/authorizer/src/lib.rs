//! What REST and HTTP APIs share of authorizers, without I/O: where they look, what a function's answer
//! says, what its policy decides, and for how long the answer is kept.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>

mod answer;
mod cache;
mod identity_source;

pub use answer::{Answer, AnswerError};
pub use cache::Cache;
pub use identity_source::{IdentitySource, Spelling};
