//! Domain names and API mappings as this interface says them.
//! <https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames.html>

use crate::{api, error};
use domains::{DomainError, DomainName, Endpoint, Mapping, TLS_1_2};
use service::ServiceError;
use store::Fault;

/// Of the domains of execute-api, whichever the region: moat has no hosted zones.
const HOSTED_ZONE: &str = "Z1UJRXOUMOOFQ8";
const SELECTION: &str = "$request.basepath";

/// A refusal, on its way through a transaction.
pub struct Refused(pub ServiceError);

impl From<DomainError> for Refused {
    fn from(error: DomainError) -> Self {
        Self(refused(error))
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self(fault.into())
    }
}

/// In AWS's words.
pub fn refused(error: DomainError) -> ServiceError {
    match error {
        DomainError::NoDomain => {
            error::not_found("The domain name resource specified in the request was not found.")
        }
        DomainError::DomainExists => error::conflict("The domain name resource already exists."),
        DomainError::BadName(name) => error::bad_request(format!("Invalid domain name specified: {name}")),
        DomainError::TooManyDomains => error::too_many("Maximum number of domain names exceeded"),
        DomainError::CertificateElsewhere { arn, region } => {
            error::bad_request(format!("Invalid certificate ARN: {arn}. Certificate must be in '{region}'."))
        }
        DomainError::NoCertificate(arn) => {
            error::bad_request(format!("Invalid certificate ARN: {arn}. Certificate was not found."))
        }
        DomainError::NotCovered => {
            error::bad_request("The domain name to be created is not covered by the provided certificate.")
        }
        DomainError::NoMapping => {
            error::not_found("The api mapping resource specified in the request was not found.")
        }
        DomainError::Mapped => error::conflict("ApiMapping key already exists for this domain name"),
        DomainError::BadBasePath(_) => {
            error::bad_request("API mapping key should not start with a '/' or have consecutive '/'s.")
        }
        DomainError::TooManyMappings => error::too_many("Maximum number of API mappings exceeded"),
        DomainError::NoApi => error::not_found("Invalid API identifier specified"),
        DomainError::NoStage => error::bad_request("Invalid stage identifier specified"),
        DomainError::Store(fault) => fault.into(),
    }
}

pub fn mapping(mapping: &Mapping) -> api::ApiMapping {
    api::ApiMapping {
        api_id: Some(mapping.api.clone()),
        api_mapping_id: Some(mapping.id.clone()),
        api_mapping_key: Some(mapping.base_path.as_str().to_owned()),
        // A base path without a stage, which the other interface makes, has its stage in the path.
        stage: mapping.stage.clone(),
    }
}

pub fn domain_name(domain: &DomainName) -> api::DomainName {
    let host = match domain.endpoint {
        Endpoint::Regional => domain.regional_host(),
        Endpoint::Edge => domain.distribution_host(),
    };
    api::DomainName {
        api_mapping_selection_expression: Some(SELECTION.to_owned()),
        domain_name: Some(domain.name.clone()),
        domain_name_arn: Some(domain.arn()),
        domain_name_configurations: Some(vec![api::DomainNameConfiguration {
            api_gateway_domain_name: Some(host),
            certificate_arn: Some(domain.certificate.clone()),
            certificate_name: domain.certificate_name.clone(),
            certificate_upload_date: Some(domain.uploaded),
            domain_name_status: Some("AVAILABLE".to_owned()),
            endpoint_type: Some(domain.endpoint.text().to_owned()),
            hosted_zone_id: Some(HOSTED_ZONE.to_owned()),
            ip_address_type: Some("ipv4".to_owned()),
            security_policy: Some(TLS_1_2.to_owned()),
            ..Default::default()
        }]),
        routing_mode: Some("API_MAPPING_ONLY".to_owned()),
        tags: Some(domain.tags.clone()),
        ..Default::default()
    }
}

/// The one configuration of a request, checked.
pub fn configuration(
    list: Option<Vec<api::DomainNameConfiguration>>,
) -> Result<api::DomainNameConfiguration, ServiceError> {
    let mut list = list.unwrap_or_default();
    let one = list.pop().filter(|_| list.is_empty());
    let one =
        one.ok_or_else(|| error::bad_request("Exactly one domain name configuration must be specified."))?;
    let not_there = ServiceError::not_implemented;
    match one.security_policy.as_deref() {
        None | Some(TLS_1_2) => {}
        Some(other) => return Err(not_there(&format!("securityPolicy {other}"))),
    }
    match one.endpoint_type.as_deref() {
        None | Some("REGIONAL") => {}
        Some(other) => return Err(not_there(&format!("endpointType {other} of an HTTP API's domain name"))),
    }
    if one.ip_address_type.as_deref().is_some_and(|kind| kind != "ipv4") {
        return Err(not_there("ipAddressType dualstack of a domain name"));
    }
    if one.ownership_verification_certificate_arn.is_some() {
        return Err(not_there("ownershipVerificationCertificateArn"));
    }
    Ok(one)
}

/// # Errors
/// A trust store is in Amazon S3, and rules that route by headers are not there.
pub fn check_extras(has_mutual_tls: bool, routing: Option<&str>) -> Result<(), ServiceError> {
    let has_rules = routing.is_some_and(|mode| mode != "API_MAPPING_ONLY");
    error::refuse(&[
        ("mutualTlsAuthentication, whose trust store is in Amazon S3,", has_mutual_tls),
        ("routingMode with routing rules", has_rules),
    ])
}
