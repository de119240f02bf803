//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html>

use super::{access, named};
use crate::lambda::Lambda;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::DeleteFunctionConcurrency {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "DeleteFunctionConcurrency", &named(call, input.function_name.as_deref(), None)?)
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
        lambda
            .change(&named, |function| {
                function.reserved_concurrency = None;
                Ok(())
            })
            .await?;
        lambda.concurrency.changed();
        Ok(Self::Output::default())
    }
}
