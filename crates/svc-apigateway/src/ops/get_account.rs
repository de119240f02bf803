//! <https://docs.aws.amazon.com/apigateway/latest/api/API_GetAccount.html>

use super::may;
use crate::state::Throttle;
use crate::{ApiGateway, api};
use crate::{quota, render};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::GetAccount {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "GET", "/account"))
    }

    async fn run(_: &ApiGateway, _: &Call, _: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        let throttle = Throttle { rate: quota::ACCOUNT_RATE, burst: quota::ACCOUNT_BURST };
        Ok(api::Account {
            throttle_settings: Some(render::throttle(&throttle)),
            features: Some(vec!["UsagePlans".to_owned()]),
            api_key_version: Some("4".to_owned()),
            cloudwatch_role_arn: None,
        })
    }
}
