//! Tags of APIs, stages, keys and plans.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging.html>

use crate::domain_names::refused;
use crate::state::{ApiKey, RestApi, Stage, Tags, UsagePlan, VpcLink};
use crate::{error, quota, read};
use base::{Arn, Scope};
use domains::{DomainError, DomainName};
use service::ServiceError;
use std::sync::Arc;
use store::{Snapshot, Tx};

pub fn checked(tags: Option<Tags>) -> Result<Tags, ServiceError> {
    let tags = tags.unwrap_or_default();
    if tags.len() > quota::TAGS {
        return Err(error::bad_request(format!("Too many tags: at most {} are allowed", quota::TAGS)));
    }
    if tags.keys().any(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(error::bad_request(
            "Invalid tag key: aws: prefixed tag key names are not allowed for external use.",
        ));
    }
    Ok(tags)
}

/// What can have tags, by ARN: `arn:aws:apigateway:REGION::/restapis/ID/stages/NAME`.
pub enum Tagged {
    RestApi(String),
    Stage(String, String),
    ApiKey(String),
    UsagePlan(String),
    VpcLink(String),
    DomainName(String),
}

impl Tagged {
    /// # Errors
    /// `BadRequestException` for an ARN of something else.
    pub fn parse(scope: &Scope, text: &str) -> Result<Self, ServiceError> {
        let invalid = || error::bad_request("Invalid ARN specified in the request");
        let arn: Arn = text
            .parse()
            .map_err(|_| error::bad_request(format!("Invalid ARN. ARN is not well formed {text}")))?;
        if arn.service != "apigateway" || arn.region != scope.region.as_str() {
            return Err(invalid());
        }
        let parts: Vec<&str> = arn.resource.split('/').skip(1).collect();
        match parts[..] {
            ["restapis", id] => Ok(Self::RestApi(id.to_owned())),
            ["restapis", id, "stages", stage] => Ok(Self::Stage(id.to_owned(), stage.to_owned())),
            ["apikeys", id] => Ok(Self::ApiKey(id.to_owned())),
            ["usageplans", id] => Ok(Self::UsagePlan(id.to_owned())),
            ["vpclinks", id] => Ok(Self::VpcLink(id.to_owned())),
            ["domainnames", name] => Ok(Self::DomainName(name.to_ascii_lowercase())),
            _ => Err(invalid()),
        }
    }

    pub fn tags(&self, rows: &Snapshot, scope: &Scope) -> Result<Tags, ServiceError> {
        Ok(match self {
            Self::RestApi(id) => read::rest_api(rows, scope, id)?.tags,
            Self::Stage(id, stage) => read::stage(rows, scope, id, stage)?.tags,
            Self::ApiKey(id) => read::api_key(rows, scope, id)?.tags,
            Self::UsagePlan(id) => read::usage_plan(rows, scope, id)?.tags,
            Self::VpcLink(id) => read::vpc_link(rows, scope, id)?.tags,
            Self::DomainName(name) => domain(rows, scope, name)?.tags.clone(),
        })
    }

    pub fn put(&self, tx: &mut Tx, scope: &Scope, tags: Tags) -> Result<(), ServiceError> {
        let rows = tx.snapshot();
        match self {
            Self::RestApi(id) => tx.put(&RestApi { tags, ..read::rest_api(&rows, scope, id)? })?,
            Self::Stage(id, stage) => tx.put(&Stage { tags, ..read::stage(&rows, scope, id, stage)? })?,
            Self::ApiKey(id) => tx.put(&ApiKey { tags, ..read::api_key(&rows, scope, id)? })?,
            Self::UsagePlan(id) => tx.put(&UsagePlan { tags, ..read::usage_plan(&rows, scope, id)? })?,
            Self::VpcLink(id) => tx.put(&VpcLink { tags, ..read::vpc_link(&rows, scope, id)? })?,
            Self::DomainName(name) => {
                tx.put(&DomainName { tags, ..DomainName::clone(&*domain(&rows, scope, name)?) })?;
            }
        }
        Ok(())
    }
}

fn domain(rows: &Snapshot, scope: &Scope, name: &str) -> Result<Arc<DomainName>, ServiceError> {
    let found = rows.get::<DomainName>(&scope.key(name))?;
    found.ok_or_else(|| refused(DomainError::NoDomain))
}
