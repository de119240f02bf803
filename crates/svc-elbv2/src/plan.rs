//! From the tables to what the nodes are to do.

use crate::Elb;
use crate::find;
use crate::model::attributes;
use crate::model::health_check::TRAFFIC_PORT;
use crate::model::ssl_policy;
use crate::state::{
    Action, Condition, Kind, Listener, LoadBalancer, Stage, Target, TargetGroup, TargetType, What,
};
use balancer::plan::{self, Choice, ForwardedFor, Node, Place, Plan, Protocol, Settings};
use balancer::rules::{self, Expression, Part};
use base::{NetworkInterfaceId, Scope};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use store::{Fault, Snapshot};

/// How long a network load balancer's connection with TLS may be silent; of others the attribute says it.
const TLS_IDLE: Duration = Duration::from_secs(350);

/// The groups of a plan by ARN and, where zones do not share targets, by zone.
type Groups = BTreeMap<(String, String), Arc<plan::Group>>;

impl Elb {
    /// What all nodes are to do now.
    pub(crate) fn plan(&self, state: &Snapshot) -> Result<Plan, Fault> {
        let mut nodes = Vec::new();
        for lb in state.scan::<LoadBalancer>("")? {
            if lb.stage != Stage::Active {
                continue;
            }
            let listeners = find::listeners_of(state, &lb.scope, &lb.path())?;
            let mut groups = Groups::new();
            for placement in &lb.placements {
                let Some(interface) = placement.interface.clone() else { continue };
                let zone = if shares_targets(&lb) { "" } else { placement.zone.as_str() };
                nodes.push(self.node(state, &lb, interface, zone, &listeners, &mut groups)?);
            }
        }
        Ok(Plan { nodes })
    }

    fn node(
        &self,
        state: &Snapshot,
        lb: &LoadBalancer,
        interface: NetworkInterfaceId,
        zone: &str,
        listeners: &[Arc<Listener>],
        groups: &mut Groups,
    ) -> Result<Node, Fault> {
        let mut served = Vec::new();
        for listener in listeners {
            let mut listed = Vec::new();
            for rule in find::rules_of(state, &lb.scope, &listener.path())? {
                let conditions = rule.conditions.iter().map(condition).collect();
                let action = self.action(state, &lb.scope, zone, &rule.action, groups)?;
                listed.push(plan::Rule { conditions, action });
            }
            let action = self.action(state, &lb.scope, zone, &listener.action, groups)?;
            listed.push(plan::Rule { conditions: Vec::new(), action });
            served.push(Arc::new(plan::Listener {
                arn: listener.arn(),
                port: listener.port,
                protocol: if listener.is_http() { Protocol::Http } else { Protocol::Tcp },
                tls: self.tls(lb, listener),
                rules: listed,
                settings: settings(lb, listener),
            }));
        }
        Ok(Node { interface, listeners: served })
    }

    /// A certificate that is gone stays out, but for the default one: without it nobody is served.
    fn tls(&self, lb: &LoadBalancer, listener: &Listener) -> Option<plan::Tls> {
        let own = listener.tls.as_ref()?;
        let policy = ssl_policy::named(&own.policy).ok();
        let version = |arn: &String| {
            let found = self.needs.certificates.version(&lb.scope, arn);
            found.inspect_err(|error| tracing::error!(%error, arn, "look for a certificate")).ok().flatten()
        };
        let certificate = |arn: &String| {
            let version = version(arn).or_else(|| (*arn == own.certificate).then(String::new))?;
            Some(plan::Certificate { arn: arn.clone(), version })
        };
        let inside: &[&str] = match lb.kind {
            Kind::Network => &[],
            Kind::Application if lb.attribute("routing.http2.enabled") == "true" => &["h2", "http/1.1"],
            Kind::Application => &["http/1.1"],
        };
        Some(plan::Tls {
            has_tls12: policy.is_some_and(|policy| policy.has_tls12),
            has_tls13: policy.is_some_and(|policy| policy.has_tls13),
            inside: inside.iter().map(|name| (*name).to_owned()).collect(),
            certificates: own.certificates().filter_map(certificate).collect(),
        })
    }

    fn action(
        &self,
        state: &Snapshot,
        scope: &Scope,
        zone: &str,
        action: &Action,
        groups: &mut Groups,
    ) -> Result<plan::Action, Fault> {
        Ok(match &action.what {
            What::FixedResponse { status, content_type, body } => plan::Action::FixedResponse {
                status: status.parse().unwrap_or(500),
                content_type: content_type.clone().unwrap_or_else(|| "text/plain".to_owned()),
                body: body.clone().unwrap_or_default(),
            },
            What::Redirect { status, protocol, host, port, path, query } => {
                plan::Action::Redirect(plan::Redirect {
                    status: if status == "HTTP_301" { 301 } else { 302 },
                    protocol: protocol.clone(),
                    host: host.clone(),
                    port: port.clone(),
                    path: path.clone(),
                    query: query.clone(),
                })
            }
            What::Forward(listed) => {
                let mut found = Vec::new();
                for (arn, weight) in listed {
                    if let Some(group) = self.group(state, scope, zone, arn, groups)? {
                        found.push((group, *weight));
                    }
                }
                let sticky = &action.stickiness;
                let seconds = sticky.seconds.and_then(|seconds| u64::try_from(seconds).ok());
                let stickiness = seconds.filter(|_| sticky.is_enabled).map(Duration::from_secs);
                plan::Action::Forward(plan::Forward { groups: found, stickiness })
            }
        })
    }

    fn group(
        &self,
        state: &Snapshot,
        scope: &Scope,
        zone: &str,
        arn: &str,
        groups: &mut Groups,
    ) -> Result<Option<Arc<plan::Group>>, Fault> {
        let key = (arn.to_owned(), zone.to_owned());
        if let Some(known) = groups.get(&key) {
            return Ok(Some(known.clone()));
        }
        // A group that is used cannot be deleted.
        let Ok(row) = find::target_group(state, scope, arn) else { return Ok(None) };
        let group = Arc::new(self.resolve(&row, zone));
        groups.insert(key, group.clone());
        Ok(Some(group))
    }

    fn resolve(&self, row: &TargetGroup, zone: &str) -> plan::Group {
        let is_here = |target: &&Target| {
            zone.is_empty() || target.zone.as_deref().is_none_or(|own| own == zone || own == "all")
        };
        let targets = row.targets.iter().filter(is_here).map(|target| plan::Target {
            id: target.id.clone(),
            port: target.port,
            place: self.place(row, target),
            is_draining: target.deregistered.is_some(),
        });
        let check = &row.check;
        let seconds = |n: i32| Duration::from_secs(u64::try_from(n).unwrap_or(1));
        let count = |n: i32| u32::try_from(n).unwrap_or(1);
        plan::Group {
            arn: row.arn(),
            part: zone.to_owned(),
            targets: targets.collect(),
            is_encrypted: row.is_encrypted(),
            proxy_protocol: row.attribute("proxy_protocol_v2.enabled") == "true",
            check: check.is_enabled.then(|| plan::Check {
                path: check.path.clone().filter(|_| check.protocol.as_deref() != Some("TCP")),
                is_encrypted: check.protocol.as_deref() == Some("HTTPS"),
                port: Some(check.port.as_str())
                    .filter(|port| *port != TRAFFIC_PORT)
                    .and_then(|p| p.parse().ok()),
                matcher: check.codes(),
                interval: seconds(check.interval_seconds),
                timeout: seconds(check.timeout_seconds),
                healthy_threshold: count(check.healthy_threshold),
                unhealthy_threshold: count(check.unhealthy_threshold),
            }),
            stickiness: stickiness(row),
            choice: match row.attribute("load_balancing.algorithm.type").as_str() {
                "least_outstanding_requests" => Choice::LeastOutstandingRequests,
                "weighted_random" => Choice::Random,
                _ => Choice::RoundRobin,
            },
            slow_start: row
                .attribute("slow_start.duration_seconds")
                .parse()
                .ok()
                .filter(|seconds| *seconds > 0)
                .map(Duration::from_secs),
            multi_value_headers: row.attribute("lambda.multi_value_headers.enabled") == "true",
        }
    }

    fn place(&self, row: &TargetGroup, target: &Target) -> Place {
        match row.target_type {
            TargetType::Lambda => Place::Function(target.id.clone()),
            TargetType::Ip => match target.id.parse::<IpAddr>() {
                Ok(address) => Place::Address(SocketAddr::new(address, target.port)),
                Err(_) => Place::Nowhere,
            },
            TargetType::Instance => match self.needs.network.instance(&row.scope, &target.id) {
                Ok(Some(place)) if place.is_running => {
                    Place::Address(SocketAddr::new(IpAddr::V4(place.address), target.port))
                }
                Ok(_) => Place::Nowhere,
                Err(error) => {
                    tracing::error!(%error, instance = target.id, "look for a target");
                    Place::Nowhere
                }
            },
        }
    }
}

fn stickiness(row: &TargetGroup) -> Option<plan::Stickiness> {
    let duration = |kind: &str| {
        let seconds = row.attribute(&format!("stickiness.{kind}.duration_seconds")).parse();
        seconds.map_or(Duration::from_secs(86_400), Duration::from_secs)
    };
    let is_enabled = row.attribute("stickiness.enabled") == "true";
    is_enabled.then(|| match row.attribute("stickiness.type").as_str() {
        "source_ip" => plan::Stickiness::SourceIp,
        "app_cookie" => {
            let name = row.attribute("stickiness.app_cookie.cookie_name");
            plan::Stickiness::AfterCookie(name, duration("app_cookie"))
        }
        _ => plan::Stickiness::Cookie(duration("lb_cookie")),
    })
}

/// Whether nodes use the targets of all zones.
fn shares_targets(lb: &LoadBalancer) -> bool {
    lb.attribute("load_balancing.cross_zone.enabled") == "true"
}

fn settings(lb: &LoadBalancer, listener: &Listener) -> Settings {
    let is_on = |name: &str| lb.attribute(name) == "true";
    let idle = lb.attribute("idle_timeout.timeout_seconds").parse().map(Duration::from_secs);
    Settings {
        idle_timeout: match lb.kind {
            Kind::Application => idle.unwrap_or(Duration::from_secs(60)),
            Kind::Network => {
                let seconds = listener.attribute("tcp.idle_timeout.seconds").parse();
                seconds.map_or(TLS_IDLE, Duration::from_secs)
            }
        },
        forwarded_for: match lb.attribute("routing.http.xff_header_processing.mode").as_str() {
            "preserve" => ForwardedFor::Preserve,
            "remove" => ForwardedFor::Remove,
            _ => ForwardedFor::Append,
        },
        client_port: is_on("routing.http.xff_client_port.enabled"),
        preserve_host: is_on("routing.http.preserve_host_header.enabled"),
        drop_invalid_headers: is_on("routing.http.drop_invalid_header_fields.enabled"),
        tls_headers: is_on("routing.http.x_amzn_tls_version_and_cipher_suite.enabled"),
        has_server_header: listener.attribute("routing.http.response.server.enabled") != "false",
        answered_headers: attributes::answered_headers(listener),
    }
}

fn like(part: Part, values: Vec<String>) -> rules::Condition {
    rules::Condition::Like { part, expressions: values.into_iter().map(Expression::new).collect() }
}

fn condition(condition: &Condition) -> rules::Condition {
    match condition.clone() {
        Condition::Host(values) => rules::Condition::Host(values),
        Condition::Path(values) => rules::Condition::Path(values),
        Condition::Header { name, values } => rules::Condition::Header { name, values },
        Condition::HostLike(values) => like(Part::Host, values),
        Condition::PathLike(values) => like(Part::Path, values),
        Condition::HeaderLike { name, values } => like(Part::Header(name), values),
        Condition::Query(pairs) => rules::Condition::Query(pairs),
        Condition::Method(values) => rules::Condition::Method(values),
        Condition::SourceIp(values) => {
            rules::Condition::SourceIp(values.iter().filter_map(|value| value.parse().ok()).collect())
        }
    }
}
