//! Attributes: which there are, their defaults, and the values that moat can give effect to.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html>

use crate::invalid::validation;
use crate::state::{Attributes, Kind, Listener, TargetGroup, TargetType};
use service::ServiceError;

/// An attribute and its default.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    pub name: &'static str,
    pub default: &'static str,
    values: Values,
}

#[derive(Debug, Clone, Copy)]
enum Values {
    Flag,
    Number(u32, u32),
    /// None, or a number between two.
    ZeroOr(u32, u32),
    /// What a cookie can be named, but for the load balancer's own.
    Cookie,
    OneOf(&'static [&'static str]),
    /// What a header can have as its value.
    Header,
    /// AWS has others, and moat does not do what they ask for.
    Default,
}

const fn attribute(name: &'static str, default: &'static str, values: Values) -> Attribute {
    Attribute { name, default, values }
}

const APPLICATION: &[Attribute] = &[
    attribute("access_logs.s3.bucket", "", Values::Default),
    attribute("access_logs.s3.enabled", "false", Values::Default),
    attribute("access_logs.s3.prefix", "", Values::Default),
    attribute("client_keep_alive.seconds", "3600", Values::Default),
    attribute("connection_logs.s3.bucket", "", Values::Default),
    attribute("connection_logs.s3.enabled", "false", Values::Default),
    attribute("connection_logs.s3.prefix", "", Values::Default),
    attribute("deletion_protection.enabled", "false", Values::Flag),
    attribute("health_check_logs.s3.bucket", "", Values::Default),
    attribute("health_check_logs.s3.enabled", "false", Values::Default),
    attribute("health_check_logs.s3.prefix", "", Values::Default),
    attribute("idle_timeout.timeout_seconds", "60", Values::Number(1, 4000)),
    attribute("ipv6.deny_all_igw_traffic", "false", Values::Default),
    attribute("load_balancing.cross_zone.enabled", "true", Values::Default),
    attribute("routing.http.desync_mitigation_mode", "defensive", Values::Default),
    attribute("routing.http.drop_invalid_header_fields.enabled", "false", Values::Flag),
    attribute("routing.http.preserve_host_header.enabled", "false", Values::Flag),
    attribute("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false", Values::Flag),
    attribute("routing.http.xff_client_port.enabled", "false", Values::Flag),
    attribute(
        "routing.http.xff_header_processing.mode",
        "append",
        Values::OneOf(&["append", "preserve", "remove"]),
    ),
    // Only listeners with TLS speak HTTP/2.
    attribute("routing.http2.enabled", "true", Values::Flag),
    attribute("waf.fail_open.enabled", "false", Values::Default),
    attribute("zonal_shift.config.enabled", "false", Values::Default),
];

const NETWORK: &[Attribute] = &[
    attribute("access_logs.s3.bucket", "", Values::Default),
    attribute("access_logs.s3.enabled", "false", Values::Default),
    attribute("access_logs.s3.prefix", "", Values::Default),
    attribute("deletion_protection.enabled", "false", Values::Flag),
    attribute("dns_record.client_routing_policy", "any_availability_zone", Values::Default),
    attribute("ipv6.deny_all_igw_traffic", "false", Values::Default),
    attribute("load_balancing.cross_zone.enabled", "false", Values::Flag),
    attribute("secondary_ips.auto_assigned.per_subnet", "0", Values::Default),
    attribute("zonal_shift.config.enabled", "false", Values::Default),
];

const DELAY: Attribute = attribute("deregistration_delay.timeout_seconds", "300", Values::Number(0, 3600));
const CROSS_ZONE: Attribute =
    attribute("load_balancing.cross_zone.enabled", "use_load_balancer_configuration", Values::Default);
const DNS_COUNT: Attribute =
    attribute("target_group_health.dns_failover.minimum_healthy_targets.count", "1", Values::Default);
const DNS_PERCENTAGE: Attribute =
    attribute("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off", Values::Default);
const ROUTING_COUNT: Attribute = attribute(
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
    "1",
    Values::Default,
);
const ROUTING_PERCENTAGE: Attribute = attribute(
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
    "off",
    Values::Default,
);

const HTTP_GROUP: &[Attribute] = &[
    DELAY,
    attribute("load_balancing.algorithm.anomaly_mitigation", "off", Values::Default),
    attribute(
        "load_balancing.algorithm.type",
        "round_robin",
        Values::OneOf(&["round_robin", "least_outstanding_requests", "weighted_random"]),
    ),
    CROSS_ZONE,
    attribute("slow_start.duration_seconds", "0", Values::ZeroOr(30, 900)),
    attribute("stickiness.app_cookie.cookie_name", "", Values::Cookie),
    attribute("stickiness.app_cookie.duration_seconds", "86400", Values::Number(1, 604_800)),
    attribute("stickiness.enabled", "false", Values::Flag),
    attribute("stickiness.lb_cookie.duration_seconds", "86400", Values::Number(1, 604_800)),
    attribute("stickiness.type", "lb_cookie", Values::OneOf(&["lb_cookie", "app_cookie"])),
    DNS_COUNT,
    DNS_PERCENTAGE,
    ROUTING_COUNT,
    ROUTING_PERCENTAGE,
];

const LAMBDA_GROUP: &[Attribute] = &[
    attribute("lambda.multi_value_headers.enabled", "false", Values::Flag),
    DNS_COUNT,
    DNS_PERCENTAGE,
    ROUTING_COUNT,
    ROUTING_PERCENTAGE,
];

macro_rules! tcp_group {
    ($name:ident, $preserve:literal) => {
        const $name: &[Attribute] = &[
            attribute("deregistration_delay.connection_termination.enabled", "false", Values::Default),
            DELAY,
            CROSS_ZONE,
            attribute("preserve_client_ip.enabled", $preserve, Values::Flag),
            attribute("proxy_protocol_v2.enabled", "false", Values::Flag),
            attribute("stickiness.enabled", "false", Values::Flag),
            attribute("stickiness.type", "source_ip", Values::Default),
            DNS_COUNT,
            DNS_PERCENTAGE,
            ROUTING_COUNT,
            ROUTING_PERCENTAGE,
            attribute(
                "target_health_state.unhealthy.connection_termination.enabled",
                "true",
                Values::Default,
            ),
            attribute("target_health_state.unhealthy.draining_interval_seconds", "0", Values::Default),
        ];
    };
}
tcp_group!(TCP_INSTANCES, "true");
tcp_group!(TCP_ADDRESSES, "false");

const HTTP_LISTENER: &[Attribute] = &[
    attribute("routing.http.response.access_control_allow_credentials.header_value", "", Values::Header),
    attribute("routing.http.response.access_control_allow_headers.header_value", "", Values::Header),
    attribute("routing.http.response.access_control_allow_methods.header_value", "", Values::Header),
    attribute("routing.http.response.access_control_allow_origin.header_value", "", Values::Header),
    attribute("routing.http.response.access_control_expose_headers.header_value", "", Values::Header),
    attribute("routing.http.response.access_control_max_age.header_value", "", Values::Header),
    attribute("routing.http.response.content_security_policy.header_value", "", Values::Header),
    attribute("routing.http.response.server.enabled", "true", Values::Flag),
    attribute("routing.http.response.strict_transport_security.header_value", "", Values::Header),
    attribute("routing.http.response.x_content_type_options.header_value", "", Values::Header),
    attribute("routing.http.response.x_frame_options.header_value", "", Values::Header),
];

const TCP_LISTENER: &[Attribute] = &[attribute("tcp.idle_timeout.seconds", "350", Values::Number(60, 6000))];
const TLS_LISTENER: &[Attribute] = &[];

pub fn of_listener(listener: &Listener) -> &'static [Attribute] {
    match listener.protocol.as_str() {
        "TCP" => TCP_LISTENER,
        "TLS" => TLS_LISTENER,
        _ => HTTP_LISTENER,
    }
}

/// The headers that a listener puts into its answers.
pub fn answered_headers(listener: &Listener) -> Vec<(String, String)> {
    let header = |(attribute, value): (&String, &String)| {
        let name = attribute.strip_prefix("routing.http.response.")?.strip_suffix(".header_value")?;
        (!value.is_empty()).then(|| (name.replace('_', "-"), value.clone()))
    };
    listener.attributes.iter().filter_map(header).collect()
}

pub fn of_load_balancer(kind: Kind) -> &'static [Attribute] {
    match kind {
        Kind::Application => APPLICATION,
        Kind::Network => NETWORK,
    }
}

pub fn of_target_group(group: &TargetGroup) -> &'static [Attribute] {
    match group.target_type {
        TargetType::Lambda => LAMBDA_GROUP,
        _ if group.is_http() => HTTP_GROUP,
        TargetType::Instance => TCP_INSTANCES,
        TargetType::Ip => TCP_ADDRESSES,
    }
}

/// The value that is in force.
pub fn value(known: &[Attribute], set: &Attributes, name: &str) -> String {
    let default = || known.iter().find(|a| a.name == name).map(|a| a.default.to_owned());
    set.get(name).cloned().or_else(default).unwrap_or_default()
}

/// Whether a target group's attributes go together.
pub fn check_together(group: &TargetGroup) -> Result<(), ServiceError> {
    let value = |name: &str| group.attribute(name);
    let is_slow = !matches!(value("slow_start.duration_seconds").as_str(), "" | "0");
    if is_slow && value("load_balancing.algorithm.type") != "round_robin" {
        return Err(validation(
            "Slow start can only be used with the load balancing algorithm 'round_robin'",
        ));
    }
    let is_by_application = value("stickiness.enabled") == "true" && value("stickiness.type") == "app_cookie";
    if is_by_application && value("stickiness.app_cookie.cookie_name").is_empty() {
        return Err(validation("A cookie name must be specified for the stickiness type 'app_cookie'"));
    }
    Ok(())
}

/// Everything that is in force, in the order of the names.
pub fn all(known: &[Attribute], set: &Attributes) -> Vec<(String, String)> {
    known.iter().map(|a| (a.name.to_owned(), value(known, set, a.name))).collect()
}

/// Sets one, or says what is wrong with it.
pub fn set(
    known: &[Attribute],
    set: &mut Attributes,
    what: &str,
    name: &str,
    value: &str,
) -> Result<(), ServiceError> {
    let Some(attribute) = known.iter().find(|a| a.name == name) else {
        return Err(validation(format!("{what} attribute key '{name}' is not recognized")));
    };
    let is_good = match attribute.values {
        Values::Flag => matches!(value, "true" | "false"),
        Values::Number(least, most) => value.parse().is_ok_and(|n: u32| (least..=most).contains(&n)),
        Values::ZeroOr(least, most) => {
            value == "0" || value.parse().is_ok_and(|n: u32| (least..=most).contains(&n))
        }
        Values::Cookie => {
            let is_of_a_name = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            !value.starts_with("AWSALB") && value.bytes().all(is_of_a_name)
        }
        Values::OneOf(values) => values.contains(&value),
        Values::Header => value.bytes().all(|b| matches!(b, b' '..=b'~')),
        Values::Default if value == attribute.default => true,
        Values::Default => {
            return Err(ServiceError::not_implemented(&format!(
                "The attribute {name} with the value '{value}'"
            )));
        }
    };
    if !is_good {
        return Err(validation(format!("{what} attribute value '{value}' of '{name}' is not valid")));
    }
    set.insert(name.to_owned(), value.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_force_or_refused() {
        let mut given = Attributes::new();
        let mut try_set = |name: &str, value: &str| {
            set(APPLICATION, &mut given, "Load balancer", name, value).map_err(|e| e.code.into_owned())
        };
        assert_eq!(try_set("idle_timeout.timeout_seconds", "30"), Ok(()));
        assert_eq!(try_set("idle_timeout.timeout_seconds", "0"), Err("ValidationError".to_owned()));
        assert_eq!(try_set("deletion_protection.enabled", "yes"), Err("ValidationError".to_owned()));
        assert_eq!(try_set("access_logs.s3.enabled", "false"), Ok(()));
        assert_eq!(try_set("access_logs.s3.enabled", "true"), Err("NotImplemented".to_owned()));
        assert_eq!(try_set("nonsense", "1"), Err("ValidationError".to_owned()));
        assert_eq!(value(APPLICATION, &given, "idle_timeout.timeout_seconds"), "30");
        assert_eq!(value(APPLICATION, &given, "routing.http2.enabled"), "true");
    }

    #[test]
    fn names_are_sorted() {
        for known in [APPLICATION, NETWORK, HTTP_GROUP, LAMBDA_GROUP, TCP_INSTANCES, HTTP_LISTENER] {
            assert!(known.is_sorted_by_key(|a| a.name), "{known:?}");
        }
    }
}
