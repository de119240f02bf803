//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html>

use super::page::page;
use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::Function;
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::sync::Arc;

impl Handler<Lambda> for api::ListVersionsByFunction {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "ListVersionsByFunction", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        let latest = lambda.function(&named)?;
        let versions = lambda.store.read().scan::<Function>(&named.prefix())?;
        let mut all: Vec<(String, Arc<Function>)> =
            versions.into_iter().map(|v| (marker_of(&v), v)).collect();
        all.push((marker_of(&latest), latest));
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let (page, next_marker) = page(all, |(marker, _)| marker, input.marker.as_deref(), input.max_items);
        let render = |function: &Function| api::FunctionConfiguration {
            function_arn: Some(function.version_arn().to_string()),
            ..function.render_listed()
        };
        let versions = Some(page.iter().map(|(_, function)| render(function)).collect());
        Ok(api::ListVersionsByFunctionResponse { versions, next_marker })
    }
}

/// `$LATEST` comes first, then the numbers.
fn marker_of(function: &Function) -> String {
    function.version.map_or_else(|| "$LATEST".to_owned(), |number| format!("{number:020}"))
}
