//! Makes an instance profile without a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html>

use crate::access;
use crate::api;
use crate::error::{already_exists, quota};
use crate::model::{InstanceProfile, Tags, given, path};
use crate::quota::INSTANCE_PROFILES_PER_ACCOUNT;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::CreateInstanceProfile {
    fn access(_iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::new(
            call,
            "CreateInstanceProfile",
            "instance-profile",
            &input.path,
            &input.instance_profile_name,
            &input.tags,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let account = &call.scope.account;
        let profile = InstanceProfile {
            account: account.clone(),
            name: given(&input.instance_profile_name, "instanceProfileName")?.to_owned(),
            path: path(&input.path),
            id: iam.ids.iam("AIPA"),
            created: call.now,
            tags: Tags::new(&input.tags)?,
            role: None,
        };
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                if state.get::<InstanceProfile>(&profile.key())?.is_some() {
                    return Err(already_exists(format!("Instance Profile {} already exists.", profile.name)));
                }
                if state::all::<InstanceProfile>(&state, account)?.len() >= INSTANCE_PROFILES_PER_ACCOUNT {
                    return Err(quota("InstanceProfilesPerAccount", INSTANCE_PROFILES_PER_ACCOUNT));
                }
                tx.put(&profile).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::CreateInstanceProfileResponse { instance_profile: Some(profile.describe(None)) })
    }
}
