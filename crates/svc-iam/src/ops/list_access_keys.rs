//! Lists the access keys of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html>

use crate::access;
use crate::api;
use crate::model::page;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListAccessKeys {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "ListAccessKeys", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = state::user_or_caller(call, &input.user_name)?;
        let (state, account) = (iam.read(), &call.scope.account);
        let user = state::user(&state, account, &name)?;
        let keys: Result<Vec<_>, _> =
            user.access_keys.iter().map(|id| state::access_key(&state, account, &name, id)).collect();
        let page = page(keys?, |key| key.id.clone(), &input.marker, input.max_items)?;
        Ok(api::ListAccessKeysResponse {
            access_key_metadata: Some(page.items.iter().map(|key| key.describe()).collect()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
