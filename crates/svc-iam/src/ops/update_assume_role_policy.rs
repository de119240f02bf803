//! Replaces the trust policy of a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>

use crate::access;
use crate::api;
use crate::model::{check_trust, given, read_trust};
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UpdateAssumeRolePolicy {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::role(iam, call, "UpdateAssumeRolePolicy", &input.role_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.role_name, "roleName")?;
        let trust = read_trust(given(&input.policy_document, "policyDocument")?)?;
        iam.edit_role(call, name, |role, state| {
            check_trust(state, &trust)?;
            role.trust = trust;
            Ok(())
        })
        .await?;
        Ok(api::UpdateAssumeRolePolicyOutput::default())
    }
}
