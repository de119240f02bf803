//! Lists the groups of a user: moat has no groups, so a user is in none.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html>

use crate::access;
use crate::api;
use crate::model::given;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListGroupsForUser {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "ListGroupsForUser", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        state::user(&iam.read(), &call.scope.account, name)?;
        Ok(api::ListGroupsForUserResponse {
            groups: Some(Vec::new()),
            is_truncated: Some(false),
            marker: None,
        })
    }
}
