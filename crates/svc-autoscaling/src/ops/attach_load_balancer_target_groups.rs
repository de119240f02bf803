//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AttachLoadBalancerTargetGroups.html>

use crate::{Scaling, access, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Scaling> for api::AttachLoadBalancerTargetGroups {
    fn access(scaling: &Scaling, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = scaling.store.read();
        let access = access::on(
            &state,
            call,
            "AttachLoadBalancerTargetGroups",
            input.auto_scaling_group_name.as_deref(),
        );
        Ok(vec![access::with(access, "TargetGroupARNs", input.target_group_arns.clone().unwrap_or_default())])
    }

    async fn run(
        scaling: &Scaling,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arns = input.target_group_arns.unwrap_or_default();
        scaling.attach(call, input.auto_scaling_group_name.as_deref(), arns).await?;
        Ok(Default::default())
    }
}
