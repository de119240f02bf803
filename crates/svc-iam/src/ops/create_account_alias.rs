//! Gives the account a name for its sign-in address; it replaces the one before.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html>

use crate::api;
use crate::error::already_exists;
use crate::model::AccountSettings;
use crate::model::given;
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::CreateAccountAlias {
    fn access(_iam: &Iam, _call: &Call, _input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("iam:CreateAccountAlias", "*")])
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let alias = given(&input.account_alias, "accountAlias")?;
        iam.edit_settings(&call.scope.account, |settings, state| {
            let all = state.scan::<AccountSettings>("")?;
            if all.iter().any(|s| s.account != settings.account && s.alias.as_deref() == Some(alias)) {
                return Err(already_exists(format!("The account alias {alias} already exists.")));
            }
            settings.alias = Some(alias.to_owned());
            Ok(())
        })
        .await?;
        Ok(api::CreateAccountAliasOutput::default())
    }
}
