//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html>

use crate::lambda::Lambda;
use crate::layers::NamedLayer;
use crate::model::LayerVersion;
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::DeleteLayerVersion {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![lambda.access_to_layer("DeleteLayerVersion", &named(call, input))?])
    }

    /// Functions that use it keep it. A version that is gone already is gone.
    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let layer = named(call, &input);
        if layer.number < 1 {
            return Err(error::layer_version_too_low());
        }
        let key = layer.key();
        lambda.store.write(|tx: &mut Tx| tx.delete::<LayerVersion>(&key).map_err(ServiceError::from)).await?;
        Ok(Self::Output::default())
    }
}

fn named(call: &Call, input: &api::DeleteLayerVersionRequest) -> NamedLayer {
    let name = input.layer_name.as_deref().unwrap_or_default();
    NamedLayer::of(&call.scope, name, input.version_number.unwrap_or_default())
}
