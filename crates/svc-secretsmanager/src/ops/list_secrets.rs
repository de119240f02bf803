//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>

use crate::SecretsManager;
use crate::api::{ListSecrets, ListSecretsRequest, ListSecretsResponse, SecretListEntry};
use crate::model::secret::Secret;
use crate::model::{filter, page, tags};
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::cmp::Ordering;
use std::sync::Arc;

impl Handler<SecretsManager> for ListSecrets {
    fn access(_: &SecretsManager, _: &Call, _: &ListSecretsRequest) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("secretsmanager:ListSecrets", "*")])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<ListSecretsRequest>,
    ) -> Result<ListSecretsResponse, ServiceError> {
        let mut secrets = service.store.read().scan::<Secret>(&call.scope.prefix())?;
        let deleted_too = input.include_planned_deletion.unwrap_or(false);
        let filters = input.filters.as_deref().unwrap_or_default();
        secrets.retain(|secret| {
            !secret.is_gone(call.now)
                && (deleted_too || !secret.is_deleted())
                && filter::passes(secret, filters)
        });
        sort(&mut secrets, input.sort_by.as_deref(), input.sort_order.as_deref());
        let (secrets, next_token) =
            page::page(secrets, |secret| secret.arn(), input.next_token.as_deref(), input.max_results)?;
        Ok(ListSecretsResponse { secret_list: Some(secrets.iter().map(|s| entry(s)).collect()), next_token })
    }
}

fn sort(secrets: &mut [Arc<Secret>], by: Option<&str>, order: Option<&str>) {
    secrets.sort_by(|a, b| compare(a, b, by).then_with(|| a.name.cmp(&b.name)));
    if order == Some("desc") {
        secrets.reverse();
    }
}

fn compare(a: &Secret, b: &Secret, by: Option<&str>) -> Ordering {
    match by {
        Some("name") => a.name.cmp(&b.name),
        Some("last-changed-date") => a.changed.cmp(&b.changed),
        Some("last-accessed-date") => a.accessed.cmp(&b.accessed),
        _ => a.created.cmp(&b.created),
    }
}

fn entry(secret: &Secret) -> SecretListEntry {
    let stages = secret.stages();
    SecretListEntry {
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
        secret_versions_to_stages: (!stages.is_empty()).then_some(stages),
        ..SecretListEntry::default()
    }
}
