//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>

use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::GetFunction {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(
            lambda,
            "GetFunction",
            &named(call, input.function_name.as_deref(), input.qualifier.as_deref())?,
        )
    }

    /// The code has no `Location`: moat serves no presigned download of packages, and an
    /// address that leads nowhere would be worse than none.
    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        let function = lambda.function(&named)?;
        let function_arn = Some(named.qualified_arn().to_string());
        let configuration = api::FunctionConfiguration { function_arn, ..function.render() };
        let whole = lambda.function(&named.unqualified())?;
        Ok(api::GetFunctionResponse {
            configuration: Some(configuration),
            code: Some(api::FunctionCodeLocation::default()),
            concurrency: whole.reserved_concurrency.map(|reserved| api::Concurrency {
                reserved_concurrent_executions: i32::try_from(reserved).ok(),
            }),
            tags: (!whole.tags.is_empty()).then(|| whole.tags.clone()),
            tags_error: None,
        })
    }
}
