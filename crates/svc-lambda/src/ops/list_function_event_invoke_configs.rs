//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html>

use super::event_invoke_configs::must_exist;
use super::page::page;
use super::{access, named};
use crate::api;
use crate::lambda::Lambda;
use crate::model::EventInvokeConfig;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Lambda> for api::ListFunctionEventInvokeConfigs {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "ListFunctionEventInvokeConfigs", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        must_exist(lambda, &named)?;
        let all = lambda.store.read().scan::<EventInvokeConfig>(&named.prefix())?;
        let (configs, next_marker) = page(all, |c| &c.qualifier, input.marker.as_deref(), input.max_items);
        let function_event_invoke_configs = Some(configs.iter().map(|config| config.render()).collect());
        Ok(api::ListFunctionEventInvokeConfigsResponse { function_event_invoke_configs, next_marker })
    }
}
