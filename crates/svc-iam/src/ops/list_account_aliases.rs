//! Shows the name of the account, where it has one.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>

use crate::api;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::ListAccountAliases {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:ListAccountAliases", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        _input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let settings = state::settings(&iam.read(), &call.scope.account)?;
        Ok(api::ListAccountAliasesResponse {
            account_aliases: Some(settings.alias.into_iter().collect()),
            is_truncated: Some(false),
            marker: None,
        })
    }
}
