//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html>

use super::page::page;
use crate::api;
use crate::lambda::Lambda;
use crate::model::LayerVersion;
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Handler<Lambda> for api::ListLayers {
    fn access(_: &Lambda, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("lambda:ListLayers", "*")])
    }

    /// Each layer with its newest version that suits.
    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let versions = lambda.store.read().scan::<LayerVersion>(&call.scope.prefix())?;
        let (runtime, architecture) =
            (input.compatible_runtime.as_deref(), input.compatible_architecture.as_deref());
        let mut newest: BTreeMap<String, Arc<LayerVersion>> = BTreeMap::new();
        for version in versions.into_iter().filter(|v| v.suits(runtime, architecture)) {
            let known = newest.get(&version.name).map_or(0, |v| v.number);
            if version.number > known {
                newest.insert(version.name.clone(), version);
            }
        }
        let layers: Vec<_> = newest.into_values().collect();
        let (layers, next_marker) = page(layers, |v| &v.name, input.marker.as_deref(), input.max_items);
        Ok(api::ListLayersResponse { layers: Some(layers.iter().map(|v| listed(v)).collect()), next_marker })
    }
}

fn listed(version: &LayerVersion) -> api::LayersListItem {
    api::LayersListItem {
        latest_matching_version: Some(version.render_listed()),
        layer_arn: Some(version.layer_arn().to_string()),
        layer_name: Some(version.name.clone()),
    }
}
