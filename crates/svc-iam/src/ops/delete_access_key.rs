//! Deletes an access key.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html>

use crate::access;
use crate::api;
use crate::model::{AccessKey, User, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::DeleteAccessKey {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "DeleteAccessKey", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = state::user_or_caller(call, &input.user_name)?;
        let id = given(&input.access_key_id, "accessKeyId")?;
        iam.store
            .write(|tx| {
                let state = tx.snapshot();
                let mut user = User::clone(&*state::user(&state, &call.scope.account, &name)?);
                state::access_key(&state, &call.scope.account, &name, id)?;
                user.access_keys.retain(|key| key != id);
                tx.put(&user)?;
                tx.delete::<AccessKey>(id).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::DeleteAccessKeyOutput::default())
    }
}
