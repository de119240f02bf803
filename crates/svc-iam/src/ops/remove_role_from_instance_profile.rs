//! Takes a role out of an instance profile.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html>

use crate::access;
use crate::api;
use crate::error::no_such;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::RemoveRoleFromInstanceProfile {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::profile(iam, call, "RemoveRoleFromInstanceProfile", &input.instance_profile_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.instance_profile_name, "instanceProfileName")?;
        let role = given(&input.role_name, "roleName")?;
        iam.edit_profile(call, name, |profile, _| {
            if profile.role.as_deref() != Some(role) {
                return Err(no_such("role", role));
            }
            profile.role = None;
            Ok(())
        })
        .await?;
        Ok(api::RemoveRoleFromInstanceProfileOutput::default())
    }
}
