//! Deletes a group that has no members and no policies left.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html>

use crate::access;
use crate::api;
use crate::model::{Group, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::DeleteGroup {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::group(iam, call, "DeleteGroup", &input.group_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.group_name, "groupName")?;
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                let group = state::group(&state, &call.scope.account, name)?;
                group.check_deletable(!state::members(&state, &group)?.is_empty())?;
                tx.delete::<Group>(&group.key()).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::DeleteGroupOutput::default())
    }
}
