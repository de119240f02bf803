//! Adds tags to an instance profile, or replaces their values.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagInstanceProfile.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::TagInstanceProfile {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tags(
            access::profile(iam, call, "TagInstanceProfile", &input.instance_profile_name),
            &input.tags,
        )
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.instance_profile_name, "instanceProfileName")?;
        iam.edit_profile(call, name, |profile, _| {
            profile.tags.set(input.tags.as_deref().unwrap_or_default())
        })
        .await?;
        Ok(api::TagInstanceProfileOutput::default())
    }
}
