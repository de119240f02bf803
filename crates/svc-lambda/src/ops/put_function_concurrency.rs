//! <https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html>

use super::{access, named};
use crate::concurrency::taken_in;
use crate::lambda::Lambda;
use crate::model::Function;
use crate::{api, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::PutFunctionConcurrency {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "PutFunctionConcurrency", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?;
        if named.qualifier.is_some() {
            return Err(error::functions_only());
        }
        let wanted = u32::try_from(input.reserved_concurrent_executions.unwrap_or_default())
            .map_err(ServiceError::internal)?;
        let limit = lambda.config.concurrent_executions;
        lambda
            .store
            .write(|tx: &mut Tx| {
                let mut taken = taken_in(tx, &named.scope)?;
                let own = taken.remove(&named.name).unwrap_or_default();
                if wanted < own.provisioned {
                    return Err(error::invalid_parameter(format!(
                        " ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned concurrency [{}].",
                        own.provisioned
                    )));
                }
                let others: u32 = taken.values().map(|t| t.total()).sum();
                let left = limit.saturating_sub(others).saturating_sub(quota::MINIMUM_UNRESERVED_CONCURRENCY);
                if wanted > left {
                    return Err(error::invalid_parameter(format!(
                        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{}].",
                        quota::MINIMUM_UNRESERVED_CONCURRENCY
                    )));
                }
                let found = tx.get::<Function>(&named.key())?;
                let mut function =
                    Function::clone(&*found.ok_or_else(|| error::function_not_found(&named.arn()))?);
                function.reserved_concurrency = Some(wanted);
                tx.put(&function).map_err(ServiceError::from)
            })
            .await?;
        lambda.concurrency.changed();
        Ok(api::Concurrency { reserved_concurrent_executions: input.reserved_concurrent_executions })
    }
}
