//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html>

use crate::state::TargetGroup;
use crate::{Elb, access, api, find};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Elb> for api::DeleteTargetGroup {
    fn access(elb: &Elb, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let state = elb.store.read();
        Ok(vec![access::on(&state, call, "DeleteTargetGroup", input.target_group_arn.as_deref())])
    }

    /// Deleting what is not there is no error.
    async fn run(
        elb: &Elb,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = input.into_inner().target_group_arn.unwrap_or_default();
        elb.store
            .write(move |tx| {
                let state = tx.snapshot();
                let group = match find::target_group(&state, &call.scope, &arn) {
                    Ok(group) => group,
                    Err(error) if error.code == "TargetGroupNotFound" => return Ok(()),
                    Err(error) => return Err(error),
                };
                if !find::users_of(&state, &call.scope, &arn)?.is_empty() {
                    return Err(ServiceError::client(
                        "ResourceInUse",
                        format!("Target group '{arn}' is currently in use by a listener or a rule"),
                    ));
                }
                tx.delete::<TargetGroup>(&group.key())?;
                Ok(())
            })
            .await?;
        Ok(Default::default())
    }
}
