//! Adds tags to a user, or replaces their values.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::TagUser {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tags(access::user(iam, call, "TagUser", &input.user_name), &input.tags)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        iam.edit_user(call, name, |user, _| user.tags.set(input.tags.as_deref().unwrap_or_default())).await?;
        Ok(api::TagUserOutput::default())
    }
}
