//! The runtimes that moat runs, and what AWS says about those it has given up.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>

use crate::error;
use service::ServiceError;

/// A runtime by the name that people use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime(String);

/// Runtimes with which AWS neither creates nor updates functions any more.
const GIVEN_UP: [&str; 21] = [
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "java8",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "provided",
    "ruby2.7",
];

const SERVED: [&str; 10] = [
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "provided.al2023",
];

impl Runtime {
    pub fn parse(text: &str) -> Result<Self, ServiceError> {
        if SERVED.contains(&text) {
            return Ok(Self(text.to_owned()));
        }
        if GIVEN_UP.contains(&text) {
            return Err(error::invalid_parameter(format!(
                "The runtime parameter of {text} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."
            )));
        }
        Err(ServiceError::not_implemented(&format!("the runtime {text}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `python:3.12` for `python3.12`, as INIT_START prints it.
    pub fn family_and_version(name: &str) -> String {
        match name.find(|c: char| c.is_ascii_digit()) {
            Some(at) if !name.contains('.') || name.starts_with("python") => {
                let (family, version) = name.split_at(at);
                format!("{family}:{version}")
            }
            _ => name.replacen('.', ":", 1),
        }
    }
}
