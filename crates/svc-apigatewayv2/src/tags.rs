//! Tags of APIs and stages.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging.html>

use crate::domain_names::refused;
use crate::state::{Api, Stage, Texts, VpcLink};
use crate::{error, quota, read};
use base::{Arn, Scope};
use domains::{DomainError, DomainName};
use service::ServiceError;
use std::sync::Arc;
use store::{Snapshot, Tx};

pub fn checked(tags: Option<Texts>) -> Result<Texts, ServiceError> {
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

/// What can have tags, by ARN: `arn:aws:apigateway:REGION::/apis/ID/stages/NAME`.
pub enum Tagged {
    Api(String),
    Stage(String, String),
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
            ["apis", id] => Ok(Self::Api(id.to_owned())),
            ["apis", id, "stages", stage] => Ok(Self::Stage(id.to_owned(), stage.to_owned())),
            ["vpclinks", id] => Ok(Self::VpcLink(id.to_owned())),
            ["domainnames", name] => Ok(Self::DomainName(name.to_ascii_lowercase())),
            _ => Err(invalid()),
        }
    }

    pub fn tags(&self, rows: &Snapshot, scope: &Scope) -> Result<Texts, ServiceError> {
        Ok(match self {
            Self::Api(id) => read::api(rows, scope, id)?.tags.clone(),
            Self::Stage(id, stage) => read::stage(rows, scope, id, stage)?.tags,
            Self::VpcLink(id) => read::vpc_link(rows, scope, id)?.tags.clone(),
            Self::DomainName(name) => domain(rows, scope, name)?.tags.clone(),
        })
    }

    pub fn put(&self, tx: &mut Tx, scope: &Scope, tags: Texts) -> Result<(), ServiceError> {
        let rows = tx.snapshot();
        match self {
            Self::Api(id) => tx.put(&Api { tags, ..Api::clone(&*read::api(&rows, scope, id)?) })?,
            Self::Stage(id, stage) => tx.put(&Stage { tags, ..read::stage(&rows, scope, id, stage)? })?,
            Self::VpcLink(id) => {
                tx.put(&VpcLink { tags, ..VpcLink::clone(&*read::vpc_link(&rows, scope, id)?) })?;
            }
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
