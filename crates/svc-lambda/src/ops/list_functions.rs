//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>

use super::page::page;
use crate::api;
use crate::lambda::Lambda;
use crate::model::Function;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::ListFunctions {
    fn access(_: &Lambda, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("lambda:ListFunctions", "*")])
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let all = lambda.store.read().scan::<Function>(&call.scope.prefix())?;
        let (functions, next_marker) = page(all, |f| &f.name, input.marker.as_deref(), input.max_items);
        // With FunctionVersion=ALL every entry is a version, and says so in its ARN.
        let versions = input.function_version.is_some();
        let render = |f: &Function| api::FunctionConfiguration {
            function_arn: Some(if versions { f.latest_arn() } else { f.arn() }.to_string()),
            ..f.render_listed()
        };
        Ok(api::ListFunctionsResponse {
            functions: Some(functions.iter().map(|f| render(f)).collect()),
            next_marker,
        })
    }
}
