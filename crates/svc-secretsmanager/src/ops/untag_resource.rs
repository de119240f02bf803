//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html>

use crate::api::{UntagResource, UntagResourceOutput, UntagResourceRequest};
use crate::model::tags;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for UntagResource {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &UntagResourceRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = service.access(call, "UntagResource", input.secret_id.as_deref())?;
        let keys = input.tag_keys.clone().unwrap_or_default();
        Ok(vec![if keys.is_empty() { access } else { access.context("aws:TagKeys", keys) }])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<UntagResourceRequest>,
    ) -> Result<UntagResourceOutput, ServiceError> {
        let input = input.into_inner();
        let id = input.secret_id.ok_or_else(|| error::missing("SecretId"))?;
        let keys = input.tag_keys.unwrap_or_default();
        tags::check_keys(&keys)?;
        service
            .store
            .write(|tx| {
                let mut secret = service.find_live(tx, &call.scope, &id, call.now)?;
                secret.tags.retain(|tag| !keys.contains(&tag.key));
                secret.changed = call.now;
                tx.put(&secret)?;
                Ok(UntagResourceOutput::default())
            })
            .await
    }
}
