//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html>

use crate::state::{Listener, LoadBalancer, Rule, Stage};
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Elb> for api::DeleteLoadBalancer {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "DeleteLoadBalancer", input.load_balancer_arn.as_deref())])
    }

    /// Deleting what is not there is no error.
    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.into_inner().load_balancer_arn.unwrap_or_default();
        let is_linked = elb.needs.network.is_linked(&call.scope, &arn)?;
        elb.store
            .write(|tx| {
                let state = tx.snapshot();
                let lb = match find::load_balancer(&state, &call.scope, &arn) {
                    Ok(lb) => lb,
                    Err(error) if error.code == "LoadBalancerNotFound" => return Ok(()),
                    Err(error) => return Err(error),
                };
                if lb.attribute("deletion_protection.enabled") == "true" {
                    return Err(ServiceError::client(
                        "OperationNotPermitted",
                        format!(
                            "Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
                        ),
                    ));
                }
                if is_linked {
                    return Err(ServiceError::client(
                        "ResourceInUse",
                        format!(
                            "Load balancer '{arn}' cannot be deleted because it is currently associated with another service"
                        ),
                    ));
                }
                for rule in find::rules_of(&state, &call.scope, &lb.path())? {
                    tx.delete::<Rule>(&rule.key())?;
                }
                for listener in find::listeners_of(&state, &call.scope, &lb.path())? {
                    tx.delete::<Listener>(&listener.key())?;
                }
                tx.put(&LoadBalancer { stage: Stage::Deleting, ..LoadBalancer::clone(&lb) })?;
                Ok(())
            })
            .await?;
        elb.nudge.notify_one();
        Ok(Default::default())
    }
}
