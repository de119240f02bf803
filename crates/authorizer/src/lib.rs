//! What REST and HTTP APIs share of Lambda authorizers, without I/O: what a function's answer
//! says, what its policy decides, and for how long the answer is kept.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>

mod answer;
mod cache;

pub use answer::{Answer, AnswerError};
pub use cache::Cache;
