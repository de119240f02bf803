//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/vpclinks#CreateVpcLink>

use super::may;
use crate::state::{LinkStage, VpcLink};
use crate::{ApiGatewayV2, api, error, quota, render, shape, tags};
use base::{SecurityGroupId, SubnetId};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<ApiGatewayV2> for api::CreateVpcLink {
    fn access(_: &ApiGatewayV2, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", "/vpclinks"))
    }

    async fn run(
        gateway: &ApiGatewayV2,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let subnets: Vec<SubnetId> = ids(input.subnet_ids);
        let groups: Vec<SecurityGroupId> = ids(input.security_group_ids);
        if subnets.is_empty() {
            return Err(error::bad_request("At least one subnet must be specified"));
        }
        if subnets.len() > quota::SUBNETS_OF_A_LINK {
            return Err(error::bad_request(format!(
                "A VPC link has {} subnets at most",
                quota::SUBNETS_OF_A_LINK
            )));
        }
        gateway.needs.links.check(&call.scope, &subnets, &groups).map_err(error::bad_request)?;
        let made = VpcLink {
            scope: call.scope.clone(),
            id: gateway.id(6),
            name: input.name.unwrap_or_default(),
            subnets,
            groups,
            created: call.now,
            stage: LinkStage::Pending,
            interfaces: Vec::new(),
            tags: tags::checked(input.tags)?,
        };
        gateway
            .store
            .write(|tx: &mut Tx| {
                if tx.snapshot().scan::<VpcLink>(&call.scope.prefix())?.len() >= quota::VPC_LINKS {
                    return Err(error::too_many(
                        "Maximum number of VPC links for this account has been reached.",
                    ));
                }
                Ok(tx.put(&made)?)
            })
            .await?;
        gateway.links_changed.notify_one();
        shape::as_shape(render::vpc_link(&made))
    }
}

/// Each once, in the order given.
fn ids<T: From<String> + PartialEq>(texts: Option<Vec<String>>) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    for id in texts.into_iter().flatten().map(T::from) {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}
