//! Errors that several operations give.

use service::ServiceError;

pub fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::client("ValidationError", message)
}

pub fn configuration(message: impl Into<String>) -> ServiceError {
    ServiceError::client("InvalidConfigurationRequest", message)
}

pub fn load_balancer_not_found(named: &str) -> ServiceError {
    ServiceError::client("LoadBalancerNotFound", format!("Load balancers '[{named}]' not found"))
}

pub fn target_group_not_found() -> ServiceError {
    ServiceError::client("TargetGroupNotFound", "One or more target groups not found")
}

pub fn listener_not_found() -> ServiceError {
    ServiceError::client("ListenerNotFound", "One or more listeners not found")
}

pub fn ssl_policy_not_found(name: &str) -> ServiceError {
    ServiceError::client("SSLPolicyNotFound", format!("SSL policy '{name}' not found"))
}

pub fn certificate_not_found(arn: &str) -> ServiceError {
    ServiceError::client("CertificateNotFound", format!("Certificate '{arn}' not found"))
}

pub fn rule_not_found() -> ServiceError {
    ServiceError::client("RuleNotFound", "One or more rules not found")
}
