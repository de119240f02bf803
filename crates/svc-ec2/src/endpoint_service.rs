//! The services that an interface endpoint can lead to: those that moat answers for.
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>

use base::Region;

/// Endpoint labels. IAM has no endpoint in a region.
const SERVICES: [&str; 8] =
    ["apigateway", "ec2", "execute-api", "lambda", "logs", "rds", "secretsmanager", "sts"];
/// Its endpoints answer for the name of every API.
const OF_APIS: &str = "execute-api";

/// One service in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointService {
    /// `com.amazonaws.us-east-1.secretsmanager`
    pub name: String,
    /// What private DNS makes lead to the endpoint: `secretsmanager.us-east-1.amazonaws.com`.
    pub private_names: Vec<String>,
    /// `secretsmanager.us-east-1.vpce.amazonaws.com`
    pub base_name: String,
}

/// All of them, in the order of names.
#[must_use]
pub fn endpoint_services(region: &Region) -> Vec<EndpointService> {
    let service = |label: &str| EndpointService {
        name: format!("com.amazonaws.{region}.{label}"),
        private_names: private_names(label, region),
        base_name: format!("{label}.{region}.vpce.amazonaws.com"),
    };
    SERVICES.iter().map(|label| service(label)).collect()
}

fn private_names(label: &str, region: &Region) -> Vec<String> {
    let own = format!("{label}.{region}.amazonaws.com");
    if label == OF_APIS { vec![format!("*.{own}"), own] } else { vec![own] }
}

pub(crate) fn service_named(region: &Region, name: &str) -> Option<EndpointService> {
    endpoint_services(region).into_iter().find(|service| service.name == name)
}
