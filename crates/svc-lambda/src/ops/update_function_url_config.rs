//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html>

use super::function_urls::{access, named};
use crate::lambda::Lambda;
use crate::model::{FunctionUrl, RESPONSE_STREAM, UrlAuth};
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::UpdateFunctionUrlConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "UpdateFunctionUrlConfig", &named, input.auth_type.as_deref())
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        let url = lambda
            .store
            .write(|tx: &mut Tx| {
                let found = tx.get::<FunctionUrl>(&FunctionUrl::key_of(&named))?;
                let mut url = FunctionUrl::clone(&*found.ok_or_else(error::no_such_resource)?);
                if let Some(auth) = input.auth_type.as_deref() {
                    url.auth = UrlAuth::of(auth);
                }
                url.cors = input.cors.map(Into::into).or(url.cors);
                if let Some(mode) = input.invoke_mode.as_deref() {
                    url.streams = mode == RESPONSE_STREAM;
                }
                url.modified = call.now;
                tx.put(&url)?;
                Ok::<_, ServiceError>(url)
            })
            .await?;
        let shown = url.render();
        Ok(api::UpdateFunctionUrlConfigResponse {
            auth_type: shown.auth_type,
            cors: shown.cors,
            creation_time: shown.creation_time,
            function_arn: shown.function_arn,
            function_url: shown.function_url,
            invoke_mode: shown.invoke_mode,
            last_modified_time: shown.last_modified_time,
        })
    }
}
