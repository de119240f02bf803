//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html>

use crate::find::AnyRule;
use crate::state::Rule;
use crate::{Elb, access, answer, api, find, invalid};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::SetRulePriorities {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        let pairs = input.rule_priorities.iter().flatten();
        Ok(pairs
            .map(|pair| access::on(&state, call, "SetRulePriorities", pair.rule_arn.as_deref()))
            .collect())
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let pairs = input.into_inner().rule_priorities.unwrap_or_default();
        let changed = elb.store.write(|tx| set(tx, call, &pairs)).await?;
        elb.nudge.notify_one();
        Ok(api::SetRulePrioritiesOutput { rules: Some(changed.iter().map(answer::rule).collect()) })
    }
}

/// All of them at once, so that rules can change places.
fn set(tx: &mut store::Tx, call: &Call, pairs: &[api::RulePriorityPair]) -> Result<Vec<Rule>, ServiceError> {
    if pairs.is_empty() {
        return Err(invalid::validation("At least one rule priority must be specified"));
    }
    let mut changed = Vec::new();
    for pair in pairs {
        let arn = pair.rule_arn.as_deref().unwrap_or_default();
        let AnyRule::Own(rule) = find::rule(&tx.snapshot(), &call.scope, arn)? else {
            return Err(ServiceError::client(
                "OperationNotPermitted",
                format!("The priority of the default rule '{arn}' cannot be modified"),
            ));
        };
        let priority = pair.priority.and_then(|p| u32::try_from(p).ok()).unwrap_or_default();
        let rule = Rule { priority, ..Rule::clone(&rule) };
        tx.put(&rule)?;
        changed.push(rule);
    }
    for rule in &changed {
        let all = find::rules_of(&tx.snapshot(), &call.scope, &rule.listener)?;
        if all.iter().filter(|other| other.priority == rule.priority).count() > 1 {
            return Err(ServiceError::client(
                "PriorityInUse",
                format!("Priority '{}' is currently in use", rule.priority),
            ));
        }
    }
    Ok(changed)
}
