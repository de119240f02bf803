//! Deletes a user that has nothing left.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>

use crate::access;
use crate::api;
use crate::model::{User, given};
use crate::service_access::forget_uses;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Table;

impl Handler<Iam> for api::DeleteUser {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "DeleteUser", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = given(&input.user_name, "userName")?;
        iam.store
            .write(|tx| {
                let user = state::user(&tx.snapshot(), &call.scope.account, name)?;
                user.check_deletable()?;
                forget_uses(tx, &user.account, &user.id)?;
                tx.delete::<User>(&user.key()).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::DeleteUserOutput::default())
    }
}
