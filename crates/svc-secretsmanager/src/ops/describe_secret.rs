//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>

use crate::api::{DescribeSecret, DescribeSecretRequest, DescribeSecretResponse};
use crate::model::tags;
use crate::{SecretsManager, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeMap;

impl Handler<SecretsManager> for DescribeSecret {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &DescribeSecretRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![service.access(call, "DescribeSecret", input.secret_id.as_deref())?])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<DescribeSecretRequest>,
    ) -> Result<DescribeSecretResponse, ServiceError> {
        let id = input.secret_id.as_deref().ok_or_else(|| error::missing("SecretId"))?;
        let secret = service.find(&service.store.read(), &call.scope, id, call.now)?;
        let stages = secret.stages();
        Ok(DescribeSecretResponse {
            arn: Some(secret.arn()),
            name: Some(secret.name.clone()),
            description: secret.description.clone(),
            kms_key_id: secret.kms_key_id.clone(),
            owning_service: secret.owning_service.clone(),
            created_date: Some(secret.created),
            last_changed_date: Some(secret.changed),
            last_accessed_date: secret.accessed,
            deleted_date: secret.deletion,
            tags: tags::shown(&secret.tags),
            version_ids_to_stages: (!stages.is_empty()).then_some(stages),
            ..DescribeSecretResponse::default()
        })
    }
}

impl crate::model::secret::Secret {
    /// The versions that have labels, with their labels.
    pub(crate) fn stages(&self) -> BTreeMap<String, Vec<String>> {
        let labelled = self.versions.iter().filter(|version| !version.stages.is_empty());
        labelled.map(|version| (version.id.clone(), version.stages.clone())).collect()
    }
}
