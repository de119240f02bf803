//! <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDomainName.html>

use super::may;
use crate::domain_names::{check_security_policy, domain_name, endpoint, no_mutual_tls, refused};
use crate::{ApiGateway, api, error, tags};
use domains::{Endpoint, Wanted};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<ApiGateway> for api::CreateDomainName {
    fn access(_: &ApiGateway, call: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(may(call, "POST", "/domainnames"))
    }

    async fn run(
        gateway: &ApiGateway,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let wanted = wanted(input.into_inner())?;
        let made = gateway.needs.domains.create(&call.scope, wanted, call.now).await.map_err(refused)?;
        Ok(domain_name(&made))
    }
}

fn wanted(input: api::CreateDomainNameRequest) -> Result<Wanted, ServiceError> {
    refuse_what_is_not_there(&input)?;
    let types = input.endpoint_configuration.and_then(|given| given.types).unwrap_or_default();
    let endpoint = match types.as_slice() {
        [] if input.regional_certificate_arn.is_some() => Endpoint::Regional,
        [] => Endpoint::Edge,
        [one] => endpoint(one)?,
        _ => return Err(ServiceError::not_implemented("a domain name of several endpoint types")),
    };
    let (certificate, certificate_name) = match endpoint {
        Endpoint::Regional => (input.regional_certificate_arn, input.regional_certificate_name),
        Endpoint::Edge => (input.certificate_arn, input.certificate_name),
    };
    Ok(Wanted {
        name: input.domain_name.unwrap_or_default(),
        endpoint,
        certificate: certificate.ok_or_else(|| error::bad_request("A certificate ARN must be specified."))?,
        certificate_name,
        tags: tags::checked(input.tags)?,
    })
}

fn refuse_what_is_not_there(input: &api::CreateDomainNameRequest) -> Result<(), ServiceError> {
    check_security_policy(input.security_policy.as_deref())?;
    if input.mutual_tls_authentication.is_some() {
        return Err(no_mutual_tls());
    }
    let refused = [
        ("certificateBody (import the certificate into ACM)", input.certificate_body.is_some()),
        ("ownershipVerificationCertificateArn", input.ownership_verification_certificate_arn.is_some()),
        ("a domain name's policy", input.policy.is_some()),
        ("routingMode", input.routing_mode.as_deref().is_some_and(|mode| mode != "BASE_PATH_MAPPING_ONLY")),
        ("endpointAccessMode", input.endpoint_access_mode.as_deref().is_some_and(|mode| mode != "BASIC")),
    ];
    let refused = refused.into_iter().find(|(_, asked)| *asked);
    refused.map_or(Ok(()), |(what, _)| Err(ServiceError::not_implemented(what)))
}
