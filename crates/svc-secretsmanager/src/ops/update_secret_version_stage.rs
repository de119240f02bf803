//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html>

use crate::api::{
    UpdateSecretVersionStage, UpdateSecretVersionStageRequest, UpdateSecretVersionStageResponse,
};
use crate::model::secret::Secret;
use crate::model::stages::CURRENT;
use crate::{SecretsManager, error, quota};
use service::{Access, Authorized, Call, Handler, ServiceError};

impl Handler<SecretsManager> for UpdateSecretVersionStage {
    fn access(
        service: &SecretsManager,
        call: &Call,
        input: &UpdateSecretVersionStageRequest,
    ) -> Result<Vec<Access>, ServiceError> {
        let access = service.access(call, "UpdateSecretVersionStage", input.secret_id.as_deref())?;
        Ok(vec![crate::access::with(access, "secretsmanager:VersionStage", input.version_stage.clone())])
    }

    async fn run(
        service: &SecretsManager,
        call: &Call,
        input: Authorized<UpdateSecretVersionStageRequest>,
    ) -> Result<UpdateSecretVersionStageResponse, ServiceError> {
        let id = input.secret_id.as_deref().ok_or_else(|| error::missing("SecretId"))?;
        let stage = input.version_stage.as_deref().ok_or_else(|| error::missing("VersionStage"))?;
        let (from, to) = (input.remove_from_version_id.as_deref(), input.move_to_version_id.as_deref());
        service
            .store
            .write(|tx| {
                let mut secret = service.find_live(tx, &call.scope, id, call.now)?;
                secret.check_not_managed()?;
                relabel(&mut secret, stage, from, to)?;
                secret.changed = call.now;
                tx.put(&secret)?;
                Ok(UpdateSecretVersionStageResponse { arn: Some(secret.arn()), name: Some(secret.name) })
            })
            .await
    }
}

/// Moves, attaches or removes one label.
fn relabel(
    secret: &mut Secret,
    stage: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(), ServiceError> {
    for id in [from, to].into_iter().flatten() {
        secret.version(id).ok_or_else(|| error::no_value_for_version(id))?;
    }
    let holder = secret.version_at(stage).map(|version| version.id.clone());
    check_holder(stage, holder.as_deref(), from, to)?;
    match to {
        Some(to) => secret.move_stage(stage, to),
        None if stage == CURRENT => {
            return Err(error::invalid_parameter(
                "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
            ));
        }
        None => secret.remove_stage(stage),
    }
    if secret.versions.iter().map(|version| version.stages.len()).sum::<usize>() > quota::STAGES {
        return Err(error::limit_exceeded(&format!(
            "You can attach at most {} staging labels to a secret.",
            quota::STAGES
        )));
    }
    Ok(())
}

/// The caller has to say from which version a label is taken, and be right.
fn check_holder(
    stage: &str,
    holder: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(), ServiceError> {
    match (holder, from) {
        (None, Some(from)) => Err(error::invalid_parameter(format!(
            "Staging label {stage} is not currently attached to version {from}."
        ))),
        (Some(holder), Some(from)) if holder != from => Err(error::invalid_parameter(format!(
            "The parameter RemoveFromVersionId is not correct. Staging label {stage} is currently attached to version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
        ))),
        (Some(holder), None) if to != Some(holder) => Err(error::invalid_parameter(format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
        ))),
        (None, None) if to.is_none() => {
            Err(error::invalid_parameter("You must provide either MoveToVersionId or RemoveFromVersionId."))
        }
        _ => Ok(()),
    }
}
