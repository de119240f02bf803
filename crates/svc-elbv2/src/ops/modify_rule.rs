//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyRule.html>

use super::check;
use crate::find::AnyRule;
use crate::model::{action, condition};
use crate::state::Rule;
use crate::{Elb, access, answer, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::ModifyRule {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "ModifyRule", input.rule_arn.as_deref())])
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
        let conditions = input.conditions.map(|given| condition::read(Some(given))).transpose()?;
        let wanted = input.actions.map(|given| action::read(Some(given))).transpose()?;
        let arn = input.rule_arn.unwrap_or_default();
        let changed = elb
            .store
            .write(move |tx| {
                let state = tx.snapshot();
                let AnyRule::Own(rule) = find::rule(&state, &call.scope, &arn)? else {
                    return Err(ServiceError::client(
                        "OperationNotPermitted",
                        format!("Default rule '{arn}' cannot be modified"),
                    ));
                };
                let mut rule = Rule::clone(&rule);
                if let Some(conditions) = conditions {
                    rule.conditions = conditions;
                }
                if let Some(wanted) = wanted {
                    let path = rule.listener.rsplit_once('/').unwrap_or_default().0.to_owned();
                    let lb = base::Arn::regional(
                        "elasticloadbalancing",
                        &call.scope,
                        format!("loadbalancer/{path}"),
                    );
                    let lb = find::load_balancer(&state, &call.scope, &lb.to_string())?;
                    // Only listeners that speak HTTP have rules.
                    check::action(&state, &call.scope, &lb, "HTTP", &wanted)?;
                    rule.action = wanted;
                }
                tx.put(&rule)?;
                Ok(rule)
            })
            .await?;
        elb.nudge.notify_one();
        Ok(api::ModifyRuleOutput { rules: Some(vec![answer::rule(&changed)]) })
    }
}
