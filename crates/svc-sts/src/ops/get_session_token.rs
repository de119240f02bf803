//! Temporary credentials of the user who asks. No permission is needed: they give nothing new.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>

use super::describe;
use crate::{Sts, api};
use policy::Principal;
use service::{Access, Authorized, Call, Handler, ServiceError, SessionFacts};

/// In seconds; AWS's default, which for the root user is also the most.
const USER_DEFAULT_S: i32 = 43_200;
const ROOT_MOST_S: i32 = 3600;

impl Handler<Sts> for api::GetSessionToken {
    fn access(_sts: &Sts, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(Vec::new())
    }

    async fn run(
        sts: &Sts,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        if input.serial_number.is_some() || input.token_code.is_some() {
            return Err(ServiceError::not_implemented("multi-factor authentication"));
        }
        let caller = &call.caller;
        let root = matches!(caller.principal, Principal::Root { .. });
        if caller.access_key_id.starts_with("ASIA")
            || !(root || matches!(caller.principal, Principal::User { .. }))
        {
            return Err(ServiceError::access_denied("Cannot call GetSessionToken with session credentials"));
        }
        let asked = input.duration_seconds.unwrap_or(USER_DEFAULT_S);
        let duration = if root { asked.min(ROOT_MOST_S) } else { asked };
        let expires = call.now.plus_ms(i64::from(duration) * 1000);
        let (principal, facts) = (caller.principal.clone(), SessionFacts::default());
        let minted = sts.mint(&caller.account, principal, Vec::new(), facts, call.now..expires)?;
        Ok(api::GetSessionTokenResponse { credentials: Some(describe(minted)) })
    }
}
