//! What the operations on provisioned concurrency share.

use crate::error;
use crate::lambda::Lambda;
use crate::model::ProvisionedConcurrency;
use crate::name::{Named, Target};
use service::ServiceError;
use std::sync::Arc;

/// How far a config is, as the API shows it.
pub struct Progress {
    pub ready: i32,
    pub status: String,
    pub status_reason: Option<String>,
}

impl Progress {
    pub fn of(lambda: &Lambda, config: &ProvisionedConcurrency) -> Result<Self, ServiceError> {
        let provisioned = lambda.provisioned(config)?;
        let (status, reason) = match () {
            () if provisioned.ready >= config.requested => ("READY", None),
            () if provisioned.failed => ("FAILED", Some("FUNCTION_ERROR_INIT_FAILURE")),
            () => ("IN_PROGRESS", None),
        };
        Ok(Self {
            ready: i32::try_from(provisioned.ready).unwrap_or(i32::MAX),
            status: status.to_owned(),
            status_reason: reason.map(str::to_owned),
        })
    }
}

/// The version or alias must be there.
pub fn published(lambda: &Lambda, named: &Named) -> Result<(), ServiceError> {
    if lambda.find(named)?.is_some() {
        return Ok(());
    }
    let arn = named.qualified_arn();
    Err(match named.target() {
        Target::Alias(_) => error::not_found(format!("Cannot find alias arn: {arn}")),
        _ => error::function_not_found(&arn),
    })
}

pub fn must_be_published(named: &Named) -> Result<(), ServiceError> {
    if named.is_latest() {
        return Err(error::invalid_parameter(
            "The function resource provided must be an alias or a published version.",
        ));
    }
    Ok(())
}

pub fn found(lambda: &Lambda, named: &Named) -> Result<Arc<ProvisionedConcurrency>, ServiceError> {
    must_be_published(named)?;
    published(lambda, named)?;
    let key = named.scope.key(&format!("{}:{}", named.name, named.qualifier.as_deref().unwrap_or_default()));
    lambda
        .store
        .read()
        .get::<ProvisionedConcurrency>(&key)?
        .ok_or_else(error::provisioned_concurrency_config_not_found)
}
