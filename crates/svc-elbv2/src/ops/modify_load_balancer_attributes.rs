//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html>

use crate::model::attributes;
use crate::state::LoadBalancer;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::ModifyLoadBalancerAttributes {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "ModifyLoadBalancerAttributes", input.load_balancer_arn.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arn = input.load_balancer_arn.unwrap_or_default();
        let given = input.attributes.unwrap_or_default();
        let changed = elb
            .store
            .write(|tx| {
                let lb = find::load_balancer(&tx.snapshot(), &call.scope, &arn)?;
                let mut lb = LoadBalancer::clone(&lb);
                let known = attributes::of_load_balancer(lb.kind);
                for attribute in &given {
                    let (key, value) = (attribute.key.as_deref(), attribute.value.as_deref());
                    let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
                    attributes::set(known, &mut lb.attributes, "Load balancer", key, value)?;
                }
                tx.put(&lb)?;
                Ok::<_, ServiceError>(lb)
            })
            .await?;
        elb.nudge.notify_one();
        let all = attributes::all(attributes::of_load_balancer(changed.kind), &changed.attributes);
        let shown = all
            .into_iter()
            .map(|(key, value)| api::LoadBalancerAttribute { key: Some(key), value: Some(value) });
        Ok(api::ModifyLoadBalancerAttributesOutput { attributes: Some(shown.collect()) })
    }
}
