//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateVpcLink.html>

use super::may;
use crate::state::VpcLink;
use crate::{ApiGateway, api, error, quota, render, tags};
use base::{Arn, Scope};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

/// As AWS answers while it makes one.
const PENDING: &str = "PENDING";

impl Handler<ApiGateway> for api::CreateVpcLink {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", "/vpclinks"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let made = VpcLink {
            scope: call.scope.clone(),
            id: gateway.id(6),
            name: input.name.unwrap_or_default(),
            description: input.description,
            target: target(&call.scope, input.target_arns.unwrap_or_default())?,
            tags: tags::checked(input.tags)?,
        };
        gateway
            .store
            .write(|tx: &mut Tx| {
                if tx.snapshot().scan::<VpcLink>(&call.scope.prefix())?.len() >= quota::VPC_LINKS {
                    return Err(error::limit_exceeded("Maximum number of vpc links exceeded"));
                }
                Ok(tx.put(&made)?)
            })
            .await?;
        Ok(api::VpcLink { status: Some(PENDING.to_owned()), ..render::vpc_link(&made) })
    }
}

/// The one network load balancer that a link leads to, of the same account and region.
fn target(scope: &Scope, mut targets: Vec<String>) -> Result<String, ServiceError> {
    if targets.len() > 1 {
        return Err(error::bad_request("More than one target arn specified for vpc link."));
    }
    let target = targets.pop().ok_or_else(|| error::bad_request("No target arn specified for vpc link."))?;
    let arn: Option<Arn> = target.parse().ok();
    let is_balancer = arn.is_some_and(|arn| {
        arn.service == "elasticloadbalancing"
            && arn.resource.starts_with("loadbalancer/net/")
            && arn.region == scope.region.as_str()
            && arn.account == scope.account.as_str()
    });
    if is_balancer { Ok(target) } else { Err(error::bad_request("Invalid ARN specified in the request")) }
}
