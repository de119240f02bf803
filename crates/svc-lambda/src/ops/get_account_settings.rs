//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html>

use crate::concurrency;
use crate::lambda::Lambda;
use crate::model::{Function, LayerVersion};
use crate::{api, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetAccountSettings {
    fn access(_: &Lambda, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("lambda:GetAccountSettings", "*")])
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        _: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let functions = lambda.store.read().scan::<Function>(&call.scope.prefix())?;
        let limit = lambda.config.concurrent_executions;
        let taken = concurrency::taken(&lambda.store.read(), &call.scope)?;
        let reserved: u32 = taken.values().map(|t| t.total()).sum();
        let layers = lambda.store.read().scan::<LayerVersion>(&call.scope.prefix())?;
        let sizes = functions.iter().map(|f| f.settings.code.size);
        let used: u64 = sizes.chain(layers.iter().map(|l| l.code.size)).sum();
        Ok(api::GetAccountSettingsResponse {
            account_limit: Some(api::AccountLimit {
                code_size_unzipped: i64::try_from(quota::UNZIPPED_BYTES).ok(),
                code_size_zipped: i64::try_from(quota::ZIPPED_BYTES).ok(),
                concurrent_executions: i32::try_from(limit).ok(),
                total_code_size: i64::try_from(quota::CODE_STORAGE_BYTES).ok(),
                unreserved_concurrent_executions: i32::try_from(limit.saturating_sub(reserved)).ok(),
            }),
            account_usage: Some(api::AccountUsage {
                function_count: i64::try_from(functions.iter().filter(|f| f.is_latest()).count()).ok(),
                total_code_size: i64::try_from(used).ok(),
            }),
        })
    }
}
