//! What a new or changed REST API is to be.

use crate::model::resource_policy;
use crate::state::{ApiKeySource, EndpointType};
use crate::{api, error, quota};
use base::Scope;
use policy::Document;
use service::ServiceError;
use std::sync::Arc;

pub struct Wanted {
    pub name: String,
    pub endpoint: EndpointType,
    pub ip_address_type: String,
    pub vpc_endpoint_ids: Vec<String>,
    pub api_key_source: ApiKeySource,
}

impl Wanted {
    pub fn read(input: &api::CreateRestApiRequest) -> Result<Self, ServiceError> {
        refuse_missing_parts(input)?;
        let name = input.name.clone().filter(|name| !name.is_empty());
        let endpoint = input.endpoint_configuration.as_ref();
        let types = endpoint.and_then(|e| e.types.as_deref()).unwrap_or_default();
        let endpoint_type = match types {
            [] => EndpointType::Edge,
            [one] => endpoint_type(one)?,
            _ => return Err(error::bad_request("Cannot create an api with multiple Endpoint Types.")),
        };
        let ids = endpoint.and_then(|e| e.vpc_endpoint_ids.clone()).unwrap_or_default();
        check_endpoints(&ids, endpoint_type)?;
        Ok(Self {
            name: name.ok_or_else(|| error::bad_request("Name cannot be empty"))?,
            endpoint: endpoint_type,
            ip_address_type: ip_address_type(
                endpoint.and_then(|e| e.ip_address_type.as_deref()),
                endpoint_type,
            )?,
            vpc_endpoint_ids: ids,
            api_key_source: input.api_key_source.as_deref().map_or(Ok(ApiKeySource::Header), key_source)?,
        })
    }
}

/// Whether an API of this kind may be associated with these VPC endpoints.
pub fn check_endpoints(ids: &[String], kind: EndpointType) -> Result<(), ServiceError> {
    if ids.is_empty() || kind == EndpointType::Private {
        return Ok(());
    }
    Err(error::bad_request("Only PRIVATE APIs can be associated with VPC endpoints"))
}

fn refuse_missing_parts(input: &api::CreateRestApiRequest) -> Result<(), ServiceError> {
    let refused = [
        ("cloneFrom", input.clone_from.is_some()),
        ("minimumCompressionSize", input.minimum_compression_size.is_some()),
        ("securityPolicy", input.security_policy.is_some()),
        ("endpointAccessMode", input.endpoint_access_mode.is_some()),
    ];
    match refused.iter().find(|(_, asked)| *asked) {
        Some((what, _)) => Err(ServiceError::not_implemented(what)),
        None => Ok(()),
    }
}

/// The addresses that an API of this kind has, as its owner said it.
pub fn ip_address_type(said: Option<&str>, kind: EndpointType) -> Result<String, ServiceError> {
    match (said, kind) {
        (None, EndpointType::Private) | (Some("dualstack"), _) => Ok("dualstack".to_owned()),
        (Some("ipv4"), EndpointType::Private) => {
            Err(error::bad_request("Only dualstack ipAddressType is supported for Private APIs."))
        }
        (None | Some("ipv4"), _) => Ok("ipv4".to_owned()),
        (Some(_), _) => Err(error::bad_request("ipAddressType must be either ipv4 or dualstack.")),
    }
}

pub fn endpoint_type(text: &str) -> Result<EndpointType, ServiceError> {
    match text {
        "EDGE" => Ok(EndpointType::Edge),
        "REGIONAL" => Ok(EndpointType::Regional),
        "PRIVATE" => Ok(EndpointType::Private),
        _ => Err(error::bad_request(
            "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE",
        )),
    }
}

pub fn key_source(text: &str) -> Result<ApiKeySource, ServiceError> {
    match text {
        "HEADER" => Ok(ApiKeySource::Header),
        "AUTHORIZER" => Ok(ApiKeySource::Authorizer),
        _ => {
            Err(error::bad_request("Invalid API key source specified. Must be one of: [HEADER, AUTHORIZER]"))
        }
    }
}

/// The resource policy as it is kept: grammar checked, short resources made full ARNs.
pub fn policy(text: &str, scope: &Scope, api: &str) -> Result<Arc<Document>, ServiceError> {
    let invalid = |_| {
        error::bad_request(
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
        )
    };
    if text.len() > quota::POLICY_BYTES {
        return Err(error::bad_request(format!(
            "Policy exceeds maximum size of {} bytes",
            quota::POLICY_BYTES
        )));
    }
    let full = resource_policy::expanded(text, scope, api).map_err(|_| invalid(()))?;
    Document::parse(&full).map(Arc::new).map_err(|_| invalid(()))
}
