//! Lists the versions of a managed policy, the newest first.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html>

use crate::access;
use crate::api;
use crate::model::{PolicyVersion, given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListPolicyVersions {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::policy(iam, call, "ListPolicyVersions", &input.policy_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        let policy = state::known_policy(&iam.read(), &call.scope.account, arn)?;
        let newest_first = policy.versions.iter().rev().cloned().collect();
        let key = |version: &PolicyVersion| format!("{:010}", u32::MAX - version.number);
        let page = page(newest_first, key, &input.marker, input.max_items)?;
        Ok(api::ListPolicyVersionsResponse {
            versions: Some(page.items.iter().map(|v| policy.describe_version(v)).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
