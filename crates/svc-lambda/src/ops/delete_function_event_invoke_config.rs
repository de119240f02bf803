//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html>

use super::event_invoke_configs::absent;
use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::EventInvokeConfig;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::DeleteFunctionEventInvokeConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "DeleteFunctionEventInvokeConfig", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        let key = EventInvokeConfig::key_of(&named);
        lambda
            .store
            .write(|tx: &mut Tx| {
                if tx.get::<EventInvokeConfig>(&key)?.is_none() {
                    return Err(absent(&named));
                }
                tx.delete::<EventInvokeConfig>(&key)?;
                Ok(())
            })
            .await?;
        Ok(Self::Output::default())
    }
}
