//! Removes tags from an instance profile.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagInstanceProfile.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UntagInstanceProfile {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tag_keys(
            access::profile(iam, call, "UntagInstanceProfile", &input.instance_profile_name),
            &input.tag_keys,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.instance_profile_name, "instanceProfileName")?;
        iam.edit_profile(call, name, |profile, _| {
            profile.tags.remove(input.tag_keys.as_deref().unwrap_or_default());
            Ok(())
        })
        .await?;
        Ok(api::UntagInstanceProfileOutput::default())
    }
}
