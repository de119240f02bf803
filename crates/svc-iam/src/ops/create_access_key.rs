//! Makes an access key; the only answer that shows its secret.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>

use crate::access;
use crate::api;
use crate::error::quota;
use crate::key_id::{new_key_id, new_secret};
use crate::model::{AccessKey, User};
use crate::quota::ACCESS_KEYS_PER_USER;
use crate::state::{self, Iam};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::CreateAccessKey {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access::user(iam, call, "CreateAccessKey", &input.user_name)
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let name = state::user_or_caller(call, &input.user_name)?;
        let account = call.scope.account.clone();
        let (id, secret) = (new_key_id(&*iam.ids, "AKIA", &account), new_secret(&*iam.ids));
        let sealed =
            iam.cipher.seal(&AccessKey::context(&id), secret.as_bytes()).map_err(ServiceError::internal)?;
        let key =
            AccessKey { id, account, user: name, sealed, active: true, created: call.now, last_use: None };
        iam.store
            .write(|tx| {
                let mut user = User::clone(&*state::user(&tx.snapshot(), &key.account, &key.user)?);
                if user.access_keys.len() >= ACCESS_KEYS_PER_USER {
                    return Err(quota("AccessKeysPerUser", ACCESS_KEYS_PER_USER));
                }
                user.access_keys.push(key.id.clone());
                tx.put(&user)?;
                tx.put(&key).map_err(ServiceError::from)
            })
            .await?;
        let access_key = api::AccessKey {
            status: Some(key.status()),
            user_name: Some(key.user),
            access_key_id: Some(key.id),
            secret_access_key: Some(secret),
            create_date: Some(key.created),
        };
        Ok(api::CreateAccessKeyResponse { access_key: Some(access_key) })
    }
}
