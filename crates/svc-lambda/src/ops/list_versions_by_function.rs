//! Versions are not published by moat, so `$LATEST` is the only one.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::ListVersionsByFunction {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "ListVersionsByFunction", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let function = lambda.function(&named(call, input.function_name.as_deref(), None)?)?;
        let latest = api::FunctionConfiguration {
            function_arn: Some(function.latest_arn().to_string()),
            ..function.render_listed()
        };
        Ok(api::ListVersionsByFunctionResponse { versions: Some(vec![latest]), next_marker: None })
    }
}
