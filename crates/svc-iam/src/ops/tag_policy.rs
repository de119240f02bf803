//! Adds tags to a managed policy, or replaces their values.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::TagPolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::with_tags(access::policy(iam, call, "TagPolicy", &input.policy_arn), &input.tags)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        iam.edit_policy(call, arn, |policy, _| policy.tags.set(input.tags.as_deref().unwrap_or_default()))
            .await?;
        Ok(api::TagPolicyOutput::default())
    }
}
