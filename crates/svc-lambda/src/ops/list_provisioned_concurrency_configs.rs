//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html>

use super::page::page;
use super::provisioned_concurrency::Progress;
use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::ProvisionedConcurrency;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::ListProvisionedConcurrencyConfigs {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(
            lambda,
            "ListProvisionedConcurrencyConfigs",
            &named(call, input.function_name.as_deref(), None)?,
        )
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        lambda.function(&named)?;
        let all = lambda.store.read().scan::<ProvisionedConcurrency>(&named.prefix())?;
        let (configs, next_marker) = page(all, |c| &c.qualifier, input.marker.as_deref(), input.max_items);
        let items: Result<Vec<_>, _> = configs.iter().map(|config| item(lambda, config)).collect();
        Ok(api::ListProvisionedConcurrencyConfigsResponse {
            next_marker,
            provisioned_concurrency_configs: Some(items?),
        })
    }
}

fn item(
    lambda: &Lambda,
    config: &ProvisionedConcurrency,
) -> Result<api::ProvisionedConcurrencyConfigListItem, ServiceError> {
    let progress = Progress::of(lambda, config)?;
    Ok(api::ProvisionedConcurrencyConfigListItem {
        allocated_provisioned_concurrent_executions: Some(progress.ready),
        available_provisioned_concurrent_executions: Some(progress.ready),
        function_arn: Some(config.arn().to_string()),
        last_modified: Some(config.last_modified_text()),
        requested_provisioned_concurrent_executions: i32::try_from(config.requested).ok(),
        status: Some(progress.status),
        status_reason: progress.status_reason,
    })
}
