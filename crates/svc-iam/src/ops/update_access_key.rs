//! Switches an access key on or off.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html>

use crate::access;
use crate::api;
use crate::error::validation;
use crate::model::{AccessKey, given};
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::UpdateAccessKey {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "UpdateAccessKey", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = state::user_or_caller(call, &input.user_name)?;
        let id = given(&input.access_key_id, "accessKeyId")?;
        let active = match given(&input.status, "status")? {
            "Active" => true,
            "Inactive" => false,
            other => return Err(validation(format!("Status {other} is not supported for access keys."))),
        };
        iam.store
            .write(|tx| {
                let key = state::access_key(&tx.snapshot(), &call.scope.account, &name, id)?;
                tx.put(&AccessKey { active, ..AccessKey::clone(&key) }).map_err(ServiceError::from)
            })
            .await?;
        Ok(api::UpdateAccessKeyOutput::default())
    }
}
