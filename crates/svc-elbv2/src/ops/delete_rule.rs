//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteRule.html>

use crate::find::AnyRule;
use crate::state::Rule;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Elb> for api::DeleteRule {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "DeleteRule", input.rule_arn.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.into_inner().rule_arn.unwrap_or_default();
        elb.store
            .write(|tx| match find::rule(&tx.snapshot(), &call.scope, &arn)? {
                AnyRule::Own(rule) => Ok(tx.delete::<Rule>(&rule.key())?),
                AnyRule::Default(_) => Err(ServiceError::client(
                    "OperationNotPermitted",
                    format!("Default rule '{arn}' cannot be deleted"),
                )),
            })
            .await?;
        elb.nudge.notify_one();
        Ok(Default::default())
    }
}
