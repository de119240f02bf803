//! Health check settings: defaults, limits, and status codes.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use crate::invalid::validation;
use crate::state::{HealthCheck, TargetType};
use service::ServiceError;
use std::ops::RangeInclusive;

pub const TRAFFIC_PORT: &str = "traffic-port";

/// What a request says of a health check.
#[derive(Debug, Default)]
pub struct Wish {
    pub is_enabled: Option<bool>,
    pub protocol: Option<String>,
    pub port: Option<String>,
    pub path: Option<String>,
    pub matcher: Option<String>,
    pub interval_seconds: Option<i32>,
    pub timeout_seconds: Option<i32>,
    pub healthy_threshold: Option<i32>,
    pub unhealthy_threshold: Option<i32>,
}

/// The health check of a new group.
pub fn usual(kind: TargetType, protocol: Option<&str>) -> HealthCheck {
    let is_http = speaks_http(protocol);
    let is_lambda = kind == TargetType::Lambda;
    HealthCheck {
        is_enabled: !is_lambda,
        // Whether a target takes connections says enough of one that speaks TLS.
        protocol: protocol.map(|protocol| if protocol == "TLS" { "TCP" } else { protocol }.to_owned()),
        port: TRAFFIC_PORT.to_owned(),
        path: (is_http || is_lambda).then(|| "/".to_owned()),
        matcher: (is_http || is_lambda).then(|| "200".to_owned()),
        interval_seconds: if is_lambda { 35 } else { 30 },
        timeout_seconds: match (is_lambda, is_http) {
            (true, _) => 30,
            (_, true) => 5,
            _ => 10,
        },
        healthy_threshold: 5,
        unhealthy_threshold: 2,
    }
}

fn speaks_http(protocol: Option<&str>) -> bool {
    matches!(protocol, Some("HTTP" | "HTTPS"))
}

impl HealthCheck {
    /// Takes over what the request says, for a group whose targets speak this protocol.
    pub fn change(&mut self, kind: TargetType, spoken: Option<&str>, wish: Wish) -> Result<(), ServiceError> {
        if let Some(protocol) = wish.protocol {
            // A group that speaks HTTP is checked over HTTP.
            let is_known = speaks_http(Some(&protocol)) || (protocol == "TCP" && !speaks_http(spoken));
            if !is_known {
                return Err(ServiceError::not_implemented(&format!("A health check over {protocol} here")));
            }
            if protocol == "TCP" {
                (self.path, self.matcher) = (None, None);
            } else if self.path.is_none() {
                (self.path, self.matcher) = (Some("/".to_owned()), Some("200-399".to_owned()));
            }
            self.protocol = Some(protocol);
        }
        if kind == TargetType::Lambda && wish.is_enabled == Some(true) {
            return Err(ServiceError::not_implemented("A health check of a function"));
        }
        if let Some(enabled) = wish.is_enabled {
            if !enabled && kind != TargetType::Lambda {
                return Err(validation(
                    "Health check enabled must be true for groups with target type 'instance' or 'ip'",
                ));
            }
            self.is_enabled = enabled;
        }
        if let Some(port) = wish.port {
            if port != TRAFFIC_PORT && !port.parse::<u16>().is_ok_and(|port| port > 0) {
                return Err(validation(format!(
                    "Health check port '{port}' must be '{TRAFFIC_PORT}' or in the range of 1-65535"
                )));
            }
            self.port = port;
        }
        let is_tcp = self.protocol.as_deref() == Some("TCP");
        if is_tcp && (wish.path.is_some() || wish.matcher.is_some()) {
            return Err(validation(
                "You cannot specify a health check path or a matcher with the protocol TCP",
            ));
        }
        if let Some(path) = wish.path {
            if !path.starts_with('/') {
                return Err(validation(format!("Health check path '{path}' must start with '/'")));
            }
            self.path = Some(path);
        }
        if let Some(matcher) = wish.matcher {
            codes(&matcher).ok_or_else(|| {
                validation(format!(
                    "Health check matcher HTTP code '{matcher}' must be within '200-499' inclusive"
                ))
            })?;
            self.matcher = Some(matcher);
        }
        self.interval_seconds = wish.interval_seconds.unwrap_or(self.interval_seconds);
        self.timeout_seconds = wish.timeout_seconds.unwrap_or(self.timeout_seconds);
        self.healthy_threshold = wish.healthy_threshold.unwrap_or(self.healthy_threshold);
        self.unhealthy_threshold = wish.unhealthy_threshold.unwrap_or(self.unhealthy_threshold);
        if self.timeout_seconds >= self.interval_seconds && kind != TargetType::Lambda {
            return Err(validation(format!(
                "Health check timeout '{}' must be smaller than or equal to the interval '{}'",
                self.timeout_seconds, self.interval_seconds
            )));
        }
        Ok(())
    }

    /// The codes of the matcher.
    pub fn codes(&self) -> Vec<RangeInclusive<u16>> {
        self.matcher.as_deref().and_then(codes).unwrap_or_default()
    }
}

/// Reads `200`, `200,202` or `200-299`.
fn codes(text: &str) -> Option<Vec<RangeInclusive<u16>>> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (200 <= first && first <= last && last <= 499).then_some(first..=last)
    };
    text.split(',').map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_single_ones_lists_and_ranges() {
        assert_eq!(codes("200"), Some(vec![200..=200]));
        assert_eq!(codes("200,202-204"), Some(vec![200..=200, 202..=204]));
        for bad in ["", "x", "100", "200-", "300-200", "200-500"] {
            assert_eq!(codes(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_check_keeps_its_limits() {
        let spoken = Some("HTTP");
        let mut check = usual(TargetType::Ip, spoken);
        let wish = |path: &str, interval: i32| Wish {
            path: Some(path.to_owned()),
            interval_seconds: Some(interval),
            ..Wish::default()
        };
        assert!(check.change(TargetType::Ip, spoken, wish("/ok", 10)).is_ok());
        assert!(check.change(TargetType::Ip, spoken, wish("ok", 10)).is_err());
        assert!(check.change(TargetType::Ip, spoken, wish("/", 5)).is_err());
        let over = |protocol: &str| Wish { protocol: Some(protocol.to_owned()), ..Wish::default() };
        assert!(check.change(TargetType::Ip, spoken, over("TCP")).is_err());
        let spoken = Some("TLS");
        let mut tcp = usual(TargetType::Ip, spoken);
        assert!(tcp.change(TargetType::Ip, spoken, wish("/", 30)).is_err());
        assert!(tcp.change(TargetType::Ip, spoken, over("HTTPS")).is_ok());
        assert_eq!(tcp.codes(), [200..=399]);
        assert!(tcp.change(TargetType::Ip, spoken, over("TCP")).is_ok());
        assert_eq!((tcp.path, tcp.matcher), (None, None));
    }
}
