//! What ARNs and names lead to.

use crate::invalid::{
    listener_not_found, load_balancer_not_found, rule_not_found, target_group_not_found, validation,
};
use crate::state::{Listener, LoadBalancer, Rule, Stage, TargetGroup};
use base::{Arn, Scope};
use service::ServiceError;
use std::sync::Arc;
use store::{Fault, Snapshot};

/// The path in an ARN of this kind, such as `app/name/id` of a load balancer.
fn path(scope: &Scope, kind: &str, arn: &str) -> Option<String> {
    let parsed: Arn = arn.parse().ok()?;
    let own = parsed.service == "elasticloadbalancing"
        && parsed.account == scope.account.as_str()
        && parsed.region == scope.region.as_str();
    let (found, path) = parsed.resource.split_once('/').filter(|_| own)?;
    (found == kind).then(|| path.to_owned())
}

/// Whether it is an ARN of elastic load balancing at all.
fn is_arn(kind: &str, arn: &str) -> bool {
    arn.parse::<Arn>().is_ok_and(|parsed| {
        parsed.service == "elasticloadbalancing"
            && parsed.resource.split_once('/').is_some_and(|(found, rest)| found == kind && !rest.is_empty())
    })
}

fn checked(scope: &Scope, kind: &str, what: &str, arn: &str) -> Result<Option<String>, ServiceError> {
    if is_arn(kind, arn) {
        Ok(path(scope, kind, arn))
    } else {
        Err(validation(format!("'{arn}' is not a valid {what} ARN")))
    }
}

pub fn load_balancer(state: &Snapshot, scope: &Scope, arn: &str) -> Result<Arc<LoadBalancer>, ServiceError> {
    let found = match checked(scope, "loadbalancer", "load balancer", arn)? {
        Some(path) => state.get::<LoadBalancer>(&scope.key(&path))?,
        None => None,
    };
    found.filter(|lb| lb.stage != Stage::Deleting).ok_or_else(|| load_balancer_not_found(arn))
}

pub fn target_group(state: &Snapshot, scope: &Scope, arn: &str) -> Result<Arc<TargetGroup>, ServiceError> {
    let found = match checked(scope, "targetgroup", "target group", arn)? {
        Some(path) => state.get::<TargetGroup>(&scope.key(&path))?,
        None => None,
    };
    found.ok_or_else(target_group_not_found)
}

pub fn listener(state: &Snapshot, scope: &Scope, arn: &str) -> Result<Arc<Listener>, ServiceError> {
    let found = match checked(scope, "listener", "listener", arn)? {
        Some(path) => state.get::<Listener>(&scope.key(&path))?,
        None => None,
    };
    found.ok_or_else(listener_not_found)
}

/// A rule, or the listener whose default rule it is.
pub enum AnyRule {
    Own(Arc<Rule>),
    Default(Arc<Listener>),
}

pub fn rule(state: &Snapshot, scope: &Scope, arn: &str) -> Result<AnyRule, ServiceError> {
    let Some(path) = checked(scope, "listener-rule", "listener rule", arn)? else {
        return Err(rule_not_found());
    };
    if let Some(rule) = state.get::<Rule>(&scope.key(&path))? {
        return Ok(AnyRule::Own(rule));
    }
    let (listener, id) = path.rsplit_once('/').unwrap_or_default();
    let listener = state.get::<Listener>(&scope.key(listener))?;
    listener.filter(|l| l.default_rule == id).map(AnyRule::Default).ok_or_else(rule_not_found)
}

/// All load balancers of a scope but those that are going.
pub fn load_balancers(state: &Snapshot, scope: &Scope) -> Result<Vec<Arc<LoadBalancer>>, Fault> {
    let mut all = state.scan::<LoadBalancer>(&scope.prefix())?;
    all.retain(|lb| lb.stage != Stage::Deleting);
    Ok(all)
}

pub fn listeners_of(
    state: &Snapshot,
    scope: &Scope,
    load_balancer: &str,
) -> Result<Vec<Arc<Listener>>, Fault> {
    state.scan::<Listener>(&scope.key(&format!("{load_balancer}/")))
}

/// The rules below a load balancer or a listener, without the default ones.
pub fn rules_of(state: &Snapshot, scope: &Scope, path: &str) -> Result<Vec<Arc<Rule>>, Fault> {
    let mut rules = state.scan::<Rule>(&scope.key(&format!("{path}/")))?;
    rules.sort_by_key(|rule| rule.priority);
    Ok(rules)
}

/// The ARNs of the load balancers that have a certificate.
pub fn users_of_certificate(state: &Snapshot, certificate: &str) -> Result<Vec<String>, Fault> {
    let mut users: Vec<String> = Vec::new();
    for listener in state.scan::<Listener>("")? {
        if listener.tls.iter().any(|tls| tls.certificates().any(|arn| arn == certificate)) {
            users.push(listener.load_balancer_arn());
        }
    }
    users.sort();
    users.dedup();
    Ok(users)
}

/// The paths of the load balancers that forward to a target group.
pub fn users_of(state: &Snapshot, scope: &Scope, group: &str) -> Result<Vec<String>, Fault> {
    let mut users: Vec<String> = Vec::new();
    for listener in state.scan::<Listener>(&scope.prefix())? {
        if listener.action.groups().iter().any(|(arn, _)| arn == group) {
            users.push(listener.load_balancer.clone());
        }
    }
    for rule in state.scan::<Rule>(&scope.prefix())? {
        if rule.action.groups().iter().any(|(arn, _)| arn == group) {
            users.push(rule.listener.rsplit_once('/').unwrap_or_default().0.to_owned());
        }
    }
    users.sort();
    users.dedup();
    Ok(users)
}
