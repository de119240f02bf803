//! <https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html>

use crate::lambda::Lambda;
use crate::layers::NamedLayer;
use crate::model::LayerVersion;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::RemoveLayerVersionPermission {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![lambda.access_to_layer("RemoveLayerVersionPermission", &named(call, input))?])
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let layer = named(call, &input);
        let statement_id = input.statement_id.as_deref().unwrap_or_default();
        let revision = lambda.needs.ids.uuid();
        lambda
            .store
            .write(|tx: &mut Tx| {
                let found = tx.get::<LayerVersion>(&layer.key())?;
                let found = found.ok_or_else(|| error::layer_version_not_found(&layer.arn()))?;
                let mut version = LayerVersion::clone(&found);
                if input.revision_id.as_ref().is_some_and(|given| *given != version.policy_revision_id) {
                    return Err(error::stale_revision("GetLayerPolicy"));
                }
                version.permissions.retain(|p| p.statement_id != statement_id);
                if version.permissions.len() == found.permissions.len() {
                    return Err(error::not_found(format!(
                        "Statement {statement_id} is not found in resource policy."
                    )));
                }
                version.policy_revision_id = revision;
                tx.put(&version).map_err(ServiceError::from)
            })
            .await?;
        Ok(Self::Output::default())
    }
}

fn named(call: &Call, input: &api::RemoveLayerVersionPermissionRequest) -> NamedLayer {
    let name = input.layer_name.as_deref().unwrap_or_default();
    NamedLayer::of(&call.scope, name, input.version_number.unwrap_or_default())
}
