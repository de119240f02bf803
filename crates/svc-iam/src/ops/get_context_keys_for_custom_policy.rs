//! Lists the condition keys that policies given as text speak of.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html>

use crate::api;
use crate::simulate::{condition_keys, read_policies};
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetContextKeysForCustomPolicy {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:GetContextKeysForCustomPolicy", "*")])
    }

    async fn run(
        _iam: &Iam,
        _call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let policies = read_policies("PolicyInputList", &input.policy_input_list)?;
        Ok(api::GetContextKeysForPolicyResponse { context_key_names: Some(condition_keys(&policies)) })
    }
}
