//! Lists the condition keys that the policies of a user, group or role speak of.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html>

use crate::api;
use crate::model::given;
use crate::simulate::{condition_keys, read_policies};
use crate::source::Source;
use crate::state::Iam;
use policy::Policy;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetContextKeysForPrincipalPolicy {
    fn access(_iam: &Iam, _call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let source = given(&input.policy_source_arn, "policySourceArn")?;
        Ok(vec![Access::to("iam:GetContextKeysForPrincipalPolicy", source)])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let state = iam.read();
        let source = given(&input.policy_source_arn, "policySourceArn")?;
        let stored = Source::find(&state, &call.scope.account, source)?.policies(&state)?;
        let mut policies: Vec<Policy> =
            stored.iter().map(|p| Policy::new(&p.name, p.document.clone())).collect();
        policies.extend(read_policies("PolicyInputList", &input.policy_input_list)?);
        Ok(api::GetContextKeysForPolicyResponse { context_key_names: Some(condition_keys(&policies)) })
    }
}
