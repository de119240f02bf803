//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html>

use super::check;
use crate::state::{LoadBalancer, Placement};
use crate::{Elb, access, answer, api, find, invalid};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::SetSubnets {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        let asked = access::on(&state, call, "SetSubnets", input.load_balancer_arn.as_deref());
        Ok(vec![access::with(asked, "Subnet", Some(&subnets(input)))])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        if input.ip_address_type.as_deref().is_some_and(|kind| kind != "ipv4") {
            return Err(ServiceError::not_implemented("A load balancer with IPv6 addresses"));
        }
        let mappings = input.subnet_mappings.as_deref().unwrap_or_default();
        if mappings.iter().any(|m| m.allocation_id.is_some() || m.private_ipv4_address.is_some()) {
            return Err(ServiceError::not_implemented("A chosen address of a load balancer"));
        }
        let arn = input.load_balancer_arn.clone().unwrap_or_default();
        let lb = find::load_balancer(&elb.store.read(), &call.scope, &arn)?;
        let (vpc, placements) = check::placements(elb, &call.scope, lb.kind, subnets(&input))?;
        if vpc != lb.vpc {
            return Err(invalid::configuration("The subnets must be in the load balancer's VPC"));
        }
        elb.store
            .write(|tx| {
                let lb = find::load_balancer(&tx.snapshot(), &call.scope, &arn)?;
                let known = |wanted: &Placement| {
                    lb.placements.iter().find(|own| own.subnet == wanted.subnet).unwrap_or(wanted).clone()
                };
                let placements = placements.iter().map(known).collect();
                tx.put(&LoadBalancer { placements, ..LoadBalancer::clone(&lb) })?;
                Ok::<_, ServiceError>(())
            })
            .await?;
        let lb = elb.settle(&arn, &call.scope).await?;
        elb.leave_subnets(&lb).await?;
        Ok(api::SetSubnetsOutput {
            availability_zones: Some(lb.placements.iter().map(answer::zone_of).collect()),
            ip_address_type: Some("ipv4".to_owned()),
            ..Default::default()
        })
    }
}

fn subnets(input: &api::SetSubnetsInput) -> Vec<String> {
    let mapped = input.subnet_mappings.iter().flatten().filter_map(|m| m.subnet_id.clone());
    input.subnets.iter().flatten().cloned().chain(mapped).collect()
}
