//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html>

use super::publish_version::{Publication, publish};
use super::{access, named};
use crate::hot_reload::Source;
use crate::lambda::Lambda;
use crate::layers::check_total;
use crate::model::{Function, Settings, State, Update, asks_arm, elsewhere, refuse};
use crate::{api, error};
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::UpdateFunctionCode {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "UpdateFunctionCode", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let mut input = input.into_inner();
        let named = named(call, input.function_name.as_deref(), None)?;
        let found = lambda.function(&named)?;
        refuse_unserved(&input)?;
        may_change(&found, input.revision_id.as_deref())?;
        let zip = input.zip_file.take().unwrap_or_default();
        let source = Source { zip, bucket: input.s3_bucket.take(), key: input.s3_key.take() };
        let package = lambda.check_code(source).await?;
        check_total(&package.code, &found.settings.layers)?;
        let uploading = lambda.uploads.read().await;
        let code = lambda.keep_package(package).await?;
        let change = |function: &mut Function| {
            may_change(function, input.revision_id.as_deref())?;
            let settings = Settings { code, ..function.settings.clone() };
            function.change(settings, lambda.needs.ids.uuid(), call.now);
            Ok::<_, ServiceError>(())
        };
        if input.dry_run == Some(true) {
            let mut would_be = Function::clone(&found);
            change(&mut would_be)?;
            return Ok(would_be.render());
        }
        let publication = Publication::new(lambda, call.now, None);
        let function = lambda
            .store
            .write(|tx: &mut Tx| {
                let found = tx.get::<Function>(&named.key())?;
                let mut function =
                    Function::clone(&*found.ok_or_else(|| error::function_not_found(&named.arn()))?);
                change(&mut function)?;
                tx.put(&function)?;
                match input.publish {
                    Some(true) => publish(tx, function, publication),
                    _ => Ok(function),
                }
            })
            .await?;
        drop(uploading);
        lambda.nudge.notify_one();
        Ok(function.render())
    }
}

/// Whether the function is at rest, and at the revision the caller knows.
pub fn may_change(function: &Function, revision_id: Option<&str>) -> Result<(), ServiceError> {
    if revision_id.is_some_and(|given| given != function.revision_id) {
        return Err(error::stale_revision("GetFunction/GetAlias"));
    }
    if function.state == State::Pending {
        return Err(error::in_state("Pending"));
    }
    if function.update == Update::InProgress {
        return Err(error::update_in_progress(&function.arn()));
    }
    Ok(())
}

fn refuse_unserved(input: &api::UpdateFunctionCodeRequest) -> Result<(), ServiceError> {
    if input.image_uri.is_some() {
        return Err(error::invalid_parameter(
            "Please don't provide ImageUri when updating a function with packageType Zip.",
        ));
    }
    refuse(&[
        (elsewhere(input.s3_bucket.as_deref(), input.s3_key.as_deref()), "S3Bucket"),
        (input.source_kms_key_arn.is_some(), "SourceKMSKeyArn"),
        (input.publish_to.is_some(), "PublishTo"),
        (asks_arm(input.architectures.as_deref()), "the architecture arm64"),
    ])
}
