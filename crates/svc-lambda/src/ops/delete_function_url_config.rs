//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html>

use super::function_urls::{access, found, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::FunctionUrl;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::DeleteFunctionUrlConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "DeleteFunctionUrlConfig", &named, None)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        found(lambda, &named)?;
        let key = FunctionUrl::key_of(&named);
        lambda.store.write(|tx: &mut Tx| tx.delete::<FunctionUrl>(&key).map_err(ServiceError::from)).await?;
        Ok(Self::Output::default())
    }
}
