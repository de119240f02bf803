//! Puts a role into an instance profile, which may carry one; the caller must be allowed to pass it.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html>

use crate::access;
use crate::api;
use crate::error::quota;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::AddRoleToInstanceProfile {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let mut asked = access::profile(iam, call, "AddRoleToInstanceProfile", &input.instance_profile_name)?;
        asked.extend(access::role(iam, call, "PassRole", &input.role_name)?);
        Ok(asked)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.instance_profile_name, "instanceProfileName")?;
        let role = given(&input.role_name, "roleName")?;
        iam.edit_profile(call, name, |profile, state| {
            state::role(state, &call.scope.account, role)?;
            if profile.role.is_some() {
                return Err(quota("InstanceSessionsPerInstanceProfile", 1));
            }
            profile.role = Some(role.to_owned());
            Ok(())
        })
        .await?;
        Ok(api::AddRoleToInstanceProfileOutput::default())
    }
}
