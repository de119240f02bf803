//! Removes tags from a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UntagUser {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tag_keys(access::user(iam, call, "UntagUser", &input.user_name), &input.tag_keys)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        iam.edit_user(call, name, |user, _| {
            user.tags.remove(input.tag_keys.as_deref().unwrap_or_default());
            Ok(())
        })
        .await?;
        Ok(api::UntagUserOutput::default())
    }
}
