//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetAccount.html>

use super::may;
use crate::render;
use crate::{ApiGateway, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetAccount {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", "/account"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        _: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        Ok(shown(gateway.cloudwatch_role(&call.scope)?))
    }
}

pub fn shown(cloudwatch_role_arn: Option<String>) -> api::Account {
    api::Account {
        throttle_settings: Some(render::throttle(&throttle::ACCOUNT)),
        features: Some(vec!["UsagePlans".to_owned()]),
        api_key_version: Some("4".to_owned()),
        cloudwatch_role_arn,
    }
}
