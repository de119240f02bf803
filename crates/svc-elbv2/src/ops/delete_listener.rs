//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteListener.html>

use crate::state::{Listener, Rule};
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Elb> for api::DeleteListener {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "DeleteListener", input.listener_arn.as_deref())])
    }

    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.into_inner().listener_arn.unwrap_or_default();
        elb.store
            .write(|tx| {
                let state = tx.snapshot();
                let listener = find::listener(&state, &call.scope, &arn)?;
                for rule in find::rules_of(&state, &call.scope, &listener.path())? {
                    tx.delete::<Rule>(&rule.key())?;
                }
                Ok::<_, ServiceError>(tx.delete::<Listener>(&listener.key())?)
            })
            .await?;
        elb.nudge.notify_one();
        Ok(Default::default())
    }
}
