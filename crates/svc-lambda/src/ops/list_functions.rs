//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html>

use super::page::page;
use crate::api;
use crate::lambda::Lambda;
use crate::model::Function;
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::sync::Arc;

impl Handler<Lambda> for api::ListFunctions {
    fn access(_: &Lambda, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("lambda:ListFunctions", "*")])
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        // With FunctionVersion=ALL every entry is a version, and says so in its ARN.
        let versions = input.function_version.is_some();
        let mut all = lambda.store.read().scan::<Function>(&call.scope.prefix())?;
        all.retain(|f| versions || f.is_latest());
        all.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
        let keyed: Vec<(String, Arc<Function>)> = all.into_iter().map(|f| (marker_of(&f), f)).collect();
        let (functions, next_marker) =
            page(keyed, |(marker, _)| marker, input.marker.as_deref(), input.max_items);
        let render = |f: &Function| api::FunctionConfiguration {
            function_arn: Some(if versions { f.version_arn() } else { f.arn() }.to_string()),
            ..f.render_listed()
        };
        Ok(api::ListFunctionsResponse {
            functions: Some(functions.iter().map(|(_, f)| render(f)).collect()),
            next_marker,
        })
    }
}

/// Sorts as the list is sorted: by name, and by number.
fn marker_of(function: &Function) -> String {
    match function.version {
        Some(number) => format!("{} {number:020}", function.name),
        None => function.name.clone(),
    }
}
