//! Shows the services that endpoints can lead to.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html>

use crate::endpoint_service::{EndpointService, endpoint_services};
use crate::gateway_endpoints::GATEWAY;
use crate::model::zone;
use crate::op::*;
use crate::prefix_lists::aws_lists;
use crate::render::{described, many, one, text};
use base::Region;

impl Handler<Ec2> for api::DescribeVpcEndpointServices {
    fn access(ec2: &Ec2, call: &Call, _: &Self::Input) -> Asked {
        Ok(Asks::anywhere(ec2, call, "DescribeVpcEndpointServices"))
    }

    async fn run(_: &Ec2, call: &Call, input: Authorized<Self::Input>) -> Result<Self::Output, ServiceError> {
        unless_dry(input.dry_run)?;
        let region = &call.scope.region;
        let wanted = Wanted::new(&input.filters, input.max_results, &input.next_token, ("", &None));
        let names = input.service_names.as_deref().unwrap_or_default();
        let gateways = aws_lists(region).into_iter().map(|list| gateway(region, list.name));
        let services = endpoint_services(region).into_iter().map(|service| detail(region, service));
        let mut services: Vec<_> = gateways.chain(services).collect();
        services.sort_by(|a, b| a.service_name.cmp(&b.service_name));
        let is_named = |name: &String| services.iter().any(|s| s.service_name.as_ref() == Some(name));
        if let Some(wrong) = names.iter().find(|name| !is_named(name)) {
            return Err(no_such_service(wrong));
        }
        services.retain(|s| names.is_empty() || s.service_name.as_ref().is_some_and(|n| names.contains(n)));
        let page = wanted.select(services)?;
        Ok(api::DescribeVpcEndpointServicesResult {
            service_names: Some(page.items.iter().filter_map(|s| s.service_name.clone()).collect()),
            service_details: Some(page.items),
            next_token: page.next_token,
        })
    }
}

/// AWS's error for a service that has no endpoints.
pub(crate) fn no_such_service(name: &str) -> ServiceError {
    ServiceError::client("InvalidServiceName", format!("The Vpc Endpoint Service '{name}' does not exist"))
}

fn detail(region: &Region, service: EndpointService) -> api::ServiceDetail {
    let label = service.name.rsplit('.').next().unwrap_or_default();
    let private = service.private_names.first().cloned();
    let zones: Vec<_> = zone::zones(region);
    api::ServiceDetail {
        service_id: text(format!("vpce-svc-{label}")),
        service_type: Some(vec![api::ServiceTypeDetail { service_type: text("Interface") }]),
        service_region: text(region),
        availability_zones: Some(zones.iter().map(|z| z.name.clone()).collect()),
        availability_zone_ids: Some(zones.iter().map(|z| z.id.clone()).collect()),
        owner: text("amazon"),
        base_endpoint_dns_names: Some(vec![service.base_name]),
        private_dns_names: Some(vec![api::PrivateDnsDetails { private_dns_name: private.clone() }]),
        private_dns_name: private,
        private_dns_name_verification_state: text("verified"),
        vpc_endpoint_policy_supported: Some(true),
        acceptance_required: Some(false),
        manages_vpc_endpoints: Some(false),
        supported_ip_address_types: Some(vec!["ipv4".to_owned()]),
        tags: Some(Vec::new()),
        service_name: Some(service.name),
        ..Default::default()
    }
}

/// A service that routes lead to.
fn gateway(region: &Region, name: String) -> api::ServiceDetail {
    let label = name.rsplit('.').next().unwrap_or_default().to_owned();
    let base_name = format!("{label}.{region}.amazonaws.com");
    let like = EndpointService { name, private_names: Vec::new(), base_name };
    api::ServiceDetail {
        service_type: Some(vec![api::ServiceTypeDetail { service_type: text(GATEWAY) }]),
        private_dns_names: None,
        private_dns_name_verification_state: None,
        ..detail(region, like)
    }
}

impl Facts for api::ServiceDetail {
    const FILTERS: &'static [&'static str] =
        &["owner", "service-name", "service-region", "service-type", "supported-ip-address-types"];

    fn facts(&self, filter: &str) -> Vec<String> {
        match filter {
            "owner" => one(self.owner.as_ref()),
            "service-name" => one(self.service_name.as_ref()),
            "service-region" => one(self.service_region.as_ref()),
            "service-type" => many(self.service_type.as_ref(), |t| t.service_type.clone()),
            "supported-ip-address-types" => self.supported_ip_address_types.clone().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    described!(service_name, tags);
}
