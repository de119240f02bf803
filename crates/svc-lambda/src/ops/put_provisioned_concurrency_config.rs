//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html>

use super::provisioned_concurrency::{Progress, published};
use super::{access, named};
use crate::concurrency::taken_in;
use crate::lambda::Lambda;
use crate::model::{Alias, ProvisionedConcurrency};
use crate::name::{Named, Target};
use crate::resolve::alias_key;
use crate::{api, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::PutProvisionedConcurrencyConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "PutProvisionedConcurrencyConfig", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        if named.is_latest() {
            return Err(error::invalid_parameter(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
            ));
        }
        published(lambda, &named)?;
        let requested = u32::try_from(input.provisioned_concurrent_executions.unwrap_or_default())
            .map_err(ServiceError::internal)?;
        let config = ProvisionedConcurrency {
            scope: named.scope.clone(),
            function_name: named.name.clone(),
            qualifier: named.qualifier.clone().unwrap_or_default(),
            requested,
            last_modified: call.now,
        };
        let limit = lambda.config.concurrent_executions;
        lambda
            .store
            .write(|tx: &mut Tx| {
                must_be_alone(tx, &named)?;
                must_fit(tx, &config, limit)?;
                tx.put(&config).map_err(ServiceError::from)
            })
            .await?;
        lambda.concurrency.changed();
        lambda.nudge.notify_one();
        let progress = Progress::of(lambda, &config)?;
        Ok(api::PutProvisionedConcurrencyConfigResponse {
            allocated_provisioned_concurrent_executions: Some(progress.ready),
            available_provisioned_concurrent_executions: Some(progress.ready),
            last_modified: Some(config.last_modified_text()),
            requested_provisioned_concurrent_executions: input.provisioned_concurrent_executions,
            status: Some("IN_PROGRESS".to_owned()),
            status_reason: None,
        })
    }
}

/// A version is provisioned by its number or by an alias, not by both.
fn must_be_alone(tx: &Tx, named: &Named) -> Result<(), ServiceError> {
    let configs = tx.scan::<ProvisionedConcurrency>(&named.prefix())?;
    let others = configs.iter().filter(|c| Some(&c.qualifier) != named.qualifier.as_ref());
    match named.target() {
        Target::Alias(name) => {
            let alias = tx.get::<Alias>(&alias_key(named, name))?;
            if others.into_iter().any(|c| alias.as_ref().is_some_and(|a| a.leads_to(&c.qualifier))) {
                return Err(error::conflict(
                    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
                ));
            }
        }
        Target::Version(number) => {
            for config in others {
                let alias = tx.get::<Alias>(&alias_key(named, &config.qualifier))?;
                if alias.is_some_and(|alias| alias.leads_to(number)) {
                    return Err(error::conflict("Version is pointed by a Provisioned Concurrency alias"));
                }
            }
        }
        Target::Latest => {}
    }
    Ok(())
}

fn must_fit(tx: &Tx, config: &ProvisionedConcurrency, limit: u32) -> Result<(), ServiceError> {
    let mut taken = taken_in(tx, &config.scope)?;
    let own = taken.remove(&config.function_name).unwrap_or_default();
    let before = tx.get::<ProvisionedConcurrency>(&store::Table::key(config))?.map_or(0, |c| c.requested);
    let wanted = own.provisioned.saturating_sub(before).saturating_add(config.requested);
    if let Some(reserved) = own.reserved {
        if wanted > reserved {
            return Err(error::invalid_parameter(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
            ));
        }
        return Ok(());
    }
    let unreserved = limit.saturating_sub(taken.values().map(|t| t.total()).sum());
    if wanted > unreserved {
        return Err(error::invalid_parameter(format!(
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{unreserved}]."
        )));
    }
    if unreserved - wanted < quota::MINIMUM_UNRESERVED_CONCURRENCY {
        return Err(error::invalid_parameter(format!(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{}].",
            quota::MINIMUM_UNRESERVED_CONCURRENCY
        )));
    }
    Ok(())
}
