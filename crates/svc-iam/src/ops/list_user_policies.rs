//! Lists the names of the inline policies of a user.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html>

use crate::access;
use crate::api;
use crate::model::{given, page};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListUserPolicies {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "ListUserPolicies", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        let user = state::user(&iam.read(), &call.scope.account, name)?;
        let names = user.permissions.inline.keys().cloned().collect();
        let page = page(names, String::clone, &input.marker, input.max_items)?;
        Ok(api::ListUserPoliciesResponse {
            policy_names: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
