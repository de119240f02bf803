//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeRules.html>

use crate::find::AnyRule;
use crate::{Elb, access, answer, api, find, invalid, page};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Elb> for api::DescribeRules {
    fn access(_: &Elb, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(access::on_all("DescribeRules"))
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = elb.store.read();
        let arns = input.rule_arns.as_deref().unwrap_or_default();
        let mut shown = Vec::new();
        match (&input.listener_arn, arns) {
            (Some(arn), []) => {
                let listener = find::listener(&state, &call.scope, arn)?;
                let rules = find::rules_of(&state, &call.scope, &listener.path())?;
                shown.extend(rules.iter().map(|rule| answer::rule(rule)));
                shown.push(answer::default_rule(&listener));
            }
            (None, [_, ..]) => {
                for arn in arns {
                    shown.push(match find::rule(&state, &call.scope, arn)? {
                        AnyRule::Own(rule) => answer::rule(&rule),
                        AnyRule::Default(listener) => answer::default_rule(&listener),
                    });
                }
            }
            _ => {
                return Err(invalid::validation(
                    "You must specify either listener rule ARNs or a listener ARN",
                ));
            }
        }
        let (rules, next_marker) = page::page(shown, order, input.page_size, input.marker.as_deref())?;
        Ok(api::DescribeRulesOutput { rules: Some(rules), next_marker })
    }
}

/// By priority; the default rule comes last.
fn order(rule: &api::Rule) -> String {
    let priority = rule.priority.as_deref().and_then(|p| p.parse::<u32>().ok()).unwrap_or(u32::MAX);
    format!("{priority:010} {}", rule.rule_arn.as_deref().unwrap_or_default())
}
