//! Domain names and base path mappings as this interface says them.
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_DomainName.html>

use crate::{api, error};
use domains::{DomainError, DomainName, Endpoint, Mapping, TLS_1_2};
use service::ServiceError;
use store::Fault;

/// Only private domain names have ids, and moat has none of those.
///
/// # Errors
/// When an id is given.
pub fn no_private(id: Option<&str>) -> Result<(), ServiceError> {
    id.map_or(Ok(()), |_| Err(refused(DomainError::NoDomain)))
}

/// What stands for the empty base path.
const NONE: &str = "(none)";

/// Of the domains of execute-api, whichever the region: moat has no hosted zones.
const HOSTED_ZONE: &str = "Z1UJRXOUMOOFQ8";
/// Of CloudFront's.
const DISTRIBUTION_ZONE: &str = "Z2FDTNDATAQYW2";

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

impl From<ServiceError> for Refused {
    fn from(error: ServiceError) -> Self {
        Self(error)
    }
}

/// In AWS's words.
pub fn refused(error: DomainError) -> ServiceError {
    match error {
        DomainError::NoDomain => error::not_found("Invalid domain name identifier specified"),
        DomainError::DomainExists => error::bad_request("The domain name you provided already exists."),
        DomainError::BadName(name) => error::bad_request(format!("Invalid domain name specified: {name}")),
        DomainError::TooManyDomains => error::limit_exceeded("Maximum number of domain names exceeded"),
        DomainError::CertificateElsewhere { arn, region } => {
            error::bad_request(format!("Invalid certificate ARN: {arn}. Certificate must be in '{region}'."))
        }
        DomainError::NoCertificate(arn) => {
            error::bad_request(format!("Invalid certificate ARN: {arn}. Certificate was not found."))
        }
        DomainError::NotCovered => {
            error::bad_request("The domain name to be created is not covered by the provided certificate.")
        }
        DomainError::NoMapping => error::not_found("Invalid base path mapping identifier specified"),
        DomainError::Mapped => error::conflict("Base path already exists for this domain name"),
        DomainError::BadBasePath(path) => error::bad_request(format!("Invalid base path specified: {path}")),
        DomainError::TooManyMappings => {
            error::limit_exceeded("Maximum number of base path mappings exceeded")
        }
        DomainError::NoApi => error::bad_request("Invalid REST API identifier specified"),
        DomainError::NoStage => error::bad_request("Invalid stage identifier specified"),
        DomainError::Store(fault) => fault.into(),
    }
}

/// What a request calls a base path; this interface knows none with slashes.
pub fn base_path(said: Option<&str>) -> Result<String, ServiceError> {
    let text = said.filter(|text| *text != NONE).unwrap_or_default();
    if text.contains('/') {
        return Err(error::bad_request(
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. \
             To create a multi-level base path mapping, use API Gateway V2.",
        ));
    }
    Ok(text.to_owned())
}

/// The base path that a request for a mapping names.
pub fn named(said: Option<&str>) -> String {
    said.filter(|text| *text != NONE).unwrap_or_default().to_owned()
}

pub fn mapping(mapping: &Mapping) -> api::BasePathMapping {
    let path = Some(mapping.base_path.as_str()).filter(|path| !path.is_empty()).unwrap_or(NONE);
    api::BasePathMapping {
        base_path: Some(path.to_owned()),
        rest_api_id: Some(mapping.api.clone()),
        stage: mapping.stage.clone(),
    }
}

pub fn domain_name(domain: &DomainName) -> api::DomainName {
    let is_edge = domain.endpoint == Endpoint::Edge;
    let certificate = || Some(domain.certificate.clone());
    let name = || domain.certificate_name.clone();
    api::DomainName {
        domain_name: Some(domain.name.clone()),
        domain_name_arn: Some(domain.arn()),
        certificate_upload_date: Some(domain.uploaded),
        certificate_arn: certificate().filter(|_| is_edge),
        certificate_name: name().filter(|_| is_edge),
        distribution_domain_name: is_edge.then(|| domain.distribution_host()),
        distribution_hosted_zone_id: is_edge.then(|| DISTRIBUTION_ZONE.to_owned()),
        regional_certificate_arn: certificate().filter(|_| !is_edge),
        regional_certificate_name: name().filter(|_| !is_edge),
        regional_domain_name: (!is_edge).then(|| domain.regional_host()),
        regional_hosted_zone_id: (!is_edge).then(|| HOSTED_ZONE.to_owned()),
        endpoint_configuration: Some(api::EndpointConfiguration {
            types: Some(vec![domain.endpoint.text().to_owned()]),
            ip_address_type: Some("ipv4".to_owned()),
            ..Default::default()
        }),
        domain_name_status: Some("AVAILABLE".to_owned()),
        security_policy: Some(TLS_1_2.to_owned()),
        routing_mode: Some("BASE_PATH_MAPPING_ONLY".to_owned()),
        tags: Some(domain.tags.clone()),
        ..Default::default()
    }
}

/// # Errors
/// For a kind of endpoint that moat does not have.
pub fn endpoint(text: &str) -> Result<Endpoint, ServiceError> {
    match text {
        "REGIONAL" => Ok(Endpoint::Regional),
        "EDGE" => Ok(Endpoint::Edge),
        "PRIVATE" => Err(ServiceError::not_implemented("a PRIVATE domain name")),
        _ => Err(error::bad_request("Invalid endpoint type. Valid values are: [EDGE, REGIONAL, PRIVATE]")),
    }
}

/// # Errors
/// For all but the one that moat's TLS has.
pub fn check_security_policy(said: Option<&str>) -> Result<(), ServiceError> {
    match said {
        None | Some(TLS_1_2) => Ok(()),
        Some(other) => Err(ServiceError::not_implemented(&format!("securityPolicy {other}"))),
    }
}

/// # Errors
/// A trust store is in Amazon S3, which moat does not have.
pub fn no_mutual_tls() -> ServiceError {
    ServiceError::not_implemented("mutualTlsAuthentication, whose trust store is in Amazon S3,")
}
