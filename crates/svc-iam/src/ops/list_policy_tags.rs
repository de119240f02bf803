//! Lists the tags of a managed policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html>

use crate::access;
use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListPolicyTags {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::policy(iam, call, "ListPolicyTags", &input.policy_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        let policy = state::known_policy(&iam.read(), &call.scope.account, arn)?;
        let key = |tag: &api::Tag| tag.key.clone().unwrap_or_default().to_lowercase();
        let page = page(policy.tags.describe(), key, &input.marker, input.max_items)?;
        Ok(api::ListPolicyTagsResponse {
            tags: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
