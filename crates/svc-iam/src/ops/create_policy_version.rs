//! Adds a version to a managed policy.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>

use crate::access;
use crate::api;
use crate::model::{given, read_document};
use crate::state::Iam;
use policy::Kind;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::CreatePolicyVersion {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::policy(iam, call, "CreatePolicyVersion", &input.policy_arn)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let arn = given(&input.policy_arn, "policyArn")?;
        let document = read_document(given(&input.policy_document, "policyDocument")?, Kind::Identity)?;
        let as_default = input.set_as_default.unwrap_or_default();
        let version = iam
            .edit_policy(call, arn, |policy, _| {
                let added = policy.add_version(document, as_default, call.now)?.clone();
                Ok(policy.describe_version(&added))
            })
            .await?;
        Ok(api::CreatePolicyVersionResponse { policy_version: Some(version) })
    }
}
