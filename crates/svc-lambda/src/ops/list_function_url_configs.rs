//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html>

use super::function_urls::{access, listed, named};
use super::page::page;
use crate::lambda::Lambda;
use crate::model::FunctionUrl;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::ListFunctionUrlConfigs {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "ListFunctionUrlConfigs", &named(call, input.function_name.as_deref(), None)?, None)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        if lambda.find(&named)?.is_none() {
            return Err(error::not_found("Function does not exist"));
        }
        let all = lambda.store.read().scan::<FunctionUrl>(&named.prefix())?;
        let marker_of = |url: &std::sync::Arc<FunctionUrl>| url.alias.clone().unwrap_or_default();
        let mut marked: Vec<_> = all.into_iter().map(|url| (marker_of(&url), url)).collect();
        marked.sort_by(|a, b| a.0.cmp(&b.0));
        let (urls, next_marker) = page(marked, |(m, _)| m, input.marker.as_deref(), input.max_items);
        let function_url_configs = Some(urls.iter().map(|(_, url)| listed(url)).collect());
        Ok(api::ListFunctionUrlConfigsResponse { function_url_configs, next_marker })
    }
}
