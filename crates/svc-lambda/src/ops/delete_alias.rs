//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::{Alias, EventInvokeConfig, FunctionUrl, ProvisionedConcurrency};
use crate::resolve::alias_key;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::DeleteAlias {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "DeleteAlias", &named(call, input.function_name.as_deref(), None)?)
    }

    /// An alias that is gone already is gone, as on AWS.
    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        lambda.function(&named)?;
        let key = alias_key(&named, input.name.as_deref().unwrap_or_default());
        lambda
            .store
            .write(|tx: &mut Tx| {
                tx.delete::<EventInvokeConfig>(&key)?;
                tx.delete::<FunctionUrl>(&key)?;
                tx.delete::<ProvisionedConcurrency>(&key)?;
                tx.delete::<Alias>(&key).map_err(ServiceError::from)
            })
            .await?;
        lambda.concurrency.changed();
        Ok(Self::Output::default())
    }
}
