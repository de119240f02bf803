//! Shows when a key was used last, and for what.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html>

use crate::access;
use crate::api;
use crate::error::no_such_entity;
use crate::model::{AccessKey, given};
use crate::state::Iam;
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<Iam> for api::GetAccessKeyLastUsed {
    fn access(iam: &Iam, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let id = given(&input.access_key_id, "accessKeyId")?;
        let user = iam
            .read()
            .get::<AccessKey>(id)?
            .filter(|k| k.account == call.scope.account)
            .map(|k| k.user.clone());
        match user {
            Some(user) => access::user(iam, call, "GetAccessKeyLastUsed", &Some(user)),
            // Whose it was nobody knows: it takes the permission for all users.
            None => access::user(iam, call, "GetAccessKeyLastUsed", &Some("*".to_owned())),
        }
    }

    async fn run(
        iam: &Iam,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let id = given(&input.access_key_id, "accessKeyId")?;
        let key = iam.read().get::<AccessKey>(id)?.filter(|k| k.account == call.scope.account);
        let key =
            key.ok_or_else(|| no_such_entity(format!("The Access Key with id {id} cannot be found.")))?;
        Ok(api::GetAccessKeyLastUsedResponse {
            user_name: Some(key.user.clone()),
            access_key_last_used: Some(key.describe_last_use()),
        })
    }
}
