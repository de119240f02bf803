//! Which policies allow the call, and the statement that would.

use crate::{Call, Layer, Step, Target};
use policy::{Deciding, Effect, Outcome, PolicyKind};
use serde_json::{Value, json};

pub(crate) fn steps(call: &Call, target: &Target) -> Vec<Step> {
    let mut steps = Vec::new();
    if call.endpoint.is_some() || speaks(call, Layer::EndpointPolicy) {
        steps.push(step(call, target, Layer::EndpointPolicy));
    }
    steps.push(step(call, target, Layer::Iam));
    if speaks(call, Layer::ResourcePolicy) {
        steps.push(step(call, target, Layer::ResourcePolicy));
    }
    steps
}

fn layer_of(kind: PolicyKind) -> Layer {
    match kind {
        PolicyKind::VpcEndpoint => Layer::EndpointPolicy,
        PolicyKind::ResourceBased | PolicyKind::RoleTrust => Layer::ResourcePolicy,
        PolicyKind::ServiceControl
        | PolicyKind::IdentityBased
        | PolicyKind::PermissionsBoundary
        | PolicyKind::Session => Layer::Iam,
    }
}

fn speaks(call: &Call, layer: Layer) -> bool {
    deciding(call, layer).next().is_some() || missing(call, layer).is_some()
}

fn deciding(call: &Call, layer: Layer) -> impl Iterator<Item = &Deciding> {
    call.decision.deciding.iter().filter(move |deciding| layer_of(deciding.kind) == layer)
}

fn missing(call: &Call, layer: Layer) -> Option<PolicyKind> {
    call.decision.missing.iter().copied().find(|kind| layer_of(*kind) == layer)
}

fn step(call: &Call, target: &Target, layer: Layer) -> Step {
    if let Some(denying) = deciding(call, layer).find(|deciding| deciding.effect == Effect::Deny) {
        let reason = format!("{} on {} is denied: {denying}", call.action, call.resource);
        return Step::fails(layer, reason, Some(denying.to_string()), vec![]);
    }
    if let Some(kind) = missing(call, layer) {
        let what = format!("{} on {}{}", call.action, call.resource, near(call, layer));
        let reason = format!("{} {what}", withheld(call, kind));
        return Step::fails(layer, reason, rule_of(call, layer), fix(call, target, kind));
    }
    match deciding(call, layer).next() {
        Some(allowing) => Step::ok(layer, allowing.to_string(), Some(allowing.to_string())),
        None => Step::ok(layer, silence(call), rule_of(call, layer)),
    }
}

/// Of a denial the decision names who denies or whose allow is missing, not who would have allowed.
fn silence(call: &Call) -> String {
    match call.decision.outcome {
        Outcome::ExplicitDeny(_) => format!("nothing here denies {}", call.action),
        Outcome::ImplicitDeny(_) | Outcome::Allowed => format!("nothing here is missing for {}", call.action),
    }
}

/// Whose allow is missing.
fn withheld(call: &Call, kind: PolicyKind) -> String {
    match (kind, &call.endpoint, &call.role) {
        (PolicyKind::VpcEndpoint, Some(endpoint), _) => {
            format!("the policy of {} does not allow", endpoint.vpce)
        }
        (PolicyKind::IdentityBased, _, Some(role)) => format!("no policy of role {role} allows"),
        _ => format!("no {kind} allows"),
    }
}

/// Whose policies they are.
fn rule_of(call: &Call, layer: Layer) -> Option<String> {
    match layer {
        Layer::EndpointPolicy => call.endpoint.as_ref().map(|endpoint| endpoint.vpce.to_string()),
        Layer::Iam => call.role.clone(),
        _ => None,
    }
}

/// The statement that would have allowed it but for a condition, or that was meant to allow it and
/// never can.
fn near(call: &Call, layer: Layer) -> String {
    let of_layer = |statement: &Deciding| layer_of(statement.kind) == layer;
    let flaw = call.remarks.iter().find(|remark| of_layer(&remark.statement));
    match call.near_misses.iter().find(|miss| of_layer(&miss.statement)) {
        Some(miss) => match flaw.filter(|remark| remark.statement == miss.statement) {
            Some(remark) => format!(" ({miss}: {})", remark.flaw),
            None => format!(" ({miss})"),
        },
        None => flaw.map_or_else(String::new, |remark| format!(" ({remark})")),
    }
}

fn fix(call: &Call, target: &Target, kind: PolicyKind) -> Vec<String> {
    let command = match kind {
        PolicyKind::VpcEndpoint => endpoint_policy(call),
        PolicyKind::IdentityBased => role_policy(call, target),
        // Each of these limits on purpose and belongs to somebody else: the step names it, and that is all.
        PolicyKind::ServiceControl
        | PolicyKind::PermissionsBoundary
        | PolicyKind::Session
        | PolicyKind::ResourceBased
        | PolicyKind::RoleTrust => None,
    };
    command.into_iter().collect()
}

fn role_policy(call: &Call, target: &Target) -> Option<String> {
    let role = call.role.as_ref()?;
    let statement = json!({ "Effect": "Allow", "Action": call.action, "Resource": call.resource });
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    Some(format!(
        "aws iam put-role-policy --role-name {role} --policy-name {} --policy-document {}",
        policy_name(call, target),
        quoted(&document)
    ))
}

/// A name of its own for what is allowed, so that no policy there is gets overwritten: `GetSecretValue-prod-db`.
fn policy_name(call: &Call, target: &Target) -> String {
    let operation = call.action.rsplit(':').next().unwrap_or_default();
    let what = target.label.split_once(':').map_or(target.label.as_str(), |(_, name)| name);
    let fits = |c: char| if c.is_ascii_alphanumeric() || "+=,.@-".contains(c) { c } else { '-' };
    format!("{operation}-{}", what.chars().map(fits).take(64).collect::<String>())
}

/// The document there is with one statement more.
fn endpoint_policy(call: &Call) -> Option<String> {
    let endpoint = call.endpoint.as_ref()?;
    let mut document = endpoint.document.clone();
    let statement =
        json!({ "Effect": "Allow", "Principal": "*", "Action": call.action, "Resource": call.resource });
    let statements = document.as_object_mut()?.entry("Statement").or_insert_with(|| json!([]));
    match statements {
        Value::Array(list) => list.push(statement),
        single => *single = json!([single.clone(), statement]),
    }
    Some(format!(
        "aws ec2 modify-vpc-endpoint --vpc-endpoint-id {} --policy-document {}",
        endpoint.vpce,
        quoted(&document)
    ))
}

/// For a POSIX shell.
fn quoted(document: &Value) -> String {
    format!("'{}'", document.to_string().replace('\'', r"'\''"))
}
