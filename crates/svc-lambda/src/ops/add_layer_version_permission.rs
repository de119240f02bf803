//! <https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html>

use crate::lambda::Lambda;
use crate::layers::NamedLayer;
use crate::model::{Grant, LayerVersion, Permission};
use crate::{api, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::AddLayerVersionPermission {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![lambda.access_to_layer("AddLayerVersionPermission", &named(call, input))?])
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let layer = named(call, &input);
        let permission = permission(&layer, &input)?;
        let revision = lambda.needs.ids.uuid();
        let changed = lambda
            .store
            .write(|tx: &mut Tx| {
                let found = tx.get::<LayerVersion>(&layer.key())?;
                let found = found.ok_or_else(|| error::layer_version_not_found(&layer.arn()))?;
                let mut version = LayerVersion::clone(&found);
                add(&mut version, permission.clone(), input.revision_id.as_deref(), revision)?;
                tx.put(&version)?;
                Ok::<_, ServiceError>(version)
            })
            .await?;
        Ok(api::AddLayerVersionPermissionResponse {
            revision_id: Some(changed.policy_revision_id),
            statement: Some(permission.statement),
        })
    }
}

fn named(call: &Call, input: &api::AddLayerVersionPermissionRequest) -> NamedLayer {
    let name = input.layer_name.as_deref().unwrap_or_default();
    NamedLayer::of(&call.scope, name, input.version_number.unwrap_or_default())
}

fn permission(
    layer: &NamedLayer,
    input: &api::AddLayerVersionPermissionRequest,
) -> Result<Permission, ServiceError> {
    let grant = Grant {
        statement_id: input.statement_id.as_deref().unwrap_or_default(),
        action: input.action.as_deref().unwrap_or_default(),
        principal: input.principal.as_deref().unwrap_or_default(),
        resource: layer.arn().to_string(),
        principal_org_id: input.organization_id.as_deref(),
        ..Grant::default()
    };
    Permission::new(&grant).map_err(ServiceError::internal)
}

fn add(
    version: &mut LayerVersion,
    permission: Permission,
    expected: Option<&str>,
    revision: String,
) -> Result<(), ServiceError> {
    if expected.is_some_and(|given| given != version.policy_revision_id) {
        return Err(error::stale_revision("GetLayerPolicy"));
    }
    if version.permissions.iter().any(|p| p.statement_id == permission.statement_id) {
        return Err(error::conflict(format!(
            "The statement id ({}) provided already exists. Please provide a new statement id, or remove the existing statement.",
            permission.statement_id
        )));
    }
    version.permissions.push(permission);
    version.policy_revision_id = revision;
    let size = Permission::document(&version.permissions).len();
    if size > quota::POLICY_BYTES {
        return Err(error::policy_too_long(size, quota::POLICY_BYTES));
    }
    Ok(())
}
