//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetFunctionConfiguration {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "GetFunctionConfiguration", &named)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        let function = lambda.function(&named)?;
        let function_arn = Some(named.qualified_arn().to_string());
        let configuration = api::FunctionConfiguration { function_arn, ..function.render() };
        Ok(configuration)
    }
}
