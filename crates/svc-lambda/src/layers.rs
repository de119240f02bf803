//! The layers that a function names: found, checked together, and laid over one another.
//! <https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html>

use crate::lambda::Lambda;
use crate::model::{Code, LayerUse, LayerVersion, Settings};
use crate::{error, quota};
use base::{Arn, Scope};
use service::{Access, ServiceError};
use std::path::PathBuf;
use std::sync::Arc;

/// A layer version that a request names, whether it exists or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLayer {
    pub scope: Scope,
    pub name: String,
    pub number: u64,
}

impl NamedLayer {
    /// Reads the ARN of a layer version, whose form the model has checked.
    pub fn parse(text: &str) -> Option<Self> {
        let arn: Arn = text.parse().ok()?;
        let (name, number) = arn.resource.strip_prefix("layer:")?.rsplit_once(':')?;
        let scope = Scope { account: arn.account_id()?, region: arn.region()? };
        Some(Self { scope, name: name.to_owned(), number: number.parse().ok()? })
    }

    /// A layer by its name or ARN, and the number of a version.
    pub fn of(caller: &Scope, layer: &str, number: i64) -> Self {
        let (scope, name) = layer_of(caller, layer);
        Self { scope, name, number: u64::try_from(number).unwrap_or(0) }
    }

    pub fn key(&self) -> String {
        LayerVersion::key_of(&self.scope, &self.name, self.number)
    }

    pub fn layer_arn(&self) -> Arn {
        Arn::regional("lambda", &self.scope, format!("layer:{}", self.name))
    }

    pub fn arn(&self) -> Arn {
        Arn::regional("lambda", &self.scope, format!("layer:{}:{}", self.name, self.number))
    }
}

/// Where a layer is, by its name or its ARN.
pub fn layer_of(caller: &Scope, layer: &str) -> (Scope, String) {
    let parsed = layer.parse::<Arn>().ok().and_then(|arn| {
        let name = arn.resource.strip_prefix("layer:")?.to_owned();
        Some((Scope { account: arn.account_id()?, region: arn.region()? }, name))
    });
    parsed.unwrap_or_else(|| (caller.clone(), layer.to_owned()))
}

impl Lambda {
    /// The questions whether the caller may use these layers, their own policies included.
    pub(crate) fn layer_access(&self, layers: Option<&[String]>) -> Result<Vec<Access>, ServiceError> {
        let named = layers.unwrap_or_default().iter().filter_map(|text| NamedLayer::parse(text));
        named.map(|layer| self.access_to_layer("GetLayerVersion", &layer)).collect()
    }

    pub(crate) fn access_to_layer(&self, action: &str, layer: &NamedLayer) -> Result<Access, ServiceError> {
        let text = self.find_layer(layer)?.and_then(|found| found.policy());
        let document =
            text.map(|t| policy::Document::parse(&t)).transpose().map_err(ServiceError::internal)?;
        let access = Access::to(format!("lambda:{action}"), layer.arn().to_string());
        Ok(access.resource_policy(document.map(Arc::new)))
    }

    pub(crate) fn find_layer(&self, layer: &NamedLayer) -> Result<Option<Arc<LayerVersion>>, ServiceError> {
        Ok(self.store.read().get::<LayerVersion>(&layer.key())?)
    }

    /// The layers that a function asks for, if it may have them together.
    pub(crate) fn check_layers(&self, scope: &Scope, arns: &[String]) -> Result<Vec<LayerUse>, ServiceError> {
        if arns.len() > quota::LAYERS {
            return Err(error::invalid_parameter(format!(
                "Cannot reference more than {} layers.",
                quota::LAYERS
            )));
        }
        let mut uses: Vec<(NamedLayer, LayerUse)> = Vec::new();
        for arn in arns {
            let absent = || error::invalid_parameter(format!("Layer version {arn} does not exist."));
            let layer = NamedLayer::parse(arn).ok_or_else(absent)?;
            if layer.scope.region != scope.region {
                return Err(error::invalid_parameter(format!(
                    "Layers are not in the same region as the function. Layers are expected to be in region {}.",
                    scope.region
                )));
            }
            let found = self.find_layer(&layer)?.ok_or_else(absent)?;
            if let Some((_, other)) = uses.iter().find(|(other, _)| other.layer_arn() == layer.layer_arn()) {
                return Err(error::invalid_parameter(format!(
                    "Two different versions of the same layer are not allowed to be referenced in the same function. {} and {arn} are versions of the same layer.",
                    other.arn
                )));
            }
            uses.push((layer, LayerUse { arn: arn.clone(), code: found.code.clone() }));
        }
        Ok(uses.into_iter().map(|(_, used)| used).collect())
    }

    /// The directory that a function sees at `/opt`, unpacked again when it is gone.
    pub(crate) async fn unpacked_layers(&self, settings: &Settings) -> Result<Option<PathBuf>, ServiceError> {
        if settings.layers.is_empty() {
            return Ok(None);
        }
        let digests: Vec<_> = settings.layers.iter().map(|l| l.code.digest.clone()).collect();
        if let Some(path) = self.unpacked.find_layers(&digests) {
            return Ok(Some(path));
        }
        let lambda = self.clone();
        let unpacking = tokio::task::spawn_blocking(move || {
            for digest in &digests {
                let bytes = lambda.store.blob(digest).map_err(ServiceError::internal)?;
                lambda.unpacked.unpack(digest, &bytes).map_err(ServiceError::internal)?;
            }
            lambda.unpacked.lay_over(&digests).map_err(ServiceError::internal)
        });
        unpacking.await.map_err(ServiceError::internal)?.map(Some)
    }
}

/// The function's package and its layers share one limit.
pub fn check_total(code: &Code, layers: &[LayerUse]) -> Result<(), ServiceError> {
    let total = layers.iter().map(|l| l.code.unzipped).sum::<u64>() + code.unzipped;
    if layers.is_empty() || total <= quota::UNZIPPED_BYTES {
        return Ok(());
    }
    Err(error::invalid_parameter(format!(
        "Function code combined with layers exceeds the maximum allowed size of {} bytes. The actual size is {total} bytes.",
        quota::UNZIPPED_BYTES
    )))
}
