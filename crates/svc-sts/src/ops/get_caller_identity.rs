//! Shows whose credentials signed the call. Nobody can be forbidden to ask.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use crate::{Sts, api};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Sts> for api::GetCallerIdentity {
    fn access(_sts: &Sts, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(Vec::new())
    }

    async fn run(
        _sts: &Sts,
        call: &Call,
        _input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let caller = &call.caller;
        Ok(api::GetCallerIdentityResponse {
            user_id: Some(caller.principal.user_id()),
            account: Some(caller.account.to_string()),
            arn: Some(caller.principal.arn()),
        })
    }
}
