//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html>

use super::provisioned_concurrency::{must_be_published, published};
use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::ProvisionedConcurrency;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::DeleteProvisionedConcurrencyConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "DeleteProvisionedConcurrencyConfig", &named)
    }

    /// A config that is gone already is gone.
    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        must_be_published(&named)?;
        published(lambda, &named)?;
        let qualifier = named.qualifier.as_deref().unwrap_or_default();
        let key = named.scope.key(&format!("{}:{qualifier}", named.name));
        lambda
            .store
            .write(|tx: &mut Tx| tx.delete::<ProvisionedConcurrency>(&key).map_err(ServiceError::from))
            .await?;
        lambda.concurrency.changed();
        lambda.nudge.notify_one();
        Ok(Self::Output::default())
    }
}
