//! Removes tags from a managed policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UntagPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tag_keys(access::policy(iam, call, "UntagPolicy", &input.policy_arn), &input.tag_keys)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        iam.edit_policy(call, arn, |policy, _| {
            policy.tags.remove(input.tag_keys.as_deref().unwrap_or_default());
            Ok(())
        })
        .await?;
        Ok(api::UntagPolicyOutput::default())
    }
}
