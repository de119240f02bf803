//! <https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html>

use super::update_function_code::may_change;
use super::{access, named};
use crate::lambda::Lambda;
use crate::model::{Function, refuse};
use crate::name::Named;
use crate::{api, error};
use base::Timestamp;
use service::{Access, Authorized, Call, Handler, ServiceError};
use store::Tx;

impl Handler<Lambda> for api::PublishVersion {
    fn access(lambda: &Lambda, call: &Call, input: &Self::Input) -> Result<Vec<Access>, ServiceError> {
        access(lambda, "PublishVersion", &named(call, input.function_name.as_deref(), None)?)
    }

    async fn run(
        lambda: &Lambda,
        call: &Call,
        input: Authorized<Self::Input>,
    ) -> Result<Self::Output, ServiceError> {
        let named = named(call, input.function_name.as_deref(), None)?.unqualified();
        refuse(&[(input.publish_to.is_some(), "PublishTo")])?;
        let publication = Publication::new(lambda, call.now, input.description.clone());
        let published = lambda
            .store
            .write(|tx: &mut Tx| {
                let latest = latest(tx, &named)?;
                may_change(&latest, input.revision_id.as_deref())?;
                let sha256 = input.code_sha256.as_deref().unwrap_or_default();
                if !sha256.is_empty() && sha256 != latest.settings.code.sha256 {
                    return Err(error::invalid_parameter(format!(
                        "CodeSHA256 ({sha256}) is different from current CodeSHA256 in $LATEST ({}). Please try again with the CodeSHA256 in $LATEST.",
                        latest.settings.code.sha256
                    )));
                }
                publish(tx, latest, publication)
            })
            .await?;
        lambda.nudge.notify_one();
        Ok(published.render())
    }
}

fn latest(tx: &Tx, named: &Named) -> Result<Function, ServiceError> {
    let found = tx.get::<Function>(&named.key())?;
    let found = found.ok_or_else(|| error::function_not_found(&named.arn()))?;
    Ok(Function::clone(&found))
}

/// What a version has of its own, given from outside of the transaction.
pub struct Publication {
    description: Option<String>,
    revisions: [String; 2],
    now: Timestamp,
}

impl Publication {
    pub fn new(lambda: &Lambda, now: Timestamp, description: Option<String>) -> Self {
        let ids = &lambda.needs.ids;
        let description = description.filter(|d| !d.is_empty());
        Self { description, revisions: [ids.uuid(), ids.uuid()], now }
    }
}

/// Publishes what `$LATEST` is, unless it is what the last version is.
pub fn publish(
    tx: &mut Tx,
    mut latest: Function,
    publication: Publication,
) -> Result<Function, ServiceError> {
    let last = latest.scope.key(&format!("{}:{}", latest.name, latest.last_version));
    if let Some(last) = tx.get::<Function>(&last)?
        && last.settings == latest.settings
    {
        return Ok(Function::clone(&last));
    }
    if latest.settings.code.directory.is_some() {
        return Err(error::invalid_parameter("A function whose code is a directory cannot be published."));
    }
    let Publication { description, revisions, now } = publication;
    let version = latest.snapshot(description, revisions, now);
    tx.put(&version)?;
    tx.put(&latest)?;
    Ok(version)
}
