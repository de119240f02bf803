//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html>

use super::page::page;
use crate::api;
use crate::lambda::Lambda;
use crate::layers::layer_of;
use crate::model::LayerVersion;
use service::{Access, Authorized, Call, Handler, ServiceError};
use std::sync::Arc;

impl Handler<Lambda> for api::ListLayerVersions {
    fn access(_: &Lambda, _: &Call, _: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        Ok(vec![Access::to("lambda:ListLayerVersions", "*")])
    }

    /// The newest first.
    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let (scope, name) = layer_of(&call.scope, input.layer_name.as_deref().unwrap_or_default());
        let mut versions = lambda.store.read().scan::<LayerVersion>(&scope.key(&format!("{name}:")))?;
        let (runtime, architecture) =
            (input.compatible_runtime.as_deref(), input.compatible_architecture.as_deref());
        versions.retain(|version| version.suits(runtime, architecture));
        versions.reverse();
        // Markers rise as numbers fall.
        let marked: Vec<(String, Arc<LayerVersion>)> =
            versions.into_iter().map(|v| (format!("{:020}", u64::MAX - v.number), v)).collect();
        let (versions, next_marker) =
            page(marked, |(marker, _)| marker, input.marker.as_deref(), input.max_items);
        let layer_versions = Some(versions.iter().map(|(_, v)| v.render_listed()).collect());
        Ok(api::ListLayerVersionsResponse { layer_versions, next_marker })
    }
}
