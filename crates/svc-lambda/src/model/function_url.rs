//! The address of a function or of one of its aliases.

use crate::api;
use crate::name::{LATEST, Named};
use base::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

/// The invoke mode of an address that streams.
pub const RESPONSE_STREAM: &str = "RESPONSE_STREAM";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionUrl {
    pub scope: Scope,
    pub function_name: String,
    pub alias: Option<String>,
    /// The first label of the host name.
    pub id: String,
    pub auth: UrlAuth,
    pub cors: Option<Cors>,
    /// Whether what the function writes is sent as it comes.
    #[serde(default)]
    pub streams: bool,
    pub created: Timestamp,
    pub modified: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum UrlAuth {
    Iam,
    None,
}

/// What browsers of other sites may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    pub allow_credentials: Option<bool>,
    pub allow_headers: Option<Vec<String>>,
    pub allow_methods: Option<Vec<String>>,
    pub allow_origins: Option<Vec<String>>,
    pub expose_headers: Option<Vec<String>>,
    pub max_age_s: Option<i32>,
}

impl store::Table for FunctionUrl {
    const NAME: &'static str = "lambda.function_url";

    fn key(&self) -> String {
        Self::key_of(&self.named())
    }
}

impl UrlAuth {
    pub fn of(text: &str) -> Self {
        if text == "NONE" { Self::None } else { Self::Iam }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iam => "AWS_IAM",
            Self::None => "NONE",
        }
    }
}

impl From<api::Cors> for Cors {
    fn from(given: api::Cors) -> Self {
        Self {
            allow_credentials: given.allow_credentials,
            allow_headers: given.allow_headers,
            allow_methods: given.allow_methods,
            allow_origins: given.allow_origins,
            expose_headers: given.expose_headers,
            max_age_s: given.max_age,
        }
    }
}

impl FunctionUrl {
    pub fn key_of(named: &Named) -> String {
        named.scope.key(&format!("{}:{}", named.name, named.qualifier.as_deref().unwrap_or(LATEST)))
    }

    pub fn named(&self) -> Named {
        let (scope, name) = (self.scope.clone(), self.function_name.clone());
        Named { scope, name, qualifier: self.alias.clone() }
    }

    pub fn domain(&self) -> String {
        format!("{}.lambda-url.{}.on.aws", self.id, self.scope.region)
    }

    pub fn render(&self) -> api::GetFunctionUrlConfigResponse {
        api::GetFunctionUrlConfigResponse {
            auth_type: Some(self.auth.as_str().to_owned()),
            cors: self.cors.as_ref().map(|cors| api::Cors {
                allow_credentials: cors.allow_credentials,
                allow_headers: cors.allow_headers.clone(),
                allow_methods: cors.allow_methods.clone(),
                allow_origins: cors.allow_origins.clone(),
                expose_headers: cors.expose_headers.clone(),
                max_age: cors.max_age_s,
            }),
            creation_time: Some(self.created.iso8601_ms()),
            function_arn: Some(self.named().qualified_arn().to_string()),
            function_url: Some(format!("https://{}/", self.domain())),
            invoke_mode: Some(if self.streams { RESPONSE_STREAM } else { "BUFFERED" }.to_owned()),
            last_modified_time: Some(self.modified.iso8601_ms()),
        }
    }
}
