//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancerAttributes.html>

use crate::model::attributes;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeLoadBalancerAttributes {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeLoadBalancerAttributes"))
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.load_balancer_arn.as_deref().unwrap_or_default();
        let lb = find::load_balancer(&elb.store.read(), &call.scope, arn)?;
        let all = attributes::all(attributes::of_load_balancer(lb.kind), &lb.attributes);
        let shown = all
            .into_iter()
            .map(|(key, value)| api::LoadBalancerAttribute { key: Some(key), value: Some(value) });
        Ok(api::DescribeLoadBalancerAttributesOutput { attributes: Some(shown.collect()) })
    }
}
