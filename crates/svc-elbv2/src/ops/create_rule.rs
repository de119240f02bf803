//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html>

use super::check;
use crate::model::{action, condition};
use crate::state::{Kind, Rule, Tags};
use crate::{Elb, RULES_PER_LOAD_BALANCER_MAX, access, answer, api, find, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::CreateRule {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        let asked = access::on(&state, call, "CreateRule", input.listener_arn.as_deref());
        Ok(vec![access::with_request_tags(asked, input.tags.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        if input.transforms.as_ref().is_some_and(|t| !t.is_empty()) {
            return Err(ServiceError::not_implemented("A rule with transforms"));
        }
        let arn = input.listener_arn.clone().unwrap_or_default();
        let listener = find::listener(&elb.store.read(), &call.scope, &arn)?;
        let mut own_tags = Tags::new();
        tags::add(&mut own_tags, input.tags)?;
        let rule = Rule {
            scope: call.scope.clone(),
            listener: listener.path(),
            id: elb.needs.ids.hex(16),
            priority: input.priority.and_then(|p| u32::try_from(p).ok()).unwrap_or_default(),
            conditions: condition::read(input.conditions)?,
            action: action::read(input.actions)?,
            tags: own_tags,
        };
        let shown = answer::rule(&rule);
        elb.store.write(move |tx| insert(tx, &arn, &rule)).await?;
        elb.nudge.notify_one();
        Ok(api::CreateRuleOutput { rules: Some(vec![shown]) })
    }
}

fn insert(tx: &mut store::Tx, arn: &str, rule: &Rule) -> Result<(), ServiceError> {
    let state = tx.snapshot();
    let listener = find::listener(&state, &rule.scope, arn)?;
    let lb = find::load_balancer(&state, &rule.scope, &listener.load_balancer_arn())?;
    if lb.kind == Kind::Network {
        return Err(ServiceError::client(
            "UnsupportedProtocol",
            format!("Rules are unsupported for listeners with the protocol {}", listener.protocol),
        ));
    }
    check::action(&state, &rule.scope, &lb, &listener.protocol, &rule.action)?;
    check_priority(&find::rules_of(&state, &rule.scope, &rule.listener)?, rule)?;
    if find::rules_of(&state, &rule.scope, &lb.path())?.len() >= RULES_PER_LOAD_BALANCER_MAX {
        return Err(ServiceError::client(
            "TooManyRules",
            "The maximum number of rules per load balancer has been reached",
        ));
    }
    Ok(tx.put(rule)?)
}

fn check_priority(others: &[std::sync::Arc<Rule>], rule: &Rule) -> Result<(), ServiceError> {
    match others.iter().find(|other| other.priority == rule.priority) {
        Some(_) => Err(ServiceError::client(
            "PriorityInUse",
            format!("Priority '{}' is currently in use", rule.priority),
        )),
        None => Ok(()),
    }
}
