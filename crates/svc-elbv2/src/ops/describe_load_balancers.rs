//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html>

use crate::page::page;
use crate::{Elb, access, answer, api, find, invalid};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Elb> for api::DescribeLoadBalancers {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeLoadBalancers"))
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = elb.store.read();
        let (arns, names) = (
            input.load_balancer_arns.as_deref().unwrap_or_default(),
            input.names.as_deref().unwrap_or_default(),
        );
        if !arns.is_empty() && !names.is_empty() {
            return Err(invalid::validation(
                "Load balancer names and load balancer ARNs cannot be specified at the same time",
            ));
        }
        let mut found = Vec::new();
        for arn in arns {
            found.push(find::load_balancer(&state, &call.scope, arn)?);
        }
        let all = find::load_balancers(&state, &call.scope)?;
        for name in names {
            let named = all.iter().find(|lb| lb.name == *name).cloned();
            found.push(named.ok_or_else(|| invalid::load_balancer_not_found(name))?);
        }
        if arns.is_empty() && names.is_empty() {
            found = all;
        }
        let (shown, next_marker) = page(found, |lb| lb.key(), input.page_size, input.marker.as_deref())?;
        let shown = shown.iter().map(|lb| answer::load_balancer(lb)).collect();
        Ok(api::DescribeLoadBalancersOutput { load_balancers: Some(shown), next_marker })
    }
}
