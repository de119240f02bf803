//! What stood in a function's way while it ran: packets that rules dropped at its interfaces, and calls that
//! policies denied its role. Each with what decides, and with what would repair it where that is meant.

use crate::why::{Asking, Explainer, Protocol, WhyError};
use base::{Arn, NetworkInterfaceId, Scope, Timestamp};
use netplane::DropRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use svc_cloudtrail::{CloudTrail, Entry};
use svc_lambda::model::Function;
use vpc::{DropRef, Network, Payload};

/// How many are told: a function that tries again and again meets the same ones.
const MOST: usize = 16;

/// A function as it ran, and when (milliseconds).
#[derive(Debug, Deserialize)]
pub struct Ran {
    function: String,
    /// A number; none is `$LATEST`.
    version: Option<String>,
    since: i64,
    until: i64,
}

impl Ran {
    /// The name as functions are looked up by.
    fn name(&self) -> String {
        match &self.version {
            Some(version) => format!("{}:{version}", self.function),
            None => self.function.clone(),
        }
    }

    fn times(&self) -> RangeInclusive<Timestamp> {
        Timestamp(self.since)..=Timestamp(self.until)
    }
}

/// One thing that was in the way.
#[derive(Debug, Serialize)]
pub struct Obstacle {
    /// `packet` or `call`.
    kind: &'static str,
    what: String,
    /// The rule that dropped the packet, or the statement that denied the call.
    rule: Option<String>,
    because: Vec<String>,
    fix: Vec<String>,
    /// How often it was met.
    times: usize,
}

/// Where packets were on their way to, or came back from, and the rule that dropped them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    peer: IpAddr,
    protocol: Protocol,
    port: u16,
    rule: String,
}

impl Way {
    /// The way of a dropped packet, as the function sees it.
    fn of(drop: &DropRecord, own: &[NetworkInterfaceId], is_own: impl Fn(IpAddr) -> bool) -> Option<Self> {
        // Functions accept no connections: that somebody tried is none of the function's concern.
        if matches!(drop.by, DropRef::Hub(_)) {
            return None;
        }
        let names =
            |interface: &Option<NetworkInterfaceId>| interface.as_ref().is_some_and(|id| own.contains(id));
        let leaves = names(&drop.from);
        let returns = names(&drop.to) || is_own(drop.destination);
        let peer = match (leaves, returns) {
            (true, _) => drop.destination,
            (false, true) => drop.source,
            (false, false) => return None,
        };
        let port = |source: u16, destination: u16| if leaves { destination } else { source };
        let (protocol, port) = match drop.payload {
            Payload::Tcp { source_port, destination_port } => {
                (Protocol::Tcp, port(source_port, destination_port))
            }
            Payload::Udp { source_port, destination_port } => {
                (Protocol::Udp, port(source_port, destination_port))
            }
            Payload::Icmp { .. } | Payload::Icmpv6 { .. } | Payload::Other(_) => (Protocol::Icmp, 0),
        };
        Some(Self { peer, protocol, port, rule: drop.by.to_string() })
    }

    fn address(&self) -> String {
        match self.protocol {
            Protocol::Icmp => self.peer.to_string(),
            Protocol::Tcp | Protocol::Udp => SocketAddr::new(self.peer, self.port).to_string(),
        }
    }
}

impl Explainer {
    /// What was in the function's way, packets first. Calls that were denied come from the record.
    pub async fn obstacles(
        &self,
        scope: &Scope,
        ran: &Ran,
        trail: &CloudTrail,
    ) -> Result<Vec<Obstacle>, WhyError> {
        let role = self.role(scope, ran)?;
        let session = session_arn(&role, &ran.function);
        let mut found = self.dropped(scope, ran)?;
        for entry in trail.denied(&scope.account, &session, ran.times()).await? {
            add(&mut found, denied(&entry, &role));
        }
        found.truncate(MOST);
        Ok(found)
    }

    fn role(&self, scope: &Scope, ran: &Ran) -> Result<Arn, WhyError> {
        let found = self.store.read().get::<Function>(&scope.key(&ran.name()))?;
        let function = found.ok_or_else(|| WhyError::NoFunction(ran.name()))?;
        Ok(function.serving.as_ref().map_or(&function.settings, |serving| &serving.settings).role.clone())
    }

    fn dropped(&self, scope: &Scope, ran: &Ran) -> Result<Vec<Obstacle>, WhyError> {
        let Some((network, interfaces)) = self.function_network(scope, &ran.name())? else {
            return Ok(Vec::new());
        };
        let of_function = |at: IpAddr| {
            interfaces.iter().any(|id| network.interfaces.get(id).is_some_and(|interface| interface.has(at)))
        };
        let mut ways: BTreeMap<Way, usize> = BTreeMap::new();
        let times = ran.times();
        let drops = self.network.plane().recent_drops().into_iter();
        for drop in drops.filter(|drop| drop.vpc == network.vpc && times.contains(&drop.time)) {
            if let Some(way) = Way::of(&drop, &interfaces, of_function) {
                *ways.entry(way).or_default() += 1;
            }
        }
        ways.into_iter()
            .take(MOST)
            .map(|(way, times)| self.packet(scope, ran, &network, &way, times))
            .collect()
    }

    /// The rules as they are now, asked about the way that the packets went.
    fn packet(
        &self,
        scope: &Scope,
        ran: &Ran,
        network: &Network,
        way: &Way,
        times: usize,
    ) -> Result<Obstacle, WhyError> {
        let from = format!("function:{}", ran.name());
        let answered = self.explain(scope, &Asking::of_rules(&from, way.address(), way.protocol))?;
        let steps = answered.blockers.as_array();
        let told = |step: &Value| step.get("reason").and_then(Value::as_str).map(str::to_owned);
        let fixes = |step: &Value| step.get("fix").and_then(Value::as_array).cloned().unwrap_or_default();
        let fix = steps.into_iter().flatten().flat_map(fixes);
        Ok(Obstacle {
            kind: "packet",
            what: format!("{} to {}{}", way.protocol, way.address(), self.whose(scope, network, way.peer)?),
            rule: Some(way.rule.clone()),
            because: answered.blockers.as_array().into_iter().flatten().filter_map(told).collect(),
            fix: fix.filter_map(|command| command.as_str().map(str::to_owned)).collect(),
            times,
        })
    }

    /// Who has an address of the network, in brackets, if somebody does.
    fn whose(&self, scope: &Scope, network: &Network, address: IpAddr) -> Result<String, WhyError> {
        let mut all = network.interfaces.values();
        let Some(interface) = all.find(|interface| interface.has(address)) else {
            return Ok(String::new());
        };
        let named = self.named(scope, interface.id.as_str())?;
        let word = |name: &str| named.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let name = word("name").or_else(|| word("description")).unwrap_or(interface.id.as_str());
        Ok(format!(" ({name})"))
    }
}

/// A function's session of its role, as the record of calls names it.
fn session_arn(role: &Arn, function: &str) -> String {
    format!("arn:aws:sts::{}:assumed-role/{}/{function}", role.account, role_name(role))
}

fn role_name(role: &Arn) -> &str {
    role.resource.rsplit('/').next().unwrap_or_default()
}

/// The same again is counted.
fn add(found: &mut Vec<Obstacle>, obstacle: Obstacle) {
    let same = |known: &&mut Obstacle| known.kind == obstacle.kind && known.what == obstacle.what;
    match found.iter_mut().find(same) {
        Some(known) => known.times += obstacle.times,
        None => found.push(obstacle),
    }
}

fn denied(entry: &Entry, role: &Arn) -> Obstacle {
    let (mut what, mut because, mut fix, mut rule) = (entry.name.clone(), Vec::new(), Vec::new(), None);
    if let Some(reasons) = &entry.reasons {
        what = format!("{} on {}", reasons.action, reasons.resource);
        because.extend(reasons.deciding.iter().map(|statement| format!("denied by {statement}")));
        because.extend(reasons.missing.iter().map(|kind| format!("no {kind} allows it")));
        because.extend(reasons.remarks.iter().cloned());
        rule = reasons.deciding.first().cloned();
        // Other kinds of policies limit on purpose and belong to somebody else.
        if reasons.deciding.is_empty() && reasons.missing == [policy::PolicyKind::IdentityBased.to_string()] {
            fix.push(role_policy(role_name(role), &reasons.action, &reasons.resource));
        }
    }
    Obstacle { kind: "call", what, rule, because, fix, times: 1 }
}

/// The longest name that an inline policy of a role may have.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
const MAX_POLICY_NAME: usize = 128;

/// The command that lets a role do what it was denied, under a name of its own: the repair for one resource must
/// not overwrite that for another.
fn role_policy(role: &str, action: &str, resource: &str) -> String {
    let statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let name = policy_name(action, resource);
    format!(
        "aws iam put-role-policy --role-name {role} --policy-name {name} --policy-document '{}'",
        document.replace('\'', r"'\''")
    )
}

/// `allow-secretsmanager-GetSecretValue-orders-db-AbCdEf`: the action, and the end of the resource, which tells it
/// from others.
fn policy_name(action: &str, resource: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) { c } else { '-' };
    let what = resource.splitn(6, ':').last().filter(|what| *what != "*").unwrap_or_default();
    let what = what.split_once(':').map_or(what, |(_, name)| name);
    let head = format!("allow-{action}");
    let room = MAX_POLICY_NAME.saturating_sub(head.chars().count() + 1);
    let tail: Vec<char> = what.chars().collect();
    let tail: String = tail.iter().skip(tail.len().saturating_sub(room)).collect();
    let name = if tail.is_empty() { head } else { format!("{head}-{tail}") };
    name.chars().map(fits).take(MAX_POLICY_NAME).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use svc_cloudtrail::Reasons;

    fn drop_record(by: &str, from: Option<&str>, to: Option<&str>, payload: Payload) -> DropRecord {
        DropRecord {
            vpc: "vpc-1".into(),
            time: Timestamp(5),
            by: by.parse().unwrap(),
            from: from.map(Into::into),
            to: to.map(Into::into),
            source: "10.0.1.5".parse().unwrap(),
            destination: "10.0.2.9".parse().unwrap(),
            payload,
        }
    }

    #[test]
    fn a_way_is_told_from_the_functions_side() {
        let way = |drop: &DropRecord, interface: &str, address: &str| {
            let address: IpAddr = address.parse().unwrap();
            let way = Way::of(drop, &[interface.into()], |at| at == address)?;
            Some(format!("{} {} {}", way.protocol, way.address(), way.rule))
        };
        let there = Payload::Tcp { source_port: 40_000, destination_port: 8080 };
        let sent = drop_record("sg-out eni-f", Some("eni-f"), None, there);
        assert_eq!(way(&sent, "eni-f", "10.0.1.5").as_deref(), Some("tcp 10.0.2.9:8080 sg-out eni-f"));
        // The answer of 10.0.1.5:8080 to another function at 10.0.2.9 was dropped.
        let back = Payload::Tcp { source_port: 8080, destination_port: 40_000 };
        let answer = drop_record("nacl-out acl-1 *", Some("eni-s"), None, back);
        assert_eq!(way(&answer, "eni-g", "10.0.2.9").as_deref(), Some("tcp 10.0.1.5:8080 nacl-out acl-1 *"));
        let tried = drop_record("hub eni-g", Some("eni-s"), Some("eni-g"), there);
        assert_eq!(way(&tried, "eni-g", "10.0.2.9"), None, "nobody can connect to a function");
        let others = drop_record("sg-in eni-x", Some("eni-s"), Some("eni-x"), there);
        assert_eq!(way(&others, "eni-f", "10.0.9.9"), None);
    }

    #[test]
    fn a_denied_call_comes_with_the_statement_that_is_missing() {
        let role: Arn = "arn:aws:iam::000000000000:role/team/orders".parse().unwrap();
        let entry = |missing: &str| Entry {
            id: String::new(),
            at: Timestamp(5),
            name: "GetSecretValue".to_owned(),
            source: String::new(),
            username: None,
            access_key_id: None,
            read_only: true,
            resources: Vec::new(),
            event: String::new(),
            request_id: String::new(),
            data: false,
            reasons: Some(Reasons {
                action: "secretsmanager:GetSecretValue".to_owned(),
                resource: "arn:x".to_owned(),
                deciding: Vec::new(),
                missing: vec![missing.to_owned()],
                remarks: Vec::new(),
            }),
        };
        assert_eq!(session_arn(&role, "f"), "arn:aws:sts::000000000000:assumed-role/orders/f");
        let fix = denied(&entry("identity-based policy"), &role).fix.concat();
        let want =
            "aws iam put-role-policy --role-name orders --policy-name allow-secretsmanager-GetSecretValue-x ";
        assert!(fix.starts_with(want) && fix.contains(r#""Resource":"arn:x""#), "{fix}");
        assert!(denied(&entry("VPC endpoint policy"), &role).fix.is_empty());
    }

    #[test]
    fn a_repair_for_one_resource_overwrites_none_for_another() {
        let secret = |name: &str| format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}");
        let get = |name: &str| policy_name("secretsmanager:GetSecretValue", &secret(name));
        assert_eq!(get("prod/db-AbCdEf"), "allow-secretsmanager-GetSecretValue-prod-db-AbCdEf");
        assert_ne!(get("prod/db-AbCdEf"), get("prod/mail-GhIjKl"));
        assert_eq!(policy_name("iam:ListUsers", "*"), "allow-iam-ListUsers");
        let role = "arn:aws:iam::000000000000:role/service/orders";
        assert_eq!(policy_name("iam:PassRole", role), "allow-iam-PassRole-role-service-orders");
        for end in ["a", "b"] {
            let long = get(&("x".repeat(500) + end));
            assert!(long.len() == MAX_POLICY_NAME && long.ends_with(end), "{long}");
        }
    }
}
