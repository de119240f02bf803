//! Takes the name of the account away.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html>

use crate::api;
use crate::error::no_such;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DeleteAccountAlias {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:DeleteAccountAlias", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let alias = given(&input.account_alias, "accountAlias")?;
        iam.edit_settings(&call.scope.account, |settings, _| {
            if settings.alias.as_deref() != Some(alias) {
                return Err(no_such("account alias", alias));
            }
            settings.alias = None;
            Ok(())
        })
        .await?;
        Ok(api::DeleteAccountAliasOutput::default())
    }
}
