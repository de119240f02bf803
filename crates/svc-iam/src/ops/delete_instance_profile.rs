//! Deletes an instance profile that carries no role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html>

use crate::access;
use crate::api;
use crate::error::delete_conflict;
use crate::model::{InstanceProfile, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::DeleteInstanceProfile {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::profile(iam, call, "DeleteInstanceProfile", &input.instance_profile_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.instance_profile_name, "instanceProfileName")?;
        iam.store
            .write(|tx| {
                let profile = state::profile(&tx.snapshot(), &call.scope.account, name)?;
                if profile.role.is_some() {
                    return Err(delete_conflict(
                        "Cannot delete entity, must remove roles from instance profile first.",
                    ));
                }
                tx.delete::<InstanceProfile>(&profile.key()).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::DeleteInstanceProfileOutput::default())
    }
}
