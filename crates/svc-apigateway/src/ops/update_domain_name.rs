//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateDomainName.html>

use super::may;
use crate::domain_names::{Refused, check_security_policy, domain_name, endpoint, no_mutual_tls, no_private};
use crate::patch::{self, Patch};
use crate::{ApiGateway, api};
use domains::DomainName;
use service::{Access, Authorized, Call, Handler, ServiceError};

const KNOWN: [&str; 6] = [
    "/certificateArn",
    "/certificateName",
    "/regionalCertificateArn",
    "/regionalCertificateName",
    "/securityPolicy",
    "/endpointConfiguration/types/{type}",
];

fn change(domain: &mut DomainName, patch: &Patch) -> Result<(), ServiceError> {
    match patch.parts()[..] {
        ["certificateArn" | "regionalCertificateArn"] => domain.certificate = patch.value()?.to_owned(),
        ["certificateName" | "regionalCertificateName"] => domain.certificate_name = patch.text(),
        ["securityPolicy"] => check_security_policy(Some(patch.value()?))?,
        ["endpointConfiguration", "types", _] => domain.endpoint = endpoint(patch.value()?)?,
        ["endpointConfiguration", "ipAddressType"] if patch.value.as_deref() == Some("ipv4") => {}
        ["mutualTlsAuthentication", ..] => return Err(no_mutual_tls()),
        ["endpointConfiguration", "ipAddressType"] | ["routingMode"] => {
            return Err(ServiceError::not_implemented(&format!("a patch of {}", patch.path)));
        }
        _ => return Err(patch.unknown(&KNOWN)),
    }
    Ok(())
}

impl Handler<ApiGateway> for api::UpdateDomainName {
    fn access(_: &ApiGateway, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "PATCH", &format!("/domainnames/{}", input.domain_name.as_deref().unwrap_or_default())))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let patches = patch::read(input.patch_operations)?;
        no_private(input.domain_name_id.as_deref())?;
        let name = input.domain_name.unwrap_or_default();
        let all = |domain: &mut DomainName| {
            patches.iter().try_for_each(|patch| change(domain, patch)).map_err(Refused)
        };
        let changed = gateway.needs.domains.change(&call.scope, &name, call.now, all).await;
        changed.map(|changed| domain_name(&changed)).map_err(|refused| refused.0)
    }
}
