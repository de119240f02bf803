//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html>

use crate::access::with_request_tags;
use crate::api::{TagResource, TagResourceOutput, TagResourceRequest};
use crate::model::tags;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for TagResource {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &TagResourceRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = service.access(call, "TagResource", input.secret_id.as_deref())?;
        Ok(vec![with_request_tags(access, input.tags.as_deref())])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<TagResourceRequest>,
    ) -> Result<TagResourceOutput, ServiceError> {
        let input = input.into_inner();
        let id = input.secret_id.ok_or_else(|| error::missing("SecretId"))?;
        service
            .store
            .write(|tx| {
                let mut secret = service.find_live(tx, &call.scope, &id, call.now)?;
                tags::merge(&mut secret.tags, input.tags.unwrap_or_default())?;
                secret.changed = call.now;
                tx.put(&secret)?;
                Ok(TagResourceOutput::default())
            })
            .await
    }
}
