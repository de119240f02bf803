//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html>

use super::function_urls::{access, named};
use crate::lambda::Lambda;
use crate::model::{FunctionUrl, RESPONSE_STREAM, UrlAuth};
use crate::{api, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<Lambda> for api::CreateFunctionUrlConfig {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        access(lambda, "CreateFunctionUrlConfig", &named, input.auth_type.as_deref())
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let named = named(call, input.function_name.as_deref(), input.qualifier.as_deref())?;
        if lambda.find(&named)?.is_none() {
            return Err(error::not_found("Function does not exist"));
        }
        let url = FunctionUrl {
            scope: named.scope.clone(),
            function_name: named.name.clone(),
            alias: named.qualifier.clone().filter(|_| !named.is_latest()),
            id: lambda.needs.ids.pick(quota::URL_ID_LENGTH, b"abcdefghijklmnopqrstuvwxyz234567"),
            auth: UrlAuth::of(input.auth_type.as_deref().unwrap_or_default()),
            cors: input.cors.map(Into::into),
            streams: input.invoke_mode.as_deref() == Some(RESPONSE_STREAM),
            created: call.now,
            modified: call.now,
        };
        lambda
            .store
            .write(|tx: &mut Tx| {
                if tx.get::<FunctionUrl>(&url.key())?.is_some() {
                    return Err(error::conflict(format!(
                        "Failed to create function url config for [functionArn = {}]. Error message:  FunctionUrlConfig exists for this Lambda function",
                        named.qualified_arn()
                    )));
                }
                tx.put(&url).map_err(ServiceError::from)
            })
            .await?;
        let shown = url.render();
        Ok(api::CreateFunctionUrlConfigResponse {
            auth_type: shown.auth_type,
            cors: shown.cors,
            creation_time: shown.creation_time,
            function_arn: shown.function_arn,
            function_url: shown.function_url,
            invoke_mode: shown.invoke_mode,
        })
    }
}
