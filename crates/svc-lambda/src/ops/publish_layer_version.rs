//! <https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html>

use crate::lambda::Lambda;
use crate::layers::layer_of;
use crate::model::{LayerCount, LayerVersion, refuse};
use crate::{api, error};
use base::Arn;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::{Table, Tx};

impl Handler<Lambda> for api::PublishLayerVersion {
    fn access(_: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        let (scope, name) = layer_of(&call.scope, input.layer_name.as_deref().unwrap_or_default());
        let arn = Arn::regional("lambda", &scope, format!("layer:{name}"));
        Ok(vec![Access::to("lambda:PublishLayerVersion", arn.to_string())])
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let input = input.into_inner();
        let (scope, name) = layer_of(&call.scope, input.layer_name.as_deref().unwrap_or_default());
        if scope != call.scope {
            return Err(error::invalid_parameter(
                "A layer version can be published by the layer's owner only.",
            ));
        }
        let content = input.content.unwrap_or_default();
        refuse(&[(content.s3_bucket.is_some() || content.s3_key.is_some(), "Content.S3Bucket")])?;
        let bytes = content.zip_file.unwrap_or_default();
        if bytes.is_empty() {
            return Err(error::invalid_parameter("Please provide a source for layer content."));
        }
        let package = lambda.check_package(bytes).await?;
        let uploading = lambda.uploads.read().await;
        let code = lambda.keep_package(package).await?;
        let mut layer = LayerVersion {
            scope,
            name,
            number: 0,
            description: input.description,
            license: input.license_info,
            runtimes: input.compatible_runtimes,
            architectures: input.compatible_architectures,
            code,
            created: call.now,
            permissions: Vec::new(),
            policy_revision_id: lambda.needs.ids.uuid(),
        };
        let layer = lambda
            .store
            .write(|tx: &mut Tx| {
                let mut count = LayerCount { scope: layer.scope.clone(), name: layer.name.clone(), last: 0 };
                count.last = tx.get::<LayerCount>(&count.key())?.map_or(0, |known| known.last) + 1;
                layer.number = count.last;
                tx.put(&count)?;
                tx.put(&layer)?;
                Ok::<_, ServiceError>(layer)
            })
            .await?;
        drop(uploading);
        Ok(published(&layer))
    }
}

fn published(layer: &LayerVersion) -> api::PublishLayerVersionResponse {
    let api::GetLayerVersionResponse {
        compatible_architectures,
        compatible_runtimes,
        content,
        created_date,
        description,
        layer_arn,
        layer_version_arn,
        license_info,
        version,
    } = layer.render();
    api::PublishLayerVersionResponse {
        compatible_architectures,
        compatible_runtimes,
        content,
        created_date,
        description,
        layer_arn,
        layer_version_arn,
        license_info,
        version,
    }
}
