//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeLoadBalancerTargetGroups.html>

use crate::page::page;
use crate::{Scaling, access, api};
use crate::{find, targets};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::DescribeLoadBalancerTargetGroups {
    fn access(_: &Scaling, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeLoadBalancerTargetGroups"))
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let group =
            find::group(&scaling.store.read(), &call.scope, input.auto_scaling_group_name.as_deref())?;
        let (arns, next_token) =
            page(group.target_groups.clone(), String::clone, input.max_records, input.next_token.as_deref())?;
        let mut shown = Vec::new();
        for arn in arns {
            shown.push(api::LoadBalancerTargetGroupState {
                state: Some(targets::state_of(scaling, &group, &arn)?.to_owned()),
                load_balancer_target_group_arn: Some(arn),
            });
        }
        Ok(api::DescribeLoadBalancerTargetGroupsResponse {
            load_balancer_target_groups: Some(shown),
            next_token,
        })
    }
}
