//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html>

use super::check;
use crate::state::{Kind, LoadBalancer};
use crate::{Elb, access, api, find, invalid};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::SetSecurityGroups {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        let asked = access::on(&state, call, "SetSecurityGroups", input.load_balancer_arn.as_deref());
        Ok(vec![access::with(asked, "SecurityGroup", input.security_groups.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let arn = input.load_balancer_arn.unwrap_or_default();
        let lb = find::load_balancer(&elb.store.read(), &call.scope, &arn)?;
        if input.security_groups.as_ref().is_none_or(Vec::is_empty) {
            return Err(invalid::validation("At least one security group must be specified"));
        }
        if lb.groups.is_empty() {
            return Err(invalid::configuration(
                "Security groups cannot be set for a network load balancer that was created without them",
            ));
        }
        let groups = check::security_groups(elb, &call.scope, &lb.vpc, input.security_groups)?;
        let (wanted, filters) = (
            groups.clone(),
            filter(&lb, input.enforce_security_group_inbound_rules_on_private_link_traffic)?,
        );
        elb.store
            .write(|tx| {
                let lb = find::load_balancer(&tx.snapshot(), &call.scope, &arn)?;
                tx.put(&LoadBalancer {
                    groups: wanted.clone(),
                    filters_private_link: filters,
                    ..LoadBalancer::clone(&lb)
                })?;
                Ok::<_, ServiceError>(())
            })
            .await?;
        let lb = elb.settle(&arn, &call.scope).await?;
        Ok(api::SetSecurityGroupsOutput {
            security_group_ids: Some(groups.iter().map(ToString::to_string).collect()),
            enforce_security_group_inbound_rules_on_private_link_traffic: lb.private_link_filter(),
        })
    }
}

/// Whether the groups are to be asked about traffic of AWS PrivateLink.
fn filter(lb: &LoadBalancer, wanted: Option<String>) -> Result<bool, ServiceError> {
    match (wanted.as_deref(), lb.kind) {
        (None, _) => Ok(lb.filters_private_link),
        (Some("on"), Kind::Network) => Ok(true),
        (Some("off"), Kind::Network) => Ok(false),
        _ => Err(ServiceError::client(
            "InvalidConfigurationRequest",
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic can only be set for Network Load Balancers",
        )),
    }
}
